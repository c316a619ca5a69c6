"""Smartlook on loopback: the routes of two projects with a token each (sheet smartlook.md).

Routes are written with their version; a path without one means the latest, which for the visitor search is v2.
"""

from sandbox.http.server import json_body
from sandbox.http.vendor import Answer, Request, Row, route
from sandbox.smartlook.account import SmartlookAccount
from sandbox.smartlook.funnels import definition_numbers, event_counts, funnel_numbers, steps_reached
from sandbox.smartlook.search import SESSIONS, VISITORS_V1, VISITORS_V2, BadSearch, Grammar, facts_of, parse_search

EVENT_TYPES = ("click", "url", "error", "rage_click", "custom", "focus", "text")
COUNTERS = ("numberOfVisits", "numberOfSessions", "numberOfEvents")
SORT_FIELDS = {"timeStart": "startedAt", "timeCreate": "firstSeen", "timeUpdate": "lastSeen"}


class Smartlook(SmartlookAccount):
    """Every route of the sheet's section 3 that a client may want; those that delete answer and do nothing."""

    # the project itself

    @route("GET", "/v1.0/status", public=True)
    def status(self, request: Request) -> Answer:
        """Whether the API is up; needs no token."""
        return Answer(200, {"ok": True, "version": "1.0.1"})

    @route("GET", "/api/v1/me")
    def me(self, request: Request) -> Answer:
        """Which project the token belongs to."""
        project = self.project_of(request)
        name = next(site.name for site in self.world.sites if site.smartlook_project == project)
        organisation = {"organizationId": "org_1", "organizationName": "Sandbox"}
        return Answer(200, {**organisation, "projectId": project, "projectName": name})

    @route("GET", "/api/v1/statistics")
    def statistics(self, request: Request) -> Answer:
        """Requests of the project so far; the form of the endpoints' names is ours."""
        usage = self.usage[self.project_of(request)]
        return Answer(200, {"projectUsage": usage.total(), "endpointsUsage": dict(usage)})

    # searches

    @route("POST", "/api/v1/sessions/search", allowed=True)
    def search_sessions(self, request: Request) -> Answer:
        """Sessions, whole (sheet, section 4)."""
        rows, pages = self._search(request, "sessions", SESSIONS)
        return Answer(200, {"totalSessionsCount": len(rows), **pages})

    @route("POST", "/api/v1/visitors/search", allowed=True)
    def search_visitors_v1(self, request: Request) -> Answer:
        """Visitors with their counters; no sort, an operator may be left out."""
        rows, pages = self._search(request, "visitors", VISITORS_V1)
        sessions = sum(row["numberOfSessions"] for row in rows)
        return Answer(200, {"totalVisitorsCount": len(rows), "totalSessionsCount": sessions, **pages})

    @route("POST", "/api/v2/visitors/search", allowed=True)
    def search_visitors(self, request: Request) -> Answer:
        """Visitors without counters."""
        rows, pages = self._search(request, "visitors", VISITORS_V2)
        pages["visitors"] = [{name: row[name] for name in row if name not in COUNTERS} for row in pages["visitors"]]
        return Answer(200, {"totalVisitorsCount": len(rows), **pages})

    def _search(self, request: Request, entity: str, grammar: Grammar) -> tuple[list[Row], Row]:
        try:
            wanted = parse_search(json_body(request), grammar, empty_filters=self.on("empty_filters") == "accepted")
        except BadSearch as refused:
            raise self.refusal(400, str(refused)) from None
        except ValueError:
            raise self.refusal(400, "the body is not JSON") from None
        project, rules = self.project_of(request), self.day_rules()
        sort = SORT_FIELDS[wanted.sort or ("timeStart" if entity == "sessions" else "timeCreate")]
        descending = wanted.descending or (
            entity == "sessions" and wanted.sort is None and self.on("session_order") == "desc"
        )
        sessions = self.by_visitor("sessions", project) if entity == "visitors" else {}

        def find() -> list[Row]:
            rows = [row for row in self.rows(entity, project) if wanted.passes(facts_of(row, sessions), rules)]
            return sorted(rows, key=lambda row: (row[sort], row["id"]), reverse=descending)

        return self.pages(request, entity, find, entity, backwards=False)

    # lists and details

    @route("GET", "/api/v1/events")
    def list_events(self, request: Request) -> Answer:
        """Event definitions, by category if asked."""
        category = request.arg("categoryId")

        def find() -> list[Row]:
            rows = self.rows("events", self.project_of(request))
            return [row for row in rows if category in (None, row["categoryId"])]

        rows, pages = self.pages(request, "events", find, "events")
        return Answer(200, {"totalCount": len(rows), **pages})

    @route("GET", "/api/v1/events/{event_id}")
    def one_event(self, request: Request) -> Answer:
        """A definition with its numbers in a window."""
        row, window = self.one(request, "events", "event_id"), self.window(request, required=True)
        occurrences = self.rows("visitor_events", self.project_of(request))
        return Answer(200, {"event": {**row, **definition_numbers(row, occurrences, window)}})

    @route("GET", "/api/v1/events/{event_id}/visitors")
    def event_visitors(self, request: Request) -> Answer:
        """Visitors first seen in the window who did the event at any time."""
        project, row = self.project_of(request), self.one(request, "events", "event_id")
        window = self.window(request, required=True)
        done = event_counts(row["name"], self.rows("visitor_events", project))
        rows = [
            {**each, "eventMatchedCount": done[each["id"]], "_links": {"visitor": f"/api/v1/visitors/{each['id']}"}}
            for each in self.rows("visitors", project)
            if done[each["id"]] and window.holds(each["firstSeen"])
        ]
        return Answer(200, {"visitors": rows})

    @route("GET", "/api/v1/funnels")
    def list_funnels(self, request: Request) -> Answer:
        """Funnel definitions."""
        rows, pages = self.pages(request, "funnels", lambda: self.rows("funnels", self.project_of(request)), "funnels")
        return Answer(200, {"totalCount": len(rows), **pages})

    @route("GET", "/api/v1/funnels/{funnel_id}")
    def one_funnel(self, request: Request) -> Answer:
        """A funnel's numbers in a window, computed asynchronously: two asks are in vain."""
        project, row = self.project_of(request), self.one(request, "funnels", "funnel_id")
        window = self.window(request, required=True)
        ask = (project, row["id"], *(str(request.arg(name)) for name in ("dateFrom", "dateTo")))
        self.asks[ask] += 1
        waits = request.arg("waitForFinish") == "true" and self.on("wait_for_finish") == "honoured"
        kind = self.on("funnel")
        finished = kind == "ready" or (kind != "stuck" and (waits or self.asks[ask] > 2))
        progress = 1.0 if finished else min(0.4 * self.asks[ask], 0.9)
        computation: Row = {"isFinished": finished, "finishedProgress": progress}
        if not finished:
            computation["nextAttemptDelay"] = 50
        numbers = funnel_numbers(
            row, self.rows("visitor_events", project) if finished else [], window, self.world.since
        )
        status = 202 if kind == "status_202" and not finished else 200
        return Answer(status, {"computation": computation, "funnel": numbers})

    @route("GET", "/api/v1/funnels/{funnel_id}/visitors/drop-off")
    def funnel_visitors(self, request: Request) -> Answer:
        """Ids of the visitors who took a step, or who stopped before it."""
        row, window = self.one(request, "funnels", "funnel_id"), self.window(request, required=True)
        step, success = request.arg("step") or "", request.arg("success")
        if not step.isdecimal() or not 1 <= int(step) <= len(row["events"]) or success not in ("true", "false"):
            raise self.refusal(400, "step and success are required")
        reached = steps_reached(row, self.rows("visitor_events", self.project_of(request)), window)
        here = reached[int(step) - 1]
        before = reached[int(step) - 2] if int(step) > 1 else here
        found = sorted(here if success == "true" else before - here)
        return Answer(200, {"visitors": found, "totalVisitorsCount": len(found)})

    @route("GET", "/api/v1/visitors/{visitor_id}")
    def one_visitor(self, request: Request) -> Answer:
        """A visitor with counters."""
        return Answer(200, {"visitor": self.one(request, "visitors", "visitor_id")})

    @route("GET", "/api/v1/visitors/{visitor_id}/sessions")
    def visitor_sessions(self, request: Request) -> Answer:
        """A visitor's sessions, oldest first; the grammar of `sort` is unknown, so it is ignored."""
        visitor = self.one(request, "visitors", "visitor_id")
        sessions = self.by_visitor("sessions", self.project_of(request)).get(visitor["id"], [])
        rows, pages = self.pages(
            request, "sessions", lambda: sorted(sessions, key=lambda row: str(row["startedAt"])), "sessions"
        )
        return Answer(200, {"totalCount": len(rows), **pages})

    @route("GET", "/api/v1/visitors/{visitor_id}/events")
    def visitor_events(self, request: Request) -> Answer:
        """A visitor's event occurrences, by window, types and session if asked; no total."""
        visitor, window = self.one(request, "visitors", "visitor_id"), self.window(request, required=False)
        types = (request.arg("eventTypes") or "").split(",") if request.arg("eventTypes") else []
        if unknown := sorted(set(types) - set(EVENT_TYPES)):
            raise self.refusal(400, f"unknown eventTypes {', '.join(unknown)}")
        session = request.arg("sessionId")

        def find() -> list[Row]:
            rows = self.by_visitor("visitor_events", self.project_of(request)).get(visitor["id"], [])
            fitting = [
                row
                for row in rows
                if window.holds(row["startedAt"])
                and (not types or row["type"] in types)
                and session in (None, row["sessionId"])
            ]
            descending = self.on("event_order") == "desc"
            return sorted(fitting, key=lambda row: (row["startedAt"], row["id"]), reverse=descending)

        return Answer(200, self.pages(request, "visitor_events", find, "events")[1])

    @route("GET", "/api/v1/sessions/{session_id}")
    def one_session(self, request: Request) -> Answer:
        """A session, without a wrapper."""
        return Answer(200, self.one(request, "sessions", "session_id"))

    @route("GET", "/api/v1/sessions/{session_id}/public-link")
    def public_link(self, request: Request) -> Answer:
        """A link that needs no login."""
        session = self.one(request, "sessions", "session_id")
        return Answer(200, {"publicLink": f"https://app.smartlook.com/public/{session['id']}"})

    @route("GET", "/api/v1/webhooks")
    def webhooks(self, request: Request) -> Answer:
        """A bare list, empty here."""
        return Answer(200, [])

    @route("DELETE", "/api/v1/visitors")
    @route("DELETE", "/api/v1/visitors/{visitor_id}")
    @route("DELETE", "/api/v1/events/{event_id}")
    def delete(self, request: Request) -> Answer:
        """Answers like the vendor and deletes nothing: the request itself is the violation."""
        return Answer(204) if "event_id" in request.params else Answer(200, {"deletedItems": 1})
