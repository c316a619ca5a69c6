"""What speed is measured by measures the same work: the floor script and Leadpath end with equal tables."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.bench import document, of_sync
from benchmarks.server import served
from benchmarks.side_by_side import (
    FIRST,
    FLOOR,
    LEADPATH_ITSELF,
    MORE,
    SAME,
    differences,
    files,
    measure,
    phases,
    run,
)
from pipelines.vendors import TABLES

SMALLEST = 0.01
BOTH = (FLOOR, LEADPATH_ITSELF)


def test_leadpath_holds_what_the_floor_holds(tmp_path: Path) -> None:
    """`measure` compares the tables after each phase, and raises."""
    measured = measure(SMALLEST, 1, tmp_path, BOTH)
    assert list(measured.costs) == [(phase, subject) for phase in (FIRST, MORE, SAME) for subject in BOTH]
    assert all(measured.requests[phase, subject] >= 3 for phase, subject in measured.costs)
    assert measured.ratio(MORE, FLOOR) == 1 < measured.ratio(MORE, LEADPATH_ITSELF)
    assert 30 < measured.peak(FLOOR) < measured.peak(LEADPATH_ITSELF) < 2000
    (peak,) = of_sync(measured)
    written = document([peak], [measured], "a test")
    assert f"| {peak.what} " in written
    assert written.count(f"| {LEADPATH_ITSELF} ") == 3


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("calls", "delete from calls where id = 'c7'"),
        ("session_events", "update session_events set url = url || '/' where position = 2 and url like '%/7?%'"),
        ("organisations", "update organisations set address_city = null where founded = 1957"),
    ],
)
def test_a_row_that_differs_is_told_by_its_table(tmp_path: Path, table: str, change: str) -> None:
    """The other file is the floor's own, in Leadpath's schemas."""
    first = phases(tmp_path, SMALLEST)[0]
    floor, raw = files(tmp_path / "run")
    with served(tmp_path) as vendors:
        vendors.show(first.world, first.now)
        (tmp_path / "run").mkdir()
        run(FLOOR, first, vendors, tmp_path / "run")
    raw.parent.mkdir(parents=True)
    with duckdb.connect(str(raw)) as con:
        con.execute(f"attach '{floor}' as floor (read_only)")
        for vendor in ("snitcher", "snapcall"):
            con.execute(f"create schema raw_{vendor}")
            for each in TABLES[vendor]:
                con.execute(f"create table raw_{vendor}.{each.name} as from floor.{each.name}")
    assert list(differences(floor, raw)) == []
    with duckdb.connect(str(floor)) as con:
        con.execute(change)
    (said,) = differences(floor, raw)
    assert said.startswith(f"{table} has ")
