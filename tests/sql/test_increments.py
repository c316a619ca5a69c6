"""An increment leaves every mart as a full build would: new, changed, moved and vanished rows included."""

from pathlib import Path
from typing import Any

from tests.sql.warehouse import Warehouse

Marts = dict[str, list[tuple[Any, ...]]]


def event(kind: str = "pageview", url: str = "https://site.example/", **more: Any) -> dict[str, Any]:
    return {"event_type": kind, "url": url, "triggered_at": "2026-03-01T08:00:00Z", **more}


def session(number: int, organisation: str | None, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    started_at = f"2026-03-01T{number % 24:02}:00:00Z"
    return {
        "uuid": f"s-{number}",
        "organisation_uuid": organisation,
        "started_at": started_at,
        "ended_at": started_at,
        "events": list(events),
        **more,
    }


def show(warehouse: Warehouse, organisation: str, website: str, first_loaded_at: str) -> None:
    """The vendor reports an organisation with a website, as the source writes it."""
    warehouse.load(
        "snitcher.organisations",
        [{"uuid": organisation, "name": organisation, "website": website}],
        workspace_uuid="ws-1",
    )
    warehouse.load(
        "snitcher.organisation_websites",
        [{"uuid": organisation, "website": website}],
        workspace_uuid="ws-1",
        first_loaded_at=first_loaded_at,
    )


def marts(warehouse: Warehouse) -> Marts:
    names = [name for (name,) in warehouse.rows("select table_name from duckdb_tables() where schema_name = 'marts'")]
    return {name: warehouse.rows(f"select * from leadpath.marts.{name} order by all") for name in sorted(names)}


def occurrence(number: int, recording: str | None, **more: Any) -> dict[str, Any]:
    return {"id": f"occ-{number}", "sessionId": recording, "type": "url", "startedAt": "2026-03-01T08:00:00Z", **more}


def record(warehouse: Warehouse, recordings: list[str], occurrences: list[dict[str, Any]], **more: Any) -> None:
    """Smartlook's recordings and events of one project, each table in a load of its own."""
    if recordings:
        warehouse.load("smartlook.sessions", [{"id": name, **more} for name in recordings], project_id="p-1")
    if occurrences:
        warehouse.load("smartlook.visitor_events", occurrences, project_id="p-1")


def contact(**typed: str) -> dict[str, Any]:
    """A form that makes a lead."""
    fields = [{"name": name, "value": value} for name, value in typed.items()]
    return event("form_submit", fields=fields)


def begin(warehouse: Warehouse) -> None:
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    show(warehouse, "acme", "acme.example", "2026-03-01T00:00:00Z")
    show(warehouse, "beta", "beta.example", "2026-03-02T00:00:00Z")
    show(warehouse, "still", "still.example", "2026-03-02T00:00:00Z")
    warehouse.load("snapcall.buttons", [{"bid": "b-1", "timezone": "Europe/Paris"}])
    warehouse.load("snapcall.calls", [{"id": 1, "bid": "b-1", "ani": 123456789, "status": "answered"}])
    form = event("form_submit", fields=[{"name": "email", "value": "x@y.example"}])
    warehouse.load_sessions(
        [
            session(1, "acme", event(), form),
            session(2, "beta", event(), event("click"), event("track")),
            session(3, "beta", event(url="https://site.example/?utm_medium=cpc")),
            session(4, "unknown", event(), referrer="https://www.google.com/"),
            session(5, "still", event()),
            session(6, None, event(), form),
            session(7, "still", event(), event()),
        ]
    )
    record(
        warehouse,
        ["r-1", "r-2", "r-3", "r-4"],
        [occurrence(1, "r-1"), occurrence(2, "r-1"), occurrence(3, "r-3"), occurrence(4, "r-9"), occurrence(5, None)],
    )
    warehouse.load_sessions([session(20, None, contact(email="", phone="+31 20 555 1234", name="Anna Jansen"))])
    warehouse.load("usersnap.feedbacks", [{"feedback_id": "f-1", "created_at": "2026-03-01T08:00:00Z"}])


def first_increment(warehouse: Warehouse) -> None:
    """A new session, one attributed to somebody else, one whose events shrank and one that lost them all."""
    warehouse.load_sessions(
        [
            session(8, "acme", event(), referrer="https://news.example/x"),
            session(6, "still", event(), event()),
            session(2, "beta", event()),
            session(7, "still"),
        ]
    )
    record(warehouse, ["r-2", "r-5"], [occurrence(6, "r-3")], landingPage="https://site.example/")
    # the address of somebody who had given a number alone
    both = contact(email="anna@acme.example", phone="+31 20 555 1234")
    warehouse.load_sessions([session(21, None, both)])
    warehouse.load("usersnap.feedbacks", [{"feedback_id": "f-1", "status_type": "done"}])
    # what was read before stays, but the company of `unknown` is another from now on
    show(warehouse, "unknown", "found.example", "2026-03-03T00:00:00Z")


def second_increment(warehouse: Warehouse) -> None:
    """Two companies prove to be one, a session is gone, and a button's time zone makes another number of a call's."""
    show(warehouse, "beta", "https://www.acme.example", "2026-03-04T00:00:00Z")
    warehouse.execute("delete from raw.raw_snitcher.sessions where uuid = 's-5'")
    warehouse.execute("delete from raw.raw_snitcher.session_events where session_uuid = 's-5'")
    warehouse.load("snapcall.buttons", [{"bid": "b-1", "timezone": "Europe/Berlin"}])
    warehouse.load("snapcall.calls", [{"id": 2, "bid": "b-1", "ani": 33123456789, "status": "missed"}])
    # events that came with another load than their session
    warehouse.load(
        "snitcher.session_events",
        [event(), event(url="https://site.example/late")],
        workspace_uuid="ws-1",
        session_uuid="s-3",
        position=[1, 2],
    )
    # an event stands in another recording now, one has waited for its own, and a recording is gone with its events
    record(warehouse, ["r-9"], [occurrence(1, "r-5")])
    warehouse.execute("delete from raw.raw_smartlook.sessions where id = 'r-3'")
    warehouse.execute("delete from raw.raw_smartlook.visitor_events where session_id = 'r-3'")
    warehouse.load("snapcrm.leads", [{"id": "clx", "email": "anna@acme.example"}], lead_row="1", known_from="import")


def test_increments_equal_full_builds(warehouse_folder: Path) -> None:
    warehouse = Warehouse(warehouse_folder)
    begin(warehouse)
    warehouse.build()
    before = marts(warehouse)
    assert (len(before["fct_sessions"]), len(before["fct_leads"])) == (12, 1)
    changed = """
        select session_id from build.intermediate.int_changed_sessions
        union all
        select coalesce(id, 'gone') from build.intermediate.int_changed_recordings
        left join raw.raw_smartlook.sessions
            on session_key = md5('smartlook|p-1|' || id)
        order by session_id
    """
    assert warehouse.rows(changed) == []

    touched = []
    for change in (first_increment, second_increment):
        since = warehouse.load_id
        change(warehouse)
        warehouse.build(since=since)
        increment = marts(warehouse)
        assert increment != before
        touched.append([name for (name,) in warehouse.rows(changed)])
        warehouse.build(full=True)
        before = marts(warehouse)
        assert increment == before

    # s-4 did not come again: its organisation moved. s-1 is of the older of the two companies that became one.
    assert touched == [
        ["r-2", "r-3", "r-5", "s-2", "s-21", "s-4", "s-6", "s-7", "s-8"],
        ["gone", "r-1", "r-5", "r-9", "s-2", "s-3", "s-5"],
    ]
    assert warehouse.rows("select email, phone, lead_id, request_count from leadpath.marts.fct_leads") == [
        ("anna@acme.example", "+31205551234", "clx", 3)
    ]
    assert warehouse.rows("""
        select event_id, session_id from leadpath.marts.fct_events where vendor = 'smartlook' order by event_id
    """) == [("occ-1", "r-5"), ("occ-2", "r-1"), ("occ-4", "r-9")]
    companies = dict(warehouse.rows("select entity_id, company_key from leadpath.marts.company_links"))
    assert companies["acme"] == companies["beta"] == companies["s-3"] == companies["s-2"]
    assert "s-5" not in companies


def recorded(name: str, hour: int, visitor: str) -> dict[str, Any]:
    started_at = f"2026-03-01T{hour:02}:00:10Z"
    who = {"country": {"city": "Delft"}, "browser": {"name": "Chrome"}}
    page = "https://site.example/"
    return {"id": name, "visitorId": visitor, "startedAt": started_at, "landingPage": page, "identification": who}


def test_links_that_change_reach_every_mart(warehouse_folder: Path) -> None:
    """Records that did not come again have another company or visit, since others came."""
    warehouse = Warehouse(warehouse_folder)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    show(warehouse, "acme", "acme.example", "2026-03-01T00:00:00Z")
    phone = {"phone": "+31205551234"}
    warehouse.load("snitcher.organisations", [{"uuid": "lone", "name": "lone", **phone}], workspace_uuid="ws-1")
    warehouse.load_sessions([session(1, "lone", event()), session(2, "acme", contact(email="al@gmail.com"))])
    warehouse.load("smartlook.sessions", [recorded("r-1", 9, "v-1"), recorded("r-2", 10, "v-2")], project_id="p-1")
    warehouse.load("usersnap.feedbacks", [{"feedback_id": "f-1", "email": "bo@gmail.com"}])
    warehouse.build()
    links = "select entity_id, rule from leadpath.marts.company_links where entity_id in ('r-1', 'r-2', 'f-1', 'lone')"
    assert dict(warehouse.rows(links)) == {"r-1": None, "r-2": None, "f-1": None, "lone": "own_organisation"}

    since = warehouse.load_id
    # the visit of r-1, who was recorded as r-2, whose feedback it was, and whose number the organisation has
    place = {"location": {"city": "Delft"}, "browser": "Chrome Mobile"}
    warehouse.load_sessions([session(9, "acme", event(), **place)])
    warehouse.load("smartlook.visitors", [{"id": "v-2", "identification": {"uid": "x@new.example"}}], project_id="p-1")
    acme = {"uuid": "acme", "name": "acme", "website": "acme.example", **phone}
    warehouse.load("snitcher.organisations", [acme], workspace_uuid="ws-1")
    call = {"id": 1, "ani": 31205551234, "context": {"external": {"e": "bo@gmail.com"}}}
    warehouse.load("snapcall.calls", [call])
    warehouse.build(since=since)

    increment = marts(warehouse)
    assert dict(warehouse.rows(links)) == {
        "r-1": "same_visit",
        "r-2": "email_domain",
        "f-1": "person",
        "lone": "phone",
    }
    primary = "select session_id, is_primary from leadpath.marts.fct_sessions where vendor = 'smartlook'"
    assert dict(warehouse.rows(primary)) == {"r-1": False, "r-2": True}
    warehouse.build(full=True)
    assert increment == marts(warehouse)
