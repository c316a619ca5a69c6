"""The private warehouse, `internal/raw.duckdb`: files, locks round its connections, and the run records in `ops`.

Any process that has a DuckDB file open keeps writers of other processes out. A run keeps it open while it reads, and
lets go of it for dbt; its threads take turns, dlt's connection included.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.data_dir import LOCK_FILE, STATUS_FILE
from pipelines.warehouse import short_windows
from pipelines.warehouse.forgotten import Forgotten
from sources.errors import LeadpathError

STORAGE = "v1.0.0"
# a sync shares its machine, of which DuckDB would take most; what is more goes to a file beside the warehouse
MEMORY = "64MB"
# where that is not enough for what cannot be divided, such as texts of many megabytes
MORE_MEMORY = "2GB"
# freed memory is given back at once
SHARING = """
set timezone = 'UTC';
set allocator_flush_threshold = '8MB';
set allocator_bulk_deallocation_flush_threshold = '16MB';
"""

# of the raw file; a change that an older program would misread has the next number
LAYOUT = 1

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


class NewerLayout(LeadpathError):
    """The raw file is of a later version."""


class Warehouse:
    """The data directory and its raw file."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.internal = data_dir / "internal"
        self.raw = self.internal / "raw.duckdb"
        self.build = self.internal / "build.duckdb"
        # the marts as they were built, where the published file holds less of people
        self.unmasked = self.internal / "unmasked.duckdb"
        self.forgotten = Forgotten(self.internal)
        self.published = data_dir / "leadpath.duckdb"
        self.lock_file = data_dir / LOCK_FILE
        self.status_file = data_dir / STATUS_FILE
        self.memory = MEMORY
        self._turn = threading.RLock()
        self._kept: duckdb.DuckDBPyConnection | None = None

    @property
    def built(self) -> Path:
        """The marts as they were built last: the published file, unless that holds less of people."""
        return self.unmasked if self.unmasked.exists() else self.published

    def create(self) -> None:
        """Make the directories and an empty raw file where there is none; bring `ops` up to date."""
        self._make_file()
        with self.turn() as con:
            self._refuse_newer(con)
            con.execute(OPS + short_windows.TABLE)
            # tells this raw file from any other that may take its place
            con.execute("insert or ignore into ops.facts values ('generation', uuid()::varchar)")
            con.execute("insert or ignore into ops.facts values ('layout', ?)", [str(LAYOUT)])

    def _refuse_newer(self, con: duckdb.DuckDBPyConnection) -> None:
        known = con.execute("select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'facts'")
        found = known.fetchone() and con.execute("select value from ops.facts where name = 'layout'").fetchone()
        if found and int(found[0]) > LAYOUT:
            raise NewerLayout(
                f"{self.raw} was made by a newer Leadpath: its layout is {found[0]}, and this version knows {LAYOUT}."
                " Install that version again, or restore a backup of the raw file from before. Nothing was changed."
            )

    def generation(self) -> str | None:
        """What tells this raw file from any other; None where there is no file. Nobody else may have it open."""
        if not self.raw.exists():
            return None
        with self.turn() as con:
            found = con.execute("select value from ops.facts where name = 'generation'").fetchone()
        return str(found[0]) if found else None

    @contextmanager
    def turn(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the raw file; one thread at a time."""
        with self._turn:
            kept = self._kept
            with kept.cursor() if kept else duckdb.connect(str(self.raw), read_only=read_only) as con:
                con.execute(f"{SHARING} set memory_limit = '{self.memory}'")
                yield con

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the raw file open in this process, made where there is none: a turn then opens and syncs no file."""
        if self._kept:
            yield
            return
        self._make_file()
        self._kept = duckdb.connect(str(self.raw))
        try:
            yield
        finally:
            self._close()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let other processes open the raw file while the block runs."""
        was_open = self._kept is not None
        self._close()
        yield
        if was_open:
            self._kept = duckdb.connect(str(self.raw))

    def _close(self) -> None:
        with self._turn:
            kept, self._kept = self._kept, None
            if kept:
                kept.close()

    def _make_file(self) -> None:
        self.internal.mkdir(parents=True, exist_ok=True)
        self.internal.chmod(0o700)
        create_file(self.raw, 0o600)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Keep every other connection of this process away while dlt or dbt has the file."""
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
