"""From raw to a published file: reference lists, dbt on a candidate, its tests, checks, and the swap.

dbt writes into a candidate beside the published file, so a failed model or test leaves what people read as it was.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build import idle_overrides
from pipelines.build.dbt import SCRATCH, BuildFailed, increment, run_dbt
from pipelines.build.publish import Damaged, PublishFailed, check, held_by_a_writer, publish, published_state
from pipelines.build.reference import write_reference
from pipelines.build.state import fits, note_in_build_file, state_of, state_of_build_file
from pipelines.failures import ended, is_full_disk
from pipelines.lists.files import ListError, Lists, lists_hash, read_lists
from pipelines.settings import Settings
from pipelines.vendors import TABLES
from pipelines.warehouse.clean import Counts, clean
from pipelines.warehouse.files import Warehouse, create_file, quoted

FULL_DISK = (
    "The disk that holds {} is full, so that nothing was published: a build needs room for a second published file."
    " Free some space, then run leadpath build."
)
REBUILT = "{} was damaged{}; everything was rebuilt from raw."


@dataclass
class Built:
    """What a build did: nothing when nothing was new; else how, how many tests passed, and the rows of each mart."""

    skipped: bool = False
    full: bool = False
    tests_passed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    # by raw table, how many rows went and how many changed, since they named somebody who was forgotten
    cleaned: Counts = field(default_factory=dict)


def build(
    warehouse: Warehouse,
    settings: Settings,
    run: Mapping[str, Any],
    now: datetime,
    *,
    full: bool,
    always: bool = False,
    clock: Callable[[], datetime] | None = None,
) -> Built:
    """Build, test and publish what is loaded. Without `always`, and with nothing new, does nothing.

    `run` is the record of the run that does it, as the published file is to show it: as ended now. `clock` gives the
    moment of the swap; without it that is `now` too.

    Raises BuildFailed; the published file is then what it was.
    """
    try:
        lists = read_lists(settings.config_dir)
    except ListError as error:
        raise BuildFailed(f"{error} Nothing was published.") from error
    # a file from a backup may hold who was forgotten since
    cleaned = clean(warehouse, TABLES) or {}
    state = state_of(warehouse, settings, lists_hash(lists, *settings.own.own_domains))
    before = published_state(warehouse.built)
    unreadable = warehouse.built.exists() and not before
    known = {name: value for name, value in before.items() if name != "reference"}
    is_whole = warehouse.built == warehouse.published or published_state(warehouse.published) == before
    if state == known and is_whole and not full and not always and warehouse.build.exists():
        return Built(skipped=True)
    if refusal := held_by_a_writer(warehouse.published):
        raise BuildFailed(refusal)
    create_file(warehouse.build, 0o600)
    _open_scratch(settings.own.scratch)
    full = full or not fits(warehouse, before, state) or state_of_build_file(warehouse) != before
    note_in_build_file(warehouse, {})
    since = "" if full else before["last_load"]
    state["reference"] = _write_reference(warehouse, lists, settings, since)
    full = full or before["reference"] != state["reference"]
    candidate = _candidate(warehouse, full=full)
    try:
        if full:
            results = run_dbt(warehouse, settings, candidate, since="", full=True)
        else:
            results = increment(warehouse, settings, candidate, state, before["last_load"])
        built = Built(full=full, tests_passed=results.passed, warnings=results.warnings, cleaned=cleaned)
        if unreadable:
            built.warnings.insert(0, REBUILT.format(warehouse.published, ""))
        built.rows = check(candidate)
        built.warnings += idle_overrides.after_build(warehouse, candidate, settings, lists)
        moment = clock or (lambda: now)
        built.warnings += publish(warehouse, candidate, state, run, moment, built.tests_passed, built.rows)
        note_in_build_file(warehouse, state)
    except Damaged as error:
        if full:
            raise BuildFailed(f"{error} Check the disk under {warehouse.internal}.") from error
        # an increment begins with a copy of the published file, which is made of raw: so make it of raw
        rebuilt = build(warehouse, settings, run, now, full=True, clock=clock)
        rebuilt.warnings.insert(0, REBUILT.format(warehouse.published, f" ({error})"))
        return rebuilt
    except (BuildFailed, PublishFailed, duckdb.Error, OSError) as error:
        if (words := what_failed(error, warehouse)) is None:
            raise
        raise BuildFailed(words) from error
    finally:
        shutil.rmtree(candidate.parent, ignore_errors=True)
    return built


def what_failed(error: Exception, warehouse: Warehouse) -> str | None:
    """What is said of an error that ended a build; None where it says that itself."""
    if is_full_disk(error):
        return FULL_DISK.format(warehouse.data_dir)
    if isinstance(error, duckdb.Error):
        return f"The build stopped: {ended(str(error).splitlines()[0])} Nothing was published."
    return str(error) if isinstance(error, PublishFailed) else None


def _open_scratch(file: Path | None) -> None:
    # for its owner alone: what people typed is in it
    if not file:
        return
    try:
        with duckdb.connect() as con:
            con.execute(f"attach '{quoted(file)}' as scratch")
        file.chmod(0o600)
    except (OSError, duckdb.Error) as error:
        raise BuildFailed(
            f"{SCRATCH}: {file} cannot be opened: {ended(str(error).splitlines()[0])}"
            " Name a new file in a folder that is there. Nothing was published."
        ) from error


def _candidate(warehouse: Warehouse, *, full: bool) -> Path:
    """The file that dbt writes: a copy of the published one, or an empty one. Its name is the catalog's name."""
    folder = warehouse.internal / "candidate"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / warehouse.published.name
    if full:
        create_file(file, 0o600)
    else:
        shutil.copyfile(warehouse.built, file)
        file.chmod(0o600)
    return file


def _write_reference(warehouse: Warehouse, lists: Lists, settings: Settings, since: str) -> str:
    with warehouse.loading(), duckdb.connect() as con:
        con.execute(f"attach '{quoted(warehouse.raw)}' as raw (read_only)")
        con.execute(f"attach '{quoted(warehouse.build)}' as build")
        con.execute("set timezone = 'UTC'")
        return write_reference(con, lists, own_domains=settings.own.own_domains, since=since)
