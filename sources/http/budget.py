"""A request budget: at most N requests in any sliding window, across threads and restarts.

Libraries for this (pyrate-limiter, requests-ratelimiter) count a request when it leaves. The vendor counts it when it
arrives, so a slow start of a window followed by a fast end could exceed the vendor's limit. Here a request is counted
from its departure until one window after its answer, which is never too early, and the vendor's own count, where its
headers state one, is taken over when it is higher.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sources.errors import OutOfTime
from sources.limit import Limit

# two clocks and two kernels lie between our stamp and the vendor's
MARGIN = 0.02
# seconds past its deadline that a run may wait to finish the window in hand: twice what a window takes
GRACE = 600.0


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


STORE = """
create table if not exists stamps (name text, at real);
create index if not exists stamps_at on stamps (name, at);
create table if not exists stated (name text primary key, allowed integer);
"""


def mended(store: Path) -> bool:
    """Whether the file that keeps the counts was there, could not be read and was removed: it is made again.

    The caller is the only process that uses it. Raises OSError.
    """
    if not store.exists():
        return False
    try:
        with closing(sqlite3.connect(store, timeout=1)) as db:
            db.executescript(STORE)
            whole = db.execute("pragma quick_check").fetchall() == [("ok",)]
            db.execute("select stamps.name, at, allowed from stamps, stated limit 1")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            return False
        whole = False
    if not whole:
        for file in (store, store.with_name(f"{store.name}-journal")):
            file.unlink(missing_ok=True)
    return not whole


class Budget:
    """The requests of one credential (and, where a vendor counts so, of one endpoint).

    `store` is an SQLite file that keeps the counts, and the limit that the vendor stated, across restarts; without it
    they live in memory. Times are epoch seconds of the machine's clock; stamps from a future that a clock correction
    took back count as now.
    """

    def __init__(self, limit: Limit, name: str, store: Path | None = None, stop: Stop | None = None) -> None:
        self.limit = limit
        self.name = name
        self.stop = stop or Stop()
        self.waited = 0.0
        self._pause_until = 0.0
        self._lock = threading.Lock()
        self._db = sqlite3.connect(store or ":memory:", check_same_thread=False, isolation_level=None, timeout=30)
        # losing the last stamps in a power cut is no harm; an fsync per request would be
        self._db.execute("pragma synchronous = off")
        self._db.executescript(STORE)
        stated = self._db.execute("select allowed from stated where name = ?", (name,)).fetchone()
        self._allowed = min(limit.count, int(stated[0])) if stated else limit.count

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wait for room, count one request, and count it again from its answer when the block ends."""
        stamp = self._take()
        try:
            yield
        finally:
            with self._lock:
                self._db.execute("update stamps set at = ? where rowid = ?", (time.time(), stamp))

    def _take(self) -> int:
        while True:
            with self._lock:
                now = time.time()
                wait = max(self._wait(now), self._pause_until - now)
                if wait <= 0:
                    cursor = self._db.execute("insert into stamps values (?, ?)", (self.name, now))
                    assert cursor.lastrowid is not None
                    return cursor.lastrowid
            self.stop.sleep(wait)
            self.waited += wait

    def _wait(self, now: float) -> float:
        """Seconds until one more request fits; the lock is held."""
        horizon = now - self.limit.seconds - MARGIN
        self._db.execute("delete from stamps where name = ? and at <= ?", (self.name, horizon))
        self._db.execute("update stamps set at = ? where name = ? and at > ?", (now, self.name, now))
        row = self._db.execute(
            "select at from stamps where name = ? order by at desc limit 1 offset ?", (self.name, self._allowed - 1)
        ).fetchone()
        return 0.0 if row is None else float(row[0]) - horizon

    def observe(self, limit: int | None, remaining: int | None) -> None:
        """Take over what the vendor's headers state, where it is stricter than what we count."""
        with self._lock:
            if limit is not None and limit > 0 and min(self.limit.count, limit) != self._allowed:
                self._allowed = min(self.limit.count, limit)
                self._db.execute("insert or replace into stated values (?, ?)", (self.name, self._allowed))
            if limit is not None and remaining is not None:
                now = time.time()
                self._wait(now)
                # somebody else uses the same credential: only what remains is ours in this window
                unseen = self._allowed - remaining - self._count()
                self._db.executemany("insert into stamps values (?, ?)", [(self.name, now)] * max(unseen, 0))

    def pause(self, seconds: float) -> None:
        """No request for so long: the vendor said so."""
        with self._lock:
            self._pause_until = max(self._pause_until, time.time() + seconds)

    def _count(self) -> int:
        return int(self._db.execute("select count(*) from stamps where name = ?", (self.name,)).fetchone()[0])

    @property
    def ahead(self) -> float:
        """Seconds until one more request would be sent."""
        with self._lock:
            now = time.time()
            return max(self._wait(now), self._pause_until - now, 0.0)

    @property
    def used(self) -> int:
        """Requests inside the current window."""
        with self._lock:
            self._wait(time.time())
            return self._count()

    @property
    def allowed(self) -> int:
        """Requests that one window allows: the setting, or the vendor's lower limit."""
        return self._allowed

    def close(self) -> None:
        """Close the store."""
        self._db.close()
