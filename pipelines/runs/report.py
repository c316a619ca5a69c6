"""What `status.json` says: the records of the warehouse, and what the running vendors report."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.runs.account import Account
from pipelines.runs.wrong import problems
from pipelines.settings import Settings
from pipelines.vendors import BY_NAME
from pipelines.warehouse import quarantine, short_windows
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import Horizon, Planned, midnight, plan, union
from sources.vendor import ChildrenOfChanged, Resource, Windows

RUNS_SHOWN = 100
# the remembered vendors that were not read to the end when they were last read
FAILED = "failed vendors"
SHORT = ("scope", "window_start", "window_end", "missing", "tried_at")
Document = dict[str, Any]


def write(file: Path, document: Mapping[str, Any]) -> None:
    """Replace the file; a reader sees the old one or the new one."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(json.dumps(document, indent=1, default=_text, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(file)


def describe(
    warehouse: Warehouse, settings: Settings, run: Mapping[str, Any], vendor_runs: Mapping[str, Account]
) -> Document:
    """The whole document, from the records and from what the running vendors report."""
    with warehouse.turn() as con:
        records = Records(con)
        runs = [
            {"run_id": i, "started_at": s, "ended_at": e, "status": status, "command": c, "error": error}
            for i, s, e, status, c, error in records.rows(
                f"select * from ops.runs order by started_at desc, run_id desc limit {RUNS_SHOWN}"
            )
        ]
        kept_aside = [asdict(count) for count in quarantine.counts(con)]
        publication = records.rows(
            "select run_id, published_at, tests_passed, mart_rows from ops.publications"
            " order by published_at desc, run_id desc limit 1"
        )
        held = Held.of(records)
        failed = json.loads(records.fact(FAILED) or "{}")
        vendors = {name: _vendor(records, held, settings, name, vendor_runs.get(name)) for name in BY_NAME}
        for name, resources in failed.items():
            if name in vendors:
                vendors[name]["failed"] = resources
        # SnapCRM cannot be read; what counts there is what became of the leads that were sent
        vendors["snapcrm"]["pushes"] = dict(
            records.rows(
                "select state, count(*) from (select lead_key, arg_max(state, started_at) as state"
                " from raw_snapcrm.pushes group by lead_key) group by state order by state"
            )
        )
    document = {
        "state": run["status"],
        "data_dir": str(settings.data_dir.absolute()),
        "run": dict(run),
        "start_date": str(settings.own.start_date) if settings.own.start_date else None,
        "vendors": vendors,
        "quarantine": kept_aside,
        "publication": _publication(publication[0]) if publication else None,
        "runs": runs,
    }
    # as it is written: times are text
    document = dict(json.loads(json.dumps(document, default=_text)))
    return document | {"problems": [problem.document for problem in problems(document, settings)]}


def _publication(row: tuple[Any, ...]) -> Document:
    run_id, published_at, tests, rows = row
    return {"run_id": run_id, "published_at": published_at, "tests_passed": tests, "rows": json.loads(rows)}


Name = tuple[str, str]


@dataclass
class Held:
    """What the warehouse holds of each resource, by vendor and name: a question to each table, not one to each cell."""

    rows: dict[Name, tuple[int, int, datetime | None]]
    windows: dict[Name, tuple[datetime, datetime]]
    incomplete: dict[Name, int]
    short: dict[Name, list[Document]]
    unknown: dict[Name, list[str]]

    @classmethod
    def of(cls, records: Records) -> "Held":
        """Ask for all of it."""
        counted = " union all ".join(
            f"select '{vendor.name}', '{resource.name}', count(*),"
            f" {'count(missing_since)' if 'missing_since' in resource.tables[0].columns else 0},"
            f" {f'max({resource.newest})' if resource.newest else 'null::timestamptz'}"
            f" from raw_{vendor.name}.{resource.tables[0].name}"
            for vendor in BY_NAME.values()
            for resource in vendor.resources
        )
        windows = "select vendor, resource, max(finished_at), min(window_start) from ops.windows group by all"
        incomplete = (
            "select vendor, resource, count(*) from (select *, row_number() over (partition by vendor, resource, scope,"
            " window_start, window_end order by run_id desc) as turn from ops.completeness)"
            " where turn = 1 and received_count < api_count group by all"
        )
        unknown = (
            "select vendor, resource, max_by(unknown_fields, run_id) from ops.loads"
            f" where unknown_fields is not null and vendor in {tuple(BY_NAME)} group by all"
        )
        short: dict[Name, list[Document]] = {}
        for vendor, resource, *row in records.rows(
            "select vendor, resource, scope, window_start, window_end, api_count - received_count, tried_at"
            " from ops.short_windows order by window_start desc, scope"
        ):
            short.setdefault((vendor, resource), []).append(dict(zip(SHORT, row, strict=True)))
        return cls(
            {(vendor, name): tuple(row) for vendor, name, *row in records.rows(counted)},
            {(vendor, name): (success, oldest) for vendor, name, success, oldest in records.rows(windows)},
            {(vendor, name): count for vendor, name, count in records.rows(incomplete)},
            short,
            {(vendor, name): _unplaced(vendor, fields) for vendor, name, fields in records.rows(unknown)},
        )


