"""The world itself: it repeats, it is as dirty as promised, it knows the truth, and it moves on."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
import pytest

from sandbox import Dirt, Sandbox, World
from sandbox.vendors import VENDORS
from sandbox.world.names import ODD_TEXTS
from sandbox.world.truth import EVIDENCE, TELLS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REGIONS = {"Europe/Amsterdam": "NL", "Europe/Paris": "FR", "Europe/Berlin": "DE"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A default world that no test changes; its servers are never started."""
    running = Sandbox()
    running.close()
    return running


@pytest.fixture(scope="module")
def world(sandbox: Sandbox) -> World:
    return sandbox.world


def everything(sandbox: Sandbox) -> dict[str, Any]:
    return {
        f"{vendor.name}.{entity}": sandbox.records(vendor.name, entity) for vendor in VENDORS for entity in vendor.keys
    }


PRINT_ALL = """
import hashlib, json, sys
from datetime import timedelta
from sandbox import Sandbox
from tests.sandbox.test_world import everything
with Sandbox(companies=20, days=10) as sandbox:
    sandbox.advance(timedelta(hours=30))
    sandbox.advance(timedelta(hours=6))
    rows = everything(sandbox)
    print(hashlib.sha256(json.dumps(rows).encode()).hexdigest(), sum(map(len, rows.values())), len(sandbox.world.truth))
"""


