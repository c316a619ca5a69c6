"""What an older version of the tables had no place for, read again when a newer one has it, without the vendor.

Values in quarantine are tried with the present type of their column, whole rows with the present key, and what is in
`_extra` moves to the columns that its fields have now.
"""

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.warehouse.numbers import list_load, next_load_id
from pipelines.warehouse.records import Records
from sources.rows.json_text import dump
from sources.rows.table import Batch, Table
from sources.rows.values import EARLY, JSON, LATE, TIMESTAMP, Misfits, column_of

# the newest value of each column of a row; what stood for a whole object says nothing of a part of it
HELD = """
    select row_key, value, reason
    from ops.quarantine
    where vendor = ? and table_name = ? and column_name = ? and reason not like '% is not an object'
    qualify row_number() over (partition by row_key order by last_run_id desc, first_run_id desc) = 1
"""
ROWS = "from ops.quarantine where vendor = ? and table_name = ? and column_name is null"

Key = list[Any]


def read_again(con: duckdb.DuckDBPyConnection, vendor: str, tables: Sequence[Table]) -> list[Batch]:
    """Once after the tables changed: put what had no place into its rows; whole rows are returned, to be loaded."""
    records = Records(con)
    name = f"tables {vendor}"
    now = json.dumps({table.name: {column: kind.value for column, kind in table.columns.items()} for table in tables})
    if records.fact(name) == now:
        return []
    load_id = next_load_id(con)
    for table in tables:
        _call_by_present_keys(con, vendor, table)
    changed = sum(place(con, vendor, table, load_id) for table in tables for place in (place_fields, place_values))
    if changed:
        list_load(con, vendor, load_id)
    records.remember(name, now)
    return [batch for table in tables for batch in take_rows(con, vendor, table)]


def place_values(con: duckdb.DuckDBPyConnection, vendor: str, table: Table, load_id: str) -> int:
    """Put values of the quarantine that fit now where nothing newer is; the number of rows that changed."""
    changed = 0
    for column, kind in table.columns.items():
        held = [
            (json.loads(key), json.loads(value))
            for key, value, reason in con.execute(HELD, [vendor, table.name, column]).fetchall()
            # a time that nobody could have meant is none in any version
            if not (kind is TIMESTAMP and reason in (EARLY, LATE))
        ]
        bad: Misfits = []
        values = column_of([value for _, value in held], kind, column, bad)
        unfit = {place for place, *_ in bad}
        good = [i for i, (key, _) in enumerate(held) if i not in unfit and None not in key]
        if good:
            placed = {column: values.take(pa.array(good, pa.int64()))}
            changed += _put(con, vendor, table, [held[i][0] for i in good], placed, load_id, leaving=column)
    return changed


def place_fields(con: duckdb.DuckDBPyConnection, vendor: str, table: Table, load_id: str) -> int:
    """Move fields from `_extra` to the columns that they have now; the number of rows that changed."""
    path, names = f"raw_{vendor}.{table.name}", ", ".join(table.key)
    heads = f"list_has_any(json_keys(_extra), {sorted(table.tree)})"
    found = con.execute(f"select {names}, _extra::varchar from {path} where {heads}").fetchall()
    known = [(list(key), json.loads(extra)) for *key, extra in found]
    columns, bad = table.placed([extra for _, extra in known])
    if not known or set(columns) == {"_extra"}:
        return 0
    # what does not fit stays where it is
    unfit = {place for place, *_ in bad}
    good = [i for i in range(len(known)) if i not in unfit]
    places = pa.array(good, pa.int64())
    placed = {name: column.take(places) for name, column in columns.items()}
    return _put(con, vendor, table, [known[i][0] for i in good], placed, load_id)


def take_rows(con: duckdb.DuckDBPyConnection, vendor: str, table: Table) -> list[Batch]:
    """The rows of the quarantine that have a key now, which leave it; to be loaded.

    Rows that come in sets have a place that only their set tells.
    """
    found = con.execute(f"select row_key, value {ROWS}", [vendor, table.name]).fetchall()
    batches: list[Batch] = []
    for text, value in found if not table.replaced_by else ():
        ours = {name: part for name, part in zip(table.key, json.loads(text), strict=True) if name in table.ours}
        batch = table.batch([json.loads(value)], **ours)
        if len(batch.arrow):
            batches.append(batch)
            con.execute(f"delete {ROWS} and row_key = ? and value = ?", [vendor, table.name, text, value])
    return batches


def _typed(table: Table, keys: Sequence[Key]) -> list[pa.Array]:
    """The columns of keys with their present types."""
    return [
        column_of(part, table.columns[name], name, [])
        for name, part in zip(table.key, zip(*keys, strict=True), strict=True)
    ]


def _call_by_present_keys(con: duckdb.DuckDBPyConnection, vendor: str, table: Table) -> None:
    """A key that was a number and is text now has another name in the quarantine."""
    where = "vendor = ? and table_name = ? and column_name is not null"
    query = f"select distinct row_key from ops.quarantine where {where}"
    held = [text for (text,) in con.execute(query, [vendor, table.name]).fetchall()]
    parts = [column.to_pylist() for column in _typed(table, [json.loads(text) for text in held])] if held else []
    renamed = [[dump(list(key)), vendor, table.name, text] for text, *key in zip(held, *parts, strict=True)]
    if others := [one for one in renamed if one[0] != one[3] and "null" not in one[0]]:
        con.executemany(f"update ops.quarantine set row_key = ? where {where} and row_key = ?", others)


def _put(
    con: duckdb.DuckDBPyConnection,
    vendor: str,
    table: Table,
    keys: Sequence[Key],
    columns: dict[str, pa.Array],
    load_id: str,
    *,
    leaving: str | None = None,
) -> int:
    """Put values into the columns of rows, under a load; the number of rows. What is `leaving` goes from quarantine."""
    path = f"raw_{vendor}.{table.name}"
    typed = dict(zip(table.key, _typed(table, keys), strict=True))
    con.register("placed", pa.table({**typed, **{f"new_{name}": values for name, values in columns.items()}}))
    same = " and ".join(f"t.{name} = placed.{name}" for name in table.key)
    new = {name: f"placed.new_{name}{'::json' if table.columns[name] is JSON else ''}" for name in columns}
    sets = ", ".join(
        f"{name} = {value if name == '_extra' else f'coalesce(t.{name}, {value})'}" for name, value in new.items()
    )
    query = f"update {path} t set {sets}, _dlt_load_id = ? from placed where {same}"
    ((changed,),) = con.execute(query, [load_id]).fetchall()
    if table.part_of:
        # its load tells of the set as well
        own, names = ", ".join(table.part_of.key), ", ".join(table.replaced_by)
        whole = f"raw_{vendor}.{table.part_of.name}"
        query = f"update {whole} set _dlt_load_id = ? where ({own}) in (select ({names}) from placed)"
        con.execute(query, [load_id])
    con.unregister("placed")
    if leaving:
        gone = [[vendor, table.name, leaving, dump(key)] for key in keys]
        con.executemany(
            "delete from ops.quarantine where vendor = ? and table_name = ? and column_name = ? and row_key = ?", gone
        )
    return int(changed)
