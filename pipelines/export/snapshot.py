"""One publication, as an export reads it: its tables with their columns, comments and keys, all of one moment."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.build.dictionary import described
from pipelines.explain.connection import connect
from pipelines.explain.published import Unpublished
from sources.errors import LeadpathError

# what is longer, Postgres cannot index
LONGEST_KEY = 2000


class ExportFailed(LeadpathError):
    """The export was not made; what stood there before still does."""


@dataclass(frozen=True)
class Column:
    """A column: its name, DuckDB's type in lower case, and its description."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A mart: its columns in their order, and those that tell its rows apart; none where in truth they do not."""

    name: str
    comment: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]


class Snapshot:
    """A publication: the run that made it, when (UTC), the report's zone, and its marts in the order of their names.

    `people` is another word after somebody was forgotten, or less of people was to be published.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, file: Path) -> None:
        self.con = con
        newest = con.execute(
            "select run_id, published_at from ops.publications order by published_at desc, run_id desc limit 1"
        ).fetchall()
        if not newest:
            raise Unpublished(f"{file} was published by another version of Leadpath. Run `leadpath build` first.")
        self.run_id, self.published_at = str(newest[0][0]), _utc(newest[0][1])
        state = dict(con.execute("select name, value from ops.build_state").fetchall())
        self.report_timezone = str(state.get("timezone", "UTC"))
        who = f"{state.get('personal')} {state.get('forgotten')}"
        self.people = hashlib.sha256(who.encode()).hexdigest()[:16]
        self.tables = self._tables()

    def _tables(self) -> list[Table]:
        comments = dict(
            self.con.execute("select table_name, comment from duckdb_tables() where schema_name = 'marts'").fetchall()
        )
        columns: dict[str, list[Column]] = {name: [] for name in sorted(comments)}
        for table, *column in self.con.execute(
            "select table_name, column_name, lower(data_type), comment from duckdb_columns()"
            " where schema_name = 'marts' order by table_name, column_index"
        ).fetchall():
            columns[table].append(Column(*column))
        keys = {table.name: table.key for table in described()}
        return [Table(name, comments[name], tuple(held), keys.get(name, ())) for name, held in columns.items()]

    def has_key(self, table: Table) -> bool:
        """Whether the columns of its key tell its rows apart, and are short enough to be indexed anywhere."""
        if not table.key or not set(table.key) <= {column.name for column in table.columns}:
            return False
        listed = ", ".join(f'"{name}"' for name in table.key)
        size = " + ".join(f'coalesce(strlen("{name}"::varchar), {LONGEST_KEY + 1})' for name in table.key)
        ((rows, keys, longest),) = self.con.execute(
            f"select count(*), count(distinct ({listed})), coalesce(max({size}), 0) from marts.{table.name}"
        ).fetchall()
        return bool(rows == keys and longest <= LONGEST_KEY)


@contextmanager
def snapshot(file: Path) -> Iterator[Snapshot]:
    """The publication of this moment, while the block runs. Raises Unpublished."""
    try:
        with connect(file) as con, con.transaction():
            yield Snapshot(con.duckdb, file)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise Unpublished(
            f"{file} was published by another version of Leadpath ({str(error).strip().splitlines()[0]})."
            " Run `leadpath build` first."
        ) from error


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
