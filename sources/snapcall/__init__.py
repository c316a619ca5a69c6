"""SnapCall: click-to-call calls with their buttons, agents and schedule templates."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

from sources.rows.parts import gathered
from sources.rows.table import Batch
from sources.snapcall import tables
from sources.snapcall.client import SnapCall
from sources.snapcall.settings import Settings
from sources.standalone import standalone
from sources.vendor import Connection, ForEach, Resource, Task, Vendor, Whole, Windows

__all__ = ["VENDOR"]

PAD = timedelta(days=1)


def read_calls(api: SnapCall, task: Task) -> Iterator[Batch]:
    """Calls of the window, and of a day before it: whether its bounds test start or end of a call is not known."""
    assert task.window is not None
    pages = api.calls(task.window.start - PAD, min(task.window.end + PAD, max(task.now, task.window.end)))
    for rows in gathered(pages):
        yield tables.CALLS.batch(rows, read_at=task.now).since("call_start", task.since)
    yield tables.CALLS.counted(pages.walks)


def read_buttons(api: SnapCall, task: Task) -> Iterator[Batch]:
    """All buttons."""
    pages = api.buttons()
    for page in pages:
        yield tables.BUTTONS.batch(page)
    yield tables.BUTTONS.counted(pages.walks)


def read_schedule_templates(api: SnapCall, task: Task) -> Iterator[Batch]:
    """All schedule templates."""
    pages = api.schedule_templates()
    for page in pages:
        yield tables.SCHEDULE_TEMPLATES.batch(page)
    yield tables.SCHEDULE_TEMPLATES.counted(pages.walks)


def read_agents(api: SnapCall, task: Task) -> Iterator[Batch]:
    """The agents that calls and buttons name; one that the vendor no longer has keeps its row."""
    emails = sorted({email.strip().lower() for email in task.parents if "@" in email})
    agents = [agent for email in emails if (agent := api.agent(email)) is not None]
    if agents:
        yield tables.AGENTS.batch(agents, read_at=task.now)


def connect(connection: Connection[Settings]) -> SnapCall:
    """The API client: the key as Bearer, or with a secret Basic authentication."""
    key = connection.settings.api_key.get_secret_value()
    secret = connection.settings.api_secret.get_secret_value()
    basic = b64encode(f"{key}:{secret}".encode()).decode()
    header = f"Basic {basic}" if secret else f"Bearer {key}"
    return SnapCall(
        connection.client(
            key,
            sign=lambda: {"Authorization": header},
            hint="Check SNAPCALL_API_KEY (and SNAPCALL_API_SECRET, where the account has one) in SnapCall's dashboard.",
            secrets=(basic,),
        )
    )


def probe(api: SnapCall) -> str:
    """One cheap read."""
    api.me()
    return "the key is accepted"


VENDOR = Vendor(
    name="snapcall",
    title="SnapCall",
    settings=Settings,
    tables=tables.TABLES,
    kinds=("call",),
    resources=(
        Resource("calls", (tables.CALLS,), read_calls, Windows(moment="call_start"), newest="call_start"),
        Resource("buttons", (tables.BUTTONS,), read_buttons, Whole()),
        Resource(
            "agents",
            (tables.AGENTS,),
            read_agents,
            ForEach(tables.CALLS.column("agent"), tables.BUTTONS.column("agent")),
        ),
        Resource("schedule_templates", (tables.SCHEDULE_TEMPLATES,), read_schedule_templates, Whole()),
    ),
    connect=connect,
    probe=probe,
)

__getattr__ = standalone(VENDOR)
