"""`leadpath forget`: a person or a company is erased everywhere, and kept from coming back.

Who is to be forgotten is remembered first, as a keyed hash: from then on no load brings them in, and the next build, by
any command, takes them out of raw and builds everything again. So a run that is killed is finished by the next one.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.backups.made import made
from pipelines.destination import FILE, destination
from pipelines.failures import ended
from pipelines.pages.report import write_report
from pipelines.people.access import of_raw
from pipelines.people.search import Found, search
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import Outcome, Session
from pipelines.texts.marks import EMAIL, PHONE, Mark, marks_in
from pipelines.vendors import TABLES
from pipelines.warehouse.clean import clean_file, remove, rewrite
from pipelines.warehouse.erase import erase
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.forgotten import Forgotten
from sources.errors import LeadpathError

# what a run leaves behind that ends badly; nobody reads it
LEFT = (
    ".leadpath.duckdb",
    "*.wal.aside",
    ".report.leadpath-*",
    ".docs.leadpath-*",
    ".status.json.*",
    "internal/last_error.txt",
    "internal/.*.new*",
    "internal/.*.json.*",
    "internal/.personal.key.*",
)


@dataclass
class Preview:
    """What a run would do: by raw table, how many rows would go and how many would change; and who else is in them.

    `also` are the other addresses and numbers of those rows, as they are compared.
    """

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    also: list[Mark] = field(default_factory=list)


def preview(settings: Settings, marks: frozenset[Mark]) -> Preview:
    """What would be erased; writes nothing. The caller holds the lock."""
    warehouse = Warehouse(settings.data_dir)
    sought = Forgotten(None)
    sought.add(marks)
    if not warehouse.raw.exists():
        return Preview()
    with warehouse.turn() as con:
        beside: set[Mark] = set()
        personal = {
            f"raw_{vendor}.{table.name}": {*table.personal.columns, *table.personal.tells}
            for vendor, tables in TABLES.items()
            for table in tables
        }
        for row in of_raw(con, sought):
            # who took a call is known by it too, and is somebody else
            texts = [str(value) for name, value in row["columns"].items() if name in personal.get(row["table"], ())]
            beside |= {mark for text in texts for mark in marks_in(text, (EMAIL, PHONE))}
        con.begin()
        counts = erase(con, TABLES, sought)
        con.rollback()
    return Preview(counts, sorted(mark for mark in beside if not sought.has(mark)))


@dataclass
class Forgetting:
    """What a run did: the outcome of run and build, what was searched afterwards, and what could not be reached."""

    outcome: Outcome
    found: Found = field(default_factory=Found)
    unreached: list[str] = field(default_factory=list)


def forget(settings: Settings, progress: Progress, marks: frozenset[Mark], *, command: str) -> Forgetting:
    """Erase everywhere, publish what is left, and look whether anything of them remains. The caller holds the lock.

    `command` is what is noted of the run, and names nobody.
    """
    session = Session(settings, command, progress)
    done = Forgetting(Outcome(session.run_id))
    warehouse = session.warehouse
    warehouse.internal.mkdir(parents=True, exist_ok=True)
    warehouse.forgotten.add(marks)
    # before the first sync there is nothing to be built, and nobody to be found
    if warehouse.raw.exists():
        with session.recorded(done.outcome):
            if settings.own.scratch:
                remove(settings.own.scratch)
            session.build(done.outcome, full=True, always=True)
            _write_pages(settings)
    for pattern in LEFT:
        for left in settings.data_dir.glob(pattern):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    backups = _erase_backups(warehouse, done)
    done.found = search([settings.data_dir, settings.config_dir, *_exported(settings), *backups], marks)
    return done


def _write_pages(settings: Settings) -> None:
    folder = settings.data_dir / "report"
    if not folder.exists():
        return
    try:
        write_report(settings)
    except LeadpathError:
        # no page is better than one that shows who was forgotten
        shutil.rmtree(folder, ignore_errors=True)


def _exported(settings: Settings) -> list[Path]:
    """The folder into which each publication is exported, this one too: nothing older stays there."""
    url = settings.own.export_url.get_secret_value()
    to = destination(url) if url else None
    return [to.folder] if to and to.kind == FILE else []


def _erase_backups(warehouse: Warehouse, done: Forgetting) -> list[Path]:
    """Erase in the backups that Leadpath made; those that are there."""
    try:
        listed = [Path(one["path"]) for one in made(warehouse.internal)]
    except ValueError as error:
        done.unreached.append(f"any backup: {error}")
        return []
    for path in listed:
        try:
            if path.exists():
                clean_file(path, TABLES, warehouse.forgotten)
                _renew_memory(path, warehouse)
                rewrite(path, warehouse.forgotten)
            elif not path.parent.is_dir():
                done.unreached.append(f"the backup {path}: its folder is not there now.")
        except (OSError, duckdb.Error) as error:
            done.unreached.append(f"the backup {path}: {ended(str(error).splitlines()[0])}")
    return [path for path in listed if path.exists()]


def _renew_memory(backup: Path, warehouse: Warehouse) -> None:
    """Have a restore on another machine know who was forgotten."""
    with duckdb.connect(str(backup)) as con:
        if not con.execute("from duckdb_tables() where schema_name = 'backup' and table_name = 'files'").fetchall():
            return
        for memory in warehouse.forgotten.files:
            con.execute("delete from backup.files where place = 'internal' and name = ?", [memory.name])
            con.execute("insert into backup.files values ('internal', ?, ?)", [memory.name, memory.read_bytes()])
