"""Which stretches of time to read next. Pure arithmetic over what was read before; no clock, no database.

A window that was read at some moment is final up to `lookback` days before that moment: younger rows may still arrive
late or change, so they are read again. Once a week the last `reread` days are read again as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sources.window import Window

WEEK = timedelta(days=7)

Reason = Literal[
    "recent", "backfill", "reread", "requested", "refresh", "daily", "changes", "parents", "again", "sweep"
]


@dataclass(frozen=True)
class Finished:
    """A window that was read and loaded, and the moment as of which it was read."""

    window: Window
    as_of: datetime


@dataclass(frozen=True)
class Planned:
    """A window to read, and why."""

    window: Window
    reason: Reason


@dataclass(frozen=True)
class Horizon:
    """The run's view of time: history begins at `since`, `now` is fixed; both UTC. Lookback and reread in days."""

    since: datetime
    now: datetime
    lookback: int
    reread: int

    def settled(self, as_of: datetime) -> datetime:
        """Up to where a reading at that moment needs no repetition, but for the weekly one."""
        return midnight(as_of) - timedelta(days=self.lookback)


def midnight(moment: datetime) -> datetime:
    """The beginning of its UTC day."""
    moment = moment.astimezone(UTC)
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def plan(finished: Sequence[Finished], horizon: Horizon, longest: int) -> list[Planned]:
    """The windows to read now, newest first, each at most `longest` days."""
    final = union(Window(done.window.start, min(done.window.end, horizon.settled(done.as_of))) for done in finished)
    planned: list[Planned] = []
    begin = horizon.since
    if reread_is_due(finished, horizon):
        begin = max(horizon.since, midnight(horizon.now) - timedelta(days=horizon.reread))
        planned += [Planned(window, "reread") for window in cut(Window(begin, horizon.now), longest)]
        final = union([*final, Window(begin, horizon.now)])
    open_to = horizon.settled(horizon.now)
    for gap in gaps(final, Window(horizon.since, horizon.now)):
        whole = Window(midnight(gap.start), gap.end if gap.end == horizon.now else ceiling(gap.end))
        for window in cut(whole, longest):
            planned.append(Planned(window, "recent" if window.end > open_to else "backfill"))
    return sorted(planned, key=lambda one: one.window, reverse=True)


def reread_is_due(finished: Sequence[Finished], horizon: Horizon) -> bool:
    """Whether some of the last `reread` days was not read within a week, though it was read before."""
    start = max(horizon.since, midnight(horizon.now) - timedelta(days=horizon.reread))
    end = horizon.settled(horizon.now)
    if not finished or start >= end:
        return False
    # what was never read is backfill, not repetition
    ever = gaps(gaps(union(done.window for done in finished), Window(start, end)), Window(start, end))
    lately = union(done.window for done in finished if done.as_of > horizon.now - WEEK)
    return any(gaps(lately, read) for read in ever)


def requested(first: datetime, end: datetime, longest: int, reason: Reason) -> list[Planned]:
    """All windows of a stretch that somebody asked for, newest first."""
    return [Planned(window, reason) for window in cut(Window(first, end), longest)]


def cut(window: Window, longest: int) -> Iterator[Window]:
    """The window in pieces of at most `longest` days, newest first; cuts are at midnights."""
    end = window.end
    while end > window.start:
        start = max(window.start, ceiling(end) - timedelta(days=longest))
        yield Window(start, end)
        end = start


def ceiling(moment: datetime) -> datetime:
    """The next midnight, or the moment itself if it is one."""
    floor = midnight(moment)
    return floor if floor == moment else floor + timedelta(days=1)


def union(windows: Iterable[Window]) -> list[Window]:
    """The stretches that any of the windows covers, oldest first, joined where they touch."""
    joined: list[Window] = []
    for window in sorted(windows):
        if window.start >= window.end:
            continue
        if joined and window.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return joined


def gaps(covered: Sequence[Window], whole: Window) -> list[Window]:
    """The stretches of `whole` that the (joined, sorted) windows leave open, oldest first."""
    found: list[Window] = []
    start = whole.start
    for window in covered:
        if window.end <= start:
            continue
        if window.start >= whole.end:
            break
        if window.start > start:
            found.append(Window(start, min(window.start, whole.end)))
        start = max(start, window.end)
    if start < whole.end:
        found.append(Window(start, whole.end))
    return found