def test_equal_sandboxes_hold_equal_records_in_every_process() -> None:
    """Also after the same steps, and with any seed of Python's hashes."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert int(printed.pop().split()[1]) > 500


def test_another_seed_is_another_world(world: World) -> None:
    assert set(World(8, 40, 30, NOW).organisations).isdisjoint(world.organisations)


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        yield from texts(list(value.values()))


def test_every_dirt_of_text_occurs_at_both_vendors(sandbox: Sandbox) -> None:
    """Emoji, quotes, newlines, right-to-left, combining characters and markup as typed; 10 kB strings."""
    for vendor, entity in (("snitcher", "sessions"), ("usersnap", "feedbacks")):
        found = list(texts(sandbox.records(vendor, entity)))
        missing = [text for text in ODD_TEXTS if text not in found]
        assert not missing, f"{vendor} lacks {missing}"
        assert max(len(text.encode()) for text in found) >= 10_000
    assert set(ODD_TEXTS) & set(texts(sandbox.records("snapcall", "calls")))


def test_every_kind_of_company_occurs(world: World) -> None:
    kinds = Counter(company.kind for company in world.companies.values())
    assert kinds >= Counter(switchboard=3, namesake=2, builder=2, social=1, no_website=1, second=1, subdomain=1)
    assert kinds >= Counter(quiet=1, ghost=1, own=1)
    phones = Counter(company.phone for company in world.companies.values())
    assert max(phones.values()) == 3
    assert max(Counter(company.name for company in world.companies.values()).values()) == 2
    websites = [each.website or "" for each in world.organisations.values()]
    for part in (".myshopify.com", ".wixsite.com", ".co.uk", ".com.", "?", "#"):
        assert any(part in website for website in websites), part
    assert any("linkedin" in site or "facebook" in site or "instagram" in site for site in websites)
    assert {None, ""} & {each.website for each in world.organisations.values()}
    legal = {company.legal_name.rpartition(" ")[2] for company in world.companies.values()}
    assert len(legal & {"GmbH", "Ltd", "BV", "S.A.", "AB", "Inc.", "LLC", "PLC", "AG", "SAS", "N.V."}) >= 4
    names = [each.name for each in world.organisations.values()]
    assert None in names
    assert any(name and not name.isascii() for name in names)


def test_snitcher_rows_have_the_dirt_of_real_sessions(sandbox: Sandbox) -> None:
    rows = sandbox.records("snitcher", "sessions")
    events = [event for row in rows for event in row["events"]]
    known = {"pageview", "form_submit", "track", "click", "download"}
    assert {event["event_type"] for event in events} > known, "an unknown event type is among them"
    assert any("consent" in row for row in rows), "an unknown field is among them"
    assert any(row["organisation_uuid"] is None for row in rows)
    assert any(row["events"] == [] for row in rows)
    assert any(row["location"] is None and row["browser"] is None for row in rows)
    times = [[event["triggered_at"] for event in row["events"]] for row in rows]
    assert any(each != sorted(each) for each in times), "events need not come in order of time"
    values = [pair["value"] for event in events for pair in event.get("properties", [])]
    assert {type(value) for value in values} >= {str, int, float, bool, type(None)}
    listed = {row["uuid"] for row in sandbox.records("snitcher", "organisations")}
    assert {row["organisation_uuid"] for row in rows} - listed - {None}, "an organisation that only sessions name"


def test_two_workspaces_share_organisations_and_one_is_small(sandbox: Sandbox) -> None:
    main, small = (row["uuid"] for row in sandbox.records("snitcher", "workspaces"))
    sizes = {scope: len(sandbox.records("snitcher", "sessions", scope)) for scope in (main, small)}
    assert 0 < sizes[small] * 3 < sizes[main]
    uuids = [{row["uuid"] for row in sandbox.records("snitcher", "organisations", scope)} for scope in (main, small)]
    assert uuids[0] & uuids[1]


def test_sessions_lie_on_both_sides_of_midnight(sandbox: Sandbox) -> None:
    starts = [datetime.fromisoformat(row["started_at"]) for row in sandbox.records("snitcher", "sessions")]
    clock = Counter(each.strftime("%H:%M:%S") for each in starts)
    assert clock.keys() >= {"00:00:00", "23:59:59", "00:00:01", "23:59:30", "00:10:00"}
    ends = [datetime.fromisoformat(row["ended_at"]) for row in sandbox.records("snitcher", "sessions")]
    assert any(start.date() < end.date() for start, end in zip(starts, ends, strict=True))


def test_nothing_happens_before_the_history_or_after_now(world: World) -> None:
    for visit in world.visits.values():
        assert world.since <= visit.started_at <= visit.ended_at <= world.now
        assert all(visit.started_at <= event.at <= visit.ended_at for event in visit.events), visit
        if visit.smartlook_id:
            assert visit.ended_at + timedelta(seconds=visit.smartlook_skew) <= world.now


def test_one_visit_is_seen_by_two_vendors_with_seconds_or_minutes_between(world: World) -> None:
    both = [each for each in world.visits.values() if each.session_id and each.smartlook_id]
    near = [each for each in both if abs(each.smartlook_skew) <= 45]
    assert len(near) > len(both) / 2
    assert all(abs(each.smartlook_skew) >= 300 for each in both if each not in near)
    assert len(near) < len(both)
    assert {each.snitcher_url_query for each in both} == {True, False}


def test_people_write_from_work_from_free_mail_and_as_namesakes(world: World) -> None:
    kinds = Counter(person.email_kind for person in world.people.values())
    assert kinds["corporate"] > 20
    assert kinds["free"] > 20
    leads = Counter((lead.first, lead.last) for lead in world.leads.values())
    assert max(leads.values()) > 1, "two leads of one name"
    names = Counter((person.first, person.last) for person in world.people.values())
    assert sum(count > 1 for count in names.values()) <= len(world.people) / 20, "but most names are one person's"
    assert any(lead.crm_id and lead.submissions for lead in world.leads.values())
    assert any(lead.crm_id and not lead.submissions for lead in world.leads.values())


def test_calls_are_rated_late_and_one_is_going_on(world: World) -> None:
    assert any(call.ended_at and call.ended_at > world.now for call in world.calls.values())
    late = [each for each in world.calls.values() if each.rate and each.rated_at and each.ended_at]
    assert any(each.rated_at > each.ended_at for each in late if each.rated_at and each.ended_at)
    assert {call.status for call in world.calls.values()} >= {"answered", "missed", "transferred_external"}
    assert any(call.context is None or not call.external for call in world.calls.values())


@pytest.mark.parametrize("seed", [7, 8])
def test_planted_numbers_can_be_read_by_the_countries_own_plans(seed: int) -> None:
    """The evidence of a number is real: phonenumbers reads it as the company's, and in one way only."""

    def read(text: str, region: str | None) -> str | None:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            return None
        valid = phonenumbers.is_valid_number(number)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None

    world = World(seed, 60, 60, NOW)
    for each in world.organisations.values():
        if each.phone:
            assert read(each.phone, each.place.country) == world.companies[each.company].phone
    buttons = {button["bid"]: button for button in world.reference.buttons}
    told = [call for call in world.calls.values() if call.evidence == "phone"]
    for call in told:
        region = REGIONS.get(buttons[call.bid]["timezone"])
        readings = {read(f"+{call.ani}", None), read(str(call.ani), region) if region else None} - {None}
        assert readings == {world.companies[str(call.company)].phone}
    assert len(told) > 20


@pytest.mark.parametrize(("companies", "days"), [(40, 30), (120, 90)])
def test_at_most_a_quarter_cannot_be_told(companies: int, days: int) -> None:
    for seed in (7, 8, 9):
        truth = World(seed, companies, days, NOW).truth
        assert sum(not line.decidable for line in truth) <= len(truth) / 4


