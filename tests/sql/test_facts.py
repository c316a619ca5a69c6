"""Sessions, events, calls and what is counted of them: a few raw rows in, exact rows out."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sql.test_companies import key
from tests.sql.warehouse import Warehouse

ACME = key("domain:acme.example")
OURS = key("domain:northwind.example")
SITE = "https://www.northwind.example"


def at(day: int, time: str = "10:00:00") -> str:
    return f"2026-03-{day:02}T{time}Z"


def event(kind: str | None, url: str | None, time: str, **more: Any) -> dict[str, Any]:
    return {"event_type": kind, "url": url, "triggered_at": time, **more}


FORM_FIELDS = [{"name": "email", "value": "anna@secret.example"}, {"name": 'odd "name"', "value": "typed ümlaut"}]

SESSIONS: list[dict[str, Any]] = [
    {
        "uuid": "normal",
        "organisation_uuid": "acme",
        "started_at": at(2),
        "ended_at": at(2, "10:20:00"),
        "location": {"country": "nl", "city": " Amsterdam "},
        "browser": "Firefox",
        "device_type": "Desktop",
        "referrer": "https://www.google.co.uk/search?q=x",
        "events": [
            event("pageview", f"{SITE}/?UTM_Source=spring%20mail&utm_campaign=a+b%26c", at(2), time_on_page=45),
            event(
                "form_submit", f"{SITE}/demo", at(2, "10:05:00"), form_id="demo", form_name="Demo", fields=FORM_FIELDS
            ),
            event("download", f"{SITE}/a.pdf", at(2), name="$download", properties=[{"name": "url", "value": "a.pdf"}]),
            event(
                "track",
                f"{SITE}/",
                at(2),
                name="plan",
                properties=[{"name": "plan", "value": 3}, {"name": "plan", "value": 4}, {"name": None}, "odd"],
                mood={"of": ["the", None]},
            ),
        ],
    },
    {"uuid": "empty"},
    {
        "uuid": "ugly",
        "organisation_uuid": " ",
        "started_at": at(4, "23:30:00"),
        "location": {"country": "Netherlands"},
        "referrer": "  ",
        "device_type": "",
        "events": [
            event(None, " ", at(4)),
            event(
                "hologram 🎉", f"{SITE}:443/x?utm_medium=%ff&utm_source=%20", at(4), properties={"a~/b": 1, "n": None}
            ),
            # a form whose values stand where nobody documents them
            event("form_submit", None, at(4), properties=[{"name": "phone", "value": "123"}], typed={"secret": "456"}),
            event("click", None, at(4), properties="not a list"),
        ],
    },
    # our own people, and the same moment in another workspace
    {"uuid": "own", "organisation_uuid": "ours", "started_at": at(2), "events": [event("pageview", SITE, at(2))]},
]

# referrer, utm_medium in the landing page's query, channel
CHANNELS = [
    (None, None, "direct"),
    (None, "CPC", "paid"),
    (None, "paid+search", "paid"),
    (None, "carrier-pigeon", None),
    ("https://www.google.de/", "carrier-pigeon", "organic_search"),
    ("https://www.google.de/", None, "organic_search"),
    ("https://mail.google.com/", None, "email"),
    ("android-app://com.google.android.gm/", None, "email"),
    ("https://docs.google.com/", None, "referral"),
    ("https://nl.search.yahoo.com/", None, "organic_search"),
    ("https://l.facebook.com/l.php", None, "social"),
    ("https://news.example/article", None, "referral"),
    ("http://203.0.113.9/", None, "referral"),
    ("https://shop.northwind.example/cart", None, "direct"),
    ("https://shop.northwind.example/cart", "newsletter", "email"),
    ("https://shop.northwind.example/cart", "carrier-pigeon", None),
    ("https://", None, None),
    ("???", None, None),
]

CALLS: list[dict[str, Any]] = [
    {
        "id": 1,
        "bid": "b-1",
        "agent": "Anna@Northwind.example",
        "client": "c_5521",
        "ani": 123456789,
        "status": "Answered",
        "rate": 4,
        "call_start": at(3),
        "call_end": at(3, "10:05:00"),
        "duration": 300,
        "referer": "https://ignored.example/",
        "context": {
            "default": {"url": f"{SITE}/cart"},
            "external": {"agent": "x@other.example", "fn": "Jo", "e": " Jo@Acme.Example "},
        },
    },
    {"id": 2, "client": "Caller@Mail.example", "ani": 33123456789, "status": " ", "referer": f"{SITE}/"},
    {"id": 3, "button": {"bid": "b-1"}, "ani": 7, "status": "beamed up", "call_start": at(6)},
]


@pytest.fixture(scope="module")
def warehouse(warehouse_folder: Path) -> Warehouse:
    warehouse = Warehouse(warehouse_folder)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "name": "Site", "url": SITE}])
    warehouse.load(
        "snitcher.organisations",
        [
            {"uuid": "acme", "name": "Acme", "website": "acme.example", "first_seen": at(1)},
            {"uuid": "ours", "name": "Northwind", "website": "northwind.example"},
            {"uuid": "quiet", "name": "Quiet", "website": "quiet.example", "first_seen": at(1), "last_seen": at(1)},
        ],
        workspace_uuid="ws-1",
    )
    warehouse.load("snitcher.segments", [{"uuid": "seg", "name": " Hot "}], workspace_uuid="ws-1")
    warehouse.load_sessions(SESSIONS)
    warehouse.load_sessions(
        [
            {
                "uuid": f"channel {number}",
                "started_at": at(2, "12:00:00"),
                "referrer": referrer,
                "events": [event("pageview", f"{SITE}/?utm_medium={medium}" if medium else SITE, at(2))],
            }
            for number, (referrer, medium, _) in enumerate(CHANNELS)
        ],
        workspace="ws-2",
    )
    warehouse.load("snapcall.calls", CALLS)
    warehouse.load("snapcall.buttons", [{"bid": "b-1", "timezone": "Europe/Paris", "config": {"a": 1}}])
    warehouse.load(
        "snapcall.agents", [{"email": "A@x.example", "last_bridge_end": 1772442935000}, {"email": "a@X.example"}]
    )
    warehouse.load("snapcall.schedule_templates", [{"id": 7, "name": "Hours", "schedule": [{"day": 1}]}])
    warehouse.execute(f"""
        insert into raw.ops.windows values
        ('snitcher', 'sessions', 'ws-1', '{at(1, "00:00:00")}', '{at(3, "00:00:00")}', '{at(3, "01:00:00")}', 1),
        ('snitcher', 'sessions', 'ws-1', '{at(3, "00:00:00")}', '{at(5, "00:00:00")}', '{at(4, "12:00:00")}', 1),
        ('snitcher', 'sessions', 'ws-1', '{at(5, "00:00:00")}', '{at(7, "00:00:00")}', null, null),
        ('snapcall', 'calls', '', '{at(1, "00:00:00")}', '{at(7, "00:00:00")}', '{at(7, "01:00:00")}', 1),
        ('snapcall', 'agents', '', '{at(1, "00:00:00")}', '{at(1, "00:00:00")}', '{at(7, "01:00:00")}', 1)
    """)
    warehouse.build(report_timezone="Pacific/Auckland")
    return warehouse


def test_sessions_are_what_was_seen(warehouse: Warehouse) -> None:
    found = warehouse.rows("""
        select session_id, vendor, visit_key = session_key, is_primary, site, company_key, ended_at is null,
            landing_url, referrer, referrer_domain, utm_source, utm_medium, utm_campaign, channel, country_code, city,
            device_type, browser, event_count, pageview_count, form_submit_count
        from leadpath.marts.fct_sessions where session_id not like 'channel%' order by session_id
    """)
    landing = f"{SITE}/?UTM_Source=spring%20mail&utm_campaign=a+b%26c"

    empty = [None] * 3
    assert found == [
        (
            "empty",
            "snitcher",
            True,
            True,
            "www.northwind.example",
            None,
            True,
            *empty,
            *empty,
            "direct",
            *empty,
            None,
            0,
            0,
            0,
        ),
        (
            *("normal", "snitcher", True, True, "www.northwind.example", ACME, False, landing),
            *("https://www.google.co.uk/search?q=x", "google.co.uk", "spring mail", None, "a b&c", "organic_search"),
            *("NL", "Amsterdam", "desktop", "Firefox", 4, 1, 1),
        ),
        (
            *("own", "snitcher", True, True, "www.northwind.example", OURS, True, SITE),
            *(None, None, *empty, "direct", *empty, None, 1, 1, 0),
        ),
        (
            *("ugly", "snitcher", True, True, "www.northwind.example", None, True),
            *(f"{SITE}:443/x?utm_medium=%ff&utm_source=%20", None, None, None, "%ff", None, None),
            *(*empty, None, 4, 0, 1),
        ),
    ]


def test_channels_come_from_medium_and_referrer(warehouse: Warehouse) -> None:
    found = dict(warehouse.rows("select session_id, channel from leadpath.marts.fct_sessions"))

    assert [found[f"channel {number}"] for number in range(len(CHANNELS))] == [channel for *_, channel in CHANNELS]


def test_an_app_is_no_domain(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select distinct referrer_domain from leadpath.marts.fct_sessions where referrer like 'android-app%'
    """) == [(None,)]


