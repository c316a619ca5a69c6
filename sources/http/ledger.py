"""Where requests are counted: a file that the processes of a machine share, or what several hosts share."""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

STORE = """
create table if not exists stamps (name text, at real);
create index if not exists stamps_at on stamps (name, at);
create table if not exists stated (name text primary key, allowed integer);
create table if not exists paused (name text primary key, until real);
"""
# seconds that a process waits for its turn before that is an error
PATIENCE = 30


class Turn(Protocol):
    """One look at the counts of a budget that nobody else changes meanwhile; `now` is epoch seconds of the clock that
    all who share the counts have.
    """

    now: float

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for its values."""


class Ledger(Protocol):
    """Keeps the tables `stamps` (the time of each request), `stated` (a vendor's lower limit) and `paused`."""

    def turn(self, name: str) -> AbstractContextManager[Turn]:
        """A transaction on the counts of one budget: nobody else has a turn of it, in any thread, process or host."""


class FileTurn:
    """A turn in an SQLite file."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.now = time.time()
        self._db = db

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement."""
        return self._db.execute(sql, values).fetchall()


class FileLedger:
    """Counts in an SQLite file, or in memory where there is none. The clock is the machine's."""

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.Lock()
        target = file or ":memory:"
        self._db = sqlite3.connect(target, check_same_thread=False, isolation_level=None, timeout=PATIENCE)
        # losing the last stamps in a power cut is no harm; an fsync per request would be
        self._db.execute("pragma synchronous = off")
        self._db.executescript(STORE)

    @contextmanager
    def turn(self, name: str) -> Iterator[FileTurn]:
        """A transaction that keeps every other one of the file away."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield FileTurn(self._db)
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def mended(store: Path) -> bool:
    """Whether the file that keeps the counts was there, could not be read and was removed: it is made again.

    Of several processes one looks at a time. Raises OSError.
    """
    if not store.exists():
        return False
    with store.with_suffix(".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        try:
            with closing(sqlite3.connect(store, timeout=1)) as db:
                db.executescript(STORE)
                whole = db.execute("pragma quick_check").fetchall() == [("ok",)]
                db.execute("select stamps.name, at, allowed, until from stamps, stated, paused limit 1")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                return False
            whole = False
        if not whole:
            for file in (store, store.with_name(f"{store.name}-journal")):
                file.unlink(missing_ok=True)
    return not whole
