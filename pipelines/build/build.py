"""From raw to a published file: reference lists, dbt on a candidate, its tests, checks, and the swap.

dbt runs as a process of its own, since in ours it would keep the DuckDB files locked until we end. It writes into a
candidate beside the published file, so a failed model or test leaves what people read as it was.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build import idle_overrides
from pipelines.build.publish import PublishFailed, check, held_by_a_writer, publish, published_state
from pipelines.build.reference import write_reference
from pipelines.failures import ended
from pipelines.lists.files import ListError, Lists, lists_hash, read_lists
from pipelines.settings import Settings
from pipelines.vendors import TABLES
from pipelines.warehouse.files import Records, Warehouse, create_file, quoted
from pipelines.warehouse.windows import midnight, union
from sources.errors import LeadpathError
from sources.window import Window

SQL = Path(__file__).resolve().parents[2] / "sql"
NAMES_SHOWN = 5
# dbt ends with us: after a kill it would keep the files locked, and write into them, while the next sync begins. What
# it makes lives until it ends, so to look through it for garbage as often as usual costs a twentieth of a small build.
DBT = """
import gc, os, threading
gc.set_threshold(100_000, 20, 20)
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
from dbt.cli.main import cli
cli()
"""
# a file in which to look at intermediate tables that are otherwise gone after a build
SCRATCH = "LEADPATH_SCRATCH"
State = dict[str, str]


class BuildFailed(LeadpathError):
    """Nothing was published; the message names the model, test or file that is to blame."""


@dataclass
class Built:
    """What a build did: nothing when nothing was new; else how, how many tests passed, and the rows of each mart."""

    skipped: bool = False
    full: bool = False
    tests_passed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


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
    state = _state(warehouse, settings, lists_hash(lists, *settings.own.own_domains))
    before = published_state(warehouse.published)
    known = {name: value for name, value in before.items() if name != "reference"}
    if state == known and not full and not always and warehouse.build.exists():
        return Built(skipped=True)
    if refusal := held_by_a_writer(warehouse.published):
        raise BuildFailed(refusal)
    create_file(warehouse.build, 0o600)
    _open_scratch(settings.own.scratch)
    full = full or not _fit(before, state) or _state_of_build_file(warehouse) != before
    _note_in_build_file(warehouse, {})
    since = "" if full else before["last_load"]
    state["reference"] = _write_reference(warehouse, lists, settings, since)
    full = full or before["reference"] != state["reference"]
    candidate = _candidate(warehouse, full=full)
    try:
        results = _dbt(warehouse, settings, candidate, since=before["last_load"] if not full else "", full=full)
        built = Built(full=full, tests_passed=results.passed, warnings=results.warnings)
        built.rows = check(candidate)
        built.warnings += idle_overrides.after_build(warehouse, candidate, settings, lists)
        moment = clock or (lambda: now)
        built.warnings += publish(warehouse, candidate, state, run, moment, built.tests_passed, built.rows)
        _note_in_build_file(warehouse, state)
    except PublishFailed as error:
        raise BuildFailed(str(error)) from error
    except duckdb.Error as error:
        raise BuildFailed(f"The build stopped: {ended(str(error).splitlines()[0])} Nothing was published.") from error
    finally:
        shutil.rmtree(candidate.parent, ignore_errors=True)
    return built


def _state(warehouse: Warehouse, settings: Settings, lists: str) -> State:
    """All that a build depends on: which raw file, its last load, the complete days, the SQL, the lists, the zone."""
    with warehouse.turn() as con:
        records = Records(con)
        generation = records.fact("generation")
        loads = [records.rows(f"select max(load_id) from raw_{vendor}._dlt_loads")[0][0] for vendor in TABLES]
        windows = records.rows(
            "select vendor, resource, scope, window_start, window_end, finished_at from ops.windows"
            " where reason <> 'daily'"
        )
    days: dict[tuple[str, str, str], list[Window]] = {}
    for vendor, resource, scope, start, end, finished_at in windows:
        # a day counts when it was read after it ended
        days.setdefault((vendor, resource, scope), []).append(Window(start, min(end, midnight(finished_at))))
    complete = {key: [(str(w.start), str(w.end)) for w in union(part)] for key, part in sorted(days.items())}
    return {
        "generation": str(generation),
        "last_load": max((load for load in loads if load), default=""),
        "days": hashlib.sha256(repr(complete).encode()).hexdigest(),
        "sql": sql_hash(SQL),
        "lists": lists,
        "timezone": settings.own.report_timezone,
    }


def sql_hash(folder: Path) -> str:
    """The hash of the dbt project in a folder, without its analyses: they only read what is published."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".sql", ".yml", ".csv") and not file.is_relative_to(folder / "analyses"):
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _fit(before: State, state: State) -> bool:
    """Whether the published file stems from the same raw file, by the same SQL and lists, and not from its future."""
    same = all(before.get(name) == state[name] for name in ("generation", "sql", "lists", "timezone"))
    return same and "" < before.get("last_load", "") <= state["last_load"]


