"""`leadpath restore`: the raw file from a backup, in place of what is there, which is kept aside."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.backups.backup import FORMAT, MEMORIES, opened, rows_of, stated
from pipelines.backups.made import note
from pipelines.backups.snapshot import discard, log_of
from pipelines.failures import is_locked
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import Outcome, Session
from pipelines.warehouse.files import Warehouse, quoted
from pipelines.warehouse.records import Records
from sources.errors import LeadpathError, Mistaken


class NotRestored(Mistaken):
    """Nothing was restored; all is as it was."""


class Damaged(LeadpathError):
    """The backup cannot be read to its end; all is as it was."""


@dataclass
class Restored:
    """What was restored: when the backup was made, its rows; where the warehouse before it is; and what to know."""

    made_at: str
    rows: int
    aside: Path | None = None
    notes: list[str] = field(default_factory=list)


def restore(settings: Settings, file: Path, progress: Progress, *, command: str, over: bool = False) -> Restored:
    """Put the raw file of a backup in its place; one that is there is kept aside with `over`, else refuses.

    The caller holds the warehouse. Raises NotRestored, Damaged, OSError.
    """
    warehouse = Warehouse(settings.data_dir)
    if warehouse.raw.exists() and not over:
        raise NotRestored(f"{warehouse.raw} is there; --yes puts the backup in its place, and keeps it aside.")
    new = warehouse.raw.with_name(f".{warehouse.raw.name}.new")
    try:
        about, files, rows = _unpacked(settings, file, new)
        restored = Restored(about["made_at"], rows)
        restored.notes += _of_settings(settings, json.loads(about["settings"]))
        if warehouse.raw.exists():
            restored.notes += _of_pushes(warehouse, new)
            restored.aside = _put_aside(settings, warehouse)
        new.replace(warehouse.raw)
    finally:
        discard(new)
    restored.notes += _write_files(settings, warehouse, files)
    # a run of its own, without any vendor: it brings an older file up to date, and the status is that of this file
    session = Session(settings, command, progress)
    with session.recorded(Outcome(session.run_id)):
        pass
    return restored


Files = list[tuple[str, str, bytes]]


def _unpacked(settings: Settings, file: Path, new: Path) -> tuple[dict[str, str], Files, int]:
    """The backup as a raw file at `new`; what it says of itself, the files in it, and its rows."""
    none = f"{file} is no backup of Leadpath; name a file that leadpath backup wrote. Nothing was restored."
    discard(new)
    if not file.is_file():
        raise NotRestored(f"{file} is not there, or no file; name one that leadpath backup wrote.")
    with _read_as_backup(file, new, none):
        new.touch(0o600, exist_ok=False)
        shutil.copyfile(file, new)
        with opened(new, read_only=True) as con:
            if not con.execute("from duckdb_tables() where schema_name = 'backup' and table_name = 'about'").fetchall():
                raise NotRestored(none)
            about = dict(con.execute("select name, value from backup.about").fetchall())
            if int(about["format"]) > FORMAT:
                raise NotRestored(
                    f"{file} was written by a newer Leadpath ({about.get('leadpath')}); install that version first."
                )
    try:
        with opened(new, read_only=True) as con:
            rows = sum(count for table, count in rows_of(con).items() if not table.startswith("backup."))
            files = con.execute("select place, name, content from backup.files").fetchall()
        with opened(new) as con:
            Records(con).belong_to(settings.tenant, file)
            con.execute("drop schema backup cascade; checkpoint")
    except duckdb.Error as error:
        raise _damaged(file, new, error) from error
    return about, files, rows


def _damaged(file: Path, copy: Path, error: duckdb.Error) -> Damaged:
    words = str(error).splitlines()[0].rstrip(".").replace(str(copy.absolute()), str(file))
    return Damaged(f"{file} is damaged, or not whole: {words}. Nothing was restored; take another one.")


@contextmanager
def _read_as_backup(file: Path, new: Path, none: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        words = str(error).lower()
        if "not a valid" in words:
            raise NotRestored(none) from error
        if "newer version" in words or "version number" in words:
            raise NotRestored(f"{file} was written by a newer DuckDB than this one; upgrade Leadpath first.") from error
        raise _damaged(file, new, error) from error
    except (KeyError, ValueError) as error:
        raise NotRestored(none) from error


def _of_settings(settings: Settings, before: Mapping[str, str]) -> list[str]:
    now = stated(settings)
    return [
        f"{name} was {value or 'not set'} when the backup was made, and is {now.get(name) or 'not set'} now."
        for name, value in before.items()
        if value != now.get(name, "")
    ]


def _of_pushes(warehouse: Warehouse, new: Path) -> list[str]:
    """Who was sent to SnapCRM after the backup was made: nobody would know of it."""
    try:
        with duckdb.connect() as con:
            con.execute(f"attach '{quoted(new)}' as restored (read_only)")
            con.execute(f"attach '{quoted(warehouse.raw)}' as before")
            missing = (
                "select push_id from before.raw_snapcrm.pushes except select push_id from restored.raw_snapcrm.pushes"
            )
            ((count,),) = con.execute(f"select count(*) from ({missing})").fetchall()
    except duckdb.Error as error:
        if is_locked(error):
            raise NotRestored(f"Another program has {warehouse.raw} open; close it first.") from error
        # a file that cannot be read is why people restore
        return []
    if not count:
        return []
    attempts = "1 attempt" if count == 1 else f"{count:,} attempts"
    return [
        f"{attempts} to send leads to SnapCRM came after the backup, which does not know of them: import SnapCRM's"
        " leads (leadpath import-leads) before you push again."
    ]


def _put_aside(settings: Settings, warehouse: Warehouse) -> Path:
    folder = warehouse.internal / f"before-restore-{settings.now:%Y%m%dT%H%M%SZ}"
    number = 1
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{folder.name.partition('.')[0]}.{number}")
    folder.mkdir(mode=0o700)
    note(warehouse.internal, folder / warehouse.raw.name)
    # the file first: without it nobody takes up its log
    for each in (warehouse.raw, log_of(warehouse.raw)):
        if each.exists():
            each.replace(folder / each.name)
    return folder


def _write_files(settings: Settings, warehouse: Warehouse, files: Files) -> list[str]:
    """Put lists and memories where there are none; what stays although the backup has another is said."""
    notes = []
    # a memory of hashes is worth nothing without the key that they were made with
    has_memory = any((warehouse.internal / name).exists() for name in MEMORIES)
    for place, name, content in files:
        target = (settings.config_dir if place == "config" else warehouse.internal) / Path(name).name
        if place == "config" and target.exists():
            if target.read_bytes() != content:
                notes.append(f"{target} is another one than in the backup, and stays.")
        elif place == "config" or not has_memory:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o600)
    return notes
