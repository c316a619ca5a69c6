"""Lists that move: rows of a tiny world that come, go, change and swap places while somebody reads them."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from sandbox import Sandbox
from sandbox.http.vendor import Answer, Request, Row
from sandbox.world.model import Event
from sources.rows.table import Table
from sources.snapcall import tables as snapcall
from sources.snitcher import tables as snitcher
from sources.usersnap import tables as usersnap
from tests.conftest import QUICK
from tests.expected import Keyed, as_raw, events_of

# after the night in which Europe's clocks go forward, and a day after New Zealand's went back
NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
HISTORY = timedelta(days=14)
ZONES = tuple(timezone(timedelta(minutes=minutes)) for minutes in (0, 120, -570, 845))
# where lists and days are cut, and where a local clock jumps
EDGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 14, tzinfo=UTC),
    *(datetime(2026, 4, day, tzinfo=UTC) for day in range(1, 7)),
)
MOST_ROWS = 20

Tables = dict[str, tuple[Table, Keyed]]


class Lists(ABC):
    """One vendor's lists over a world of few rows. `resources` are read; `key` is the field that names a row."""

    vendor: str
    resources: str
    key: str
    choices: ClassVar[Mapping[str, tuple[str, ...]]]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.rng = random.Random()
        self.unrest = 0.0
        self.removed: set[str] = set()
        self.count = 0
        self.looks: dict[str, Row] = {}
        service: Any = sandbox._service(self.vendor)
        whole: Callable[[Request], Answer] = service.answer

        def answer(request: Request) -> Answer:
            # between two requests, which is between two pages
            with service.vendor.lock:
                if self.rng.random() < self.unrest:
                    self.move()
            return whole(request)

        service.answer = answer
        project = service.vendor.project
        service.vendor.project = lambda entity: {
            scope: [{**row, **self.looks.get(str(row.get(self.key)), {})} for row in rows]
            for scope, rows in project(entity).items()
        }

    def begin(self, rng: random.Random) -> None:
        """An empty world, as it was when the vendor opened, with switches that chance turns."""
        self.rng, self.unrest, self.count = rng, 0.0, 0
        self.removed.clear()
        self.looks.clear()
        for held in (self.world.visits, self.world.calls, self.world.feedback):
            held.clear()
        self.world.now = NOW
        for name, values in self.choices.items():
            self.sandbox.switch(f"{self.vendor}.{name}", rng.choice(values))
        self.sandbox.heal(self.vendor)
        self.refresh()

    def pass_time(self, delta: timedelta) -> None:
        """The vendor's clock goes on."""
        self.world.now += delta
        self.refresh()

    def refresh(self) -> None:
        """What the vendor shows is another now."""
        self.sandbox.vendor(self.vendor).refresh()

    def moment(self) -> datetime:
        """When something happened: often at an edge, often at the very moment of something else."""
        moments = [moment for moment in self.moments() if moment <= self.world.now]
        if moments and self.rng.random() < 0.3:
            return self.rng.choice(moments)
        if self.rng.random() < 0.4:
            return self.rng.choice(EDGES) + timedelta(seconds=self.rng.choice((-1, 0, 0, 1)))
        recent = self.rng.random() < 0.5
        return self.world.now - timedelta(
            seconds=self.rng.randrange(int((HISTORY / (7 if recent else 1)).total_seconds()))
        )

    def move(self) -> None:
        """One row is new, gone, other than before, or at another place of its list."""
        match self.rng.choice(("add", "remove", "change")):
            case "add" if self.count < MOST_ROWS:
                self.grow()
            case "remove" if key := self.any():
                self.removed.add(key)
                self.remove(key)
            case "change" if key := self.any():
                self.change(key)
        self.refresh()

    def grow(self) -> None:
        """One row more."""
        self.count += 1
        self.add(self.count, self.moment().replace(microsecond=0))
        self.refresh()

    def any(self) -> str | None:
        """The key of a row that is there."""
        keys = [key for key in self.keys() if key not in self.removed]
        return self.rng.choice(keys) if keys else None

    def in_zone(self, moment: datetime) -> str:
        """The moment as a vendor of another zone writes it."""
        return moment.astimezone(self.rng.choice(ZONES)).isoformat()

    @abstractmethod
    def keys(self) -> list[str]:
        """Of every row that ever was."""

    @abstractmethod
    def moments(self) -> list[datetime]:
        """Of every row that ever was, in the order of `keys`."""

    @abstractmethod
    def add(self, number: int, at: datetime) -> None:
        """A row of its own."""

    @abstractmethod
    def change(self, key: str) -> None:
        """Something of a row is another now."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """The vendor no longer has a row."""

    @abstractmethod
    def wanted(self, since: datetime) -> Tables:
        """The rows that each raw table must hold of the time since then, as the vendor states them now."""


class Calls(Lists):
    """SnapCall's calls: pages by number, with a total or without."""

    vendor, resources, key = "snapcall", "calls", "id"
    choices: ClassVar = {
        "max_limit": ("10",),
        "order": ("newest", "oldest", "id"),
        "envelope": ("object_total", "bare"),
        "window_tests": ("start", "end"),
        "window_bounds": ("half_open", "closed"),
        "ongoing": ("hidden", "shown"),
    }

    def __init__(self, sandbox: Sandbox) -> None:
        self.template = next(iter(sandbox.world.calls.values()))
        super().__init__(sandbox)
        # three rows a page: the smallest that the switch grants is ten
        vendor: Any = sandbox.vendor(self.vendor)
        vendor._limit = lambda request: 3

    def keys(self) -> list[str]:
        return [str(number) for number in self.world.calls]

    def moments(self) -> list[datetime]:
        return [call.started_at for call in self.world.calls.values()]

    def add(self, number: int, at: datetime) -> None:
        ended = at + timedelta(seconds=self.rng.choice((1, 600, 90_000 if self.rng.random() < 0.1 else 60)))
        self.world.calls[number] = replace(
            self.template, id=number, started_at=at, ended_at=ended, visible_at=at, rate=None, rated_at=None
        )
        if self.rng.random() < 0.1:
            self.looks[str(number)] = {"call_start": None}
        elif self.rng.random() < 0.3:
            self.looks[str(number)] = {"call_start": self.in_zone(at)}

    def change(self, key: str) -> None:
        self.world.calls[int(key)].client = f"changed {self.rng.random()}"

    def remove(self, key: str) -> None:
        self.world.calls[int(key)].deleted = True

    def wanted(self, since: datetime) -> Tables:
        # one that goes on may be listed by an end that nobody knows yet
        over = {call.id for call in self.world.calls.values() if call.ended_at and call.ended_at <= self.world.now}
        began = {call.id for call in self.world.calls.values() if call.started_at >= since}
        rows = [row for row in self.sandbox.records("snapcall", "calls") if row["id"] in over & began]
        return {"calls": (snapcall.CALLS, as_raw(snapcall.CALLS, rows))}


