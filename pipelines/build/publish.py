"""The published file: checked as a reader will meet it, then swapped whole."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build.dictionary import comment, described
from pipelines.build.masking import KEEP, mask
from pipelines.data_dir import log_beside
from pipelines.vendors import BY_NAME
from pipelines.warehouse.clean import remove
from pipelines.warehouse.files import STORAGE, Warehouse, quoted
from pipelines.warehouse.forgotten import personal_key
from pipelines.warehouse.quarantine import COUNTS
from pipelines.warehouse.whole import read_whole
from sources.errors import LeadpathError

# types that DuckDB 1.1 reads; a newer one makes the whole file unreadable there
READABLE_TYPES = {
    *("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "JSON"),
    *("VARCHAR[]", "BLOB", "UUID", "INTERVAL"),
}

NO_SCOPE = "''"

# run records as of the publication; who is in them is not published
OPS = {
    "runs": "select run_id, started_at, ended_at, status, command, error from raw.ops.runs",
    "loads": "select run_id, vendor, resource, rows_loaded, requests, retries, waited_seconds, unknown_fields"
    " from raw.ops.loads",
    "windows": "select vendor, resource, scope, window_start, window_end, finished_at, rows, reason, run_id"
    " from raw.ops.windows",
    "completeness": "select * from raw.ops.completeness",
    "publications": "select * from raw.ops.publications",
    "quarantine_counts": COUNTS.format("raw.", ""),
    "missing_rows": " union all ".join(
        f"select '{vendor.name}' as vendor, '{resource.name}' as resource, {resource.within or NO_SCOPE} as scope,"
        f" {resource.tables[0].key[-1]} as entity_id, missing_since"
        f" from raw.raw_{vendor.name}.{resource.tables[0].name} where missing_since is not null"
        for vendor in BY_NAME.values()
        for resource in vendor.resources
        if "missing_since" in resource.tables[0].columns
    ),
}


class PublishFailed(LeadpathError):
    """The candidate cannot be published; what people read is as it was."""


class Damaged(PublishFailed):
    """A table of the candidate cannot be read to its end."""


def check(candidate: Path) -> dict[str, int]:
    """Read every column of every table as a reader will, with nothing else attached; the rows of each mart.

    Raises PublishFailed for a storage version, a type or a dependency that some reader could not open, and Damaged for
    a block that does not match its checksum.
    """
    with duckdb.connect(str(candidate)) as con:
        con.execute("checkpoint")
    rows: dict[str, int] = {}
    with duckdb.connect(str(candidate), read_only=True) as con:
        tags = con.execute("select tags from duckdb_databases() where not internal").fetchall()[0][0]
        if not str(tags.get("storage_version", "")).startswith(STORAGE):
            raise PublishFailed(f"The candidate has storage version {tags}, not {STORAGE}. Run leadpath build --full.")
        columns = con.execute(
            "select table_schema || '.' || table_name, column_name, data_type from information_schema.columns"
        ).fetchall()
        for table, column, kind in columns:
            if kind not in READABLE_TYPES and not kind.startswith("DECIMAL"):
                raise PublishFailed(f"{table}.{column} has type {kind}, which older DuckDB versions cannot read.")
        for table in sorted({table for table, _, _ in columns}):
            try:
                found = read_whole(con, table, [column for of, column, _ in columns if of == table])
            except duckdb.Error as error:
                raise Damaged(f"{table} cannot be read: {str(error).splitlines()[0]}") from error
            if table.startswith("marts."):
                rows[table.removeprefix("marts.")] = found
    return rows


def publish(
    warehouse: Warehouse,
    candidate: Path,
    state: Mapping[str, str],
    run: Mapping[str, Any],
    clock: Callable[[], datetime],
    tests_passed: int,
    rows: Mapping[str, int],
) -> list[str]:
    """Write the run records into the candidate and put it in the place of the published file.

    With less of people, where the state says so: what was built is then kept for the next increment, and for a push.

    Returns what a person should know of the swap. Raises PublishFailed when somebody has the published file open for
    writing.
    """
    warnings = make_way(warehouse.published)
    record = [run["run_id"], clock(), tests_passed, json.dumps(dict(rows))]
    with warehouse.loading(), duckdb.connect(str(candidate)) as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"attach '{quoted(warehouse.raw)}' as raw (read_only)")
        con.execute("create schema if not exists ops")
        for name, query in OPS.items():
            con.execute(f"create or replace table ops.{name} as {query}")
        con.execute("insert into ops.publications values (?, ?, ?, ?)", record)
        con.execute(
            "update ops.runs set ended_at = ?, status = ?, error = ? where run_id = ?",
            [run["ended_at"], run["status"], run["error"], run["run_id"]],
        )
        con.execute("create or replace table ops.build_state (name varchar, value varchar)")
        con.executemany("insert into ops.build_state values (?, ?)", [list(item) for item in state.items()])
        con.execute("detach raw")
        comment(con, described())
        con.execute("checkpoint")
    final, how = candidate, state.get("personal", KEEP)
    if how != KEEP:
        final = mask(candidate, described(), how, personal_key(warehouse.internal))
        with duckdb.connect(str(final)) as con:
            comment(con, described())
    warnings += make_way(warehouse.published)
    final.chmod(0o440)
    _put(final, warehouse.published)
    if how != KEEP:
        candidate.replace(warehouse.unmasked)
    else:
        remove(warehouse.unmasked)
    with warehouse.turn() as con:
        con.execute("insert into ops.publications values (?, ?, ?, ?)", record)
    return warnings


def _put(candidate: Path, published: Path) -> None:
    """Put the candidate, written to the disk, in the place of the published file in one step.

    Only within a file system is that one step: where `internal` has one of its own, the file is copied first.
    """
    if candidate.stat().st_dev != published.parent.stat().st_dev:
        beside = published.with_name(f".{published.name}")
        beside.unlink(missing_ok=True)
        candidate = Path(shutil.copy(candidate, beside))
    with candidate.open("rb") as file:
        os.fsync(file.fileno())
    candidate.replace(published)


def make_way(published: Path) -> list[str]:
    """Move a write-ahead log beside the published file aside, and say so: DuckDB would replay it into what is read.

    Raises PublishFailed when some process has the file open for writing: what it writes next to it would be replayed.
    """
    if refusal := held_by_a_writer(published):
        raise PublishFailed(refusal)
    log = log_beside(published)
    if log is None:
        return []
    aside = log.with_name(f"{log.name}.aside")
    log.replace(aside)
    return [f"{log} was left by a program that had the published file open for writing; it was moved to {aside.name}."]


def held_by_a_writer(published: Path) -> str | None:
    """A sentence when some process has the file open for writing: DuckDB holds a POSIX write lock on it then."""
    if not published.exists():
        return None
    with published.open("rb") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return (
                f"Somebody has {published} open for writing, so it was not replaced. Close that program (open the file"
                " read-only there), then run leadpath build."
            )
    return None


def published_state(published: Path) -> dict[str, str]:
    """What the published file was built from; empty when there is none, or it cannot be read."""
    if not published.exists():
        return {}
    try:
        with duckdb.connect(str(published), read_only=True) as con:
            return dict(con.execute("select name, value from ops.build_state").fetchall())
    except duckdb.Error:
        return {}
