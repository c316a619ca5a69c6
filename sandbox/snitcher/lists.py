"""Snitcher's rows, refusals, pages and days: what its routes have in common."""

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sandbox.http.vendor import Answer, Refusal, Request, Row, Vendor, bearer, page_of
from sandbox.snitcher.filter import invalid
from sandbox.snitcher.rows import CUSTOM_FIELDS, contact_row, organisation_row, session_row, workspace_row
from sandbox.snitcher.switches import SWITCHES
from sandbox.world.model import Visit

LARGEST = 1000
FIXED = 15


class SnitcherLists(Vendor):
    """Scopes are workspaces."""

    name = "snitcher"
    root = "/v1"
    limit = "60/minute"
    secrets: ClassVar = {"SNITCHER_API_TOKEN": "fake-snitcher-token"}
    keys: ClassVar = {"workspaces": "uuid", "organisations": "uuid", "sessions": "uuid", "segments": "uuid",
                      "custom_fields": "key", "contacts": "uuid"}  # fmt: skip
    switches: ClassVar = SWITCHES

    # rows

    def project(self, entity: str) -> dict[str, list[Row]]:
        """Rows per workspace; workspaces themselves have the scope ""."""
        if entity == "workspaces":
            return {"": [workspace_row(site, self.world) for site in self.world.sites]}
        return {site.workspace: self._rows_of(entity, site.workspace) for site in self.world.sites}

    def _rows_of(self, entity: str, workspace: str) -> list[Row]:
        world = self.world
        match entity:
            case "sessions":
                views_only = self.on("events") == "views_only"
                return [session_row(visit, views_only=views_only) for visit in self._visits(workspace)]
            case "organisations":
                return [
                    organisation_row(world.organisations[uuid], visits, world)
                    for uuid, visits in self._by_company(workspace).items()
                    if world.organisations[uuid].listed
                ]
            case "segments":
                return [{"uuid": uuid, "name": name} for uuid, name in world.reference.segments.items()]
            case "custom_fields":
                return CUSTOM_FIELDS
            case "contacts":
                return [contact_row(f"con-{person.key}", person.first, person.last) for person in world.people.values()]
        raise ValueError(f"snitcher has no {entity}; it has {', '.join(self.keys)}")

    def _visits(self, workspace: str) -> list[Visit]:
        """Visits of a workspace that Snitcher shows, in the order of its lists."""

        def make() -> list[Visit]:
            site = next(each.key for each in self.world.sites if each.workspace == workspace)
            shown = [each for each in self.world.visible_visits() if each.session_id and each.site == site]
            newest = self.on("sort") == "newest"
            return sorted(shown, key=lambda each: (each.started_at, each.session_id), reverse=newest)

        return self.kept(("visits", workspace), make)

    def _by_company(self, workspace: str) -> dict[str, list[Visit]]:
        """Organisation -> its visits, in the order of the organisations' list: by their last or first visit."""

        def make() -> dict[str, list[Visit]]:
            found: dict[str, list[Visit]] = {}
            for visit in self._visits(workspace):
                if visit.organisation:
                    found.setdefault(visit.organisation, []).append(visit)
            return found

        return self.kept(("companies", workspace), make)

    # refusals

    def authorise(self, request: Request) -> Answer | None:
        """Section 1: Bearer; without `Accept: application/json` an auth failure is Laravel's redirect to its login."""
        request.token = bearer(request)
        if request.token == self.secret["SNITCHER_API_TOKEN"]:
            return None
        if "json" not in request.headers.get("accept", ""):
            return Answer(302, "<html>Redirecting to /login</html>", {"Location": "/login"}, "text/html")
        if self.on("auth_refusal") == "403":
            return Answer(403, {"success": False, "message": "Access denied"})
        return Answer(401, {"message": "Unauthenticated."})

    def limited(self, wait: int | None) -> Answer:
        """Section 7."""
        return Answer(429, {"message": "Too Many Attempts."}, {} if wait is None else {"Retry-After": str(wait)})

    def retry_after(self, wait: float) -> int | None:
        """Section 7: the header is Laravel's habit, and in no source."""
        return super().retry_after(wait) if self.on("retry_after") == "header" else None

    def failed(self, status: int) -> Answer:
        """Section 7: an object with `message`."""
        messages = {404: "Not Found.", 405: "The method is not supported for this route.", 500: "Server Error",
                    503: "Service Unavailable"}  # fmt: skip
        return Answer(status, {"message": messages.get(status, "Error")})

    def budget_headers(self, limit: int, remaining: int) -> dict[str, str]:
        """Section 7: only when switched on."""
        if self.on("rate_headers") == "none":
            return {}
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}

    def _workspace(self, request: Request) -> str:
        """The workspace of the path; 404 when there is none, 403 when the token may not see it."""
        uuids = [site.workspace for site in self.world.sites]
        workspace = request.params["ws"]
        if workspace not in uuids:
            raise Refusal(Answer(404, {"message": "No query results for model [App\\Models\\Workspace]."}))
        if {"first": 0, "second": 1}.get(self.on("forbidden"), -1) == uuids.index(workspace):
            raise Refusal(Answer(403, {"success": False, "message": "Access denied"}))
        return workspace

    def _organisation(self, request: Request) -> tuple[str, Row]:
        workspace = self._workspace(request)
        for row in self.rows("organisations", workspace):
            if row["uuid"] == request.params["org"]:
                return workspace, row
        raise Refusal(Answer(404, {"message": "No query results for model [App\\Models\\Organisation]."}))

    # pages and days

    def _size(self, request: Request) -> int:
        """Section 3: `size` 1 to 1000, or the introduction page's `per_page`."""
        introduction = self.on("form") == "introduction"
        name, default, most = ("per_page", 25, 100) if introduction else ("size", FIXED, LARGEST)
        asked = request.arg(name) or str(default)
        if not asked.isdigit() or not 1 <= int(asked) <= most:
            raise invalid(name, f"The {name} must be between 1 and {most}.")
        return FIXED if self.on("page_size") == "fixed" else int(asked)

    def _page(self, request: Request, entity: str, rows: list[Row]) -> Answer:
        """Section 4: a top-level paginator, or the introduction page's `data` alone. What is no page number is 1."""
        rows = self.listing(request, entity, rows)
        size = self._size(request)
        asked = request.arg("page") or "1"
        number = max(1, int(asked)) if asked.isdigit() else 1
        data = page_of(rows, number, size)
        if self.on("form") == "introduction":
            return Answer(200, {"data": data})
        last = max(1, -(-len(rows) // size))
        path = f"http://{request.headers.get('host', 'localhost')}{request.path}"
        kept = [(name, value) for name, values in request.query.items() if name != "page" for value in values]

        def url(page: int) -> str | None:
            query = urlencode([*(kept if self.on("next_page_url") == "kept" else []), ("page", page)])
            return f"{path}?{query}" if 1 <= page <= last else None

        return Answer(200, {
            "success": True, "current_page": number, "last_page": last, "per_page": size, "total": len(rows),
            "from": (number - 1) * size + 1 if data else None, "to": (number - 1) * size + len(data) if data else None,
            "first_page_url": url(1), "last_page_url": url(last), "next_page_url": url(number + 1),
            "prev_page_url": url(number - 1), "path": path, "data": data,
        })  # fmt: skip

    def _window(self, request: Request) -> tuple[datetime, datetime] | None:
        """Section 3: the instants that `date`, or `date_from` and `date_to`, mean; None without any of them."""
        days = {name: _day(name, request.arg(name)) for name in ("date", "date_from", "date_to")}
        zone = ZoneInfo(self.on("day_zone"))
        first, last = days["date_from"], days["date_to"]
        if days["date"]:
            if first or last:
                raise invalid("date", "The date field prohibits date_from and date_to from being present.")
            first = last = days["date"]
        if first is None:
            if last:
                raise invalid("date_from", "The date_from field is required.")
            return None
        last = last or self.world.now.astimezone(zone).date()
        if last < first:
            raise invalid("date_to", "The date_to must be a date after or equal to date_from.")
        start = datetime.combine(first, time(), zone).astimezone(UTC)
        return start, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)

    def _within(self, visit: Visit, window: tuple[datetime, datetime]) -> bool:
        match self.on("day_selects"):
            case "started":
                return window[0] <= visit.started_at < window[1]
            case "ended":
                return window[0] <= visit.ended_at < window[1]
        return visit.started_at < window[1] and visit.ended_at >= window[0]


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-02") else date.fromisoformat("")
    except ValueError:
        raise invalid(name, f"The {name} does not match the format Y-m-d.") from None
