"""Which company each vendor's record belongs to, told from what the generator planted and from nothing else."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.world.model import Organisation, Person, Visit

if TYPE_CHECKING:
    from sandbox.world.world import World

EVIDENCE = {
    # words that can tell
    "organisation": "Snitcher names the organisation of the session",
    "website": "the website is of the company's own domain",
    "own_anchor": "an organisation without a domain is a company by itself",
    "same_phone": "an organisation without a domain has the number of exactly one company",
    "corporate_email": "an address of the company's domain",
    "phone": "a number that one company has, and its organisation shows",
    "person": "a free-mail address that elsewhere comes with the company's own number",
    "form_session": "a form with free mail, sent in a session of the company",
    "same_visit": "made in a visit whose organisation Snitcher names, and which nothing else resembles",
    "company_name": "the form names the company, and no other company has that name",
    "same_visitor": "other recordings of the browser tell, all of one company",
    "recording": "Snitcher names no organisation, and the recording of the visit tells",
    "form_email": "nothing else tells, and a form sent in the visit bears an address of the company's domain",
    "colleagues": "a number that two people gave with addresses of the company, and nobody else",
    # words that cannot
    "no_organisation": "Snitcher names no organisation, and nothing else is known",
    "smartlook_only": "Snitcher did not see the visit",
    "no_page": "Snitcher has no event of the visit, so no page",
    "far_skew": "the other vendor's times are minutes off, or the contact came long after the visit",
    "two_visits": "another visit of the same city and browser was made at the same time",
    "anonymous": "a visitor who never gave an address",
    "free_mail": "a free-mail address, and nothing else",
    "no_email": "no address at all",
    "mobile": "a number that nobody else has given",
    "shared_phone": "a switchboard of several companies",
    "withheld": "a code that networks send in place of a number",
    "service_number": "a number that is called, and from which nobody calls",
    "two_companies": "a browser of people of two companies",
    "two_readings": "a number without plus that is valid as an international and as a national one",
    "namesake": "a company name that two companies have",
    "own_email": "an address of the user's own company",
    "demo": "made by the vendor",
    "nobody": "somebody who belongs to no company",
}


@dataclass(frozen=True)
class Truth:
    """Which true company a vendor's record belongs to, and whether the planted evidence can tell.

    `evidence` is the generator's word for what it planted, not the name of a rule; `EVIDENCE` lists the
    words and says which of them can tell. `company` is a `Company.key`, None for what belongs to no company.
    """

    vendor: str
    entity_type: str
    id: str
    company: str | None
    decidable: bool
    evidence: str


TELLS = frozenset(list(EVIDENCE)[: list(EVIDENCE).index("no_organisation")])
UNSEEN = {"phone": "mobile", "person": "free_mail", "company_name": "free_mail"}
"""What evidence comes to that leans on an organisation, when no visit has shown the organisation."""


def truth_of(world: "World") -> Iterator[Truth]:
    """A line for each record that the vendors have at the world's now."""
    phones = Counter(each.phone for each in world.companies.values())

    def line(vendor: str, kind: str, record: str, company: str | None, word: str) -> Truth:
        word = "nobody" if company is None and word not in ("demo", "two_companies") else word
        word = word if company in shown else UNSEEN.get(word, word)
        return Truth(vendor, kind, record, company, word in TELLS, word)

    named = {visit.organisation for visit in world.visible_visits() if visit.session_id}
    shown: set[str | None] = {each.company for uuid, each in world.organisations.items() if uuid in named}
    for uuid, organisation in world.organisations.items():
        if uuid in named:
            word = _organisation(organisation, world, phones)
            yield line("snitcher", "organisation", uuid, organisation.company, word)
    browsers = Browsers(world, shown)
    for visit in world.visible_visits():
        person = world.people[visit.person]
        if visit.session_id:
            named_by = world.organisations[visit.organisation].company if visit.organisation else person.company
            yield line("snitcher", "session", visit.session_id, named_by, browsers.session(visit))
        if visit.smartlook_id:
            yield line("smartlook", "session", visit.smartlook_id, person.company, browsers.recording(visit))
    for visitor, word in browsers.told.items():
        companies = browsers.companies[visitor]
        company = next(iter(companies)) if len(companies) == 1 else None
        yield line("smartlook", "visitor", visitor, company, word)
    for call in world.visible_calls():
        if call.ended_at and call.ended_at <= world.now:
            yield line("snapcall", "call", str(call.id), call.company, call.evidence)
    for feedback in world.visible_feedback():
        yield line("usersnap", "feedback", feedback.id, feedback.company, feedback.evidence)
    for lead in world.leads.values():
        if lead.first_asked_at <= world.now:
            yield line("snapcrm", "lead", lead.id, lead.company, lead.evidence)