def _unplaced(vendor: str, fields: str) -> list[str]:
    """Of the fields that a run named, those that no column has since then."""
    known = {f"{table.name}.{path}" for table in BY_NAME[vendor].tables for path in table.fields}
    return [field for field in fields.split(", ") if field not in known]


def _vendor(records: Records, held: Held, settings: Settings, vendor: str, running: Account | None) -> Document:
    document: Document = {"configured": settings.has(vendor), "errors": [], "budgets": [], "resources": {}}
    if running:
        document["errors"] = [failure.sentence for failure in running.failures]
        document["budgets"] = [
            {"limit": str(budget.limit), "allowed": budget.allowed, "used": budget.used} for budget in running.budgets
        ]
    for resource in BY_NAME[vendor].resources:
        rows, missing, newest_row = held.rows[vendor, resource.name]
        success, oldest = held.windows.get((vendor, resource.name), (None, None))
        cost = running.costs.get(resource.name) if running else None
        failures = [f.sentence for f in running.failures if f.resource == resource.name] if running else []
        document["resources"][resource.name] = {
            "rows": rows,
            "missing_at_vendor": missing,
            "newest": newest_row,
            "last_success": success,
            "loaded_from": oldest,
            "rows_this_run": cost.rows if cost else 0,
            "requests_this_run": cost.requests if cost else 0,
            "retries_this_run": cost.retries if cost else 0,
            "waited_seconds_this_run": round(cost.waited, 1) if cost else 0,
            "left": cost.left if cost else _left(records, settings, vendor, resource),
            "incomplete_windows": held.incomplete.get((vendor, resource.name), 0),
            "short_windows": held.short.get((vendor, resource.name), []),
            "unknown_fields": held.unknown.get((vendor, resource.name), []),
            "error": failures[0] if failures else None,
        }
        if BY_NAME[vendor].forgets_after:
            document["resources"][resource.name]["unread"] = _unread(records, settings, vendor, resource)
    return document


def _left(records: Records, settings: Settings, vendor: str, resource: Resource) -> int:
    """What is left of a vendor that this run does not read: windows of its history, or parents."""
    scopes = _scopes(records, vendor, resource)
    if isinstance(resource.cadence, ChildrenOfChanged):
        return sum(
            len(records.parents_due(BY_NAME[vendor], resource.name, scope, resource.cadence)) for scope in scopes
        )
    return len(_backlog(records, settings, vendor, resource, scopes))


def _unread(records: Records, settings: Settings, vendor: str, resource: Resource) -> list[tuple[datetime, datetime]]:
    """The stretches of the history that were not read yet, of any scope, oldest first."""
    windows = [one.window for one in _backlog(records, settings, vendor, resource, _scopes(records, vendor, resource))]
    return [(window.start, window.end) for window in union(windows)]


def _scopes(records: Records, vendor: str, resource: Resource) -> list[str]:
    query = "select distinct scope from ops.windows where vendor = ? and resource = ?"
    return [row[0] for row in records.rows(query, [vendor, resource.name])]


def _backlog(records: Records, settings: Settings, vendor: str, resource: Resource, scopes: list[str]) -> list[Planned]:
    begin = records.fact("start_date")
    if not isinstance(resource.cadence, Windows) or not begin:
        return []
    since = midnight(datetime.fromisoformat(begin))
    horizon = Horizon(since, settings.now, settings.own.lookback_days, settings.own.reread_days)
    planned = [
        one
        for scope in scopes
        for one in plan(
            records.finished(vendor, resource.name, scope)
            + [one.as_read for one in short_windows.held(records.con, vendor, resource.name, scope)],
            horizon,
            resource.cadence.longest,
        )
    ]
    return [one for one in planned if one.reason == "backfill"]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
