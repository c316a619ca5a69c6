"""Worlds of a dozen records that share few values, so that every rule and most collisions of rules occur in some."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.lists.overrides import contradiction
from sources.rows.table import Row
from tests.sql.warehouse import TABLES, Warehouse

START = datetime(2026, 3, 1, tzinfo=UTC)
SITE = "https://site.example"
WORKSPACES = 3
# what stands in place of a domain's number: a social network or free mail, and our own
NOBODY, OURS = -1, -2

# what a record of each kind may say; a form is a session in which one was sent
KINDS: Mapping[str, Sequence[str]] = {
    "organisation": ("organisation", "websites", "phone", "name"),
    "session": ("organisation", "slot"),
    "form": ("organisation", "slot", "websites", "email", "phone", "name"),
    "recording": ("visitor", "slot", "email"),
    "visitor": ("visitor", "email"),
    "call": ("slot", "email", "phone"),
    "feedback": ("slot", "email"),
    "lead": ("websites", "email", "phone", "name"),
}
WEIGHTS = {
    "organisation": 4,
    "form": 3,
    "session": 2,
    "recording": 2,
    "call": 2,
    "lead": 2,
    "visitor": 1,
    "feedback": 1,
}
# lines of the operator's list
LINES = ("same", "different", "link", "unlink")
# how many things of a kind a small world has
THINGS = {"organisation": 4, "visitor": 2, "slot": 4, "domain": 4, "mailbox": 2, "phone": 3, "name": 3}
FRESH = 100
# vendor and type under which a record of each kind is known; a lead has a key of ours
ENTITIES = {
    "organisation": ("snitcher", "organisation"),
    "session": ("snitcher", "session"),
    "form": ("snitcher", "session"),
    "recording": ("smartlook", "session"),
    "visitor": ("smartlook", "visitor"),
    "call": ("snapcall", "call"),
    "feedback": ("usersnap", "feedback"),
}


@dataclass(frozen=True)
class Record:
    """A vendor's record, or a line of the operator's list. What it says are numbers of things of its world.

    `websites` are numbers of domains, the oldest first; an `email` is a mailbox and the number of a domain; a `slot` is
    a time and a page at which somebody was on the site; `target` is the number of the record that a line is about.
    """

    kind: str
    number: int
    organisation: int | None = None
    visitor: int | None = None
    slot: int | None = None
    websites: tuple[int, ...] = ()
    email: tuple[int, int] | None = None
    phone: int | None = None
    name: int | None = None
    target: int | None = None

    @property
    def scope(self) -> str:
        """The workspace or project in which it is known."""
        is_snitchers = self.kind in ("organisation", "session", "form")
        return f"ws-{self.number % WORKSPACES}" if is_snitchers else f"p-{self.number % WORKSPACES // 2}"

    @property
    def values(self) -> frozenset[tuple[str, Any]]:
        """What it can share with another."""
        told = {(what, getattr(self, what)) for what in ("organisation", "visitor", "slot", "email", "phone", "name")}
        domains = {*self.websites, *(self.email or ())[1:]} - {NOBODY}
        known = {each for each in told if each[1] is not None} | {("domain", number) for number in domains}
        return frozenset(known | {("record", self.number if self.target is None else self.target)})


def draw(rng: random.Random, kind: str, number: int, *, fresh: float = 0.0) -> Record:
    """A record of a kind; with the chance `fresh`, each of its values is one that no other record has."""

    def thing(what: str) -> int:
        return FRESH + number if rng.random() < fresh else rng.randrange(THINGS[what])

    def value(what: str) -> Any:
        if what == "websites":
            count = rng.choice((0, 1, 1, 2, 3)) if kind == "organisation" else rng.randrange(2)
            drawn = [NOBODY if rng.random() < 0.2 else thing("domain") for _ in range(count)]
            return tuple(dict.fromkeys(drawn))
        if what == "email":
            return thing("mailbox"), rng.choice((NOBODY, NOBODY, OURS, thing("domain"), thing("domain")))
        return thing(what)

    # an organisation and a visitor are nothing without themselves
    return Record(kind, number, **{what: value(what) for what in KINDS[kind] if what == kind or rng.random() < 0.65})


def draw_line(rng: random.Random, number: int) -> Record:
    """A line of the operator's list about any of the records before it."""
    domains = tuple(rng.sample(range(THINGS["domain"]), 2))
    kind = rng.choice(LINES)
    if kind in ("same", "different"):
        return Record(kind, number, websites=domains)
    return Record(kind, number, websites=domains[:1] if kind == "link" else (), target=rng.randrange(number))


