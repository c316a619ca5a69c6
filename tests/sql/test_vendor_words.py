"""Words that a vendor may invent any day: each is kept and warned of, and none keeps a build from being published."""

import json
from pathlib import Path

import pytest

from tests.sql.warehouse import Warehouse

AT = "2026-03-02T10:00:00Z"
SITE = "https://site.example"
WARNED = {
    "accepted_values_stg_snitcher__workspaces_workspace_status",
    "accepted_values_fct_sessions_device_type",
    "accepted_values_fct_events_event_type",
    "accepted_values_fct_feedback_priority",
    "fct_sessions__utm_mediums_are_in_the_list",
    "fct_calls__status_words_are_in_the_list",
    "int_visits__events_have_a_session",
}


@pytest.fixture(scope="module")
def warehouse(warehouse_folder: Path) -> Warehouse:
    warehouse = Warehouse(warehouse_folder)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": SITE, "status": "hibernating"}])
    event = {"event_type": "hologram", "url": f"{SITE}/?utm_medium=smoke", "triggered_at": AT}
    warehouse.load_sessions([{"uuid": "s-1", "started_at": AT, "device_type": "Fridge", "events": [event]}])
    warehouse.load("snitcher.session_events", [event], workspace_uuid="ws-1", session_uuid="nowhere", position=1)
    occurrence = {"id": "e-1", "sessionId": "nowhere", "type": "url", "startedAt": AT}
    warehouse.load("smartlook.visitor_events", [occurrence], project_id="p-1")
    warehouse.load("snapcall.agents", [{"email": "anna@site.example", "status": "levitating"}])
    warehouse.load("snapcall.calls", [{"id": 1, "status": "beamed up", "call_start": AT}])
    warehouse.load("usersnap.feedbacks", [{"feedback_id": "f-1", "status_type": "🎉", "priority": "ludicrous"}])
    lead = {"id": "clx", "email": "jo@acme.example", "status": "on the moon"}
    warehouse.load("snapcrm.leads", [lead], lead_row="1", known_from="import", known_at=AT)
    warehouse.build()
    return warehouse


def test_every_new_word_is_warned_of_where_a_list_exists_and_nothing_blocks(warehouse: Warehouse) -> None:
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text())["results"]
    warned = [result["unique_id"] for result in results if result["status"] == "warn"]

    assert {name for name in WARNED if sum(f".{name}" in key for key in warned) == 1} == WARNED
    assert len(warned) == len(WARNED)


def test_every_new_word_is_published(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select
            (select device_type || ' ' || utm_medium from leadpath.marts.fct_sessions),
            (select event_type from leadpath.marts.fct_events),
            (select agent_status from leadpath.marts.dim_agents),
            (select status || ' ' || (is_answered is null) from leadpath.marts.fct_calls),
            (select status || ' ' || priority from leadpath.marts.fct_feedback),
            (select lead_status from leadpath.marts.fct_leads)
    """) == [("fridge smoke", "hologram", "levitating", "beamed up true", "🎉 ludicrous", "on the moon")]
