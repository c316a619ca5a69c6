"""Snitcher: the companies behind website visits, their sessions and every event in them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sources.rows.json_text import dump
from sources.rows.parts import gathered, parts
from sources.rows.table import Batch, Misfit, Row
from sources.rows.values import text_of
from sources.snitcher import tables
from sources.snitcher.client import Snitcher
from sources.snitcher.settings import Settings
from sources.standalone import standalone
from sources.vendor import Connection, Resource, Task, Vendor, Whole, Windows
from sources.walks.chosen import chosen
from sources.window import Window

__all__ = ["VENDOR"]

WORKSPACE = tables.WORKSPACES.column("uuid")


def read_workspaces(api: Snitcher, task: Task) -> Iterator[Batch]:
    """The workspaces of the token, or those that were chosen."""
    pages = api.workspaces()
    for page in chosen(pages, api.chosen, ("uuid", "name"), "SNITCHER_WORKSPACES"):
        yield tables.WORKSPACES.batch(page)
    yield tables.WORKSPACES.counted(pages.walks)


def read_segments(api: Snitcher, task: Task) -> Iterator[Batch]:
    """All segments of one workspace."""
    pages = api.segments(task.scope)
    for page in pages:
        yield tables.SEGMENTS.batch(page, workspace_uuid=task.scope)
    yield tables.SEGMENTS.counted(pages.walks)


def read_organisations(api: Snitcher, task: Task) -> Iterator[Batch]:
    """Companies that visited in the window (all companies without one), and the websites that they have now."""
    pages = api.organisations(task.scope, padded(task.window) if task.window else None)
    rows = gathered(pages)
    batches = (tables.ORGANISATIONS.batch(some, read_at=task.now, workspace_uuid=task.scope) for some in rows)
    groups = ([batch.since("last_seen", task.since) if task.window else batch] for batch in batches)
    for (batch,) in parts(groups, task.at_once):
        yield batch
        websites = batch.arrow.filter(pc.is_valid(batch.arrow.column("website"))).select(["uuid", "website"])
        yield tables.ORGANISATION_WEBSITES.batch(
            websites.to_pylist(), workspace_uuid=task.scope, first_loaded_at=task.now.isoformat()
        )
    yield tables.ORGANISATIONS.counted(pages.walks)


def read_sessions(api: Snitcher, task: Task) -> Iterator[Batch]:
    """Sessions of the window with their events, each session's events as a set."""
    assert task.window is not None
    pages = api.sessions(task.scope, padded(task.window))
    groups = (session_batches(rows, task.scope, task.now) for rows in gathered(pages))
    for part in parts(((each.since("started_at", task.since), events) for each, events in groups), task.at_once):
        yield from part
    yield tables.SESSIONS.counted(pages.walks)


def session_batches(rows: Sequence[Any], workspace: str, read_at: datetime | None = None) -> tuple[Batch, Batch]:
    """Sessions and their events; both tables bear `_row`, the number of the session in order of arrival."""
    usable = [row for row in rows if _has_uuid(row)]
    plain = [{name: value for name, value in row.items() if name not in ("events", "views")} for row in usable]
    sessions = tables.SESSIONS.batch(plain, read_at=read_at, workspace_uuid=workspace)
    if len(usable) < len(rows):
        sessions.misfits += tables.SESSIONS.batch([row for row in rows if not _has_uuid(row)]).misfits
    lists = [_events(row, sessions.misfits) for row in usable]
    flat: list[Row] = []
    owners: list[int] = []
    gone: list[bool | None] = []
    for owner, events in enumerate(lists):
        if events is not None:
            # an empty set is one row that says so, or the events of an earlier reading would stay
            flat += events or [{}]
            owners += [owner] * (len(events) or 1)
            gone += [None] * len(events) or [True]
    batch = tables.SESSION_EVENTS.batch(
        flat,
        read_at=read_at,
        workspace_uuid=workspace,
        session_uuid=[usable[owner]["uuid"] for owner in owners],
        position=0,
    )
    schema = batch.arrow.schema
    arrow = batch.arrow.set_column(schema.get_field_index("_gone"), "_gone", pa.array(gone, pa.bool_()))
    arrow = arrow.append_column("_row", pa.array(owners, pa.int64()))
    # a stable order: by time, events without one last, then as the vendor listed them
    arrow = arrow.append_column("_listed", pa.array(range(len(arrow)), pa.int64()))
    order = pc.sort_indices(arrow, [("_row", "ascending"), ("triggered_at", "ascending"), ("_listed", "ascending")])
    positions = chain.from_iterable(range(1, (len(events) or 1) + 1) for events in lists if events is not None)
    arrow = arrow.take(order).drop_columns("_listed")
    batch.arrow = arrow.set_column(
        schema.get_field_index("position"), "position", pa.array(list(positions), pa.int64())
    )
    sessions.arrow = sessions.arrow.append_column("_row", pa.array(range(len(usable)), pa.int64()))
    sessions.misfits += batch.misfits
    return sessions, batch


def _has_uuid(row: Any) -> bool:
    try:
        return isinstance(row, dict) and text_of(row.get("uuid")) is not None
    except ValueError:
        return False


def _events(row: Row, misfits: list[Misfit]) -> list[Row] | None:
    """A session's events; its page views where it has none; None when they are not a list and say nothing."""
    events = row.get("events")
    if events is not None and not isinstance(events, list):
        misfits.append(Misfit("session_events", dump(row["uuid"]), "events", dump(events), "not a list"))
        return None
    if events:
        return [event if isinstance(event, dict) else {"value": event} for event in events]
    views = row.get("views")
    return [
        {"event_type": "pageview", "triggered_at": view.get("visited_at")}
        | {name: value for name, value in view.items() if name != "visited_at"}
        for view in (views if isinstance(views, list) else [])
        if isinstance(view, dict)
    ]


def padded(window: Window) -> tuple[date, date]:
    """The window's days and one more on either side: which zone and which of a session's times decide is not known."""
    return window.first_day - timedelta(days=1), window.last_day + timedelta(days=1)


def connect(connection: Connection[Settings]) -> Snitcher:
    """The API client of the token."""
    token = connection.settings.api_token.get_secret_value()
    return Snitcher(
        connection.client(
            token,
            sign=lambda: {"Authorization": f"Bearer {token}"},
            hint="Check SNITCHER_API_TOKEN: make a token in Snitcher under Settings > Account > API.",
        ),
        connection.settings.workspaces,
    )


def probe(api: Snitcher) -> str:
    """One cheap read."""
    api.me()
    return "the token is accepted"


VENDOR = Vendor(
    name="snitcher",
    title="Snitcher",
    settings=Settings,
    tables=tables.TABLES,
    kinds=("organisation", "session"),
    resources=(
        Resource("workspaces", (tables.WORKSPACES,), read_workspaces, Whole()),
        Resource(
            "sessions",
            (tables.SESSIONS, tables.SESSION_EVENTS),
            read_sessions,
            Windows(moment="started_at"),
            scope=WORKSPACE,
            within="workspace_uuid",
            newest="started_at",
        ),
        Resource(
            "organisations",
            (tables.ORGANISATIONS, tables.ORGANISATION_WEBSITES),
            read_organisations,
            Windows(whole_reread=True),
            scope=WORKSPACE,
            within="workspace_uuid",
            newest="last_seen",
        ),
        Resource("segments", (tables.SEGMENTS,), read_segments, Whole(), scope=WORKSPACE, within="workspace_uuid"),
    ),
    connect=connect,
    probe=probe,
)

__getattr__ = standalone(VENDOR)
