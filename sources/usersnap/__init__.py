"""Usersnap: projects, the feedback that visitors leave in them, and who works on it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sources.errors import ScopeGone
from sources.rows.parts import merged
from sources.rows.table import Batch, Completeness, Row
from sources.rows.values import moment_of
from sources.standalone import standalone
from sources.usersnap import tables
from sources.usersnap.client import Usersnap
from sources.usersnap.settings import OVERLAP, Settings
from sources.usersnap.token import Signer
from sources.vendor import Connection, Followed, Latest, Resource, Task, Vendor, Whole
from sources.walks.chosen import chosen

__all__ = ["VENDOR"]

PAD = timedelta(days=1)
PROJECT = tables.PROJECTS.column("project_id")


def read_projects(api: Usersnap, task: Task) -> Iterator[Batch]:
    """The projects, or those that were chosen; their counts change with each feedback, so they are read in each run."""
    pages = api.projects()
    own = chosen(pages, api.chosen, ("project_id", "name"), "USERSNAP_PROJECTS")
    for page in own:
        yield tables.PROJECTS.batch(page, read_at=task.now)
    yield tables.PROJECTS.counted(pages.walks)


def read_feedbacks(api: Usersnap, task: Task) -> Iterator[Batch]:
    """Feedback created in the window, oldest first, page by page; of a project that is gone nothing."""
    assert task.window is not None
    # the vendor's clock may be ahead of ours
    end = task.window.end + PAD if task.window.end + PAD < task.now else None
    pages = api.created(task.scope, max(task.window.start, task.since), end)
    try:
        for page in pages:
            yield _feedbacks(page, task)
    except ScopeGone:
        return
    yield tables.FEEDBACKS.counted(pages.walks)


def latest_feedbacks(api: Usersnap, task: Task) -> Latest:
    """Feedback that changed since the mark in `task.window.start`; without a mark, the page that changed last."""
    walk = api.changed(task.scope, task.since)
    until = task.window.start - OVERLAP if task.window else None
    batches: list[Batch] = []
    mark: datetime | None = None
    last: datetime | None = None
    whole = False
    for page in walk:
        times = [time for time in map(_updated, page) if time]
        if not batches:
            # of the first page: what changes under the walk is later than this, and found by the next one
            mark = min(max(times), task.now) if times else None
        batches.append(_feedbacks(page, task))
        last = min(times, default=last)
        if until is None or (last is not None and last < until):
            whole = walk.total is not None and len(walk.keys) >= walk.total
            break
    else:
        whole = walk.complete
    return Latest(merged(batches), mark, walk.total, whole)


def read_assignees(api: Usersnap, task: Task) -> Iterator[Batch]:
    """Users whom feedback of one project can be assigned to; nothing when the project is gone."""
    try:
        rows = api.assignees(task.scope)
    except ScopeGone:
        return
    batch = tables.ASSIGNEES.batch(rows, project_id=task.scope)
    yield replace(batch, walks=[Completeness("assignees", task.scope, None, len(rows))])


def _feedbacks(page: Sequence[Row], task: Task) -> Batch:
    return tables.FEEDBACKS.batch(page, read_at=task.now).since("created_at", task.since)


def _updated(row: Row) -> datetime | None:
    return moment_of(row.get("updated_at")) if isinstance(row, dict) else None


def connect(connection: Connection[Settings]) -> Usersnap:
    """The API client, which signs with the pair. Raises SettingError where no key can be made of it."""
    key_id = connection.settings.jwt_id.get_secret_value()
    signer = Signer(key_id, connection.settings.jwt_secret.get_secret_value())
    return Usersnap(
        connection.client(
            key_id,
            sign=signer.headers,
            hint="The REST API is a feature of some plans only: ask Usersnap's support to open it for the account.",
            renew=signer.renew,
            explain=signer.explain,
        ),
        connection.settings.projects,
    )


def probe(api: Usersnap) -> str:
    """One cheap read."""
    count = sum(len(page) for page in api.projects())
    return f"the token is accepted, {count} project{'' if count == 1 else 's'}"


VENDOR = Vendor(
    name="usersnap",
    title="Usersnap",
    settings=Settings,
    tables=tables.TABLES,
    kinds=("feedback",),
    resources=(
        Resource("projects", (tables.PROJECTS,), read_projects, Whole(each_run=True)),
        Resource(
            "feedbacks",
            (tables.FEEDBACKS,),
            read_feedbacks,
            Followed(latest_feedbacks, created="created_at"),
            scope=PROJECT,
            within="project_id",
            newest="created_at",
        ),
        Resource("assignees", (tables.ASSIGNEES,), read_assignees, Whole(), scope=PROJECT, within="project_id"),
    ),
    connect=connect,
    probe=probe,
)

__getattr__ = standalone(VENDOR)
