"""What people say besides forms: calls through SnapCall's buttons and feedback in Usersnap's widget."""

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

from sandbox.world.companies import Cast, make_uuid
from sandbox.world.dirt import Text
from sandbox.world.leads import Leads
from sandbox.world.model import Call, Feedback, Person, Site, Visit
from sandbox.world.names import browser_word
from sandbox.world.visits import Agenda

CALL_CASES = (
    "phone", "same_visit", "corporate_email", "phone", "anchor", "shared_phone", "corporate_email", "same_visit",
    "person", "phone_national", "far_skew", "client_email", "phone", "two_visits", "corporate_email", "mobile",
    "same_visit", "person", "phone_national", "nobody", "corporate_email", "phone", "same_visit", "own_email",
)  # fmt: skip
FEEDBACK_CASES = (
    "corporate_email", "same_visit", "demo", "corporate_email", "person", "same_visit", "corporate_email", "free_mail",
    "same_visit", "corporate_email", "far_skew", "corporate_email", "no_email", "same_visit", "corporate_email",
)  # fmt: skip
DECIDABLE = ("phone", "corporate_email", "same_visit", "person")
STATUSES = ("answered", "answered", "answered", "missed", "abandoned", "voicemail", "transferred_external")
NATIONAL = ("FR", "NL", "DE")
"""Countries whose national numbers cannot be read as international ones of another country."""
ELSEWHERE = ("/callback", "/imprint")
"""Pages of contacts made outside any visit; no visit ever has them, so that none fits by accident."""


