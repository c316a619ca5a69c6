"""Windows that came short: the API counts more rows than it gave, or rows came that have no key.

What came is loaded. Such a window is not finished, and stands in the way of nothing else: it is planned around, and
tried again at the end of later runs, a few times a day, until the API gives what it counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from pipelines.warehouse.windows import Finished, midnight
from sources.window import Window

TRIES_A_DAY = 3
# so long a window is tried several times a day; after that once
PATIENCE = timedelta(days=3)

EVER = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))

TABLE = """
create table if not exists ops.short_windows (
    vendor varchar, resource varchar, scope varchar, window_start timestamptz, window_end timestamptz,
    api_count bigint, received_count bigint, first_tried_at timestamptz, tried_at timestamptz, tries bigint
);
"""


@dataclass(frozen=True)
class ShortWindow:
    """A window with the rows that are missing; `tries` are those of the UTC day of `tried_at`."""

    window: Window
    missing: int
    first_tried_at: datetime
    tried_at: datetime
    tries: int

    def may_be_tried(self, now: datetime) -> bool:
        """Whether today's tries are not used up."""
        allowed = TRIES_A_DAY if now - self.first_tried_at < PATIENCE else 1
        return self.tried_at < midnight(now) or self.tries < allowed

    @property
    def as_read(self) -> Finished:
        """For the plan of what else to read."""
        return Finished(self.window, self.tried_at)


def held(con: duckdb.DuckDBPyConnection, vendor: str, resource: str, scope: str) -> list[ShortWindow]:
    """The short windows of a resource in a scope, newest first."""
    rows = con.execute(
        "select window_start, window_end, api_count - received_count, first_tried_at, tried_at, tries"
        " from ops.short_windows where vendor = ? and resource = ? and scope = ? order by window_start desc",
        [vendor, resource, scope],
    ).fetchall()
    return [ShortWindow(Window(start, end), *rest) for start, end, *rest in rows]


def note(
    con: duckdb.DuckDBPyConnection,
    vendor: str,
    resource: str,
    scope: str,
    window: Window,
    *,
    counted: int,
    received: int,
    now: datetime,
) -> None:
    """A window came short of `counted - received` rows; what was known of the same days is superseded."""
    same = [one for one in held(con, vendor, resource, scope) if one.window.start == window.start]
    tries = max((one.tries for one in same if one.tried_at >= midnight(now)), default=0)
    first = min((one.first_tried_at for one in same), default=now)
    settle(con, vendor, resource, scope, window)
    con.execute(
        "insert into ops.short_windows values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [vendor, resource, scope, window.start, window.end, counted, received, first, now, tries + 1],
    )


def settle(con: duckdb.DuckDBPyConnection, vendor: str, resource: str, scope: str, window: Window) -> None:
    """A window was read again: of what came short before, only what is outside of it still does."""
    where = "vendor = ? and resource = ? and scope = ?"
    names = [vendor, resource, scope]
    con.execute(
        f"delete from ops.short_windows where {where} and window_start >= ? and window_end <= ?",
        [*names, window.start, window.end],
    )
    con.execute(
        f"update ops.short_windows set window_end = ? where {where} and window_start < ? and window_end > ?"
        " and window_end <= ?",
        [window.start, *names, window.start, window.start, window.end],
    )
    con.execute(
        f"update ops.short_windows set window_start = ? where {where} and window_start >= ? and window_start < ?",
        [window.end, *names, window.start, window.end],
    )
