"""Two hosts over one Postgres: no tenant is worked on twice at once, no budget exceeded, and the death of one host
stops nothing.

The hosts are processes with data roots of their own. `make fleet` plays the long form, of 30 tenants with builds, and
each file equal to a build of its own elsewhere. FLEET_TENANTS says how many.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from pipelines.runs.catalog import Catalog
from pipelines.runs.lock import Held, is_held
from sandbox import Sandbox
from sources.http.budget import Budget
from sources.limit import Limit
from tests.conftest import LEADPATH, QUICK, Cli, rows
from tests.pipelines.outcome import said
from tests.pipelines.postgres_server import PASSWORD, postgres
from tests.sources.test_budget import assert_alone, hold_together, most_within
from tests.sql.compare_published import differences

psycopg = pytest.importorskip("psycopg", reason="leadpath[fleet] is not installed")

# in the long form each tenant is built too, and compared
LONG = "FLEET_TENANTS" in os.environ
TENANTS = int(os.environ.get("FLEET_TENANTS", "5"))
# so many share one key, and its world
SHARING = 3
# so few that a tenant takes a while
MOST = 12 if LONG else 4
BUDGET = f"{MOST}/2seconds"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres() as place:
        yield f"postgresql://lead:{quote(PASSWORD, safe='')}@{place}"


@dataclass
class Host:
    """A host: a data root, and a `fleet sync` on it. All hosts have the same settings."""

    cli: Cli

    def home(self, tenant: str) -> Path:
        return self.cli.data_dir / "tenants" / tenant

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*LEADPATH, *self.command],
            env=self.cli.environment(None, {}, ()),
            cwd=self.cli.data_dir.parent,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def command(self) -> list[str]:
        return ["fleet", "sync", "--jobs", "2", *([] if LONG else ["--no-build"])]

    def at_work(self, tenants: Iterable[str]) -> dict[str, int]:
        """The tenants whose run has begun and is not over, with their processes."""
        found = {}
        for name in tenants:
            lock = self.home(name) / "internal" / "lock"
            if is_held(lock) and self.span(name):
                with suppress(ValueError):  # it is being written
                    found[name] = int(json.loads(lock.read_text())["pid"])
        return found

    def span(self, tenant: str) -> tuple[float, float] | None:
        """From the beginning of the first run of a tenant to what was last told of one, by the machine's clock."""
        file = self.home(tenant) / "status.json"
        if not file.exists():
            return None
        first = json.loads(file.read_text())["runs"][-1]["run_id"]
        begin = datetime.strptime(first.partition("-")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        return begin.timestamp(), file.stat().st_mtime


@pytest.fixture
def hosts(tmp_path: Path, empty_warehouse: Path, url: str) -> tuple[Host, Host]:
    with psycopg.connect(url) as con:
        con.execute("drop schema if exists leadpath cascade")
    found = []
    for name in ("a", "b"):
        cli = Cli(tmp_path, empty_warehouse)
        cli.data_dir = tmp_path / f"host-{name}"
        cli.env |= {"LEADPATH_CATALOG_URL": url, "SNAPCALL_RATE_LIMIT": BUDGET}
        found.append(Host(cli))
    return found[0], found[1]


def prepare(host: Host, tenant: str, empty: Path) -> None:
    """An empty warehouse of its own, which takes seconds to make."""
    internal = host.home(tenant) / "internal"
    internal.mkdir(parents=True)
    shutil.copyfile(empty, internal / "raw.duckdb")
    with duckdb.connect(str(internal / "raw.duckdb")) as con:
        con.execute("update ops.facts set value = uuid()::varchar where name = 'generation'")


def until(true: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def done(url: str, host: Host) -> dict[str, Path]:
    """The tenants that are at home on a host, with their folders."""
    catalog = Catalog(url)
    found = {name: Path(home.folder) for name, home in catalog.homes().items()}
    catalog.close()
    return {name: folder for name, folder in found.items() if folder.is_relative_to(host.cli.data_dir)}


def tenants_of(folder: Path, worlds: list[Sandbox]) -> dict[str, Sandbox]:
    """Settings of tenants, some of whom share a key; the world of each."""
    (folder / "tenants").mkdir()
    found = {}
    for number in range(TENANTS):
        name, world = f"customer-{number}", worlds[number // SHARING]
        wanted = ("SNAPCALL_URL", "SNAPCALL_API_KEY", "LEADPATH_NOW")
        env = {key: value for key, value in world.env.items() if LONG or key in wanted}
        file = folder / "tenants" / f"{name}.secrets.toml"
        file.write_text("".join(f"{key.lower()} = {json.dumps(value)}\n" for key, value in env.items()))
        file.chmod(0o600)
        found[name] = world
    return found


def test_two_hosts_share_tenants_and_budgets_and_one_may_die(
    hosts: tuple[Host, Host], tmp_path: Path, empty_warehouse: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = hosts
    size = {"companies": 6, "days": 6} if LONG else {"companies": 3, "days": 3}
    with ExitStack() as stack:
        worlds = [
            stack.enter_context(Sandbox(seed=seed + 1, limits={**QUICK, "snapcall": BUDGET}, **size))  # type: ignore[arg-type]
            for seed in range(-(-TENANTS // SHARING))
        ]
        tenants = tenants_of(tmp_path, worlds)
        for host in hosts:
            for name in tenants:
                prepare(host, name, empty_warehouse)
        began = time.time()
        first = one.start()
        until(lambda: one.at_work(tenants))
        second = other.start()
        until(lambda: other.at_work(tenants))
        until(lambda: len(done(url, one)) >= TENANTS // 10, 1800)
        # the power fails in the middle of some tenants
        dead = until(lambda: one.at_work(tenants))
        for pid in (first.pid, *dead.values()):
            os.kill(pid, signal.SIGKILL)
        first.communicate(timeout=60)
        _, heard = second.communicate(timeout=3000)
        assert second.returncode == 0, heard
        spans = {name: (one.span(name), other.span(name)) for name in tenants}
        # what the dead host held when it was tried is free now
        rest = other.cli(*other.command)
        took = time.time() - began

        for name, (here, there) in spans.items():
            twice = here and there and here[0] < there[1] and there[0] < here[1]
            assert not twice, f"{name} was worked on twice at once: {here}, {there}"
        kept, taken = done(url, one), done(url, other)
        assert kept.keys() | taken.keys() == tenants.keys()
        assert dead.keys() <= taken.keys()
        assert [violation for world in worlds for violation in world.violations] == []
        for world in worlds:
            moments = [request.started for request in world.requests if request.vendor == "snapcall"]
            assert 0 < most_within(moments, 2.0) <= MOST
        # each has all of its own world, and nothing of another's
        for name, folder in {**kept, **taken}.items():
            held = rows(folder / "internal" / "raw.duckdb", "select id from raw_snapcall.calls")
            of_world = [str(row["id"]) for row in tenants[name].records("snapcall", "calls")]
            assert sorted(row[0] for row in held) == sorted(of_world) != []
        # what the dead host has of a tenant that was taken over is not gone on with there
        refused = one.cli("sync", "--no-build", "--tenant", next(iter(dead)), status=1)
        assert f"Not started: tenant {next(iter(dead))} is at home in {other.cli.data_dir}" in refused.stderr
        assert PASSWORD not in heard + rest.stderr + refused.stderr
        if LONG:
            compare(tenants, {**kept, **taken}, other, tmp_path, empty_warehouse)
            figures = f"{TENANTS} tenants in {took:.0f} s, {len(kept)} on the dead host, {len(dead)} taken over"
            with capsys.disabled():
                sys.stdout.write(f"\n{figures}\n")


def compare(tenants: dict[str, Sandbox], at: dict[str, Path], host: Host, folder: Path, empty: Path) -> None:
    """Each published file equals a plain build of its world; the lake holds them all."""
    plain: dict[int, Path] = {}
    for name, world in tenants.items():
        if id(world) not in plain:
            cli = Cli(folder, empty)
            cli.data_dir = folder / f"plain-{name}"
            cli.env["SNAPCALL_RATE_LIMIT"] = BUDGET
            cli("sync", sandbox=world)
            plain[id(world)] = cli.data_dir / "leadpath.duckdb"
        assert differences(plain[id(world)], at[name] / "leadpath.duckdb") == [], name
    host.cli("fleet", "export", (folder / "lake").as_uri(), status=None)
    with duckdb.connect() as con:
        con.execute(f"set variable files = (select marts.fct_calls from '{folder}/lake/manifest.json')")
        con.execute(f"set file_search_path = '{folder}/lake'")
        lake = dict(
            con.execute("select tenant, count(*) from read_parquet(getvariable('files')) group by 1").fetchall()
        )
    ours = {name: home for name, home in at.items() if home.is_relative_to(host.cli.data_dir)}
    assert lake == {
        name: rows(home / "leadpath.duckdb", "select count(*) from marts.fct_calls")[0][0]
        for name, home in ours.items()
    }


def test_a_tenant_is_one_hosts_until_its_connection_ends(url: str) -> None:
    one, other = Catalog(url), Catalog(url)
    with one.held("acme"), other.held("globex"):
        with pytest.raises(Held, match=rf"^`leadpath on .*, process {os.getpid()}` .* works on tenant acme; wait"):
            other.held("acme").__enter__()
        one.rows("select 1")
    with other.held("acme"):
        pass
    one.held("acme").__enter__()
    one.close()
    with other.held("acme"):
        pass
    other.close()


def test_hosts_share_a_budget_by_the_clock_of_postgres(url: str) -> None:
    @contextmanager
    def budget() -> Iterator[Budget]:
        with closing(Catalog(url)) as catalog:
            yield Budget(Limit(20, 1.0), "snapcall:abc", catalog)

    hold_together(budget, threads=4)
    catalog, another = Catalog(url), Catalog(url)
    assert_alone(catalog, another)
    another.close()
    one, other = (Budget(Limit(20, 1.0), name, catalog) for name in ("snapcall:def", "snapcall:ghi"))
    one.pause(30)
    one.observe(5, 3)
    assert (one.allowed, one.used, other.allowed, other.used) == (5, 2, 20, 0)
    assert 29 < one.ahead <= 30
    assert other.ahead == 0
    catalog.close()


def test_a_run_that_lost_its_lock_ends(
    hosts: tuple[Host, Host], empty_warehouse: Path, tmp_path: Path, url: str
) -> None:
    host, _ = hosts
    with Sandbox(companies=3, days=3, limits=QUICK) as sandbox:
        sandbox.plan("snapcall", "slow", times=None, seconds=20)
        (tmp_path / "tenants").mkdir()
        (tmp_path / "tenants" / "acme.toml").write_text("")
        prepare(host, "acme", empty_warehouse)
        process = host.cli.start("sync", "--no-build", "--tenant", "acme", sandbox=sandbox, only=("snapcall",))
        catalog = Catalog(url)
        # a request is on its way, so nothing but the watch asks Postgres
        until(lambda: catalog.rows("select 1 from stamps"))
        ended = catalog.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like %s",
            f"%, process {process.pid}",
        )
        assert ended == [(True,)]
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 128 + signal.SIGTERM, stderr
        assert "LEADPATH_CATALOG_URL: Postgres stopped answering: " in stderr
        assert "The tenant may be another host's now, so this run ends." in stderr
        assert "Traceback" not in stderr
        catalog.close()


def test_a_postgres_that_cannot_be_used_is_one_sentence(leadpath: Cli, tmp_path: Path, url: str) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "acme.toml").write_text("")

    def ask(address: str, status: int, **env: str) -> str:
        run = leadpath("fleet", "status", status=status, LEADPATH_CATALOG_URL=address, **env)  # type: ignore[arg-type]
        (line,) = said(run)
        assert "s3cret" not in line
        return line

    assert ask(url.replace(quote(PASSWORD, safe=""), "s3cret"), 1).startswith(
        "LEADPATH_CATALOG_URL: Postgres cannot be reached: "
    )
    no = "LEADPATH_CATALOG_URL: it is no address of a Postgres; write LEADPATH_CATALOG_URL=postgresql://"
    for address in ("postgresql://me:a/s3cret@127.0.0.1:1/x", "sqlite:///s3cret.db"):
        assert ask(address, 2).startswith(no)
    strange = "postgresql://127.0.0.1/x?s3cret=1"
    assert ask(strange, 2).startswith("LEADPATH_CATALOG_URL: it cannot be read; write postgresql://")
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "psycopg.py").write_text("raise ImportError\n")
    path = f"{tmp_path / 'without'}{os.pathsep}{os.environ['PYTHONPATH']}"
    assert ask(url, 2, PYTHONPATH=path) == (
        "LEADPATH_CATALOG_URL needs the package psycopg: run pip install 'leadpath[fleet]', or unset it"
    )
