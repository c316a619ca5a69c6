"""A sync: all vendors side by side, then one build and one publication; its records, and what it says at the end."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.build.build import Built, build
from pipelines.build.publish import held_by_a_writer, make_way
from pipelines.export.export import Exported, export_by_setting
from pipelines.failures import is_interrupt
from pipelines.runs import report as report_status
from pipelines.runs.account import Cost
from pipelines.runs.budgets import file_of
from pipelines.runs.catalog import settle
from pipelines.runs.progress import Progress
from pipelines.runs.wrong import problems
from pipelines.settings import Settings
from pipelines.sync.reading import Order, Run
from pipelines.sync.vendor import VendorRun
from pipelines.vendors import READABLE, TABLES
from pipelines.warehouse.counts import Count
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.quarantine import counts
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import Horizon
from sources.errors import LeadpathError
from sources.http.budget import Stop
from sources.http.ledger import mended

HISTORY_DAYS = 90


@dataclass
class Outcome:
    """How a run ended: `ok`, `partial` (something stopped, the rest is loaded and published) or `failed`."""

    run_id: str
    status: str = "ok"
    sentences: list[str] = field(default_factory=list)
    rows: int = 0
    left: int = 0
    out_of_time: bool = False
    built: Built | None = None
    exported: Exported | None = None
    quarantined: list[Count] = field(default_factory=list)
    # of a sentence: the vendor and resource that it is about
    places: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    costs: dict[tuple[str, str], Cost] = field(default_factory=dict)


def clock(settings: Settings) -> Callable[[], datetime]:
    """The moment that is now: fixed when LEADPATH_NOW is set, else the machine's clock."""
    return (lambda: settings.now) if settings.own.now else (lambda: datetime.now(UTC))


class Session:
    """One run of a command that writes: its id, its records, and a status file that is true at every moment."""

    def __init__(self, settings: Settings, command: str, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.clock = clock(settings)
        self.warehouse = Warehouse(settings.data_dir)
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:6]}"
        self.vendor_runs: dict[str, VendorRun] = {}
        self.record: dict[str, Any] = {
            "run_id": self.run_id,
            "started_at": self.clock(),
            "ended_at": None,
            "status": "running",
            "command": command,
            "error": None,
        }
        self._lock = threading.Lock()
        self._status_written = 0.0
        self._is_told = True

    def begin(self) -> None:
        """Make what is missing and note that the run has begun."""
        with self.warehouse.kept_open():
            self.warehouse.create()
            with self.warehouse.turn() as con:
                Records(con).belong_to(self.settings.tenant, self.warehouse.raw)
            if mended(budgets := file_of(self.settings)):
                self.progress.say(f"Warning: {budgets} could not be read; it is made again.")
            for vendor, tables in TABLES.items():
                Loader(self.warehouse, vendor, tables).prepare()
            with self.warehouse.turn() as con:
                Records(con).begin(self.run_id, self.record["started_at"], self.record["command"])
            document = self.write_status()
        # a run that was killed could not tell of itself, and may end so again
        if any(problem["kind"] == "run" for problem in document["problems"]):
            self.alert(document)

    def write_status(self) -> dict[str, Any]:
        """Replace the status file; what it says."""
        with self._lock:
            document = report_status.describe(self.warehouse, self.settings, self.record, self.vendor_runs)
            report_status.write(self.warehouse.status_file, document)
            self._status_written = time.monotonic()
        return document

    def has_news(self) -> None:
        """Something is done that the status file does not tell yet."""
        self._is_told = False

    def tell_news(self) -> None:
        """Replace the status file where there is news, once a second at most: a window may take a tenth of one."""
        if not self._is_told and time.monotonic() - self._status_written >= 1:
            self._is_told = True
            # on a full disk too, the vendors decide what becomes of the run, and its end writes the file again
            with suppress(OSError, duckdb.Error):
                self.write_status()

    @contextmanager
    def recorded(self, outcome: Outcome) -> Iterator[None]:
        """A run from its beginning to its end: what stops the block is noted, and a fault of ours raised further."""
        with ExitStack() as kept:
            kept.enter_context(self.warehouse.kept_open())
            self.begin()
            if not held_by_a_writer(self.warehouse.published):
                for warning in make_way(self.warehouse.published):
                    self.progress.say(f"Warning: {warning}")
            try:
                yield
            except LeadpathError as error:
                outcome.status = "failed"
                outcome.sentences.append(str(error))
            except BaseException as error:
                kind = KeyboardInterrupt if is_interrupt(error) else type(error)
                outcome.status = "interrupted" if kind is KeyboardInterrupt else "failed"
                outcome.sentences.append(f"the run was stopped ({kind.__name__})")
                raise
            finally:
                # DuckDB takes nothing more from what was open when the disk was full
                kept.close()
                self.end(outcome)

    def build(self, outcome: Outcome, *, full: bool = False, always: bool = False) -> None:
        """Build and publish what is loaded, as part of this run, and export it by setting. Raises BuildFailed."""
        now = self.clock()
        error = " ".join(outcome.sentences) or None
        ended = self.record | {"ended_at": now, "status": outcome.status, "error": error}
        with self.warehouse.released():
            outcome.built = build(self.warehouse, self.settings, ended, now, full=full, always=always, clock=self.clock)
        try:
            outcome.exported = export_by_setting(self.settings)
        except LeadpathError as failure:
            # what people read is published all the same
            outcome.status = "partial"
            outcome.sentences.append(str(failure))

    def end(self, outcome: Outcome) -> None:
        """Note how the run ended."""
        error = " ".join(outcome.sentences) or None
        self.record |= {"ended_at": self.clock(), "status": outcome.status, "error": error}
        with self.warehouse.kept_open():
            with self.warehouse.turn() as con:
                records = Records(con)
                records.end(self.run_id, self.record["ended_at"], outcome.status, error)
                if self.vendor_runs and outcome.status != "interrupted":
                    _remember_failed(records, self.vendor_runs)
            document = self.write_status()
        # who stopped it knows, and waits for it to end
        if outcome.status != "interrupted":
            self.alert(document)

    def alert(self, document: Mapping[str, Any]) -> None:
        """Tell the webhook, where there is one, what is wrong by this status."""
        if not (url := self.settings.own.alert_webhook.get_secret_value()):
            return
        from pipelines.runs.alerts import tell

        aside = [Count(**count) for count in document["quarantine"]]
        tell(self.warehouse.internal, url, self.settings.data_dir, problems(document, self.settings), aside)


