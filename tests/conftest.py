"""What every test stands on: a sealed environment, sandboxes, the real command line, and the files that it writes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, settings

from pipelines.runs.progress import Progress
from pipelines.settings import NAMES, load
from pipelines.sync.sync import Session
from sandbox import Sandbox

QUICK = dict.fromkeys(("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm"), "1000/second")
QUICK_SETTINGS = {f"{vendor.upper()}_RATE_LIMIT": limit for vendor, limit in QUICK.items()}
LEADPATH = (sys.executable, "-m", "pipelines.cli")
ROOT = Path(__file__).resolve().parents[1]

# a busy machine is no finding
settings.register_profile("leadpath", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leadpath")

Run = subprocess.CompletedProcess[str]


def pytest_configure() -> None:
    """Take interrupts, which a job in the background is started without, so that what tests start takes them too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's secrets, settings, state or working folder."""
    seal(tmp_path, monkeypatch)


def seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `sealed`, for fixtures of a longer life."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name in NAMES or name.startswith(("SOURCES__", "DLT_", "RUNTIME__"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "ERROR")
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def make_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with limits that no test of something else meets; none may end with a violation."""
    with ExitStack() as stack:
        made: list[Sandbox] = []

        def make(*, limits: Mapping[str, str] | None = None, **options: Any) -> Sandbox:
            sandbox = stack.enter_context(Sandbox(limits={**QUICK, **(limits or {})}, **options))
            made.append(sandbox)
            return sandbox

        yield make
        assert [violation for sandbox in made for violation in sandbox.violations] == []


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw file with every table and no row: made once, since dlt needs seconds for it."""
    folder = tmp_path_factory.mktemp("empty")
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    Session(load({"LEADPATH_DATA_DIR": str(folder / "data")}, folder), "tests", Progress()).begin()
    return folder / "data" / "internal" / "raw.duckdb"


class Cli:
    """Runs the real command line as a process, on a data directory of its own."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self.data_dir = folder / "data"
        self.env: dict[str, str] = {}
        self._empty = empty

    def use_empty_warehouse(self) -> None:
        """Spare the seconds that making every raw table takes."""
        internal = self.data_dir / "internal"
        internal.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._empty, internal / "raw.duckdb")

    def environment(self, sandbox: Sandbox | None, env: Mapping[str, str], only: tuple[str, ...]) -> dict[str, str]:
        """What the process sees: the sandbox's settings (of some vendors), quick limits, and `env` on top."""
        settings = dict(sandbox.env) if sandbox else {}
        vendors = ("SNITCHER", "SNAPCALL", "SMARTLOOK", "USERSNAP", "SNAPCRM")
        if only:
            kept = tuple(name.upper() for name in only)
            settings = {
                name: value for name, value in settings.items() if not name.startswith(vendors) or name.startswith(kept)
            }
        own = {"LEADPATH_DATA_DIR": str(self.data_dir), "LEADPATH_START_DATE": "2026-02-18"}
        return {**os.environ, **QUICK_SETTINGS, **own, **settings, **self.env, **env}

    def __call__(
        self, *arguments: str, sandbox: Sandbox | None = None, only: tuple[str, ...] = (), status: int | None = 0,
        **env: str,
    ) -> Run:  # fmt: skip
        """Run a command; unless `status` is None it must end with that exit status, and never with a traceback."""
        done = subprocess.run(
            [*LEADPATH, *arguments],
            env=self.environment(sandbox, env, only),
            cwd=self.data_dir.parent,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        if status is not None:
            assert done.returncode == status, f"exit {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments: str, sandbox: Sandbox, only: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [*LEADPATH, *arguments],
            env=self.environment(sandbox, env, only),
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def raw(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the private raw file."""
        return rows(self.data_dir / "internal" / "raw.duckdb", sql)

    def marts(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the published file."""
        return rows(self.data_dir / "leadpath.duckdb", sql)


@contextmanager
def synced(
    folder: Path, empty: Path, *, only: tuple[str, ...] = (), env: Mapping[str, str] | None = None, **world: Any
) -> Iterator[tuple[Cli, Sandbox]]:
    """A sandbox of this world and a command line that has synced it once; for fixtures that outlive a test."""
    with pytest.MonkeyPatch.context() as patch, Sandbox(**world, limits=QUICK) as sandbox:
        seal(folder, patch)
        cli = Cli(folder, empty)
        cli.use_empty_warehouse()
        # who we are decides which companies there are, also for commands that talk to no vendor
        cli.env |= {"LEADPATH_OWN_DOMAINS": sandbox.env["LEADPATH_OWN_DOMAINS"], **(env or {})}
        cli("sync", sandbox=sandbox, only=only)
        yield cli, sandbox


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on a DuckDB file; times in UTC."""
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return con.execute(sql).fetchall()


@pytest.fixture
def leadpath(tmp_path: Path, empty_warehouse: Path) -> Cli:
    """The command line, on an empty data directory whose raw tables exist."""
    cli = Cli(tmp_path, empty_warehouse)
    cli.use_empty_warehouse()
    return cli
