"""Dirt of real data that chance does not make: each kind planted by hand, `Dirt.oddities` times, none in a usual world.

Platforms that are companies themselves, their customers and tenants, forwarders, addresses and websites as people write
them, one text in two spellings, and numbers that are withheld, shared, a service's, our own, or of an older plan.
"""

import random
import unicodedata
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sandbox.world import names
from sandbox.world.companies import Cast
from sandbox.world.contacts import Contacts
from sandbox.world.leads import Leads
from sandbox.world.model import Call, Company, Person, Visit
from sandbox.world.places import RENUMBERED
from sandbox.world.text import ascii_letters
from sandbox.world.visits import Agenda

if TYPE_CHECKING:
    from sandbox.world.world import World

Record = tuple[str, str, str]
"""Vendor, entity type, id, as in the truth."""


class Oddities:
    """Plants them; holds the records of each kind. What a kind means stands at its method."""

    def __init__(self, world: "World", cast: Cast, agenda: Agenda, leads: Leads, contacts: Contacts) -> None:
        self.rng = random.Random(f"{world.seed}/oddities")
        self.world = world
        self.cast = cast
        self.agenda, self.leads, self.contacts = agenda, leads, contacts
        self.records: dict[str, set[Record]] = defaultdict(set)
        self.kinds = (
            self.platforms, self.pages, self.customers, self.tenants, self.forwarders, self.addresses, self.letters,
            self.websites, self.entities, self.pages_of_visits, self.withheld, self.shared, self.colleagues,
            self.services, self.own_numbers, self.extensions, self.renumbered, self.staff, self.browsers, self.forms,
            self.spelt_uuids,
        )  # fmt: skip

    def plant(self, times: int) -> None:
        """Every kind, so many times."""
        for turn in range(times):
            for kind in self.kinds:
                kind(turn)

    def platforms(self, turn: int) -> None:
        """A platform is a company too: its own website is its own, and its staff write from it."""
        host = names.PLATFORMS[turn % len(names.PLATFORMS)]
        if any(host in each.domains for each in self.cast.companies.values()):
            return
        company = self._company("platforms", host.partition(".")[0].title(), [host], f"https://www.{host}/")
        self._call("platforms", "corporate_email", person := self._writer(company), email=person.email)
        self._lead("platforms", "corporate_email", self._writer(company))

    def pages(self, turn: int) -> None:
        """A page below a platform is of who made it."""
        stem = self._stem()
        self._company("pages", stem, [], names.PLATFORM_PAGES[turn % len(names.PLATFORM_PAGES)].format(stem.lower()))

    def customers(self, turn: int) -> None:
        """A name of its own below a platform's domain for customers."""
        host = f"{self._stem().lower()}.{names.CUSTOMERS[turn % len(names.CUSTOMERS)]}"
        self._company("customers", host, [host], f"https://{host}/about")

    def tenants(self, turn: int) -> None:
        """Two companies with one provider, each with a name of its own there, and two people of each."""
        for _ in range(2):
            stem = self._stem()
            company = self._company("tenants", stem, [f"{stem.lower()}.{names.TENANTS[turn % len(names.TENANTS)]}"])
            self._call("tenants", "corporate_email", person := self._writer(company), email=person.email)
            self._feedback("tenants", "corporate_email", person, str(person.email))
            self._lead("tenants", "corporate_email", self._writer(company))

    def forwarders(self, turn: int) -> None:
        """Two strangers behind one forwarder or disposable mail."""
        for _ in range(2):
            person = self._writer(None, names.FORWARDERS[turn % len(names.FORWARDERS)])
            self._call("forwarders", "nobody", person, client=person.email)
            self._lead("forwarders", "nobody", person)

    def addresses(self, turn: int) -> None:
        """An address as people write it, or copy it from somewhere."""
        for form in names.ADDRESSES[turn % 2 :: 2]:
            person = self._writer(self.rng.choice(self.leads.solid))
            written = form.format(person.email)
            self._call("addresses", "corporate_email", person, client=written)
            self._call("addresses", "corporate_email", person, email=written)
            self._feedback("addresses", "corporate_email", person, written)
            self._lead("addresses", "corporate_email", person, email=written)

    def letters(self, turn: int) -> None:
        """Letters in two Unicode forms before the at sign, and after it as letters or as punycode."""
        stem = f"{self._stem().lower()}ü.example"
        plain = stem.encode("idna").decode()
        company = self._company("letters", stem, [plain, stem], f"https://{(plain, stem)[turn % 2]}/")
        for written in (plain, stem, stem.upper(), unicodedata.normalize("NFD", stem)):
            person = self._writer(company, plain)
            self._call("letters", "corporate_email", person, client=f"rene.{person.key}@{written}")
        person = self._writer(self.rng.choice(self.leads.solid))
        person.email = f"rené.{person.email}"
        for form in ("NFC", "NFD"):
            written = unicodedata.normalize(form, person.email)
            self._call("letters", "corporate_email", person, email=written)
            self._lead("letters", "corporate_email", person, email=written)

    def websites(self, turn: int) -> None:
        """A website as people write it, and somebody who writes from there."""
        domain = f"{self._stem().lower()}.example"
        written = names.WEBSITES[turn % len(names.WEBSITES)].format(domain)
        company = self._company("websites", domain, [domain], written)
        self._lead("websites", "corporate_email", self._writer(company))
        self._lead("websites", "website", self.leads.free_mailer(company), website=written)

    def entities(self, _: int) -> None:
        """A name that somebody's template escaped, and the same name as its people write it."""
        stem = self._stem()
        company = self._company("entities", f"{stem} & Sons", [f"{stem.lower()}.example"], f"{stem.lower()}.example")
        organisation = self.cast.organisations[self.cast.offices[company.key][0]]
        organisation.name = f"{stem} &amp; Sons {('Ltd', 'Ltd.')[self.rng.randrange(2)]}"
        self._lead("entities", "company_name", self.leads.free_mailer(company), company=company.name)

    def pages_of_visits(self, _: int) -> None:
        """A call and a feedback from a page with letters of its own, escaped, in a city in the other Unicode form."""
        contacts, moment = self.contacts, self._moment()
        call = contacts.call("same_visit", moment, self.world.now)
        feedback = contacts.say("same_visit", moment, self.world.now)
        for each, vendor, kind in ((call, "snapcall", "call"), (feedback, "usersnap", "feedback")):
            visit = self.agenda.visits[str(each.visit)]
            url = f"{contacts.sites[visit.site].url}/über-uns"
            for event in visit.events:
                event.url = url if event.url.startswith("http") else event.url
            city = unicodedata.normalize("NFD", visit.place.city)
            if isinstance(each, Call):
                each.context = {"default": {**(each.context or {})["default"], "url": quote(url, ":/"), "city": city}}
                each.referer = None
            else:
                each.url, each.place = quote(url, ":/"), replace(visit.place, city=city)
            self.records["pages_of_visits"].add((vendor, kind, str(each.id)))

    def withheld(self, turn: int) -> None:
        """What networks send in place of a number belongs to no company, even if a caller with it gave an address."""
        code = f"+{names.WITHHELD[turn % len(names.WITHHELD)]}"
        person = self._writer(self.rng.choice(self.leads.solid))
        self._call("withheld", "corporate_email", person, email=person.email, phone=code)
        self._call("withheld", "nobody", self.leads.free_mailer(None), phone=code)
        self._call("withheld", "withheld", self.leads.free_mailer(self.rng.choice(self.leads.solid)), phone=code)

    def shared(self, _: int) -> None:
        """A number from which people of two companies called."""
        number = self.cast.number("DE")
        for company in self.rng.sample(self.leads.solid, 2):
            person = self._writer(company)
            self._call("shared", "corporate_email", person, email=person.email, phone=number)
        self._call("shared", "shared_phone", self.leads.free_mailer(company), phone=number)

    def colleagues(self, _: int) -> None:
        """A number from which two people of one company called, and nobody else."""
        number, company = self.cast.number("DE"), self.rng.choice(self.leads.solid)
        for person in (self._writer(company), self._writer(company)):
            self._call("colleagues", "corporate_email", person, email=person.email, phone=number)
        self._call("colleagues", "colleagues", self.leads.free_mailer(company), phone=number)

    def services(self, turn: int) -> None:
        """A free number shows who is called, not who calls."""
        number = "+" + names.SERVICES[turn % len(names.SERVICES)].format(self.rng.randrange(10**4))
        person = self._writer(self.rng.choice(self.leads.solid))
        self._call("services", "corporate_email", person, email=person.email, phone=number)
        caller = self.leads.free_mailer(self.rng.choice(self.leads.solid))
        self._call("services", "service_number", caller, phone=number)

    def own_numbers(self, turn: int) -> None:
        """Calls that our own buttons forwarded bear a number of ours."""
        buttons = self.cast.reference.buttons
        number = f"+{buttons[turn % len(buttons)][('call_id', 'caller_id')[turn % 2]]}"
        person = self._writer(self.rng.choice(self.leads.solid))
        self._call("own_numbers", "corporate_email", person, email=person.email, phone=number)
        self._call("own_numbers", "nobody", self.leads.free_mailer(None), phone=number)

    def extensions(self, _: int) -> None:
        """Two people behind one switchboard, who give their extensions."""
        company = self.rng.choice(self.leads.reachable)
        for extension in (" ext. 12", " x34"):
            person = self.leads.free_mailer(company)
            self._lead("extensions", "phone", person, phone=f"{company.phone}{extension}")

    def renumbered(self, turn: int) -> None:
        """The organisation shows today's number, its people call with that of an older plan."""
        place, today, old = RENUMBERED[turn % len(RENUMBERED)]
        digits, stem = f"{self.rng.randrange(1000):03}", self._stem()
        company = self._company("renumbered", stem, [f"{stem.lower()}.example"], f"https://{stem}.example")
        company.phone = f"{today}{digits}"
        organisation = self.cast.organisations[self.cast.offices[company.key][0]]
        organisation.phone, organisation.place = company.phone, place
        self._call("renumbered", "phone", self.leads.free_mailer(company), phone=f"{old}{digits}")

    def staff(self, _: int) -> None:
        """The site's own employee stands beside the caller in the context of a call, or alone."""
        person = self._writer(self.rng.choice(self.leads.solid))
        other = f"max@{self._stem().lower()}.example"
        self._call("staff", "corporate_email", person, external={"employee": other, "email": person.email})
        self._call("staff", "no_email", self.leads.free_mailer(None), external={"agent": other, "executive": other})

    def browsers(self, _: int) -> None:
        """People of two companies at one browser, each in a visit of their own company; a third visit tells nothing."""
        one, other = (self.leads.free_mailer(each) for each in self.rng.sample(self.leads.visiting, 2))
        other.visitor_ids, other.place, other.device = one.visitor_ids, one.place, one.device
        site = self.world.sites[0]
        for person in (one, other, one):
            visit = self._recorded(self.agenda.visit(person, self._moment(), self.world.now, site=site, plain=True))
            self.records["browsers"].add(("smartlook", "session", str(visit.smartlook_id)))
        visit.session_id = visit.organisation = None
        self.records["browsers"].add(("smartlook", "visitor", one.visitor_ids[site.key]))

    def forms(self, _: int) -> None:
        """A company that Snitcher never names asks in a visit that both recorders saw, and comes again."""
        stem = self._stem()
        company = self._company("forms", stem, [f"{stem.lower()}.example"])
        person = self._writer(company)
        self._lead("forms", "corporate_email", person)
        for key, _ in self.leads.leads[str(person.email)].submissions:
            visit = self._recorded(self.agenda.visits[key])
            site = self.contacts.sites[visit.site]
            again = self._recorded(self.agenda.visit(person, self._moment(), self.world.now, site=site, plain=True))
            self.records["forms"] |= {
                ("snitcher", "session", str(visit.session_id)),
                ("smartlook", "session", str(visit.smartlook_id)),
                ("smartlook", "session", str(again.smartlook_id)),
                ("smartlook", "visitor", person.visitor_ids[visit.site]),
            }

    def spelt_uuids(self, _: int) -> None:
        """A session names its organisation in capitals."""
        company = self.rng.choice(self.leads.visiting)
        visit = self.agenda.visit(self._writer(company), self._moment(), self.world.now, plain=True)
        visit.extra = {"organisation_uuid": str(visit.organisation).upper()}
        self.records["spelt_uuids"].add(("snitcher", "session", str(visit.session_id)))

    def _moment(self) -> datetime:
        """Some time in the history, long enough ago for a call to be over."""
        return self.world.since + (self.world.now - timedelta(hours=3) - self.world.since) * self.rng.random()

    def _stem(self) -> str:
        """A name that no company has."""
        return f"{self.rng.choice(names.HEADS)}{self.rng.choice(names.TAILS)}{self.rng.getrandbits(24):06x}".title()

    def _company(self, kind: str, name: str, domains: list[str], website: str | None = None) -> Company:
        """A company; with a website also its organisation, which a visit shows."""
        place, seen = self.rng.choice(self.leads.solid).place, website is not None
        company = Company(
            f"c{len(self.cast.companies):04}", name, f"{name} Ltd", "regular" if seen else "quiet", domains, place,
            self.cast.number(place.country), None, None, None,
        )  # fmt: skip
        self.cast.add(company, website)
        if seen:
            visit = self.agenda.visit(self._writer(company), self._moment(), self.world.now, plain=True)
            self.records[kind].add(("snitcher", "organisation", str(visit.organisation)))
            self.records[kind].add(("snitcher", "session", str(visit.session_id)))
        return company

    def _writer(self, company: Company | None, host: str | None = None) -> Person:
        """A new person who writes from this host, else from their company's, and of whom the site tells nothing."""
        person = self.leads.free_mailer(company)
        if host := host or next(iter(company.domains if company else ()), None):
            person.email, person.email_kind = f"{ascii_letters(person.last)}.{person.key}@{host}", "corporate"
        return person

    def _recorded(self, visit: Visit) -> Visit:
        """The same visit, at Smartlook too, by a clock that is right."""
        visit.smartlook_id = visit.smartlook_id or f"ses_{self.rng.getrandbits(56):014x}"
        visit.smartlook_skew = 0.0
        return visit

    def _call(
        self, kind: str, case: str, person: Person, *, client: str | None = None, email: str | None = None,
        phone: str | None = None, external: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """A call from a page that no visit has."""
        call = self.contacts.enter_call(case, person, None, phone, email, client, self._moment(), None)
        call.external = external or call.external
        self.records[kind].add(("snapcall", "call", str(call.id)))

    def _feedback(self, kind: str, case: str, person: Person, email: str) -> None:
        feedback = self.contacts.say("free_mail", self._moment(), self.world.now)
        feedback.person, feedback.company, feedback.email = person.key, person.company, email
        feedback.evidence, feedback.decidable = case, case == "corporate_email"
        self.records[kind].add(("usersnap", "feedback", feedback.id))

    def _lead(self, kind: str, case: str, person: Person, **values: str) -> None:
        """A form that the person sends; `values` are what else stands in it, or stands in it otherwise."""
        plain = {"first": person.first, "last": person.last, "name": f"{person.first} {person.last}"}
        plain |= {"email": str(person.email), "message": "Please call me back."}
        self.leads.send(case, person, plain | values, self._moment(), self.world.now)
        self.records[kind].add(("snapcrm", "lead", str(person.email).lower()))
