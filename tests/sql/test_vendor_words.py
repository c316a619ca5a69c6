"""Words that a vendor may invent any day: each is kept and warned of, and none keeps a build from being published."""

import json
from pathlib import Path

import pytest

from pipelines.build.warned import sentences
from tests.sql.warehouse import FILES, Warehouse

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
SENTENCES = (
    'Snitcher workspaces of the status "hibernating": 1. Snitcher did not use that word before; ask there whether'
    " visits are still recorded.",
    "smartlook: of 1 events, 0 are of sessions that are loaded; the others are in no table until their sessions come."
    " If they stay away, run leadpath sync --full-refresh smartlook.sessions.",
    "snitcher: of 2 events, 1 are of sessions that are loaded; the others are in no table until their sessions come."
    " If they stay away, run leadpath sync --full-refresh snitcher.sessions.",
    'Events of the type "hologram": 1. No vendor sent that type before; it is kept, and counts as no page view and no'
    " form.",
    'Sessions of the device type "fridge": 1. No vendor used that word before; it is kept, but questions that ask'
    " for desktop, mobile or tablet do not see it.",
    '1 of 1 sessions have the utm_medium "smoke", which no list knows, so their channel is that of their referrer; add'
    " it to config/channels.csv.",
    'Feedback of the priority "ludicrous": 1. Usersnap did not use that word before; it is kept, but questions that'
    " ask for high, medium or low do not see it.",
    '1 of 1 calls have the status "beamed up", which no list knows, so whether they were answered is not known; add it'
    " to config/call_status.csv.",
)


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


def test_every_warning_is_a_sentence_for_the_person_who_can_act(warehouse: Warehouse) -> None:
    target = warehouse.folder / "target"
    nodes = json.loads((target / "run_results.json").read_text())["results"]
    warned = [node for node in nodes if node["status"] == "warn"]
    files = {name: warehouse.folder / file for name, file in FILES.items()}
    said = sentences(warned, target, files, Path("config"))
    assert sorted(said) == sorted(SENTENCES)
    # what has no sentence, or cannot be asked again, is named all the same
    (bare,) = sentences([{**warned[0], "compiled_code": "select nonsense"}], target, files, Path())
    assert bare.split(":")[0] in warned[0]["unique_id"]


def test_no_test_warns_without_a_sentence(warehouse: Warehouse) -> None:
    nodes = json.loads((warehouse.folder / "target" / "manifest.json").read_text())["nodes"].values()
    configs = {node["unique_id"]: node["config"] for node in nodes if node["resource_type"] == "test"}
    bare = [name for name, config in configs.items() if config["severity"].lower() == "warn" and not config["meta"]]
    assert bare == []


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
