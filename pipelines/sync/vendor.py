"""One vendor's part of a sync: what is due, newest first, and what a failure stops."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.failures import sentence_of, unexpected
from pipelines.runs.account import Failure
from pipelines.runs.budgets import budgets_of
from pipelines.sync.cadences import changes as following
from pipelines.sync.cadences import children as parents
from pipelines.sync.cadences import lists as due
from pipelines.sync.job import Job
from pipelines.sync.missing import Sweeps
from pipelines.sync.reading import Order, Reading, Run
from pipelines.warehouse.records import Records
from sources.errors import LeadpathError, OutOfTime, ScopeGone, VendorRefused, VendorUnavailable
from sources.http.budget import Budget
from sources.limit import Limit
from sources.vendor import ChildrenOfChanged, Followed, ForEach, Resource, Vendor, Whole


class VendorRun(Reading):
    """Reads one vendor: what is due, in which order, and what a failure stops; everything else goes on."""

    def __init__(self, run: Run, vendor: Vendor, order: Order) -> None:
        super().__init__(run, vendor, order)
        self.budgets: list[Budget] = []
        self.out_of_time = False
        self.sweeps = Sweeps(self)
        self._dead: set[tuple[str, str]] = set()
        self._unavailable = 0

    def execute(self) -> None:
        """Do everything that is due. Never raises: a fault of ours becomes a failure with a file to send us."""
        with self._guarded():
            api = self.vendor.connected(self.run.settings.vendors[self.vendor.name], self._budget, self.run.stop)
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
        cost = self.cost(self.resources[0])
        for scope in self.vendor.scopes(api):
            cost.requests += scope.api.client.sent
            if scope.error:
                self.failures.append(Failure("", "", str(scope.error)))
            else:
                self.apis[scope.name] = scope.api

    def _scope(self, own: str) -> None:
        with self._guarded():
            children = self._of(ChildrenOfChanged)
            for resource in children:
                parents.begin(self, resource, own)
            may_ask = False
            try:
                self._everything(own)
                may_ask = True
            finally:
                for resource in children:
                    parents.count(self, resource, own)
                scopes = {scope for _, scope in list(self.sweeps.open) if (scope if scope in self.apis else "") == own}
                self.sweeps.close(scopes, may_ask=may_ask)

    def _everything(self, own: str) -> None:
        """All that is due of one credential: what gives the scopes, new data, lists, then what is left of history."""
        scope_givers = {column.table for column in self.scope_givers}
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
        try:
            with self.spending(job):
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
            for window, received in self.read_in_parts(job, self.task(job)):
                self.sweeps.add(job, window, received)

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

    def _budget(self, limit: Limit, credential: str) -> Budget:
        budget = budgets_of(self.run.settings, self.vendor.name, self.run.stop)(limit, credential)
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
