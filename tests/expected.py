"""The rows that raw tables must hold, from the world's own records: by rules of its own, not by the sources' code."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import Sandbox
from sandbox.smartlook.funnels import Window as FunnelWindow
from sandbox.smartlook.funnels import funnel_numbers
from sources.rows.table import Table, column_name
from sources.rows.values import BIGINT, DOUBLE, JSON, TEXT, TIMESTAMP, Kind
from sources.smartlook import tables as smartlook
from sources.snapcall import tables as snapcall
from sources.snitcher import tables as snitcher
from sources.usersnap import tables as usersnap
from tests.conftest import Cli

Row = dict[str, Any]
Keyed = dict[tuple[Any, ...], Row]


def value(raw: Any, kind: Kind) -> Any:
    """A value as DuckDB gives it back."""
    if raw is None:
        return None
    if kind is TIMESTAMP:
        return datetime.fromisoformat(raw).astimezone(UTC)
    if kind is BIGINT:
        return int(raw)
    if kind is DOUBLE:
        return float(raw)
    if kind is TEXT:
        return str(raw)
    return raw


def dig(row: Any, path: str) -> Any:
    """The value at `a.b.c`, None where something on the way is missing."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def unknown(row: Mapping[str, Any], known: Iterable[str], prefix: str = "") -> Row:
    """The fields that no known path names, as nested objects."""
    paths = list(known)
    extra: Row = {}
    for name, inner in row.items():
        path = prefix + name
        if path in paths:
            continue
        if any(other.startswith(f"{path}.") for other in paths):
            if isinstance(inner, Mapping) and (below := unknown(inner, paths, f"{path}.")):
                extra[name] = below
        else:
            extra[name] = inner
    return extra


def as_raw(table: Table, rows: Iterable[Mapping[str, Any]], **ours: Any) -> Keyed:
    """Vendor rows as the raw table must hold them while the vendor has them, by key."""
    found: Keyed = {}
    ours = {"missing_since": None, **ours} if "missing_since" in table.ours else ours
    for row in rows:
        raw = {**ours, **{column_name(path): value(dig(row, path), kind) for path, kind in table.fields.items()}}
        raw["_extra"] = unknown(row, table.fields) or None
        found[tuple(raw[name] for name in table.key)] = raw
    return found


def held(cli: Cli, schema: str, table: Table, without: tuple[str, ...] = ()) -> Keyed:
    """What the raw file holds, by key."""
    columns = [name for name in table.columns if name not in (*without, "_gone")]
    query = ", ".join(f'"{name}"' for name in columns)
    found: Keyed = {}
    for record in cli.raw(f"select {query} from {schema}.{table.name}"):
        row = dict(zip(columns, record, strict=True))
        for name in columns:
            if table.columns[name] is JSON and row[name] is not None:
                row[name] = json.loads(row[name])
            elif isinstance(row[name], datetime):
                row[name] = row[name].astimezone(UTC)
        key = tuple(row[name] for name in table.key)
        assert key not in found, f"{table.name} holds {key} twice"
        found[key] = row
    return found


def snitcher_sessions(sandbox: Sandbox, since: datetime) -> Iterable[tuple[str, Row]]:
    """Workspace and session, of those that began in the history."""
    for workspace in sandbox.records("snitcher", "workspaces"):
        for row in sandbox.records("snitcher", "sessions", workspace["uuid"]):
            if datetime.fromisoformat(row["started_at"]) >= since:
                yield workspace["uuid"], row


def events_of(workspace: str, session: Row) -> Keyed:
    """A session's events, numbered from 1 in order of time, then of the answer; its views where it has none."""
    events = session.get("events") or [
        {"event_type": "pageview", "triggered_at": view["visited_at"]}
        | {name: inner for name, inner in view.items() if name != "visited_at"}
        for view in session.get("views") or []
    ]
    far = datetime.max.replace(tzinfo=UTC)
    timed = sorted(events, key=lambda event: value(event.get("triggered_at"), TIMESTAMP) or far)
    found: Keyed = {}
    for position, event in enumerate(timed, 1):
        ours = {"workspace_uuid": workspace, "session_uuid": session["uuid"], "position": position}
        found |= as_raw(snitcher.SESSION_EVENTS, [event], **ours)
    return found


def of_snitcher(sandbox: Sandbox, since: datetime) -> dict[str, Keyed]:
    """All of Snitcher's tables but the websites, whose rows have a moment of their own."""
    found: dict[str, Keyed] = {"sessions": {}, "session_events": {}, "organisations": {}, "segments": {}}
    found["workspaces"] = as_raw(snitcher.WORKSPACES, sandbox.records("snitcher", "workspaces"))
    for workspace, session in snitcher_sessions(sandbox, since):
        plain = {name: inner for name, inner in session.items() if name not in ("events", "views")}
        found["sessions"] |= as_raw(snitcher.SESSIONS, [plain], workspace_uuid=workspace)
        found["session_events"] |= events_of(workspace, session)
    for (uuid,) in found["workspaces"]:
        organisations = sandbox.records("snitcher", "organisations", uuid)
        visited = [row for row in organisations if datetime.fromisoformat(row["last_seen"]) >= since]
        found["organisations"] |= as_raw(snitcher.ORGANISATIONS, visited, workspace_uuid=uuid)
        found["segments"] |= as_raw(
            snitcher.SEGMENTS, sandbox.records("snitcher", "segments", uuid), workspace_uuid=uuid
        )
    return found


