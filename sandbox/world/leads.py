"""Who asks to be contacted: form submissions, and leads that the CRM has from before."""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sandbox.world.companies import Cast
from sandbox.world.dirt import Text
from sandbox.world.model import Company, Event, Lead, Person
from sandbox.world.names import FREE_MAIL
from sandbox.world.text import ascii_letters
from sandbox.world.visits import Agenda

# how a lead's company can be told, in a round: each world of some size has every case
CASES = (
    "corporate_email", "form_session", "corporate_email", "company_name", "corporate_email", "website", "free_mail",
    "corporate_email", "phone", "corporate_email", "form_session", "namesake", "corporate_email", "nobody",
    "newsletter", "corporate_email", "own_email", "same_name",
)  # fmt: skip
UNDECIDABLE = ("free_mail", "namesake", "nobody", "own_email")

# page, form id, form name, and what each of its fields is called
FORMS: tuple[tuple[str, str, str | None, dict[str, str]], ...] = (
    ("/demo", "demo-request", "Demo request", {
        "first": "firstname", "last": "lastname", "email": "email", "company": "company", "phone": "phone",
        "website": "website", "message": "message"}),
    ("/kontakt", "kontakt", "Kontaktformular", {
        "first": "Vorname", "last": "Nachname", "email": "E-Mail", "company": "Firma", "phone": "Telefon",
        "website": "Webseite", "message": "Nachricht"}),
    ("/contact", "wpcf7-f42-o1", "Contact", {
        "name": "your-name", "email": "your-email", "company": "your-company", "phone": "your-phone",
        "website": "your-website", "message": "your-message"}),
    ("/contact-fr", "form_3", None, {
        "name": "Nom complet", "email": "Adresse e-mail", "company": "Société", "phone": "Téléphone",
        "website": "Site web", "message": "Votre message"}),
)  # fmt: skip
NEWSLETTER = ("/newsletter", "newsletter", "Newsletter", {"email": "email"})


