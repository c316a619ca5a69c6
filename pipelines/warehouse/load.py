"""From Arrow to the raw tables: only what is new or changed, each window in one transaction.

dlt makes the tables and brings them up to date; the rows are merged by SQL as dlt's merge would, without its files and
jobs. Each load has a number of dlt's form, seconds since 1970 as text, and a row in `_dlt_loads`; a number is always
greater than every earlier one of the file, so that their order is that of the loads even if a clock goes wrong.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.failures import ended
from pipelines.warehouse.changed_rows import changed_rows, joined, last_of_each_key, whole_rows, with_held_marks
from pipelines.warehouse.dlt_tables import make_tables
from pipelines.warehouse.erase import strip
from pipelines.warehouse.files import MORE_MEMORY, Warehouse
from pipelines.warehouse.numbers import list_load, next_load_id
from pipelines.warehouse.read_again import read_again
from pipelines.warehouse.unseen import Unseen, held_rows, unseen_rows
from sources.errors import LeadpathError
from sources.rows.table import Batch, Table
from sources.rows.values import TEXT, Kind
from sources.window import Window

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
        """Make the vendor's tables and the columns that a newer version added; what has a place now is read again.

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
        if not all(set(table.columns) <= held[table.name].keys() for table in self.tables):
            try:
                make_tables(self.warehouse, self.vendor, self.tables)
            except Exception as error:
                cause: BaseException = error
                while (below := cause.__cause__ or cause.__context__) is not None:
                    cause = below
                raise self._failed(cause) from error
        with self._lock, self._storing() as con:
            self._store(con, read_again(con, self.vendor, self.tables))

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
            changed = self._store(con, batches, still_missing)
        if sum(rows.nbytes for rows in changed.values()) > AT_REST:
            with self._lock, self.warehouse.turn() as con:
                con.execute("checkpoint")
        return sum(len(rows) for rows in changed.values())

    def _store(
        self, con: duckdb.DuckDBPyConnection, batches: Sequence[Batch], still_missing: frozenset[str] = frozenset()
    ) -> dict[str, pa.Table]:
        """Store what is new or changed, by table."""
        strip(con, batches, self.warehouse.forgotten)
        changed: dict[str, pa.Table] = {}
        # before it is compared: of two rows of a key, one may be held as it is and the other be news
        given = {table.name: last_of_each_key(table, joined(table, batches)) for table in self.tables}
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
        return changed

    def held(self, table: Table, within: Mapping[str, str], *, missing: bool) -> pa.Table:
        """The rows whose columns have the values of `within`, and that are marked as missing at the vendor, or not."""
        with self.warehouse.turn() as con:
            return held_rows(con, self.schema, table, within, missing=missing)

    def unseen(
        self,
        table: Table,
        within: Mapping[str, str],
        received: pa.Table,
        moment: str | None = None,
        spans: Sequence[Window] | None = None,
    ) -> Unseen:
        """Rows that are held, not marked as missing, and whose key was not received.

        They are those whose columns have the values of `within`, and whose time in the column `moment` is in one of
        `spans`; of all times without.
        """
        with self.warehouse.turn() as con:
            return unseen_rows(con, self.schema, table, within, received, moment, spans)

    def mark(self, table: Table, rows: pa.Table, missing_since: datetime | None) -> None:
        """Note since when these rows are missing at the vendor, or that they are not (None), as a load of their own."""
        if not len(rows):
            return
        place = rows.schema.get_field_index("missing_since")
        marks = pa.array([missing_since] * len(rows), table.arrow_schema.field("missing_since").type)
        with self._lock, self._storing() as con:
            self._merge(con, [(table, rows.set_column(place, "missing_since", marks))])

    @contextmanager
    def _storing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction on the raw file. Raises LoadFailed; nothing of it is stored then."""
        try:
            with self.warehouse.turn() as con:
                con.begin()
                yield con
                con.commit()
        except duckdb.Error as error:
            cause: BaseException | None = error
            # what is tidied up after it fails, too, in a transaction that is aborted
            while cause and not isinstance(cause, duckdb.OutOfMemoryException):
                cause = cause.__context__
            if cause:
                raise OutOfMemory(str(self._failed(cause))) from error
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
            con.register("changed", stays)
            con.execute(f"insert into {stored} ({names}, _dlt_load_id) select {names}, ? from changed", [load_id])
            con.unregister("changed")
        list_load(con, self.vendor, load_id)


def _columns(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    """The columns of each raw table, with their types; a table that is not there has none."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    query = "select table_name, column_name, data_type from duckdb_columns() where schema_name = ?"
    for table, name, kind in con.execute(query, [schema]).fetchall():
        found[table][name] = kind
    return found
