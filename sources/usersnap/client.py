"""How Usersnap authenticates, pages and answers.

Lists of feedback are keyed by a project's id, its assignees by its widget key. A list ends where `has_more` is false;
`next` may be there even so. The cursor is the id of the last row, found again in an order that may have changed.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sources.errors import ContractBroken, ScopeGone, VendorRefused
from sources.http.answers import Answer, Json
from sources.http.client import Client
from sources.rows.table import Completeness, Row
from sources.rows.values import text_of
from sources.usersnap.settings import PAGE_SIZE, SITE_GONE
from sources.walks.cursors import CursorPage, CursorWalk, StaleCursor
from sources.walks.listing import Pages, listed
from sources.walks.pages import count_of

FEEDBACKS = "/projects/{project_id}/feedbacks/filter"
ASSIGNEES = "/projects/{api_key}/assignees"


@dataclass
class Usersnap:
    """Reads projects, feedback and assignees. `keys` maps a project's id to its widget key, once projects were read."""

    client: Client
    chosen: tuple[str, ...] = ()
    keys: dict[str, str] = field(default_factory=dict)

    @listed
    def projects(self) -> Pages:
        """All projects.

        No paging is declared for this list, but it may say that there are more: then they are asked for as everywhere
        else, and where that brings nothing new, the walk says what is missing.
        """
        seen: set[Hashable] = set()
        cursor: Hashable | None = None
        followed: set[Hashable] = set()
        count: int | None = None
        while True:
            after = {} if cursor is None else {"after": str(cursor)}
            page = self._page(self._ask("/projects", None, after), "projects", "project_id")
            count = page.total if count is None else count
            ids = {_id(row, "project_id") for row in page.rows}
            if ids and ids <= seen:
                break
            seen |= ids
            for row in page.rows:
                self.keys |= _keys_of(row)
            yield page.rows
            if page.next is None or page.next in followed:
                break
            cursor = page.next
            followed.add(cursor)
        return [Completeness("projects", "", count, len(seen))]

    @listed
    def created(self, project: str, start: datetime, end: datetime | None) -> Pages:
        """Feedback created in the stretch, oldest first: an order that does not change under the walk."""
        query = [_created("gte", start)] + ([_created("lt", end)] if end else [])
        walk = self._feedbacks(project, query, "created_at", "asc")
        yield from walk
        return [Completeness("feedbacks", project, walk.total, len(walk.keys))]

    def changed(self, project: str, since: datetime) -> CursorWalk:
        """Feedback created since then, last changed first; the caller decides where to stop."""
        return self._feedbacks(project, [_created("gte", since)], "updated_at", "desc")

    def assignees(self, project: str) -> Sequence[Row]:
        """Users whom feedback of a project can be assigned to. Raises ScopeGone."""
        if project not in self.keys:
            for _ in self.projects():
                pass
        if project not in self.keys:
            raise ScopeGone(f"project {project} is not listed any more")
        path = ASSIGNEES.format(api_key=quote(self.keys[project], safe=""))
        answer = self._ask(path, None, {}, route=ASSIGNEES)
        return _rows(answer, self.client.vendor, "users")

    def _feedbacks(self, project: str, query: list[Row], order: str, direction: str) -> CursorWalk:
        path = FEEDBACKS.format(project_id=quote(project, safe=""))
        body = {"query": query, "order_by": {"order_by_type": order, "direction": direction}}

        def fetch(cursor: Hashable | None) -> CursorPage:
            after = {} if cursor is None else {"after": str(cursor)}
            try:
                return self._page(self._ask(path, body, after, route=FEEDBACKS), "feedbacks", "feedback_id")
            except VendorRefused as refusal:
                # the row that the cursor names went away
                if cursor is not None and refusal.status in (400, 404):
                    raise StaleCursor(f"the cursor was refused ({refusal.status})") from refusal
                raise

        return CursorWalk(fetch, lambda row: _id(row, "feedback_id"), f"{self.client.vendor} {path}")

    def _ask(self, path: str, body: Json, after: dict[str, str], *, route: str | None = None) -> Answer:
        """One request; a project that is gone is ScopeGone, an error in a 200 is a refusal."""
        params: dict[str, str | int] = dict(after) if route == ASSIGNEES else {"limit": PAGE_SIZE, **after}
        try:
            if body is None:
                answer = self.client.get(path, params, route=route)
            else:
                answer = self.client.search(path, body, params, route=route)
        except VendorRefused as refusal:
            missing = refusal.status == 404 and "after" not in params
            if route is not None and (SITE_GONE in refusal.body or missing):
                raise ScopeGone(str(refusal)) from refusal
            raise
        if isinstance(answer.body, dict) and answer.body.get("status") is False:
            words = self.client.redact(f"{answer.body.get('errortype')}: {answer.body.get('msg')}")
            if answer.body.get("errortype") == SITE_GONE:
                raise ScopeGone(words)
            raise VendorRefused(
                f"{self.client.vendor} {answer.path} refused with {words}", status=400, path=answer.path, body=words
            )
        return answer

    def _page(self, answer: Answer, name: str, key: str) -> CursorPage:
        data = _data(answer, self.client.vendor)
        rows = _rows(answer, self.client.vendor, name)
        more = data.get("has_more")
        if not isinstance(more, bool):
            raise ContractBroken(
                f"{self.client.vendor} {answer.path}: `has_more` is neither true nor false, so the end of the list is"
                " not known. This form of the API is not known."
            )
        following = (_id(rows[-1], key) if rows else _named_next(data)) if more else None
        return CursorPage(rows, following, count_of(data.get("count")), more=more)


def _data(answer: Answer, vendor: str) -> Row:
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(data, dict):
        raise ContractBroken(f"{vendor} {answer.path}: the answer has no object `data`. This form is not known.")
    return data


def _rows(answer: Answer, vendor: str, name: str) -> list[Any]:
    rows = _data(answer, vendor).get(name)
    if not isinstance(rows, list):
        raise ContractBroken(f"{vendor} {answer.path}: the answer has no list `{name}`. This form is not known.")
    return rows


def _named_next(data: Row) -> Hashable | None:
    """The cursor of the next page as the answer names it, where no row tells."""
    named = data.get("next")
    after = named.get("after") if isinstance(named, dict) else None
    return after if isinstance(after, (str, int)) and after != "" else None


def _id(row: Any, key: str) -> Hashable:
    found = row.get(key) if isinstance(row, dict) else None
    return found if isinstance(found, (str, int)) else repr(row)


def _keys_of(row: Any) -> dict[str, str]:
    """The row's project with its widget key; nothing where it lacks one."""
    try:
        project, key = (text_of(row[name]) for name in ("project_id", "api_key"))
    except (ValueError, TypeError, KeyError):
        return {}
    return {project: key} if project and key else {}


def _created(operator: str, moment: datetime) -> Row:
    """A condition on the time of creation, in whole seconds as all samples have it, so never too late."""
    value = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"filter_type": "created_at", "operator": operator, "value": value}
