"""A request budget: at most N requests in any sliding window, across threads and restarts.

Libraries for this (pyrate-limiter, requests-ratelimiter) count a request when it leaves. The vendor counts it when it
arrives, so a slow start of a window followed by a fast end could exceed the vendor's limit. Here a request is counted
from its departure until one window after its answer, which is never too early, and the vendor's own count, where its
headers state one, is taken over when it is higher.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources.errors import OutOfTime
from sources.http.ledger import FileLedger, Ledger, Turn
from sources.limit import Limit

# two clocks and two kernels lie between our stamp and the vendor's
MARGIN = 0.02
# seconds past its deadline that a run may wait to finish the window in hand: twice what a window takes
GRACE = 600.0
# seconds that a request is kept in mind at least: others who use the credential may count by a longer window than ours
KEPT = 3600.0


class Stop:
    """When a run must end: at `deadline` (time.monotonic seconds), or at once when `now` is called.

    After the deadline no window is begun. The one in hand is finished, and may wait `grace` seconds more for that.
    """

    def __init__(self, seconds: float | None = None, grace: float = GRACE) -> None:
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.grace = grace
        self._event = threading.Event()

    def now(self) -> None:
        """Wake every sleeper and refuse further waits."""
        self._event.set()

    @property
    def stopped(self) -> bool:
        """Whether `now` was called."""
        return self._event.is_set()

    @property
    def due(self) -> bool:
        """Whether no new window should be begun."""
        return self._event.is_set() or (self.deadline is not None and time.monotonic() >= self.deadline)

    def outlasts(self, seconds: float) -> bool:
        """Whether so long a wait ends after the deadline."""
        return self.deadline is not None and time.monotonic() + seconds > self.deadline

    def sleep(self, seconds: float) -> None:
        """Sleep, but raise OutOfTime instead when that would outlast the run and its grace."""
        if self.deadline is not None and time.monotonic() + seconds > self.deadline + self.grace:
            raise OutOfTime(f"waiting {seconds:.0f} s more would outlast LEADPATH_MAX_RUN by far")
        if self._event.wait(seconds):
            raise OutOfTime("the run was asked to stop")


class Budget:
    """The requests of one credential (and, where a vendor counts so, of one endpoint).

    `store` keeps the counts, and the limit that the vendor stated, across restarts: an SQLite file, or what several
    hosts share. All processes with the same store and name share the budget. Without it the counts live in memory.
    Times are epoch seconds of the store's clock; stamps from a future that a clock correction took back count as now.
    """

    def __init__(self, limit: Limit, name: str, store: Path | Ledger | None = None, stop: Stop | None = None) -> None:
        self.limit = limit
        self.name = name
        self.stop = stop or Stop()
        self.waited = 0.0
        self._own: FileLedger | None = None
        if store is None or isinstance(store, Path):
            store = self._own = FileLedger(store)
        self._ledger: Ledger = store
        with self._ledger.turn(name) as turn:
            self._allowed = self._read_allowed(turn)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wait for room, count one request, and count it again from its answer when the block ends."""
        stamp = self._take()
        try:
            yield
        finally:
            with self._ledger.turn(self.name) as turn:
                turn.rows("update stamps set at = ? where rowid = ?", turn.now, stamp)

    def _take(self) -> int:
        while True:
            with self._ledger.turn(self.name) as turn:
                wait = self._wait(turn)
                if wait <= 0:
                    added = "insert into stamps (name, at) values (?, ?) returning rowid"
                    return int(turn.rows(added, self.name, turn.now)[0][0])
            self.stop.sleep(wait)
            self.waited += wait

    def _wait(self, turn: Turn) -> float:
        """Seconds until one more request fits, and until the vendor lets us ask again."""
        self._allowed = self._read_allowed(turn)
        now, horizon = turn.now, self._horizon(turn)
        old = now - max(KEPT, self.limit.seconds + MARGIN)
        turn.rows("delete from stamps where name = ? and at <= ?", self.name, old)
        turn.rows("update stamps set at = ? where name = ? and at > ?", now, self.name, now)
        last = "select at from stamps where name = ? and at > ? order by at desc limit 1 offset ?"
        found = turn.rows(last, self.name, horizon, self._allowed - 1)
        room = float(found[0][0]) - horizon if found else 0.0
        return max(room, self._paused_until(turn) - now, 0.0)

    def _horizon(self, turn: Turn) -> float:
        return turn.now - self.limit.seconds - MARGIN

    def _read_allowed(self, turn: Turn) -> int:
        stated = turn.rows("select allowed from stated where name = ?", self.name)
        return min(self.limit.count, int(stated[0][0])) if stated else self.limit.count

    def _paused_until(self, turn: Turn) -> float:
        found = turn.rows("select until from paused where name = ?", self.name)
        return float(found[0][0]) if found else 0.0

    def observe(self, limit: int | None, remaining: int | None) -> None:
        """Take over what the vendor's headers state, where it is stricter than what we count."""
        if limit is None:
            return
        with self._ledger.turn(self.name) as turn:
            if limit > 0 and min(self.limit.count, limit) != self._allowed:
                self._allowed = min(self.limit.count, limit)
                turn.rows(
                    "insert into stated values (?, ?) on conflict (name) do update set allowed = excluded.allowed",
                    self.name,
                    self._allowed,
                )
            if remaining is not None:
                self._wait(turn)
                # somebody else uses the same credential: only what remains is ours in this window
                unseen = self._allowed - remaining - self._count(turn)
                for _ in range(unseen):
                    turn.rows("insert into stamps (name, at) values (?, ?)", self.name, turn.now)

    def pause(self, seconds: float) -> None:
        """No request for so long, by any who share the budget: the vendor said so."""
        if seconds <= 0:
            return
        with self._ledger.turn(self.name) as turn:
            until = max(self._paused_until(turn), turn.now + seconds)
            turn.rows(
                "insert into paused values (?, ?) on conflict (name) do update set until = excluded.until",
                self.name,
                until,
            )

    def _count(self, turn: Turn) -> int:
        counted = "select count(*) from stamps where name = ? and at > ?"
        return int(turn.rows(counted, self.name, self._horizon(turn))[0][0])

    @property
    def ahead(self) -> float:
        """Seconds until one more request would be sent."""
        with self._ledger.turn(self.name) as turn:
            return self._wait(turn)

    @property
    def used(self) -> int:
        """Requests inside the current window, of all who share the budget."""
        with self._ledger.turn(self.name) as turn:
            self._wait(turn)
            return self._count(turn)

    @property
    def allowed(self) -> int:
        """Requests that one window allows: the setting, or the vendor's lower limit."""
        return self._allowed

    def close(self) -> None:
        """Close the store, where it is a file."""
        if self._own:
            self._own.close()