def of_snapcall(sandbox: Sandbox, since: datetime) -> dict[str, Keyed]:
    """All of SnapCall's tables; of its agents those that a call or a button names, since nothing lists them."""
    calls = sandbox.records("snapcall", "calls")
    calls = [row for row in calls if datetime.fromisoformat(row["call_start"]) >= since]
    named = {str(row.get("agent")).lower() for row in [*calls, *sandbox.records("snapcall", "buttons")]}
    agents = [row for row in sandbox.records("snapcall", "agents") if row["email"].lower() in named]
    return {
        "calls": as_raw(snapcall.CALLS, calls),
        "buttons": as_raw(snapcall.BUTTONS, sandbox.records("snapcall", "buttons")),
        "agents": as_raw(snapcall.AGENTS, agents),
        "schedule_templates": as_raw(snapcall.SCHEDULE_TEMPLATES, sandbox.records("snapcall", "schedule_templates")),
    }


def smartlook_projects(sandbox: Sandbox) -> list[str]:
    """The ids of all projects that hold anything."""
    return list(sandbox.vendor("smartlook").scoped("sessions"))


def of_smartlook(sandbox: Sandbox, since: datetime, projects: Iterable[str] | None = None) -> dict[str, Keyed]:
    """All of Smartlook's tables: sessions that began in the history, their events, and visitors seen in it."""
    found: dict[str, Keyed] = {table.name: {} for table in smartlook.TABLES}
    for project in smartlook_projects(sandbox) if projects is None else projects:

        def records(entity: str, project: str = project) -> list[Row]:
            return sandbox.records("smartlook", entity, project)

        sessions = [row for row in records("sessions") if datetime.fromisoformat(row["startedAt"]) >= since]
        kept = {row["id"] for row in sessions}
        counters = ("numberOfVisits", "numberOfSessions", "numberOfEvents")
        visitors = [
            {name: inner for name, inner in row.items() if name not in counters}
            for row in records("visitors")
            if datetime.fromisoformat(row["lastSeen"]) >= since
        ]
        events = [row for row in records("visitor_events") if row["sessionId"] in kept]
        found["sessions"] |= as_raw(smartlook.SESSIONS, sessions, project_id=project)
        found["visitors"] |= as_raw(smartlook.VISITORS, visitors, project_id=project)
        found["visitor_events"] |= as_raw(smartlook.VISITOR_EVENTS, events, project_id=project)
        found["events"] |= as_raw(smartlook.EVENTS, records("events"), project_id=project)
        found["funnels"] |= funnels_of(sandbox, project)
    return found


def funnels_of(sandbox: Sandbox, project: str) -> Keyed:
    """A project's funnels with their numbers of the last 30 closed days."""
    end = sandbox.now.replace(hour=0, minute=0, second=0)
    start = end - timedelta(days=30)
    window = FunnelWindow(*(moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") for moment in (start, end)))
    occurrences = sandbox.records("smartlook", "visitor_events", project)
    rows = [
        {**row, **funnel_numbers(row, occurrences, window, sandbox.world.since)}
        for row in sandbox.records("smartlook", "funnels", project)
    ]
    return as_raw(smartlook.FUNNELS, rows, project_id=project, date_from=start, date_to=end)


def of_usersnap(sandbox: Sandbox, since: datetime) -> dict[str, Keyed]:
    """All of Usersnap's tables."""
    projects = sandbox.records("usersnap", "projects")
    found: dict[str, Keyed] = {"feedbacks": {}, "assignees": {}}
    found["projects"] = as_raw(usersnap.PROJECTS, projects)
    for project in projects:
        feedbacks = sandbox.records("usersnap", "feedbacks", project["project_id"])
        feedbacks = [row for row in feedbacks if datetime.fromisoformat(row["created_at"]) >= since]
        found["feedbacks"] |= as_raw(usersnap.FEEDBACKS, feedbacks)
        assignees = sandbox.records("usersnap", "assignees", project["project_id"])
        found["assignees"] |= as_raw(usersnap.ASSIGNEES, assignees, project_id=project["project_id"])
    return found


def from_arrow(table: Table, arrow: Any) -> Keyed:
    """Rows of Arrow as `as_raw` gives them."""
    found: Keyed = {}
    for row in arrow.to_pylist():
        for name, kind in table.columns.items():
            if kind is JSON and row[name] is not None:
                row[name] = json.loads(row[name])
        key = tuple(row[name] for name in table.key)
        assert key not in found, f"{table.name} has {key} twice"
        found[key] = row
    return found


def assert_same(found: Keyed, wanted: Keyed, what: str) -> None:
    """Both ways, on all columns, and not empty."""
    assert wanted, f"the world has no {what}: this test would prove nothing"
    assert set(found) - set(wanted) == set(), f"{what}: rows that the world does not have"
    assert set(wanted) - set(found) == set(), f"{what}: rows that are missing"
    different = {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]}
    assert not different, f"{what}: {next(iter(different.items()))}"
