"""How SnapCall authenticates, pages and answers.

The v2 page documents requests only. Envelope, first page, page size, order and end of a list are therefore read from
the answers themselves, and what cannot be read stops with a sentence.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sources.errors import ContractBroken, VendorRefused
from sources.http.answers import Answer
from sources.http.client import Client, Params
from sources.rows.table import Completeness, Row
from sources.snapcall.settings import FIRST_PAGES, LIST_NAMES, PAGE_SIZE, SMALLER_PAGE_SIZES
from sources.walks.listing import Pages, listed
from sources.walks.pages import Page, Walk, count_of

WALKS = 3


@dataclass
class SnapCall:
    """Reads calls, buttons, schedule templates and agents. Pages are lists of the vendor's rows."""

    client: Client
    page_size: int = PAGE_SIZE
    bases: dict[str, int] = field(default_factory=dict)
    granted: dict[str, int | None] = field(default_factory=dict)

    def me(self) -> Row:
        """The account that the key belongs to."""
        body = self.client.get("/users/me").body
        return body if isinstance(body, dict) else {}

    @listed
    def calls(self, start: datetime, end: datetime) -> Pages:
        """Calls between two instants."""
        return (yield from self._list("/calls", {"start": _instant(start), "end": _instant(end)}, "calls", "id"))

    @listed
    def buttons(self) -> Pages:
        """All buttons; none when the route is missing, as one copy of the documentation has it."""
        try:
            return (yield from self._list("/buttons", {}, "buttons", "bid"))
        except VendorRefused as refusal:
            if refusal.status != 404:
                raise
            return []

    @listed
    def schedule_templates(self) -> Pages:
        """All schedule templates; this route takes no limit."""
        return (yield from self._list("/schedule-templates", {}, "schedule_templates", "id", limited=False))

    def agent(self, email: str) -> Row | None:
        """One agent; None when the vendor no longer has it. There is no list of agents."""
        try:
            body = self.client.get(f"/agents/{quote(email)}", route="/agents/{email}").body
        except VendorRefused as refusal:
            if refusal.status == 404:
                return None
            raise
        return body if isinstance(body, dict) else None

    def _list(self, path: str, params: Params, resource: str, key: str, *, limited: bool = True) -> Pages:
        """Walk a list, again when rows went away under the walk; returned is what the last walk received."""
        before: set[Hashable] | None = None
        for _ in range(WALKS):
            walk = Walk(
                self._fetch(path, params, limited=limited),
                identify=lambda row: row.get(key) if isinstance(row, dict) else None,
                first=(self.bases[path],) if path in self.bases else FIRST_PAGES,
                asked=self.page_size if limited else None,
                granted=self.granted.get(path),
            )
            yield from walk
            if walk.base is not None:
                self.bases[path] = walk.base
            self.granted[path] = walk.granted
            # a list that holds the same rows again is miscounted: another walk brings no more
            if walk.complete or walk.keys == before:
                break
            before = walk.keys
        return [Completeness(resource, "", walk.total, len(walk.keys))]

    def _fetch(self, path: str, params: Params, *, limited: bool) -> Callable[[int, int | None], Page | None]:
        def fetch(number: int, size: int | None) -> Page | None:
            limit = {"limit": size or self.page_size} if limited else {}
            try:
                answer = self.client.get(path, {**params, **limit, "page": number})
            except VendorRefused as refusal:
                if limited and refusal.status == 400 and "limit" in refusal.body and self._smaller():
                    return fetch(number, size)
                # page 0 may be refused, and so may a page past the end
                if refusal.status in (400, 404) and number != FIRST_PAGES[-1]:
                    return None
                raise
            rows = rows_of(answer, self.client.vendor)
            return Page(rows, total=_total(answer.body, len(rows)))

        return fetch

    def _smaller(self) -> bool:
        """Ask for less from now on; False when nothing smaller is left."""
        smaller = [size for size in SMALLER_PAGE_SIZES if size < self.page_size]
        self.page_size = smaller[0] if smaller else self.page_size
        return bool(smaller)


def rows_of(answer: Answer, vendor: str) -> list[Any]:
    """The rows of any known envelope: a bare array, an object with one list, an object of lists keyed by button."""
    body = answer.body
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        for name in LIST_NAMES:
            if isinstance(body.get(name), list):
                return list(body[name])
        lists = [value for value in body.values() if isinstance(value, list)]
        if len(lists) == len(body):
            return [{"bid": bid, **row} if isinstance(row, dict) else row for bid, rows in body.items() for row in rows]
        if len(lists) == 1:
            return lists[0]
    raise ContractBroken(f"{vendor} {answer.path}: the answer holds no list. This envelope is not known.")


def _total(body: Any, received: int) -> int | None:
    """How many rows the list has, where the envelope says so. A `count` of just this page's rows may mean the page."""
    if not isinstance(body, dict):
        return None
    for name in ("total", "total_count", "totalCount"):
        if (total := count_of(body.get(name))) is not None:
            return total
    count = count_of(body.get("count"))
    return count if count is not None and count > received else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
