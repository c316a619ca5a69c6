"""Usersnap on loopback: the eight operations of its REST API (sheet usersnap.md).

Lists are keyed by `project_id`, what the widget uses by the project's `api_key`. A cursor is the id of a feedback,
found again in an order that may have changed meanwhile.
"""

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, ClassVar

from sandbox.http.server import json_body
from sandbox.http.vendor import Answer, Refusal, Request, Row, Vendor, bearer, route
from sandbox.usersnap.filter import BadFilter, FeedbackFilter, parse_filter, parse_instant
from sandbox.usersnap.rows import Projects, assignee_rows, feedback_row, metric_rows, project_row
from sandbox.usersnap.switches import SWITCHES
from sandbox.usersnap.token import BadToken, TokenRules, check_token
from sandbox.world.world import World

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
PROJECTS_PER_PAGE = 3
SKEWS = {"exact": 0, "slow": -600, "fast": 900}


class Usersnap(Vendor):
    """One company account.

    It has two planned shifts of its own, for the feedback lists: how="touch" changes the row that the request has as
    cursor (else the one that was changed longest ago), so that it jumps to the head of `updated_at`; how="vanish"
    deletes the cursor row.
    """

    name = "usersnap"
    root = "/v0.1"
    limit = "120/minute"  # none is published; this is the courtesy that the sheet's section 8 leads to
    secrets: ClassVar = {
        "USERSNAP_JWT_ID": "fake-usersnap-jwt-id",
        "USERSNAP_JWT_SECRET": "fake-usersnap-secret-of-the-sandbox-long-enough-for-every-hmac-algorithm",
    }
    keys: ClassVar = {"projects": "project_id", "feedbacks": "feedback_id", "assignees": "user_id"}
    switches = SWITCHES

    def __init__(self, world: World, secrets: Mapping[str, str], switches: Mapping[str, str]) -> None:
        super().__init__(world, secrets, switches)
        self.projects = Projects(world)

    # what it holds

    def project(self, entity: str) -> dict[str, list[Row]]:
        """`projects` in scope "", `feedbacks` and `assignees` by project id."""
        there = [each for each in self.projects.all if not self._gone(each.id)]
        if entity == "feedbacks":
            found = self.projects.feedback()
            return {each.id: [feedback_row(self.world, each, one) for one in found[each.id]] for each in there}
        if entity == "assignees":
            return {each.id: assignee_rows(self.world, each) for each in there}
        rows = [
            project_row(self.world, each, self.rows("feedbacks", each.id), self.choice)
            for each in self.projects.all
            if not (self._gone(each.id) and self.on("gone_project") == "unlisted")
        ]
        hidden = self.on("archived_projects") == "hidden"
        return {"": [row for row in rows if not (hidden and row["archived_at"])]}

    def _gone(self, project_id: str) -> bool:
        return self.on("gone_project") != "none" and project_id == self.projects.quiet.id

    # who may ask

    def authorise(self, request: Request) -> Answer | None:
        """A JWT of this account; what the widget uses also answers without one, but not to a wrong one."""
        request.token = self.secret["USERSNAP_JWT_ID"]
        if "{api_key}" in request.route and "authorization" not in request.headers:
            return None
        age = self.on("max_age")
        rules = TokenRules(
            leeway=float(self.on("iat_leeway")),
            required=("iat", "exp") if self.on("claims") == "required" else (),
            max_age=None if age == "any" else float(age),
        )
        try:
            check_token(
                bearer(request),
                key_id=self.secret["USERSNAP_JWT_ID"],
                secret=self.secret["USERSNAP_JWT_SECRET"],
                now=self._clock(),
                rules=rules,
            )
        except BadToken:
            answer = error(401, "Authorization failed", "WRONG_AUTH")
            answer.headers.update(self.budget_headers(0, 0))
            return answer
        if self.on("plan") == "without_api":
            return error(403, "Feature not available", "FEATURE_NOT_AVAILABLE")
        return None

    def _clock(self) -> float:
        # tokens are a matter of the real time, not of the world's; a frozen world must not freeze their ageing
        return time.time() + SKEWS[self.on("clock")]

    def budget_headers(self, limit: int, remaining: int) -> dict[str, str]:
        """No rate header is known; the server's own time is sent, as any web server does."""
        return {"Date": formatdate(self._clock(), usegmt=True)}

    def retry_after(self, wait: float) -> int | None:
        """Stated or not, by switch: nothing is published about limits."""
        return super().retry_after(wait) if self.on("retry_after") == "seconds" else None

    def limited(self, wait: int | None) -> Answer:
        """429 [assumed]."""
        answer = error(429, "Too many requests", "TOO_MANY_REQUESTS")
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def failed(self, status: int) -> Answer:
        """Paths and methods that do not exist, and faults of the server, in the vendor's envelope [assumed]."""
        words = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
        return error(status, "Request failed", words.get(status, "INTERNAL_ERROR"))

    # what it answers

    @route("GET", "/projects")
    def list_projects(self, request: Request) -> Answer:
        """All projects; by switch in pages of three with `limit` and `after=<project_id>` (sheet, section 5)."""
        rows = self.listing(request, "projects", self.rows("projects"))
        total, more = len(rows), False
        if self.on("projects_list") == "paged":
            ids = [row["project_id"] for row in rows]
            after = request.arg("after")
            rows = rows[ids.index(after) + 1 :] if after in ids else rows
            size = min(self._limit(request), PROJECTS_PER_PAGE)
            rows, more = rows[:size], len(rows) > size
        return success({"has_more": more, "count": total, "projects": rows})

    @route("GET", "/projects/{project_id}/feedbacks")
    def list_feedbacks(self, request: Request) -> Answer:
        """A page of the project's feedback, last changed first."""
        return self._page(request, FeedbackFilter())

    @route("POST", "/projects/{project_id}/feedbacks/filter", allowed=True)
    def filter_feedbacks(self, request: Request) -> Answer:
        """A page of what passes the body's filter, in the body's order."""
        return self._page(request, self._filter(request))

    @route("GET", "/projects/{project_id}/feedbacks/count")
    def count_feedbacks(self, request: Request) -> Answer:
        """How many feedbacks the project has."""
        return success({"total_count": len(self._feedbacks(request))})

    @route("POST", "/projects/{project_id}/feedbacks/filter/count", allowed=True)
    def count_filtered(self, request: Request) -> Answer:
        """How many feedbacks pass the body's filter."""
        wanted, rows = self._filter(request), self._feedbacks(request)
        return success({"total_count": sum(passes(wanted, row) for row in rows)})

    @route("GET", "/projects/{api_key}/assignees")
    def list_assignees(self, request: Request) -> Answer:
        """Users to whom feedback of the project can be assigned."""
        return success({"users": self.rows("assignees", self._project_of_key(request))})

    @route("GET", "/projects/{api_key}/metrics")
    def list_metrics(self, request: Request) -> Answer:
        """Which fields the project collects."""
        self._project_of_key(request)
        return success({"metrics": metric_rows()})

    @route("POST", "/projects/{api_key}/feedbacks")
    def submit(self, request: Request) -> Answer:
        """Answers like the vendor and keeps nothing: a client that reads must not come here."""
        self._project_of_key(request)
        return Answer(
            201, {"status": True, "data": {"feedback": {"feedback_id": "caf0bb21-0000-4000-8000-000000000000"}}}
        )

    # how lists work

    def _page(self, request: Request, wanted: FeedbackFilter) -> Answer:
        self._shift(request)
        limit, after, before = self._limit(request), request.arg("after"), request.arg("before")
        if after and before:
            raise Refusal(bad_request("after and before exclude each other"))
        everything = sorted(
            self._feedbacks(request),
            key=lambda row: (row.get(wanted.order_by) or "", row["feedback_id"]),
            reverse=wanted.descending,
        )
        rows = self.listing(request, "feedbacks", [row for row in everything if passes(wanted, row)])
        total = len(rows)
        cursor = after or before
        places = {row["feedback_id"]: place for place, row in enumerate(everything)}
        if cursor is not None and cursor not in places:
            if self.on("vanished_cursor") == "400":
                raise Refusal(error(400, "Feedback does not exist", "FEEDBACK_NOT_FOUND", {"feedback_id": cursor}))
            after = before = None
        if before is not None:
            rows = [row for row in rows if places[row["feedback_id"]] < places[before]]
            rows, more = rows[-limit:], len(rows) > limit
        else:
            rows = [row for row in rows if after is None or places[row["feedback_id"]] > places[after]]
            rows, more = rows[:limit], len(rows) > limit
        data: dict[str, Any] = {"has_more": more, "count": total, "feedbacks": rows}
        if rows and (self.on("next") == "filled" or (self.on("next") == "when_more" and more)):
            data["next"] = link(limit, "after", rows[-1]["feedback_id"])
        if rows and self.on("previous") == "present":
            data["previous"] = link(limit, "before", rows[0]["feedback_id"])
        return success(data)

    def _limit(self, request: Request) -> int:
        text = request.arg("limit")
        if text is None:
            return DEFAULT_LIMIT
        if not text.isdecimal() or int(text) < 1:
            raise Refusal(bad_request("limit must be a number from 1 to 100"))
        if int(text) > MAX_LIMIT and self.on("over_limit") == "400":
            raise Refusal(bad_request("limit must be a number from 1 to 100"))
        return min(int(text), MAX_LIMIT)

    def _filter(self, request: Request) -> FeedbackFilter:
        try:
            return parse_filter(json_body(request), fractions=self.on("fractional_seconds") == "accepted")
        except BadFilter as refused:
            raise Refusal(bad_request(str(refused))) from None
        except ValueError:
            raise Refusal(bad_request("the body is not JSON")) from None

    def _feedbacks(self, request: Request) -> list[Row]:
        scopes, project_id = self.scoped("feedbacks"), request.params["project_id"]
        if project_id not in scopes:
            raise Refusal(self._unknown_site(project_id))
        return scopes[project_id]

    def _project_of_key(self, request: Request) -> str:
        for each in self.projects.all:
            if each.api_key == request.params["api_key"] and not self._gone(each.id):
                return each.id
        raise Refusal(self._unknown_site(request.params["api_key"]))

    def _unknown_site(self, site_id: str) -> Answer:
        return error(int(self.on("site_not_found")), "Site does not exist", "SITE_NOT_FOUND", {"site_id": site_id})

    def _shift(self, request: Request) -> None:
        if not request.planned.startswith("shift:"):
            return
        cursor = request.arg("after") or request.arg("before")
        if request.planned == "shift:vanish" and cursor:
            self.remove("feedbacks", cursor)
        rows = sorted(self._feedbacks(request), key=lambda row: str(row["updated_at"]))
        if request.planned == "shift:touch" and rows:
            self.world.feedback[cursor or rows[0]["feedback_id"]].updated_at = self.world.now
            self.refresh()


def passes(wanted: FeedbackFilter, row: Row) -> bool:
    """Whether a row of the API passes a filter; ratings are not on the row, so a filter on one passes none."""
    if not wanted.conditions:
        return True
    return wanted.passes(
        {
            "assignee": row["assignee_id"],
            "created_at": parse_instant(row["created_at"]),
            "email": row["email"],
            "feedback_number": row["feedback_number"],
            "state": row["status_type"],
        }
    )


def link(limit: int, side: str, feedback_id: str) -> Row:
    """The `next` or `previous` object of a list."""
    return {"query_string": f"limit={limit}&{side}={feedback_id}", "limit": limit, side: feedback_id}


def success(data: Row) -> Answer:
    """200 in the vendor's envelope."""
    return Answer(200, {"status": True, "data": data})


def error(status: int, text: str, word: str, data: Row | None = None) -> Answer:
    """An error in the vendor's envelope (sheet, section 4)."""
    return Answer(status, {"status": False, "msg": text, "errortype": word, "errordata": data or {}})


def bad_request(text: str) -> Answer:
    """400 for a parameter or a body; the word is [assumed]."""
    return error(400, text, "WRONG_PARAMETER")