def test_truth_names_every_record_once_and_in_known_words(sandbox: Sandbox) -> None:
    truth = sandbox.world.truth
    assert len({(line.vendor, line.entity_type, line.id) for line in truth}) == len(truth)
    for line in truth:
        assert line.decidable == (line.evidence in TELLS)
        assert line.company is not None or not line.decidable
    ids = {
        (vendor, kind): {line.id for line in truth if (line.vendor, line.entity_type) == (vendor, kind)}
        for vendor, kind in {(line.vendor, line.entity_type) for line in truth}
    }
    rows = sandbox.records
    assert ids["snitcher", "session"] == {row["uuid"] for row in rows("snitcher", "sessions")}
    assert ids["snitcher", "organisation"] >= {row["uuid"] for row in rows("snitcher", "organisations")}
    assert ids["snapcall", "call"] == {str(row["id"]) for row in rows("snapcall", "calls")}
    assert {line.evidence for line in truth} <= EVIDENCE.keys()


def test_every_word_of_evidence_occurs_in_a_world_with_oddities() -> None:
    world = World(7, 120, 90, NOW, Dirt(oddities=2))
    found = {line.evidence for line in world.truth}
    for _ in range(3):
        world.advance(timedelta(days=1))
        found |= {line.evidence for line in world.truth}
    assert set(EVIDENCE) - found == set()


def test_dirt_can_be_turned_up() -> None:
    plain = World(7, 40, 30, NOW, Dirt(no_organisation=0, foreign_network=0, smartlook_only=0))
    dirty = World(7, 40, 30, NOW, Dirt(no_organisation=0.5))
    shares = [
        sum(visit.organisation is None for visit in world.visits.values()) / len(world.visits)
        for world in (plain, dirty)
    ]
    assert shares[0] < 0.2
    assert shares[1] > 0.4


def test_time_brings_changes_of_every_kind() -> None:
    sandbox = Sandbox(companies=60, days=45)
    sandbox.close()
    seen: Counter[str] = Counter()
    for _ in range(6):
        before = {row["uuid"]: row for row in sandbox.records("snitcher", "sessions")}
        calls = {row["id"]: row for row in sandbox.records("snapcall", "calls")}
        start = sandbox.now
        changes = sandbox.advance(timedelta(days=1))
        after = {row["uuid"]: row for row in sandbox.records("snitcher", "sessions")}
        calls_after = {row["id"]: row for row in sandbox.records("snapcall", "calls")}
        seen.update({kind: len(ids) for kind, ids in changes.items()})
        assert set(after) - set(before) == {*changes["new_sessions"], *changes["late_sessions"]}
        assert set(before) - set(after) == set(changes["deleted_sessions"])
        for uuid in changes["late_sessions"]:
            assert start - timedelta(days=3) < datetime.fromisoformat(after[uuid]["started_at"]) < start
        for uuid in changes["grown_sessions"]:
            assert after[uuid]["ended_at"] > before[uuid]["ended_at"]
            assert len(after[uuid]["events"]) > len(before[uuid]["events"])
        assert all(before[uuid]["events"] and not after[uuid]["events"] for uuid in changes["emptied_sessions"])
        for uuid in changes["reattributed_sessions"] + changes["attributed_sessions"]:
            assert before[uuid]["organisation_uuid"] != after[uuid]["organisation_uuid"]
        for uuid in changes["old_sessions"]:
            age = start - datetime.fromisoformat(before[uuid]["started_at"])
            assert timedelta(days=3) < age < timedelta(days=30)
        changed = {uuid for uuid in before.keys() & after.keys() if before[uuid] != after[uuid]}
        assert changed == {
            uuid
            for kind in ("grown", "emptied", "shrunk", "attributed", "reattributed", "old")
            for uuid in changes[f"{kind}_sessions"]
        }
        assert set(map(int, changes["deleted_calls"])) == set(calls) - set(calls_after)
        for number in map(int, {*changes["rated_calls"], *changes["old_calls"]}):
            assert calls[number]["rate"] is None
            assert calls_after[number]["rate"] is not None
    assert set(seen) == {kind for kind, count in seen.items() if count > 0}
    assert sandbox.world.changes[-1] == changes
    json.dumps(changes)


def test_a_website_changes_and_the_company_keeps_both_domains() -> None:
    world = World(7, 40, 30, NOW)
    uuid = world.advance(timedelta(days=1))["moved_organisations"][0]
    organisation = world.organisations[uuid]
    assert len(organisation.websites) == 2
    assert len(world.companies[organisation.company].domains) == 2


def test_time_does_not_run_backwards(world: World) -> None:
    with pytest.raises(ValueError, match="forward"):
        world.advance(timedelta(0))
