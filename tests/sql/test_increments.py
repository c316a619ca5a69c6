"""An increment leaves every mart as a full build would: new, changed, moved and vanished rows included."""

import random
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.worlds import batches, create_raw
from pipelines.build.build import build
from pipelines.settings import load as read_settings
from sandbox import Sandbox
from sandbox.world.dirt import Dirt
from tests.sql.histories import LOADS, load_next
from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.small_worlds import SmallWorld, load
from tests.sql.warehouse import TABLES, Marts, Warehouse, marts


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


def made_anew(models: Models, raw: Path, *own_domains: str) -> Marts:
    """The marts that a full build makes of the rows that there are."""
    memory = MemoryWarehouse(models)
    memory.take(raw)
    memory.full_build(own_domains=own_domains)
    made = memory.marts()
    memory.close()
    return made


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


def test_increments_equal_full_builds(models: Models, warehouse_folder: Path) -> None:
    warehouse = Warehouse(warehouse_folder)
    begin(warehouse)
    warehouse.build()
    before = warehouse.marts()
    assert (len(before["fct_sessions"]), len(before["fct_leads"])) == (12, 1)
    changed = "select session_id from scratch.intermediate.int_visits_this_build order by session_id"
    assert warehouse.rows(changed) == []

    touched = []
    for change in (first_increment, second_increment):
        since = warehouse.load_id
        change(warehouse)
        warehouse.build(since=since)
        increment = warehouse.marts()
        assert increment != before
        touched.append([name for (name,) in warehouse.rows(changed)])
        assert increment == made_anew(models, warehouse.raw)
        before = increment

    # s-4 did not come again: its organisation moved; nor s-20, in which somebody asked whose company is known now.
    # s-1 is of the older of the two companies that became one.
    assert touched == [
        ["r-2", "r-3", "r-5", "s-2", "s-20", "s-21", "s-4", "s-6", "s-7", "s-8"],
        ["r-1", "r-3", "r-5", "r-9", "s-2", "s-3", "s-5"],
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


def test_any_history_of_loads_comes_to_what_one_build_makes(models: Models, tmp_path: Path) -> None:
    """The rows come in three loads, in any order, and some had other values in the first."""
    sandbox, rng = (
        Sandbox(seed=11, companies=15, days=10, dirt=Dirt(no_organisation=0.2, late_rating=1)),
        random.Random(11),
    )
    sandbox.close()
    own_domains = sandbox.env["LEADPATH_OWN_DOMAINS"]
    whole = MemoryWarehouse(models)
    load(whole, [SmallWorld.make(rng, number) for number in range(100)])
    whole.fill(batches(sandbox))
    whole.full_build(own_domains=[own_domains])
    with whole.connect() as con:
        rows = {
            f"raw_{name}": con.sql(f"select * exclude (_dlt_load_id) from raw.raw_{name}").to_arrow_table()
            for name in TABLES
        }
    warehouse = create_raw(tmp_path / "data")
    environment = {"LEADPATH_DATA_DIR": str(warehouse.data_dir), "LEADPATH_OWN_DOMAINS": own_domains}
    settings = read_settings(environment, tmp_path)
    run = {"run_id": "history", "ended_at": sandbox.now, "status": "ok", "error": None}

    full = []
    for number in range(LOADS):
        with warehouse.turn() as con:
            load_next(con, rows, number, seed=11)
        full.append(build(warehouse, settings, run, sandbox.now, full=False).full)
        with duckdb.connect(str(warehouse.published), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            published = marts(con)
        assert published == made_anew(models, warehouse.raw, own_domains)

    assert full == [True, False, False]
    assert published == whole.marts()
