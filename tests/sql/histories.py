"""Raw rows as they may have come: in several loads, in any order, and some with other values before."""

from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa

from pipelines.vendors import TABLES
from sources.rows.table import Table

LOADS = 3
# added to the positions of events that only the first load has
GONE = 1000


def load_next(con: duckdb.DuckDBPyConnection, final: Mapping[str, pa.Table], number: int, *, seed: int) -> None:
    """Bring raw tables to load `number`, from 0; after LOADS of them they hold the rows of `final`, by name of table.

    The first load also has a third of the later rows, with the values of other rows, and events that went away later.
    """
    load_id = f"{1_800_000_000 + number}.125"
    for vendor, tables in TABLES.items():
        con.execute(f"insert into raw_{vendor}._dlt_loads values ('{load_id}')")
        for table in tables:
            name = f"raw_{vendor}.{table.name}"
            # our own sites are known at once: each build would be a full one if they changed
            # rows that are replaced as a set come as one
            whole = ", ".join(table.replaced_by) or "place"
            load = "0" if name == "raw_snitcher.workspaces" else f"hash({whole}, {seed}) % {LOADS}"
            con.register("rows", final[name])
            con.execute(f"""
                create or replace temp table final as
                select *, {load} as number, '{load_id}' as _dlt_load_id
                from (select *, row_number() over () as place from rows)
            """)
            for statement in _changes(name, table, number, load_id):
                con.execute(statement)


def _changes(name: str, table: Table, number: int, load_id: str) -> Iterator[str]:
    """What load `number` does to a table; `final` holds its rows of all loads, numbered."""
    same = " and ".join(f"stored.{column} = final.{column}" for column in table.key)
    columns = [*table.columns, "_dlt_load_id"]
    yield f"delete from {name} as stored using final where {same} and number = {number}"
    yield f"insert into {name} by name select {', '.join(columns)} from final where number = {number}"
    if number == 0 and not table.append_only:
        stale = ", ".join(f"{'final' if column in table.key else 'other'}.{column}" for column in columns)
        yield f"""
            insert into {name} by name select {stale} from final
            inner join final as other on other.place = final.place * 7 % (select count(*) from final) + 1
            where final.number > 0 and final.place % 3 = 0
        """
    if not table.part_of:
        return
    if number == 0:
        gone = [f"position + {GONE} as position" if column == "position" else column for column in columns]
        yield f"insert into {name} by name select {', '.join(gone)} from final where place % 2 = 0"
    going = f"position > {GONE} and position % {LOADS - 1} + 1 = {number}"
    sets = ", ".join(table.replaced_by)
    # a row is stored again with the set that is part of it
    yield f"""
        update {name.rpartition(".")[0]}.{table.part_of.name} set _dlt_load_id = '{load_id}'
        where ({", ".join(table.part_of.key)}) in (
            select ({sets}) from {name} where _dlt_load_id = '{load_id}' or ({going})
        )
    """
    yield f"""
        update {name} set _dlt_load_id = '{load_id}'
        where ({sets}) in (select ({sets}) from {name} where _dlt_load_id = '{load_id}' or ({going}))
    """
    yield f"delete from {name} where {going}"
