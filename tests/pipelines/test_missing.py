"""What a vendor deletes is marked by whole readings, and by nothing else: property tests on a vendor in memory."""

import atexit
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.runs.progress import Progress
from pipelines.sync.reading import Order, Run
from pipelines.sync.vendor import VendorRun
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.windows import Horizon
from sources.errors import VendorUnavailable
from sources.http.budget import Stop
from sources.rows.table import Batch, Completeness, Table
from sources.rows.values import TEXT, TIMESTAMP
from sources.vendor import Resource, Task, Vendor, Whole, Windows

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = (NOW - SINCE).days
NOTES = Table("notes", ("id",), {"id": TEXT, "made_at": TIMESTAMP}, ours={"missing_since": TIMESTAMP})
LABELS = Table("labels", ("id",), {"id": TEXT}, ours={"missing_since": TIMESTAMP})


@dataclass
class Ledger:
    """A vendor in memory: notes by the day of the history on which they were made, labels without.

    `how` it answers: `counted`; `uncounted`; `short` (it counts a row more than it gives); `empty`; `down` (from its
    second answer on); `moving` (uncounted, and its first answer of each window loses its last row); `partly` (its
    lists leave rows out, and say so).
    """

    notes: dict[str, int] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    how: str = "counted"
    client: Any = field(default_factory=lambda: SimpleNamespace(sent=0, retries=0, waited=0.0))
    asked: list[Any] = field(default_factory=list)

    def answer(self, name: str, asked: Any, rows: list[dict[str, str]]) -> tuple[list[dict[str, str]], Completeness]:
        self.asked.append((name, asked))
        self.client.sent += 1
        if self.how == "down" and len(self.asked) > 1:
            raise VendorUnavailable("Ledger answered 503")
        if self.how == "empty":
            rows = []
        if self.how == "moving" and self.asked.count((name, asked)) == 1:
            rows = rows[:-1]
        count = {"counted": len(rows), "short": len(rows) + 1, "empty": 0}.get(self.how)
        return rows, Completeness(name, "", count, len(rows), of_all=self.how != "partly")


def read_notes(api: Ledger, task: Task) -> Iterator[Batch]:
    assert task.window is not None
    days = [(name, SINCE + timedelta(days=day, hours=1)) for name, day in sorted(api.notes.items())]
    inside = [{"id": name, "made_at": at.isoformat()} for name, at in days if task.window.start <= at < task.window.end]
    rows, walk = api.answer("notes", task.window, inside)
    yield NOTES.batch(rows)
    yield NOTES.counted([walk])


def read_labels(api: Ledger, task: Task) -> Iterator[Batch]:
    rows, walk = api.answer("labels", None, [{"id": name} for name in sorted(api.labels)])
    yield LABELS.batch(rows)
    yield LABELS.counted([walk])


def vendor(forgets_after: tuple[int, ...] = ()) -> Vendor:
    return Vendor(
        name="ledger",
        title="Ledger",
        settings=cast(Any, None),
        tables=(NOTES, LABELS),
        resources=(
            Resource("labels", (LABELS,), read_labels, Whole()),
            Resource("notes", (NOTES,), read_notes, Windows(moment="made_at")),
        ),
        connect=lambda connection: None,
        probe=str,
        forgets_after=forgets_after,
    )


class World:
    """A warehouse and the ledger that is read into it."""

    def __init__(self, folder: Path, forgets_after: tuple[int, ...] = ()) -> None:
        self.warehouse = Warehouse(folder / "data")
        self.vendor = vendor(forgets_after)
        self.warehouse.internal.mkdir(parents=True)
        shutil.copy(raw_file(), self.warehouse.raw)
        self.ledger = Ledger()
        self.now = NOW

    def sync(self, how: str = "counted", *, sweep: bool = True) -> VendorRun:
        """One reading of everything that is due, on the next day."""
        self.now += timedelta(days=1)
        self.ledger.how = how
        self.ledger.asked.clear()
        chosen: Any = SimpleNamespace(resources=lambda name: None, redact=str)
        horizon = Horizon(SINCE, self.now, 3, 30)
        run = Run("run", chosen, self.warehouse, horizon, Stop(), QUIET, lambda: self.now)
        reading = VendorRun(run, self.vendor, Order(sweep=sweep))
        reading.apis = {"": self.ledger}
        reading._scope("")
        return reading

    def missing(self, table: str) -> dict[str, datetime | None]:
        with self.warehouse.turn() as con:
            return dict(con.execute(f"select id, missing_since from raw_ledger.{table}").fetchall())


@cache
def raw_file() -> Path:
    """A raw file with the vendor's empty tables, which take dlt a second to make."""
    made = Warehouse(Path(tempfile.mkdtemp()))
    atexit.register(shutil.rmtree, made.data_dir)
    made.create()
    Loader(made, "ledger", (NOTES, LABELS)).prepare()
    return made.raw


class Quiet(Progress):
    def say(self, text: str, *words: Any, **more: Any) -> None:
        pass


QUIET = Quiet()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with world.warehouse.kept_open():
        yield world


