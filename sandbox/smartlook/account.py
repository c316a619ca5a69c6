"""The ground under Smartlook's routes: what the account holds, who may ask, how lists are cut into pages."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.http.vendor import Answer, Refusal, Request, Route, Row, Vendor, bearer
from sandbox.smartlook.cursors import CursorRules, Cursors, StaleCursor, cursor_text, cursor_value
from sandbox.smartlook.funnels import Window, window_of
from sandbox.smartlook.memory import Memory
from sandbox.smartlook.rows import (
    definition_rows,
    event_rows,
    funnel_rows,
    session_rows,
    visitor_rows,
)
from sandbox.smartlook.search import DayRules
from sandbox.smartlook.switches import SWITCHES
from sandbox.world.world import World

ERRORS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    429: "Too Many Requests",
}
ODD_CURSORS = ("/api/v1/visitors/{visitor_id}/sessions", "/api/v1/visitors/search", "/api/v2/visitors/search")
"""Routes whose `pagination` is typed any value."""
MISSING_AT_END: Mapping[str, object] = {"null": None, "empty": ""}


class SmartlookAccount(Vendor):
    """Two projects of one organisation, a token each. A planned `shift` with how="expire" ends all cursors first."""

    name = "smartlook"
    limit = "500/30minutes"
    limit_per_endpoint = True
    secrets: ClassVar = {
        "SMARTLOOK_API_TOKEN": "fake-smartlook-token-of-project-one,fake-smartlook-token-of-project-two"
    }
    keys: ClassVar = {"visitors": "id", "sessions": "id", "visitor_events": "id", "events": "id", "funnels": "id"}
    switches = SWITCHES

    def __init__(self, world: World, secrets: Mapping[str, str], switches: Mapping[str, str]) -> None:
        super().__init__(world, secrets, switches)
        self.cursors = Cursors()
        self.usage: dict[str, Counter[str]] = {}
        self.asks: Counter[tuple[str, ...]] = Counter()
        self.memory = Memory()
        self.memory.note(world)
        self._grouped: dict[str, tuple[list[Row], dict[str, list[Row]]]] = {}

    # what it holds

    def project(self, entity: str) -> dict[str, list[Row]]:
        """Rows by project id; `events` are definitions, `visitor_events` their occurrences."""
        match entity:
            case "sessions":
                return session_rows(self.world, self.choice, self.memory)
            case "visitors":
                return visitor_rows(self.world, self.choice, self.memory)
            case "visitor_events":
                return event_rows(self.world, self.choice, self.memory)
        rows = funnel_rows(self.world) if entity == "funnels" else definition_rows(self.world)
        return dict.fromkeys(self._tokens().values(), rows)

    def moved(self, changes: Mapping[str, list[str]]) -> None:
        """Remember what the world may forget; see `Memory`."""
        self.memory.note(self.world)

    def by_visitor(self, entity: str, project: str) -> dict[str, list[Row]]:
        """Visitor id -> their `sessions` or `visitor_events`, grouped once for as long as the rows are the same."""
        rows = self.rows(entity, project)
        known, groups = self._grouped.get(f"{entity} {project}", (None, {}))
        if known is not rows:
            groups = {}
            for row in rows:
                groups.setdefault(row["visitorId"], []).append(row)
            self._grouped[f"{entity} {project}"] = rows, groups
        return groups

    # who may ask, and how it refuses

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        """As the base has it, with the latest version put into a path that leaves it out (sheet, section 1)."""
        if path.startswith("/api/") and not re.match(r"/api/v\d", path):
            version = "v2" if path.rstrip("/") == "/api/visitors/search" else "v1"
            path = path.replace("/api/", f"/api/{version}/", 1)
        return super().find(method, path)

    def authorise(self, request: Request) -> Answer | None:
        """A bearer token; each belongs to one project, in the order of the setting (sheet, section 2)."""
        request.token = bearer(request)
        dead = {"none": -1, "first": 0, "second": 1}[self.on("dead_token")]
        tokens = self._tokens()
        if request.token not in tokens or list(tokens).index(request.token) == dead:
            return self.failed(401)
        self.usage.setdefault(tokens[request.token], Counter())[f"{request.method} {request.route}"] += 1
        return None

    def _tokens(self) -> dict[str, str]:
        projects = dict.fromkeys(site.smartlook_project for site in self.world.sites)
        tokens = [token.strip() for token in self.secret["SMARTLOOK_API_TOKEN"].split(",")]
        return dict(zip(tokens, projects, strict=False))

    def project_of(self, request: Request) -> str:
        """The project id of an authorised request."""
        return self._tokens()[request.token]

    def limited(self, wait: int | None) -> Answer:
        """429; which header states the wait, if any, is a switch (sheet, section 7)."""
        answer = self.failed(429)
        if wait is not None and self.on("retry_after") != "none":
            answer.headers[self.on("retry_after")] = str(wait)
        return answer

    def failed(self, status: int) -> Answer:
        """An error without more to say."""
        return self.refusal(status, ERRORS.get(status, "Internal Server Error")).answer

    def refusal(self, status: int, text: str) -> Refusal:
        """An error of the kind that the sheet assumes, or plain text, or nothing (section 8)."""
        body = {"statusCode": status, "error": ERRORS.get(status, "Internal Server Error"), "message": text}
        return Refusal(Answer(status, {"json": body, "text": text, "empty": None}[self.on("error_body")]))

    # parameters

    def one(self, request: Request, entity: str, parameter: str) -> Row:
        """The row that a path names.

        Raises:
            Refusal: 404, the project has none of that id.
        """
        for row in self.rows(entity, self.project_of(request)):
            if row["id"] == request.params[parameter]:
                return row
        raise self.refusal(404, f"no such {entity.removesuffix('s')}")

    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.on("day_zone"))

    def day_rules(self) -> DayRules:
        """How date filters of the searches are read."""
        return DayRules(self.zone(), self.on("in_range"), self.on("before_after"))

    def window(self, request: Request, *, required: bool) -> Window:
        """`dateFrom` and `dateTo` of the query.

        Raises:
            Refusal: 400, one is missing though required, or is no date.
        """
        date_from, date_to = request.arg("dateFrom"), request.arg("dateTo")
        if required and (date_from is None or date_to is None):
            raise self.refusal(400, "dateFrom and dateTo are required")
        try:
            return window_of(date_from, date_to, zone=self.zone(), last_in=self.on("date_to") == "inclusive")
        except (ValueError, OverflowError) as error:
            raise self.refusal(400, f"dateFrom or dateTo: {error}") from None

    def _limit(self, request: Request) -> int:
        most, text = int(self.on("limit_max")), request.arg("limit")
        if text is None:
            return min(int(self.on("list_limit")), most)
        if not text.isdecimal() or int(text) < 1 or (int(text) > most and self.on("over_limit") == "400"):
            raise self.refusal(400, f"limit must be a number from 1 to {most}")
        return min(int(text), most)

    # pages

    def pages(
        self, request: Request, entity: str, find: Callable[[], list[Row]], name: str, *, backwards: bool = True
    ) -> tuple[list[Row], Row]:
        """One page of a list (sheet, section 6).

        Args:
            request: Its query has `limit` and one of `after` and `before` at most; a cursor is bound to the body.
            entity: The rows' entity.
            find: The rows as they are now, filtered and sorted; asked for by a first page only.
            name: The answer's key for the rows.
            backwards: Whether the route has `before` and a link to the previous page; the searches do not.

        Returns:
            All rows of the list that still exist, and the answer's members: rows, `pagination`, `_links`.

        Raises:
            Refusal: The limit or the cursor is refused.
        """
        limit, after = self._limit(request), request.arg("after")
        before = request.arg("before") if backwards else None
        if after and before:
            raise self.refusal(400, "there can be only one cursor in the query")
        if request.planned == "shift:expire":
            self.cursors = Cursors()
        now = datetime.now(UTC)
        rules = CursorRules(
            end=self.on("end_of_list"),
            life=timedelta(seconds=int(self.on("cursor_seconds"))),
            single_use=self.on("cursor_use") == "once",
        )
        body = hashlib.sha256(request.body).hexdigest() if request.method == "POST" else ""
        scope = f"{request.token} {request.route} {sorted(request.params.items())} {body}"
        first = [] if after or before else self.listing(request, entity, find())
        try:
            page = self.cursors.page(
                scope, [row["id"] for row in first], after=after, before=before, limit=limit, rules=rules,
                clocks=(self.world.now, now),
            )  # fmt: skip
        except StaleCursor as stale:
            raise self.refusal(int(self.on("stale_cursor")), str(stale)) from None
        rows = first
        if after or before:
            found = {row["id"]: row for row in self.rows(entity, self.project_of(request))}
            rows = self.listing(request, entity, [found[each] for each in page.walk if each in found])
        wanted = set(page.ids)
        members: Row = {name: [row for row in rows if row["id"] in wanted]}
        form = self.on("cursor_form") if request.route in ODD_CURSORS else "text"
        pagination, links = self._ends(request, page.after, "after", "nextPage", limit, form)
        if backwards:
            back, links_back = self._ends(request, page.before, "before", "previousPage", limit, form)
            pagination, links = {**back, **pagination}, {**links, **links_back}
        members["pagination"] = pagination
        if self.on("links") != "absent":
            members["_links"] = links
        return rows, members

    def _ends(
        self, request: Request, cursor: int | None, side: str, name: str, limit: int, form: str
    ) -> tuple[Row, Row]:
        """The cursor of one side and the link to it, in the form that the end of a list has when there is none."""
        if cursor is None:
            end = self.on("end_of_list")
            if end not in MISSING_AT_END:
                return {}, {}
            return {side: MISSING_AT_END[end]}, {name: MISSING_AT_END[end]}
        path = request.path
        if self.on("links") == "unversioned":
            path = re.sub(r"^/api/v\d+/", "/api/", path)
        kept = "".join(
            f"{key}={quote(values[-1], safe=',:')}&"
            for key, values in request.query.items()
            if key not in ("after", "before", "limit") and values[-1]
        )
        target = f"{path}?{kept}{side}={cursor_text(cursor)}&limit={limit}"
        return {side: cursor_value(cursor, form)}, {name: target}
