"""From Arrow to the raw tables, through dlt: only what is new or changed, one package per window."""

import logging
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from pipelines.failures import ended
from pipelines.warehouse.files import Warehouse
from sources.errors import LeadpathError
from sources.rows.table import Batch, Table
from sources.rows.values import JSON, TEXT, Kind

if TYPE_CHECKING:
    import dlt

# What dlt must do whatever a config file says. `add_dlt_load_id` lets SQL take only new loads; the local working folder
# is made anew by each run, so nothing is restored from the destination and no old package is waiting.
DLT = {
    "normalize.parquet_normalizer.add_dlt_load_id": True,
    "restore_from_destination": False,
    "load.truncate_staging_dataset": True,
    "runtime.dlthub_telemetry": False,
    "runtime.log_level": "ERROR",
}


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


@cache
def configure() -> None:
    """Tell dlt what Leadpath relies on; once per process, before the first pipeline.

    dlt is imported where there is something to load: it takes longer than most runs take to find that nothing is new.
    """
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
    from dlt.common.runtime.telemetry import stop_telemetry

    for name, value in DLT.items():
        dlt.config[name] = value
    # dlt has read its settings while it was imported: in a folder without .dlt/config.toml its telemetry was begun
    stop_telemetry()
    Container()[PluggableRunContext].initialize_runtime()
    # an error that dlt notes as frames is raised to us as well, and said in a sentence
    logger = logging.getLogger("dlt")
    logger.setLevel(max(logger.level, logging.CRITICAL if logger.level >= logging.ERROR else logger.level))


class Loader:
    """Loads one vendor's tables into the schema `raw_<vendor>`; from several threads one after the other."""

    def __init__(self, warehouse: Warehouse, vendor: str, tables: Sequence[Table]) -> None:
        self.warehouse = warehouse
        self.vendor = vendor
        self.schema = f"raw_{vendor}"
        self.tables = tables
        self._lock = threading.RLock()

    @cached_property
    def pipeline(self) -> "dlt.Pipeline":
        """A dlt pipeline with a fresh working folder, made when there is something to load."""
        import dlt

        configure()
        folder = self.warehouse.internal / "dlt"
        name = f"leadpath_{self.vendor}"
        # a package that a killed run left behind would be loaded instead of new data: re-reading and merging is exact
        shutil.rmtree(folder / name, ignore_errors=True)
        return dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(self.warehouse.raw)),
            dataset_name=self.schema,
            pipelines_dir=str(folder),
        )

    def prepare(self) -> None:
        """Make the vendor's tables, and the columns that a newer version added to them.

        Raises LoadFailed: a column has a type that no version of Leadpath gave it, so what is read would not fit.
        """
        with self.warehouse.turn() as con:
            held = {table.name: _columns(con, self.schema, table) for table in self.tables}
            for table in self.tables:
                self._refuse_other_types(table, held[table.name])
            for table in self.tables:
                for name, kind in table.columns.items():
                    if kind is TEXT and held[table.name].get(name) == NUMBER:
                        con.execute(f"alter table {self.schema}.{table.name} alter column {name} type varchar")
            if all(set(table.columns) <= held[table.name].keys() for table in self.tables):
                return
        self._run([(table, table.empty()) for table in self.tables])

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

        Rows of the tables in `still_missing` keep the `missing_since` that they are stored with.
        """
        changed: dict[str, pa.Table] = {}
        with self._lock:
            with self.warehouse.turn(read_only=False) as con:
                given = {table.name: _joined(table, batches) for table in self.tables}
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
            stored = [(table, changed[table.name]) for table in self.tables if len(changed[table.name])]
            if stored:
                self._run(stored)
        return sum(len(rows) for _, rows in stored)

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
        with self._lock:
            with self.warehouse.turn() as con:
                query = f"select {listed} from {self.schema}.{table.name} where missing_since {kept} and {where}"
                if besides is not None:
                    con.register("besides", besides)
                    query = f"select r.* from ({query}) r anti join besides using ({', '.join(table.key)})"
                rows = con.sql(query, params=values).to_arrow_table()
            if len(rows):
                place = rows.schema.get_field_index("missing_since")
                kind = table.arrow_schema.field("missing_since").type
                marks = pa.array([missing_since] * len(rows), kind)
                self._run([(table, rows.set_column(place, "missing_since", marks).cast(table.arrow_schema))])
        return len(rows)

    def _run(self, tables: Sequence[tuple[Table, pa.Table]]) -> None:
        from dlt.pipeline.exceptions import PipelineStepFailed

        from sources.dlt_source import as_dlt

        try:
            self.pipeline.extract([as_dlt(table, [rows]) for table, rows in tables], loader_file_format="parquet")
            self.pipeline.normalize()
            with self.warehouse.loading():
                info = self.pipeline.load()
            info.raise_on_failed_jobs()
        except PipelineStepFailed as error:
            self.pipeline.drop_pending_packages()
            cause: BaseException = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            reason = str(cause).strip().splitlines()
            advice = f"Check the free space and the rights of {self.warehouse.internal}"
            if isinstance(cause, (duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException)):
                advice = f"If another program changed {self.warehouse.raw}, restore it from a backup"
            raise LoadFailed(
                f"{self.schema} could not be stored: {ended(reason[0] if reason else type(cause).__name__)}"
                f" {advice}; nothing of this window was kept."
            ) from error


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


def _joined(table: Table, batches: Sequence[Batch]) -> pa.Table:
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


def _columns(con: duckdb.DuckDBPyConnection, schema: str, table: Table) -> dict[str, str]:
    """The columns that the raw table has, with their types; none before it is made."""
    return dict(
        con.execute(
            "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
            [schema, table.name],
        ).fetchall()
    )