IDS = [f"n{number}" for number in range(12)]
FAULTS = ("short", "empty", "down", "partly")
step = st.tuples(
    st.sampled_from(["counted", "uncounted", "moving", *FAULTS]),
    st.dictionaries(st.sampled_from(IDS), st.integers(0, DAYS), min_size=0, max_size=12),
)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(step, min_size=2, max_size=5))
def test_no_row_is_removed_none_that_is_there_is_marked_and_no_fault_marks_anything(
    steps: list[tuple[str, dict[str, int]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        ever: set[str] = set()
        days: dict[str, int] = {}
        with world.warehouse.kept_open():
            for how, notes in steps:
                # a note keeps its day for good
                days = {**notes, **days}
                world.ledger.notes = {name: days[name] for name in notes}
                before = world.missing("notes") if ever else {}
                world.sync(how)
                after = world.missing("notes")
                assert ever <= set(after)
                if how not in FAULTS:
                    assert set(after) == ever | set(notes) or how == "moving"
                    assert not {name for name, since in after.items() if since} & set(notes)
                    assert_marks(before, after, notes, world.now)
                else:
                    marked = {name: since for name, since in after.items() if since}
                    assert marked.items() <= before.items()
                ever |= set(after)


def assert_marks(
    before: dict[str, datetime | None], after: dict[str, datetime | None], notes: dict[str, int], now: datetime
) -> None:
    """What is gone is marked, since it was first missed; all of it, or nothing where more than half went at once."""
    there = {name for name, since in before.items() if since is None}
    newly = {name for name, since in after.items() if since == now}
    gone = there - set(notes)
    if not notes:
        assert not newly
    elif 2 * len(gone) <= len(there | set(notes)):
        assert newly == gone
    else:
        assert newly in (set(), gone)
    assert all(after[name] == since for name, since in before.items() if since and name not in notes)


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_marks_nothing(world: World, how: str) -> None:
    world.ledger.notes = {name: 5 * day for day, name in enumerate(IDS)}
    world.sync()
    del world.ledger.notes["n4"]
    world.sync(how)
    assert not any(world.missing("notes").values())
    world.sync()
    assert [name for name, since in world.missing("notes").items() if since] == ["n4"]


def test_a_row_that_is_seen_again_is_missing_no_more(world: World) -> None:
    world.ledger.notes = {"a": 1, "b": 20, "c": 50}
    world.ledger.labels = {"x", "y", "z"}
    world.sync()
    del world.ledger.notes["a"]
    world.ledger.labels.remove("y")
    world.sync()
    assert world.missing("notes") == {"a": world.now, "b": None, "c": None}
    assert world.missing("labels") == {"x": None, "y": world.now, "z": None}
    first = world.now
    world.sync()
    assert world.missing("notes")["a"] == world.missing("labels")["y"] == first
    world.ledger.notes["a"] = 1
    world.ledger.labels.add("y")
    world.sync()
    assert set(world.missing("notes").values()) | set(world.missing("labels").values()) == {None}


def test_more_than_half_is_held_back_until_a_later_day_finds_the_same(world: World) -> None:
    world.ledger.notes = {name: day for day, name in enumerate(IDS)}
    world.sync()
    world.ledger.notes = {"n0": 0}
    held_back = world.sync()
    assert not any(world.missing("notes").values())
    (failure,) = held_back.failures
    assert failure.sentence.startswith("Ledger notes: 11 of 12 rows are no longer listed, more than half.")
    # the same day again is no second proof
    world.now -= timedelta(hours=30)
    assert len(world.sync().failures) == 1
    assert not any(world.missing("notes").values())
    assert world.sync().failures == []
    assert sum(since is not None for since in world.missing("notes").values()) == 11


def test_a_list_that_does_not_count_is_looked_at_twice_before_a_row_is_marked(world: World) -> None:
    world.ledger.notes = {name: 5 * day for day, name in enumerate(IDS)}
    world.sync("uncounted")
    assert set(Counter(map(str, world.ledger.asked)).values()) == {1}
    del world.ledger.notes["n1"]
    world.sync("moving")
    assert {name for name, since in world.missing("notes").items() if since} == {"n1"}
    assert set(Counter(map(str, world.ledger.asked)).values()) == {1, 2}
    # one that counts is believed at once
    del world.ledger.notes["n2"]
    world.sync()
    assert set(Counter(map(str, world.ledger.asked)).values()) == {1}
    assert {name for name, since in world.missing("notes").items() if since} == {"n1", "n2"}


def test_what_a_vendor_forgets_by_age_is_not_missing(tmp_path: Path) -> None:
    world = World(tmp_path, forgets_after=(30, 90))
    world.ledger.notes = {name: 5 * day for day, name in enumerate(IDS)}
    world.sync()
    # all before the tenth day went by age, one after it was deleted
    world.ledger.notes = {name: day for name, day in world.ledger.notes.items() if day >= 10 and name != "n6"}
    world.sync()
    assert {name for name, since in world.missing("notes").items() if since} == {"n6"}


@pytest.mark.parametrize("due", ["weekly", "daily"])
def test_the_weekly_reading_marks_what_it_reads_again_and_others_mark_nothing(world: World, due: str) -> None:
    world.ledger.notes = {"old": 1, "late": DAYS - 10, "new": DAYS - 1}
    world.sync(sweep=False)
    world.ledger.notes = {"new": DAYS - 1}
    if due == "weekly":
        world.now += timedelta(days=7)
    world.sync(sweep=False)
    marked = {name for name, since in world.missing("notes").items() if since}
    assert marked == ({"late"} if due == "weekly" else set())
