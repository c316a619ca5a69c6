"""Schedules of moving lists: the raw tables come to hold what the vendor holds, however much moved meanwhile.

A schedule is a tiny world, and steps of chance: rows come, go, change and swap places, also between two pages; time
passes; our clock is wrong by a day; the history begins earlier or later; the vendor fails. Then all comes to rest, and
one sync more, after a week, must leave the raw tables as the vendor's lists are. Rows of the last days must be there at
once.
"""

import json
import random
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from pipelines.runs.progress import Progress
from pipelines.settings import load
from pipelines.sync.reading import Order, Run
from pipelines.sync.vendor import VendorRun
from pipelines.vendors import READABLE
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.windows import Horizon, midnight
from sources.http.budget import Stop
from sources.rows.table import Table
from sources.rows.values import JSON
from tests.conftest import QUICK_SETTINGS
from tests.expected import Keyed
from tests.torture.different import Different
from tests.torture.moving import HISTORY, KINDS, NOW, Lists, sandboxed

LOOKBACK, REREAD = 3, 60
FAULTS = ("500", "reset", "truncated", "html")


class Place:
    """One vendor's tiny world, and a raw file that stays open for all schedules on it."""

    def __init__(self, lists: Lists, folder: Path) -> None:
        self.lists = lists
        environment = {
            **QUICK_SETTINGS, **lists.sandbox.env, "LEADPATH_DATA_DIR": str(folder),
            f"{lists.vendor.upper()}_RESOURCES": lists.resources,
        }  # fmt: skip
        self.settings = load(environment, folder)
        self.warehouse = Warehouse(folder)
        self.progress = Progress(Console(quiet=True))
        self.vendor = READABLE[lists.vendor]
        self.steps: list[str] = []

    def make(self) -> None:
        """The vendor's tables."""
        self.warehouse.create()
        Loader(self.warehouse, self.vendor.name, self.vendor.tables).prepare()
        with self.warehouse.turn() as con:
            # a few rows are not worth a thread
            con.execute("set threads = 1")

    def empty(self) -> None:
        """As if nothing had ever been read."""
        self.steps = []
        with self.warehouse.turn() as con:
            stored = con.execute("select schema_name, table_name from duckdb_tables() where table_name <> 'facts'")
            for schema, name in stored.fetchall():
                con.execute(f"delete from {schema}.{name}")
            con.execute("delete from ops.facts where name <> 'generation'")

    def sync(self, now: datetime, since: datetime) -> list[str]:
        """Read what is due, as a sync does; what went wrong."""
        horizon = Horizon(since, now, LOOKBACK, REREAD)
        run = Run("torture", self.settings, self.warehouse, horizon, Stop(60), self.progress, lambda: now)
        reading = VendorRun(run, self.vendor, Order())
        reading.execute()
        for budget in reading.budgets:
            budget.close()
        found = [failure.sentence for failure in reading.failures]
        for sentence in found:
            if "bug" in sentence:
                raise Different(sentence)
        return found

    def held(self, table: Table) -> Keyed:
        """The rows of a raw table, by key. Raises Different where two rows have one key."""
        columns = [name for name in table.columns if name != "_gone"]
        found: Keyed = {}
        with self.warehouse.turn() as con:
            records = con.execute(f"select {', '.join(columns)} from raw_{self.vendor.name}.{table.name}").fetchall()
        for record in records:
            row = dict(zip(columns, record, strict=True))
            for name, kind in table.columns.items():
                if kind is JSON and row.get(name) is not None:
                    row[name] = json.loads(row[name])
                elif isinstance(row.get(name), datetime):
                    row[name] = row[name].astimezone(UTC)
            key = tuple(row[name] for name in table.key)
            if key in found:
                raise Different(f"{table.name} holds {key} twice")
            found[key] = row
        return found

    def compare(self, since: datetime, when: str) -> None:
        """Hold the raw tables against the vendor's lists. Raises Different."""
        for name, (table, wanted) in self.lists.wanted(since).items():
            found = self.held(table)
            if missing := sorted(str(key) for key in wanted.keys() - found.keys()):
                raise Different(f"{when}: {name} lacks {missing}")
            for key, row in wanted.items():
                held = {column: found[key][column] for column in row}
                if held != row:
                    other = {column: (held[column], row[column]) for column in row if held[column] != row[column]}
                    raise Different(f"{when}: {name} {key} is not as the vendor has it: {other}")
            if marked := [key for key in wanted if found[key].get("missing_since")]:
                raise Different(f"{when}: {name} {marked} are marked as missing, and are there")
            gone = {key for key in found if not set(map(str, key)) & set(self.lists.keys())}
            if gone:
                raise Different(f"{when}: {name} holds {gone}, which never were")

    def run(self, rng: random.Random) -> int:
        """One schedule; the number of its syncs. Raises Different."""
        lists = self.lists
        self.empty()
        lists.begin(rng)
        since = midnight(NOW - HISTORY)
        ours, syncs = timedelta(0), 0
        for _ in range(rng.randrange(12)):
            lists.grow()
        for _ in range(rng.randrange(1, 6)):
            step = rng.choice(("read", "read", "read while it moves", "move", "time", "clock", "start", "fault"))
            match step:
                case "read" | "read while it moves":
                    lists.unrest = 0.4 if step != "read" else 0.0
                    self.sync(lists.world.now + ours, since)
                    lists.unrest = 0.0
                    syncs += 1
                case "move":
                    for _ in range(rng.randrange(1, 6)):
                        lists.move()
                case "time":
                    lists.pass_time(timedelta(hours=rng.choice((1, 11, 12, 36))))
                case "clock":
                    ours = timedelta(days=rng.choice((-1, 0, 1)))
                case "start":
                    since = midnight(NOW - HISTORY) + timedelta(days=rng.choice((-3, 0, 3, 7)))
                case "fault":
                    lists.sandbox.plan(
                        lists.vendor, rng.choice(FAULTS), after=rng.randrange(4), times=rng.choice((1, 6))
                    )
            self.steps.append(f"{step} (vendor's time {lists.world.now}, ours {ours}, since {since:%m-%d})")
        lists.sandbox.heal(lists.vendor)
        self.sync(lists.world.now, since)
        # our clock may have been a day ahead: then the last of these days was settled
        self.compare(max(since, midnight(lists.world.now) - timedelta(days=LOOKBACK - 1)), "at rest")
        lists.pass_time(timedelta(days=9))
        if failures := self.sync(lists.world.now, since):
            raise Different(f"after a week: {failures}")
        self.compare(since, "after a week")
        return syncs + 2


class Schedules:
    """Every kind of list, with a world each; a context manager."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.places: list[Place] = []
        self.syncs = 0

    def __enter__(self) -> "Schedules":
        for kind in KINDS:
            sandbox = self._open.enter_context(sandboxed())
            memory = Path("/dev/shm")
            folder = self._open.enter_context(
                tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None)
            )
            place = Place(kind(sandbox), Path(folder))
            self._open.enter_context(place.warehouse.kept_open())
            place.make()
            self.places.append(place)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.close()

    def run(self, seed: int) -> None:
        """The schedule of a seed. Raises Different, with its steps."""
        place = self.places[seed % len(self.places)]
        try:
            self.syncs += place.run(random.Random(seed))
        except Different as error:
            steps = "\n  ".join(place.steps)
            raise Different(f"{place.vendor.title}, {error}\n  {steps}") from error
