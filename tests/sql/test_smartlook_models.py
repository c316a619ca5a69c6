"""Smartlook in the marts: sessions and events beside Snitcher's, definitions and funnels."""

import hashlib
import json
from typing import Any

import pytest

from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.warehouse import Warehouse

SITE = "https://www.northwind.example"


def key(session: str, project: str = "p-1") -> str:
    return hashlib.md5(f"smartlook|{project}|{session}".encode()).hexdigest()


SESSIONS: list[dict[str, Any]] = [
    {
        "id": "normal",
        "visitorId": "v-1",
        "startedAt": "2026-03-02T10:00:00.120Z",
        "endedAt": "2026-03-02T10:05:00Z",
        "identification": {
            "uid": "anna@acme.example",
            "properties": {"plan": "pro"},
            "browser": {"name": "Firefox"},
            "country": {"code": "nl", "city": " Amsterdam "},
            "device": {"type": "Desktop"},
        },
        "referrer": "https://www.google.nl/search",
        "landingPage": f"{SITE}/?utm_source=mail&utm_medium=newsletter&utm_campaign=a+b",
        "domain": "WWW.northwind.example",
    },
    {"id": "empty"},
    {
        "id": "ugly",
        "startedAt": "2026-03-03T10:00:00Z",
        "identification": {"country": {"code": "Netherlands"}, "properties": [{"name": "plan", "value": None}]},
        "referrer": "https://größe.example/",
        "landingPage": "https://other.example/x",
        "domain": " ",
    },
]


def event(number: str, session: str | None, kind: str | None, **more: Any) -> dict[str, Any]:
    return {"id": number, "sessionId": session, "type": kind, "startedAt": "2026-03-02T10:01:00Z", **more}


EVENTS = [
    event("occ-1", "normal", "url", pageUrl=f"{SITE}/", eventName="Visit", duration=0),
    event(
        *("occ-2", "normal", "custom"),
        eventName="Checkout",
        properties=[{"name": "amount", "type": "number", "value": "150"}, {"name": "value", "value": "its own"}],
        value="anything",
        selector="#pay",
        sourceType="api",
        mood={"of": [1, None]},
        _links={"visitor": "/x"},
    ),
    event("occ-3", "normal", "text", value="typed secret", selector="#name", typed="secret too"),
    event("occ-4", "ugly", "hologram 🎉"),
    event("occ-5", "ugly", None, pageUrl=" ", properties="odd"),
    # sessions that are not there
    event("occ-6", "nowhere", "url"),
    event("occ-7", None, "url"),
]


@pytest.fixture(scope="module")
def warehouse(models: Models) -> Warehouse:
    warehouse = MemoryWarehouse(models)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": SITE}])
    warehouse.load_sessions([{"uuid": "snitched", "started_at": "2026-03-02T10:00:00Z"}])
    warehouse.load("smartlook.sessions", SESSIONS, project_id="p-1")
    # two projects may use one id
    warehouse.load("smartlook.sessions", [{"id": "normal"}], project_id="p-2")
    warehouse.load("smartlook.visitor_events", EVENTS, project_id="p-1")
    warehouse.load(
        "smartlook.events", [{"id": "e-1", "name": " Checkout ", "categoryName": "Custom"}], project_id="p-1"
    )
    warehouse.load("smartlook.events", [{"id": "e-1"}], project_id="p-2")
    step = {
        "visitorsCount": 900,
        "percentFromPreviousStep": 100,
        "event": {"step": 1, "id": "e-1", "eventName": "Visit"},
    }
    warehouse.load(
        "smartlook.funnels",
        [
            {
                "id": "f-1",
                "name": "Buy",
                "conversionRate": 0.31,
                "steps": [step, {"visitorsCount": "n/a", "event": None}],
            },
            {"id": "f-2", "name": "", "steps": None},
            {"id": "f-3", "steps": []},
        ],
        project_id="p-1",
        date_from="2026-02-01T00:00:00Z",
        date_to="2026-03-01T00:00:00Z",
    )
    warehouse.execute("""
        insert into raw.ops.windows values
        ('snitcher', 'sessions', 'ws-1', '2026-03-02', '2026-03-05', '2026-03-06', 1),
        ('smartlook', 'sessions', 'p-1', '2026-03-02', '2026-03-03', '2026-03-06', 1),
        ('smartlook', 'visitors', 'p-1', '2026-03-03', '2026-03-04', '2026-03-06', 1)
    """)
    warehouse.full_build()
    return warehouse


