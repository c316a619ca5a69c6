"""What is stored, and under which load: SQL takes up sessions of new loads, so a load has to tell of events too."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from sources.rows.table import Row
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
    sessions, events = session_batches(rows, "ws-1", 0)
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
