"""Children of parents that changed: read parent by parent, newest first, in chunks that load and are recorded.

A parent is due while a row that names it was loaded after its children were read. Since the loader stores only what
really changed, the newest load id of those rows is all that has to be remembered of a parent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipelines.sync.job import Job
from pipelines.sync.reading import Reading
from pipelines.warehouse.records import DueParent, Records
from pipelines.warehouse.windows import Planned
from sources.errors import LeadpathError, OutOfTime, VendorRefused
from sources.rows.parts import merged
from sources.rows.table import Batch
from sources.vendor import ChildrenOfChanged, Resource
from sources.window import Window

CHUNK = 100
# one parent that cannot be read keeps no other waiting; so many of them are no matter of the parent
MOST_FAILURES = 3
# seconds of waiting for the budget before which a chunk is loaded as far as it is read
PATIENCE = 1.0


def begin(run: Reading, resource: Resource, scope: str) -> None:
    """Forget what is to be read again, and show what an earlier run left to do."""
    if resource.name in run.order.refresh and not run.order.days:
        with run.run.warehouse.turn() as con:
            Records(con).forget_parents(run.vendor.name, resource.name, scope)
    count(run, resource, scope)


def count(run: Reading, resource: Resource, scope: str) -> None:
    """Say how many parents are due now."""
    run.set_left(resource, scope, len(_due(run, resource, scope)))


def due(run: Reading, resource: Resource, scope: str) -> list[Job]:
    """The parents that are due now, newest first, in chunks; with days asked for, those that have rows of them."""
    found = _due(run, resource, scope, run.order.days)
    run.set_left(resource, scope, len(found))
    return [_job(run, resource, scope, found[start : start + CHUNK]) for start in range(0, len(found), CHUNK)]


def read(run: Reading, job: Job) -> None:
    """Read one chunk. If something stops it, parents that were complete are loaded and recorded; the others stay due.

    They are also loaded before a wait for the budget, so that a run that is killed meanwhile has lost nothing.
    """
    api, task = run.api(job.scope), run.task(job)
    budget = api.client.budget_for(_spec(job.resource).route)
    done: dict[str, list[Batch]] = {}
    try:
        for parent in job.parents:
            if run.run.stop.due:
                raise OutOfTime("the run's time is up")
            if done and budget.ahead > PATIENCE:
                _store(run, job, done)
                done = {}
            try:
                done[parent] = list(job.resource.read(api, replace(task, parents=(parent,))))
            except LeadpathError as error:
                if isinstance(error, OutOfTime) or _concerns_all(run, job, error):
                    raise
                run.note(job, error)
    except LeadpathError:
        if done:
            _store(run, job, done)
        raise
    if done:
        _store(run, job, done)


def _store(run: Reading, job: Job, done: Mapping[str, list[Batch]]) -> None:
    spans = {parent: job.spans[parent] for parent in done}
    marks = {parent: job.marks[parent] for parent in done}
    left = run.parents_left[job.resource.name, job.scope] - len(done)
    run.set_left(job.resource, job.scope, left)
    part = replace(job, parents=tuple(done), spans=spans, marks=marks)
    batches = merged(batch for several in done.values() for batch in several)
    run.store(part, _around(spans.values()), batches, what=f"{len(done)} parents ({left:,} left)")


def _concerns_all(run: Reading, job: Job, error: LeadpathError) -> bool:
    if isinstance(error, VendorRefused) and error.status in (401, 403):
        return True
    return sum(failure.resource == job.resource.name for failure in run.failures) + 1 >= MOST_FAILURES


def _job(run: Reading, resource: Resource, scope: str, part: Sequence[DueParent]) -> Job:
    horizon = run.run.horizon
    spans = {one.parent: Window(one.start or horizon.since, one.end or horizon.now) for one in part}
    marks = {one.parent: one.mark for one in part}
    planned = Planned(_around(spans.values()), "parents")
    return Job(resource, scope, planned, parents=tuple(spans), spans=spans, marks=marks)


def _around(spans: Collection[Window]) -> Window:
    return Window(min(span.start for span in spans), max(span.end for span in spans))


def _due(run: Reading, resource: Resource, scope: str, days: Window | None = None) -> list[DueParent]:
    with run.run.warehouse.turn() as con:
        return Records(con).parents_due(run.vendor, resource.name, scope, _spec(resource), days)


def _spec(resource: Resource) -> ChildrenOfChanged:
    assert isinstance(resource.cadence, ChildrenOfChanged)
    return resource.cadence
