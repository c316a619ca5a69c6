"""SnapCall's raw tables. The v2 documentation has no response example: names are those of its requests and of v1.

`missing_since` is ours: when a whole reading no longer found what an earlier one had.
"""

from sources.rows.personal import Personal
from sources.rows.table import Phone, Table, Text
from sources.rows.values import BIGINT, BOOL, DOUBLE, JSON, TEXT, TIMESTAMP

BUTTONS = Table(
    "buttons",
    key=("bid",),
    ours={"missing_since": TIMESTAMP},
    fields={
        "bid": TEXT,
        "name": TEXT,
        "brand": TEXT,
        # on a button this is the number that is called, not the id of a call
        "call_id": TEXT,
        "agent": TEXT,
        "schedule_template_id": TEXT,
        "timezone": TEXT,
        "caller_id": TEXT,
        "config": JSON,
        "display_page": TEXT,
        # a display threshold, not revenue
        "cart_value": DOUBLE,
        "active": BOOL,
    },
    texts={"call_id": Phone(zone="timezone"), "caller_id": Phone(zone="timezone")},
)

CALLS = Table(
    "calls",
    key=("id",),
    ours={"missing_since": TIMESTAMP},
    fields={
        "id": TEXT,
        "bid": TEXT,
        "button.bid": TEXT,
        "button.name": TEXT,
        "agent": TEXT,
        "client": TEXT,
        # a number in all that was seen: no plus sign, leading zeros lost
        "ani": TEXT,
        "status": TEXT,
        "rate": DOUBLE,
        "call_start": TIMESTAMP,
        "call_end": TIMESTAMP,
        "duration": DOUBLE,
        "referer": TEXT,
        "cart_value": DOUBLE,
        "context.default.ip": TEXT,
        "context.default.city": TEXT,
        "context.default.browser": TEXT,
        "context.default.language": TEXT,
        "context.default.url": TEXT,
        "context.default.url_title": TEXT,
        "context.external": JSON,
    },
    texts={
        "client": Text.ADDRESS,
        "context_external": Text.ADDRESS,
        "ani": Phone(zone="timezone", of=BUTTONS, by=("bid", "button_bid")),
    },
    personal=Personal(
        columns=("client", "ani", "context_external", "context_default_ip", "_extra"),
        tells=("client", "ani", "context_external", "context_default_url", "referer", "_extra"),
    ),
)

AGENTS = Table(
    "agents",
    key=("email",),
    fields={"email": TEXT, "status": TEXT, "wrap_up_time": DOUBLE, "last_bridge_end": BIGINT},
    personal=Personal(tells=("email",), is_erased=True),
)

SCHEDULE_TEMPLATES = Table(
    "schedule_templates",
    key=("id",),
    ours={"missing_since": TIMESTAMP},
    fields={"id": TEXT, "name": TEXT, "schedule": JSON},
)

TABLES = (CALLS, BUTTONS, AGENTS, SCHEDULE_TEMPLATES)