class Contacts:
    """Makes calls and feedback; holds calls by id and feedback by id."""

    def __init__(self, seed: int, cast: Cast, agenda: Agenda, leads: Leads, sites: list[Site]) -> None:
        self.rng = random.Random(f"{seed}/contacts")
        self.text = Text(self.rng, cast.dirt)
        self.cast = cast
        self.agenda = agenda
        self.leads = leads
        self.sites = {site.key: site for site in sites}
        self.calls: dict[int, Call] = {}
        self.feedback: dict[str, Feedback] = {}
        self.anchored: list[Person] = []
        self.call_turn = self.feedback_turn = 0
        self.shared = [each for each in cast.companies.values() if leads.phones[each.phone] > 1]

    def visit_of(self, companies: list[Any], moment: datetime, until: datetime) -> Visit:
        """A visit at about that time that lasts a minute or more and that nothing else can be taken for."""
        for _ in range(20):
            company = self.rng.choice(companies)
            person = self.rng.choice(self.cast.staff[company.key] or [self.cast.person(company)])
            visit = self.agenda.visit(person, moment, until, plain=True)
            if not visit.crowded and (visit.ended_at - visit.started_at).total_seconds() >= 60:
                break
        return visit

    def plan_calls(self, count: int, since: datetime, until: datetime) -> list[Call]:
        """Add `count` calls that start within [since, until)."""
        moments = sorted(since + (until - since) * self.rng.random() for _ in range(count))
        made = []
        for moment in moments:
            case = CALL_CASES[self.call_turn % len(CALL_CASES)]
            self.call_turn += 1
            made.append(self.call(case, moment.replace(microsecond=self.rng.randrange(1000) * 1000), until))
        return made

    def ongoing(self, now: datetime) -> Call:
        """Add a call that began a minute ago and is still going on."""
        call = self.call("phone", now - timedelta(minutes=1), now)
        call.status, call.ended_at = "answered", now + timedelta(minutes=4)
        return call

    def unrated(self, moment: datetime, until: datetime) -> Call:
        """Add an answered call that its caller has not rated yet."""
        call = self.call("phone", moment, until)
        call.status, call.rate, call.agent = "answered", None, self.cast.reference.agents[0]["email"]
        return call

    def call(self, case: str, moment: datetime, until: datetime, visible_at: datetime | None = None) -> Call:
        """Add one call whose company can be told in the way of the case."""
        rng, leads = self.rng, self.leads
        visit: Visit | None = None
        phone: str | None = None
        email: str | None = None
        client = f"c_{rng.randrange(1000, 9999)}" if self.text.chance(0.7) else None
        match case:
            case "phone" | "phone_national" | "anchor":
                near = [each for each in leads.reachable if each.place.country in NATIONAL]
                pool = near if case == "phone_national" and near else leads.reachable
                case = case if near or case == "anchor" else "phone"
                company = rng.choice(pool or leads.solid)
                person, phone = leads.free_mailer(company), company.phone
                if case == "anchor":
                    email, person.anchored = person.email, True
                    self.anchored.append(person)
            case "corporate_email" | "client_email" | "own_email":
                person = leads.corporate(leads.own if case == "own_email" else leads.solid)
                phone, email = person.phone, person.email
                if case == "client_email":
                    client, email = person.email, None
            case "person" if self.anchored:
                person = rng.choice(self.anchored)
                phone, email = person.phone, person.email
            case "shared_phone":
                person = leads.free_mailer(rng.choice(self.shared or leads.reachable))
                company = self.cast.companies[str(person.company)]
                phone = company.phone
                case = case if self.shared else "phone"
            case "nobody":
                person = leads.free_mailer(None)
                phone, email = person.phone, person.email
            case "mobile" | "person":
                case = "mobile"
                person = leads.free_mailer(rng.choice(leads.solid))
                phone = self.cast.number(person.place.country, mobile=True)
            case "two_visits" if twins := self._twins():
                visit = rng.choice(twins)
            case _:
                visit = self.visit_of(leads.visiting, moment, until)
                case = "same_visit" if case == "two_visits" else case
        if visit:
            person = self.cast.people[visit.person]
            moment = (
                self._inside(visit) if case != "far_skew" else visit.ended_at + timedelta(minutes=rng.randrange(20, 35))
            )
            if visit.crowded and case == "same_visit":
                case = "two_visits"
        return self.enter_call(case, person, visit, phone, email, client, min(moment, until), visible_at)

    def _twins(self) -> list[Visit]:
        visits = list(self.agenda.visits.values())
        return [
            one for one, other in itertools.pairwise(visits)
            if one.crowded and other.crowded and one.place == other.place and one.site == other.site
            and one.device == other.device and one.organisation and not one.foreign and not one.deleted
            and abs((other.started_at - one.started_at).total_seconds()) < 20
            and (one.ended_at - one.started_at).total_seconds() > 90
        ]  # fmt: skip

    def _inside(self, visit: Visit) -> datetime:
        """A time within the visit, at least a few seconds from its ends."""
        seconds = (visit.ended_at - visit.started_at).total_seconds()
        return visit.started_at + timedelta(milliseconds=int(1000 * (20 + max(0.0, seconds - 40) * self.rng.random())))

    def _page(self, visit: Visit, moment: datetime) -> str | None:
        """The page that the visitor was on at that time."""
        pages = [each.url for each in visit.events if each.url.startswith("http") and each.at <= moment]
        return pages[-1] if pages else None

    def enter_call(self, case: str, person: Person, visit: Visit | None, phone: str | None, email: str | None,
                    client: str | None, moment: datetime, visible_at: datetime | None) -> Call:  # fmt: skip
        """Add a call of which all is known but its button, its end, and what was said of it."""
        rng, text = self.rng, self.text
        site = self.sites[visit.site] if visit else rng.choice(list(self.sites.values()))
        buttons = [each for each in self.cast.reference.buttons if each["site"] == site.key]
        if case == "phone_national":
            buttons = [
                each for each in self.cast.reference.buttons if each["country"] == str(phone and self._country(phone))
            ]
            site = self.sites[buttons[0]["site"]]
        if case in ("phone", "anchor") and phone and not phone.startswith("+49"):
            # German numbers have no fixed length, so many a foreign number is valid there in a national reading too
            german = [each for each in buttons if each["country"] == "DE"]
            two_readings = case == "phone" and german and text.chance(0.1)
            buttons = german if two_readings else [each for each in buttons if each["country"] != "DE"]
            case = "two_readings" if two_readings else case
        button = rng.choice(buttons)
        status = rng.choice(STATUSES)
        answered = status in ("answered", "transferred_external")
        ended = moment + timedelta(seconds=rng.randrange(20, 1800) if answered else rng.randrange(3, 60))
        rated = ended + timedelta(
            seconds=rng.choice((40, 3600, 30_000, 200_000)) if text.chance(self.cast.dirt.late_rating) else 0
        )
        page = (self._page(visit, moment) if visit else None) or f"{site.url}{rng.choice(ELSEWHERE)}"
        default = {
            "ip": person.ip, "city": (visit.place if visit else person.place).city,
            "browser": browser_word(visit.device if visit else person.device, "snapcall"), "language": person.language,
            "url": page, "url_title": text.odd("Contact us"),
        }  # fmt: skip
        external: dict[str, Any] = {"fn": person.first, "ln": person.last} if email or text.chance(0.2) else {}
        if email:
            external["e"] = email
        digits = int(phone[1:]) if phone else None
        if phone and case == "phone_national":
            digits = int(phone[3:])
        call = Call(
            id=48_000 + len(self.calls), site=site.key, bid=button["bid"], agent=button["agent"] if answered else None,
            person=person.key, visit=visit.key if visit else None, company=person.company, started_at=moment,
            ended_at=ended, status=status, rate=rng.randrange(1, 6) if answered and text.chance(0.6) else None,
            rated_at=rated, ani=digits, client=client, referer=text.maybe(page.split("?")[0]),
            cart_value=round(rng.random() * 500, 2) if text.chance(0.2) else None,
            # an address that tells the company stands in the context, which is then not left out
            context={"default": default} if visit or not text.chance(0.05) or email else None,
            external=external or None, visible_at=visible_at or moment,
            evidence=WORDS.get(case, case), decidable=WORDS.get(case, case) in DECIDABLE,
        )  # fmt: skip
        self.calls[call.id] = call
        return call

    def _country(self, phone: str) -> str:
        return {"+33": "FR", "+31": "NL", "+49": "DE"}[phone[:3]]

    def plan_feedback(self, count: int, since: datetime, until: datetime) -> list[Feedback]:
        """Add `count` feedback that is written within [since, until)."""
        moments = sorted(since + (until - since) * self.rng.random() for _ in range(count))
        made = []
        for moment in moments:
            case = FEEDBACK_CASES[self.feedback_turn % len(FEEDBACK_CASES)]
            self.feedback_turn += 1
            made.append(self.say(case, moment, until))
        return made

    def say(self, case: str, moment: datetime, until: datetime) -> Feedback:
        """Add one feedback whose company can be told in the way of the case."""
        rng, text, leads = self.rng, self.text, self.leads
        visit: Visit | None = None
        person: Person | None = None
        email: str | None = None
        if case == "corporate_email":
            person = leads.corporate(leads.solid)
            email = person.email
        elif case == "person" and self.anchored:
            person = rng.choice(self.anchored)
            email = person.email
        elif case in ("free_mail", "person", "no_email"):
            case = "free_mail" if case == "person" else case
            person = leads.free_mailer(rng.choice(leads.solid))
            email = person.email if case == "free_mail" else None
        elif case != "demo":
            visit = self.visit_of(leads.visiting, moment, until)
            person = self.cast.people[visit.person]
            moment = (
                self._inside(visit) if case != "far_skew" else visit.ended_at + timedelta(minutes=rng.randrange(20, 35))
            )
            case = "two_visits" if visit.crowded and case == "same_visit" else case
        site = self.sites[visit.site] if visit else rng.choice(list(self.sites.values()))
        moment = min(moment, until) + timedelta(microseconds=rng.randrange(1_000_000))
        comment = "Try our widget, this is a sample!" if case == "demo" else text.odd("The price table does not load.")
        inputs: list[tuple[str, Any]] = [("Comment", comment)]
        if text.chance(0.3):
            inputs = [("How do you feel?", text.odd("fine")), ("May we write to you?", text.chance(0.5)), *inputs]
        if text.missing():
            inputs = []
        assignees = [each["user_id"] for each in self.cast.reference.assignees if site.key in each["site"].split()]
        feedback = Feedback(
            id=make_uuid(rng), number=1 + sum(each.site == site.key for each in self.feedback.values()), site=site.key,
            person=person.key if person else None, visit=visit.key if visit else None,
            company=person.company if person else None, created_at=moment, updated_at=moment,
            status=rng.choice(("open", "in_progress", "done", "waiting-for-customer ⏳")),
            priority=rng.choice(("high", "medium", "low", "", None)), email=email,
            url=self._page(visit, moment) if visit else text.maybe(site.url + ELSEWHERE[0]) if person else None,
            place=visit.place if visit else (person.place if person else None),
            device=visit.device if visit else (person.device if person else None), inputs=inputs,
            custom_data=rng.choice((
                None, {}, {"Release Version": "0.2", "nested": {"a": [1, None]}}, {"ключ": text.odd("v")},
            )),
            labels=rng.sample(tuple(self.cast.reference.labels), rng.choice((0, 0, 1, 2))),
            assignee=rng.choice((None, *assignees)), has_screenshot=text.chance(0.7), has_recording=text.chance(0.1),
            is_demo=case == "demo", visible_at=moment, evidence=case, decidable=case in DECIDABLE,
        )  # fmt: skip
        self.feedback[feedback.id] = feedback
        return feedback


WORDS = {"phone_national": "phone", "anchor": "phone", "client_email": "corporate_email"}