def test_events_keep_everything_but_what_was_typed(warehouse: Warehouse) -> None:
    rows = warehouse.rows("""
        select event_id, event_type, event_name, company_key, properties::text
        from leadpath.marts.fct_events where session_id in ('normal', 'ugly') order by event_id
    """)
    found = [(*row[:4], json.loads(row[4]) if row[4] else None) for row in rows]

    assert found == [
        ("normal:1", "pageview", None, ACME, {"time_on_page": 45.0}),
        (
            *("normal:2", "form_submit", "Demo", ACME),
            {"email": None, 'odd "name"': None, "form_id": "demo", "form_name": "Demo"},
        ),
        ("normal:3", "download", "$download", ACME, {"url": "a.pdf"}),
        ("normal:4", "track", "plan", ACME, {"plan": 3, "mood": {"of": ["the", None]}}),
        ("ugly:1", None, None, None, None),
        ("ugly:2", "hologram 🎉", None, None, {"a~/b": 1, "n": None}),
        ("ugly:3", "form_submit", None, None, {"phone": None, "typed": None}),
        ("ugly:4", "click", None, None, None),
    ]


def test_calls_are_read_as_the_contract_says(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select call_id, company_key, session_id, site, duration_seconds, status, is_answered, rating, button_id,
            agent_email, caller_phone, caller_email, page_url
        from leadpath.marts.fct_calls order by call_id
    """) == [
        (
            *("1", ACME, None, "www.northwind.example", 300.0, "Answered", True, 4.0, "b-1", "anna@northwind.example"),
            *("+33123456789", "jo@acme.example", f"{SITE}/cart"),
        ),
        (
            *("2", key("domain:mail.example"), None, "www.northwind.example", None, None, None, None, None, None),
            *("+33123456789", "caller@mail.example", f"{SITE}/"),
        ),
        ("3", None, None, None, None, "beamed up", None, None, "b-1", None, None, None, None),
    ]


def test_every_session_and_organisation_has_a_link(warehouse: Warehouse) -> None:
    found = warehouse.rows("""
        select entity_type, entity_id, company_key, rule, confidence, evidence
        from leadpath.marts.company_links
        where vendor = 'snitcher' and entity_id not like 'channel%' order by all
    """)

    assert [row[:2] for row in found] == [
        *(("organisation", name) for name in ("acme", "ours", "quiet")),
        *(("session", name) for name in ("empty", "normal", "own", "ugly")),
    ]
    assert found[0] == ("organisation", "acme", ACME, "website_domain", 0.95, "website acme.example")
    assert found[3] == ("session", "empty", None, None, None, None)
    assert found[4] == ("session", "normal", ACME, "own_organisation", 0.95, "organisation acme")


def test_company_360_counts_contacts(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select company_name, domain, visit_count, pageview_count, form_submit_count, call_count, answered_call_count,
            avg_call_rating, feedback_count, lead_count, first_touch_at::text, last_touch_at::text, first_touch_type,
            days_first_visit_to_first_call, days_first_visit_to_first_lead, engagement_score
        from leadpath.marts.company_360 order by company_name, domain
    """) == [
        (
            *("Acme", "acme.example", 1, 1, 1, 1, 1, 4.0, 0, 0, "2026-03-02 10:00:00+00", "2026-03-03 10:00:00+00"),
            *("session", 1, None, 11.0),
        ),
        ("Quiet", "quiet.example", 0, 0, 0, 0, 0, None, 0, 0, None, None, None, None, None, 0.0),
        # whom a call and a form alone show
        (None, "mail.example", 0, 0, 0, 1, 0, None, 0, 0, None, None, None, None, None, 5.0),
        (
            *(None, "secret.example", 0, 0, 0, 0, 0, None, 0, 1, "2026-03-02 10:05:00+00", "2026-03-02 10:05:00+00"),
            *("lead", None, None, 10.0),
        ),
    ]


