"""How Snitcher authenticates, pages and answers.

The reference and the introduction page describe two forms of the API. The reference's lists all sessions of a
workspace; the introduction's lists them per company. The first is tried; when its route is missing, the second is used.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from sources.errors import ContractBroken, VendorRefused
from sources.http.answers import Answer
from sources.http.client import Client, Params
from sources.rows.table import Completeness, Row
from sources.rows.values import moment_of, text_of
from sources.snitcher.settings import MOST_COMPANIES, MOST_PAGES, MOST_ROWS, PAGE_SIZES
from sources.walks.listing import Listing, Pages, listed
from sources.walks.pages import Page, TooLarge, Walk, count_of

WALKS = 3


@dataclass
class Snitcher:
    """Reads workspaces, organisations, sessions and segments. Pages are lists of the vendor's rows."""

    client: Client
    chosen: tuple[str, ...] = ()
    per_company: set[str] = field(default_factory=set)
    per_day: set[str] = field(default_factory=set)
    granted: dict[str, int | None] = field(default_factory=dict)

    def me(self) -> Row:
        """The cheapest read that needs the token."""
        body = self.client.get("/me").body
        return body.get("data", body) if isinstance(body, dict) else {}

    @listed
    def workspaces(self) -> Pages:
        """All workspaces of the token."""
        return (yield from self._list("/workspaces", {}, "workspaces", ""))

    @listed
    def segments(self, workspace: str) -> Pages:
        """All segments of a workspace."""
        return (yield from self._list(f"/workspaces/{quote(workspace)}/segments", {}, "segments", workspace))

    @listed
    def organisations(self, workspace: str, days: tuple[date, date] | None) -> Pages:
        """Companies that visited in the days (both inclusive), or all companies."""
        path = f"/workspaces/{quote(workspace)}/organisations"
        return (yield from self._list(path, _range(days), "organisations", workspace))

    @listed
    def sessions(self, workspace: str, days: tuple[date, date]) -> Pages:
        """Sessions of the days (both inclusive), of all companies and of none."""
        path = f"/workspaces/{quote(workspace)}/sessions"
        if workspace not in self.per_company:
            try:
                return (yield from self._list(path, _range(days), "sessions", workspace))
            except VendorRefused as refusal:
                if refusal.status != 404 or not self._route_is_missing(path, workspace, days):
                    raise
            self.per_company.add(workspace)
        return (yield from self._sessions_per_company(workspace, days))

    def _route_is_missing(self, path: str, workspace: str, days: tuple[date, date]) -> bool:
        """A 404 may be a passing fault: the route is missing when it says so again and its workspace answers."""
        try:
            self.client.get(path, {"page": 1, **PAGE_SIZES, **_range(days)})
        except VendorRefused as refusal:
            if refusal.status != 404:
                raise
            self.client.get(f"/workspaces/{quote(workspace)}")
            return True
        return False

    def _sessions_per_company(self, workspace: str, days: tuple[date, date]) -> Pages:
        """The introduction page's way: companies of the window, then one call per company, by range or by day."""
        pages = self.organisations(workspace, days)
        companies = {
            text_of(row["uuid"]): row
            for page in pages
            for row in page
            if isinstance(row, dict) and isinstance(row.get("uuid"), str) and _visited(row, days)
        }
        if len(companies) > MOST_COMPANIES and _divisible(_range(days)):
            raise TooLarge(f"{len(companies)} companies visited")
        walks = pages.walks
        for uuid, company in companies.items():
            sessions = Listing(self._company_sessions(workspace, uuid, company, days))
            for page in sessions:
                # the older form leaves the company out of its rows: it is in the path
                yield [{**row, "organisation_uuid": row.get("organisation_uuid") or uuid} for row in page]
            walks += sessions.walks
        # sessions of no company are in none of these lists
        return [replace(walk, of_all=False) for walk in walks]

    def _company_sessions(self, workspace: str, uuid: str, company: Row, days: tuple[date, date]) -> Pages:
        walks: list[Completeness] = []
        path = f"/workspaces/{quote(workspace)}/organisations/{quote(uuid)}/sessions"
        try:
            if workspace not in self.per_day:
                try:
                    return (yield from self._list(path, _range(days), "sessions", workspace))
                except VendorRefused as refusal:
                    if refusal.status not in (400, 422):
                        raise
                    self.per_day.add(workspace)
            for day in _days_of(company, days):
                walks += yield from self._list(path, {"date": day.isoformat()}, "sessions", workspace)
        except VendorRefused as refusal:
            # the company went away between the list and this call
            if refusal.status != 404:
                raise
        return walks

    def _list(self, path: str, params: Params, resource: str, scope: str) -> Pages:
        """Walk a list, again when rows went away under the walk; returned is what the last walk received."""
        before: set[Hashable] | None = None
        for _ in range(WALKS):
            walk = Walk(
                self._fetch(path, params),
                identify=lambda row: row.get("uuid") if isinstance(row, dict) else None,
                asked=max(PAGE_SIZES.values()),
                granted=self.granted.get(resource),
            )
            yield from walk
            self.granted[resource] = walk.granted
            # a list that holds the same rows again is miscounted: another walk brings no more
            if walk.complete or walk.keys == before:
                break
            before = walk.keys
        return [Completeness(resource, scope, walk.total, len(walk.keys))]

    def _fetch(self, path: str, params: Params) -> Callable[[int, int | None], Page | None]:
        def fetch(number: int, size: int | None) -> Page | None:
            sizes = dict.fromkeys(PAGE_SIZES, size) if size else PAGE_SIZES
            try:
                answer = self.client.get(path, {"page": number, **sizes, **params})
            except VendorRefused as refusal:
                if refusal.status == 404 and number > 1:
                    return None
                raise
            return _page(answer, self.client.vendor, divisible=_divisible(params))

        return fetch


