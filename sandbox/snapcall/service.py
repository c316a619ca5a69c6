"""SnapCall, from snapcall.md: calls, buttons, schedule templates and agents of the v2 API.

Its page documents no answer at all, so nearly everything here is a switch.
"""

import base64
from datetime import datetime
from typing import Any, ClassVar

from sandbox.http.vendor import Answer, Refusal, Request, Row, Vendor, bearer, page_of, route
from sandbox.snapcall.joi import REASONS, alternatives, boom, instant, invalid, number
from sandbox.snapcall.switches import SWITCHES
from sandbox.world.model import Call
from sandbox.world.text import millis_z

FIELDS = {"button": "bid"}
"""Filter -> the field that it tests, where the names differ."""


class SnapCall(Vendor):
    """The REST API v2. Every list has the scope ""."""

    name = "snapcall"
    root = "/v2"
    limit = "120/minute"
    secrets: ClassVar = {"SNAPCALL_API_KEY": "fake-snapcall-key"}
    keys: ClassVar = {"calls": "id", "buttons": "bid", "agents": "email", "schedule_templates": "id"}
    switches: ClassVar = SWITCHES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret.setdefault("SNAPCALL_API_SECRET", "")

    def env(self, base: str) -> dict[str, str]:
        """Settings; the secret only where the account wants one."""
        settings = super().env(base)
        if self.on("auth") == "key_and_secret":
            return settings | {"SNAPCALL_API_SECRET": self._password()}
        return {name: value for name, value in settings.items() if name != "SNAPCALL_API_SECRET" or value}

    def _password(self) -> str:
        return self.secret["SNAPCALL_API_SECRET"] or "fake-snapcall-secret"

    # rows

    def project(self, entity: str) -> dict[str, list[Row]]:
        """Section 6."""
        reference = self.world.reference
        match entity:
            case "calls":
                return {"": [self._call(each) for each in self._calls()]}
            case "buttons":
                hidden = ("site", "country")
                return {"": [{k: v for k, v in row.items() if k not in hidden} for row in reference.buttons]}
            case "agents":
                kept = [row for row in reference.agents if not row["removed"]]
                return {"": [{k: v for k, v in row.items() if k != "removed"} for row in kept]}
            case "schedule_templates":
                return {"": reference.schedules}
        raise ValueError(f"snapcall has no {entity}; it has {', '.join(self.keys)}")

    def _calls(self) -> list[Call]:
        """Calls that the vendor shows, in the order of its list."""
        calls = [call for call in self.world.visible_calls() if self._over(call) or self.on("ongoing") == "shown"]
        if self.on("order") == "id":
            return sorted(calls, key=lambda each: each.id)
        return sorted(calls, key=lambda each: (each.started_at, each.id), reverse=self.on("order") == "newest")

    def _over(self, call: Call) -> bool:
        return call.ended_at is not None and call.ended_at <= self.world.now

    def _call(self, call: Call) -> Row:
        """A call in progress has no end, duration or rate; the rate comes after the hang-up."""
        over = self._over(call)
        button = next(row for row in self.world.reference.buttons if row["bid"] == call.bid)
        rated = over and call.rated_at is not None and call.rated_at <= self.world.now
        ani = call.ani if self.on("ani") == "number" or call.ani is None else str(call.ani)
        return {
            "id": call.id,
            "bid": call.bid,
            "button": {"bid": call.bid, "name": button["name"]},
            "agent": call.agent,
            "client": call.client,
            "ani": ani,
            "status": call.status if over else "ongoing",
            "rate": call.rate if rated else None,
            "call_start": millis_z(call.started_at),
            "call_end": millis_z(call.ended_at) if over and call.ended_at else None,
            "duration": int((call.ended_at - call.started_at).total_seconds()) if over and call.ended_at else None,
            "referer": call.referer,
            "cart_value": call.cart_value,
            "context": None if call.context is None else {**call.context, "external": call.external or {}},
        }

    # refusals

    def authorise(self, request: Request) -> Answer | None:
        """Section 2: Bearer, or Basic with the key as user and no password; or with the secret where that is wanted."""
        key, password = bearer(request), ""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                key, _, password = base64.b64decode(value).decode().partition(":")
            except ValueError:
                key = ""
        request.token = key
        secret = self.secret["SNAPCALL_API_SECRET"]
        right = {self._password()} if self.on("auth") == "key_and_secret" else {"", secret}
        if key == self.secret["SNAPCALL_API_KEY"] and password in right:
            return None
        return boom(401, "Invalid credentials" if key else "Missing authentication")

    def limited(self, wait: int | None) -> Answer:
        """Section 7: assumed."""
        answer = boom(429, "Rate limit exceeded")
        answer.headers = {} if wait is None else {"Retry-After": str(wait)}
        return answer

    def retry_after(self, wait: float) -> int | None:
        """Section 7: optional."""
        return super().retry_after(wait) if self.on("retry_after") == "header" else None

    def failed(self, status: int) -> Answer:
        """Section 3: errors look like Hapi's."""
        return boom(status, "An internal server error occurred" if status == 500 else REASONS[status])

    # lists

    def _list(self, request: Request, entity: str, rows: list[Row], *, limit: bool = True) -> Answer:
        """Section 5: one page in the envelope that is switched on."""
        rows = self.listing(request, entity, rows)
        size = self._limit(request) if limit else int(self.on("default_limit"))
        base = int(self.on("page_base"))
        asked = request.arg("page")
        page = base if asked is None else number("page", asked)
        if self.on("paging") == "ignored":
            return self._enveloped(entity, rows[:size] if limit else rows, len(rows), 1, size)
        if page < base and self.on("page_zero") == "refused":
            raise Refusal(invalid('"page" must be greater than or equal to 1'))
        if page < base and self.on("page_zero") == "empty":
            return self._enveloped(entity, [], len(rows), page, size)
        position = max(1, page - base + 1)
        pages = max(1, -(-len(rows) // size))
        if position > pages:
            match self.on("end_of_list"):
                case "not_found":
                    raise Refusal(boom(404, "Not Found"))
                case "repeat_last":
                    position = pages
                case "wrap":
                    position = (position - 1) % pages + 1
        return self._enveloped(entity, page_of(rows, position, size), len(rows), page, size)

    def _limit(self, request: Request) -> int:
        asked = request.arg("limit")
        if asked is None:
            return int(self.on("default_limit"))
        limit, most = number("limit", asked), int(self.on("max_limit"))
        if limit < 1:
            raise Refusal(invalid('"limit" must be greater than or equal to 1'))
        if limit > most and self.on("over_limit") == "refuse":
            raise Refusal(invalid(f'"limit" must be less than or equal to {most}'))
        return min(limit, most)

    def _enveloped(self, entity: str, rows: list[Row], total: int, page: int, size: int) -> Answer:
        """Section 6, "List envelope". Only calls were ever keyed by bid; other lists are bare then."""
        key = entity if self.on("list_key") == "own" else self.on("list_key")
        match self.on("envelope"):
            case "object_total":
                return Answer(200, {key: rows, "total": total, "page": page, "limit": size})
            case "object":
                return Answer(200, {key: rows})
            case "keyed_by_bid" if entity == "calls":
                keyed: dict[str, list[Row]] = {}
                for row in rows:
                    keyed.setdefault(row["bid"], []).append(row)
                return Answer(200, keyed)
        return Answer(200, rows)

    # routes

    @route("GET", "/calls")
    def calls(self, request: Request) -> Answer:
        """Sections 3 to 5."""
        start, end = instant(request, "start"), instant(request, "end")
        one = {name: alternatives(request, name) for name in ("rate", "button", "status", "agent", "client", "ani")}
        for name in ("ani", "rate"):
            for value in one[name]:
                number(name, value)
        if request.arg("exporting") not in (None, "true", "false"):
            raise Refusal(invalid('"exporting" must be a boolean'))
        times = self.kept("times", lambda: {call.id: (call.started_at, call.ended_at) for call in self._calls()})
        tests_end = self.on("window_tests") == "end"
        rows = [
            row for row in self.rows("calls")
            if self._in_window(times[row["id"]][tests_end], start, end)
            and all(not wanted or str(row[FIELDS.get(name, name)]) in wanted for name, wanted in one.items())
        ]  # fmt: skip
        return self._list(request, "calls", rows)

    def _in_window(self, moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
        """Section 4. A call without an end is tested as if it ended now."""
        moment = (moment or self.world.now).replace(microsecond=(moment or self.world.now).microsecond // 1000 * 1000)
        bounds = self.on("window_bounds")
        after = start is None or moment > start or (moment == start and bounds != "open")
        before = end is None or moment < end or (moment == end and bounds == "closed")
        return after and before

    @route("GET", "/calls/{id}")
    def call(self, request: Request) -> Answer:
        """Section 3: the id is a number."""
        wanted = number("id", request.params["id"])
        return self._one("calls", wanted)

    def _one(self, entity: str, key: Any) -> Answer:
        found = [row for row in self.rows(entity) if row[self.keys[entity]] == key]
        return Answer(200, found[0]) if found else boom(404, "Not Found")

    @route("GET", "/buttons")
    def buttons(self, request: Request) -> Answer:
        """Section 3: may be gone."""
        if self.on("buttons") == "missing":
            return boom(404, "Not Found")
        name, agent, active = request.arg("name"), request.arg("agent"), request.arg("active")
        if active not in (None, "true", "false"):
            raise Refusal(invalid('"active" must be a boolean'))
        rows = [
            row for row in self.rows("buttons")
            if (name is None or row["name"] == name) and (agent is None or row["agent"] == agent)
            and (active is None or row["active"] == (active == "true"))
        ]  # fmt: skip
        return self._list(request, "buttons", rows)

    @route("GET", "/buttons/{bid}")
    def button(self, request: Request) -> Answer:
        """Section 3."""
        return self._one("buttons", request.params["bid"])

    @route("GET", "/buttons/{bid}/info", public=True)
    def button_info(self, request: Request) -> Answer:
        """Section 2: shown without authentication."""
        found = [row for row in self.rows("buttons") if row["bid"] == request.params["bid"]]
        return Answer(200, {"bid": found[0]["bid"], "name": found[0]["name"]}) if found else boom(404, "Not Found")

    @route("GET", "/schedule-templates")
    def schedule_templates(self, request: Request) -> Answer:
        """Section 3: `page` only."""
        return self._list(request, "schedule_templates", self.rows("schedule_templates"), limit=False)

    @route("GET", "/schedule-templates/{id}")
    def schedule_template(self, request: Request) -> Answer:
        """Section 3."""
        return self._one("schedule_templates", number("id", request.params["id"]))

    @route("GET", "/agents/{email}")
    @route("GET", "/agents/{email}/info")
    def agent(self, request: Request) -> Answer:
        """Section 3: one by one, by e-mail; 404 for one that was removed (section 8, 6)."""
        return self._one("agents", request.params["email"])

    @route("GET", "/users/me")
    def me(self, request: Request) -> Answer:
        """Section 6."""
        return Answer(200, {"id": 12, "email": "owner@lumenport-group.example"})

    @route("POST", "/buttons")
    @route("PUT", "/buttons/{bid}")
    @route("POST", "/buttons/batch")
    @route("PUT", "/buttons/batch")
    @route("POST", "/schedule-templates")
    @route("PUT", "/schedule-templates/{id}")
    @route("PUT", "/agents/{email}")
    @route("PUT", "/agents/{email}/status")
    @route("POST", "/users/{id}/button", public=True)
    def write(self, request: Request) -> Answer:
        """Section 3: the writes change nothing here; each of them is a violation."""
        return Answer(200, {"success": True})