def test_days_are_those_of_the_report_zone_without_holes(warehouse: Warehouse) -> None:
    # Auckland is 13 hours ahead, so that the history ends on the 7th there; the first sessions window was read on the
    # 3rd at 14:00 there, the last one at noon UTC
    assert warehouse.rows(
        "select * exclude (feedback, leads), day::text from leadpath.marts.daily_activity order by day"
    ) == [
        *(
            (row[0], *row[1:], str(row[0]))
            for row in warehouse.rows("""
            select * from (values
                (date '2026-03-01', 0::bigint, 0::bigint, 0::bigint, 0::bigint, false),
                (date '2026-03-02', 1, 1, 0, 0, true),
                (date '2026-03-03', 18, 0, 1, 1, true),
                (date '2026-03-04', 0, 0, 0, 0, true),
                (date '2026-03-05', 1, 0, 0, 0, false),
                (date '2026-03-06', 0, 0, 1, 0, false),
                (date '2026-03-07', 0, 0, 0, 0, false)
            )
        """)
        )
    ]


def test_a_fact_has_the_day_of_the_report_zone_beside_its_time(warehouse: Warehouse) -> None:
    zone = ZoneInfo("Pacific/Auckland")
    moments = {
        **{"fct_sessions": "started_at", "fct_calls": "started_at", "fct_events": "occurred_at"},
        **{"fct_touchpoints": "occurred_at", "fct_leads": "created_at", "fct_feedback": "created_at"},
    }
    for table, time in moments.items():
        found = warehouse.rows(f"select {time}, day from leadpath.marts.{table}")
        assert [(moment, day) for moment, day in found if day != (moment and moment.astimezone(zone).date())] == []
        # what was late in the day in UTC is of the next day there
        assert table != "fct_sessions" or any(day and day != moment.astimezone(UTC).date() for moment, day in found)


def test_dimensions_are_cleaned(warehouse: Warehouse) -> None:
    assert warehouse.rows("select agent_email, last_bridge_end_at::text from leadpath.marts.dim_agents") == [
        ("a@x.example", "2026-03-02 09:15:35+00")
    ]
    assert warehouse.rows("select segment_name, site from leadpath.marts.dim_segments") == [
        ("Hot", "www.northwind.example")
    ]
    assert warehouse.rows("select button_id, time_zone, config::text from leadpath.marts.dim_buttons") == [
        ("b-1", "Europe/Paris", '{"a":1}')
    ]
    assert warehouse.rows("select * from leadpath.marts.dim_schedule_templates") == [("7", "Hours", '[{"day":1}]')]
