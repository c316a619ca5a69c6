"""What readings of one vendor share: its APIs, what they cost, and the one way into the raw tables and the records."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipelines.runs.account import Cost, Failure
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.job import Job
from pipelines.warehouse import quarantine, short_windows
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import Horizon
from sources.errors import LeadpathError
from sources.http.budget import Stop
from sources.rows.table import Batch, Column, Completeness
from sources.vendor import Followed, Resource, Task, Vendor, read_all
from sources.window import Window


@dataclass(frozen=True)
class Order:
    """What the caller of a sync asked for, beyond what is due. `sweep`: everything that the vendor still has."""

    days: Window | None = None
    refresh: tuple[str, ...] = ()
    sweep: bool = False


@dataclass
class Run:
    """What all vendors of a sync share. `clock` gives the real moment; `horizon.now` is fixed for the run."""

    run_id: str
    settings: Settings
    warehouse: Warehouse
    horizon: Horizon
    stop: Stop
    progress: Progress
    clock: Callable[[], datetime]


@dataclass
class Received:
    """What is known of a window whose parts are stored as they come.

    `rows` came of the main table, with the `keys` of those of a whole list; `stored` were new or changed; `keyless`
    had no key, by table; `scopes` are the values of the columns that give scopes; `walks` were made for it.
    """

    rows: int = 0
    stored: int = 0
    keyless: Counter[str] = field(default_factory=Counter)
    keys: list[pa.Table] = field(default_factory=list)
    scopes: dict[Column, set[str]] = field(default_factory=dict)
    walks: list[Completeness] = field(default_factory=list)

    def add(self, job: Job, batches: Sequence[Batch], stored: int, scope_givers: Collection[Column]) -> None:
        """Another part of it."""
        main = job.resource.tables[0]
        self.stored += stored
        self.walks += walks_of(batches)
        self.keyless.update(misfit.table for batch in batches for misfit in batch.misfits if misfit.column is None)
        for batch in batches:
            if batch.table is main:
                self.rows += len(batch.arrow)
                if job.sought:
                    self.keys.append(batch.arrow.select(job.sought))
            for column in scope_givers:
                if batch.table.name == column.table:
                    self.scopes.setdefault(column, set()).update(batch.arrow.column(column.name).to_pylist())


class Reading:
    """Stores and records what is read of one vendor. `failures` says what did not come.

    Scopes that have a credential each are read side by side, a thread each; `lock` guards what they share.
    """

    def __init__(self, run: Run, vendor: Vendor, order: Order) -> None:
        self.run = run
        self.vendor = vendor
        self.order = order
        self.failures: list[Failure] = []
        self.costs: dict[str, Cost] = {}
        self.lock = threading.Lock()
        self.apis: dict[str, Any] = {}
        self.parents_left: dict[tuple[str, str], int] = {}
        chosen = run.settings.resources(vendor.name)
        self.resources = [r for r in vendor.resources if chosen is None or r.name in chosen]
        self.scope_givers = {resource.scope for resource in self.resources if resource.scope}
        self.loader = Loader(run.warehouse, vendor.name, vendor.tables)

    def api(self, scope: str) -> Any:
        """The API to read a scope with."""
        return self.apis[scope] if scope in self.apis else self.apis[""]

    def task(self, job: Job) -> Task:
        """What a reading function is given of a job."""
        window = job.planned.window
        dated = job.dated and job.resource.dated
        return Task(
            scope=job.scope,
            window=window if dated else None,
            since=min(self.run.horizon.since, window.start),
            now=self.run.horizon.now,
            parents=job.parents,
            spans=job.spans,
        )

    def take(self, received: Received, job: Job, batches: Sequence[Batch]) -> None:
        """Load a part of what is read, and keep aside what of it did not fit. Raises LoadFailed."""
        rows = self.loader.load(batches, still_missing=unproved(self.resources))
        with self.run.warehouse.turn() as con:
            con.begin()
            quarantine.store(con, self.run.run_id, self.vendor.name, batches)
            con.commit()
        received.add(job, batches, rows, self.scope_givers)
        cost = self.cost(job.resource)
        with self.lock:
            cost.rows += rows
            cost.unknown |= {f"{b.table.name}.{name}" for b in batches for name in b.unknown}

    def store(self, job: Job, window: Window, batches: Sequence[Batch], *, what: str = "") -> bool:
        """Load what was read and record it; whether all of it arrived that the API counted. Raises LoadFailed.

        `what` is said instead of the window.
        """
        received = Received()
        self.take(received, job, batches)
        return self.finish(job, window, received, what=what)

    def read_in_parts(self, job: Job, task: Task) -> Iterator[tuple[Window | None, Received]]:
        """Read a window or a list in parts that are stored as they come; yields what was read to its end."""
        so_far: dict[Window | None, Received] = defaultdict(Received)

        def take(task: Task, part: Sequence[Batch]) -> None:
            self.take(so_far[task.window], job, part)

        for done in read_all(job.resource, self.api(job.scope), task, take):
            if self.finish(job, done.window or job.planned.window, so_far[done.window]):
                yield done.window, so_far[done.window]

    def finish(self, job: Job, window: Window, received: Received, *, what: str = "") -> bool:
        """Record a window that was taken; whether all of it arrived that the API counted."""
        walks = received.walks
        missing = [w for w in walks if w.api_count is not None and w.received_count < w.api_count]
        finished = not missing and not received.keyless
        self._record(job, window, received, finished=finished)
        self.run.progress.loaded(self.vendor.name, job.resource.name, what or str(window), received.stored)
        for walk in missing:
            self.note(job, LeadpathError(_missing(self.vendor.title, walk, window)))
        for table, count in received.keyless.items():
            self.note(job, LeadpathError(_keyless(self.vendor, table, count, window)))
        return finished

    def mark(self, job: Job, rows: pa.Table) -> None:
        """Note that the vendor no longer has these rows: they stay, with the moment since when they are missing."""
        if not len(rows):
            return
        self.loader.mark(job.resource.tables[0], rows, self.run.horizon.now)
        cost = self.cost(job.resource)
        with self.lock:
            cost.rows += len(rows)
        self.run.progress.missing(self.vendor.name, job.resource.name, len(rows))

    def _record(self, job: Job, window: Window, received: Received, *, finished: bool) -> None:
        name, walks = self.vendor.name, received.walks
        with self.run.warehouse.turn() as con:
            records = Records(con)
            con.begin()
            records.walked(self.run.run_id, name, walks, window)
            if job.parents:
                records.read_parents(name, job.resource.name, job.scope, job.parents, self.run.horizon.now, job.marks)
            self._remember_scopes(records, received, finished=finished)
            place = (con, name, job.resource.name, job.scope)
            if not finished:
                came = sum(walk.received_count for walk in walks)
                counted = sum(max(walk.api_count or 0, walk.received_count) for walk in walks)
                counted += received.keyless.total()
                short_windows.note(*place, window, counted=counted, received=came, now=self.run.horizon.now)
            else:
                # a whole list has no days: what an earlier reading lacked is made good
                dated = job.dated and job.resource.dated
                short_windows.settle(*place, window if dated else short_windows.EVER)
                records.finish(
                    self.run.run_id,
                    name,
                    job.resource.name,
                    job.scope,
                    window,
                    as_of=self.run.horizon.now,
                    finished_at=self.run.clock(),
                    rows=received.rows,
                    reason=job.planned.reason,
                )
            con.commit()

    def _remember_scopes(self, records: Records, received: Received, *, finished: bool) -> None:
        """The scopes are those of the last list: raw keeps also what the vendor no longer has. A partial list adds."""
        for column, listed in received.scopes.items():
            name = f"scopes {self.vendor.name}.{column.table}"
            known = [] if finished else json.loads(records.fact(name) or "[]")
            records.remember(name, json.dumps(sorted({*known, *listed})))

    @contextmanager
    def spending(self, job: Job) -> Iterator[None]:
        """What the block asks of the vendor counts for the job's resource."""
        client, cost = self.api(job.scope).client, self.cost(job.resource)
        before = (client.sent, client.retries, client.waited)
        try:
            yield
        finally:
            with self.lock:
                cost.requests += client.sent - before[0]
                cost.retries += client.retries - before[1]
                cost.waited += client.waited - before[2]

    def cost(self, resource: Resource) -> Cost:
        """What reading this resource has cost so far."""
        return self.costs.setdefault(resource.name, Cost())

    def count_left(self, resource: Resource, change: int) -> None:
        """More or less is left to do of a resource."""
        with self.lock:
            cost = self.cost(resource)
            cost.left = max(cost.left + change, 0)

    def set_left(self, resource: Resource, scope: str, parents: int) -> None:
        """So many parents of a scope are left to do, in place of what was said before."""
        change = parents - self.parents_left.get((resource.name, scope), 0)
        self.parents_left[resource.name, scope] = parents
        self.count_left(resource, change)

    def note(self, job: Job, error: LeadpathError) -> None:
        """Note a failure that stops nothing else."""
        self.failures.append(Failure(job.resource.name, job.scope, str(error)))


def walks_of(batches: Sequence[Batch]) -> list[Completeness]:
    """The walks that were made for these batches."""
    return [walk for batch in batches for walk in batch.walks]


def unproved(resources: Sequence[Resource]) -> frozenset[str]:
    """The tables whose rows stand for followed lists: only those lists can prove that they are not missing."""
    return frozenset(r.scope.table for r in resources if isinstance(r.cadence, Followed) and r.scope)


def _missing(title: str, walk: Completeness, window: Window) -> str:
    return (
        f"{title} {walk.resource} {window}: the API counts {walk.api_count} rows and gave {walk.received_count}."
        f" What came is loaded; later syncs ask for this window again, up to {short_windows.TRIES_A_DAY} times a day."
    )


def _keyless(vendor: Vendor, name: str, count: int, window: Window) -> str:
    table = vendor.table(name)
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return (
        f"{vendor.title} {window}: {rows} no {' and '.join(table.key)} for raw_{vendor.name}.{table.name}, which is its"
        " key. They are kept aside whole: leadpath quarantine shows them."
    )