def _page(answer: Answer, vendor: str, *, divisible: bool) -> Page:
    body = answer.body
    rows = body if isinstance(body, list) else body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ContractBroken(
            f"{vendor} {answer.path}: the answer has no list `data`. This form of the API is not known."
        )
    stated: dict[str, Any] = body if isinstance(body, dict) else {}
    last, total, size = (count_of(stated.get(name)) for name in ("last_page", "total", "per_page"))
    if divisible and last and (last > MOST_PAGES or last * (size or 1) > MOST_ROWS):
        raise TooLarge(f"the list has {last} pages of {size} rows")
    return Page(rows, last=last, total=total)


def _divisible(params: Params) -> bool:
    """Whether a smaller window would ask for fewer days: one day is asked for with a day on either side."""
    first, last = params.get("date_from"), params.get("date_to")
    return bool(first and last) and (date.fromisoformat(str(last)) - date.fromisoformat(str(first))).days > 2


def _range(days: tuple[date, date] | None) -> dict[str, str]:
    return {} if days is None else {"date_from": days[0].isoformat(), "date_to": days[1].isoformat()}


def _visited(company: Row, days: tuple[date, date]) -> bool:
    """Whether its first and last visit leave room for one in these days; True when unknown."""
    first, last = moment_of(company.get("first_seen")), moment_of(company.get("last_seen"))
    return (last is None or last.date() >= days[0] - timedelta(days=1)) and (
        first is None or first.date() <= days[1] + timedelta(days=1)
    )


def _days_of(company: Row, days: tuple[date, date]) -> list[date]:
    """The days on which the company can have visited, a day wider than its own times: the vendor's zone is open."""
    first, last = moment_of(company.get("first_seen")), moment_of(company.get("last_seen"))
    start = max(days[0], first.date() - timedelta(days=1)) if first else days[0]
    end = min(days[1], last.date() + timedelta(days=1)) if last else days[1]
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
