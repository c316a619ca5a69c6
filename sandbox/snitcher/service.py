"""Snitcher's REST API v1, from snitcher.md: workspaces, organisations, sessions with their events, segments."""

import json
from typing import Any

from sandbox.http.vendor import Answer, Request, Row, route
from sandbox.snitcher.filter import Facts, fits, invalid, parse
from sandbox.snitcher.lists import SnitcherLists
from sandbox.snitcher.rows import custom_value
from sandbox.world.model import Visit

WS = "/workspaces/{ws}"
ORG = WS + "/organisations/{org}"


class Snitcher(SnitcherLists):
    """The routes; by default in the form of the vendor's reference."""

    @route("GET", "/me")
    def me(self, request: Request) -> Answer:
        """Section 2: its fields are unknown."""
        return Answer(200, {"success": True, "data": {"uuid": "me-1", "email": "owner@lumenport.example"}})

    @route("GET", "/workspaces")
    def workspaces(self, request: Request) -> Answer:
        """Section 2."""
        return self._page(request, "workspaces", self.rows("workspaces"))

    @route("GET", WS)
    def workspace(self, request: Request) -> Answer:
        """Section 4: in `data`."""
        workspace = self._workspace(request)
        row = next(each for each in self.rows("workspaces") if each["uuid"] == workspace)
        return Answer(200, {"success": True, "data": row})

    @route("GET", WS + "/sessions")
    def sessions(self, request: Request) -> Answer:
        """Section 3: a day or a range is required."""
        if self.on("form") == "introduction":
            return self.failed(404)
        workspace = self._workspace(request)
        if self._window(request) is None:
            raise invalid("date", "The date field is required when date_from is not present.")
        return self._page(request, "sessions", self._selected(request, workspace, None))

    @route("GET", ORG + "/sessions")
    def company_sessions(self, request: Request) -> Answer:
        """Section 2, number 17: a day, a range, or all."""
        workspace, company = self._organisation(request)
        ranged = request.arg("date_from") or request.arg("date_to")
        if self.on("company_range") == "refused" and (ranged or not request.arg("date")):
            raise invalid("date", "The date field is required.")
        rows = self._selected(request, workspace, company["uuid"])
        if self.on("organisation_uuid") == "absent":
            rows = [{name: value for name, value in row.items() if name != "organisation_uuid"} for row in rows]
        return self._page(request, "sessions", rows)

    def _selected(self, request: Request, workspace: str, company: str | None) -> list[Row]:
        """Sessions that the request's filters let pass, in order."""
        window = self._window(request)
        url, referrer, segment = request.arg("url"), request.arg("referrer"), request.arg("segmentUuid")

        def make() -> list[Row]:
            visits = {each.session_id: each for each in self._visits(workspace)}
            rows = []
            for row in self.rows("sessions", workspace):
                visit = visits[row["uuid"]]
                if (
                    (company is None or visit.organisation == company)
                    and (window is None or self._within(visit, window))
                    and (url is None or any(url in each.url for each in visit.events))
                    and (referrer is None or referrer in (visit.referrer or ""))
                    and (segment is None or self._in_segment(visit.organisation, segment))
                ):
                    rows.append(row)
            return rows

        return self.kept(("selected", workspace, company, window, url, referrer, segment), make)

    def _in_segment(self, organisation: str | None, segment: str) -> bool:
        return organisation is not None and segment in self.world.organisations[organisation].segments

    @route("GET", WS + "/organisations")
    @route("POST", WS + "/organisations", allowed=True)
    def organisations(self, request: Request) -> Answer:
        """Sections 2, 3 and 6: companies that visited in the window; POST filters by its body."""
        workspace = self._workspace(request)
        window = self._window(request)
        name, segment = request.arg("name"), request.arg("segmentUuid")
        by_company = self._by_company(workspace)
        rows = [
            row
            for row in self.rows("organisations", workspace)
            if (window is None or any(self._within(visit, window) for visit in by_company[row["uuid"]]))
            and (name is None or name.lower() in (row["name"] or "").lower())
            and (segment is None or self._in_segment(row["uuid"], segment))
        ]
        if request.method == "POST":
            rows = self._filtered(request, rows, by_company)
        return self._page(request, "organisations", rows)

    def _filtered(self, request: Request, rows: list[Row], by_company: dict[str, list[Visit]]) -> list[Row]:
        try:
            body: Any = json.loads(request.body or b"{}")
        except ValueError:
            raise invalid("filters", "The body is no valid JSON.") from None
        if self.on("form") == "introduction":
            return self._flat(body, rows)
        group = parse(body)
        if group is None:
            return rows
        return [row for row in rows if fits(group, self._facts(row, by_company[row["uuid"]]), self.world.now)]

    def _flat(self, body: Any, rows: list[Row]) -> list[Row]:
        """The introduction page's own filter: a flat map of `industry` and `size`."""
        filters = body.get("filters", {}) if isinstance(body, dict) else None
        if not isinstance(filters, dict) or set(body) - {"filters"} or set(filters) - {"industry", "size"}:
            raise invalid("filters", "Invalid filter field")
        for name, want in filters.items():
            rows = [row for row in rows if row[name] in (want if isinstance(want, list) else [want])]
        return rows

    def _facts(self, row: Row, visits: list[Visit]) -> Facts:
        pages = [event for visit in visits for event in visit.events if event.kind == "pageview"]
        return Facts(row, {
            "last_seen": [max(visit.ended_at for visit in visits)],
            "first_seen": [min(visit.started_at for visit in visits)],
            "tag": row["tags"] or [None], "sessions": [len(visits)], "pageviews": [len(pages)],
            "time_on_site": [sum(event.time_on_page or 0 for event in pages)],
            "url": [event.url for event in pages] or [None], "referrer": [visit.referrer for visit in visits],
            "source": [None],
        })  # fmt: skip

    @route("GET", ORG)
    def organisation(self, request: Request) -> Answer:
        """Section 4: bare, or in `data`."""
        row = self._organisation(request)[1]
        return Answer(200, {"data": row} if self.on("envelope_single") == "data" else row)

    @route("GET", WS + "/segments")
    def segments(self, request: Request) -> Answer:
        """Section 4: presumably in `data`, without paging."""
        rows = self.rows("segments", self._workspace(request))
        match self.on("segments"):
            case "paginated":
                return self._page(request, "segments", rows)
            case "bare":
                return Answer(200, self.listing(request, "segments", rows))
        return Answer(200, {"success": True, "data": self.listing(request, "segments", rows)})

    @route("GET", WS + "/custom-fields")
    def custom_fields(self, request: Request) -> Answer:
        """Section 4: in `data`, without paging."""
        return Answer(200, {"success": True, "data": self.rows("custom_fields", self._workspace(request))})

    @route("GET", WS + "/custom-fields/{key}")
    def custom_field(self, request: Request) -> Answer:
        """Section 4: a bare object."""
        rows = self.rows("custom_fields", self._workspace(request))
        found = [row for row in rows if row["key"] == request.params["key"]]
        return Answer(200, found[0]) if found else self.failed(404)

    @route("GET", ORG + "/custom-fields")
    def custom_values(self, request: Request) -> Answer:
        """Section 2, number 24."""
        uuid = self._organisation(request)[1]["uuid"]
        return Answer(200, {"success": True, "data": custom_value(self.world.organisations[uuid])})

    @route("GET", WS + "/contacts")
    def contacts(self, request: Request) -> Answer:
        """Section 2, number 14: of one organisation or one domain."""
        workspace = self._workspace(request)
        uuid, domain = request.arg("organisation_uuid"), request.arg("domain")
        if not uuid and not domain:
            raise invalid("organisation_uuid", "The organisation uuid field is required when domain is not present.")
        employers = {
            key for key, company in self.world.companies.items()
            if domain in company.domains or any(uuid == each.uuid and each.company == key
                                                for each in self.world.organisations.values())
        }  # fmt: skip
        people = {f"con-{person.key}" for person in self.world.people.values() if person.company in employers}
        rows = [row for row in self.rows("contacts", workspace) if row["uuid"] in people]
        return self._page(request, "contacts", rows)

    @route("POST", "/workspaces")
    @route("PATCH", WS)
    @route("DELETE", WS)
    @route("POST", WS + "/users/invite")
    @route("POST", WS + "/tags")
    @route("POST", ORG + "/tags")
    @route("DELETE", ORG + "/tags")
    @route("PUT", WS + "/contacts/{contact}/reveal-email")
    @route("POST", WS + "/custom-fields")
    @route("PATCH", WS + "/custom-fields/{key}")
    @route("DELETE", WS + "/custom-fields/{key}")
    @route("PATCH", ORG + "/custom-fields")
    @route("PUT", ORG + "/custom-fields/{key}")
    @route("DELETE", ORG + "/custom-fields/{key}")
    def write(self, request: Request) -> Answer:
        """Section 2: the writes answer like the vendor and change nothing here; each of them is a violation."""
        return Answer(200, {"success": True, "message": "Done"})
