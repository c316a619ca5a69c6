"""What readings of one vendor share: its APIs, what they cost, and the one way into the raw tables and the records."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from sources.http.answers import Completeness
from sources.http.budget import Stop
from sources.rows.table import Batch
from sources.vendor import Followed, Resource, Task, Vendor
from sources.window import Window


@dataclass(frozen=True)
class Order:
    """What the caller of a sync asked for, beyond what is due."""

    days: Window | None = None
    refresh: tuple[str, ...] = ()


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

    def store(
        self, job: Job, window: Window, batches: Sequence[Batch], *, as_a_whole: bool = True, what: str = ""
    ) -> bool:
        """Load what was read and record it; whether all of it arrived that the API counted. Raises LoadFailed.

        `as_a_whole` is False for a part of a list, whose walk is not at its end. `what` is said instead of the window.
        """
        client = self.api(job.scope).client
        rows = self.loader.load(batches, still_missing=unproved(self.resources))
        walks = list(client.completeness) if as_a_whole else []
        client.completeness.clear()
        missing = [w for w in walks if w.api_count is not None and w.received_count < w.api_count]
        keyless = Counter(misfit.table for batch in batches for misfit in batch.misfits if misfit.column is None)
        finished = not missing and not keyless
        self._record(job, window, batches, walks, lost=keyless.total(), finished=finished)
        cost = self.cost(job.resource)
        with self.lock:
            cost.rows += rows
            cost.unknown |= {f"{b.table.name}.{name}" for b in batches for name in b.unknown}
        self.run.progress.loaded(self.vendor.name, job.resource.name, what or str(window), rows)
        for walk in missing:
            self.note(job, LeadpathError(_missing(self.vendor.title, walk, window)))
        for table, count in keyless.items():
            self.note(job, LeadpathError(_keyless(self.vendor, table, count, window)))
        return finished

    def mark_missing(self, resource: Resource, batches: Sequence[Batch]) -> None:
        """Rows of a whole list that it no longer holds stay, with the moment since when they are missing."""
        main = resource.tables[0]
        received = [batch.arrow.select(list(main.key)) for batch in batches if batch.table is main]
        if "missing_since" in main.ours and received:
            self.loader.mark(main, {}, self.run.horizon.now, besides=pa.concat_tables(received))

    def _record(
        self,
        job: Job,
        window: Window,
        batches: Sequence[Batch],
        walks: Sequence[Completeness],
        *,
        lost: int,
        finished: bool,
    ) -> None:
        name, main = self.vendor.name, job.resource.tables[0]
        with self.run.warehouse.turn() as con:
            records = Records(con)
            con.begin()
            records.walked(self.run.run_id, name, walks, window)
            quarantine.store(con, self.run.run_id, name, batches)
            if job.parents:
                records.read_parents(name, job.resource.name, job.scope, job.parents, self.run.horizon.now, job.marks)
            self._remember_scopes(records, batches, finished=finished)
            place = (con, name, job.resource.name, job.scope)
            if not finished:
                received = sum(walk.received_count for walk in walks)
                counted = sum(max(walk.api_count or 0, walk.received_count) for walk in walks) + lost
                now = self.run.horizon.now
                short_windows.note(*place, window, counted=counted, received=received, now=now)
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
                    rows=sum(len(batch.arrow) for batch in batches if batch.table is main),
                    reason=job.planned.reason,
                )
            con.commit()

    def _remember_scopes(self, records: Records, batches: Sequence[Batch], *, finished: bool) -> None:
        """The scopes are those of the last list: raw keeps also what the vendor no longer has. A partial list adds."""
        for table, column in self.scope_givers:
            listed = [batch.arrow.column(column).to_pylist() for batch in batches if batch.table.name == table]
            if listed:
                name = f"scopes {self.vendor.name}.{table}"
                known = [] if finished else json.loads(records.fact(name) or "[]")
                records.remember(name, json.dumps(sorted({*known, *(value for column in listed for value in column)})))

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


def unproved(resources: Sequence[Resource]) -> frozenset[str]:
    """The tables whose rows stand for followed lists: only those lists can prove that they are not missing."""
    return frozenset(r.scope.table for r in resources if isinstance(r.cadence, Followed) and r.scope)


def _missing(title: str, walk: Completeness, window: Window) -> str:
    return (
        f"{title} {walk.resource} {window}: the API counts {walk.api_count} rows and gave {walk.received_count}."
        f" What came is loaded; later syncs ask for this window again, up to {short_windows.TRIES_A_DAY} times a day."
    )


def _keyless(vendor: Vendor, name: str, count: int, window: Window) -> str:
    table = next(table for table in vendor.tables if table.name == name)
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return (
        f"{vendor.title} {window}: {rows} no {' and '.join(table.key)} for raw_{vendor.name}.{table.name}, which is its"
        " key. They are kept aside whole: leadpath quarantine shows them."
    )
