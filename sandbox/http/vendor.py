"""What a vendor's file is written on: requests, answers, routes, switches and the base class `Vendor`.

A vendor projects the abstract world to its own records (`project`) and serves them (methods marked with `route`).
Everything that all vendors share (limits, faults, the log, violations, sockets) is in `server.py`.
"""

import json
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import unquote

from sandbox.world.world import World

Row = dict[str, Any]
Handler = TypeVar("Handler", bound=Callable[..., "Answer"])
Kept = TypeVar("Kept")


@dataclass
class Request:
    """One HTTP request as it arrived, and what became of it; these make up the sandbox's log.

    `route` is the template below the vendor's root, such as "/workspaces/{ws}/sessions", or "" where none fits.
    `started` and `ended` are `time.monotonic()` seconds.
    """

    vendor: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    route: str = ""
    params: dict[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)
    status: int = 0
    planned: str = ""
    started: float = 0.0
    ended: float = 0.0

    def arg(self, name: str) -> str | None:
        """The last value of a query parameter, None when it is absent or empty (frameworks treat both alike)."""
        values = self.query.get(name)
        return values[-1] if values and values[-1] != "" else None


@dataclass
class Answer:
    """One HTTP answer. `body` is sent as JSON; text is sent as it is; None sends no body at all.

    `wire` is how the transport misbehaves: "reset" closes the connection with a reset instead of an answer,
    "short" promises more bytes than it sends, "cut" sends the first half of the body with a true length.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    wire: Literal["", "reset", "short", "cut"] = ""

    def encoded(self) -> tuple[str, bytes]:
        """Content type and bytes of the body."""
        if self.body is None:
            return self.content_type or "application/json", b""
        if isinstance(self.body, str):
            return self.content_type or "text/plain; charset=utf-8", self.body.encode()
        text = json.dumps(self.body, separators=(",", ":"), allow_nan=False)
        return self.content_type or "application/json", text.encode()


class Refusal(Exception):
    """Raised inside a handler to answer with an error at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"answered {answer.status}")
        self.answer = answer


@dataclass(frozen=True)
class Switch:
    """One open question about a vendor: the answers it may have, ours by default, and the sheet's section."""

    values: tuple[str, ...]
    default: str
    why: str

    def check(self, name: str, value: str) -> str:
        """Return the value, or raise ValueError with the values that exist. "<number>" admits any whole number."""
        if value in self.values or ("<number>" in self.values and value.isdigit()):
            return value
        raise ValueError(f"{name} has no value {value!r}; it takes {', '.join(self.values)}")


@dataclass(frozen=True)
class Route:
    """A method and path template of a vendor, and how it counts."""

    method: str
    template: str
    allowed: bool
    public: bool
    handler: str
    pattern: re.Pattern[str]


def route(
    method: str, template: str, *, allowed: bool | None = None, public: bool = False
) -> Callable[[Handler], Handler]:
    """Mark a vendor's method as the handler of a route; several marks may stand on one method.

    `allowed` says whether a read-only client may use it: by default only GET; a documented search POST and
    SnapCRM's lead creation say so themselves. What is not allowed answers like the vendor, and is a violation.
    `public` routes need no credential.
    """

    def mark(handler: Handler) -> Handler:
        marks: list[Route] = getattr(handler, "routes", [])
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "/?$")
        may = method == "GET" if allowed is None else allowed
        marks.append(Route(method, template, may, public, handler.__name__, pattern))
        handler.routes = marks  # type: ignore[attr-defined]  # a mark on the function, read back by Vendor
        return handler

    return mark


