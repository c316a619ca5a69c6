"""Usersnap: projects, the feedback that visitors leave in them, and who works on it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from sources.errors import ScopeGone
from sources.http.budget import Budget, Limit, Stop
from sources.http.client import Client
from sources.rows.table import Batch, Row, merged
from sources.rows.values import READ, Kind
from sources.usersnap import tables
from sources.usersnap.client import Usersnap
from sources.usersnap.settings import BASE_URL, OVERLAP, RATE_LIMIT
from sources.usersnap.token import Signer
from sources.vendor import BudgetMaker, Changes, Latest, Resource, Standalone, Task, Vendor, moment

__all__ = ["VENDOR", "usersnap"]

PAD = timedelta(days=1)


def read_projects(api: Usersnap, task: Task) -> Iterator[Batch]:
    """All projects; their counts change with each feedback, so they are read in each run."""
    return iter(merged(tables.PROJECTS.batch(page, read_at=task.now) for page in api.projects()))


def read_feedbacks(api: Usersnap, task: Task) -> Iterator[Batch]:
    """Feedback created in the window, oldest first, page by page; of a project that is gone nothing."""
    assert task.window is not None
    # the vendor's clock may be ahead of ours
    end = task.window.end + PAD if task.window.end + PAD < task.now else None
    try:
        for page in api.created(task.scope, max(task.window.start, task.since), end):
            yield _feedbacks(page, task)
    except ScopeGone:
        return


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
        yield tables.ASSIGNEES.batch(api.assignees(task.scope), project_id=task.scope)
    except ScopeGone:
        return


def _feedbacks(page: Sequence[Row], task: Task) -> Batch:
    batch = tables.FEEDBACKS.batch(page, read_at=task.now)
    bound = pa.scalar(task.since, pa.timestamp("us", tz="UTC"))
    created = batch.arrow.column("created_at")
    batch.arrow = batch.arrow.filter(pc.fill_null(pc.greater_equal(created, bound), True))
    return batch


def _updated(row: Row) -> datetime | None:
    value = row.get("updated_at") if isinstance(row, dict) else None
    try:
        found = READ[Kind.TIMESTAMP](value) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return found if isinstance(found, datetime) else None


def connect(settings: Mapping[str, str], budgets: BudgetMaker, stop: Stop) -> Usersnap:
    """The API client; needs USERSNAP_JWT_ID and USERSNAP_JWT_SECRET. Raises SettingError when no key can be made."""
    key_id, secret = settings["USERSNAP_JWT_ID"], settings["USERSNAP_JWT_SECRET"]
    budget = budgets(Limit.parse(settings.get("USERSNAP_RATE_LIMIT", RATE_LIMIT)), key_id)
    signer = Signer(key_id, secret)
    return Usersnap(
        Client(
            vendor="Usersnap",
            url=settings.get("USERSNAP_URL", BASE_URL).rstrip("/"),
            sign=signer.headers,
            hint="The REST API is a feature of some plans only: ask Usersnap's support to open it for the account.",
            budget_for=lambda route: budget,
            secrets=(secret,),
            stop=stop,
            renew=signer.renew,
            explain=signer.explain,
        )
    )


def probe(api: Usersnap) -> str:
    """One cheap read."""
    count = sum(len(page) for page in api.projects())
    return f"the token is accepted, {count} project{'' if count == 1 else 's'}"


VENDOR = Vendor(
    name="usersnap",
    title="Usersnap",
    secrets=("USERSNAP_JWT_ID", "USERSNAP_JWT_SECRET"),
    rate_limit=RATE_LIMIT,
    tables=tables.TABLES,
    resources=(
        Resource("projects", (tables.PROJECTS,), read_projects, "each_run"),
        Resource(
            "feedbacks",
            (tables.FEEDBACKS,),
            read_feedbacks,
            "changes",
            scoped_by=("projects", "project_id"),
            changes=Changes(latest_feedbacks, scope="project_id", created="created_at"),
            newest="created_at",
        ),
        Resource("assignees", (tables.ASSIGNEES,), read_assignees, "daily", scoped_by=("projects", "project_id")),
    ),
    connect=connect,
    probe=probe,
)


@dlt.source(section="usersnap", max_table_nesting=0)
def usersnap(
    since: str | date | datetime,
    until: str | date | datetime | None = None,
    usersnap_jwt_id: str = dlt.secrets.value,
    usersnap_jwt_secret: str = dlt.secrets.value,
    usersnap_url: str = BASE_URL,
    usersnap_rate_limit: str = RATE_LIMIT,
) -> list[DltResource]:
    """Read a stretch of time into any dlt destination: `dlt.pipeline(...).run(usersnap(since="2026-08-01"))`.

    Args:
        since: First moment of the history by creation, inclusive; a date is its UTC midnight.
        until: End of the history, exclusive; now when not given.
        usersnap_jwt_id: The JWT ID of the account's REST API settings.
        usersnap_jwt_secret: The JWT secret beside it.
        usersnap_url: The API root.
        usersnap_rate_limit: Requests that one account may send, as `120/minute`.
    """
    settings = {
        "USERSNAP_JWT_ID": usersnap_jwt_id,
        "USERSNAP_JWT_SECRET": usersnap_jwt_secret,
        "USERSNAP_URL": usersnap_url,
        "USERSNAP_RATE_LIMIT": usersnap_rate_limit,
    }
    api = connect(settings, Budget, Stop())
    return Standalone(VENDOR, api, moment(since), moment(until or datetime.now(UTC))).resources()
