"""`leadpath demo`: the sandbox as a process of its own, one sync of it, and what to look at next."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import settings as settings_module
from pipelines.cli.called import as_typed
from pipelines.failures import sentence_of
from pipelines.runs.lock import Held, exclusive
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import sync
from pipelines.vendors import READABLE
from pipelines.voice import ERROR
from pipelines.warehouse.files import Warehouse

ROOT = Path(__file__).resolve().parents[2]

# three questions, each with what it answers
QUERIES = (
    (
        "Which companies looked most, and when last?",
        "select company_name, domain, visit_count, pageview_count, last_touch_at from marts.company_360"
        " order by visit_count desc, company_key limit 10",
    ),
    (
        "Which channels bring companies?",
        "select channel, count(*) as visits, count(distinct company_key) as companies from marts.fct_sessions"
        " where is_primary group by channel order by visits desc",
    ),
    (
        "How many calls are answered, by day?",
        "select day, visits, visiting_companies, calls, answered_calls from marts.daily_activity"
        " order by day desc limit 7",
    ),
)


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """The five vendors on loopback, while the block runs: the settings that point to them."""
    # its standard input is ours to close: it ends with us, however we end
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start")
        environment: dict[str, str] = json.loads(line)["env"]
        yield environment
    finally:
        process.terminate()
        process.wait(10)


def run_demo(mine: Settings) -> int:
    """Sync the sandbox into an empty `<data dir>/demo`, and print what is there; the exit status."""
    folder = mine.data_dir / "demo"
    progress = Progress()
    try:
        with exclusive(Warehouse(folder).lock_file, "leadpath demo"), sandbox() as environment:
            _empty(Warehouse(folder))
            progress.say("Five sandboxed vendors are up on 127.0.0.1. The first sync reads 90 days of them.")
            kept = {name: value for name, value in os.environ.items() if name.startswith("LEADPATH_REPORT")}
            own = {"LEADPATH_DATA_DIR": str(folder), "LEADPATH_CONFIG_DIR": str(ROOT / "no-lists")}
            settings = settings_module.load({**kept, **environment, **own}, folder=folder)
            names = [name for name in READABLE if settings.has(name)]
            outcome = sync(settings, names, {}, progress, command="leadpath demo")
    except Held as error:
        progress.say(f"Not started: {error}.", ERROR)
        return 1
    except (OSError, duckdb.Error) as error:
        sentence = sentence_of(error, folder)
        if sentence is None:
            raise
        progress.say(sentence, ERROR)
        return 1
    for sentence in outcome.sentences:
        progress.say(sentence, ERROR)
    if outcome.status != "ok":
        return 1
    _look(folder, progress)
    return 0


def _empty(warehouse: Warehouse) -> None:
    """Each demo has a world of its own: what an earlier one left would mix with it."""
    for path in (warehouse.published, warehouse.status_file):
        path.unlink(missing_ok=True)
    for path in warehouse.internal.iterdir():
        if path != warehouse.lock_file:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _look(folder: Path, progress: Progress) -> None:
    file = folder / "leadpath.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        tables = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
        progress.say(f"\nPublished {file}:")
        for (table,) in tables:
            count = con.execute(f"select count(*) from marts.{table}").fetchone()
            progress.say(f"  marts.{table:<24} {count[0] if count else 0:>9,} rows")
    progress.say("\nThree questions to try (or open the file in any tool that reads DuckDB):")
    for question, sql in QUERIES:
        progress.say(f'\n  # {question}\n  LEADPATH_DATA_DIR={folder} {as_typed()} query "{sql}"')
