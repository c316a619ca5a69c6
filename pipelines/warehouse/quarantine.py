"""What did not fit: values and whole rows, kept aside with the reason until a later reading makes them good."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.warehouse.counts import Count
from sources.rows.json_text import dump
from sources.rows.table import Batch, Misfit

NAMES = ("table_name", "row_key", "column_name", "value", "reason")
LISTED = 1000

COUNTS = """
    select vendor, table_name, column_name, reason, count(*) as row_count
    from {}ops.quarantine
    {}
    group by vendor, table_name, column_name, reason
    order by vendor, table_name, column_name, reason
"""


def store(con: duckdb.DuckDBPyConnection, run_id: str, vendor: str, batches: Sequence[Batch]) -> None:
    """Keep what did not fit of these batches; the same again is not a second row, and what fits now goes."""
    misfits = [misfit for batch in batches for misfit in _of_kept_rows(batch)]
    if misfits:
        _keep(con, run_id, vendor, misfits)
    for batch in batches:
        held = {
            key
            for (key,) in con.execute(
                "select distinct row_key from ops.quarantine"
                " where vendor = ? and table_name = ? and column_name is not null and last_run_id != ?",
                [vendor, batch.table.name, run_id],
            ).fetchall()
        }
        if held and len(batch.arrow):
            good = sorted(held & _labels(batch))
            con.execute(
                "delete from ops.quarantine where vendor = ? and table_name = ? and last_run_id != ?"
                " and list_contains(?, row_key)",
                [vendor, batch.table.name, run_id, good],
            )


def _labels(batch: Batch) -> set[str]:
    """The keys of a batch's rows, as misfits name them."""
    keys = zip(*(batch.arrow.column(name).to_pylist() for name in batch.table.key), strict=True)
    return {dump(list(key)) for key in keys}


def _of_kept_rows(batch: Batch) -> list[Misfit]:
    """A reading leaves out rows that are older than the history: what did not fit of those matters to nobody."""
    own = [misfit for misfit in batch.misfits if misfit.table == batch.table.name and misfit.column is not None]
    if not own or batch.table.replaced_by:
        return batch.misfits
    kept = _labels(batch)
    return [
        misfit
        for misfit in batch.misfits
        if misfit.key in kept or misfit.column is None or misfit.table != batch.table.name
    ]


def _keep(con: duckdb.DuckDBPyConnection, run_id: str, vendor: str, misfits: Sequence[Misfit]) -> None:
    values = zip(*((m.table, m.key, m.column, m.value, m.reason) for m in misfits), strict=True)
    arrow = pa.table({name: pa.array(column, pa.string()) for name, column in zip(NAMES, values, strict=True)})
    con.register("misfits", arrow)
    same = " and ".join(f"q.{name} is not distinct from m.{name}" for name in NAMES)
    con.execute(
        f"update ops.quarantine q set last_run_id = ? from misfits m where q.vendor = ? and {same}", [run_id, vendor]
    )
    con.execute(
        f"insert into ops.quarantine select distinct ?, m.*, ?, ? from misfits m anti join"
        f" (select * from ops.quarantine where vendor = ?) q on {same}",
        [vendor, run_id, run_id, vendor],
    )
    con.unregister("misfits")


def counts(con: duckdb.DuckDBPyConnection, run_id: str | None = None) -> list[Count]:
    """What is held, or what a run met: one count per column and reason."""
    where = "" if run_id is None else "where last_run_id = ?"
    rows = con.execute(COUNTS.format("", where), [] if run_id is None else [run_id]).fetchall()
    return [Count(*row) for row in rows]


def listed(con: duckdb.DuckDBPyConnection) -> list[Mapping[str, Any]]:
    """Each value and row that is held, newest first, up to LISTED of each column and reason."""
    rows = con.execute(
        """
        select vendor, table_name, row_key, column_name, reason, value, first_run_id, last_run_id
        from (
            select *, row_number() over (
                partition by vendor, table_name, column_name, reason order by last_run_id desc, row_key
            ) as place
            from ops.quarantine
        ) as held
        where place <= ?
        order by vendor, table_name, column_name, reason, place
        """,
        [LISTED],
    )
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