class Leads:
    """Makes leads and holds them by id (see `Lead.id`)."""

    def __init__(self, seed: int, cast: Cast, agenda: Agenda) -> None:
        self.rng = random.Random(f"{seed}/leads")
        self.text = Text(self.rng, cast.dirt)
        self.cast = cast
        self.agenda = agenda
        self.leads: dict[str, Lead] = {}
        self.turn = 0
        self.phones = Counter(each.phone for each in cast.companies.values())
        self.names = Counter(each.name for each in cast.companies.values())
        companies = list(cast.companies.values())
        listed = [each for each in companies if self._listed(each) and not each.internal]
        self.solid = [each for each in companies if each.domains and each.kind not in ("builder", "own", "ghost")]
        self.visiting = [each for each in listed if each.kind != "switchboard"]
        self.named = [each for each in listed if self.names[each.name] == 1 and each.kind == "regular"]
        self.namesakes = [each for each in listed if self.names[each.name] > 1] or self.named
        self.reachable = [each for each in listed if self.phone_is_known(each)]
        self.own = [each for each in companies if each.internal]

    def _listed(self, company: Company) -> bool:
        uuids = self.cast.offices[company.key]
        return bool(uuids) and self.cast.organisations[uuids[0]].listed

    def phone_is_known(self, company: Company) -> bool:
        """Whether the company's number stands at its organisation and no other company has it."""
        uuids = self.cast.offices[company.key]
        return self.phones[company.phone] == 1 and any(self.cast.organisations[each].phone for each in uuids)

    def plan(self, count: int, since: datetime, until: datetime) -> None:
        """Add about `count` leads who first ask within [since, until)."""
        for _ in range(count):
            case = CASES[self.turn % len(CASES)]
            self.turn += 1
            moment = since + (until - since) * self.rng.random()
            self._lead(case, moment, until)

    def free_mailer(self, company: Company | None) -> Person:
        """A new person who writes from free mail."""
        person = self.cast.person(company)
        user = f"{ascii_letters(person.first)}_{ascii_letters(person.last)}.{person.key}"
        person.email, person.email_kind = f"{user}@{self.rng.choice(FREE_MAIL)}", "free"
        person.uid, person.properties, person.identified = None, None, False
        return person

    def corporate(self, companies: list[Company]) -> Person:
        """Somebody with an address of their company's domain."""
        company = self.rng.choice(companies)
        staff = [each for each in self.cast.staff[company.key] if each.email_kind == "corporate"]
        if staff and self.text.chance(0.7):
            return self.rng.choice(staff)
        person = self.cast.person(company)
        domain = company.domains[-1 if company.internal else 0]
        person.email = f"{ascii_letters(person.last)}.{person.key}@{domain}"
        person.email_kind, person.uid, person.properties, person.identified = "corporate", None, None, False
        return person

    def _same_name(self) -> Person:
        """Somebody of another company who is called like a person who has asked already."""
        asked = [each for each in self.leads.values() if each.evidence == "corporate_email"]
        lead = self.rng.choice(asked)
        company = self.rng.choice([each for each in self.solid if each.key != lead.company] or self.solid)
        person = self.cast.person(company, (str(lead.first), str(lead.last)))
        person.email, person.email_kind = (
            f"{ascii_letters(person.first)}.{person.key}@{company.domains[0]}",
            "corporate",
        )
        person.uid, person.properties, person.identified = None, None, False
        return person

    def _lead(self, case: str, moment: datetime, until: datetime) -> None:
        rng = self.rng
        pools = {
            "form_session": self.visiting, "company_name": self.named, "website": self.solid, "free_mail": self.solid,
            "phone": self.reachable, "namesake": self.namesakes,
        }  # fmt: skip
        if case == "same_name":
            person, case = self._same_name(), "corporate_email"
        elif case in ("corporate_email", "newsletter", "own_email"):
            person = self.corporate(self.own if case == "own_email" else self.solid)
        elif case == "nobody":
            person = self.free_mailer(None)
        else:
            person = self.free_mailer(rng.choice(pools[case] or self.solid))
        company = self.cast.companies.get(person.company or "")
        values: dict[str, str] = {"first": person.first, "last": person.last, "name": f"{person.first} {person.last}"}
        if case == "phone" and company and company.phone:
            values["phone"] = company.phone
            person.email = None
            person.email_kind = "none"
        elif person.phone and self.text.chance(0.5):
            values["phone"] = person.phone
        if person.email:
            values["email"] = person.email.upper() if self.text.chance(0.05) else person.email
        if company and case in ("company_name", "namesake"):
            values["company"] = rng.choice((company.name, company.legal_name, company.name.upper()))
        elif company and case == "corporate_email":
            values["company"] = company.legal_name
        if company and case == "website":
            values["website"] = f"https://www.{company.domains[0]}/"
        values["message"] = self.text.odd("Please call me back.")
        self.send(case, person, values, moment, until)

    def send(self, case: str, person: Person, values: dict[str, str], moment: datetime, until: datetime) -> None:
        """Have the person visit and send a form; some come back and send it again."""
        rng = self.rng
        page, form_id, form_name, names = NEWSLETTER if case == "newsletter" else rng.choice(FORMS)
        seen_at_work = case in ("form_session", "corporate_email", "own_email")
        sent: list[tuple[str, int]] = []
        for again in range(1 if case != "corporate_email" or self.text.chance(0.7) else 2):
            fields: list[tuple[str, Any]] = [(name, values.get(what, "")) for what, name in names.items()]
            if self.text.chance(self.cast.dirt.unknown * 4):
                fields.append(("_csrf", None))
            form = Event("form_submit", page, moment, form_id=form_id, form_name=form_name, fields=fields)
            started = moment + timedelta(days=again)
            if started >= until:
                break
            visit = self.agenda.visit(person, started, until, plain=True, form=form)
            if not seen_at_work:
                visit.organisation = None
            sent.append((visit.key, visit.events.index(form)))
        if case != "newsletter" and sent:
            self.enter(case, person, values, sent)

    def enter(self, case: str, person: Person, values: dict[str, str], sent: list[tuple[str, int]],
              asked_at: datetime | None = None) -> Lead:  # fmt: skip
        """Record the lead, or what a known one has asked again; `asked_at` is for one who sent no form."""
        email = person.email.lower() if person.email else None
        lead_id = email or values.get("phone") or f"{person.first} {person.last}".lower()
        known = self.leads.get(lead_id)
        if known:
            known.submissions = sorted(known.submissions + sent, key=lambda each: self._asked_at(*each))
            known.first_asked_at = min([known.first_asked_at, *(self._asked_at(*each) for each in sent)])
            return known
        lead = Lead(
            id=lead_id, person=person.key, company=person.company, email=email, first=person.first, last=person.last,
            phone=values.get("phone"), company_name=values.get("company"), website=values.get("website"),
            submissions=sent, first_asked_at=self._asked_at(*sent[0]) if sent else asked_at or self.agenda.since,
            evidence=case, decidable=case not in UNDECIDABLE,
        )  # fmt: skip
        self.leads[lead_id] = lead
        return lead

    def _asked_at(self, visit: str, event: int) -> datetime:
        return self.agenda.visits[visit].events[event].at

    def known_to_crm(self, count: int, until: datetime) -> None:
        """Leads that the CRM had before anything of ours: half of them people who also used a form."""
        asked = [each for each in self.leads.values() if each.email and each.first and each.last]
        for number in range(count):
            created = until - timedelta(days=self.rng.randrange(1, 60), seconds=self.rng.randrange(86400))
            if number % 2 and asked:
                lead = asked[number * 5 % len(asked)]
            else:
                person = self.corporate(self.solid)
                company = self.cast.companies[str(person.company)]
                lead = self.enter("corporate_email", person, {"company": company.legal_name}, [], created)
            if lead.crm_id:
                continue
            lead.crm_id = f"clx{self.rng.getrandbits(80):020x}"
            lead.crm_status = self.rng.choice(("new", "contacted", "qualified", "won", "Verloren"))
            lead.crm_created_at = created
            lead.first_asked_at = min(lead.first_asked_at, created)
