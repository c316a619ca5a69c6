"""The private warehouse, `internal/raw.duckdb`: files, locks round its connections, and the run records in `ops`.

Any process that has a DuckDB file open keeps writers of other processes out, and two loads into one file at a time
fail, so connections are short and all of them, dlt's included, stand inside `Warehouse.turn`.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.data_dir import LOCK_FILE, STATUS_FILE
from pipelines.warehouse import short_windows
from pipelines.warehouse.windows import Finished
from sources.http.answers import Completeness
from sources.vendor import ChildrenOfChanged
from sources.window import Window

STORAGE = "v1.0.0"

OPS = """
create schema if not exists ops;
create table if not exists ops.facts (name varchar primary key, value varchar);
create table if not exists ops.runs (
    run_id varchar primary key, started_at timestamptz, ended_at timestamptz, status varchar, command varchar,
    error varchar
);
create table if not exists ops.loads (
    run_id varchar, vendor varchar, resource varchar, rows_loaded bigint, requests bigint, retries bigint,
    waited_seconds double, unknown_fields varchar
);
create table if not exists ops.windows (
    vendor varchar, resource varchar, scope varchar, window_start timestamptz, window_end timestamptz,
    finished_at timestamptz, rows bigint, as_of timestamptz, reason varchar, run_id varchar
);
create table if not exists ops.parents (
    vendor varchar, resource varchar, scope varchar, parent varchar, read_at timestamptz, mark varchar,
    primary key (vendor, resource, scope, parent)
);
alter table ops.parents add column if not exists mark varchar;
create table if not exists ops.completeness (
    run_id varchar, vendor varchar, resource varchar, scope varchar, window_start timestamptz, window_end timestamptz,
    api_count bigint, received_count bigint
);
create table if not exists ops.quarantine (
    vendor varchar, table_name varchar, row_key varchar, column_name varchar, value varchar, reason varchar,
    first_run_id varchar, last_run_id varchar
);
create table if not exists ops.publications (
    run_id varchar, published_at timestamptz, tests_passed bigint, mart_rows json
);
"""


class Warehouse:
    """The data directory and its raw file."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.internal = data_dir / "internal"
        self.raw = self.internal / "raw.duckdb"
        self.build = self.internal / "build.duckdb"
        self.published = data_dir / "leadpath.duckdb"
        self.lock_file = data_dir / LOCK_FILE
        self.status_file = data_dir / STATUS_FILE
        self._turn = threading.RLock()

    def create(self) -> None:
        """Make the directories and an empty raw file where there is none; bring `ops` up to date."""
        self.internal.mkdir(parents=True, exist_ok=True)
        self.internal.chmod(0o700)
        create_file(self.raw, 0o600)
        with self.turn() as con:
            con.execute(OPS + short_windows.TABLE)
            # tells this raw file from any other that may take its place
            con.execute("insert or ignore into ops.facts values ('generation', uuid()::varchar)")

    @contextmanager
    def turn(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the raw file; one thread at a time."""
        with self._turn, duckdb.connect(str(self.raw), read_only=read_only) as con:
            con.execute("set timezone = 'UTC'")
            yield con

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the raw file open in this process, so that each of the short connections does not open and sync it."""
        with duckdb.connect(str(self.raw)):
            yield

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Keep every other connection of this process away while dlt loads."""
        with self._turn:
            yield


def create_file(file: Path, mode: int) -> None:
    """Make an empty DuckDB file that version 1.0 and later can read, unless it is there."""
    if not file.exists():
        with duckdb.connect() as con:
            con.execute(f"attach '{quoted(file)}' as fresh (storage_version '{STORAGE}')")
    file.chmod(mode)


def quoted(path: Path) -> str:
    """A path inside single quotes in SQL."""
    return str(path).replace("'", "''")


@dataclass(frozen=True)
class DueParent:
    """A parent whose children are to be read between two moments (None: unknown), for rows loaded up to `mark`."""

    parent: str
    start: datetime | None
    end: datetime | None
    mark: str


class Records:
    """What runs leave behind in `ops`. Every method takes an open connection and commits by itself."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def fact(self, name: str) -> str | None:
        """A remembered value."""
        row = self.con.execute("select value from ops.facts where name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a value under a name."""
        self.con.execute("insert or replace into ops.facts values (?, ?)", [name, value])

    def begin(self, run_id: str, started_at: datetime, command: str) -> None:
        """A run begins. Runs that never ended were killed: they are marked so."""
        self.con.execute(
            "update ops.runs set status = 'interrupted', error = 'the process ended before the run did'"
            " where status = 'running'"
        )
        self.con.execute("insert into ops.runs values (?, ?, null, 'running', ?, null)", [run_id, started_at, command])

    def end(self, run_id: str, ended_at: datetime, status: str, error: str | None) -> None:
        """A run ends."""
        self.con.execute(
            "update ops.runs set ended_at = ?, status = ?, error = ? where run_id = ?",
            [ended_at, status, error, run_id],
        )

    def finished(self, vendor: str, resource: str, scope: str) -> list[Finished]:
        """The windows that were read and loaded."""
        rows = self.con.execute(
            "select window_start, window_end, max(as_of) from ops.windows"
            " where vendor = ? and resource = ? and scope = ? group by window_start, window_end",
            [vendor, resource, scope],
        ).fetchall()
        return [Finished(Window(start, end), as_of) for start, end, as_of in rows]

    def last_as_of(self, vendor: str, resource: str, scope: str) -> datetime | None:
        """When the resource was last read."""
        row = self.con.execute(
            "select max(as_of) from ops.windows where vendor = ? and resource = ? and scope = ?",
            [vendor, resource, scope],
        ).fetchone()
        return row[0] if row else None

    def finish(
        self,
        run_id: str,
        vendor: str,
        resource: str,
        scope: str,
        window: Window,
        *,
        as_of: datetime,
        finished_at: datetime,
        rows: int,
        reason: str,
    ) -> None:
        """A window is loaded."""
        self.con.execute(
            "insert into ops.windows values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [vendor, resource, scope, window.start, window.end, finished_at, rows, as_of, reason, run_id],
        )

    def walked(self, run_id: str, vendor: str, walks: Sequence[Completeness], window: Window) -> None:
        """What the lists of a window said they hold, and what arrived."""
        for walk in walks:
            self.con.execute(
                "insert into ops.completeness values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    run_id,
                    vendor,
                    walk.resource,
                    walk.scope,
                    window.start,
                    window.end,
                    walk.api_count,
                    walk.received_count,
                ],
            )

    def loaded(
        self,
        run_id: str,
        vendor: str,
        resource: str,
        *,
        rows: int,
        requests: int,
        retries: int,
        waited: float,
        unknown: set[str],
    ) -> None:
        """What a resource cost and brought in a run."""
        self.con.execute(
            "insert into ops.loads values (?, ?, ?, ?, ?, ?, ?, ?)",
            [run_id, vendor, resource, rows, requests, retries, waited, ", ".join(sorted(unknown)) or None],
        )

    def parents_read(self, vendor: str, resource: str, scope: str, since: datetime) -> set[str]:
        """The parents whose children were read since then."""
        rows = self.con.execute(
            "select parent from ops.parents where vendor = ? and resource = ? and scope = ? and read_at >= ?",
            [vendor, resource, scope, since],
        ).fetchall()
        return {row[0] for row in rows}

    def read_parents(
        self,
        vendor: str,
        resource: str,
        scope: str,
        parents: Sequence[str],
        read_at: datetime,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        """The children of these parents are loaded; `marks` are the newest loads of rows that asked for it."""
        marks = marks or {}
        self.con.executemany(
            "insert or replace into ops.parents values (?, ?, ?, ?, ?, ?)",
            [[vendor, resource, scope, parent, read_at, marks.get(parent)] for parent in parents],
        )

    def parents_due(
        self, vendor: str, resource: str, scope: str, children: ChildrenOfChanged, days: Window | None = None
    ) -> list[DueParent]:
        """Parents with a row that was loaded since their children were read, newest first.

        A parent's span covers just those rows; with `days` also those of these days, and only parents that have some.
        """
        # load ids are epoch seconds as text, of one length until the year 2286: they compare as they are
        table, parent = children.parent
        again = "false" if days is None else f"(r.{children.start} >= $first and r.{children.start} < $end)"
        query = (
            f"select r.{parent}, min(r.{children.start}), max(coalesce(r.{children.end}, r.{children.start})),"
            f" max(r._dlt_load_id) from raw_{vendor}.{table} r left join ops.parents p"
            f" on p.vendor = $vendor and p.resource = $resource and p.scope = $scope and p.parent = r.{parent}"
            f" where r.{children.scope} = $scope and r.{parent} <> ''"
            f" and (p.mark is null or r._dlt_load_id > p.mark or {again})"
            f" group by r.{parent} having {'true' if days is None else f'bool_or({again})'}"
            f" order by max(r.{children.start}) desc nulls last, r.{parent}"
        )
        values: dict[str, Any] = {"vendor": vendor, "resource": resource, "scope": scope}
        if days is not None:
            values |= {"first": days.start, "end": days.end}
        return [DueParent(*row) for row in self.con.execute(query, values).fetchall()]

    def forget_parents(self, vendor: str, resource: str, scope: str) -> None:
        """The children of all parents of a scope are to be read again."""
        self.con.execute(
            "delete from ops.parents where vendor = ? and resource = ? and scope = ?", [vendor, resource, scope]
        )

    def forget_windows(self, vendor: str, resource: str, scope: str) -> None:
        """Everything of the resource in this scope is to be read again."""
        where = "vendor = ? and resource = ? and scope = ?"
        self.con.execute(f"delete from ops.windows where {where}", [vendor, resource, scope])
        self.con.execute(f"delete from ops.parents where {where}", [vendor, resource, scope])
        self.con.execute("delete from ops.facts where name = ?", [f"changes {vendor}.{resource} {scope}"])

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.con.execute(query, list(values)).fetchall()
