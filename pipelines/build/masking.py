"""LEADPATH_PERSONAL_DATA: the published file with less of people in it than what was built.

What of a column is personal stands in its `meta` beside the model: `email`, `phone` and `name` are hashed with a key of
this warehouse, or dropped; `text` is emptied; of a `url` its query goes; a `key` that is made of an address is hashed,
and an `entity` where it is such a key. What is hashed is the same in every table and build, so that it joins.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.build.dictionary import Column, Described
from pipelines.warehouse.clean import remove
from pipelines.warehouse.files import STORAGE, quoted

KEEP, HASH, DROP = "keep", "hash", "drop"
# digits of a hash: more than anybody meets twice
DIGITS = 32
HASHED = "keyed_hash({0})"
VALUES = {
    HASH: {"email": HASHED, "phone": HASHED, "name": HASHED, "text": "null"},
    DROP: {"email": "null", "phone": "null", "name": "null", "text": "null"},
}
ALWAYS = {
    "key": HASHED,
    "entity": f"case when {{0}} in (select lead_key from built.marts.fct_leads) then {HASHED} else {{0}} end",
    # what stands before the query; nothing where that too names somebody
    "url": "case when not regexp_matches(split_part(split_part({0}, '#', 1), '?', 1), '@|%40')"
    " then split_part(split_part({0}, '#', 1), '?', 1) end",
}
KEYED_HASH = f"""
create temp macro keyed_hash(text) as
    left(sha256(getvariable('outside') || unhex(sha256(getvariable('inside') || encode(text)))), {DIGITS})
"""
KINDS = {*VALUES[HASH], *ALWAYS}


def mask(built: Path, tables: Sequence[Described], how: str, key: bytes) -> Path:
    """Write a new file with what was built, as `how` (HASH or DROP) has it; no block of it holds what is left out.

    A column that may not be NULL is hashed where it would be emptied.
    """
    folder = built.parent / how
    folder.mkdir(exist_ok=True)
    file = folder / built.name
    remove(file)
    personal = {(table.schema, table.name, column.name): column for table in tables for column in table.columns}
    with duckdb.connect() as con:
        # HMAC-SHA256 (RFC 2104), which DuckDB has no function for, and Python's would be asked for each value
        block = key.ljust(64, b"\0")
        for name, pad in (("inside", 0x36), ("outside", 0x5C)):
            con.execute(f"set variable {name} = ?::blob", [bytes(byte ^ pad for byte in block)])
        con.execute(KEYED_HASH)
        con.execute(f"attach '{quoted(built)}' as built (read_only)")
        con.execute(f"attach '{quoted(file)}' as masked (storage_version '{STORAGE}'); use masked")
        made = con.execute(
            "select schema_name, table_name, sql from duckdb_tables() where database_name = 'built' order by table_oid"
        ).fetchall()
        for schema, name, sql in made:
            con.execute(f"create schema if not exists {schema}; {sql}")
            columns = con.execute(
                "select column_name, is_nullable from duckdb_columns() where database_name = 'built'"
                " and schema_name = ? and table_name = ? order by column_index",
                [schema, name],
            ).fetchall()
            values = [
                _value(column, personal.get((schema, name, column)), how, may_be_null=may_be_null)
                for column, may_be_null in columns
            ]
            con.execute(f"insert into masked.{schema}.{name} select {', '.join(values)} from built.{schema}.{name}")
        con.execute("checkpoint masked")
    return file


def _value(name: str, column: Column | None, how: str, *, may_be_null: bool) -> str:
    """The SQL of a column's value."""
    if column is None or not column.personal:
        return f'"{name}"'
    value = {**VALUES[how], **ALWAYS}[column.personal]
    if value == "null" and not may_be_null:
        value = HASHED
    value = value.format(f'"{name}"')
    return f'case when {column.personal_where} then {value} else "{name}" end' if column.personal_where else value
