"""The evidence that the generator says it planted is in the records, and no accident contradicts it.

This is no matcher: each test takes the records of one word of evidence and looks for exactly what the word says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import World
from sandbox.world.model import Visit
from sandbox.world.names import FREE_MAIL
from sandbox.world.truth import Truth

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module", params=[7, 11])
def world(request: pytest.FixtureRequest) -> World:
    """A world that has moved on by three days."""
    made = World(request.param, 120, 90, NOW)
    for _ in range(3):
        made.advance(timedelta(days=1))
    return made


def page(url: str | None) -> str:
    return (url or "").partition("?")[0]


def landing(visit: Visit) -> str:
    return page(min(visit.events, key=lambda event: event.at).url) if visit.events else ""


class Lanes:
    """Snitcher's visits by city and browser family."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.visits: dict[tuple[str, str], list[Visit]] = defaultdict(list)
        for visit in world.visible_visits():
            if visit.session_id:
                self.visits[visit.place.city, visit.device.browser].append(visit)

    def around(self, city: str, browser: str, moment: datetime, url: str | None) -> list[str | None]:
        """Companies of the visits that had this page and were on at that moment, give or take a minute."""
        return [
            self.company(visit)
            for visit in self.visits[city, browser]
            if visit.started_at - MINUTE <= moment <= visit.ended_at + MINUTE
            and page(url) in {page(event.url) for event in visit.events}
        ]

    def company(self, visit: Visit) -> str | None:
        return self.world.organisations[visit.organisation].company if visit.organisation else None


def test_a_call_from_a_visit_fits_that_visit_and_no_other(world: World) -> None:
    lanes = Lanes(world)
    tried: Counter[str] = Counter()
    for call in world.visible_calls():
        default = (call.context or {}).get("default")
        if default and call.evidence in ("same_visit", "far_skew", "mobile", "shared_phone", "nobody"):
            browser = default["browser"].rpartition(" ")[0]
            found = lanes.around(default["city"], browser, call.started_at, default["url"])
            assert found == ([call.company] if call.evidence == "same_visit" else []), call
            tried[call.evidence] += 1
    assert len(tried) == 5
    assert tried["same_visit"] > 40


def test_feedback_from_a_visit_fits_that_visit_and_no_other(world: World) -> None:
    lanes = Lanes(world)
    tried: Counter[str] = Counter()
    for each in world.visible_feedback():
        if each.place and each.device and each.evidence in ("same_visit", "far_skew", "free_mail", "no_email"):
            found = lanes.around(each.place.city, each.device.browser, each.created_at, each.url)
            assert found == ([each.company] if each.evidence == "same_visit" else []), each
            tried[each.evidence] += 1
    assert len(tried) == 4
    assert tried["same_visit"] > 20


def recordings(world: World) -> dict[str, Truth]:
    """The truth of each Smartlook session by its id."""
    return {line.id: line for line in world.truth if (line.vendor, line.entity_type) == ("smartlook", "session")}


def test_a_recording_begins_with_its_visit_and_with_no_other(world: World) -> None:
    lanes = Lanes(world)
    words = recordings(world)
    tried: Counter[str] = Counter()
    for visit in world.visible_visits():
        line = words.get(visit.smartlook_id or "")
        # a recording of another clock may follow its visitor, but never its visit
        is_far = bool(visit.session_id and visit.organisation and abs(visit.smartlook_skew) >= 60)
        if line and (line.evidence == "same_visit" or (is_far and line.evidence in ("far_skew", "same_visitor"))):
            begun = visit.started_at + timedelta(seconds=visit.smartlook_skew)
            found = [
                lanes.company(each)
                for each in lanes.visits[visit.place.city, visit.device.browser]
                if abs(each.started_at - begun) <= MINUTE and landing(each) == landing(visit)
            ]
            assert found == ([line.company] if line.evidence == "same_visit" else []), visit
            tried[line.evidence] += 1
    assert tried["same_visit"] > 300
    assert tried["far_skew"] > 10
    assert tried["same_visitor"] > 10


