"""One vendor's part of a sync: what is due, newest first, each window read, stored and recorded."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipelines.failures import sentence_of, unexpected
from pipelines.runs.account import Cost, Failure
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.cadences import changes as following
from pipelines.sync.cadences import children as parents
from pipelines.sync.cadences import lists as due
from pipelines.sync.job import Job
from pipelines.warehouse import quarantine, short_windows
from pipelines.warehouse.files import Records, Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.windows import Horizon
from sources.errors import LeadpathError, OutOfTime, ScopeGone, VendorRefused, VendorUnavailable
from sources.http.answers import Completeness
from sources.http.budget import Budget, Stop
from sources.limit import Limit
from sources.rows.table import Batch
from sources.vendor import ChildrenOfChanged, Followed, ForEach, Resource, Task, Vendor, Whole, read_all
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


class VendorRun:
    """Reads one vendor. `failures` says what stopped; everything else goes on.

    Scopes that have a credential each are read side by side, a thread each; `lock` guards what they share.
    """

    def __init__(self, run: Run, vendor: Vendor, order: Order) -> None:
        self.run = run
        self.vendor = vendor
        self.order = order
        self.failures: list[Failure] = []
        self.costs: dict[str, Cost] = {}
        self.budgets: list[Budget] = []
        self.out_of_time = False
        self.lock = threading.Lock()
        self.apis: dict[str, Any] = {}
        self.parents_left: dict[tuple[str, str], int] = {}
        self._dead: set[tuple[str, str]] = set()
        self._unavailable = 0
        chosen = run.settings.resources(vendor.name)
        self.resources = [r for r in vendor.resources if chosen is None or r.name in chosen]

    def execute(self) -> None:
        """Do everything that is due. Never raises: a fault of ours becomes a failure with a file to send us."""
        with self._guarded():
            api = self.vendor.connected(self.run.settings.vendors[self.vendor.name], self._budget, self.run.stop)
            self.loader = Loader(self.run.warehouse, self.vendor.name, self.vendor.tables)
            self.loader.prepare()
            self._open(api)
            own = list(self.apis)
            threads = [threading.Thread(target=self._scope, args=(name,), name=name, daemon=True) for name in own[1:]]
            for thread in threads:
                thread.start()
            for name in own[:1]:
                self._scope(name)
            for thread in threads:
                thread.join()
        with self._guarded():
            self._record_costs()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OutOfTime:
            self.out_of_time = True
        except VendorStopped:
            pass
        except LeadpathError as error:
            self.failures.append(Failure("", "", str(error)))
        except Exception as error:
            folder = self.run.warehouse.data_dir
            words = sentence_of(error, folder) or unexpected(error, folder, self.run.settings.redact)
            self.failures.append(Failure("", "", f"{self.vendor.title}: {words}"))

    def _open(self, api: Any) -> None:
        """Find the scopes that have a credential of their own; what that costs counts for the first resource."""
        if self.vendor.scopes is None:
            self.apis = {"": api}
            return
        cost = self._cost(self.resources[0])
        for scope in self.vendor.scopes(api):
            cost.requests += scope.api.client.sent
            if scope.error:
                self.failures.append(Failure("", "", str(scope.error)))
            else:
                self.apis[scope.name] = scope.api

    def api(self, scope: str) -> Any:
        """The API to read a scope with."""
        return self.apis[scope] if scope in self.apis else self.apis[""]

    def _scope(self, own: str) -> None:
        with self._guarded():
            children = self._of(ChildrenOfChanged)
            for resource in children:
                parents.begin(self, resource, own)
            try:
                self._everything(own)
            finally:
                for resource in children:
                    parents.count(self, resource, own)

    def _everything(self, own: str) -> None:
        """All that is due of one credential: what gives the scopes, new data, lists, then what is left of history."""
        self._scope_givers = {resource.scope for resource in self.resources if resource.scope}
        scope_givers = {column.table for column in self._scope_givers}
        lists = [r for r in self.vendor.resources if isinstance(r.cadence, Whole)]
        roots = [r for r in lists if r.tables[0].name in scope_givers]
        # where somebody asks for certain days, lists have none, and are read only where they give the scopes
        others = [] if self.order.days else [r for r in lists if r in self.resources and r not in roots]
        followed = [] if self.order.days else self._of(Followed)
        dated = [r for r in self.resources if r.dated and r not in followed]
        self._do([job for resource in roots for job in due.daily(self, resource, own)])
        windows = sorted(
            (job for r in dated for job in due.windows(self, r, own)),
            key=lambda job: job.planned.window.end,
            reverse=True,
        )
        backlog = [job for job in windows if job.planned.reason == "backfill"]
        newest = {(job.resource.name, job.scope): job for job in reversed(windows)}
        first = [job for job in windows if job not in backlog or newest[job.resource.name, job.scope] is job]
        rest = [job for job in windows if job not in first]
        for job in windows:
            self.count_left(job.resource, 1)
        self._do([job for r in followed for job in following.changes(self, r, due.scopes(self, r, own))])
        self._do(first)
        self._do([job for r in others for job in due.daily(self, r, own)])
        each = [(r, r.cadence.columns) for r in self.resources if isinstance(r.cadence, ForEach)]
        self._do([job for r, columns in each for job in due.children(self, r, columns)])
        late: OutOfTime | None = None
        try:
            self._do(rest)
            self._do([job for r in followed for job in following.history(self, r, due.scopes(self, r, own))])
            self._do([job for r in followed for job in following.counted(self, r, due.scopes(self, r, own))])
            if rest:
                self._do([job for r, columns in each for job in due.children(self, r, columns)])
            self._do([job for r in (*dated, *followed) for job in due.again(self, r, own)])
        except OutOfTime as error:
            # the budget of another endpoint may have room left
            late = error
        for resource in self._of(ChildrenOfChanged):
            self._do(parents.due(self, resource, own))
        if late:
            raise late

    def _of(self, cadence: type[Followed | ChildrenOfChanged]) -> list[Resource]:
        return [resource for resource in self.resources if isinstance(resource.cadence, cadence)]

    def _do(self, jobs: list[Job]) -> None:
        for job in jobs:
            if (job.resource.name, job.scope) in self._dead or ("", job.scope) in self._dead:
                continue
            if self.run.stop.due:
                raise OutOfTime("the run's time is up")
            self._attempt(job)

    def _attempt(self, job: Job) -> None:
        client = self.api(job.scope).client
        before = (client.sent, client.retries, client.waited)
        cost = self._cost(job.resource)
        try:
            self._read(job)
            self._unavailable = 0
            if not job.spans:
                self.count_left(job.resource, -1)
        except OutOfTime:
            raise
        except ScopeGone:
            following.gone(self, job)
        except LeadpathError as error:
            self._stop(job, error)
        finally:
            with self.lock:
                cost.requests += client.sent - before[0]
                cost.retries += client.retries - before[1]
                cost.waited += client.waited - before[2]
            client.completeness.clear()
            self.run.progress.window(self.vendor.name, job.resource.name, self.costs, self.budgets)

    def _read(self, job: Job) -> None:
        if job.spans:
            parents.read(self, job)
        elif job.planned.reason == "changes":
            following.read_changes(self, job)
        elif isinstance(job.resource.cadence, Followed) and job.planned.reason in ("backfill", "again"):
            following.read_history(self, job)
        elif isinstance(job.resource.cadence, Followed) and job.planned.reason == "refresh":
            following.read_ids(self, job)
        else:
            task = self.task(job)
            for done, batches in read_all(job.resource, self.api(job.scope), task):
                finished = self.store(job, done.window or job.planned.window, batches)
                if finished and task.window is None and not job.parents:
                    self._mark_missing(job.resource, batches)

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
        rows = self.loader.load(batches, still_missing=following.unproved(self.resources))
        walks = list(client.completeness) if as_a_whole else []
        client.completeness.clear()
        missing = [w for w in walks if w.api_count is not None and w.received_count < w.api_count]
        keyless = Counter(misfit.table for batch in batches for misfit in batch.misfits if misfit.column is None)
        finished = not missing and not keyless
        self._record(job, window, batches, walks, lost=keyless.total(), finished=finished)
        cost = self._cost(job.resource)
        with self.lock:
            cost.rows += rows
            cost.unknown |= {f"{b.table.name}.{name}" for b in batches for name in b.unknown}
        self.run.progress.loaded(self.vendor.name, job.resource.name, what or str(window), rows)
        for walk in missing:
            self.note(job, LeadpathError(_missing(self.vendor.title, walk, window)))
        for table, count in keyless.items():
            self.note(job, LeadpathError(_keyless(self.vendor, table, count, window)))
        return finished

    def _mark_missing(self, resource: Resource, batches: Sequence[Batch]) -> None:
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

    def _stop(self, job: Job, error: LeadpathError) -> None:
        """Note the failure and stop what it reaches: the credential, the scope, or this resource of this scope."""
        again = isinstance(error, VendorUnavailable) and self._unavailable > 0
        self.failures.append(Failure(job.resource.name, job.scope, str(error), again))
        self._dead.add((job.resource.name, job.scope))
        if isinstance(error, VendorRefused) and error.status in (401, 403):
            if error.status == 401 or not job.scope:
                raise VendorStopped from error
            self._dead.add(("", job.scope))
        if isinstance(error, VendorUnavailable):
            self._unavailable += 1
            if self._unavailable > 1 or error.unreached:
                raise VendorStopped from error

    def _remember_scopes(self, records: Records, batches: Sequence[Batch], *, finished: bool) -> None:
        """The scopes are those of the last list: raw keeps also what the vendor no longer has. A partial list adds."""
        for table, column in self._scope_givers:
            listed = [batch.arrow.column(column).to_pylist() for batch in batches if batch.table.name == table]
            if listed:
                name = f"scopes {self.vendor.name}.{table}"
                known = [] if finished else json.loads(records.fact(name) or "[]")
                records.remember(name, json.dumps(sorted({*known, *(value for column in listed for value in column)})))

    def _cost(self, resource: Resource) -> Cost:
        return self.costs.setdefault(resource.name, Cost())

    def count_left(self, resource: Resource, change: int) -> None:
        """More or less is left to do of a resource."""
        with self.lock:
            cost = self._cost(resource)
            cost.left = max(cost.left + change, 0)

    def set_left(self, resource: Resource, scope: str, parents: int) -> None:
        """So many parents of a scope are left to do, in place of what was said before."""
        change = parents - self.parents_left.get((resource.name, scope), 0)
        self.parents_left[resource.name, scope] = parents
        self.count_left(resource, change)

    def note(self, job: Job, error: LeadpathError) -> None:
        """Note a failure that stops nothing else."""
        self.failures.append(Failure(job.resource.name, job.scope, str(error)))

    def _budget(self, limit: Limit, credential: str) -> Budget:
        # the credential's hash tells two tokens apart without being one
        name = f"{self.vendor.name}:{hashlib.sha256(credential.encode()).hexdigest()[:12]}"
        budget = Budget(limit, name, self.run.warehouse.internal / "budgets.sqlite", self.run.stop)
        self.budgets.append(budget)
        return budget

    def _record_costs(self) -> None:
        with self.run.warehouse.turn() as con:
            for name, cost in self.costs.items():
                Records(con).loaded(
                    self.run.run_id,
                    self.vendor.name,
                    name,
                    rows=cost.rows,
                    requests=cost.requests,
                    retries=cost.retries,
                    waited=cost.waited,
                    unknown=cost.unknown,
                )


class VendorStopped(LeadpathError):
    """Nothing more can be read from this vendor in this run; its failures say why."""


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
