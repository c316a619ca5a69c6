"""From Arrow to the raw tables: only what is new or changed, each window in one transaction.

dlt makes the tables and brings them up to date; the rows are merged by SQL as dlt's merge would, without its files and
jobs. Each load has a number of dlt's form, seconds since 1970 as text, and a row in `_dlt_loads`; a number is always
greater than every earlier one of the file, so that their order is that of the loads even if a clock goes wrong.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.failures import ended
from pipelines.warehouse.changed_rows import changed_rows, joined, last_of_each_key, whole_rows, with_held_marks
from pipelines.warehouse.dlt_tables import make_tables
from pipelines.warehouse.erase import strip
from pipelines.warehouse.files import MORE_MEMORY, Warehouse
from sources.errors import LeadpathError
from sources.rows.table import Batch, Table
from sources.rows.values import JSON, TEXT, Kind

# what DuckDB calls the type of each kind
TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.BIGINT: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOL: "BOOLEAN",
    Kind.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    Kind.JSON: "JSON",
}

# what an older version held as a number, and a vendor may send as text
NUMBER = "BIGINT"


class LoadFailed(LeadpathError):
    """dlt or DuckDB could not store a package."""


class OutOfMemory(LoadFailed):
    """What has to be stored at once does not fit into the memory that a sync takes."""


# bytes of Arrow that are brought from the log to their place at once, since DuckDB holds in memory what is in the log
AT_REST = 2 << 20


class Loader:
    """Loads one vendor's tables into the schema `raw_<vendor>`; from several threads one after the other."""

    def __init__(self, warehouse: Warehouse, vendor: str, tables: Sequence[Table]) -> None:
        self.warehouse = warehouse
        self.vendor = vendor
        self.schema = f"raw_{vendor}"
        self.tables = tables
        self._lock = threading.RLock()

    def prepare(self) -> None:
        """Make the vendor's tables, and the columns that a newer version added to them.

        Raises LoadFailed: a column has a type that no version of Leadpath gave it, so what is read would not fit.
        """
        with self.warehouse.turn() as con:
            held = _columns(con, self.schema)
            for table in self.tables:
                self._refuse_other_types(table, held[table.name])
            for table in self.tables:
                for name, kind in table.columns.items():
                    if kind is TEXT and held[table.name].get(name) == NUMBER:
                        con.execute(f"alter table {self.schema}.{table.name} alter column {name} type varchar")
            if all(set(table.columns) <= held[table.name].keys() for table in self.tables):
                return
        try:
            make_tables(self.warehouse, self.vendor, self.tables)
        except Exception as error:
            cause: BaseException = error
            while (below := cause.__cause__ or cause.__context__) is not None:
                cause = below
            raise self._failed(cause) from error

    def _refuse_other_types(self, table: Table, held: Mapping[str, str]) -> None:
        for name, kind in {**table.columns, "_dlt_load_id": TEXT}.items():
            found = held.get(name, TYPES[kind])
            if found != TYPES[kind] and not (kind is TEXT and found == NUMBER):
                raise LoadFailed(
                    f"{self.warehouse.raw} is not as Leadpath made it: {self.schema}.{table.name}.{name} has type"
                    f" {found}, and has to be {TYPES[kind]}. If another program changed it, change it back or restore"
                    " the file from a backup. Nothing was read."
                )

    def load(self, batches: Sequence[Batch], *, still_missing: frozenset[str] = frozenset()) -> int:
        """Store what is new or changed in these batches; the number of such rows. Raises LoadFailed.

        Rows of the tables in `still_missing` keep the `missing_since` that they are stored with. Who was forgotten is
        taken out of the batches, so that nothing of them is stored or kept aside.
        """
        try:
            return self._load(batches, still_missing)
        except OutOfMemory:
            self.warehouse.memory = MORE_MEMORY
            return self._load(batches, still_missing)

    def _load(self, batches: Sequence[Batch], still_missing: frozenset[str]) -> int:
        with self._lock, self._storing() as con:
            strip(con, batches, self.warehouse.forgotten)
            changed: dict[str, pa.Table] = {}
            given = {table.name: joined(table, batches) for table in self.tables}
            for table in self.tables:
                rows = given[table.name]
                if table.name in still_missing:
                    rows = with_held_marks(con, self.schema, table, rows)
                changed[table.name] = changed_rows(con, self.schema, table, rows) if len(rows) else rows
            for table in self.tables:
                if table.part_of and len(changed[table.name]):
                    whole = table.part_of
                    also = whole_rows(con, table, changed[table.name], given[whole.name], changed[whole.name])
                    changed[whole.name] = pa.concat_tables([changed[whole.name], also])
            self._merge(con, [(table, changed[table.name]) for table in self.tables if len(changed[table.name])])
        if sum(rows.nbytes for rows in changed.values()) > AT_REST:
            with self._lock, self.warehouse.turn() as con:
                con.execute("checkpoint")
        return sum(len(rows) for rows in changed.values())

    def mark(
        self,
        table: Table,
        within: Mapping[str, str],
        missing_since: datetime | None,
        *,
        besides: pa.Table | None = None,
        since: tuple[str, datetime] | None = None,
    ) -> int:
        """Note since when rows are missing at the vendor, or that they are not (None); the number of changed rows.

        Of the rows whose columns have the values of `within`, and are not before `since` in its column, those whose key
        is not in `besides`; a row that is marked already keeps its mark.
        """
        listed = ", ".join(
            f"{name}::varchar as {name}" if kind is JSON else name for name, kind in table.columns.items()
        )
        kept = "is null" if missing_since else "is not null"
        where = " and ".join(["true", *(f"{name} = ${name}" for name in within)])
        values: dict[str, str | datetime] = dict(within)
        if since is not None:
            where += f" and {since[0]} >= $since_moment"
            values["since_moment"] = since[1]
        with self._lock, self._storing() as con:
            query = f"select {listed} from {self.schema}.{table.name} where missing_since {kept} and {where}"
            if besides is not None:
                con.register("besides", besides)
                query = f"select r.* from ({query}) r anti join besides using ({', '.join(table.key)})"
            rows = con.sql(query, params=values).to_arrow_table()
            if len(rows):
                place = rows.schema.get_field_index("missing_since")
                kind = table.arrow_schema.field("missing_since").type
                marks = pa.array([missing_since] * len(rows), kind)
                self._merge(con, [(table, rows.set_column(place, "missing_since", marks).cast(table.arrow_schema))])
        return len(rows)

    @contextmanager
    def _storing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction on the raw file. Raises LoadFailed; nothing of it is stored then."""
        try:
            with self.warehouse.turn() as con:
                con.begin()
                yield con
                con.commit()
        except duckdb.OutOfMemoryException as error:
            raise OutOfMemory(str(self._failed(error))) from error
        except duckdb.Error as error:
            raise self._failed(error) from error

    def _failed(self, cause: BaseException) -> LoadFailed:
        reason = str(cause).strip().splitlines()
        advice = f"Check the free space and the rights of {self.warehouse.internal}"
        if isinstance(cause, (duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException)):
            advice = f"If another program changed {self.warehouse.raw}, restore it from a backup"
        return LoadFailed(
            f"{self.schema} could not be stored: {ended(reason[0] if reason else type(cause).__name__)}"
            f" {advice}; nothing of this window was kept."
        )

    def _merge(self, con: duckdb.DuckDBPyConnection, tables: Sequence[tuple[Table, pa.Table]]) -> None:
        """Put rows in the place of those with their keys, or of their whole sets, under a number of their own."""
        if not tables:
            return
        load_id = next_load_id(con)
        for table, rows in tables:
            stored = f"{self.schema}.{table.name}"
            names = ", ".join(name for name in table.columns if name != "_gone")
            con.register("changed", rows)
            if not table.append_only:
                sets = ", ".join(table.replaced_by or table.key)
                con.execute(f"delete from {stored} where ({sets}) in (select ({sets}) from changed)")
            stays = rows.filter(pc.is_null(rows.column("_gone"))) if table.replaced_by else rows
            con.register("changed", last_of_each_key(table, stays))
            con.execute(f"insert into {stored} ({names}, _dlt_load_id) select {names}, ? from changed", [load_id])
            con.unregister("changed")
        list_load(con, self.vendor, load_id)


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


def _columns(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    """The columns of each raw table, with their types; a table that is not there has none."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    query = "select table_name, column_name, data_type from duckdb_columns() where schema_name = ?"
    for table, name, kind in con.execute(query, [schema]).fetchall():
        found[table][name] = kind
    return found