class Vendor(ABC):
    """Base of the five vendors. A subclass sets the class variables, implements `project` and its routes."""

    name: ClassVar[str]
    root: ClassVar[str] = ""
    """Path that belongs to the vendor's URL setting, such as "/v1"; routes are below it."""
    limit: ClassVar[str]
    """Documented request budget, `N/second`, `N/minute`, `N/30minutes`, ..."""
    limit_per_endpoint: ClassVar[bool] = False
    """False: one budget per token. True: one per token and route template."""
    secrets: ClassVar[dict[str, str]]
    """Setting name -> obviously fake default, the main credential first."""
    switches: ClassVar[dict[str, Switch]] = {}
    keys: ClassVar[dict[str, str]]
    """Entity -> field that identifies a row of it."""

    def __init__(self, world: World, secrets: Mapping[str, str], switches: Mapping[str, str]) -> None:
        self.world = world
        self.secret = {**self.secrets, **secrets}
        self.choice = {name: switch.default for name, switch in self.switches.items()}
        self.lock = threading.RLock()
        self.gone: set[tuple[str, Any]] = set()
        self.shifts: Callable[[Request, str, list[Row]], list[Row]] | None = None
        self._rows: dict[str, dict[str, list[Row]]] = {}
        self._kept: dict[object, Any] = {}
        found = {name: getattr(type(self), name) for name in dir(type(self))}
        self.routes: list[Route] = [mark for item in found.values() for mark in getattr(item, "routes", [])]
        self.routes.sort(key=lambda each: each.template.count("{"))
        for name, value in switches.items():
            self.switch(name, value)

    # what a subclass implements

    @abstractmethod
    def project(self, entity: str) -> dict[str, list[Row]]:
        """Scope -> rows of an entity as the API states them at the world's now.

        The scope is the workspace, project or "" where the vendor has none. Rows are built at each call and
        are not changed afterwards; the result is kept until the world moves or a switch turns.
        """

    @abstractmethod
    def authorise(self, request: Request) -> Answer | None:
        """None after setting `request.token`, or the answer to a missing or wrong credential."""

    @abstractmethod
    def limited(self, wait: int | None) -> Answer:
        """The documented 429; `wait` is the Retry-After in seconds, None when the vendor sends none."""

    @abstractmethod
    def failed(self, status: int) -> Answer:
        """The vendor's answer to a route or a method that it lacks, and to its own faults."""

    def retry_after(self, wait: float) -> int | None:
        """Seconds that the vendor states on a real 429, None when it states none. `wait` is when a slot is free."""
        return max(1, int(wait) + 1)

    def budget_headers(self, limit: int, remaining: int) -> dict[str, str]:
        """Headers about the budget, on every answer to an authorised request."""
        return {}

    def moved(self, changes: Mapping[str, list[str]]) -> None:  # noqa: B027 (most vendors keep none)
        """Called after each `advance`, when the rows are already dropped; for state that a vendor keeps itself."""

    # what the framework offers to it

    def env(self, base: str) -> dict[str, str]:
        """Settings that point a client here; `base` is "http://127.0.0.1:PORT"."""
        return {f"{self.name.upper()}_URL": base + self.root, **self.secret}

    def on(self, switch: str) -> str:
        """The present value of a switch."""
        return self.choice[switch]

    def switch(self, name: str, value: str) -> None:
        """Turn a switch, also while serving. Raises ValueError for an unknown name or value."""
        if name not in self.switches:
            known = ", ".join(self.switches) or "none"
            raise ValueError(f"{self.name} has no switch {name!r}; it has {known}")
        with self.lock:
            self.choice[name] = self.switches[name].check(f"{self.name}.{name}", value)
            self.refresh()

    def scoped(self, entity: str) -> dict[str, list[Row]]:
        """Scope -> live rows of an entity, kept until the world moves. Read only."""
        with self.lock:
            if entity not in self._rows:
                key = self.keys[entity]
                self._rows[entity] = {
                    scope: [row for row in rows if (entity, row[key]) not in self.gone] if self.gone else rows
                    for scope, rows in self.project(entity).items()
                }
            return self._rows[entity]

    def rows(self, entity: str, scope: str | None = None) -> list[Row]:
        """Live rows of an entity in one scope, or of all scopes. Read only: copy before changing a row."""
        scopes = self.scoped(entity)
        if scope is not None:
            return scopes.get(scope, [])
        return [row for rows in scopes.values() for row in rows]

    def listing(self, request: Request, entity: str, rows: list[Row]) -> list[Row]:
        """Pass the filtered, sorted rows of a list answer through here before cutting the page: `shift` needs it."""
        return self.shifts(request, entity, rows) if self.shifts else rows

    def kept(self, key: object, make: Callable[[], Kept]) -> Kept:
        """What `make` returns, kept under the key until the world moves, a switch turns or a row is removed."""
        with self.lock:
            if key not in self._kept:
                self._kept[key] = make()
            kept: Kept = self._kept[key]
            return kept

    def remove(self, entity: str, key: Any) -> None:
        """A row is deleted at the vendor, for good."""
        with self.lock:
            self.gone.add((entity, key))
            self.refresh()

    def refresh(self) -> None:
        """Drop the kept rows: the world has moved."""
        with self.lock:
            self._rows.clear()
            self._kept.clear()

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        """The route of a path, its decoded parameters, and whether the path exists under another method."""
        if not path.startswith(self.root):
            return None, {}, False
        known = False
        for each in self.routes:
            match = each.pattern.match(path[len(self.root) :])
            if match and each.method == method:
                return each, {name: unquote(value) for name, value in match.groupdict().items()}, True
            known = known or bool(match)
        return None, {}, known


def page_of(rows: list[Row], number: int, size: int) -> list[Row]:
    """Page `number` (from 1) of `size` rows; empty beyond the end."""
    return rows[(number - 1) * size : number * size]


def bearer(request: Request) -> str:
    """The token of an `Authorization: Bearer` header, "" when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unknown_keys(body: Iterable[str], known: Iterable[str]) -> list[str]:
    """Keys of a body that the vendor does not document, in order."""
    allowed = set(known)
    return [key for key in body if key not in allowed]
