"""Rows that a vendor no longer has: where a list was read whole, what is held and was not listed is marked.

Nothing is removed. Marked are rows whose stretch of time was read from end to end in one run, every window to its
proved end and with as many rows as its list counts. A list that does not count is looked at twice, an empty answer
marks nothing, and where more than half of the rows are gone at once, a sweep of a later day has to find the same.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sync.job import Job
from pipelines.sync.reading import Reading, Received
from pipelines.warehouse.records import Records
from pipelines.warehouse.unseen import Unseen
from pipelines.warehouse.windows import midnight, union
from sources.errors import LeadpathError
from sources.window import Window


@dataclass
class Sweep:
    """What a run has read of one scope of a resource: windows, or the whole list (None), and the keys received."""

    job: Job
    windows: list[Window] | None
    received: list[pa.Table] = field(default_factory=list)
    counted: bool = True

    @property
    def moment(self) -> str | None:
        """The column that says to which window a row belongs; None of a whole list."""
        return self.job.moment

    def add(self, window: Window | None, received: Received) -> None:
        """One more reading that was finished."""
        self.received += received.keys
        self.counted = self.counted and all(walk.api_count is not None for walk in received.walks)
        if window and self.windows is not None:
            self.windows.append(window)

    def spans(self, *, forgets: bool) -> list[Window]:
        """The stretches that were read; of a vendor that forgets by age, those since the oldest row that it gave."""
        read = union(self.windows or [])
        if not forgets or self.moment is None:
            return read
        moments = [pc.min(keys.column(self.moment)).as_py() for keys in self.received]
        oldest = min(filter(None, moments), default=None)
        return [Window(max(span.start, oldest), span.end) for span in read if oldest and span.end > oldest]


class Sweeps:
    """The sweeps of one vendor's run, by resource and scope."""

    def __init__(self, run: Reading) -> None:
        self.run = run
        self.open: dict[tuple[str, str], Sweep] = {}

    def add(self, job: Job, window: Window | None, received: Received) -> None:
        """Take note of a finished reading, where it shows all that there is; a whole list is marked at once."""
        if not job.sought or not received.walks or not all(walk.of_all for walk in received.walks):
            return
        if window is None:
            sweep = Sweep(job, None)
            sweep.add(None, received)
            self._mark(sweep, may_ask=True)
            return
        place = (job.resource.name, job.scope)
        if place not in self.open:
            self.open[place] = Sweep(job, [])
        self.open[place].add(window, received)

    def close(self, scopes: Collection[str], *, may_ask: bool) -> None:
        """Mark what was not listed, of these scopes. `may_ask`: the vendor can be asked once more."""
        for place in [place for place in list(self.open) if place[1] in scopes]:
            self._mark(self.open.pop(place), may_ask=may_ask)

    def _mark(self, sweep: Sweep, *, may_ask: bool) -> None:
        if not any(map(len, sweep.received)):
            return
        unseen = self._unseen(sweep)
        if len(unseen.rows) and not sweep.counted:
            if not may_ask:
                return
            self._look_again(sweep, unseen)
            unseen = self._unseen(sweep)
        mark(self.run, sweep.job, unseen)

    def _unseen(self, sweep: Sweep) -> Unseen:
        """The rows that are held of what was read, and were not listed."""
        job = sweep.job
        table = job.resource.tables[0]
        received = pa.concat_tables(sweep.received).select(list(table.key))
        spans = sweep.spans(forgets=bool(self.run.vendor.forgets_after)) if sweep.windows is not None else None
        return self.run.loader.unseen(table, job.resource.of_scope(job.scope), received, sweep.moment, spans)

    def _look_again(self, sweep: Sweep, unseen: Unseen) -> None:
        """Read once more what rows are missing from: one that moved between pages while it was read is there now."""
        job = sweep.job
        windows: list[Window | None] = [None]
        if sweep.windows is not None and sweep.moment:
            moments: list[datetime] = unseen.rows.column(sweep.moment).to_pylist()
            windows = [window for window in sweep.windows if any(window.start <= one < window.end for one in moments)]
        for window in windows:
            with self.run.spending(job):
                for _, received in self.run.read_in_parts(job, replace(self.run.task(job), window=window)):
                    sweep.add(None, received)


def mark(run: Reading, job: Job, unseen: Unseen) -> bool:
    """Mark rows that a whole reading did not show; False where so many at once are not believed yet."""
    name = f"dropped {run.vendor.name}.{job.resource.name} {job.scope}"
    with run.run.warehouse.turn() as con:
        records = Records(con)
        first = records.fact(name)
        is_drop = 2 * len(unseen.rows) > unseen.held
        if is_drop and (first is None or datetime.fromisoformat(first) >= midnight(run.run.horizon.now)):
            records.remember(name, first or run.run.horizon.now.isoformat())
            run.note(job, LeadpathError(_held_back(run.vendor.title, job, unseen)))
            return False
        records.forget(name)
    run.mark(job, unseen.rows)
    return True


def _held_back(title: str, job: Job, unseen: Unseen) -> str:
    gone, held = len(unseen.rows), unseen.held
    return (
        f"{title} {job.resource.name}: {gone:,} of {held:,} rows are no longer listed, more than half. That may be a"
        " fault of the vendor, so none is marked as missing; if a reading of a later day finds the same, they are."
    )
