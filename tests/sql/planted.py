"""Companies planted for the questions in sql/analyses.

Acme is what each question looks for; the others nearly are, and the company of the site itself never is.
"""

from typing import Any

from tests.sql.warehouse import Warehouse

SITE = "https://site.example"
ANNA, BOB = "anna@site.example", "bob@site.example"


def seen(at: str, url: str) -> dict[str, Any]:
    return {"event_type": "pageview", "triggered_at": at, "url": f"{SITE}{url}"}


def form(at: str, **typed: str) -> dict[str, Any]:
    fields = [{"name": name, "value": value} for name, value in typed.items()]
    return {"event_type": "form_submit", "triggered_at": at, "url": f"{SITE}/form", "form_name": "F", "fields": fields}


def session(uuid: str, organisation: str, at: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "organisation_uuid": organisation, "started_at": at, "events": list(events)} | more


def call(number: int, client: str | None, at: str, status: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "client": client, "call_start": at, "status": status} | more


SESSIONS = [
    session(
        "acme 1",
        "acme",
        "2026-03-01T10:00:00Z",
        seen("2026-03-01T10:00:00Z", "/?utm_medium=cpc"),
        seen("2026-03-01T10:05:00Z", "/Pricing/?x=1"),
        form("2026-03-01T10:06:00Z", email="jo@acme.com"),
    ),
    session(
        "acme 2",
        "acme",
        "2026-03-04T11:00:00Z",
        seen("2026-03-04T11:05:00Z", "/book-a-demo"),
        form("2026-03-04T11:10:00Z", email="jo@acme.com", name="Jo Acme", phone=""),
        referrer="https://www.google.com/",
        location={"city": "Berlin"},
        browser="Chrome",
    ),
    # never called; of its page it is not known when it was seen
    session("new", "new", "2026-03-05T08:00:00Z", {"event_type": "pageview", "url": f"{SITE}/pricing"}),
    # the call was made in this visit, before the page was seen
    session("beta 1", "beta", "2026-03-02T08:00:00Z", seen("2026-03-02T08:05:00Z", "/contact-us#top")),
    # long after the missed call
    session("late", "late", "2026-04-20T08:00:00Z", seen("2026-04-20T08:00:00Z", "/")),
    session(
        "gamma 1",
        "gamma",
        "2026-03-02T09:00:00Z",
        seen("2026-03-02T09:05:00Z", "/contact"),
        form("2026-03-02T09:10:00Z", email="noreply@gamma.example", name="Gamma", phone=""),
    ),
    session("gamma 2", "gamma", "2026-03-05T09:00:00Z", seen("2026-03-05T09:00:00Z", "/")),
    # neither the host nor the query is a page, and a click is no look
    session(
        "delta",
        "delta",
        "2026-03-02T09:00:00Z",
        {"event_type": "pageview", "url": "https://demo.site.example/blog?from=/pricing"},
        {"event_type": "click", "url": f"{SITE}/pricing"},
    ),
    session(
        "ours",
        "ours",
        "2026-03-07T09:00:00Z",
        seen("2026-03-07T09:00:00Z", "/pricing"),
        form("2026-03-07T09:10:00Z", email="us@site.example", name="Us", phone=""),
    ),
]
CALLS = [
    call(1, "jo@acme.com", "2026-03-03T09:00:00Z", "abandoned", bid="b-1", referer=f"{SITE}/imprint"),
    call(11, "jo@acme.com", "2026-03-03T10:00:00Z", "missed", bid="b-1"),
    call(2, "jo@acme.com", "2026-03-03T12:00:00Z", "answered", agent=BOB, rate=2),
    call(12, "jo@acme.com", "2026-03-03T13:00:00Z", "answered", agent=BOB, rate=5),
    call(3, "x@beta.example", "2026-03-02T08:03:00Z", "answered", agent=BOB, rate=1),
    call(4, "x@late.example", "2026-03-06T08:00:00Z", "missed", bid="b-1"),
    call(5, "x@gamma.example", "2026-03-01T08:00:00Z", "answered", agent=BOB, rate=2),
    call(6, "x@gamma.example", "2026-03-03T08:00:00Z", "voicemail", bid="b-1", call_end="2026-03-03T08:01:00Z"),
    call(7, None, "2026-03-03T08:00:00Z", "beamed up"),
    # of a company that never visited
    call(9, "x@lone.example", "2026-03-03T08:00:00Z", "answered", agent=BOB),
    # from the number of our own organisation
    call(8, None, "2026-03-06T08:00:00Z", "missed", bid="b-1", rate=1, ani=31205551234),
]
FEEDBACK: list[dict[str, Any]] = [
    {"feedback_id": "bug", "email": "jo@acme.com", "status_type": "waiting-for-customer", "labels": [{"name": "BUG"}],
     "ordered_inputs": [{"order": 0, "label": "Comment", "text_value": "It broke"}], "client": {"url": f"{SITE}/cart"},
     "created_at": "2026-03-05T00:00:00Z"},
    {"feedback_id": "undated", "email": "jo@acme.com", "priority": "High"},
    {"feedback_id": "done", "email": "jo@acme.com", "priority": "high", "status_type": "Done"},
    {"feedback_id": "idea", "email": "jo@acme.com", "priority": "low", "labels": [{"name": "Idea"}]},
    {"feedback_id": "demo", "email": "jo@acme.com", "priority": "high", "is_demo": True},
    {"feedback_id": "closed lead", "email": "x@beta.example", "priority": "high"},
    {"feedback_id": "ignored lead", "email": "x@gamma.example", "priority": "high"},
    {"feedback_id": "ours", "email": "us@site.example", "priority": "high"},
]  # fmt: skip


