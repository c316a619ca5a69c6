"""The raw file without those who were forgotten: rows, freed blocks, and all that was made of them.

It is done where the file does not say that it was done for the memory as it is now: after somebody was forgotten, with
a file from a backup, and where an earlier attempt was killed.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.warehouse.erase import erase
from pipelines.warehouse.files import STORAGE, Warehouse, quoted
from pipelines.warehouse.forgotten import Forgotten
from sources.rows.table import Table

DONE = "forgotten"
FACT = "select value from ops.facts where name = ?"
Counts = dict[str, tuple[int, int]]


def clean(warehouse: Warehouse, tables: Mapping[str, Sequence[Table]]) -> Counts | None:
    """Take who was forgotten out of the raw file where that is not done; by table, how many rows went and changed.

    None where it is done. What was made of raw goes too, but for the published file: the next build is a full one.
    """
    memory = warehouse.forgotten
    if not memory:
        return None
    with warehouse.turn() as con:
        if con.execute(FACT, [DONE]).fetchone() == (memory.digest,):
            return None
    with warehouse.loading(), warehouse.released():
        counts = clean_file(warehouse.raw, tables, memory)
        for name in ("dbt", "dlt", "candidate"):
            shutil.rmtree(warehouse.internal / name, ignore_errors=True)
        for file in (warehouse.build, warehouse.unmasked):
            remove(file)
        rewrite(warehouse.raw, memory)
    return counts


def clean_file(file: Path, tables: Mapping[str, Sequence[Table]], memory: Forgotten) -> Counts:
    """Take who was forgotten out of a raw file that nobody has open; what was built of it no longer fits."""
    with duckdb.connect(str(file)) as con:
        con.execute("set timezone = 'UTC'")
        con.begin()
        counts = erase(con, tables, memory)
        con.execute("insert or replace into ops.facts values ('generation', uuid()::varchar)")
        con.commit()
        con.execute("checkpoint")
    return counts


def rewrite(file: Path, memory: Forgotten) -> None:
    """Put a copy in the file's place, in which no freed block holds what was erased, and which says so.

    Killed on the way, the file is as it was.
    """
    new = file.with_name(f".{file.name}.new")
    remove(new)
    mode = file.stat().st_mode & 0o777
    with duckdb.connect() as con:
        con.execute(f"attach '{quoted(file)}' as held")
        con.execute(f"attach '{quoted(new)}' as fresh (storage_version '{STORAGE}')")
        con.execute("copy from database held to fresh")
        con.execute("insert or replace into fresh.ops.facts values (?, ?)", [DONE, memory.digest])
        con.execute("checkpoint fresh")
    new.chmod(mode)
    with new.open("rb") as written:
        os.fsync(written.fileno())
    new.replace(file)


def remove(file: Path) -> None:
    """Remove a DuckDB file and its log."""
    for each in (file, file.with_name(f"{file.name}.wal")):
        each.unlink(missing_ok=True)