def _organisation(organisation: Organisation, world: "World", phones: Counter[str | None]) -> str:
    company = world.companies[organisation.company]
    if not organisation.listed:
        return "own_anchor"
    if organisation.website and company.domains:
        return "website"
    if company.domains and phones[company.phone] == 1 and organisation.phone:
        return "same_phone"
    return "own_anchor"


def _visitor(person: Person, world: "World") -> str:
    """How a Smartlook visitor can be told by what the site says about them."""
    company = world.companies[person.company] if person.company else None
    if not person.identified:
        return "anonymous"
    if company and company.internal:
        return "own_email"
    if person.email_kind == "corporate":
        return "corporate_email"
    return "person" if person.anchored else "free_mail"


class Browsers:
    """How visits can be told by those who recorded them. `told` has a word for each recorded visitor."""

    def __init__(self, world: "World", shown: set[str | None]) -> None:
        self.world = world
        self.asked = {
            visit
            for lead in world.leads.values()
            if lead.evidence == "corporate_email"
            for visit, _ in lead.submissions
        }
        """Visits in which somebody sent a form with an address of their company."""
        self.told: dict[str, str] = {}
        self.companies: dict[str, set[str | None]] = defaultdict(set)
        misled: set[str] = set()
        for visit in world.visible_visits():
            if visit.smartlook_id:
                visitor = self._visitor(visit)
                person = world.people[visit.person]
                self.companies[visitor].add(person.company)
                word = _visitor(person, world)
                if word == "person" and person.company not in shown:
                    # an address that leans on an organisation, which no visit has shown
                    word = "free_mail"
                told = self.told.setdefault(visitor, word)
                if told not in TELLS and (said := self._visit(visit)) in TELLS:
                    self.told[visitor] = said
                if visit.crowded and not visit.session_id:
                    # this recording fits the visit of somebody else, and no other
                    misled.add(visitor)
        by_visit = {visitor for visitor in misled if self.told[visitor] in ("same_visit", "form_email")}
        self.told |= dict.fromkeys(by_visit, "two_visits")
        self.told |= {visitor: "two_companies" for visitor, whose in self.companies.items() if len(whose) > 1}

    def session(self, visit: Visit) -> str:
        """How a Snitcher session can be told: by its organisation, by a form sent in it, else by its recording."""
        if visit.organisation:
            return "organisation"
        if visit.key in self.asked:
            return "form_email"
        return "recording" if _is_one_visit(visit) and self.recording(visit) in TELLS else "no_organisation"

    def recording(self, visit: Visit) -> str:
        """How a Smartlook session can be told: by what the site says, by its visit, else by its visitor."""
        said = _visitor(self.world.people[visit.person], self.world)
        word = said if said in TELLS else self._visit(visit)
        if word in TELLS or said == "own_email" or word == "two_visits":
            return word
        visitor = self.told.get(self._visitor(visit), "anonymous")
        if visitor == "two_companies":
            return visitor
        return "same_visitor" if visitor in TELLS else word

    def _visitor(self, visit: Visit) -> str:
        return self.world.people[visit.person].visitor_ids.get(visit.site, "")

    def _visit(self, visit: Visit) -> str:
        """How a recording can be told by the Snitcher session of the same visit."""
        if not visit.session_id:
            return "two_visits" if visit.crowded else "smartlook_only"
        if not visit.organisation and visit.key not in self.asked:
            return "no_organisation"
        if not visit.events:
            return "no_page"
        if visit.crowded:
            return "two_visits"
        if abs(visit.smartlook_skew) >= 60:
            return "far_skew"
        return "same_visit" if visit.organisation else "form_email"


def _is_one_visit(visit: Visit) -> bool:
    """Whether both vendors' rows of a visit can be told to be of one."""
    seen_twice = visit.session_id and visit.smartlook_id and visit.events
    return bool(seen_twice) and not visit.crowded and abs(visit.smartlook_skew) < 60
