"""Many tenants on one host: who is due and in which order, that one stops no other, and how they are told of."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fleet.shard import Shard
from pipelines.runs.lock import is_held
from pipelines.runs.status import read
from sandbox import Sandbox
from sources.errors import Mistaken
from tests.conftest import LEADPATH, QUICK, Cli, Run, seal
from tests.pipelines.outcome import said

BUDGET = "8/2seconds"
TENANTS = ("acme", "globex", "umbrella")


class Fleet:
    """Three tenants of one agency's key; `umbrella` has a key of its own, which is wrong."""

    def __init__(self, folder: Path, empty: Path, sandbox: Sandbox) -> None:
        self.cli = Cli(folder, empty)
        self.sandbox = sandbox
        self.cli.env |= {name: sandbox.env[name] for name in ("SNAPCALL_URL", "LEADPATH_NOW")}
        self.cli.env["SNAPCALL_RATE_LIMIT"] = BUDGET
        (folder / ".dlt").mkdir()
        (folder / ".dlt" / "secrets.toml").write_text(f'snapcall_api_key = "{sandbox.env["SNAPCALL_API_KEY"]}"\n')
        (folder / "tenants").mkdir()
        for name in TENANTS:
            (folder / "tenants" / f"{name}.toml").write_text("")
            self.home(name).joinpath("internal").mkdir(parents=True)
            shutil.copyfile(empty, self.home(name) / "internal" / "raw.duckdb")
        self.wrong = folder / "tenants" / "umbrella.secrets.toml"
        self.wrong.write_text('snapcall_api_key = "wrong-key"\n')
        self.wrong.chmod(0o600)

    def home(self, name: str) -> Path:
        return self.cli.data_dir / "tenants" / name

    def sync(self, *options: str, **env: str) -> Run:
        """A sync that must end with exit status 1."""
        self.cli.env |= env
        run = self.cli("fleet", "sync", "--no-build", *options, status=1)
        self.cli.env = {name: value for name, value in self.cli.env.items() if name not in env}
        self.cli.env["LEADPATH_NOW"] = self.sandbox.env["LEADPATH_NOW"]
        return run

    def order(self, run: Run) -> list[str]:
        """The tenants in the order in which they were first heard of."""
        names = [line.partition(":")[0] for line in run.stderr.splitlines()]
        return [name for name in dict.fromkeys(names) if name in TENANTS]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    limits = {**QUICK, "snapcall": BUDGET}
    with pytest.MonkeyPatch.context() as patch, Sandbox(companies=3, days=3, limits=limits) as sandbox:
        seal(folder, patch)
        yield Fleet(folder, empty_warehouse, sandbox)
        assert sandbox.violations == [], "the budget of the key is one for all of them"


def test_one_failing_tenant_stops_no_other_and_the_longest_unread_come_first(fleet: Fleet) -> None:
    first = fleet.sync("--jobs", "1", LEADPATH_NOW="2026-03-02T12:00:00Z")
    assert fleet.order(first) == ["acme", "globex", "umbrella"]
    assert said(first)[-2:] == [
        "Of 3 tenants: 2 synced, 1 failed.",
        "Failed: umbrella. leadpath fleet status says why.",
    ]
    assert "umbrella: SnapCall GET /v2/calls: the credential was refused (401)." in first.stderr
    assert "wrong-key" not in first.stderr
    fleet.cli("sync", "--no-build", "--tenant", "acme", LEADPATH_NOW="2026-03-02T14:00:00Z")
    second = fleet.sync("--jobs", "1", LEADPATH_NOW="2026-03-02T15:00:00Z", LEADPATH_LOG="json")
    heard = [json.loads(line) for line in second.stderr.splitlines()]
    assert list(dict.fromkeys(one["tenant"] for one in heard if "tenant" in one)) == ["umbrella", "globex", "acme"]

    shown = fleet.cli("fleet", "status", "--json", status=1, LEADPATH_NOW="2026-03-02T16:00:00Z")
    states = {one["tenant"]: one for one in json.loads(shown.stdout)["tenants"]}
    assert {name: one["state"] for name, one in states.items()} == {"acme": "ok", "globex": "ok", "umbrella": "failed"}
    assert states["acme"]["last_success"] == "2026-03-02T15:00:00+00:00"
    assert states["acme"]["newest"]
    assert states["acme"]["left"] == 0
    assert (states["umbrella"]["last_success"], states["acme"]["wrong"]) == (None, [])
    assert "refused (401)" in states["umbrella"]["error"]
    assert [sentence.split(" (")[0] for sentence in states["umbrella"]["wrong"]] == [
        "The last sync failed",
        "SnapCall could not be read to the end by its last sync",
    ]
    table = fleet.cli("fleet", "status", status=1).stdout
    assert "- umbrella: The last sync failed" in table
    assert "wrong-key" not in shown.stdout + table


