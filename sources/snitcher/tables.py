"""Snitcher's raw tables. Field names are the reference's; what a workspace's rows lack is taken from the path.

`missing_since` is ours: when a whole reading no longer found what an earlier one had.
"""

from sources.rows.personal import Personal
from sources.rows.table import Phone, Table, Text
from sources.rows.values import BIGINT, DOUBLE, JSON, TEXT, TIMESTAMP

WORKSPACES = Table(
    "workspaces",
    key=("uuid",),
    ours={"missing_since": TIMESTAMP},
    fields={
        "uuid": TEXT,
        "name": TEXT,
        "url": TEXT,
        "status": TEXT,
        "tracking_script_id": TEXT,
        "tracking_script_snippet": TEXT,
        "available_tags": JSON,
        # text in one copy of the reference, a number in another
        "usage_limit": BIGINT,
    },
)

ORGANISATIONS = Table(
    "organisations",
    key=("workspace_uuid", "uuid"),
    ours={"workspace_uuid": TEXT, "missing_since": TIMESTAMP},
    fields={
        "uuid": TEXT,
        "name": TEXT,
        "website": TEXT,
        "first_seen": TIMESTAMP,
        "last_seen": TIMESTAMP,
        "logo": TEXT,
        "address.country": TEXT,
        "address.state": TEXT,
        "address.city": TEXT,
        "address.latitude": DOUBLE,
        "address.longitude": DOUBLE,
        "address.street": TEXT,
        "address.street_number": TEXT,
        "address.postal_code": TEXT,
        "address.address": TEXT,
        "address.full_address": TEXT,
        "founded": BIGINT,
        "size": TEXT,
        "industry": TEXT,
        "phone": TEXT,
        "email": TEXT,
        "profiles": JSON,
        "tags": JSON,
        "segments": JSON,
        "visitor_locations": JSON,
        "total_pageviews": BIGINT,
        "pages_visited": JSON,
    },
    texts={
        "name": Text.NAME,
        "industry": Text.NAME,
        "address_city": Text.NAME,
        "website": Text.HOST,
        "email": Text.ADDRESS,
        "phone": Phone(country="address_country"),
    },
    personal=Personal(tells=("website",), is_erased=True, of="organisation", ids=("uuid",), known_by=("website",)),
)

# Append-only: every website that an organisation was ever seen with, so that its company keeps its key.
ORGANISATION_WEBSITES = Table(
    "organisation_websites",
    key=("workspace_uuid", "uuid", "website"),
    ours={"workspace_uuid": TEXT, "first_loaded_at": TIMESTAMP},
    fields={"uuid": TEXT, "website": TEXT},
    append_only=True,
    texts={"website": Text.HOST},
    personal=Personal(tells=("website",), is_erased=True, of="organisation", ids=("uuid",), known_by=("website",)),
)

SESSIONS = Table(
    "sessions",
    key=("workspace_uuid", "uuid"),
    ours={"workspace_uuid": TEXT, "missing_since": TIMESTAMP},
    fields={
        "uuid": TEXT,
        "organisation_uuid": TEXT,
        "started_at": TIMESTAMP,
        "ended_at": TIMESTAMP,
        "location.country": TEXT,
        "location.state": TEXT,
        "location.city": TEXT,
        "location.latitude": DOUBLE,
        "location.longitude": DOUBLE,
        "browser": TEXT,
        "referrer": TEXT,
        "device_type": TEXT,
    },
    texts={"referrer": Text.HOST},
    personal=Personal(of="organisation", links=("organisation_uuid",)),
)

# `position` counts from 1 in order of time, then of the answer: events have no id of their own.
SESSION_EVENTS = Table(
    "session_events",
    key=("workspace_uuid", "session_uuid", "position"),
    ours={"workspace_uuid": TEXT, "session_uuid": TEXT, "position": BIGINT},
    fields={
        "event_type": TEXT,
        "url": TEXT,
        "triggered_at": TIMESTAMP,
        "time_on_page": DOUBLE,
        "form_id": TEXT,
        "form_name": TEXT,
        "fields": JSON,
        "name": TEXT,
        "properties": JSON,
    },
    replaced_by=("workspace_uuid", "session_uuid"),
    part_of=SESSIONS,
    personal=Personal(columns=("fields", "properties", "_extra"), tells=("fields", "properties", "url", "_extra")),
)

SEGMENTS = Table(
    "segments",
    key=("workspace_uuid", "uuid"),
    ours={"workspace_uuid": TEXT, "missing_since": TIMESTAMP},
    fields={"uuid": TEXT, "name": TEXT},
)

TABLES = (WORKSPACES, ORGANISATIONS, ORGANISATION_WEBSITES, SESSIONS, SESSION_EVENTS, SEGMENTS)
