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
from pipelines.build.state import SQL
from pipelines.build.warned import sentences
from pipelines.failures import ended
from pipelines.settings import Settings
from pipelines.warehouse.files import Warehouse
from sources.errors import LeadpathError

NAMES_SHOWN = 5
# what DuckDB says of a file whose blocks are not what it wrote
DAMAGE = ("Corrupt database file", "checksum", "Serialization Error")
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


class BuildFailed(LeadpathError):
    """Nothing was published; the message names the model, test or file that is to blame."""


@dataclass
class Results:
    """What dbt says of its nodes."""

    passed: int
    warned: list[Mapping[str, Any]]
    warnings: list[str] = field(default_factory=list)


def run_dbt(warehouse: Warehouse, settings: Settings, candidate: Path, *, since: str, full: bool) -> Results:
    """Run all models and tests into the candidate. Raises BuildFailed when dbt or one of them fails,
    and Damaged when that is for a block of a file that cannot be read."""
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
    found = _read_results(json.loads(results.read_text("utf-8")))
    with warehouse.loading():
        files = {candidate.stem: candidate, "raw": warehouse.raw, "build": warehouse.build}
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
        # the environment, since dbt parses the whole project anew when a var changes
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