def _remember_failed(records: Records, runs: Mapping[str, VendorRun]) -> None:
    """Which vendors, and which of their resources, stopped when they were last read: other runs do not change it."""
    failed = json.loads(records.fact(report_status.FAILED) or "{}")
    for name, run in runs.items():
        failed.pop(name, None)
        if run.failures:
            failed[name] = sorted({failure.resource for failure in run.failures if failure.resource})
    records.remember(report_status.FAILED, json.dumps(failed))


def start_of_history(session: Session) -> datetime:
    """The first UTC day of the history: the setting, else 90 days before the first run, remembered."""
    settings = session.settings
    with session.warehouse.turn() as con:
        records = Records(con)
        if settings.own.start_date:
            first = settings.own.start_date
        elif remembered := records.fact("start_date"):
            return datetime.fromisoformat(remembered)
        else:
            first = settings.now.date() - timedelta(days=HISTORY_DAYS)
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        if records.fact("start_date") is None:
            records.remember("start_date", start.isoformat())
    return start


def sync(
    settings: Settings,
    vendors: Sequence[str],
    order: dict[str, Order],
    progress: Progress,
    *,
    command: str,
    with_build: bool = True,
) -> Outcome:
    """Load what is new or changed, build, test and publish. The caller holds the lock.

    Raises KeyboardInterrupt after the windows in hand are dropped and the run is noted as interrupted.
    """
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        _load(session, vendors, order, outcome)
        with session.warehouse.turn() as con:
            outcome.quarantined = counts(con, session.run_id)
        if with_build and outcome.status != "failed":
            session.build(outcome)
    if outcome.status != "failed":
        settle(settings)
    return outcome


def _load(session: Session, vendors: Sequence[str], order: dict[str, Order], outcome: Outcome) -> None:
    # Arrow's own allocator keeps what is freed, a hundred megabytes of it
    pa.set_memory_pool(pa.system_memory_pool())
    settings = session.settings
    stop = Stop(settings.own.max_run.total_seconds())
    horizon = Horizon(start_of_history(session), settings.now, settings.own.lookback_days, settings.own.reread_days)
    run = Run(session.run_id, settings, session.warehouse, horizon, stop, session.progress, session.clock)
    session.vendor_runs = {name: VendorRun(run, READABLE[name], order.get(name, Order())) for name in vendors}
    session.progress.changed = session.has_news
    threads = [
        threading.Thread(target=vendor_run.execute, name=name, daemon=True)
        for name, vendor_run in session.vendor_runs.items()
    ]
    with session.progress.shown():
        try:
            for thread in threads:
                thread.start()
            # not by `join`: interrupted in there, Python 3.11 takes the thread for ended and waits no more below
            pause = threading.Event()
            while any(thread.is_alive() for thread in threads):
                pause.wait(0.05)
                session.tell_news()
        except BaseException:
            # a signal too, which some libraries make an error of their own of
            stop.now()
            for thread in threads:
                thread.join(30)
            raise
    _judge(session.vendor_runs, outcome)


def _judge(runs: dict[str, VendorRun], outcome: Outcome) -> None:
    failures = [failure for run in runs.values() for failure in run.failures]
    outcome.sentences += [failure.sentence for failure in failures if not failure.again]
    for name, run in runs.items():
        outcome.costs |= {(name, resource): cost for resource, cost in run.costs.items()}
        outcome.places |= {failure.sentence: (name, failure.resource or None) for failure in run.failures}
    costs = [cost for run in runs.values() for cost in run.costs.values()]
    outcome.rows = sum(cost.rows for cost in costs)
    outcome.out_of_time = any(run.out_of_time for run in runs.values())
    outcome.left = sum(cost.left for run in runs.values() if run.out_of_time for cost in run.costs.values())
    if failures:
        done = any(cost.requests for run in runs.values() if not run.failures for cost in run.costs.values())
        outcome.status = "partial" if done or outcome.rows else "failed"


def build_alone(settings: Settings, progress: Progress, *, command: str, full: bool) -> Outcome:
    """Build and publish what is loaded. The caller holds the lock."""
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        session.build(outcome, full=full, always=True)
    return outcome
