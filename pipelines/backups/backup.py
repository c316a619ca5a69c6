"""`leadpath backup`: what cannot be read again, in one file, made also while a sync runs.

The file is a DuckDB file: the raw file, and beside its schemas one named `backup` with what a restore needs further.
It has no secret of a vendor. Its name appears when it is whole and was read to its end.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb

from pipelines.backups.made import NAME, note
from pipelines.backups.snapshot import discard, snapshot
from pipelines.lists.files import LISTS
from pipelines.runs.lock import exclusive, holder
from pipelines.settings import Settings
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.whole import read_whole
from sources.errors import LeadpathError, Mistaken

FORMAT = 1
# by what is made of raw, or which of it: a restore says where they differ
STATED = ("LEADPATH_START_DATE", "LEADPATH_REPORT_TIMEZONE", "LEADPATH_OWN_DOMAINS")
# small files of `internal` that go with the raw file: who is never to come back
MEMORIES = ("forgotten.json", "personal.key")
# a backup is made beside a sync; what is read stays in memory up to this
MEMORY = "256MB"
# a copy that cannot be read may be one of a moment that DuckDB was in the middle of; not three times
TRIES = 3

ABOUT = """
create schema backup;
create table backup.about (name varchar, value varchar);
create table backup.files (place varchar, name varchar, content blob);
"""


class NotSaved(LeadpathError):
    """No backup was made; what was there under its name is as it was."""


class BadTarget(Mistaken):
    """No backup can be written there."""


@dataclass(frozen=True)
class Backup:
    """A backup that was made: where, of how many bytes, tables, rows and lists."""

    file: Path
    size: int
    tables: int
    rows: int
    lists: int


def write_backup(settings: Settings, file: Path, *, force: bool = False) -> Backup:
    """Write a backup, for its owner alone. An existing file is replaced with `force`.

    Raises BadTarget, NotSaved, Restless, or Held while another backup is made.
    """
    warehouse = Warehouse(settings.data_dir)
    _refuse(warehouse, file, force=force)
    # a name of its own in each folder: what was left by a backup that was killed is found by the next
    place = hashlib.sha256(str(warehouse.internal.resolve()).encode()).hexdigest()[:8]
    part = file.absolute().with_name(f".leadpath-{place}.part")
    with exclusive(warehouse.internal / "backup", "leadpath backup"), _in_words(warehouse, file):
        note(warehouse.internal, file, part)
        try:
            rows = _checked_copy(warehouse, part)
            lists = _describe(settings, part)
            _flush(part)
            # from here to its place it takes a moment; to forget somebody takes seconds
            _refuse_while_forgetting(warehouse)
            size = part.stat().st_size
            part.replace(file)
            _flush(file.absolute().parent)
        finally:
            discard(part)
        note(warehouse.internal, file, without=part)
    return Backup(file, size, len(rows), sum(rows.values()), lists)


def _refuse(warehouse: Warehouse, file: Path, *, force: bool) -> None:
    if not warehouse.raw.exists():
        raise BadTarget(f"There is nothing to back up: {warehouse.raw} is not there. leadpath sync makes it.")
    if not file.absolute().parent.is_dir():
        raise BadTarget(f"{file.absolute().parent} is no folder; make it, or choose another place for the backup.")
    if file.is_dir():
        raise BadTarget(f"{file} is a folder; name a file in it, for example {file / 'leadpath.backup'}.")
    ours = {warehouse.published.resolve(), warehouse.status_file.resolve()}
    if file.resolve().is_relative_to(warehouse.internal.resolve()) or file.resolve() in ours:
        raise BadTarget(f"{file} is where Leadpath keeps files of its own; write the backup to another place.")
    if file.exists() and not force:
        raise BadTarget(f"{file} is there already; choose another name, or --force to replace it.")


def _refuse_while_forgetting(warehouse: Warehouse) -> None:
    """Who is being forgotten would stay in a copy that nobody knows of yet."""
    if holder(warehouse.lock_file).startswith("leadpath forget"):
        raise NotSaved("leadpath forget is running; make the backup when it has ended.")


@contextmanager
def _in_words(warehouse: Warehouse, file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotSaved(
            f"{error.filename or file} cannot be used: {error.strerror or error}. No backup was made."
        ) from error
    except ValueError as error:
        raise NotSaved(f"{error}; remove {NAME} if you know that no backup is left. No backup was made.") from error
    except duckdb.Error as error:
        words = str(error).splitlines()[0].rstrip(".")
        raise NotSaved(
            f"{warehouse.raw} cannot be copied: {words}. No backup was made; an earlier one is all the more worth."
        ) from error


def _checked_copy(warehouse: Warehouse, part: Path) -> dict[str, int]:
    """Copy the raw file, let DuckDB finish it, and read it to its end; the rows of each table."""
    for left in reversed(range(TRIES)):
        _refuse_while_forgetting(warehouse)
        snapshot(warehouse.raw, part)
        try:
            # its log is played into it now; the file that is read afterwards is the one that was written
            with opened(part) as con:
                con.execute("checkpoint")
            with opened(part, read_only=True) as con:
                return rows_of(con)
        except duckdb.Error:
            if not left:
                raise
    raise AssertionError("unreachable")


@contextmanager
def opened(file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file that is nobody else's; times are UTC. Raises duckdb.Error."""
    with duckdb.connect(str(file), read_only=read_only) as con:
        con.execute(f"set timezone = 'UTC'; set memory_limit = '{MEMORY}'")
        yield con


def rows_of(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of each table of a file, which is read to its end. Raises duckdb.Error where it is damaged."""
    columns: dict[str, list[str]] = {}
    for table, column in con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where not internal order by schema_name, table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append(column)
    return {table: read_whole(con, table, names) for table, names in columns.items()}


def _describe(settings: Settings, part: Path) -> int:
    """Put into the copy what a restore needs beside it; how many lists there are."""
    about = {
        "format": str(FORMAT),
        "leadpath": version("leadpath"),
        "made_at": settings.now.isoformat(timespec="seconds"),
        "settings": json.dumps(stated(settings)),
    }
    lists = [settings.config_dir / name for name in LISTS]
    memories = [settings.data_dir / "internal" / name for name in MEMORIES]
    files = [(place, path) for place, paths in (("config", lists), ("internal", memories)) for path in paths]
    held = [[place, path.name, path.read_bytes()] for place, path in files if path.is_file()]
    with opened(part) as con:
        con.execute(ABOUT)
        con.executemany("insert into backup.about values (?, ?)", [list(item) for item in about.items()])
        for row in held:
            con.execute("insert into backup.files values (?, ?, ?)", row)
    return sum(place == "config" for place, *_ in held)


def stated(settings: Settings) -> dict[str, str]:
    """The settings that decide what is made of raw, as they are written; empty where they are not set."""
    own = settings.own
    values = (own.start_date, own.report_timezone, ",".join(own.own_domains))
    return {name: str(value or "") for name, value in zip(STATED, values, strict=True)}


def _flush(path: Path) -> None:
    """Have the disk hold what was written of a file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