def test_recordings_stand_beside_the_sessions_of_others(warehouse: Warehouse) -> None:
    found = warehouse.rows("""
        select session_key, vendor, session_id, visit_key = session_key, is_primary, site, company_key,
            started_at::text, ended_at::text, landing_url, referrer, referrer_domain, utm_source, utm_medium,
            utm_campaign, channel, country_code, city, device_type, browser, event_count, pageview_count,
            form_submit_count
        from leadpath.marts.fct_sessions where vendor = 'smartlook' order by session_id, started_at
    """)
    none = [None] * 4

    assert found == [
        (key("empty"), "smartlook", "empty", True, True, *none, *none, None, None, "direct", *none, 0, 0, 0),
        (
            *(key("normal"), "smartlook", "normal", True, True, "www.northwind.example", None),
            *("2026-03-02 10:00:00.12+00", "2026-03-02 10:05:00+00", SESSIONS[0]["landingPage"]),
            *("https://www.google.nl/search", "google.nl", "mail", "newsletter", "a b", "email"),
            *("NL", "Amsterdam", "desktop", "Firefox", 3, 1, 0),
        ),
        (key("normal", "p-2"), "smartlook", "normal", True, True, *none, *none, None, None, "direct", *none, 0, 0, 0),
        (
            *(key("ugly"), "smartlook", "ugly", True, True, "other.example", None, "2026-03-03 10:00:00+00", None),
            *(
                "https://other.example/x",
                "https://größe.example/",
                "xn--gre-6ka8i.example",
                None,
                None,
                None,
                "referral",
            ),
            *(*none, 2, 0, 0),
        ),
    ]


def test_events_keep_everything_but_what_was_typed(warehouse: Warehouse) -> None:
    rows = warehouse.rows("""
        select event_key, session_key, session_id, event_id, company_key, event_type, event_name, occurred_at::text,
            url, properties::text
        from leadpath.marts.fct_events where vendor = 'smartlook' order by event_id
    """)
    found = [(*row[:-1], json.loads(row[-1]) if row[-1] else None) for row in rows]
    at = "2026-03-02 10:01:00+00"

    def of(session: str, number: str, *rest: Any) -> tuple[Any, ...]:
        return (f"{key(session)}:{number}", key(session), session, number, None, *rest)

    assert found == [
        of("normal", "occ-1", "pageview", "Visit", at, f"{SITE}/", {"duration": 0.0}),
        of(
            *("normal", "occ-2", "custom", "Checkout", at, None),
            {"amount": "150", "value": "its own", "selector": "#pay", "source_type": "api", "mood": {"of": [1, None]}},
        ),
        of("normal", "occ-3", "text", None, at, None, {"value": None, "selector": "#name", "typed": None}),
        of("ugly", "occ-4", "hologram 🎉", None, at, None, None),
        of("ugly", "occ-5", None, None, at, None, None),
    ]


def test_days_count_every_visit_and_wait_for_every_vendor(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select day::text, visits, visiting_companies, is_complete from leadpath.marts.daily_activity order by day"
    ) == [("2026-03-02", 2, 0, True), ("2026-03-03", 1, 0, False), ("2026-03-04", 0, 0, False)]


def test_definitions_and_funnels_are_cleaned(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select project_id, event_definition_id, event_definition_name, category_name
        from leadpath.marts.dim_smartlook_events order by project_id
    """) == [("p-1", "e-1", "Checkout", "Custom"), ("p-2", "e-1", None, None)]
    assert warehouse.rows("""
        select funnel_id, funnel_name, window_start_at::text, conversion_rate, step, event_definition_id, event_name,
            visitor_count, percent_from_previous_step
        from leadpath.marts.fct_smartlook_funnels order by funnel_id, step
    """) == [
        ("f-1", "Buy", "2026-02-01 00:00:00+00", 0.31, 1, "e-1", "Visit", 900, 100.0),
        ("f-1", "Buy", "2026-02-01 00:00:00+00", 0.31, 2, None, None, None, None),
        ("f-2", None, "2026-02-01 00:00:00+00", None, None, None, None, None, None),
        ("f-3", None, "2026-02-01 00:00:00+00", None, None, None, None, None, None),
    ]
