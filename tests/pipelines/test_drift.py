"""A vendor's fields change: what is new is named, what is gone is NULL, what has another type is kept until it fits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse import quarantine
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from sources.rows.table import Row, Table
from sources.rows.values import BIGINT, BOOL, DOUBLE, TEXT, TIMESTAMP
from sources.snitcher import session_batches
from sources.snitcher import tables as snitcher

VISITS = Table(
    "visits",
    ("site", "id"),
    {"id": BIGINT, "floor": BIGINT, "place.city": TEXT, "at_noon": BOOL, "seen_at": TIMESTAMP},
    ours={"site": TEXT},
)
# a newer version knows that ids and floors are text, and three more fields
NEWER = replace(
    VISITS,
    fields={
        **VISITS.fields, "id": TEXT, "floor": TEXT, "mood": TEXT, "place.height": DOUBLE, "place.geo.lat": DOUBLE,
    },
)  # fmt: skip


class Store:
    """A warehouse with one table, in the version that is asked for."""

    def __init__(self, folder: Path, vendor: str = "tower") -> None:
        self.warehouse = Warehouse(folder / "data")
        self.warehouse.create()
        self.vendor = vendor
        self.runs = 0

    def load(self, table: Table, rows: list[Row], **ours: Any) -> None:
        self.runs += 1
        loader = Loader(self.warehouse, self.vendor, [table])
        loader.prepare()
        batch = table.batch(rows, **ours)
        loader.load([batch])
        with self.warehouse.turn() as con:
            quarantine.store(con, f"run {self.runs}", self.vendor, [batch])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.turn() as con:
            return con.execute(query).fetchall()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_what_did_not_fit_is_read_again_once_the_tables_have_a_place_for_it(store: Store) -> None:
    store.load(
        VISITS,
        [
            {"id": 1, "floor": "ground", "mood": "glad", "place": {"city": "Ulm", "height": 478, "geo": {"lat": 48}}},
            {"id": 2, "floor": 2, "at_noon": "maybe", "seen_at": "1899-12-30", "place": {"height": "low"}},
            {"id": "v-3", "floor": "attic", "mood": "sad", "colour": "red"},
            {"id": 4, "floor": 4, "place": "somewhere"},
        ],
        site="north",
    )
    assert store.rows("select id, floor, place_city from raw_tower.visits order by id") == [
        (1, None, "Ulm"), (2, 2, None), (4, 4, None),
    ]  # fmt: skip
    kept = "select column_name, value, reason from ops.quarantine order by all nulls first"
    assert len(store.rows(kept)) == 5
    before = dict(store.rows("select id::varchar, _dlt_load_id from raw_tower.visits"))

    Loader(store.warehouse, "tower", [NEWER]).prepare()

    found = (
        "select site, id, floor, mood, place_height, place_geo_lat, _extra::varchar from raw_tower.visits order by id"
    )
    assert store.rows(found) == [
        ("north", "1", "ground", "glad", 478.0, 48.0, None),
        ("north", "2", "2", None, None, None, '{"place":{"height":"low"}}'),
        ("north", "4", "4", None, None, None, None),
        ("north", "v-3", "attic", "sad", None, None, '{"colour":"red"}'),
    ]
    # what still fits nowhere stays: a word that is no truth, a time that nobody meant, a text that is no object
    assert [(column, value) for column, value, _ in store.rows(kept)] == [
        ("at_noon", '"maybe"'), ("place_city", '"somewhere"'), ("seen_at", '"1899-12-30"'),
    ]  # fmt: skip
    # increments read rows of new loads: those that changed are of one, the others are as they were
    after = dict(store.rows("select id, _dlt_load_id from raw_tower.visits"))
    assert {key for key in after if after[key] != before.get(key)} == {"1", "v-3"}
    assert set(after.values()) <= {load for (load,) in store.rows("select load_id from raw_tower._dlt_loads")}

    # a row that fits at last leaves the quarantine, also where its key was a number when it came there
    store.load(NEWER, [{"id": 2, "at_noon": True, "seen_at": "2026-03-01"}], site="north")
    assert [(column, value) for column, value, _ in store.rows(kept)] == [("place_city", '"somewhere"')]
    after = dict(store.rows("select id, _dlt_load_id from raw_tower.visits"))
    # and what is new to the tables is looked at once
    Loader(store.warehouse, "tower", [NEWER]).prepare()
    assert dict(store.rows("select id, _dlt_load_id from raw_tower.visits")) == after


def test_a_newer_value_is_not_overwritten_by_one_that_was_held(store: Store) -> None:
    store.load(VISITS, [{"id": 1, "floor": "ground"}], site="north")
    store.load(VISITS, [{"id": 1, "floor": "first"}], site="north")
    store.load(VISITS, [{"id": 2, "floor": "third"}], site="north")
    store.load(VISITS, [{"id": 2, "floor": 4}], site="north")
    Loader(store.warehouse, "tower", [NEWER]).prepare()
    assert store.rows("select id, floor from raw_tower.visits order by id") == [("1", "first"), ("2", "4")]
    assert store.rows("select * from ops.quarantine") == []


def test_a_field_that_is_gone_is_null(store: Store) -> None:
    store.load(VISITS, [{"id": 1, "floor": 7, "place": {"city": "Ulm"}}], site="north")
    store.load(VISITS, [{"id": 1}], site="north")
    assert store.rows("select id, floor, place_city from raw_tower.visits") == [(1, None, None)]


def test_a_session_is_of_the_load_in_which_its_events_were_read_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "snitcher")
    older = tuple(
        replace(table, fields={name: kind for name, kind in table.fields.items() if name != "form_name"})
        if table is snitcher.SESSION_EVENTS
        else table
        for table in (snitcher.SESSIONS, snitcher.SESSION_EVENTS)
    )
    loader = Loader(store.warehouse, "snitcher", older)
    loader.prepare()
    times = {"started_at": "2026-03-01T08:00:00Z"}
    rows = [{"uuid": "with", **times, "events": [{"event_type": "x", "form_name": "Contact"}, {"event_type": "y"}]}]
    sessions, events = session_batches([*rows, {"uuid": "without", **times, "events": [{"event_type": "z"}]}], "ws")
    arrow = events.arrow.drop_columns(["_row", "form_name"])
    arrow = arrow.set_column(
        arrow.schema.get_field_index("_extra"), "_extra", [['{"form_name": "Contact"}', None, None]]
    )
    loader.load([replace(sessions, table=older[0], arrow=sessions.arrow.drop_columns("_row"))])
    loader.load([replace(events, table=older[1], arrow=arrow)])
    loads = "select uuid, _dlt_load_id from raw_snitcher.sessions"
    before = dict(store.rows(loads))

    Loader(store.warehouse, "snitcher", (snitcher.SESSIONS, snitcher.SESSION_EVENTS)).prepare()

    named = "select session_uuid, position, form_name from raw_snitcher.session_events order by all"
    assert store.rows(named) == [("with", 1, "Contact"), ("with", 2, None), ("without", 1, None)]
    after = dict(store.rows(loads))
    assert {uuid for uuid in after if after[uuid] != before[uuid]} == {"with"}