def test_a_recording_that_follows_its_visitor_has_others_of_one_company(world: World) -> None:
    words = recordings(world)
    told: dict[str, set[str | None]] = defaultdict(set)
    following: list[tuple[str, str | None]] = []
    for visit in world.visible_visits():
        if line := words.get(visit.smartlook_id or ""):
            visitor = world.people[visit.person].visitor_ids[visit.site]
            if line.evidence == "same_visitor":
                following.append((visitor, line.company))
            elif line.decidable:
                told[visitor].add(line.company)
    assert len(following) > 20
    assert all(told[visitor] == {company} for visitor, company in following)


def test_a_session_without_organisation_is_told_by_its_one_recording(world: World) -> None:
    words = recordings(world)
    sessions = {line.id: line for line in world.truth if (line.vendor, line.entity_type) == ("snitcher", "session")}
    tried = 0
    for visit in world.visible_visits():
        line = sessions.get(visit.session_id or "")
        if line and line.evidence == "recording":
            recording = words[str(visit.smartlook_id)]
            assert visit.organisation is None
            assert (recording.decidable, recording.company) == (True, line.company)
            assert abs(visit.smartlook_skew) < 60
            tried += 1
    assert tried > 20


def addresses(world: World, word: str) -> Iterator[tuple[str, str | None]]:
    """(address, company) of leads, feedback and calls with that word of evidence."""
    for lead in world.leads.values():
        if lead.evidence == word and lead.email:
            yield lead.email, lead.company
    for each in world.feedback.values():
        if each.evidence == word and each.email:
            yield each.email, each.company
    for call in world.calls.values():
        if call.evidence == word:
            found = [value for value in ((call.external or {}).get("e"), call.client) if value and "@" in value]
            yield from ((address, call.company) for address in found)


def test_a_corporate_address_is_of_the_companys_domain(world: World) -> None:
    found = list(addresses(world, "corporate_email"))
    for address, company in found:
        domains = world.companies[str(company)].domains
        assert any(address.endswith((f"@{domain}", f".{domain}")) for domain in domains), address
    assert len(found) > 100
    assert any("@mail." in address for address, _ in found), "subdomains among them"


def test_free_mail_says_nothing_by_itself(world: World) -> None:
    found = list(addresses(world, "free_mail")) + list(addresses(world, "person"))
    assert len(found) > 10
    assert all(address.partition("@")[2] in FREE_MAIL for address, _ in found)


def test_a_person_told_by_free_mail_has_called_with_the_companys_number(world: World) -> None:
    anchors = {
        str((call.external or {}).get("e")): call.company
        for call in world.calls.values()
        if call.evidence == "phone" and call.external
    }
    found = list(addresses(world, "person"))
    assert found
    assert all(anchors[address] == company for address, company in found)


def test_leads_bear_what_their_evidence_says(world: World) -> None:
    names = Counter(company.name for company in world.companies.values())
    phones = Counter(company.phone for company in world.companies.values())
    tried: Counter[str] = Counter()
    for lead in world.leads.values():
        company = world.companies.get(lead.company or "")
        sent_in = {world.visits[visit].organisation for visit, _ in lead.submissions}
        tried[lead.evidence] += 1
        match lead.evidence:
            case "form_session":
                assert {world.organisations[str(uuid)].company for uuid in sent_in} == {lead.company}
            case "company_name":
                assert company
                assert names[company.name] == 1
                assert company.name.lower() in str(lead.company_name).lower()
            case "namesake":
                assert company
                assert names[company.name] == 2
            case "website":
                assert company
                assert company.domains[0] in str(lead.website)
            case "phone":
                assert company
                assert lead.email is None
                assert lead.phone == company.phone
                assert phones[company.phone] == 1
        if lead.evidence in ("company_name", "namesake", "website", "phone", "free_mail", "nobody"):
            assert sent_in == {None}
    assert tried.keys() >= {"form_session", "company_name", "namesake", "website", "phone", "free_mail", "nobody"}
