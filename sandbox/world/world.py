"""The seeded world: who there is, what they did, and to which company each record truly belongs.

Equal (seed, companies, days, now, dirt) give equal worlds, and equal steps of `advance` keep them equal.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sandbox.world.changes import Changes
from sandbox.world.companies import Cast
from sandbox.world.contacts import Contacts
from sandbox.world.dirt import Dirt
from sandbox.world.leads import Leads
from sandbox.world.model import Call, Company, Feedback, Lead, Organisation, Person, Visit
from sandbox.world.oddities import Oddities, Record
from sandbox.world.planted import plant
from sandbox.world.reference import OWN_DOMAINS, make_reference, make_sites
from sandbox.world.truth import Truth, truth_of
from sandbox.world.visits import Agenda


class World:
    """Companies, people, visits, calls, feedback and leads over `days` days up to `now` (aware, UTC).

    `companies` counts those besides the user's own. Vendors project the world; nothing in it depends on them.
    """

    def __init__(self, seed: int, companies: int, days: int, now: datetime, dirt: Dirt | None = None) -> None:
        self.seed = seed
        self.now = now
        self.since = now - timedelta(days=days)
        self.dirt = dirt or Dirt()
        self.sites = make_sites(seed, now)
        self.reference = make_reference(seed)
        self.own_domains = list(OWN_DOMAINS)
        self._cast = Cast(seed, companies, self.dirt, self.sites, self.own_domains, self.reference)
        self._agenda = Agenda(seed, self._cast, self.sites, self.dirt, self.since)
        self._leads = Leads(seed, self._cast, self._agenda)
        self._contacts = Contacts(seed, self._cast, self._agenda, self._leads, self.sites)
        self._agenda.plan(self.since, now)
        self._agenda.plan_midnights(self.since, now)
        volume = companies * days
        self._leads.plan(max(18, volume // 80), self.since, now)
        self._leads.known_to_crm(max(6, companies // 10), now)
        self._contacts.plan_calls(max(26, volume // 25), self.since, now)
        self._contacts.plan_feedback(max(16, volume // 80), self.since, now)
        self._contacts.ongoing(now)
        self._contacts.unrated(now - timedelta(hours=min(20, days * 12)), now)
        plant(self)
        self._oddities = Oddities(self, self._cast, self._agenda, self._leads, self._contacts)
        self._oddities.plant(self.dirt.oddities)
        self.under_way = self._agenda.under_way(now)
        """A visit that is going on now, at both recorders."""
        self._changes = Changes(self, self._cast, self._agenda, self._leads, self._contacts)
        self.changes: list[dict[str, list[str]]] = []
        """What each `advance` did: kind -> vendor ids."""

    @property
    def companies(self) -> dict[str, Company]:
        """True companies by key."""
        return self._cast.companies

    @property
    def organisations(self) -> dict[str, Organisation]:
        """Snitcher's organisations by uuid."""
        return self._cast.organisations

    @property
    def people(self) -> dict[str, Person]:
        """People by key."""
        return self._cast.people

    @property
    def visits(self) -> dict[str, Visit]:
        """All visits by key, also those that no vendor shows yet or any more."""
        return self._agenda.visits

    @property
    def calls(self) -> dict[int, Call]:
        """All calls by id."""
        return self._contacts.calls

    @property
    def feedback(self) -> dict[str, Feedback]:
        """All feedback by id."""
        return self._contacts.feedback

    @property
    def leads(self) -> dict[str, Lead]:
        """All leads by `Lead.id`."""
        return self._leads.leads

    @property
    def oddities(self) -> dict[str, set[Record]]:
        """The records of each kind of `sandbox.world.oddities`."""
        return self._oddities.records

    @property
    def truth(self) -> list[Truth]:
        """A line for each record that the vendors have now."""
        return list(truth_of(self))

    def visible_visits(self) -> Iterator[Visit]:
        """Visits that a vendor shows now, whether Snitcher, Smartlook or both."""
        return (each for each in self.visits.values() if each.visible_at <= self.now and not each.deleted)

    def visible_calls(self) -> Iterator[Call]:
        """Calls that have begun and are not deleted; those that have not ended are still going on."""
        return (each for each in self.calls.values() if each.visible_at <= self.now and not each.deleted)

    def visible_feedback(self) -> Iterator[Feedback]:
        """Feedback that is there and not deleted."""
        return (each for each in self.feedback.values() if each.visible_at <= self.now and not each.deleted)

    def advance(self, delta: timedelta) -> dict[str, list[str]]:
        """Let time pass. Returns what happened, kind -> vendor ids, which is also appended to `changes`."""
        if delta <= timedelta(0):
            raise ValueError("time only moves forward")
        changes = self._changes.advance(delta)
        self.changes.append(changes)
        return changes
