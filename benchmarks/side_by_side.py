"""Floor script, dlt alone and Leadpath on the same answers: interleaved rounds, and every table checked equal.

A round begins with nothing and has three phases: all of the history, 1 % new and changed rows an hour later, and
nothing new after that. In each phase the three run one after the other, so that other work on the machine makes a
phase dearer for all.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.cost import LEADPATH, Cost, cost_of
from benchmarks.floor import job
from benchmarks.rendered import AGENTS, LATER, NOW, START, WORKSPACE, world
from benchmarks.server import Vendors, served
from pipelines.vendors import TABLES
from sources.rows.table import Table
from sources.rows.values import Kind

FLOOR, DICTS, LEADPATH_ITSELF = "floor", "dlt with dicts", "Leadpath"
SUBJECTS = (FLOOR, DICTS, LEADPATH_ITSELF)
FIRST, MORE, SAME = "first sync", "1 % more", "nothing new"
# what no vendor states: when we read it, and what no table knows
OURS_ALONE = ("first_loaded_at", "_extra", "_gone")
SHARED = {table.name: table for vendor in ("snitcher", "snapcall") for table in TABLES[vendor]}
LOOKBACK = timedelta(days=3)


class Unequal(Exception):
    """A table of Leadpath does not hold what the floor's does."""


@dataclass
class Measured:
    """Costs and requests by phase and subject, a value per round."""

    scale: float
    costs: dict[tuple[str, str], list[Cost]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[tuple[str, str], int] = field(default_factory=dict)

    def seconds(self, phase: str, subject: str) -> float:
        """The median CPU seconds."""
        return median(cost.seconds for cost in self.costs[phase, subject])

    def ratio(self, phase: str, subject: str) -> float:
        """The median over the rounds of what it costs for each second of the floor."""
        pairs = zip(self.costs[phase, subject], self.costs[phase, FLOOR], strict=True)
        return median(own.seconds / floor.seconds for own, floor in pairs)

    def peak(self, subject: str) -> float:
        """The most memory in any phase and round, in MiB."""
        return max(cost.mebibytes for (_, who), each in self.costs.items() if who == subject for cost in each)


@dataclass(frozen=True)
class Phase:
    """What is asked when: the world, the moment that it is, and from when on rows are read."""

    name: str
    world: Path
    now: datetime
    since: datetime


def phases(folder: Path, scale: float) -> tuple[Phase, ...]:
    """The phases of a size, its worlds written into `folder`."""
    first, later = world(folder, scale, later=False), world(folder, scale, later=True)
    back = LATER.replace(hour=0) - LOOKBACK
    return (
        Phase(FIRST, first, NOW, START),
        Phase(MORE, later, LATER, back),
        Phase(SAME, later, LATER + timedelta(minutes=30), back),
    )


def measure(scale: float, rounds: int, worlds: Path, subjects: Sequence[str] = SUBJECTS) -> Measured:
    """The costs of a size. Raises Unequal."""
    measured = Measured(scale)
    planned = phases(worlds, scale)
    with served(worlds) as vendors:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as temporary:
                for phase in planned:
                    for subject in subjects:
                        vendors.show(phase.world, phase.now)
                        cost = run(subject, phase, vendors, Path(temporary))
                        measured.costs[phase.name, subject].append(cost)
                        measured.requests[phase.name, subject], _ = vendors.show(phase.world, phase.now)
                    for difference in differences(*files(Path(temporary))):
                        raise Unequal(f"{phase.name} of size {scale:g}: {difference}")
    return measured


def run(subject: str, phase: Phase, vendors: Vendors, folder: Path) -> Cost:
    """Let one of them do a phase as a process, on its own files in `folder`."""
    floor, raw = files(folder)
    if subject == LEADPATH_ITSELF:
        own = {
            "LEADPATH_DATA_DIR": str(raw.parents[1]),
            "LEADPATH_START_DATE": START.date().isoformat(),
            "LEADPATH_NOW": phase.now.isoformat(),
        }
        return cost_of([*LEADPATH, "sync", "--no-build"], {**vendors.settings, **own}, raw.parents[2])
    file = floor if subject == FLOOR else folder / "dicts" / "dicts.duckdb"
    file.parent.mkdir(exist_ok=True)
    given = job(SHARED, vendors.url, file, phase.since, phase.now, first=phase.name == FIRST)
    given |= {"workspace": WORKSPACE, "agents": AGENTS, "history": START.isoformat()}
    written = file.with_suffix(".json")
    written.write_text(json.dumps(given), "utf-8")
    module = "benchmarks.floor" if subject == FLOOR else "benchmarks.dicts"
    return cost_of([sys.executable, "-m", module, str(written)], {}, file.parent)


def files(folder: Path) -> tuple[Path, Path]:
    """The floor's file and Leadpath's raw file."""
    return folder / "floor" / "floor.duckdb", folder / "leadpath" / "data" / "internal" / "raw.duckdb"


def differences(floor: Path, raw: Path) -> Iterator[str]:
    """What the two files do not agree in: a sentence per table."""
    with duckdb.connect(str(floor), read_only=True) as con:
        con.execute(f"attach '{raw}' as leadpath (read_only)")
        for vendor in ("snitcher", "snapcall"):
            for table in TABLES[vendor]:
                listed = ", ".join(_comparable(table))
                floors, ours = (
                    con.execute(f"select count(*), sum(hash({listed})) from {name}").fetchone()
                    for name in (table.name, f"leadpath.raw_{vendor}.{table.name}")
                )
                if floors != ours or floors == (0, None):
                    yield f"{table.name} has {floors} (rows, hash) in the floor's file and {ours} in Leadpath's"


def _comparable(table: Table) -> list[str]:
    shared = {name: kind for name, kind in table.columns.items() if name not in OURS_ALONE}
    return [f'"{name}"::varchar' if kind is Kind.JSON else f'"{name}"' for name, kind in shared.items()]


def as_data(measured: Measured) -> list[dict[str, object]]:
    """Every single cost, to look into."""
    return [
        {"size": measured.scale, "phase": phase, "subject": subject, "round": number, **asdict(cost)}
        for (phase, subject), costs in measured.costs.items()
        for number, cost in enumerate(costs, 1)
    ]
