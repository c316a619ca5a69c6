"""Which of the rows that are held were not received, and which are marked as missing at their vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from sources.rows.table import Table
from sources.rows.values import JSON, Kind
from sources.window import Window


@dataclass(frozen=True)
class Unseen:
    """Rows that are held and were not received, of so many that are held."""

    rows: pa.Table
    held: int


def held_rows(
    con: duckdb.DuckDBPyConnection, schema: str, table: Table, within: Mapping[str, str], *, missing: bool
) -> pa.Table:
    """The rows whose columns have the values of `within`, and that are marked as missing, or are not."""
    return _rows(con, table, f"from {_held(schema, table, within, missing=missing)} as held", within)


def unseen_rows(
    con: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    within: Mapping[str, str],
    received: pa.Table,
    moment: str | None,
    spans: Sequence[Window] | None,
) -> Unseen:
    """The rows that are not marked as missing and whose key was not received, as `Loader.unseen` says."""
    among = _held(schema, table, within, missing=False)
    con.register("received", received)
    try:
        if spans is not None:
            names = {"first": [span.start for span in spans], "after": [span.end for span in spans]}
            con.register("spans", pa.table({n: pa.array(ends, Kind.TIMESTAMP.arrow) for n, ends in names.items()}))
            inside = f"held.{moment} >= spans.first and held.{moment} < spans.after"
            among = f"(select held.* from {among} as held semi join spans on {inside})"
        ((count,),) = con.execute(f"select count(*) from {among}", dict(within)).fetchall()
        keys = ", ".join(table.key)
        return Unseen(_rows(con, table, f"from {among} as held anti join received using ({keys})", within), count)
    finally:
        con.unregister("received")
        if spans is not None:
            con.unregister("spans")


def _held(schema: str, table: Table, within: Mapping[str, str], *, missing: bool) -> str:
    """A subquery with the columns as `table` has them in Arrow; the values of `within` are its parameters."""
    listed = ", ".join(f"{name}::varchar as {name}" if kind is JSON else name for name, kind in table.columns.items())
    marked = f"missing_since is {'not ' if missing else ''}null"
    where = " and ".join([marked, *(f"{name} = ${name}" for name in within)])
    return f"(select {listed} from {schema}.{table.name} where {where})"


def _rows(con: duckdb.DuckDBPyConnection, table: Table, source: str, values: Mapping[str, str]) -> pa.Table:
    found: pa.Table = con.sql(f"select held.* {source}", params=dict(values)).to_arrow_table()
    return found.cast(table.arrow_schema)