def test_a_credential_for_all_reads_nobody_who_has_one_of_his_own(fleet: Fleet) -> None:
    key = fleet.sandbox.env["SNAPCALL_API_KEY"]
    before = len(fleet.sandbox.requests)
    run = fleet.sync("--shard", _shard_of("umbrella"), SNAPCALL_API_KEY=key)
    mixed = (
        "SNAPCALL_API_KEY is in the environment, and another one in tenants/umbrella.secrets.toml: unset it, or take"
        " that out."
    )
    assert f"umbrella: {mixed}" in said(run)
    assert len(fleet.sandbox.requests) == before
    (fleet.cli.data_dir.parent / "tenants" / "broken.toml").write_text('leadpath_max_run = "soon"\n')
    try:
        shown = fleet.cli("fleet", "status", "--json", status=1, SNAPCALL_API_KEY=key)
        states = {one["tenant"]: one for one in json.loads(shown.stdout)["tenants"]}
        assert states["broken"]["state"] == "never"
        assert states["broken"]["wrong"][0].startswith("LEADPATH_MAX_RUN: 'soon' is no duration")
        assert states["umbrella"]["wrong"][0] == mixed
    finally:
        (fleet.cli.data_dir.parent / "tenants" / "broken.toml").unlink()


def _shard_of(name: str) -> str:
    """A part of many that has this tenant, and no other of ours."""
    return next(f"{number}/97" for number in range(1, 98) if Shard(number, 97).of_these([name]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_stops_a_fleet_stops_its_tenants(fleet: Fleet, number: int) -> None:
    fleet.sandbox.plan("snapcall", "slow", times=None, seconds=3)
    try:
        process = subprocess.Popen(
            [*LEADPATH, "fleet", "sync", "--no-build", "--jobs", "2"],
            env=fleet.cli.environment(None, {"LEADPATH_LOOKBACK_DAYS": "4"}, ()),
            cwd=fleet.cli.data_dir.parent,
            stderr=subprocess.PIPE,
            text=True,
        )
        _until(lambda: sum(_at_work(fleet, name) for name in TENANTS) == 2)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    finally:
        fleet.sandbox.heal("snapcall")
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert stderr.endswith("Interrupted. Finished windows are kept; the next sync goes on from there.\n")
    _until(lambda: not any(_at_work(fleet, name) for name in TENANTS))
    # one that was stopped before its first request wrote no more, and is read as interrupted all the same
    states = [document["state"] for name in TENANTS if (document := read(fleet.home(name)))]
    assert states.count("interrupted") == 2


def _at_work(fleet: Fleet, name: str) -> bool:
    """Whether a process holds the warehouse and has begun its run."""
    file = fleet.home(name) / "status.json"
    held = is_held(fleet.home(name) / "internal" / "lock")
    return held and file.exists() and json.loads(file.read_text())["state"] in ("running", "interrupted")


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


NAMES = st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), unique=True, max_size=30)


@given(NAMES, st.integers(1, 9))
def test_each_tenant_is_in_one_part_and_changes_it_only_into_a_new_one(names: list[str], of: int) -> None:
    parts = [Shard(number, of).of_these(names) for number in range(1, of + 1)]
    assert sorted(name for part in parts for name in part) == sorted(names)
    more = [Shard(number, of + 1).of_these(names) for number in range(1, of + 2)]
    assert all(set(after) <= set(before) for before, after in zip(parts, more, strict=False))


def test_a_thousand_tenants_are_shared_out_evenly() -> None:
    names = [f"customer-{number}" for number in range(1000)]
    assert all(90 <= len(Shard(number, 8).of_these(names)) <= 160 for number in range(1, 9))


@pytest.mark.parametrize("text", ["0/8", "9/8", "8", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Mistaken, match=r"^--shard .*: there is no such part; write for example 2/8"):
        Shard.parse(text)


def test_a_fleet_without_tenants_or_of_one_is_a_mistake(leadpath: Cli) -> None:
    (line,) = said(leadpath("fleet", "status", status=2))
    assert line == "There is no tenant yet: write tenants/NAME.toml, or leadpath --tenant NAME init."
