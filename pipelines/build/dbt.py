"""dbt as a process of its own: what it is given, and what it says of its nodes.

In our process it would keep the DuckDB files locked until we end.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.build.publish import Damaged
from pipelines.build.replay import keep, kept, replay
from pipelines.build.state import SQL, State
from pipelines.build.warned import sentences
from pipelines.failures import ended
from pipelines.settings import Settings
from pipelines.warehouse.files import Warehouse
from sources.errors import LeadpathError

PROCESS = Path(__file__).with_name("dbt_process.py")
RECORDING = "LEADPATH_RECORDING"
NAMES_SHOWN = 5
# what DuckDB says of a file whose blocks are not what it wrote
DAMAGE = ("Corrupt database file", "checksum", "Serialization Error")
# a file that keeps the intermediate tables, which are otherwise gone after a build
SCRATCH = "LEADPATH_SCRATCH"


class BuildFailed(LeadpathError):
    """Nothing was published; the message names the model, test or file that is to blame."""


@dataclass
class Results:
    """What dbt says of its nodes."""

    passed: int
    warned: list[Mapping[str, Any]]
    warnings: list[str] = field(default_factory=list)


def contact_vendors() -> list[str]:
    """Who knows people: each vendor with a model `stg_<vendor>__contacts`."""
    files = SQL.glob("models/staging/*/stg_*__contacts.sql")
    return sorted(file.stem.removeprefix("stg_").removesuffix("__contacts") for file in files)


def increment(warehouse: Warehouse, settings: Settings, candidate: Path, state: State, since: str) -> Results:
    """Make an increment as dbt would, without it where its statements are known. Raises as `run_dbt` does."""
    file = warehouse.internal / "dbt" / "increment.json"
    recording = None if settings.own.scratch else kept(file, state)
    if recording:
        with warehouse.loading():
            said_again = replay(recording, warehouse, candidate, since)
        if said_again is not None:
            if said_again[-1]["status"] in ("error", "fail"):
                # dbt is to say it itself the next time
                file.unlink()
            return _results({"results": said_again}, warehouse, settings, candidate)
    if settings.own.scratch:
        return run_dbt(warehouse, settings, candidate, since=since, full=False)
    said = warehouse.internal / "dbt" / "said.json"
    try:
        results = run_dbt(warehouse, settings, candidate, since=since, full=False, recording=said)
        manifest = json.loads((warehouse.internal / "dbt" / "target" / "manifest.json").read_text("utf-8"))
        keep(file, state, since, json.loads(said.read_text("utf-8")), manifest)
    finally:
        said.unlink(missing_ok=True)
    return results


def run_dbt(
    warehouse: Warehouse, settings: Settings, candidate: Path, *, since: str, full: bool, recording: Path | None = None
) -> Results:
    """Run all models and tests into the candidate; the statements are noted in `recording`.

    Raises BuildFailed when dbt or one of them fails, and Damaged when that is for a block that cannot be read.
    """
    target = warehouse.internal / "dbt" / "target"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    variables = {"report_timezone": settings.own.report_timezone, "contact_vendors": contact_vendors()}
    scratch = {SCRATCH: str(settings.own.scratch)} if settings.own.scratch else {}
    noted = {RECORDING: str(recording.resolve())} if recording else {}
    command = [
        *(sys.executable, "-P", str(PROCESS), "--quiet", "build"),
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
            env=_environment(warehouse, candidate, since) | scratch | noted,
            stdin=lifeline,
            capture_output=True,
            text=True,
            check=False,
        )
    if not results.exists():
        words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        last = ended(words[-1] if words else "it said nothing")
        raise BuildFailed(f"dbt could not start: {last} Nothing was published.")
    return _results(json.loads(results.read_text("utf-8")), warehouse, settings, candidate)


def _results(document: Mapping[str, Any], warehouse: Warehouse, settings: Settings, candidate: Path) -> Results:
    """What dbt's nodes came to; what they warn of is read from the files that they made."""
    found = _read_results(document)
    files = {candidate.stem: candidate, "raw": warehouse.raw, "build": warehouse.build}
    with warehouse.loading():
        target = warehouse.internal / "dbt" / "target"
        found.warnings = sentences(found.warned, target, files, settings.config_dir)
    return found


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
        # the environment, since dbt parses the whole project again when a var changes
        "LEADPATH_SINCE_LOAD": since,
        # what an increment asks is too little to be worth splitting: it costs less, and takes less long, without
        "LEADPATH_QUERY_THREADS": "1" if since else str(os.cpu_count() or 1),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "TZ": "UTC",
    }


def _read_results(document: Mapping[str, Any]) -> Results:
    passed, warned, broken = 0, [], []
    for node in document["results"]:
        kind, _, name = node["unique_id"].partition(".")
        name = name.split(".")[1] if kind in ("test", "unit_test") else name.split(".")[-1]
        words = " ".join(str(node.get("message") or "").split())[:200]
        if node["status"] in ("fail", "error", "runtime error"):
            broken.append(f"{kind.replace('_', ' ')} {name}: {words}")
        elif node["status"] == "warn":
            warned.append(node)
        elif node["status"] == "pass":
            passed += 1
    if broken and any(word in words for words in broken for word in DAMAGE):
        raise Damaged("; ".join(broken[:NAMES_SHOWN]))
    if broken:
        more = f" (and {len(broken) - NAMES_SHOWN} more)" if len(broken) > NAMES_SHOWN else ""
        raise BuildFailed(f"The build failed, nothing was published: {'; '.join(broken[:NAMES_SHOWN])}{more}")
    return Results(passed, warned)
