"""What is due of a resource: lists once a day, windows of time newest first, and parents that were not asked today."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

from pipelines.sync.job import Job
from pipelines.sync.reading import Reading
from pipelines.warehouse import short_windows
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import Planned, Reason, midnight, plan, requested
from sources.rows.table import Column
from sources.vendor import Followed, Resource, Whole, Windows
from sources.window import Window

PARENTS_AT_ONCE = 200


def daily(run: Reading, resource: Resource, own: str) -> Iterator[Job]:
    """Lists that were not read today (UTC), or that are read in each run, or whose refresh was asked for."""
    start_of_day = midnight(run.run.horizon.now)
    each_run = isinstance(resource.cadence, Whole) and resource.cadence.each_run
    for scope in scopes(run, resource, own):
        refresh = resource.name in run.order.refresh or run.order.sweep
        with run.run.warehouse.turn() as con:
            last = Records(con).last_as_of(run.vendor.name, resource.name, scope)
            tried = short_windows.held(con, run.vendor.name, resource.name, scope)
        if tried and not each_run and not refresh and not tried[0].may_be_tried(run.run.horizon.now):
            continue
        if refresh or last is None or last < start_of_day or each_run:
            reason: Reason = "refresh" if refresh else "daily"
            yield Job(resource, scope, Planned(today(run), reason))


def windows(run: Reading, resource: Resource, own: str) -> Iterator[Job]:
    """The windows of each scope that are due, or the days that were asked for; newest first within a scope."""
    horizon, cadence = run.run.horizon, resource.cadence
    assert isinstance(cadence, (Windows, Followed))
    for scope in scopes(run, resource, own):
        if run.order.days:
            end = min(run.order.days.end, max(horizon.now, run.order.days.start + timedelta(seconds=1)))
            yield from (
                Job(resource, scope, one) for one in requested(run.order.days.start, end, cadence.longest, "requested")
            )
            continue
        with run.run.warehouse.turn() as con:
            records = Records(con)
            if resource.name in run.order.refresh:
                records.forget_windows(run.vendor.name, resource.name, scope)
            finished = records.finished(run.vendor.name, resource.name, scope)
            finished += [one.as_read for one in short_windows.held(con, run.vendor.name, resource.name, scope)]
        planned = plan(finished, horizon, cadence.longest)
        if run.order.sweep and resource.is_swept:
            planned = requested(horizon.since, horizon.now, cadence.longest, "sweep")
        again = [one for one in planned if one.reason in ("reread", "sweep")]
        if again and isinstance(cadence, Windows) and cadence.whole_reread:
            # a full list has no dates: it shows also what changed without a visit
            whole = Window(again[-1].window.start, horizon.now)
            yield Job(resource, scope, Planned(whole, again[-1].reason), dated=False)
            planned = [one for one in planned if one not in again]
        yield from (Job(resource, scope, one) for one in planned)


def again(run: Reading, resource: Resource, own: str) -> Iterator[Job]:
    """The windows that came short before and may be tried again today, newest first."""
    if run.order.days:
        return
    for scope in scopes(run, resource, own):
        with run.run.warehouse.turn() as con:
            short = short_windows.held(con, run.vendor.name, resource.name, scope)
        now = run.run.horizon.now
        # what this run found short itself is not tried again at once
        due = [one for one in short if one.may_be_tried(now) and one.tried_at != now]
        yield from (Job(resource, scope, Planned(one.window, "again")) for one in due)


def children(run: Reading, resource: Resource, columns: Sequence[Column]) -> Iterator[Job]:
    """Readings of parents that were not asked for today, some at a time."""
    if run.order.days:
        return
    start_of_day = midnight(run.run.horizon.now)
    found: set[str] = set()
    with run.run.warehouse.turn() as con:
        records = Records(con)
        for table, column in columns:
            path = f"raw_{run.vendor.name}.{table}"
            found |= {row[0] for row in records.rows(f"select distinct {column} from {path} where {column} <> ''")}
        if resource.name not in run.order.refresh:
            found -= records.parents_read(run.vendor.name, resource.name, "", start_of_day)
    parents = sorted(found)
    for start in range(0, len(parents), PARENTS_AT_ONCE):
        part = tuple(parents[start : start + PARENTS_AT_ONCE])
        yield Job(resource, "", Planned(today(run), "daily"), parents=part)


def scopes(run: Reading, resource: Resource, own: str) -> list[str]:
    """The scopes that the vendor's own list held when it was last read, else that of the credential."""
    if resource.scope is None:
        return [own]
    with run.run.warehouse.turn() as con:
        remembered = Records(con).fact(f"scopes {run.vendor.name}.{resource.scope.table}")
    return list(json.loads(remembered)) if remembered else []


def today(run: Reading) -> Window:
    """The UTC day so far; never empty, also at midnight."""
    start = midnight(run.run.horizon.now)
    return Window(start, max(run.run.horizon.now, start + timedelta(seconds=1)))
