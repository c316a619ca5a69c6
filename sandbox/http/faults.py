"""Planned faults: what a vendor may do on a bad day, at a chosen request."""

import copy
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.vendor import Answer, Request, Row, Vendor

KINDS = (
    "429", "500", "503", "reset", "truncated", "html", "slow", "shift",
    "new_field", "drifted_type", "lost_answer", "down",
)  # fmt: skip
OPTIONS = {
    "429": {"retry_after"},
    "truncated": {"cut"},
    "slow": {"seconds"},
    "shift": {"how"},
    "new_field": {"name", "value"},
    "drifted_type": {"field", "to", "row"},
}
DRIFTS: dict[str, Any] = {"text": "n/a", "float": 2.5, "huge": 2**63, "list": ["a", "list"]}
PAGE = "<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>"


@dataclass
class Fault:
    """One planned fault: it lets `after` matching requests pass, then strikes `times` of them."""

    kind: str
    route: str | None = None
    after: int = 0
    times: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    withheld: Any = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")
        unknown = set(self.options) - OPTIONS.get(self.kind, set())
        if unknown:
            raise ValueError(f"fault {self.kind} has no option {', '.join(sorted(unknown))}")
        if self.kind == "down":
            self.times = None

    def fits(self, route: str) -> bool:
        """Whether a request of this route template counts for the fault."""
        return self.route is None or self.route == route

    def due(self) -> bool:
        """Count one matching request; True when the fault strikes it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class Faults:
    """The faults planned for one vendor, in the order of planning; one strikes a request at most."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.planned: list[Fault] = []
        self._lock = threading.Lock()
        vendor.shifts = self.shifted

    def plan(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self.planned.append(fault)

    def clear(self) -> None:
        """Forget all planned faults: the vendor is well again."""
        with self._lock:
            self.planned.clear()

    def strike(self, request: Request) -> Fault | None:
        """The fault that strikes this request, if any. Spent faults are dropped."""
        with self._lock:
            self.planned = [each for each in self.planned if each.times is None or each.times > 0]
            # each matching fault counts the request, so that two plans with `after` keep to their own requests
            struck = [each for each in self.planned if each.fits(request.route) and each.due()]
        return struck[0] if struck else None

    def instead(self, fault: Fault) -> Answer | None:
        """The answer that takes the place of the vendor's own, None when the vendor answers itself."""
        match fault.kind:
            case "429":
                return self.vendor.limited(fault.options.get("retry_after"))
            case "500" | "503":
                return self.vendor.failed(int(fault.kind))
            case "down":
                return self.vendor.failed(503)
            case "reset":
                return Answer(wire="reset")
            case "html":
                return Answer(200, PAGE, content_type="text/html; charset=utf-8")
            case "slow":
                time.sleep(float(fault.options.get("seconds", 1)))
        return None

    def bent(self, fault: Fault, answer: Answer) -> Answer:
        """The vendor's own answer with the fault applied to it."""
        match fault.kind:
            case "truncated":
                answer.wire = "cut" if fault.options.get("cut") == "json" else "short"
            case "lost_answer":
                answer.wire = "reset"
            case "new_field":
                name, value = fault.options.get("name", "new_field"), fault.options.get("value", {"since": "today"})
                answer.body = copy.deepcopy(answer.body)
                for row in rows_of(answer.body):
                    row[name] = value
            case "drifted_type":
                answer.body = copy.deepcopy(answer.body)
                rows = rows_of(answer.body)
                if rows:
                    row = rows[int(fault.options.get("row", 0)) % len(rows)]
                    drift(row, str(fault.options.get("to", "text")), fault.options.get("field"))
        return answer

    def shifted(self, request: Request, entity: str, rows: list[Row]) -> list[Row]:
        """The rows of a listing while a `shift` is planned for its route.

        "remove" deletes the first row when the fault strikes, so that the rest moves up between two pages.
        "insert" withholds the first row until then, so that the rest moves down; the world has the row all along.
        """
        key = self.vendor.keys[entity]
        if request.planned == "shift:remove" and rows:
            self.vendor.remove(entity, rows[0][key])
            return rows[1:]
        if request.planned == "shift:insert":
            return rows
        with self._lock:
            waiting = [
                each for each in self.planned
                if each.kind == "shift" and each.options.get("how") == "insert"
                and each.fits(request.route) and (each.times is None or each.times > 0)
            ]  # fmt: skip
        for fault in waiting:
            if fault.withheld is None and rows:
                fault.withheld = rows[0][key]
            rows = [row for row in rows if row[key] != fault.withheld]
        return rows


def rows_of(body: Any) -> list[Row]:
    """The rows that an answer holds, in any envelope; a single object is one row."""
    found = list(_lists(body, 3))
    if found:
        return [row for rows in found for row in rows]
    inner = body.get("data") if isinstance(body, dict) else None
    return [each for each in (inner, body) if isinstance(each, dict)][:1]


def _lists(body: Any, depth: int) -> Iterator[list[Row]]:
    if isinstance(body, list):
        if body and isinstance(body[0], dict):
            yield body
    elif isinstance(body, dict) and depth and not _is_row(body):
        for value in body.values():
            yield from _lists(value, depth - 1)


def _is_row(body: Row) -> bool:
    return any(key in body for key in ("uuid", "id", "bid", "email", "feedback_id", "project_id", "user_id"))


def drift(row: Row, to: str, path: str | None) -> None:
    """Change one value of a row to another type: a dotted path, or the first value whose type fits the drift."""
    if to not in DRIFTS:
        raise ValueError(f"no drift {to!r}; there are {', '.join(DRIFTS)}")
    kind = dict if to == "list" else int
    if path is None:
        names = [key for key, value in row.items() if type(value) is kind and key != "id"]
        path = names[0] if names else next(iter(row))
    *way, last = path.split(".")
    target: Any = row
    for step in way:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[int(last) if isinstance(target, list) else last] = copy.deepcopy(DRIFTS[to])
