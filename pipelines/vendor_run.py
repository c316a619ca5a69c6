"""One vendor's part of a sync: what is due, newest first, each window read, stored and recorded."""

import hashlib
import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.loading import Loader
from pipelines.progress import Progress
from pipelines.settings import Settings
from pipelines.warehouse import Records, Warehouse
from pipelines.windows import Horizon, Planned, Reason, midnight, plan, requested
from sources.budget import Budget, Limit, Stop
from sources.client import Completeness
from sources.errors import OutOfTime, SourceError, VendorRefused, VendorUnavailable
from sources.resource import Resource, Task, Vendor, Window, read_all
from sources.schema import Batch

PARENTS_AT_ONCE = 200


@dataclass(frozen=True)
class Job:
    """One reading that is due."""

    resource: Resource
    scope: str
    planned: Planned
    dated: bool = True
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """What stopped, and the sentence that says why and what to do."""

    resource: str
    scope: str
    sentence: str


@dataclass
class Cost:
    """What one resource cost in this run, and brought."""

    rows: int = 0
    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    unknown: set[str] = field(default_factory=set)
    left: int = 0


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
    """Reads one vendor. `failures` says what stopped; everything else goes on."""

    def __init__(self, run: Run, vendor: Vendor, order: Order) -> None:
        self.run = run
        self.vendor = vendor
        self.order = order
        self.failures: list[Failure] = []
        self.costs: dict[str, Cost] = {}
        self.budgets: list[Budget] = []
        self.out_of_time = False
        self._dead: set[tuple[str, str]] = set()
        self._unavailable = 0
        chosen = run.settings.resources(vendor.name)
        self.resources = [r for r in vendor.resources if chosen is None or r.name in chosen]

    def execute(self) -> None:
        """Do everything that is due. Never raises: a fault of ours becomes a failure with a file to send us."""
        try:
            assert self.vendor.connect is not None
            self.api = self.vendor.connect(self.run.settings.values, self._budget, self.run.stop)
            self.loader = Loader(self.run.warehouse, self.vendor.name, self.vendor.tables)
            self.loader.prepare()
            self._everything()
        except OutOfTime:
            self.out_of_time = True
        except VendorStopped:
            pass
        except SourceError as error:
            self.failures.append(Failure("", "", str(error)))
        except Exception as error:
            file = self.run.warehouse.internal / "last_error.txt"
            file.write_text(traceback.format_exc())
            self.failures.append(
                Failure(
                    "", "", f"{self.vendor.title}: unexpected {type(error).__name__}; {file} says where. This is a bug."
                )
            )
        finally:
            self._record_costs()

    def _everything(self) -> None:
        scope_givers = {resource.scoped_by[0] for resource in self.resources if resource.scoped_by}
        lists = [r for r in self.vendor.resources if r.cadence == "daily" and not r.parents]
        self._scope_givers = {resource.scoped_by for resource in self.resources if resource.scoped_by}
        roots = [r for r in lists if not r.scoped_by and (r in self.resources or r.tables[0].name in scope_givers)]
        if self.order.days:
            # somebody asks for certain days: lists have none, and are read only where they give the scopes
            lists = roots = [r for r in roots if r.tables[0].name in scope_givers]
        self._do([job for resource in roots for job in self._daily(resource)])
        windows = sorted(
            (job for r in self.resources if r.cadence == "windows" for job in self._windows(r)),
            key=lambda job: job.planned.window.end,
            reverse=True,
        )
        backlog = [job for job in windows if job.planned.reason == "backfill"]
        newest = {(job.resource.name, job.scope): job for job in reversed(windows)}
        first = [job for job in windows if job not in backlog or newest[job.resource.name, job.scope] is job]
        rest = [job for job in windows if job not in first]
        for job in windows:
            self._cost(job.resource).left += 1
        self._do(first)
        self._do([job for r in lists if r.scoped_by and r in self.resources for job in self._daily(r)])
        children = [r for r in self.resources if r.cadence == "daily" and r.parents]
        self._do([job for r in children for job in self._children(r)])
        self._do(rest)
        if rest:
            self._do([job for r in children for job in self._children(r)])

    def _do(self, jobs: list[Job]) -> None:
        for job in jobs:
            if (job.resource.name, job.scope) in self._dead or ("", job.scope) in self._dead:
                continue
            if self.run.stop.due:
                raise OutOfTime("the run's time is up")
            self._attempt(job)

    def _attempt(self, job: Job) -> None:
        client = self.api.client
        before = (client.sent, client.retries, client.waited)
        cost = self._cost(job.resource)
        try:
            self._read(job, cost)
            self._unavailable = 0
            cost.left = max(cost.left - 1, 0)
        except OutOfTime:
            raise
        except SourceError as error:
            self._fail(job, error)
        finally:
            cost.requests += client.sent - before[0]
            cost.retries += client.retries - before[1]
            cost.waited += client.waited - before[2]
            client.completeness.clear()
            self.run.progress.window(self.vendor.name, job.resource.name, self.costs, self.budgets)

    def _read(self, job: Job, cost: Cost) -> None:
        window = job.planned.window
        task = Task(
            scope=job.scope,
            window=window if job.dated and job.resource.cadence == "windows" else None,
            since=min(self.run.horizon.since, window.start),
            now=self.run.horizon.now,
            parents=job.parents,
        )
        for done, batches in read_all(job.resource, self.api, task):
            rows = self.loader.load(batches)
            walks = list(self.api.client.completeness)
            self.api.client.completeness.clear()
            missing = [w for w in walks if w.api_count is not None and w.received_count < w.api_count]
            self._record(job, done.window or window, batches, walks, finished=not missing)
            cost.rows += rows
            cost.unknown |= {f"{b.table.name}.{name}" for b in batches for name in b.unknown}
            self.run.progress.loaded(self.vendor.name, job.resource.name, str(done.window or window), rows)
            for walk in missing:
                self._fail(job, SourceError(_missing(self.vendor.title, walk, done.window or window)))

    def _record(
        self, job: Job, window: Window, batches: list[Batch], walks: list[Completeness], *, finished: bool
    ) -> None:
        name, main = self.vendor.name, job.resource.tables[0]
        with self.run.warehouse.turn() as con:
            records = Records(con)
            con.begin()
            records.walked(self.run.run_id, name, walks, window)
            records.quarantine(self.run.run_id, name, [misfit for batch in batches for misfit in batch.misfits])
            if job.parents:
                records.read_parents(name, job.resource.name, job.scope, job.parents, self.run.horizon.now)
            if finished:
                self._remember_scopes(records, batches)
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

    def _fail(self, job: Job, error: SourceError) -> None:
        """Note the failure and stop what it reaches: the credential, the scope, or this resource of this scope."""
        self.failures.append(Failure(job.resource.name, job.scope, str(error)))
        self._dead.add((job.resource.name, job.scope))
        if isinstance(error, VendorRefused) and error.status in (401, 403):
            if error.status == 401 or not job.scope:
                raise VendorStopped from error
            self._dead.add(("", job.scope))
        if isinstance(error, VendorUnavailable):
            self._unavailable += 1
            if self._unavailable > 1:
                raise VendorStopped from error

    def _daily(self, resource: Resource) -> Iterator[Job]:
        """Lists that were not read today (UTC), or whose refresh was asked for."""
        today = midnight(self.run.horizon.now)
        for scope in self._scopes(resource):
            refresh = resource.name in self.order.refresh
            with self.run.warehouse.turn() as con:
                last = Records(con).last_as_of(self.vendor.name, resource.name, scope)
            if refresh or last is None or last < today:
                reason: Reason = "refresh" if refresh else "daily"
                yield Job(resource, scope, Planned(Window(today, self.run.horizon.now), reason))

    def _windows(self, resource: Resource) -> Iterator[Job]:
        horizon = self.run.horizon
        for scope in self._scopes(resource):
            if self.order.days:
                end = min(self.order.days.end, max(horizon.now, self.order.days.start + timedelta(seconds=1)))
                yield from (
                    Job(resource, scope, one)
                    for one in requested(self.order.days.start, end, resource.longest, "requested")
                )
                continue
            with self.run.warehouse.turn() as con:
                records = Records(con)
                if resource.name in self.order.refresh:
                    records.forget_windows(self.vendor.name, resource.name)
                finished = records.finished(self.vendor.name, resource.name, scope)
            planned = plan(finished, horizon, resource.longest)
            again = [one for one in planned if one.reason == "reread"]
            if again and resource.full_reread:
                # a full list has no dates: it shows also what changed without a visit
                whole = Window(again[-1].window.start, horizon.now)
                yield Job(resource, scope, Planned(whole, "reread"), dated=False)
                planned = [one for one in planned if one.reason != "reread"]
            yield from (Job(resource, scope, one) for one in planned)

    def _children(self, resource: Resource) -> Iterator[Job]:
        """Readings of parents that were not asked for today, some at a time."""
        if self.order.days:
            return
        today = midnight(self.run.horizon.now)
        found: set[str] = set()
        with self.run.warehouse.turn() as con:
            records = Records(con)
            for table, column in resource.parents:
                path = f"raw_{self.vendor.name}.{table}"
                found |= {row[0] for row in records.rows(f"select distinct {column} from {path} where {column} <> ''")}
            if resource.name not in self.order.refresh:
                found -= records.parents_read(self.vendor.name, resource.name, "", today)
        parents = sorted(found)
        for start in range(0, len(parents), PARENTS_AT_ONCE):
            part = tuple(parents[start : start + PARENTS_AT_ONCE])
            yield Job(resource, "", Planned(Window(today, self.run.horizon.now), "daily"), parents=part)

    def _remember_scopes(self, records: Records, batches: list[Batch]) -> None:
        """The scopes are those of the last list: raw keeps also what the vendor no longer has."""
        for table, column in self._scope_givers:
            listed = [batch.arrow.column(column).to_pylist() for batch in batches if batch.table.name == table]
            if listed:
                values = sorted({value for column in listed for value in column})
                records.remember(f"scopes {self.vendor.name}.{table}", json.dumps(values))

    def _scopes(self, resource: Resource) -> list[str]:
        """The scopes that the vendor's own list held when it was last read."""
        if resource.scoped_by is None:
            return [""]
        with self.run.warehouse.turn() as con:
            remembered = Records(con).fact(f"scopes {self.vendor.name}.{resource.scoped_by[0]}")
        return list(json.loads(remembered)) if remembered else []

    def _cost(self, resource: Resource) -> Cost:
        return self.costs.setdefault(resource.name, Cost())

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


class VendorStopped(Exception):
    """Nothing more can be read from this vendor in this run; its failures say why."""


def _missing(title: str, walk: Completeness, window: Window) -> str:
    return (
        f"{title} {walk.resource} {window}: the API counts {walk.api_count} rows and gave {walk.received_count}."
        " What came is loaded; the next sync asks for this window again."
    )