@dataclass(frozen=True)
class SmallWorld:
    """Records that share no value with those of a world of another number."""

    number: int
    records: Sequence[Record]

    @classmethod
    def make(cls, rng: random.Random, number: int) -> "SmallWorld":
        """4 to 14 records, in every third world with lines of the operator's list about them."""
        world = cls(number, [])
        for _ in range(rng.randrange(4, 15)):
            world = world.with_one_more(rng, fresh=0)
        records = [*world.records]
        lines = [draw_line(rng, len(records) + place) for place in range(rng.randrange(1, 4))]
        return cls(number, records + lines if rng.random() < 1 / 3 else records)

    def with_one_more(self, rng: random.Random, *, fresh: float = 0.35) -> "SmallWorld":
        """The world with a record of any kind, which has some values of its own and some of others."""
        (kind,) = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
        added = draw(rng, kind, len(self.records), fresh=fresh)
        if any(
            (each.kind, each.scope, self.id_of(each)) == (added.kind, added.scope, self.id_of(added))
            for each in self.records
            if each.kind in KINDS
        ):
            # known already, and what a vendor states again is not one record more
            added = draw(rng, "session", added.number, fresh=fresh)
        return replace(self, records=[*self.records, added])

    def id_of(self, record: Record) -> str:
        """What the record's vendor calls it; a form has the id of its session."""
        if record.kind in ("organisation", "visitor"):
            return self._called(record.kind, getattr(record, record.kind))
        return str(1_000_000 + 1000 * self.number + record.number)

    def ids_of(self, record: Record) -> set[str]:
        """The ids of the record, and of the organisation and the visitor that it is of."""
        things = {what: getattr(record, what) for what in ("organisation", "visitor")}
        named = {self._called(what, number) for what, number in things.items() if number is not None}
        return named | ({self.id_of(record)} if record.kind in KINDS else set())

    def overrides(self) -> Iterator[Row]:
        """The lines of the operator's list."""
        for line in (each for each in self.records if each.kind in LINES):
            domain, other = (*(self.domain(each) for each in line.websites), None, None)[:2]
            row = {"action": line.kind, "domain": domain, "other_domain": other, "reason": None}
            target = None if line.target is None else self.records[line.target]
            if target is None:
                yield row | dict.fromkeys(("vendor", "entity_type", "entity_id"))
            elif target.kind in ENTITIES:
                vendor, entity_type = ENTITIES[target.kind]
                yield row | {"vendor": vendor, "entity_type": entity_type, "entity_id": self.id_of(target)}

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Table and row of every record, with our columns among the vendor's."""
        for record in self.records:
            match record.kind:
                case "organisation":
                    yield from self._organisation(record)
                case "session" | "form":
                    yield from self._session(record)
                case "recording" | "visitor":
                    yield self._recorded(record)
                case "call":
                    yield "snapcall.calls", self._call(record)
                case "feedback":
                    yield "usersnap.feedbacks", self._feedback(record)
                case "lead":
                    yield "snapcrm.leads", self._lead(record)

    def _organisation(self, record: Record) -> Iterator[tuple[str, Row]]:
        key = {"workspace_uuid": record.scope, "uuid": self.id_of(record)}
        websites = [self._website(domain) for domain in record.websites]
        # seen at one moment by several workspaces, and by several names
        last_seen = (START + timedelta(hours=record.number % 2)).isoformat()
        said = {"name": self._company(record, "B.V."), "phone": self._phone(record), "last_seen": last_seen}
        yield "snitcher.organisations", {**key, **said, "website": websites[-1] if websites else None}
        for place, website in enumerate(websites):
            # every other organisation showed all of its websites at once
            first = START + timedelta(days=record.number, hours=place * (record.number % 2))
            yield "snitcher.organisation_websites", {**key, "website": website, "first_loaded_at": first.isoformat()}

    def _session(self, record: Record) -> Iterator[tuple[str, Row]]:
        workspace, name = record.scope, self.id_of(record)
        organisation = None if record.organisation is None else self._called("organisation", record.organisation)
        said = {"organisation_uuid": organisation, "location": {"city": self._city()}, "browser": "Chrome"}
        times = {"started_at": self._at(record), "ended_at": self._at(record, 600)}
        yield "snitcher.sessions", {"workspace_uuid": workspace, "uuid": name, **said, **times}
        event = {"workspace_uuid": workspace, "session_uuid": name, "url": self._page(record)}
        seen = {"position": 1, "event_type": "pageview", "triggered_at": self._at(record)}
        yield "snitcher.session_events", event | seen
        if record.kind == "form":
            typed = self._typed(record) | {"name": f"Jo {name}", "message": "hello"}
            fields = [{"name": field, "value": value} for field, value in typed.items()]
            sent = {"position": 2, "event_type": "form_submit", "triggered_at": self._at(record, 60), "fields": fields}
            yield "snitcher.session_events", event | sent

    def _recorded(self, record: Record) -> tuple[str, Row]:
        key = {"project_id": record.scope, "id": self.id_of(record)}
        if record.kind == "visitor":
            return "smartlook.visitors", {**key, "identification": {"uid": self._email(record)}}
        who = {"uid": self._email(record), "browser": {"name": "Chrome"}, "country": {"city": self._city()}}
        visitor = None if record.visitor is None else self._called("visitor", record.visitor)
        seen = {"visitorId": visitor, "landingPage": self._page(record), "startedAt": self._at(record, 10)}
        return "smartlook.sessions", {**key, **seen, "identification": who}

    def _call(self, record: Record) -> Row:
        context = {"default": {"url": self._page(record), "city": self._city()}, "external": {"e": self._email(record)}}
        number = (self._phone(record) or "").removeprefix("+")
        said = {"ani": int(number) if number else None, "context": context}
        return {"id": int(self.id_of(record)), "call_start": self._at(record, 120), **said}

    def _feedback(self, record: Record) -> Row:
        client = {"url": self._page(record), "city_name": self._city()}
        said = {"client": client, "email": self._email(record)}
        return {"feedback_id": self.id_of(record), "created_at": self._at(record, 180), **said}

    def _lead(self, record: Record) -> Row:
        name = self.id_of(record)
        ours = {"lead_row": name, "known_from": "import", "known_at": self._at(record)}
        return {**ours, "id": name, "firstName": "Jo", "lastName": name, **self._typed(record)}

    def _called(self, what: str, number: int) -> str:
        return f"{what}-{self.number}-{number}"

    def _city(self) -> str:
        return f"City {self.number}"

    def domain(self, number: int) -> str:
        """The domain of this number."""
        return {NOBODY: "gmail.com", OURS: "site.example"}.get(number, f"{self._called('d', number)}.example")

    def _website(self, number: int) -> str:
        return "https://facebook.com/somebody" if number == NOBODY else f"https://www.{self.domain(number)}/"

    def _email(self, record: Record) -> str | None:
        return record.email and f"{self._called('jo', record.email[0])}@{self.domain(record.email[1])}"

    def _phone(self, record: Record) -> str | None:
        return None if record.phone is None else f"+31205{self.number:03}{record.phone:03}"

    def _company(self, record: Record, form: str) -> str | None:
        return None if record.name is None else f"Name {record.name} of {self.number} {form}"

    def _typed(self, record: Record) -> Row:
        """What somebody says of themselves, in a form or in the CRM."""
        website = self._website(record.websites[0]) if record.websites else None
        said = {"email": self._email(record), "phone": self._phone(record), "website": website}
        return {**said, "company": self._company(record, "GmbH")}

    def _page(self, record: Record) -> str:
        place = f"own/{record.number}" if record.slot is None else f"shared/{record.slot}"
        return f"{SITE}/{self.number}/{place}"

    def _at(self, record: Record, seconds: int = 0) -> str:
        # what is in no slot has a day of its own
        hours = 24 * (20 + record.number) if record.slot is None else 3 * record.slot
        return (START + timedelta(hours=hours, seconds=seconds)).isoformat()


def load(warehouse: Warehouse, worlds: Iterable[SmallWorld]) -> None:
    """Load the worlds, one load per table."""
    found: dict[str, list[Row]] = {}
    for name, row in (row for world in worlds for row in world.rows()):
        found.setdefault(name, []).append(row)
    workspaces = [{"uuid": f"ws-{number}", "url": SITE} for number in range(WORKSPACES)]
    warehouse.load("snitcher.workspaces", workspaces)
    for name, rows in found.items():
        ours = {column: [row.get(column) for row in rows] for column in TABLES[name].ours}
        stated = [{field: value for field, value in row.items() if field not in ours} for row in rows]
        warehouse.load(name, stated, **ours)


def overrides(worlds: Iterable[SmallWorld]) -> list[Row]:
    """The operator's list of all worlds, without the lines that contradict earlier ones."""
    stated = {tuple(row.items()): row for world in worlds for row in world.overrides()}
    lines = list(enumerate(stated.values()))
    while found := contradiction(lines):
        lines = [each for each in lines if each[0] != found[0]]
    return [row for _, row in lines]
