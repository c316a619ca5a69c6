"""From JSON rows to pinned Arrow: everything that a vendor may send is kept somewhere, and said."""

import json
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.rows.parts import merged, parts
from sources.rows.table import Batch, Table, column_name
from sources.rows.values import BIGINT, BOOL, DOUBLE, JSON, TEXT, TIMESTAMP
from sources.snitcher import session_batches

TABLE = Table(
    "things",
    key=("id",),
    fields={
        "id": TEXT,
        "size": BIGINT,
        "price": DOUBLE,
        "live": BOOL,
        "seenAt": TIMESTAMP,
        "tags": JSON,
        "place.city": TEXT,
        "place.geo.lat": DOUBLE,
    },
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def only(row: dict[str, Any]) -> dict[str, Any]:
    (found,) = TABLE.batch([row]).arrow.to_pylist()
    return dict(found)


optional = dict.fromkeys(("size", "price", "live", "seenAt", "tags", "place", "surprise"), anything)


@example([{"surprise": [-(2**63) - 1, float("inf")]}])
@given(st.lists(st.fixed_dictionaries({}, optional=optional), max_size=3))
def test_no_value_is_lost_or_blocks_its_row(plain: list[dict[str, Any]]) -> None:
    rows = [{"id": f"row {number}", **row} for number, row in enumerate(plain)]
    batch = TABLE.batch(rows)
    assert batch.arrow.schema == TABLE.arrow_schema
    found = {row["id"]: row for row in batch.arrow.to_pylist()}
    assert found.keys() == {row["id"] for row in rows}
    aside = {(json.loads(misfit.key)[0], misfit.column) for misfit in batch.misfits}
    for row in rows:
        for name in ("size", "price", "live", "tags"):
            if row.get(name) is not None and found[row["id"]][name] is None:
                assert (row["id"], name) in aside
        if "surprise" in row:
            assert "surprise" in json.loads(found[row["id"]]["_extra"])


@pytest.mark.parametrize(
    ("column", "raw", "wanted"),
    [
        ("size", "1000", 1000),
        ("size", 2.0, 2),
        ("price", "3.5", 3.5),
        ("live", "true", True),
        ("id", 17, "17"),
        ("seenAt", "2026-08-24T09:30:00+02:00", "2026-08-24T07:30:00+00:00"),
        ("seenAt", "2026-08-24T09:30:00.123456Z", "2026-08-24T09:30:00.123456+00:00"),
        ("seenAt", "2026-08-24", "2026-08-24T00:00:00+00:00"),
        ("seenAt", 1772442935000, "2026-03-02T09:15:35+00:00"),
        ("seenAt", "", None),
        ("seenAt", "1770123112345", "2026-02-03T12:51:52.345000+00:00"),
        ("seenAt", "1770123112", "2026-02-03T12:51:52+00:00"),
        ("seenAt", 1770123112345678, "2026-02-03T12:51:52.345678+00:00"),
        ("seenAt", "1770123112.5", "2026-02-03T12:51:52.500000+00:00"),
        ("seenAt", "2026-08-24T09:30:00.123456789Z", "2026-08-24T09:30:00.123456+00:00"),
        ("seenAt", "20260824", "2026-08-24T00:00:00+00:00"),
        ("id", 123.0, "123"),
        ("id", 36893488147419103233, "36893488147419103233"),
        ("id", "007", "007"),
    ],
)
def test_what_means_the_same_is_taken(column: str, raw: Any, wanted: Any) -> None:
    batch = TABLE.batch([{"id": "a", column: raw}])
    found = batch.arrow.to_pylist()[0][column_name(column)]
    assert (found.isoformat() if column == "seenAt" and found else found) == wanted
    assert batch.misfits == []


@pytest.mark.parametrize(
    ("column", "raw"),
    [
        *[("size", "n/a"), ("size", 2.5), ("size", 2**63), ("size", True), ("price", "cheap"), ("live", "maybe")],
        *[("seenAt", "yesterday"), ("seenAt", "30000-01-01T00:00:00Z"), ("seenAt", {}), ("id", [1])],
        *[("seenAt", "1899-12-30"), ("seenAt", 0), ("seenAt", 10**30), ("seenAt", "0001-01-01T00:00:00+14:00")],
        *[("price", "NaN"), ("price", "Infinity"), ("price", "1e999"), ("size", "1_000"), ("size", "٣x")],
    ],
)
def test_what_does_not_fit_is_put_aside_with_the_reason(column: str, raw: Any) -> None:
    row = {"id": "a", column: raw}
    batch = TABLE.batch([row])
    if column != "id":
        assert batch.arrow.to_pylist()[0][column_name(column)] is None
    (misfit, *_) = batch.misfits
    assert (misfit.table, misfit.column) == ("things", column_name(column))
    assert json.loads(misfit.value) == raw
    assert misfit.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_put_aside_also_among_numbers(value: float) -> None:
    batch = TABLE.batch([{"id": "a", "price": 5.0}, {"id": "b", "price": value}])
    assert batch.arrow.column("price").to_pylist() == [5.0, None]
    assert [(misfit.column, misfit.reason) for misfit in batch.misfits] == [("price", "not a number")]


def test_a_time_that_nobody_could_have_meant_is_none() -> None:
    read_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    times = [
        "2026-03-01T10:00:00Z",
        "2026-03-02T11:59:59Z",
        "2026-03-02T12:00:01Z",
        "9999-12-31",
        "1999-12-31T23:59:59Z",
    ]
    batch = TABLE.batch([{"id": str(n), "seenAt": time} for n, time in enumerate(times)], read_at=read_at)
    assert [time is not None for time in batch.arrow.column("seen_at").to_pylist()] == [True, True, False, False, False]
    assert [misfit.reason for misfit in batch.misfits] == ["in the future"] * 2 + ["before the year 2000"]
    assert [misfit.value for misfit in batch.misfits] == [f'"{time}"' for time in times[2:]]


@given(st.lists(st.one_of(st.none(), st.datetimes().map(str), st.text(max_size=12), st.integers(), st.floats())))
def test_a_value_reads_the_same_in_any_company(values: list[Any]) -> None:
    """At once where Arrow can, value by value where it cannot: both read alike."""
    for column in ("seenAt", "price", "size", "id", "live"):
        name = column_name(column)
        keyed = [{"id": f"k{n}", column: value} for n, value in enumerate(values)]
        together = TABLE.batch(keyed)
        alone = [TABLE.batch([row]) for row in keyed]
        assert together.arrow.column(name).to_pylist() == [
            value for batch in alone for value in batch.arrow.column(name).to_pylist()
        ]
        apart = [misfit for batch in alone for misfit in batch.misfits]
        assert sorted((m.key, m.reason) for m in together.misfits) == sorted((m.key, m.reason) for m in apart)


def nest(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@given(inner=anything, odd=st.sampled_from(["lone \ud800", "\udc00", nest(300), nest(2000), 2**70, None]))
def test_whatever_stands_in_an_object_duckdb_takes_it(inner: Any, odd: Any) -> None:
    rows = [{"id": "a", "tags": {"x": inner, "y": odd}, "surprise": odd}, {"id": "b", "tags": [odd, inner]}]
    batch = TABLE.batch(rows)
    with duckdb.connect() as con:
        con.register("rows", batch.arrow)
        found = con.execute(
            "select id, json_valid(tags::json), json_valid(_extra::json) from rows order by id"
        ).fetchall()
    assert [name for name, *_ in found] == ["a", "b"]
    for misfit in batch.misfits:
        json.loads(misfit.value)
    if isinstance(odd, str):
        assert {misfit.column for misfit in batch.misfits} >= {"tags", "_extra"}


def test_reasons_hold_no_value() -> None:
    """They are counted and published."""
    secret = "4929-0000"
    row = dict.fromkeys(("size", "price", "live", "seenAt"), secret) | {
        "id": "a",
        "place": secret,
        "tags": f"{secret}\ud800",
    }
    batch = TABLE.batch([row, {"size": secret}])
    assert len(batch.misfits) == 8
    assert not [misfit.reason for misfit in batch.misfits if "4929" in misfit.reason]


def test_rows_without_a_key_and_rows_that_are_none_are_put_aside_whole() -> None:
    batch = TABLE.batch([{"size": 1}, None, "x", {"id": "a"}])
    assert batch.arrow.column("id").to_pylist() == ["a"]
    assert [json.loads(misfit.value) for misfit in batch.misfits] == [{"size": 1}, None, "x"]


def test_unknown_fields_are_kept_and_named() -> None:
    batch = TABLE.batch([{"id": "a", "colour": "red", "place": {"city": "Linz", "geo": {"lat": 1, "alt": 2}}}])
    assert batch.unknown == {"colour", "place.geo.alt"}
    assert json.loads(batch.arrow.to_pylist()[0]["_extra"]) == {"colour": "red", "place": {"geo": {"alt": 2}}}


def test_an_object_that_is_something_else_is_one_misfit() -> None:
    batch = TABLE.batch([{"id": "a", "place": "Linz"}, {"id": "b", "place": []}])
    assert [(misfit.column, misfit.value) for misfit in batch.misfits] == [("place_city", '"Linz"')]


def test_odd_text_arrives() -> None:
    odd = "naïve \u202e مرحبا 👩‍👩‍👧 'quote\" \n\t" + "x" * 10_000
    assert only({"id": odd})["id"] == odd
    assert only({"id": "lone \ud800 surrogate"})["id"] == "lone ? surrogate"


@pytest.mark.parametrize(
    ("path", "column"),
    [("dashboardURL", "dashboard_url"), ("visitorIp", "visitor_ip"), ("a.bCode", "a_b_code"), ("_links", "_links")],
)
def test_columns_are_the_vendors_names_in_snake_case(path: str, column: str) -> None:
    assert column_name(path) == column


THINGS = Table("things", ("id",), {"id": TEXT, "value": BIGINT})
PARTS = Table("parts", ("thing", "place"), {"thing": TEXT, "place": BIGINT}, part_of=THINGS, replaced_by=("thing",))


def group(rows: list[tuple[int, int]]) -> tuple[Batch, Batch]:
    """Things with their values, each with as many parts as its value says."""
    owners = [owner for owner, (_, count) in enumerate(rows) for _ in range(count)]
    below = PARTS.batch([{"thing": str(rows[i][0]), "place": place} for place, i in enumerate(owners)])
    below.arrow = below.arrow.append_column("_row", pa.array(owners, pa.int64()))
    return THINGS.batch([{"id": str(key), "value": count} for key, count in rows]), below


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=5), min_size=1),
    st.integers(0, 400),
)
def test_the_last_arrival_of_a_key_stays_with_its_own_parts(groups: list[list[tuple[int, int]]], most: int) -> None:
    held: dict[str, int] = {}
    below: dict[str, int] = {}
    for things, own in parts((group(rows) for rows in groups), most):
        keys = things.arrow.column("id").to_pylist()
        assert len(set(keys)) == len(keys)
        held |= dict(zip(keys, things.arrow.column("value").to_pylist(), strict=True))
        owners = own.arrow.column("thing").to_pylist()
        assert set(owners) <= set(keys)
        below |= {key: owners.count(key) for key in keys}
    assert held == below == {str(key): count for rows in groups for key, count in rows}