def plant(warehouse: Warehouse) -> None:
    """Load the raw rows of every company."""
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": SITE}])
    sizes = {"acme": "51-200 employees", "beta": "501-1000", "gamma": None, "delta": "1,001-5,000", "ours": "1-10"}
    sizes |= {"new": "201-500", "late": None}
    websites, phones = {"acme": "acme.com", "ours": SITE}, {"ours": "+31 20 555 1234"}
    warehouse.load(
        "snitcher.organisations",
        [
            {"uuid": name, "website": websites.get(name, f"{name}.example"), "size": size, "phone": phones.get(name)}
            for name, size in sizes.items()
        ],
        workspace_uuid="ws-1",
    )
    warehouse.load_sessions(SESSIONS)
    # Acme's second visit once more, as the other vendor saw it
    who = {"browser": {"name": "Chrome"}, "country": {"city": "Berlin"}}
    recording = {
        "id": "r-1",
        "startedAt": "2026-03-04T11:00:05Z",
        "landingPage": f"{SITE}/book-a-demo",
        "identification": who,
    }
    page = {
        "id": "e-1",
        "sessionId": "r-1",
        "type": "url",
        "startedAt": "2026-03-04T11:05:05Z",
        "pageUrl": f"{SITE}/book-a-demo",
    }
    warehouse.load("smartlook.sessions", [recording], project_id="p-1")
    warehouse.load("smartlook.visitor_events", [page], project_id="p-1")
    warehouse.load("snapcall.buttons", [{"bid": "b-1", "agent": ANNA}])
    warehouse.load("snapcall.calls", CALLS)
    warehouse.load("usersnap.feedbacks", FEEDBACK)
    gone = {"feedback_id": "gone", "email": "jo@acme.com", "priority": "high"}
    warehouse.load("usersnap.feedbacks", [gone], missing_since="2026-03-09T00:00:00Z")
    warehouse.load(
        "snapcrm.leads",
        [
            {
                "id": "clx",
                "lastName": "X",
                "email": "x@beta.example",
                "status": "Closed-Won",
                "createdAt": "2026-03-01T00:00:00Z",
            }
        ],
        **{"lead_row": "1", "known_from": "import", "known_at": "2026-03-09T00:00:00Z"},
    )
