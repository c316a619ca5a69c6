"""SnapCall: click-to-call calls with their buttons, agents and schedule templates."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from sources.http.budget import Budget, Limit, Stop
from sources.http.client import Client
from sources.rows.table import Batch, latest, numbered
from sources.snapcall import tables
from sources.snapcall.client import SnapCall
from sources.snapcall.settings import BASE_URL, RATE_LIMIT
from sources.vendor import BudgetMaker, Resource, Standalone, Task, Vendor, moment

__all__ = ["VENDOR", "snapcall"]

PAD = timedelta(days=1)


def read_calls(api: SnapCall, task: Task) -> Iterator[Batch]:
    """Calls of the window, and of a day before it: whether its bounds test start or end of a call is not known."""
    assert task.window is not None
    pages = api.calls(task.window.start - PAD, min(task.window.end + PAD, max(task.now, task.window.end)))
    batches = [tables.CALLS.batch(page, read_at=task.now) for page in pages]
    if not batches:
        return
    rows, _ = latest(numbered([batch.arrow for batch in batches]), tables.CALLS.key)
    starts = rows.column("call_start")
    since = pa.scalar(task.since, pa.timestamp("us", tz="UTC"))
    rows = rows.filter(pc.fill_null(pc.greater_equal(starts, since), True))
    misfits = list(chain.from_iterable(batch.misfits for batch in batches))
    yield Batch(tables.CALLS, rows, misfits, set().union(*(batch.unknown for batch in batches)))


def read_buttons(api: SnapCall, task: Task) -> Iterator[Batch]:
    """All buttons."""
    for page in api.buttons():
        yield tables.BUTTONS.batch(page)


def read_schedule_templates(api: SnapCall, task: Task) -> Iterator[Batch]:
    """All schedule templates."""
    for page in api.schedule_templates():
        yield tables.SCHEDULE_TEMPLATES.batch(page)


def read_agents(api: SnapCall, task: Task) -> Iterator[Batch]:
    """The agents that calls and buttons name; one that the vendor no longer has keeps its row."""
    emails = sorted({email.strip().lower() for email in task.parents if "@" in email})
    agents = [agent for email in emails if (agent := api.agent(email)) is not None]
    if agents:
        yield tables.AGENTS.batch(agents, read_at=task.now)


def connect(settings: Mapping[str, str], budgets: BudgetMaker, stop: Stop) -> SnapCall:
    """The API client; `settings` needs SNAPCALL_API_KEY, and takes SNAPCALL_API_SECRET for Basic authentication."""
    key, secret = settings["SNAPCALL_API_KEY"], settings.get("SNAPCALL_API_SECRET", "")
    basic = b64encode(f"{key}:{secret}".encode()).decode()
    header = f"Basic {basic}" if secret else f"Bearer {key}"
    budget = budgets(Limit.parse(settings.get("SNAPCALL_RATE_LIMIT", RATE_LIMIT)), key)
    return SnapCall(
        Client(
            vendor="SnapCall",
            url=settings.get("SNAPCALL_URL", BASE_URL).rstrip("/"),
            sign=lambda: {"Authorization": header},
            hint="Check SNAPCALL_API_KEY (and SNAPCALL_API_SECRET, where the account has one) in SnapCall's dashboard.",
            budget_for=lambda route: budget,
            secrets=(key, secret, basic),
            stop=stop,
        )
    )


def probe(api: SnapCall) -> str:
    """One cheap read."""
    api.me()
    return "the key is accepted"


VENDOR = Vendor(
    name="snapcall",
    title="SnapCall",
    secrets=("SNAPCALL_API_KEY",),
    rate_limit=RATE_LIMIT,
    tables=tables.TABLES,
    resources=(
        Resource("calls", (tables.CALLS,), read_calls, "windows", newest="call_start"),
        Resource("buttons", (tables.BUTTONS,), read_buttons, "daily"),
        Resource(
            "agents",
            (tables.AGENTS,),
            read_agents,
            "daily",
            parents=(("calls", "agent"), ("buttons", "agent")),
        ),
        Resource("schedule_templates", (tables.SCHEDULE_TEMPLATES,), read_schedule_templates, "daily"),
    ),
    connect=connect,
    probe=probe,
)


@dlt.source(section="snapcall", max_table_nesting=0)
def snapcall(
    since: str | date | datetime,
    until: str | date | datetime | None = None,
    snapcall_api_key: str = dlt.secrets.value,
    snapcall_api_secret: str = "",
    snapcall_url: str = BASE_URL,
    snapcall_rate_limit: str = RATE_LIMIT,
) -> list[DltResource]:
    """Read a stretch of time into any dlt destination: `dlt.pipeline(...).run(snapcall(since="2026-08-01"))`.

    Args:
        since: First moment of the history, inclusive; a date is its UTC midnight.
        until: End of the history, exclusive; now when not given.
        snapcall_api_key: The API key, sent as Bearer.
        snapcall_api_secret: When given, key and secret are sent as Basic authentication instead.
        snapcall_url: The API root.
        snapcall_rate_limit: Requests that one key may send, as `120/minute`.
    """
    settings = {
        "SNAPCALL_API_KEY": snapcall_api_key,
        "SNAPCALL_API_SECRET": snapcall_api_secret,
        "SNAPCALL_URL": snapcall_url,
        "SNAPCALL_RATE_LIMIT": snapcall_rate_limit,
    }
    api = connect(settings, Budget, Stop())
    return Standalone(VENDOR, api, moment(since), moment(until or datetime.now(UTC))).resources()
