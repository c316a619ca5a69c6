"""How Smartlook authenticates, pages and answers.

A token reaches one project. Cursors are opaque and short-lived: they live in one walk. The links of an answer leave the
version out, so only their query is taken over and the path stays ours.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import orjson

from sources.errors import ContractBroken, SourceError, VendorRefused
from sources.http.answers import Answer, Json
from sources.http.client import Client
from sources.rows.table import Completeness, Row
from sources.rows.values import text_of
from sources.smartlook.settings import (
    EVENTS,
    FUNNEL,
    FUNNEL_ASKS,
    FUNNEL_POLL,
    FUNNELS,
    ME,
    MOST_PAGES,
    PAGE_SIZE,
    SESSIONS,
    SMALLER_PAGE_SIZES,
    STALE_STATUSES,
    VISITOR_EVENTS,
    VISITORS,
)
from sources.walks.cursors import CursorPage, CursorWalk, StaleCursor
from sources.walks.listing import Pages, listed
from sources.walks.pages import TooLarge, count_of

Days = tuple[date, date]


@dataclass
class Project:
    """Reads one project. Pages are lists of the vendor's rows; days are inclusive.

    `place` is the token's in the setting, from 1; `id` is known once the project is open.
    """

    client: Client
    place: int = 1
    id: str = ""
    page_size: int = PAGE_SIZE
    days_only: bool = False

    def open(self) -> Row:
        """Ask which project the token belongs to, and remember its id: no record carries it."""
        answer = self.client.get(ME)
        body: Row = answer.body
        try:
            self.id = text_of(body["projectId"])
        except (TypeError, KeyError, ValueError) as error:
            raise ContractBroken(f"{self.client.vendor} {answer.path}: the answer has no `projectId`.") from error
        return body

    @listed
    def sessions(self, days: Days) -> Pages:
        """Sessions recorded on the days, whole, oldest first."""
        return (yield from self._search(SESSIONS, "sessions", "totalSessionsCount", days, "timeStart"))

    @listed
    def visitors(self, days: Days) -> Pages:
        """Visitors with a session on the days, new ones and returning ones."""
        return (yield from self._search(VISITORS, "visitors", "totalVisitorsCount", days, "timeCreate"))

    @listed
    def visitor_events(self, visitor: str, days: Days) -> Pages:
        """What a visitor did on the days; nothing when the vendor no longer has the visitor."""
        path = VISITOR_EVENTS.format(visitor_id=quote(visitor, safe=""))
        params = {"dateFrom": days[0].isoformat(), "dateTo": days[1].isoformat()}
        try:
            yield from self._walk(path, "events", None, params, route=VISITOR_EVENTS)
        except VendorRefused as refusal:
            if refusal.status != 404:
                raise
        return []

    @listed
    def events(self) -> Pages:
        """Event definitions."""
        return (yield from self._counted(EVENTS, "events", "totalCount", "events"))

    @listed
    def funnels(self) -> Pages:
        """Funnel definitions, without numbers."""
        return (yield from self._counted(FUNNELS, "funnels", "totalCount", "funnels"))

    def funnel(self, funnel: str, start: datetime, end: datetime) -> Row | None:
        """A funnel with its numbers between two UTC midnights; None when they are not computed in reasonable time."""
        wait = FUNNEL_POLL[0].total_seconds()
        for _ in range(FUNNEL_ASKS):
            answer = self._funnel(funnel, start, end)
            body = answer.body if isinstance(answer.body, dict) else {}
            computation = body.get("computation")
            numbers = body.get("funnel")
            if isinstance(computation, dict) and computation.get("isFinished") is False:
                asked = computation.get("nextAttemptDelay")
                wait = asked / 1000 if isinstance(asked, (int, float)) and asked > 0 else wait * 2
                shortest, longest = (limit.total_seconds() for limit in FUNNEL_POLL)
                self.client.stop.sleep(min(max(wait, shortest), longest))
            elif isinstance(numbers, dict):
                return numbers
            else:
                raise ContractBroken(f"{self.client.vendor} {answer.path}: the answer has no `funnel`.")
        return None

    def _funnel(self, funnel: str, start: datetime, end: datetime) -> Answer:
        """One ask: by instants, which mean one thing; by days, where instants are refused."""
        path = FUNNEL.format(funnel_id=quote(funnel, safe=""))
        if not self.days_only:
            moments = {"dateFrom": _instant(start), "dateTo": _instant(end)}
            try:
                return self.client.get(path, {**moments, "waitForFinish": "true"}, route=FUNNEL)
            except VendorRefused as refusal:
                if refusal.status not in (400, 422):
                    raise
        days = {"dateFrom": start.date().isoformat(), "dateTo": (end - timedelta(days=1)).date().isoformat()}
        answer = self.client.get(path, {**days, "waitForFinish": "true"}, route=FUNNEL)
        self.days_only = True
        return answer

    def _search(self, path: str, name: str, total: str, days: Days, sort: str) -> Pages:
        """A search by recording date; TooLarge when more than a package's worth and the days can be halved."""
        value = [day.isoformat() for day in days]
        body = {
            "filters": [{"name": "recording_date", "operator": "in_range", "value": value}],
            "sort": {sort: "asc"},
        }
        divisible = (days[1] - days[0]).days > 2
        return self._counted(path, name, total, name, body=body, most_pages=MOST_PAGES if divisible else None)

    def _counted(
        self, path: str, name: str, total: str, resource: str, *, body: Json = None, most_pages: int | None = None
    ) -> Pages:
        """Walk a list that states its total; returned is what arrived."""
        walk = self._walk(path, name, total, {}, body=body, most_pages=most_pages)
        yield from walk
        return [Completeness(resource, self.id, walk.total, len(walk.keys))]

    def _walk(
        self,
        path: str,
        name: str,
        total: str | None,
        params: dict[str, str],
        *,
        route: str | None = None,
        body: Json = None,
        most_pages: int | None = None,
    ) -> CursorWalk:
        def fetch(cursor: Hashable | None) -> CursorPage:
            query: dict[str, str | int] = {"limit": self.page_size, **params, **dict(_pairs(cursor))}
            try:
                answer = self._ask(path, query, route, body)
            except VendorRefused as refusal:
                if cursor is not None and refusal.status in STALE_STATUSES:
                    raise StaleCursor(f"the cursor was refused ({refusal.status})") from refusal
                if cursor is None and refusal.status == 400 and "limit" in refusal.body and self._smaller():
                    return fetch(None)
                raise
            page = page_of(answer, self.client.vendor, name, total)
            if cursor is None and most_pages and page.total and page.rows:
                pages = -(-page.total // len(page.rows))
                if pages > most_pages:
                    raise TooLarge(f"the search finds {page.total} rows")
            return page

        return CursorWalk(fetch, _identity, f"{self.client.vendor} {path}")

    def _ask(self, path: str, query: dict[str, str | int], route: str | None, body: Json) -> Answer:
        if body is None:
            return self.client.get(path, query, route=route)
        return self.client.search(path, body, query, route=route)

    def _smaller(self) -> bool:
        """Ask for less from now on; False when nothing smaller is left."""
        smaller = [size for size in SMALLER_PAGE_SIZES if size < self.page_size]
        self.page_size = smaller[0] if smaller else self.page_size
        return bool(smaller)


@dataclass
class Smartlook:
    """All projects that the setting has tokens of."""

    projects: list[Project] = field(default_factory=list)

    @property
    def client(self) -> Client:
        """The first token's client."""
        return self.projects[0].client

    def opened(self) -> Iterator[tuple[Project, Row | SourceError]]:
        """Each project with what `/me` says of it, or with the error that keeps us out."""
        for project in self.projects:
            try:
                yield project, project.open()
            except (VendorRefused, ContractBroken) as error:
                yield project, error


def page_of(answer: Answer, vendor: str, name: str, total: str | None) -> CursorPage:
    """The rows of an answer, the query of its next page as pairs, and its stated total."""
    body = answer.body if isinstance(answer.body, dict) else {}
    rows = body.get(name)
    if not isinstance(rows, list):
        raise ContractBroken(f"{vendor} {answer.path}: the answer has no list `{name}`. This form is not known.")
    return CursorPage(rows, _next(body), count_of(body.get(total)) if total else None)


def _next(body: Row) -> Hashable | None:
    """The next page's query: the link's, which the vendor recommends, else the bare cursor's; None at the end."""
    links, pagination = body.get("_links"), body.get("pagination")
    link = links.get("nextPage") if isinstance(links, dict) else None
    if isinstance(link, str) and link:
        return tuple(parse_qsl(urlsplit(link).query))
    after = pagination.get("after") if isinstance(pagination, dict) else None
    if after is None or after == "":
        return None
    return (("after", after if isinstance(after, str) else orjson.dumps(after).decode()),)


def _pairs(cursor: Hashable | None) -> tuple[tuple[str, str], ...]:
    return cursor if isinstance(cursor, tuple) else ()


def _identity(row: Any) -> Hashable:
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, (str, int)) else repr(row)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
