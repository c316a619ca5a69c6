"""The run records in `ops`, and what they say is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.warehouse.windows import Finished
from sources.errors import Mistaken
from sources.rows.table import Completeness
from sources.vendor import ChildrenOfChanged, Vendor
from sources.window import Window


@dataclass(frozen=True)
class DueParent:
    """A parent whose children are to be read between two moments (None: unknown), for rows loaded up to `mark`."""

    parent: str
    start: datetime | None
    end: datetime | None
    mark: str


class Records:
    """What runs leave behind in `ops`. Every method takes an open connection and commits by itself."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def fact(self, name: str) -> str | None:
        """A remembered value."""
        row = self.con.execute("select value from ops.facts where name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a value under a name."""
        self.con.execute("insert or replace into ops.facts values (?, ?)", [name, value])

    def forget(self, name: str) -> None:
        """Forget what is remembered under a name."""
        self.con.execute("delete from ops.facts where name = ?", [name])

    def belong_to(self, tenant: str, file: Path) -> None:
        """Keep records of one tenant ("": of none) out of another's file. A file of none becomes that of the tenant.

        Raises Mistaken.
        """
        theirs = self.fact("tenant") or ""
        if theirs and theirs != tenant:
            ours = f"tenant {tenant}" if tenant else "no tenant"
            raise Mistaken(
                f"{file} belongs to tenant {theirs}, and this is a run of {ours}. Give --tenant {theirs}, or look at"
                " LEADPATH_DATA_DIR. Nothing was changed."
            )
        if tenant and not theirs:
            self.remember("tenant", tenant)

    def begin(self, run_id: str, started_at: datetime, command: str) -> None:
        """A run begins. Runs that never ended were killed: they are marked so."""
        self.con.execute(
            "update ops.runs set status = 'interrupted', error = 'the process ended before the run did'"
            " where status = 'running'"
        )
        self.con.execute("insert into ops.runs values (?, ?, null, 'running', ?, null)", [run_id, started_at, command])

    def end(self, run_id: str, ended_at: datetime, status: str, error: str | None) -> None:
        """A run ends."""
        self.con.execute(
            "update ops.runs set ended_at = ?, status = ?, error = ? where run_id = ?",
            [ended_at, status, error, run_id],
        )

    def finished(self, vendor: str, resource: str, scope: str) -> list[Finished]:
        """The windows that were read and loaded."""
        rows = self.con.execute(
            "select window_start, window_end, max(as_of) from ops.windows"
            " where vendor = ? and resource = ? and scope = ? group by window_start, window_end",
            [vendor, resource, scope],
        ).fetchall()
        return [Finished(Window(start, end), as_of) for start, end, as_of in rows]

    def last_as_of(self, vendor: str, resource: str, scope: str) -> datetime | None:
        """When the resource was last read."""
        row = self.con.execute(
            "select max(as_of) from ops.windows where vendor = ? and resource = ? and scope = ?",
            [vendor, resource, scope],
        ).fetchone()
        return row[0] if row else None

    def finish(
        self,
        run_id: str,
        vendor: str,
        resource: str,
        scope: str,
        window: Window,
        *,
        as_of: datetime,
        finished_at: datetime,
        rows: int,
        reason: str,
    ) -> None:
        """A window is loaded."""
        self.con.execute(
            "insert into ops.windows values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [vendor, resource, scope, window.start, window.end, finished_at, rows, as_of, reason, run_id],
        )

    def walked(self, run_id: str, vendor: str, walks: Sequence[Completeness], window: Window) -> None:
        """What the lists of a window said they hold, and what arrived."""
        for walk in walks:
            self.con.execute(
                "insert into ops.completeness values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    run_id,
                    vendor,
                    walk.resource,
                    walk.scope,
                    window.start,
                    window.end,
                    walk.api_count,
                    walk.received_count,
                ],
            )

    def loaded(
        self,
        run_id: str,
        vendor: str,
        resource: str,
        *,
        rows: int,
        requests: int,
        retries: int,
        waited: float,
        unknown: set[str],
    ) -> None:
        """What a resource cost and brought in a run."""
        self.con.execute(
            "insert into ops.loads values (?, ?, ?, ?, ?, ?, ?, ?)",
            [run_id, vendor, resource, rows, requests, retries, waited, ", ".join(sorted(unknown)) or None],
        )

    def parents_read(self, vendor: str, resource: str, scope: str, since: datetime) -> set[str]:
        """The parents whose children were read since then."""
        rows = self.con.execute(
            "select parent from ops.parents where vendor = ? and resource = ? and scope = ? and read_at >= ?",
            [vendor, resource, scope, since],
        ).fetchall()
        return {row[0] for row in rows}

    def read_parents(
        self,
        vendor: str,
        resource: str,
        scope: str,
        parents: Sequence[str],
        read_at: datetime,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        """The children of these parents are loaded; `marks` are the newest loads of rows that asked for it."""
        marks = marks or {}
        self.con.executemany(
            "insert or replace into ops.parents values (?, ?, ?, ?, ?, ?)",
            [[vendor, resource, scope, parent, read_at, marks.get(parent)] for parent in parents],
        )

    def parents_due(
        self, vendor: Vendor, resource: str, scope: str, children: ChildrenOfChanged, days: Window | None = None
    ) -> list[DueParent]:
        """Parents with a row that was loaded since their children were read, newest first; missing rows do not count.

        A parent's span covers just those rows; with `days` also those of these days, and only parents that have some.
        """
        # load ids are epoch seconds as text, of one length until the year 2286: they compare as they are
        table, parent = children.parent
        listed = "r.missing_since is null" if "missing_since" in vendor.table(table).columns else "true"
        again = "false" if days is None else f"(r.{children.start} >= $first and r.{children.start} < $end)"
        query = (
            f"select r.{parent}, min(r.{children.start}), max(coalesce(r.{children.end}, r.{children.start})),"
            f" max(r._dlt_load_id) from raw_{vendor.name}.{table} r left join ops.parents p"
            f" on p.vendor = $vendor and p.resource = $resource and p.scope = $scope and p.parent = r.{parent}"
            f" where r.{children.scope} = $scope and r.{parent} <> '' and {listed}"
            f" and (p.mark is null or r._dlt_load_id > p.mark or {again})"
            f" group by r.{parent} having {'true' if days is None else f'bool_or({again})'}"
            f" order by max(r.{children.start}) desc nulls last, r.{parent}"
        )
        values: dict[str, Any] = {"vendor": vendor.name, "resource": resource, "scope": scope}
        if days is not None:
            values |= {"first": days.start, "end": days.end}
        return [DueParent(*row) for row in self.con.execute(query, values).fetchall()]

    def forget_parents(self, vendor: str, resource: str, scope: str) -> None:
        """The children of all parents of a scope are to be read again."""
        self.con.execute(
            "delete from ops.parents where vendor = ? and resource = ? and scope = ?", [vendor, resource, scope]
        )

    def forget_windows(self, vendor: str, resource: str, scope: str) -> None:
        """Everything of the resource in this scope is to be read again."""
        where = "vendor = ? and resource = ? and scope = ?"
        self.con.execute(f"delete from ops.windows where {where}", [vendor, resource, scope])
        self.con.execute(f"delete from ops.parents where {where}", [vendor, resource, scope])
        self.forget(f"changes {vendor}.{resource} {scope}")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.con.execute(query, list(values)).fetchall()
