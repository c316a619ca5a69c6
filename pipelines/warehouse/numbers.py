"""The numbers of loads: their order is that of the loads, even if a clock goes wrong."""

import time
from decimal import Decimal

import duckdb


def next_load_id(con: duckdb.DuckDBPyConnection) -> str:
    """The number of a load that begins now: greater than all of this file, even if the clock is behind."""
    schemas = con.execute("select schema_name from duckdb_tables() where table_name = '_dlt_loads'").fetchall()
    every = " union all ".join(f"select load_id from {schema}._dlt_loads" for (schema,) in schemas)
    ((last,),) = con.execute(f"select max(load_id) from ({every})").fetchall()
    now = Decimal(time.time_ns() // 1000) / 1_000_000
    return f"{max(now, Decimal(last) + Decimal('0.000001')) if last else now:.6f}"


def list_load(con: duckdb.DuckDBPyConnection, vendor: str, load_id: str) -> None:
    """List a load of a vendor's rows where dlt lists its own, so that builds see them as new."""
    con.execute(
        f"insert into raw_{vendor}._dlt_loads by name select ? as load_id, ? as schema_name, 0 as status,"
        " to_timestamp(?) as inserted_at",
        [load_id, f"leadpath_{vendor}", float(load_id)],
    )
