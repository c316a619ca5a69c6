"""What is stored, and under which load: SQL takes up sessions of new loads, so a load has to tell of events too."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest

from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from sources.dlt_source import as_dlt
from sources.rows.parts import parts
from sources.rows.table import Batch, Row, Table
from sources.rows.values import BIGINT, TEXT
from sources.snitcher import session_batches
from sources.snitcher.tables import TABLES


@pytest.fixture
def loader(tmp_path: Path) -> Loader:
    warehouse = Warehouse(tmp_path / "data")
    warehouse.create()
    loader = Loader(warehouse, "snitcher", TABLES)
    loader.prepare()
    return loader


def session(uuid: str, *urls: str) -> Row:
    events = [{"event_type": "pageview", "url": url, "triggered_at": "2026-03-01T08:00:00Z"} for url in urls]
    return {"uuid": uuid, "started_at": "2026-03-01T08:00:00Z", "events": events}


def load(loader: Loader, *rows: Row) -> int:
    sessions, events = session_batches(rows, "ws-1")
    for batch in (sessions, events):
        batch.arrow = batch.arrow.drop_columns("_row")
    return loader.load([sessions, events])


def held(loader: Loader, query: str) -> list[tuple[Any, ...]]:
    with loader.warehouse.turn(read_only=True) as con:
        return con.execute(query).fetchall()


def loads(loader: Loader) -> dict[str, str]:
    return dict(held(loader, "select uuid, _dlt_load_id from raw_snitcher.sessions"))


def test_a_session_is_stored_again_with_its_events(loader: Loader) -> None:
    assert load(loader, session("more", "/a"), session("fewer", "/a"), session("same", "/a", "/b")) == 7
    first = loads(loader)

    assert load(loader, session("more", "/a", "/b"), session("fewer"), session("same", "/a", "/b")) == 5

    second = loads(loader)
    assert {uuid for uuid in first if second[uuid] > first[uuid]} == {"more", "fewer"}
    assert held(loader, "select session_uuid, url from raw_snitcher.session_events order by all") == [
        ("more", "/a"),
        ("more", "/b"),
        ("same", "/a"),
        ("same", "/b"),
    ]
    assert held(loader, "select count(*) from raw_snitcher.sessions") == [(3,)]


def test_a_load_without_news_stores_nothing(loader: Loader) -> None:
    load(loader, session("one", "/a"), session("none"))
    before = loads(loader)

    assert load(loader, session("none"), session("one", "/a")) == 0
    assert loads(loader) == before


def test_a_load_is_numbered_after_all_earlier_ones_whatever_the_clock_says(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400 * 10**9
    first = time.time_ns()
    for clock in (first + day, first - day, first, first):
        monkeypatch.setattr(time, "time_ns", lambda clock=clock: clock)
        load(loader, session(f"at {len(loads(loader))}", "/a"))

    numbers = [loads(loader)[f"at {place}"] for place in range(4)]
    assert numbers == sorted(set(numbers))
    listed = [load_id for (load_id,) in held(loader, "select load_id from raw_snitcher._dlt_loads order by 1")]
    assert listed[-4:] == numbers


def test_of_rows_with_one_key_the_last_is_stored(loader: Loader) -> None:
    sessions, events = session_batches([session("one", "/a"), session("two", "/a")], "ws-1")
    doubled = [Batch(b.table, pa.concat_tables([b.arrow, b.arrow]).drop_columns("_row")) for b in (sessions, events)]

    loader.load(doubled)

    assert held(loader, "select count(*), count(distinct uuid) from raw_snitcher.sessions") == [(2, 2)]
    assert held(loader, "select count(*) from raw_snitcher.session_events") == [(2,)]


def test_news_are_stored_also_where_the_same_answer_has_what_is_held(loader: Loader) -> None:
    """A row that changed while a list was walked comes twice: as it was, and as it is."""

    def segment(name: str) -> Batch:
        (batch,) = [
            table.batch([{"uuid": "s", "name": name}], workspace_uuid="ws-1")
            for table in TABLES
            if table.name == "segments"
        ]
        return batch

    loader.load([segment("before")])
    assert loader.load([segment("before"), segment("after")]) == 1
    assert held(loader, "select name from raw_snitcher.segments") == [("after",)]


def test_a_window_that_is_cut_off_between_its_parts_is_read_again_as_if_it_had_not_been(
    loader: Loader, tmp_path: Path
) -> None:
    other = Warehouse(tmp_path / "undisturbed")
    other.create()
    undisturbed = Loader(other, "snitcher", TABLES)
    undisturbed.prepare()
    # one comes twice, with fewer events the second time: in one part, and in two
    rows = [session(f"s{number % 7}", *(f"/{place}" for place in range(9 - number))) for number in range(9)]

    def window(most: int) -> Iterator[list[Batch]]:
        return parts((session_batches([row], "ws-1") for row in rows), most)

    whole = list(window(1 << 30))
    assert len(whole) == 1
    undisturbed.load(whole[0])
    small = list(window(1))
    assert len(small) == len(rows)
    for cut in range(len(rows)):
        for part in small[:cut]:
            loader.load(part)
        for part in window(1):
            loader.load(part)
        for table in ("sessions", "session_events"):
            query = f"select * exclude (_dlt_load_id) from raw_snitcher.{table} order by all"
            assert held(loader, query) == held(undisturbed, query) != []
    assert held(loader, "select count(*) from raw_snitcher.session_events where session_uuid = 's1'") == [(1,)]


def test_what_an_earlier_version_left_of_dlt_does_not_decide_the_tables(tmp_path: Path) -> None:
    """Earlier versions kept dlt's schemas in a working folder, where a key could still be a number."""
    warehouse = Warehouse(tmp_path / "data")
    warehouse.create()
    folder = warehouse.internal / "dlt"
    before = Table("things", ("id",), {"id": BIGINT})
    pipeline = dlt.pipeline(
        "leadpath_sixth",
        destination=dlt.destinations.duckdb(str(warehouse.raw)),
        dataset_name="raw_sixth",
        pipelines_dir=str(folder),
    )
    pipeline.run([as_dlt(before, [before.empty()])], loader_file_format="parquet")
    pipeline.deactivate()
    with warehouse.turn() as con:
        con.execute("alter table raw_sixth.things add column if not exists _dlt_load_id varchar")

    Loader(warehouse, "sixth", [Table("things", ("id",), {"id": TEXT, "name": TEXT})]).prepare()

    with warehouse.turn() as con:
        query = "select column_name, data_type from duckdb_columns() where schema_name = 'raw_sixth'"
        columns = con.execute(
            f"{query} and table_name = 'things' and column_name in ('id', 'name') order by 1"
        ).fetchall()
    assert columns == [("id", "VARCHAR"), ("name", "VARCHAR")]
    assert not folder.exists()
