"""No value blocks a window: of any JSON that a vendor sends, the rows are stored, and what does not fit is held."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from pipelines.vendors import READABLE
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.quarantine import listed, store
from sources.http.answers import parse
from sources.rows.json_text import dump
from sources.rows.table import Batch, Table, column_name
from sources.rows.values import Kind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = [(vendor, table) for vendor, each in READABLE.items() for table in each.tables]


def nest(depth: int) -> Any:
    value: Any = []
    for turn in range(depth):
        value = [value] if turn % 2 else {"deeper": value}
    return value


ODD: tuple[Any, ...] = (
    *("\ud800", "a\udfff b", {"half": "\ud83d"}, {"\udc00": 1}, ["\ud800"], "nul\0in text", {"nul\0": "\0"}, {"": ""}),
    *("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-14:00", "10000-01-01", "0001-01-01T00:00:00+14:00"),
    *(253402300800, 10**19, 2**63, -(2**63) - 1, 2**64 + 1, 10**400, 36893488147419103232, 1e308, -0.0),
    *(float("nan"), float("inf"), {"nan": [float("nan")]}, nest(50), nest(300), nest(900), "x" * 5_000_000),
    *(True, [], {}, "", [[]], "\x1b[31m", "'; drop table x; --", "$.a", "\ufffe", "\U0010ffff"),
)
TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=6,
)
VALUE = st.sampled_from(ODD) | JSON


def row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row with these values at the paths of the table's fields."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        *above, leaf = path.split(".")
        node = made
        for name in above:
            node = node.setdefault(name, {})
        node[leaf] = value
    return made


def sent(rows: Sequence[Any]) -> Any:
    """The rows as a client has them after they came over the wire."""
    return parse(json.dumps(rows).encode())


def batch_of(table: Table, rows: Sequence[Any]) -> Batch:
    ours: dict[str, Any] = {name: f"our {name}" for name in table.ours if table.ours[name] is Kind.TEXT}
    ours |= {name: list(range(len(rows))) for name in table.ours if table.ours[name] is Kind.BIGINT}
    return table.batch(rows, read_at=NOW, **ours)


def load(loader: Loader, vendor: str, batch: Batch) -> tuple[int, list[Mapping[str, Any]]]:
    """Store a batch in an empty table; how many rows the table then has, and what is held beside it."""
    name = f"raw_{vendor}.{batch.table.name}"
    with loader.warehouse.turn() as con:
        con.execute(f"delete from {name}")
        con.execute("delete from ops.quarantine")
    loader.load([batch])
    with loader.warehouse.turn() as con:
        store(con, "run", vendor, [batch])
        con.execute("select ?", ["".join(batch.unknown)])
        for column, kind in batch.table.columns.items():
            if kind is Kind.JSON:
                # what the models do with it
                con.execute(f"select json_type({column}), {column} ->> '$.half' from {name}").fetchall()
        return len(con.execute(f"select * from {name}").fetchall()), listed(con)


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loader]:
    warehouse = Warehouse(tmp_path_factory.mktemp("hostile") / "data")
    warehouse.create()
    made = {vendor: Loader(warehouse, vendor, readable.tables) for vendor, readable in READABLE.items()}
    for loader in made.values():
        loader.prepare()
    return made


@pytest.mark.parametrize(("vendor", "table"), TABLES, ids=[f"{vendor}.{table.name}" for vendor, table in TABLES])
def test_each_odd_value_in_each_column_keeps_its_row(loaders: dict[str, Loader], vendor: str, table: Table) -> None:
    free = [path for path in table.fields if column_name(path) not in table.key]
    key = {path: f"key {path}" for path in table.fields if path not in free}
    rows = [
        row(table, {**dict.fromkeys(free, odd), **{path: f"{text} {number}" for path, text in key.items()}})
        for number, odd in enumerate(ODD)
    ]
    rows[0] |= {"half \ud800 of a name": {"nul\0": "\ud800"}}
    batch = batch_of(table, sent(rows))
    stored, held = load(loaders[vendor], vendor, batch)

    assert stored == len(rows)
    told = {(each["row_key"], each["column_name"]) for each in held}
    keys = [dump(list(key)) for key in zip(*(batch.arrow.column(name).to_pylist() for name in table.key), strict=True)]
    lost = [
        (path, number)
        for path in free
        for number, value in enumerate(batch.arrow.column(column_name(path)).to_pylist())
        if value is None and ODD[number] != "" and (keys[number], column_name(path)) not in told
    ]
    assert lost == []


@bounds(max_examples=25)
@given(data=st.data())
def test_any_rows_of_any_table_are_stored_or_held(loaders: dict[str, Loader], data: st.DataObject) -> None:
    vendor, table = data.draw(st.sampled_from(TABLES))
    fields = st.fixed_dictionaries({}, optional=dict.fromkeys(table.fields, VALUE))
    rows = sent(data.draw(st.lists(fields.map(lambda values: row(table, values)) | JSON, max_size=4)))
    stored, held = load(loaders[vendor], vendor, batch_of(table, rows))
    assert stored + sum(each["column_name"] is None for each in held) <= len(rows)
    if rows:
        assert stored or held
