"""The commands that are killed, and the ground on which they run: a world, and data directories to begin with."""

import csv
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipelines.runs.progress import Progress
from pipelines.settings import load
from pipelines.sync.sync import Session
from sandbox import Sandbox
from tests.conftest import LEADPATH, Cli
from tests.pipelines.published import lead, publish_leads
from tests.torture.different import Different

# some windows before the first row of the world
SINCE = "2025-12-20"
PEOPLE = 40
IMPORTED = 3000

Making = Callable[["Ground", Path], None]


@dataclass(frozen=True)
class Case:
    """A command, and the data directory that it begins with.

    `makes` prepares that; the more `weight`, the more often the command is killed.
    """

    name: str
    command: tuple[str, ...]
    makes: Making
    weight: int = 1


@dataclass(frozen=True)
class Ground:
    """A folder for data directories, and the vendors that they are read from."""

    folder: Path
    sandbox: Sandbox

    def before(self, makes: Making) -> Path:
        """A data directory that cases begin with, made once."""
        kept = self.folder / "before" / makes.__name__
        if not kept.exists():
            makes(self, kept)
        return kept

    def leadpath(self, data_dir: Path, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        done = subprocess.run(
            [*LEADPATH, *command], env=self.environment(data_dir), cwd=self.folder, capture_output=True, text=True,
            timeout=1200, check=False,
        )  # fmt: skip
        if check and (done.returncode or "Traceback" in done.stderr):
            raise Different(f"leadpath {' '.join(command)} ended with {done.returncode}: {done.stderr[-1500:]}")
        return done

    def environment(self, data_dir: Path) -> dict[str, str]:
        """Settings of the sandbox; a history of several windows."""
        cli = Cli(self.folder, self.folder)
        own = {"LEADPATH_DATA_DIR": str(data_dir), "LEADPATH_START_DATE": SINCE}
        quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__REQUEST_BACKOFF_FACTOR": "0"}
        here = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        return cli.environment(self.sandbox, {**own, **quiet, **here}, ())


def make_tables(data_dir: Path) -> None:
    """Every table, and no row."""
    Session(load({"LEADPATH_DATA_DIR": str(data_dir)}, data_dir.parent), "torture", Progress()).begin()
    (data_dir / "status.json").unlink()


def emptied(ground: Ground, data_dir: Path) -> None:
    """What every sync begins with."""
    make_tables(data_dir)


def grown(ground: Ground, data_dir: Path) -> None:
    """A published file, the statements of an increment, and what came since then."""
    ground.leadpath(data_dir, "sync")
    ground.sandbox.advance(timedelta(hours=6))
    ground.leadpath(data_dir, "sync")
    ground.sandbox.advance(timedelta(hours=6))


def loaded(ground: Ground, data_dir: Path) -> None:
    """As `grown`, with what came since then in raw."""
    shutil.copytree(ground.before(grown), data_dir)
    ground.leadpath(data_dir, "sync", "--no-build")


def people(ground: Ground, data_dir: Path) -> None:
    """A published file with people to send."""
    shutil.copytree(ground.before(emptied), data_dir)
    publish_leads(data_dir, [lead(f"l{n}", f"Ada{n} Person{n}", f"p{n}@x{n % 7}.example") for n in range(PEOPLE)])


def listed(ground: Ground, data_dir: Path) -> None:
    """A file of leads to import."""
    shutil.copytree(ground.before(emptied), data_dir)
    with (ground.folder / "leads.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file)
        write.writerow(["id", "firstName", "lastName", "email", "createdAt"])
        write.writerows(
            [f"c{n}", f"Eve{n}", f"Other{n}", f"e{n}@y{n % 9}.example", "2026-02-01"] for n in range(IMPORTED)
        )


CASES = (
    Case("sync", ("sync",), grown, weight=2),
    Case("build", ("build",), loaded, weight=2),
    Case("report", ("report",), loaded),
    Case("sync --no-build", ("sync", "--no-build"), emptied, weight=4),
    Case("push-leads", ("push-leads", "--yes", "--no-build"), people, weight=2),
    Case("import-leads", ("import-leads", "leads.csv", "--no-build"), listed),
)
