"""SnapCRM on loopback: an API that only creates leads (sheet snapcrm.md)."""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.http.server import json_body
from sandbox.http.vendor import Answer, Refusal, Request, Row, Switch, Vendor, bearer, route, unknown_keys
from sandbox.world.model import Lead
from sandbox.world.text import millis_z
from sandbox.world.world import World

REQUIRED = ("firstName", "lastName")
OPTIONAL = ("email", "phone", "company", "website", "source", "address", "city", "state", "zipcode", "tagId")

DOCUMENTED = ("id", *REQUIRED, "email", "status", "createdBy", "tags")

# tags can only be made in the product; a lead may name one that exists
TAGS = {"clx0tag0000000000000001": "Website", "clx0tag0000000000000002": "Trade fair"}
OWNER = {"id": "clx0user000000000000001", "name": "Sales Desk"}


class SnapCRM(Vendor):
    """One account with its leads: those that the team had typed in, and those that came over the API."""

    name = "snapcrm"
    root = "/api/v1"
    limit = "200/minute"
    secrets: ClassVar = {"SNAPCRM_API_KEY": "snap_fake_key_of_the_sandbox"}
    keys: ClassVar = {"leads": "id"}
    switches: ClassVar = {
        "name_case": Switch(
            ("insensitive", "sensitive"),
            "insensitive",
            "8.1: whether case matters in `same name` is unknown",
        ),
        "email_case": Switch(
            ("insensitive", "sensitive"), "insensitive", "7: how e-mails are compared is not documented"
        ),
        "echo": Switch(("full", "documented"), "full", "5: a 201 has more keys than are named; which is unknown"),
        "error_body": Switch(("json", "text", "empty"), "json", "7: error bodies are not documented"),
        "elsewhere": Switch(("404", "405"), "404", "9: the refusal of anything but POST /leads is assumed"),
        "headers": Switch(("always", "limited"), "always", "6: the sentence that names the rate headers is damaged"),
    }

    def __init__(self, world: World, secrets: Mapping[str, str], switches: Mapping[str, str]) -> None:
        super().__init__(world, secrets, switches)
        self.created: list[Row] = []
        self._taken: set[tuple[str, ...]] | None = None

    def project(self, entity: str) -> dict[str, list[Row]]:
        """`leads`: what the CRM holds, as full objects, those from before first. The API itself never lists them."""
        known = [self._known(lead) for lead in self.world.leads.values() if lead.crm_id]
        return {"": known + self.created}

    def _known(self, lead: Lead) -> Row:
        """A lead that somebody typed in, as the product would export it."""
        stamp = millis_z(lead.crm_created_at or self.world.now)
        typed = {"firstName": lead.first, "lastName": lead.last, "email": lead.email, "phone": lead.phone}
        typed |= {"company": lead.company_name, "website": lead.website}
        return self._lead(str(lead.crm_id), typed, str(lead.crm_status), stamp)

    def _lead(self, lead_id: str, body: Mapping[str, Any], status: str, stamp: str) -> Row:
        """The full object: the documented keys, then those that the documents leave out."""
        tag = body.get("tagId")
        return {
            "id": lead_id,
            **{name: body.get(name) for name in REQUIRED},
            "email": body.get("email"),
            "status": status,
            "createdBy": OWNER,
            "tags": [{"id": tag, "name": TAGS[tag]}] if tag else [],
            **{name: body.get(name) for name in OPTIONAL if name not in ("email", "tagId")},
            "createdAt": stamp,
            "updatedAt": stamp,
            "teamId": None,
            "score": 0,
        }

    def authorise(self, request: Request) -> Answer | None:
        """The key in X-API-Key or as Bearer; X-API-Key wins, as the recommended one, when both are sent."""
        request.token = request.headers.get("x-api-key") or bearer(request)
        return None if request.token == self.secret["SNAPCRM_API_KEY"] else self._refusal(401, "Invalid API key")

    def limited(self, wait: int | None) -> Answer:
        """429 with Retry-After in seconds (sheet, section 6)."""
        answer = self._refusal(429, "Rate limit exceeded")
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def budget_headers(self, limit: int, remaining: int) -> dict[str, str]:
        """The two documented headers, by switch only beside a 429."""
        if self.on("headers") == "limited" and remaining > 0:
            return {}
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}

    def failed(self, status: int) -> Answer:
        """Any other path or method is 404 or 405 by switch; a fault of the server keeps its status."""
        if status in (404, 405):
            status = int(self.on("elsewhere"))
        texts = {404: "Not found", 405: "Method not allowed"}
        return self._refusal(status, texts.get(status, "Something went wrong"))

    @route("POST", "/leads", allowed=True)
    def create(self, request: Request) -> Answer:
        """Create one lead: 201 with the bare object, 400, or 409 when its e-mail or its name is there already."""
        body = self._checked(request)
        if self._exists(body):
            return self._refusal(409, "A lead with the same email or name already exists")
        number = hashlib.sha256(f"{self.world.seed}/{len(self.created)}".encode()).hexdigest()[:21]
        lead = self._lead(f"clx{number}", body, "new", millis_z(self.world.now))
        self.created.append(lead)
        self.refresh()
        self._all_taken().update(marks(lead))
        return Answer(201, lead if self.on("echo") == "full" else {name: lead[name] for name in DOCUMENTED})

    def _checked(self, request: Request) -> dict[str, str]:
        """The body, when it is an object of strings with the required fields and no unknown ones."""
        try:
            body = json_body(request)
        except ValueError:
            raise Refusal(self._refusal(400, "Invalid JSON")) from None
        if not isinstance(body, dict):
            raise Refusal(self._refusal(400, "Invalid JSON: an object is expected"))
        for name in REQUIRED:
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise Refusal(self._refusal(400, f"Missing required field: {name}"))
        if unknown := unknown_keys(body, REQUIRED + OPTIONAL):
            raise Refusal(self._refusal(400, f"Unknown field: {', '.join(unknown)}"))
        for name, value in body.items():
            if not isinstance(value, str):
                raise Refusal(self._refusal(400, f"Field {name} must be a string"))
        if body.get("tagId") and body["tagId"] not in TAGS:
            raise Refusal(self._refusal(400, "Unknown tag"))
        return body

    def _exists(self, body: Mapping[str, Any]) -> bool:
        email = "email" if self.on("email_case") == "sensitive" else "folded email"
        name = "name" if self.on("name_case") == "sensitive" else "folded name"
        return any(mark in self._all_taken() for mark in marks(body) if mark[0] in (email, name))

    def _all_taken(self) -> set[tuple[str, ...]]:
        # kept between requests: a thousand leads must not cost a million comparisons
        if self._taken is None:
            self._taken = {mark for lead in self.rows("leads") for mark in marks(lead)}
        return self._taken

    def moved(self, changes: Mapping[str, list[str]]) -> None:
        """The team may have typed in leads meanwhile."""
        self._taken = None

    def _refusal(self, status: int, text: str) -> Answer:
        body: Any = {"json": {"error": text}, "text": text, "empty": None}[self.on("error_body")]
        return Answer(status, body)


def marks(lead: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """What another lead must not share: the e-mail address and the full name, as written and without case."""
    first, last = (str(lead.get(name) or "").strip() for name in REQUIRED)
    email = str(lead.get("email") or "").strip()
    found: set[tuple[str, ...]] = {("name", first, last), ("folded name", first.casefold(), last.casefold())}
    if email:
        found |= {("email", email), ("folded email", email.casefold())}
    return found
