"""Lists that are followed by last change: new and changed rows in one request where all is quiet, history by creation.

Of each scope a fact is remembered: the newest change that was seen when the last reading began, and how many rows the
list counted then. It is fixed before the history is read, so that what changes meanwhile is found afterwards. The
history goes by creation, oldest first, and its windows say how far it came. Rows that went away show in the count:
then all are read again, and those that are held but no longer listed are marked.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sync import missing
from pipelines.sync.job import Job
from pipelines.sync.reading import Reading, walks_of
from pipelines.warehouse import short_windows
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import Planned, gaps, midnight, reread_is_due, union
from sources.errors import LeadpathError, OutOfTime
from sources.rows.parts import merged
from sources.rows.table import Batch, Table
from sources.vendor import Followed, Resource, Task
from sources.window import Window

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class State:
    """What is known of one scope: the `mark` of its newest change and its `count`, both as of `as_of`.

    `surplus` is by how many rows the count exceeded those held when all rows had just been read.
    """

    mark: datetime | None
    as_of: datetime
    count: int | None
    surplus: int = 0

    @classmethod
    def parse(cls, text: str) -> "State":
        """As `str` wrote it."""
        stored = json.loads(text)
        mark = datetime.fromisoformat(stored["mark"]) if stored["mark"] else None
        return cls(mark, datetime.fromisoformat(stored["as_of"]), stored["count"], stored["surplus"])

    def __str__(self) -> str:
        mark = self.mark.isoformat() if self.mark else None
        values = {"mark": mark, "as_of": self.as_of.isoformat(), "count": self.count, "surplus": self.surplus}
        return json.dumps(values)


def changes(run: Reading, resource: Resource, scopes: Sequence[str]) -> Iterator[Job]:
    """What changed lately, of each scope; and the weekly repetition of the last weeks, since not all changes show."""
    horizon = run.run.horizon
    for scope in scopes:
        with run.run.warehouse.turn() as con:
            if resource.name in run.order.refresh:
                Records(con).forget_windows(run.vendor.name, resource.name, scope)
            finished = Records(con).finished(run.vendor.name, resource.name, scope)
        yield Job(resource, scope, Planned(Window(horizon.now, horizon.now), "changes"))
        if reread_is_due(finished, horizon):
            begin = max(horizon.since, midnight(horizon.now) - timedelta(days=horizon.reread))
            yield Job(resource, scope, Planned(Window(begin, horizon.now), "reread"))


def history(run: Reading, resource: Resource, scopes: Sequence[str]) -> Iterator[Job]:
    """The stretches of history that were not read yet."""
    for scope in scopes:
        if _state(run, resource, scope) is not None:
            for gap in _gaps(run, resource, scope):
                run.count_left(resource, 1)
                yield Job(resource, scope, Planned(gap, "backfill"))


def counted(run: Reading, resource: Resource, scopes: Sequence[str]) -> Iterator[Job]:
    """The scopes whose history is whole and whose list counts other rows than are held."""
    for scope in scopes:
        state = _state(run, resource, scope)
        if state is None or state.as_of != run.run.horizon.now or state.count is None:
            continue
        with run.run.warehouse.turn() as con:
            short = short_windows.held(con, run.vendor.name, resource.name, scope)
        if any(not one.may_be_tried(run.run.horizon.now) for one in short):
            continue
        differs = _held(run, resource, scope) != state.count - state.surplus
        if not _gaps(run, resource, scope) and (run.order.sweep or differs):
            yield Job(resource, scope, Planned(Window(run.run.horizon.since, run.run.horizon.now), "refresh"))


def read_changes(run: Reading, job: Job) -> None:
    """Read down to the mark of the last reading, or one page where there is none, and move the mark."""
    horizon, spec = run.run.horizon, _spec(job.resource)
    state = _state(run, job.resource, job.scope)
    # a mark of before that is later than our clock would skip what changes until then
    mark = min(state.mark, horizon.now) if state and state.mark else None
    window = Window(mark, horizon.now) if mark else None
    latest = spec.latest(run.api(job.scope), Task(job.scope, window, horizon.since, horizon.now))
    if latest.whole:
        covered = Window(horizon.since, horizon.now)
    else:
        covered = Window(state.as_of if state and mark else horizon.now, horizon.now)
    run.store(job, covered, latest.batches)
    if latest.whole:
        _mark_missing(run, job, latest.batches)
    surplus = state.surplus if state else 0
    _remember(run, job, State(latest.mark or mark, horizon.now, latest.count, surplus))
    _set_missing(run, job, None)


def read_history(run: Reading, job: Job) -> None:
    """Read one stretch by creation, oldest first. If something stops it, what was read is loaded and recorded."""
    start, end = job.planned.window.start, job.planned.window.end
    part: list[Batch] = []

    def store() -> datetime:
        created = pa.chunked_array([batch.arrow.column(_spec(job.resource).created) for batch in part])
        until = max(start, pc.max(created).as_py() or start)
        run.store(job, Window(start, until), merged(part))
        part.clear()
        return until

    try:
        for batch in job.resource.read(run.api(job.scope), run.task(job)):
            part.append(batch)
            if run.run.stop.due:
                raise OutOfTime("the run's time is up")
            if sum(len(batch.arrow) for batch in part) >= ROWS_AT_ONCE:
                start = store()
    except LeadpathError:
        if part:
            store()
        raise
    run.store(job, Window(start, end), merged(part))


def read_ids(run: Reading, job: Job) -> None:
    """Read all rows again; those that are held and were not received are marked, unless the answer was partial."""
    batches = merged(job.resource.read(run.api(job.scope), run.task(job)))
    walks = walks_of(batches)
    if not run.store(job, job.planned.window, batches) or len(walks) != 1 or walks[0].api_count is None:
        return
    if not _mark_missing(run, job, batches):
        return
    state = _state(run, job.resource, job.scope)
    assert state is not None
    surplus = walks[0].api_count - _held(run, job.resource, job.scope)
    _remember(run, job, State(state.mark, state.as_of, walks[0].api_count, surplus))


def gone(run: Reading, job: Job) -> None:
    """The vendor no longer has the scope: its row is marked, and everything of it stays."""
    _set_missing(run, job, run.run.horizon.now)


def _set_missing(run: Reading, job: Job, moment: datetime | None) -> None:
    if job.resource.scope:
        name, column = job.resource.scope
        table = run.vendor.table(name)
        if "missing_since" in table.ours:
            rows = run.loader.held(table, {column: job.scope}, missing=moment is None)
            run.loader.mark(table, rows, moment)


def _mark_missing(run: Reading, job: Job, batches: Sequence[Batch]) -> bool:
    """Mark what is held and was not received; False where that is not believed yet. An empty answer marks nothing."""
    main, spec = job.resource.tables[0], _spec(job.resource)
    keys = [batch.arrow.select(list(main.key)) for batch in batches if batch.table is main]
    if not sum(map(len, keys)):
        return True
    history = [Window(run.run.horizon.since, short_windows.EVER.end)]
    of_scope = job.resource.of_scope(job.scope)
    return missing.mark(run, job, run.loader.unseen(main, of_scope, pa.concat_tables(keys), spec.created, history))


def _spec(resource: Resource) -> Followed:
    assert isinstance(resource.cadence, Followed)
    return resource.cadence


def _gaps(run: Reading, resource: Resource, scope: str) -> list[Window]:
    with run.run.warehouse.turn() as con:
        finished = Records(con).finished(run.vendor.name, resource.name, scope)
        finished += [one.as_read for one in short_windows.held(con, run.vendor.name, resource.name, scope)]
    return gaps(union(done.window for done in finished), Window(run.run.horizon.since, run.run.horizon.now))


def _held(run: Reading, resource: Resource, scope: str) -> int:
    """The rows of the scope that are held and not marked, of those that the list's count is about."""
    main: Table = resource.tables[0]
    spec = _spec(resource)
    with run.run.warehouse.turn() as con:
        ((count,),) = Records(con).rows(
            f"select count(*) from raw_{run.vendor.name}.{main.name}"
            f" where {resource.within} = ? and {spec.created} >= ? and missing_since is null",
            [scope, run.run.horizon.since],
        )
    return int(count)


def _fact(run: Reading, resource: Resource, scope: str) -> str:
    return f"changes {run.vendor.name}.{resource.name} {scope}"


def _state(run: Reading, resource: Resource, scope: str) -> State | None:
    with run.run.warehouse.turn() as con:
        stored = Records(con).fact(_fact(run, resource, scope))
    return State.parse(stored) if stored else None


def _remember(run: Reading, job: Job, state: State) -> None:
    with run.run.warehouse.turn() as con:
        Records(con).remember(_fact(run, job.resource, job.scope), str(state))
