"""Snitcher's advanced filter of organisations (snitcher.md, section 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.http.vendor import Answer, Refusal, Row

FIELDS = ("last_seen", "first_seen", "tag", "sessions", "pageviews", "time_on_site", "url", "referrer", "source")
UNITS = {
    "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1),
    "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30), "year": timedelta(days=365),
}  # fmt: skip
AGO = ("less_than_x_units_ago", "more_than_x_units_ago")
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda have, want: str(have) == str(want),
    "contains": lambda have, want: str(want) in str(have),
    "starts_with": lambda have, want: str(have).startswith(str(want)),
    "ends_with": lambda have, want: str(have).endswith(str(want)),
    "in": lambda have, want: str(have) in [str(each) for each in want],
    "greater_than": lambda have, want: float(have) > float(want),
    "less_than": lambda have, want: float(have) < float(want),
    "between": lambda have, want: float(want[0]) <= float(have) <= float(want[1]),
    "set": lambda have, want: have not in (None, ""),
    "is_true": lambda have, want: have is True,
}
OPPOSITE = {
    "not_equal": "equal", "not_contains": "contains", "doesnt_start_with": "starts_with",
    "doesnt_end_with": "ends_with", "not_in": "in", "not_between": "between", "not_set": "set", "is_false": "is_true",
    "less_than_or_equal": "greater_than", "greater_than_or_equal": "less_than",
}  # fmt: skip


def invalid(field: str, message: str) -> Refusal:
    """The documented 422."""
    return Refusal(Answer(422, {"message": "The given data was invalid.", "errors": {field: [message]}}))


@dataclass(frozen=True)
class Facts:
    """What the filter can ask about one organisation: values per field, of which one must fit."""

    row: Row
    values: dict[str, list[Any]]


def parse(body: Any) -> dict[str, Any] | None:
    """The group of conditions of a body, None when it has none. Raises the documented 422."""
    if body in (None, {}):
        return None
    if not isinstance(body, dict):
        raise invalid("filters", "The filters must be an array.")
    for key in body:
        if key != "filters":
            raise invalid(key, "Unknown field.")
    group = body["filters"]
    if not isinstance(group, dict) or group.get("operator") not in ("AND", "OR"):
        raise invalid("filters.operator", "The filters.operator field is required.")
    if set(group) - {"operator", "conditions"}:
        raise invalid("filters", "Unknown field.")
    if not isinstance(group.get("conditions"), list):
        raise invalid("filters.conditions", "The filters.conditions field is required.")
    for number, condition in enumerate(group["conditions"]):
        _check(f"filters.conditions.{number}", condition)
    return group


def _check(where: str, condition: Any) -> None:
    if not isinstance(condition, dict) or "field" not in condition:
        # nested groups are in the specification and refused by the live API
        raise invalid(f"{where}.field", f"The {where}.field field is required.")
    if set(condition) - {"field", "comparison", "value", "unit"}:
        raise invalid(where, "Unknown field.")
    if condition["field"] not in FIELDS:
        raise invalid(f"{where}.field", "Invalid filter field")
    comparison = condition.get("comparison")
    if comparison not in (*TESTS, *OPPOSITE, *AGO):
        raise invalid(f"{where}.comparison", "Invalid comparison")
    if comparison in AGO and (
        not isinstance(condition.get("value"), int | float) or condition.get("unit") not in UNITS
    ):
        raise invalid(f"{where}.value", "A value and a unit are required.")


def fits(group: dict[str, Any], facts: Facts, now: datetime) -> bool:
    """Whether an organisation passes a parsed group."""
    results = [_one(condition, facts, now) for condition in group["conditions"]]
    return all(results) if group["operator"] == "AND" else any(results)


def _one(condition: dict[str, Any], facts: Facts, now: datetime) -> bool:
    values = facts.values[condition["field"]]
    comparison: str = condition["comparison"]
    want: Any = condition.get("value")
    if comparison in AGO:
        edge = now - want * UNITS[condition["unit"]]
        return any((value > edge) == (comparison == AGO[0]) for value in values if isinstance(value, datetime))
    test = TESTS[OPPOSITE.get(comparison, comparison)]
    try:
        found = any(test(value, want) for value in values)
    except (TypeError, ValueError, LookupError) as error:
        raise invalid("filters.conditions.0.value", "Invalid value") from error
    return not found if comparison in OPPOSITE else found