def test_parts_are_about_as_large_as_asked() -> None:
    one = THINGS.batch([{"id": str(place), "value": place} for place in range(100)])
    found = list(parts(([one] for _ in range(10)), 3 * one.arrow.nbytes))
    assert [sum(len(batch.arrow) for batch in part) for part in found] == [100] * 4
    assert list(parts([])) == []
    assert merged([]) == []


def test_events_are_numbered_by_time_and_then_as_listed() -> None:
    def event(name: str, at: str | None) -> dict[str, Any]:
        return {"event_type": "track", "name": name, "triggered_at": at}

    late, early = "2026-03-01T10:00:05Z", "2026-03-01T12:00:01+02:00"
    rows = [
        {"uuid": "s1", "events": [event("c", late), event("none", None), event("a", early), event("b", early)]},
        {"uuid": "s2", "events": []},
        {"uuid": "s3", "views": [{"url": "u", "visited_at": early, "time_on_page": 3}]},
        {"uuid": "s4", "events": [event("d", late)], "views": [{"url": "twice"}]},
        {"uuid": "s5", "events": ["odd"]},
    ]
    sessions, events = session_batches(rows, "w")
    assert sessions.arrow.column("_row").to_pylist() == [0, 1, 2, 3, 4]
    found = [
        (row["session_uuid"], row["position"], row["name"], row["event_type"], row["_gone"], row["_row"])
        for row in events.arrow.to_pylist()
    ]
    assert found == [
        ("s1", 1, "a", "track", None, 0),
        ("s1", 2, "b", "track", None, 0),
        ("s1", 3, "c", "track", None, 0),
        ("s1", 4, "none", "track", None, 0),
        ("s2", 1, None, None, True, 1),
        ("s3", 1, None, "pageview", None, 2),
        ("s4", 1, "d", "track", None, 3),
        ("s5", 1, None, None, None, 4),
    ]
    assert json.loads(events.arrow.to_pylist()[-1]["_extra"]) == {"value": "odd"}


def test_events_that_are_no_list_change_nothing_and_are_put_aside() -> None:
    sessions, events = session_batches([{"uuid": "s1", "events": {"a": 1}}, {"events": []}, 7], "w")
    assert len(events.arrow) == 0
    assert [misfit.column for misfit in sessions.misfits] == [None, None, "events"]
    assert sessions.arrow.column("uuid").to_pylist() == ["s1"]
