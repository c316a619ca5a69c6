"""Smartlook's raw tables. No record carries its project: `project_id` comes from the token's own `/me`.

`missing_since` is ours: when a whole reading no longer found what an earlier one had.
"""

from sources.rows.personal import Personal
from sources.rows.table import Table, Text
from sources.rows.values import BIGINT, DOUBLE, JSON, TEXT, TIMESTAMP

IDENTIFICATION = {
    "identification.uid": TEXT,
    # an object on a session, a list on a visitor, or nothing
    "identification.properties": JSON,
}

# what a site tells of a visitor makes all that the visitor did theirs
WHO = ("identification_uid", "identification_properties", "_extra")

VISITORS = Table(
    "visitors",
    key=("project_id", "id"),
    ours={"project_id": TEXT},
    fields={
        "id": TEXT,
        **IDENTIFICATION,
        "firstSeen": TIMESTAMP,
        "lastSeen": TIMESTAMP,
        "numberOfVisits": BIGINT,
        "numberOfSessions": BIGINT,
        "numberOfEvents": BIGINT,
        "_links": JSON,
    },
    texts={"identification_uid": Text.ADDRESS, "identification_properties": Text.ADDRESS},
    personal=Personal(columns=WHO, tells=WHO, of="visitor", ids=("project_id", "id"), known_by=WHO),
)

SESSIONS = Table(
    "sessions",
    key=("project_id", "id"),
    ours={"project_id": TEXT, "missing_since": TIMESTAMP},
    fields={
        "id": TEXT,
        "visitorId": TEXT,
        **IDENTIFICATION,
        "identification.visitorIp": TEXT,
        "identification.browser.name": TEXT,
        "identification.browser.code": TEXT,
        "identification.browser.userAgent": TEXT,
        "identification.platform.name": TEXT,
        "identification.platform.operatingSystem": TEXT,
        "identification.platform.code": TEXT,
        "identification.country.name": TEXT,
        "identification.country.code": TEXT,
        "identification.country.region": TEXT,
        "identification.country.city": TEXT,
        "identification.device.type": TEXT,
        "identification.device.orientation": TEXT,
        "identification.device.width": BIGINT,
        "identification.device.height": BIGINT,
        "duration": DOUBLE,
        "startedAt": TIMESTAMP,
        "endedAt": TIMESTAMP,
        "referrer": TEXT,
        "landingPage": TEXT,
        "exitPage": TEXT,
        "pageUrl": JSON,
        "notes": JSON,
        "domain": TEXT,
        "protocol": TEXT,
        "dashboardURL": TEXT,
        "_links": JSON,
    },
    texts={
        "identification_uid": Text.ADDRESS,
        "identification_properties": Text.ADDRESS,
        "referrer": Text.HOST,
    },
    personal=Personal(
        columns=(*WHO, "identification_visitor_ip", "identification_browser_user_agent", "notes"),
        tells=WHO,
        of="visitor",
        ids=("project_id", "visitor_id"),
        known_by=WHO,
    ),
)

VISITOR_EVENTS = Table(
    "visitor_events",
    key=("project_id", "id"),
    ours={"project_id": TEXT},
    fields={
        "id": TEXT,
        "visitorId": TEXT,
        "sessionId": TEXT,
        "properties": JSON,
        "duration": DOUBLE,
        "startedAt": TIMESTAMP,
        "pageUrl": TEXT,
        "type": TEXT,
        "value": TEXT,
        "sourceType": TEXT,
        "eventName": TEXT,
        "selector": TEXT,
        "_links": JSON,
    },
    personal=Personal(columns=("properties", "value", "_extra"), of="visitor", ids=("project_id", "visitor_id")),
)

# Definitions, not occurrences.
EVENTS = Table(
    "events",
    key=("project_id", "id"),
    ours={"project_id": TEXT, "missing_since": TIMESTAMP},
    fields={"id": TEXT, "name": TEXT, "categoryId": TEXT, "categoryName": TEXT, "_links": JSON},
)

FUNNELS = Table(
    "funnels",
    key=("project_id", "id"),
    ours={"project_id": TEXT, "missing_since": TIMESTAMP, "date_from": TIMESTAMP, "date_to": TIMESTAMP},
    fields={
        "id": TEXT,
        "name": TEXT,
        "events": JSON,
        "createdAt": TIMESTAMP,
        "updatedAt": TIMESTAMP,
        "conversionRate": DOUBLE,
        "steps": JSON,
        "_links": JSON,
    },
)

TABLES = (VISITORS, SESSIONS, VISITOR_EVENTS, EVENTS, FUNNELS)
