"""Smartlook: recorded sessions, who visited in them, and every event that happened."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sources.errors import SettingError, SourceError
from sources.rows.parts import gathered
from sources.rows.table import Batch, Completeness, Table
from sources.rows.values import text_of
from sources.smartlook import tables
from sources.smartlook.client import Project, Smartlook
from sources.smartlook.settings import (
    BETWEEN_SESSIONS,
    EVENTS_PAD,
    FUNNEL_DAYS,
    SEARCH_PAD,
    VISITOR_EVENTS,
    Settings,
)
from sources.standalone import standalone
from sources.vendor import ChildrenOfChanged, Connection, Resource, Scope, Task, Vendor, Whole, Windows
from sources.walks.listing import Listing
from sources.window import Window

__all__ = ["VENDOR"]


def read_sessions(project: Project, task: Task) -> Iterator[Batch]:
    """Sessions of the window; those that began before the history are left out."""
    assert task.window is not None
    pages = project.sessions(padded(task.window, SEARCH_PAD))
    return _since(project, tables.SESSIONS, pages, "started_at", task.since, task)


def read_visitors(project: Project, task: Task) -> Iterator[Batch]:
    """Visitors with a session in the window."""
    assert task.window is not None
    pages = project.visitors(padded(task.window, SEARCH_PAD))
    return _since(project, tables.VISITORS, pages, "last_seen", task.since, task)


def read_visitor_events(project: Project, task: Task) -> Iterator[Batch]:
    """What each visitor did in the stretch that is missing of them."""
    for visitor in task.parents:
        span = task.spans[visitor]
        pages = project.visitor_events(visitor, padded(span, EVENTS_PAD))
        first = max(task.since, span.start - BETWEEN_SESSIONS)
        yield from _since(project, tables.VISITOR_EVENTS, pages, "started_at", first, task)


def read_events(project: Project, task: Task) -> Iterator[Batch]:
    """All event definitions."""
    pages = project.events()
    for page in pages:
        yield tables.EVENTS.batch(page, project_id=project.id)
    yield tables.EVENTS.counted(pages.walks)


def read_funnels(project: Project, task: Task) -> Iterator[Batch]:
    """All funnels with their numbers of the last closed days; one that is not computed in time is left out."""
    end = datetime(task.now.year, task.now.month, task.now.day, tzinfo=UTC)
    start = end - timedelta(days=FUNNEL_DAYS)
    pages = project.funnels()
    found = [row for page in pages for row in page]
    listed = {_id(row): row for row in found if _id(row)}
    asked = [(row, project.funnel(funnel, start, end)) for funnel, row in listed.items()]
    # one that has no id cannot be asked for, and goes to quarantine
    rows = [row for row in found if not _id(row)]
    rows += [{**row, **numbers} for row, numbers in asked if numbers is not None]
    walks = pages.walks
    if missing := sum(numbers is None for _, numbers in asked):
        # these keep the numbers of an earlier day, and are asked for again by the next run
        walks.append(Completeness("funnels", project.id, len(asked), len(asked) - missing))
    batch = tables.FUNNELS.batch(
        rows, read_at=task.now, project_id=project.id, date_from=start.isoformat(), date_to=end.isoformat()
    )
    yield replace(batch, walks=walks)


def _id(row: Any) -> str:
    """The row's id, "" where it has none that can be asked for."""
    try:
        return text_of(row["id"])
    except (TypeError, KeyError, ValueError):
        return ""


def _since(project: Project, table: Table, pages: Listing, column: str, since: datetime, task: Task) -> Iterator[Batch]:
    """The rows of a walk without those before a moment; a row without time stays."""
    for rows in gathered(pages):
        yield table.batch(rows, read_at=task.now, project_id=project.id).since(column, since)
    if pages.walks:
        yield table.counted(pages.walks)


def padded(window: Window, pad: timedelta) -> tuple[date, date]:
    """The window's days, and more on either side."""
    return window.first_day - pad, window.last_day + pad


def connect(connection: Connection[Settings]) -> Smartlook:
    """One API client per token; each has a budget per endpoint. Raises SettingError where no token is left."""
    tokens = list(dict.fromkeys(connection.settings.secrets))
    if not tokens:
        raise SettingError("SMARTLOOK_API_TOKEN holds no token; several are written token1,token2")
    return Smartlook([_project(connection, token, place) for place, token in enumerate(tokens, 1)])


def _project(connection: Connection[Settings], token: str, place: int) -> Project:
    client = connection.client(
        token,
        sign=lambda: {"Authorization": f"Bearer {token}"},
        hint=f"Check token {place} of SMARTLOOK_API_TOKEN: one that was not used for 90 days ends by itself."
        " Make a new one in the settings of the Smartlook project, under API tokens.",
        budget_per_route=True,
    )
    return Project(client, place)


def open_projects(api: Smartlook) -> Iterator[Scope]:
    """Each project of the tokens once; a dead token is an error of its own."""
    seen: set[str] = set()
    for project, found in api.opened():
        if isinstance(found, SourceError):
            yield Scope("", project, found)
        elif project.id not in seen:
            seen.add(project.id)
            yield Scope(project.id, project)


def probe(api: Smartlook) -> str:
    """One cheap read per token."""
    opened = [found for _, found in api.opened()]
    errors = [found for found in opened if isinstance(found, SourceError)]
    if errors:
        raise SourceError(" ".join(str(error) for error in errors))
    names = [str(row.get("projectName") or row["projectId"]) for row in opened if isinstance(row, dict)]
    return f"{'the token is' if len(names) == 1 else 'all tokens are'} accepted: {', '.join(names)}"


VENDOR = Vendor(
    name="smartlook",
    title="Smartlook",
    settings=Settings,
    tables=tables.TABLES,
    kinds=("session", "visitor"),
    resources=(
        Resource(
            "sessions",
            (tables.SESSIONS,),
            read_sessions,
            Windows(moment="started_at"),
            within="project_id",
            newest="started_at",
        ),
        # listed by their visits: one that is not there may just have none left
        Resource("visitors", (tables.VISITORS,), read_visitors, Windows(), newest="last_seen"),
        Resource(
            "visitor_events",
            (tables.VISITOR_EVENTS,),
            read_visitor_events,
            ChildrenOfChanged(
                tables.SESSIONS.column("visitor_id"), "project_id", "started_at", "ended_at", VISITOR_EVENTS
            ),
            newest="started_at",
        ),
        Resource("events", (tables.EVENTS,), read_events, Whole(), within="project_id"),
        Resource("funnels", (tables.FUNNELS,), read_funnels, Whole(), within="project_id"),
    ),
    connect=connect,
    probe=probe,
    scopes=open_projects,
    forgets_after=(30, 90, 180),
)

__getattr__ = standalone(VENDOR)