class Sessions(Lists):
    """Snitcher's sessions with their events: pages by number and days of some zone."""

    vendor, resources, key = "snitcher", "workspaces,sessions", "uuid"
    choices: ClassVar = {
        "page_size": ("fixed",),
        "sort": ("newest", "oldest"),
        "day_zone": ("UTC", "Pacific/Auckland"),
        "day_selects": ("started", "ended", "overlap"),
    }

    def __init__(self, sandbox: Sandbox) -> None:
        self.template = next(visit for visit in sandbox.world.visits.values() if visit.session_id)
        super().__init__(sandbox)
        vendor: Any = sandbox.vendor(self.vendor)
        vendor._size = lambda request: 3

    def keys(self) -> list[str]:
        return list(self.world.visits)

    def moments(self) -> list[datetime]:
        return [visit.started_at for visit in self.world.visits.values()]

    def add(self, number: int, at: datetime) -> None:
        key = f"s-{number}"
        site = self.rng.choice(self.world.sites).key
        ended = min(at + timedelta(seconds=self.rng.choice((0, 60, 7200))), self.world.now)
        self.world.visits[key] = replace(
            self.template, key=key, session_id=key, smartlook_id=None, site=site, started_at=at, ended_at=ended,
            visible_at=at, events=self.events(at),
        )  # fmt: skip
        if self.rng.random() < 0.3:
            self.looks[key] = {"started_at": self.in_zone(at)}

    def events(self, at: datetime) -> list[Event]:
        """Some, of which several have one time."""
        pages = range(self.rng.randrange(4))
        return [Event("pageview", f"https://x.example/{self.rng.random()}", at, page) for page in pages]

    def change(self, key: str) -> None:
        visit = self.world.visits[key]
        visit.events = self.events(visit.started_at)

    def remove(self, key: str) -> None:
        self.world.visits[key].deleted = True

    def wanted(self, since: datetime) -> Tables:
        sessions: Keyed = {}
        events: Keyed = {}
        for site in self.world.sites:
            for row in self.sandbox.records("snitcher", "sessions", site.workspace):
                if self.world.visits[row["uuid"]].started_at >= since:
                    plain = {name: inner for name, inner in row.items() if name not in ("events", "views")}
                    sessions |= as_raw(snitcher.SESSIONS, [plain], workspace_uuid=site.workspace)
                    events |= events_of(site.workspace, row)
        return {"sessions": (snitcher.SESSIONS, sessions), "session_events": (snitcher.SESSION_EVENTS, events)}


