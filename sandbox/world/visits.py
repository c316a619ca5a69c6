"""What people do on the tracked sites: visits with their events, as both recorders saw them."""

import bisect
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.world.companies import Cast, make_uuid
from sandbox.world.dirt import Dirt, Text
from sandbox.world.model import Event, Person, Site, Visit
from sandbox.world.names import CHANNELS, PAGES

APART = 75 * 60
"""Seconds between the starts of two visits of one city and browser on one site, so that time can tell them apart."""
MIDNIGHTS = (0, 1, -1, 30, -30, 600, -600)
"""Planted starts, in seconds from a midnight UTC."""


class Agenda:
    """Makes visits, and holds them by key. `plan` fills a stretch of time."""

    def __init__(self, seed: int, cast: Cast, sites: list[Site], dirt: Dirt, since: datetime) -> None:
        self.since = since
        self.rng = random.Random(f"{seed}/visits")
        self.text = Text(self.rng, dirt)
        self.dirt = dirt
        self.cast = cast
        self.sites = sites
        self.visits: dict[str, Visit] = {}
        self._starts: dict[tuple[str, str, str], list[tuple[float, str]]] = {}

    def plan(self, since: datetime, until: datetime, per_person_day: float = 0.06) -> list[Visit]:
        """Visits of everybody that start within [since, until); private people come less often."""
        seconds = (until - since).total_seconds()
        made: list[Visit] = []
        for person in list(self.cast.people.values()):
            often = seconds / 86400 * per_person_day * (2 if person.company else 0.7)
            # the second draw keeps short stretches of time from being empty for ever
            for _ in range(int(often * self.rng.random() + self.rng.random() * (1 if person.company else 0.8))):
                started = since + timedelta(seconds=int(self.rng.random() * seconds))
                made.append(self.visit(person, started, until))
        return made

    def plan_midnights(self, since: datetime, until: datetime) -> list[Visit]:
        """Visits on each side of the last few midnights."""
        staff = [person for person in self.cast.people.values() if person.company]
        day = until.replace(hour=0, minute=0, second=0, microsecond=0)
        made = []
        for back in range(min(6, (until - since).days + 1)):
            for shift in MIDNIGHTS[back % 2 :: 2]:
                started = day - timedelta(days=back) + timedelta(seconds=shift)
                if since <= started < until:
                    made.append(self.visit(self.rng.choice(staff), started, until, fixed=True))
        return made

    def under_way(self, now: datetime) -> Visit:
        """Add a visit of ten minutes that is not over yet: its third page view was a minute ago."""
        staff = [each for each in self.cast.people.values() if self.cast.offices.get(each.company or "")]
        visit = self.visit(
            self.rng.choice(staff), now - timedelta(minutes=10), now, fixed=True, site=self.sites[0], plain=True
        )
        visit.events = [
            Event("pageview", self.sites[0].url + page, now - timedelta(minutes=ago), 60)
            for page, ago in (("/", 10), ("/product", 6), ("/pricing", 1))
        ]
        visit.ended_at, visit.smartlook_skew = now, 0.0
        visit.smartlook_id = visit.smartlook_id or f"ses_{self.rng.getrandbits(56):014x}"
        return visit

    def visit(
        self, person: Person, started: datetime, until: datetime, *, fixed: bool = False, site: Site | None = None,
        visible_at: datetime | None = None, form: Event | None = None, plain: bool = False,
    ) -> Visit:  # fmt: skip
        """Add one visit that starts about then (exactly then if `fixed`) and ends before `until`.

        `plain` leaves dirt out: an organisation is named, both vendors may see it, and it has events.
        """
        rng, text, dirt = self.rng, self.text, self.dirt
        site = site or (self.sites[0] if rng.random() < 0.85 else self.sites[1])
        lane = (site.key, person.place.city, person.device.browser)
        started, crowded = self._free(lane, started, until, fixed)
        # somebody who has just arrived has had the time for no more than a page
        room = max(0, int((until - started).total_seconds()) - 1)
        referrer, query = rng.choice(CHANNELS)
        events = [] if not plain and text.chance(dirt.empty_events) else self._events(site, started, room, query, form)
        last = events[-1] if events else None
        ended = last.at + timedelta(seconds=last.time_on_page or 0) if last else started + timedelta(seconds=5)
        organisation, foreign = self._network(person, plain)
        seen = rng.random()
        only_smartlook = not plain and seen < dirt.smartlook_only and not form
        smartlook = bool(events) and not foreign and (only_smartlook or seen > 0.38)
        if person.company is None and organisation:
            smartlook = False
        ended, skew = min(ended, until), self._skew(plain)
        if ended + timedelta(seconds=skew) > until:
            # no vendor has seen the future
            skew = -abs(skew)
        visit = Visit(
            key=f"v{len(self.visits):06}", site=site.key, person=person.key,
            organisation=None if only_smartlook else organisation,
            session_id=None if only_smartlook else make_uuid(rng),
            smartlook_id=f"ses_{rng.getrandbits(56):014x}" if smartlook else None,
            smartlook_skew=skew, started_at=started, ended_at=ended, place=person.place,
            device=person.device, referrer=referrer, events=events, visible_at=visible_at or started,
            snitcher_url_query=not text.chance(0.1), crowded=crowded, foreign=foreign,
            notes=[(3, text.odd("drops out here"))] if text.chance(0.03) else [],
            extra={"bot_score": round(rng.random(), 3)} if text.chance(dirt.unknown) else {},
        )  # fmt: skip
        self._enter(lane, visit)
        if not plain and not fixed and organisation and text.chance(dirt.twins):
            self._twin(visit, until)
        return visit

    def _enter(self, lane: tuple[str, str, str], visit: Visit) -> None:
        self.visits[visit.key] = visit
        bisect.insort(self._starts.setdefault(lane, []), (visit.started_at.timestamp(), visit.key))

    def _near(self, lane: tuple[str, str, str], moment: float) -> list[str]:
        """Keys of visits in the lane that start within `APART` of a moment."""
        starts = self._starts.get(lane, [])
        low = bisect.bisect_left(starts, (moment - APART, ""))
        return [key for start, key in starts[low:] if start <= moment + APART]

    def _free(
        self, lane: tuple[str, str, str], started: datetime, until: datetime, fixed: bool
    ) -> tuple[datetime, bool]:
        """A start near the wished one at which the lane is free; else the wished one, and all near it are crowded."""
        for attempt in range(1 if fixed else 16):
            # in turn a little later and a little earlier, further away each time
            shift = timedelta(seconds=(-1) ** attempt * ((attempt + 1) // 2) * APART * 1.1)
            if self.since <= started + shift < until and not self._near(lane, (started + shift).timestamp()):
                return (started + shift).replace(microsecond=0), False
        near = self._near(lane, started.timestamp())
        for key in near:
            self.visits[key].crowded = True
        return started, bool(near)

    def _network(self, person: Person, plain: bool) -> tuple[str | None, bool]:
        """The organisation whose network a visit came from, and whether that is not the person's own."""
        offices = self.cast.offices.get(person.company or "", [])
        draw = self.rng.random()
        if plain:
            return (self.rng.choice(offices) if offices else None), False
        if draw < self.dirt.no_organisation:
            return None, False
        if draw < self.dirt.no_organisation + self.dirt.foreign_network:
            other = self.rng.choice(tuple(self.cast.organisations))
            return other, self.cast.organisations[other].company != person.company
        return (self.rng.choice(offices) if offices else None), False

    def _skew(self, plain: bool) -> float:
        """Seconds that Smartlook's times are off: some, or far beyond what any tolerance would forgive."""
        if not plain and self.text.chance(self.dirt.far_skew):
            return self.rng.choice((-1, 1)) * round(self.rng.uniform(300, 900), 3)
        return round(self.rng.uniform(-45, 45), 3) if self.text.chance(0.1) else round(self.rng.uniform(-15, 15), 3)

    def _twin(self, visit: Visit, until: datetime) -> None:
        """Another company's visit at the same time, from the same city, by the same browser, to the same pages."""
        others = [key for key, each in self.cast.organisations.items() if visit.organisation != key and each.listed]
        other = self.cast.organisations[self.rng.choice(others)] if others else None
        staff = self.cast.staff.get(other.company, []) if other else []
        if not other or not staff or not visit.events:
            return
        lag = timedelta(seconds=self.rng.randrange(1, 20))
        events = [replace(each, at=min(each.at + lag, until)) for each in visit.events if not each.fields]
        twin = Visit(
            key=f"v{len(self.visits):06}", site=visit.site, person=staff[0].key, organisation=other.uuid,
            session_id=make_uuid(self.rng), smartlook_id=None, smartlook_skew=0.0,
            started_at=visit.started_at + lag, ended_at=min(visit.ended_at + lag, until), place=visit.place,
            device=visit.device, referrer=visit.referrer, events=events, visible_at=visit.visible_at + lag,
            snitcher_url_query=visit.snitcher_url_query, crowded=True,
        )  # fmt: skip
        visit.crowded = True
        self._enter((visit.site, visit.place.city, visit.device.browser), twin)

    def _events(self, site: Site, started: datetime, room: int, query: str, form: Event | None) -> list[Event]:
        """The events of a visit, at most `room` seconds long, in order of time; the first is a page view."""
        rng, text = self.rng, self.text
        events: list[Event] = []
        at = started
        path = rng.choice(PAGES)
        url = f"{site.url}{path}?{query}" if query else f"{site.url}{path}"
        for number in range(rng.choice((1, 1, 2, 3, 3, 4, 6, 9)) + (2 if form else 0)):
            stay = rng.randrange(8, 180)
            if number and (at - started).total_seconds() + stay > room:
                break
            events.append(Event("pageview", text.odd(url) if number > 3 else url, at, min(stay, room)))
            extra = self._extra_event(url, at + timedelta(seconds=stay // 2))
            if extra and (extra.at - started).total_seconds() < room:
                events.append(extra)
            at += timedelta(seconds=stay)
            url = site.url + rng.choice(PAGES)
            if text.chance(0.02):
                url += "?q=" + "x" * (10_240 if text.chance(self.dirt.long_text * 10) else 40)
        if form:
            form.url, form.at = site.url + form.url, min(at, started + timedelta(seconds=room))
            events.append(form)
        return events

    def _extra_event(self, url: str, at: datetime) -> Event | None:
        """Now and then something besides a page view, now and then of a type that no document has."""
        rng, text = self.rng, self.text
        draw = rng.random()
        if draw < 0.05:
            value: Any = rng.choice(("team", "enterprise", "", None, 49, 19.5, True, text.odd("pro")))
            return Event("track", url, at, name="plan_selected", properties=[("plan", value)])
        if draw < 0.10:
            return Event("click", url, at, name=text.odd("CTA"), properties=[("elementText", text.odd("Start"))])
        if draw < 0.12:
            paper = url.partition("?")[0] + "/paper.pdf"
            return Event("download", paper, at, name="$download", properties=[("url", paper)])
        if draw < 0.12 + self.dirt.unknown / 2:
            return Event("scroll_depth", url, at, name=None, extra={"depth_percent": 75, "marks": [25, 50, 75]})
        return None
