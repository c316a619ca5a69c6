"""Which of the rows that were read are new or changed, and what has to be stored with them."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sources.rows.table import Batch, Table
from sources.rows.values import JSON


def changed_rows(con: duckdb.DuckDBPyConnection, schema: str, table: Table, arrow: pa.Table) -> pa.Table:
    """The rows that the raw table does not hold as they are, so that a lookback rewrites nothing.

    Of an append-only table: rows with a new key. Of a table whose rows are replaced as sets: all rows of each set that
    differs, also by rows that went away.
    """
    stored = f"{schema}.{table.name}"
    keys = ", ".join(table.key)
    columns = [name for name in table.columns if name != "_gone"]
    con.register("incoming", arrow)
    try:
        if table.append_only:
            return con.sql(f"select * from incoming anti join {stored} using ({keys})").to_arrow_table()
        listed = ", ".join(columns)
        held = ", ".join(f"{name}::varchar" if table.columns[name] is JSON else name for name in columns)
        if not table.replaced_by:
            return con.sql(
                f"with same as (select {listed} from incoming intersect select {held} from {stored}"
                f" semi join incoming using ({keys})) select incoming.* from incoming anti join same using ({keys})"
            ).to_arrow_table()
        sets = ", ".join(table.replaced_by)
        return con.sql(
            f"with now as (select {listed} from incoming where _gone is not true),"
            f" held as (select {held} from {stored} semi join incoming using ({sets})),"
            f" differing as ((select * from now except select * from held) union all"
            f" (select * from held except select * from now))"
            f" select incoming.* from incoming semi join differing using ({sets})"
        ).to_arrow_table()
    finally:
        con.unregister("incoming")


def whole_rows(
    con: duckdb.DuckDBPyConnection, table: Table, sets: pa.Table, given: pa.Table, changed: pa.Table
) -> pa.Table:
    """The given rows that these sets are part of, but for those that changed themselves."""
    assert table.part_of
    key = ", ".join(table.part_of.key)
    names = ", ".join(f"{name} as {own}" for name, own in zip(table.replaced_by, table.part_of.key, strict=True))
    con.register("given", given)
    con.register("changed", changed)
    con.register("sets", sets)
    try:
        return con.sql(
            f"select given.* from given semi join (select {names} from sets) using ({key})"
            f" anti join changed using ({key})"
        ).to_arrow_table()
    finally:
        for name in ("given", "changed", "sets"):
            con.unregister(name)


def joined(table: Table, batches: Sequence[Batch]) -> pa.Table:
    """The rows of one table in these batches."""
    parts = [batch.arrow for batch in batches if batch.table is table]
    return pa.concat_tables(parts) if parts else table.empty()


def with_held_marks(con: duckdb.DuckDBPyConnection, schema: str, table: Table, arrow: pa.Table) -> pa.Table:
    """The rows with the `missing_since` that the raw table holds of them."""
    con.register("incoming", arrow)
    try:
        query = (
            f"select incoming.* replace (held.missing_since as missing_since) from incoming"
            f" left join {schema}.{table.name} held using ({', '.join(table.key)})"
        )
        found: pa.Table = con.sql(query).to_arrow_table()
        return found.cast(table.arrow_schema)
    finally:
        con.unregister("incoming")


def last_of_each_key(table: Table, rows: pa.Table) -> pa.Table:
    """The rows, but where several have one key only the last of them."""
    numbered = rows.select(list(table.key)).append_column("place", pa.array(range(len(rows)), pa.int64()))
    places = numbered.group_by(list(table.key)).aggregate([("place", "max")]).column("place_max")
    return rows if len(places) == len(rows) else rows.take(places.take(pc.sort_indices(places)))
