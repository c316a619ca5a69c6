"""What becomes of Smartlook's records while time passes, against its sheet (smartlook.md, by section)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sandbox import Sandbox
from tests.sandbox.test_smartlook import call, records


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=12, days=15, limits={"smartlook": "1000/second"}) as running:
        yield running


def test_sessions_expire_by_age(sandbox: Sandbox) -> None:
    """9: retention by plan; a session, its events, and a visitor without any other session are gone."""
    before = {entity: len(records(sandbox, entity)) for entity in ("sessions", "visitors", "visitor_events")}
    sandbox.switch("smartlook.retention_days", "5")
    after = {entity: records(sandbox, entity) for entity in before}

    assert all(0 < len(after[entity]) < before[entity] for entity in before)
    oldest = (sandbox.now - timedelta(days=5)).isoformat()[:19]
    assert all(row["startedAt"] >= oldest for row in after["sessions"])
    assert {row["id"] for row in after["visitors"]} == {row["visitorId"] for row in after["sessions"]}


def test_sessions_that_go_on_are_hidden_or_grow(sandbox: Sandbox) -> None:
    """9: a session is over after 15 minutes without activity; until then hidden, or with what it has so far."""
    path = f"/api/v1/sessions/{sandbox.world.under_way.smartlook_id}"
    whole = call(sandbox, path).json
    assert len(whole["pageUrl"]) == 3

    sandbox.switch("smartlook.active_sessions", "hidden")
    assert call(sandbox, path).status == 404
    sandbox.switch("smartlook.active_sessions", "growing")
    growing = call(sandbox, path).json

    assert growing["startedAt"] == whole["startedAt"]
    assert growing["endedAt"] < whole["endedAt"]
    assert growing["pageUrl"] == whole["pageUrl"][:2]
    sandbox.advance(timedelta(hours=1))
    over = call(sandbox, path).json
    assert over["duration"] >= whole["duration"] > growing["duration"]
    assert over["pageUrl"][:3] == whole["pageUrl"]


@pytest.mark.parametrize("rewritten", [True, False])
def test_a_later_identification(sandbox: Sandbox, rewritten: bool) -> None:
    """9: `identify()` can come later; whether earlier sessions are rewritten is unknown, the visitor is."""
    sandbox.switch("smartlook.identify", "rewritten" if rewritten else "kept")
    before = {row["id"]: row for row in sandbox.records("smartlook", "sessions")}

    (key,) = sandbox.advance(timedelta(hours=1))["identified_people"]

    person = sandbox.world.people[key]
    visitors = set(person.visitor_ids.values())
    known = [row for row in sandbox.records("smartlook", "visitors") if row["id"] in visitors]
    sessions = [row for row in sandbox.records("smartlook", "sessions") if row["visitorId"] in visitors]
    earlier = [row for row in sessions if row["id"] in before]
    assert person.uid
    assert known
    assert earlier
    assert {row["identification"]["uid"] for row in known} == {person.uid}
    assert {row["identification"]["uid"] for row in earlier} == {person.uid if rewritten else None}
    if not rewritten:
        assert all(row["identification"] == before[row["id"]]["identification"] for row in earlier)


def test_notes_are_added_to_old_sessions(sandbox: Sandbox) -> None:
    """9: old sessions change without any time on the session that says so."""
    before = {row["id"]: row for row in sandbox.records("smartlook", "sessions")}

    noted = sandbox.advance(timedelta(hours=6))["noted_sessions"]

    after = {row["id"]: row for row in sandbox.records("smartlook", "sessions")}
    assert len(noted) == 2
    for key in noted:
        assert len(after[key]["notes"]) == len(before[key]["notes"]) + 1
        assert after[key]["startedAt"] < (sandbox.now - timedelta(days=3)).isoformat()[:19]
        assert set(after[key]["notes"][-1]) == {"id", "time", "text"}


def test_the_world_moves_on(sandbox: Sandbox) -> None:
    """9: new visitors and sessions, sessions that grew, some deleted; what was recorded of a session stays."""
    before = {row["id"]: row for row in sandbox.records("smartlook", "sessions")}
    events = {row["id"]: row for row in sandbox.records("smartlook", "visitor_events")}
    visitors = {row["id"] for row in sandbox.records("smartlook", "visitors")}

    for _ in range(3):
        sandbox.advance(timedelta(days=1))

    after = {row["id"]: row for row in sandbox.records("smartlook", "sessions")}
    present = {row["id"]: row for row in sandbox.records("smartlook", "visitor_events")}
    assert set(after) - set(before)
    assert {row["id"] for row in sandbox.records("smartlook", "visitors")} - visitors
    assert any(after[key]["duration"] > row["duration"] for key, row in before.items() if key in after)
    kept = {key: row for key, row in events.items() if row["sessionId"] in after}
    assert {key: present.get(key) for key in kept} == kept
    assert {row["sessionId"] for row in present.values()} <= set(after)


def test_truth_knows_every_record(sandbox: Sandbox) -> None:
    """The world's truth and the vendors' records are the same things, also after time has passed."""
    sandbox.advance(timedelta(days=2))
    for vendor, kind, entity, key in (
        ("smartlook", "session", "sessions", "id"),
        ("smartlook", "visitor", "visitors", "id"),
        ("usersnap", "feedback", "feedbacks", "feedback_id"),
    ):
        known = {line.id for line in sandbox.world.truth if (line.vendor, line.entity_type) == (vendor, kind)}
        assert known == {row[key] for row in sandbox.records(vendor, entity)} != set()


def test_equal_sandboxes_hold_equal_records() -> None:
    """Equal arguments and equal steps give equal records, memory of earlier identifications included."""
    held = []
    for _ in range(2):
        with Sandbox(companies=12, days=15) as running:
            running.advance(timedelta(hours=30))
            running.advance(timedelta(hours=2))
            entities = ("sessions", "visitors", "visitor_events")
            held.append(
                [running.records("smartlook", entity) for entity in entities]
                + [running.records("usersnap", "feedbacks"), running.records("snapcrm", "leads")]
            )
    assert held[0] == held[1]