class Feedbacks(Lists):
    """Usersnap's feedback: cursors that are rows, in an order that changes move."""

    vendor, resources, key = "usersnap", "projects,feedbacks", "feedback_id"
    choices: ClassVar = {
        "next": ("filled", "when_more", "absent"),
        "vanished_cursor": ("400", "restart"),
        "over_limit": ("clamp",),
    }

    def __init__(self, sandbox: Sandbox) -> None:
        self.template = next(one for one in sandbox.world.feedback.values() if not one.is_demo)
        super().__init__(sandbox)
        vendor: Any = sandbox.vendor(self.vendor)
        vendor._limit = lambda request: 3
        # two projects are enough to take turns
        vendor.projects.all = vendor.projects.all[:2]
        self.world.sites[2:] = []

    def keys(self) -> list[str]:
        return list(self.world.feedback)

    def moments(self) -> list[datetime]:
        return [feedback.created_at for feedback in self.world.feedback.values()]

    def add(self, number: int, at: datetime) -> None:
        key = f"f-{number}"
        site = self.rng.choice(self.world.sites).key
        # what is added late bears an earlier time, and is new to the list all the same
        changed = at if at > self.world.now - timedelta(minutes=1) else self.world.now
        self.world.feedback[key] = replace(
            self.template, id=key, number=number, site=site, created_at=at, updated_at=changed, visible_at=at
        )

    def change(self, key: str) -> None:
        feedback = self.world.feedback[key]
        feedback.status = self.rng.choice(("open", "done", "reopened"))
        feedback.updated_at = self.world.now

    def remove(self, key: str) -> None:
        self.world.feedback[key].deleted = True

    def wanted(self, since: datetime) -> Tables:
        rows = [
            row
            for row in self.sandbox.records("usersnap", "feedbacks")
            if self.world.feedback[row["feedback_id"]].created_at >= since
        ]
        return {"feedbacks": (usersnap.FEEDBACKS, as_raw(usersnap.FEEDBACKS, rows, missing_since=None))}


KINDS: tuple[type[Lists], ...] = (Calls, Sessions, Feedbacks)


def sandboxed() -> Sandbox:
    """A sandbox whose world is to be emptied."""
    return Sandbox(companies=2, days=2, now=NOW, limits=QUICK)
