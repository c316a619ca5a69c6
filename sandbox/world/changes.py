"""What happens while time passes: new, late, grown, emptied, re-attributed, renamed, rated and deleted records."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.world.companies import Cast
from sandbox.world.contacts import Contacts
from sandbox.world.leads import Leads
from sandbox.world.model import Event, Visit
from sandbox.world.names import TAGS
from sandbox.world.text import ascii_letters
from sandbox.world.visits import Agenda

if TYPE_CHECKING:
    from sandbox.world.world import World

LATE = timedelta(days=3)
"""Late and changed records are at most this old, but for `old_sessions` and `old_calls`."""
OLD = timedelta(days=30)
KINDS = (
    "new_sessions", "new_calls", "new_feedback", "new_leads", "late_sessions", "late_calls", "ended_calls",
    "grown_sessions", "emptied_sessions", "shrunk_sessions", "attributed_sessions", "reattributed_sessions",
    "old_sessions", "renamed_organisations", "retagged_organisations", "moved_organisations", "rated_calls",
    "old_calls", "deleted_sessions", "deleted_calls", "changed_feedback", "deleted_feedback",
    "noted_sessions", "identified_people",
)  # fmt: skip


class Changes:
    """Moves a world on. Each step has a random sequence of its own, so equal steps give equal worlds."""

    def __init__(self, world: "World", cast: Cast, agenda: Agenda, leads: Leads, contacts: Contacts) -> None:
        self.world = world
        self.cast = cast
        self.agenda = agenda
        self.leads = leads
        self.contacts = contacts
        self.rng = random.Random()
        self.done: dict[str, list[str]] = {}
        self.touched: set[str] = set()

    def advance(self, delta: timedelta) -> dict[str, list[str]]:
        """Move the clock and everything with it; returns kind -> vendor ids."""
        before = self.world.now
        now = before + delta
        self.rng.seed(f"{self.world.seed}/step/{len(self.world.changes)}")
        self.done = {kind: [] for kind in KINDS}
        self.touched = set()
        self.done["ended_calls"] = [
            str(each.id) for each in self.world.visible_calls() if each.ended_at and before < each.ended_at <= now
        ]
        self._grow(self.world.under_way, now)
        self._did("grown_sessions", self.world.under_way)
        self._rate(before, now)
        self._change_sessions(before)
        self._change_organisations()
        self._tell_smartlook(before)
        self._change_feedback(before, now)
        self._delete(before)
        self._add(before, now)
        self.world.under_way = self.agenda.under_way(now)
        self._did("new_sessions", self.world.under_way)
        self.world.now = now
        return self.done

    def _add(self, before: datetime, now: datetime) -> None:
        """What is new in the passed time, and what began before it and shows only now."""
        known, leads = set(self.world.visits), set(self.world.leads)
        volume = max(1, round(len(self.world.companies) * (now - before).total_seconds() / 86400 / 45))
        self.agenda.since = before
        self.agenda.plan(before, now)
        self.agenda.plan_midnights(before, now)
        self.leads.plan(max(2, volume // 2), before, now)
        for call in self.contacts.plan_calls(max(3, volume), before, now):
            self.done["new_calls"].append(str(call.id))
        for feedback in self.contacts.plan_feedback(max(2, volume // 2), before, now):
            self.done["new_feedback"].append(feedback.id)
        self.agenda.since = before - LATE
        late = self.agenda.plan(before - LATE + timedelta(hours=1), before, 0.005)
        for person in self.rng.sample(list(self.cast.people.values()), 2):
            moment = before - timedelta(hours=self.rng.randrange(2, 60))
            late.append(self.agenda.visit(person, moment, before, plain=True))
        for visit in late:
            visit.visible_at = before + timedelta(seconds=1)
        self.contacts.ongoing(now)
        self.done["new_calls"].append(str(self.contacts.unrated(now - (now - before) / 2, now).id))
        moment = before - timedelta(hours=self.rng.randrange(2, 60))
        call = self.contacts.call("phone", moment, before, visible_at=before + timedelta(seconds=1))
        self.done["late_calls"].append(str(call.id))
        shown = {visit.key for visit in late}
        for key in [key for key in self.world.visits if key not in known]:
            visit = self.world.visits[key]
            if visit.session_id:
                late_one = key in shown or visit.started_at < before
                self.done["late_sessions" if late_one else "new_sessions"].append(visit.session_id)
            visit.visible_at = max(visit.visible_at, before + timedelta(seconds=1))
        self.done["new_leads"] = [key for key in self.world.leads if key not in leads]

    def _pick(self, visits: list[Visit], count: int) -> list[Visit]:
        """Some visits that nothing else happens to in this step."""
        free = [each for each in visits if each.key not in self.touched]
        picked = self.rng.sample(free, min(count, len(free)))
        self.touched.update(each.key for each in picked)
        return picked

    def _change_sessions(self, before: datetime) -> None:
        shown = [each for each in self.world.visible_visits() if each.session_id]
        # what a form was sent in or a call was made from stays as it is: truth hangs on it
        held = {call.visit for call in self.world.calls.values()} | {
            each.visit for each in self.world.feedback.values()
        }
        held |= {visit for lead in self.world.leads.values() for visit, _ in lead.submissions}
        free = [each for each in shown if each.key not in held]
        recent = [each for each in free if before - LATE + timedelta(hours=2) <= each.started_at]
        few = max(1, len(recent) // 25)
        with_events = [each for each in recent if each.events]
        for visit in self._pick([each for each in with_events if each.ended_at < before - timedelta(minutes=20)], few):
            self._grow(visit, before)
            self._did("grown_sessions", visit)
        for visit in self._pick(with_events, few):
            visit.events = []
            self._did("emptied_sessions", visit)
        for visit in self._pick([each for each in with_events if len(each.events) > 1], few):
            visit.events = visit.events[:1]
            self._did("shrunk_sessions", visit)
        offices = [each.uuid for each in self.cast.organisations.values() if each.listed]
        unnamed = [each for each in recent if not each.organisation and self.cast.offices.get(self._employer(each))]
        for visit in self._pick(unnamed, few):
            visit.organisation = self.cast.offices[self._employer(visit)][0]
            self._did("attributed_sessions", visit)
        for visit in self._pick([each for each in recent if each.organisation and not each.smartlook_id], few):
            visit.organisation = self.rng.choice([each for each in offices if each != visit.organisation])
            visit.foreign = self.cast.organisations[visit.organisation].company != self._employer(visit)
            self._did("reattributed_sessions", visit)
        old = [each for each in free if before - OLD + timedelta(days=2) < each.started_at < before - 2 * LATE]
        for visit in self._pick([each for each in old if each.events], 2):
            self._grow(visit, before)
            self._did("old_sessions", visit)

    def _employer(self, visit: Visit) -> str:
        return self.world.people[visit.person].company or ""

    def _did(self, kind: str, visit: Visit) -> None:
        self.done[kind].append(str(visit.session_id))

    def _grow(self, visit: Visit, until: datetime) -> None:
        """Two more page views, the last of which ends later than the visit did; none of it after `until`."""
        self.touched.add(visit.key)
        url = visit.events[-1].url.split("?")[0]
        for seconds in (20, 50):
            visit.events.append(Event("pageview", url, min(visit.ended_at + timedelta(seconds=seconds), until), 30))
        visit.ended_at = min(visit.ended_at + timedelta(seconds=80), until)

    def _change_organisations(self) -> None:
        shown = {each.organisation for each in self.world.visible_visits() if each.session_id}
        regular = [
            each for each in self.world.organisations.values()
            if each.uuid in shown and each.website and self.world.companies[each.company].kind in ("regular", "moving")
        ]  # fmt: skip
        for organisation, kind in zip(self.rng.sample(regular, min(3, len(regular))), ("renamed", "retagged", "moved"),
                                      strict=False):  # fmt: skip
            company = self.world.companies[organisation.company]
            if kind == "renamed":
                organisation.name = f"{company.name} Group"
            elif kind == "retagged":
                organisation.tags = self.rng.sample(TAGS, 2) if not organisation.tags else []
                organisation.segments = self.rng.sample(tuple(self.world.reference.segments), 1)
            else:
                domain = f"{ascii_letters(company.name)}-group{len(company.domains)}.com"
                company.domains.append(domain)
                organisation.website = f"https://www.{domain}/"
                organisation.websites.append(organisation.website)
            self.done[f"{kind}_organisations"].append(organisation.uuid)

    def _tell_smartlook(self, before: datetime) -> None:
        """Notes on old recordings, and somebody whom the site tells Smartlook about only now."""
        shown = [each for each in self.world.visible_visits() if each.smartlook_id]
        old = [each for each in shown if each.started_at < before - LATE]
        for visit in self.rng.sample(old, min(2, len(old))):
            visit.notes.append((7, "seen again by the sales team 👀"))
            self.done["noted_sessions"].append(str(visit.smartlook_id))
        people = {each.person: None for each in shown if not self.world.people[each.person].uid}
        for key in self.rng.sample(list(people), min(1, len(people))):
            person = self.world.people[key]
            person.uid = person.email or f"cust-{key}"
            person.properties = {"email": person.email} if person.email else {}
            person.identified = person.email is not None
            self.done["identified_people"].append(key)

    def _rate(self, before: datetime, now: datetime) -> None:
        """Callers rate after they hang up, most within three days, some later."""
        for call in self.world.visible_calls():
            if (
                call.rate
                and call.rated_at
                and before < call.rated_at <= now
                and call.ended_at
                and call.ended_at <= before
            ):
                self.done["rated_calls"].append(str(call.id))
        ended = [each for each in self.world.visible_calls() if each.ended_at and each.ended_at <= before]
        unrated = [each for each in ended if each.rate is None and each.status == "answered"]
        recent = [each for each in unrated if each.started_at > before - LATE + timedelta(hours=2)]
        old = [each for each in unrated if before - OLD + timedelta(days=2) < each.started_at < before - 2 * LATE]
        for kind, calls in (("rated_calls", recent), ("old_calls", old)):
            for call in calls[:2]:
                call.rate, call.rated_at = self.rng.randrange(1, 6), now
                self.done[kind].append(str(call.id))

    def _change_feedback(self, before: datetime, now: datetime) -> None:
        shown = [each for each in self.world.visible_feedback() if not each.is_demo]
        for feedback in self.rng.sample(shown, min(3, len(shown))):
            feedback.status = "done" if feedback.status != "done" else "reopened"
            feedback.priority = "low" if feedback.priority == "high" else "high"
            feedback.updated_at = before + (now - before) * self.rng.random()
            self.done["changed_feedback"].append(feedback.id)

    def _delete(self, before: datetime) -> None:
        """A few records go away; vendors leave no trace of them."""
        held = {visit for lead in self.world.leads.values() for visit, _ in lead.submissions}
        held |= {str(call.visit) for call in self.world.calls.values()}
        held |= {str(each.visit) for each in self.world.feedback.values()}
        shown = [each for each in self.world.visible_visits() if each.session_id and each.key not in held]
        for visit in self._pick([each for each in shown if each.started_at > before - OLD], 1):
            visit.deleted = True
            self._did("deleted_sessions", visit)
        calls = [each for each in self.world.visible_calls() if str(each.id) not in self.done["rated_calls"]]
        for call in self.rng.sample(calls, 1):
            call.deleted = True
            self.done["deleted_calls"].append(str(call.id))
        told = [each for each in self.world.visible_feedback() if each.id not in self.done["changed_feedback"]]
        for feedback in self.rng.sample(told, min(1, len(told))):
            feedback.deleted = True
            self.done["deleted_feedback"].append(feedback.id)