def _state_of_build_file(warehouse: Warehouse) -> State:
    """What the intermediate models were built from; empty when no build came to its end since they were touched."""
    with duckdb.connect(str(warehouse.build)) as con:
        try:
            return dict(con.execute("select name, value from reference.build_state").fetchall())
        except duckdb.CatalogException:
            return {}


def _note_in_build_file(warehouse: Warehouse, state: State) -> None:
    # an increment adds to intermediate models as well as to marts, so both have to be of one build
    with warehouse.loading(), duckdb.connect(str(warehouse.build)) as con:
        con.execute("create schema if not exists reference")
        con.execute("create or replace table reference.build_state (name varchar, value varchar)")
        for item in state.items():
            con.execute("insert into reference.build_state values (?, ?)", list(item))


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
        shutil.copyfile(warehouse.published, file)
        file.chmod(0o600)
    return file


def _write_reference(warehouse: Warehouse, lists: Lists, settings: Settings, since: str) -> str:
    with warehouse.loading(), duckdb.connect() as con:
        con.execute(f"attach '{quoted(warehouse.raw)}' as raw (read_only)")
        con.execute(f"attach '{quoted(warehouse.build)}' as build")
        con.execute("set timezone = 'UTC'")
        return write_reference(con, lists, own_domains=settings.own.own_domains, since=since)


@dataclass
class Results:
    """What dbt says of its nodes."""

    passed: int
    warnings: list[str]


def _dbt(warehouse: Warehouse, settings: Settings, candidate: Path, *, since: str, full: bool) -> Results:
    target = warehouse.internal / "dbt" / "target"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    variables = {"report_timezone": settings.own.report_timezone}
    scratch = {SCRATCH: str(settings.own.scratch)} if settings.own.scratch else {}
    command = [
        *(sys.executable, "-c", DBT, "--quiet", "build"),
        *("--project-dir", str(SQL), "--profiles-dir", str(SQL)),
        *("--target-path", str(target.resolve()), "--log-path", str(target.resolve().with_name("logs"))),
        *("--vars", json.dumps(variables)),
        # unit tests are about the SQL, not about today's rows: the test suite runs them
        *("--exclude-resource-type", "unit_test"),
        *(["--full-refresh"] if full else []),
    ]
    with warehouse.loading(), _lifeline() as lifeline:
        done = subprocess.run(
            command,
            env=_environment(warehouse, candidate, since) | scratch,
            stdin=lifeline,
            capture_output=True,
            text=True,
            check=False,
        )
    if not results.exists():
        words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        last = ended(words[-1] if words else "it said nothing")
        raise BuildFailed(f"dbt could not start: {last} Nothing was published.")
    return _read_results(json.loads(results.read_text("utf-8")))


@contextmanager
def _lifeline() -> Iterator[int]:
    """The reading end of a pipe that ends when this process does, however it ends."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def _environment(warehouse: Warehouse, candidate: Path, since: str) -> dict[str, str]:
    """What dbt needs, and no secret."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")}
    return kept | {
        "LEADPATH_CANDIDATE": str(candidate.resolve()),
        "LEADPATH_RAW": str(warehouse.raw.resolve()),
        "LEADPATH_BUILD": str(warehouse.build.resolve()),
        # the environment, since dbt parses the whole project anew when a var changes
        "LEADPATH_SINCE_LOAD": since,
        # what an increment asks is too little to be worth splitting: it costs less, and takes less long, without
        "LEADPATH_QUERY_THREADS": "1" if since else str(os.cpu_count() or 1),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "TZ": "UTC",
    }


def _read_results(document: Mapping[str, Any]) -> Results:
    passed, warnings, broken = 0, [], []
    for node in document["results"]:
        kind, _, name = node["unique_id"].partition(".")
        name = name.split(".")[1] if kind in ("test", "unit_test") else name.split(".")[-1]
        words = " ".join(str(node.get("message") or "").split())[:200]
        if node["status"] in ("fail", "error", "runtime error"):
            broken.append(f"{kind.replace('_', ' ')} {name}: {words}")
        elif node["status"] == "warn":
            warnings.append(f"{name}: {words}")
        elif node["status"] == "pass":
            passed += 1
    if broken:
        more = f" (and {len(broken) - NAMES_SHOWN} more)" if len(broken) > NAMES_SHOWN else ""
        raise BuildFailed(f"The build failed, nothing was published: {'; '.join(broken[:NAMES_SHOWN])}{more}")
    return Results(passed, warnings)
