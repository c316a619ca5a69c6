"""Usersnap's filter body: which conditions and orders exist, and which feedback passes them (sheet, section 6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

FILTER_TYPES = ("assignee", "created_at", "email", "feedback_number", "nps", "one_to_five", "state", "thumb")
ORDER_TYPES = ("created_at", "rating", "updated_at", "likes")

# eq and neq take any value; the others are told apart by what they compare
ORDERED: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
OPERATORS = ("eq", "neq", "in", "not_in", *ORDERED, "like", "ilike")

NUMBERS = ("feedback_number", "nps", "one_to_five", "thumb")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?P<fraction>\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")

# what a row says under a filter type; None where it has no such value
Facts = Mapping[str, str | float | datetime | None]


class BadFilter(ValueError):
    """The body is not one that the vendor documents; the message says what is wrong with it."""


@dataclass(frozen=True)
class Condition:
    """One entry of `query`; an `in` has its words split at commas."""

    filter_type: str
    operator: str
    words: tuple[str, ...]

    def passes(self, facts: Facts) -> bool:
        """Whether a row passes; a row without such a value passes only `neq` and `not_in`."""
        value = facts.get(self.filter_type)
        if self.operator in ("neq", "not_in"):
            return value is None or not self._is_one_of(value)
        if value is None:
            return False
        if self.operator in ("eq", "in"):
            return self._is_one_of(value)
        if self.operator in ORDERED:
            return ORDERED[self.operator](_measure(value), self._bounds()[0])
        pattern = ".*".join(re.escape(part) for part in self.words[0].split("%"))
        flags = re.DOTALL | (re.IGNORECASE if self.operator == "ilike" else 0)
        return re.fullmatch(pattern, str(value), flags) is not None

    def _is_one_of(self, value: str | float | datetime) -> bool:
        return value in self.words if isinstance(value, str) else _measure(value) in self._bounds()

    def _bounds(self) -> list[float]:
        if self.filter_type == "created_at":
            return [parse_instant(word).timestamp() for word in self.words]
        return [float(word) for word in self.words]


@dataclass(frozen=True)
class FeedbackFilter:
    """A body that passed: conditions that are ANDed, and the order, `updated_at` descending unless told otherwise."""

    conditions: tuple[Condition, ...] = ()
    order_by: str = "updated_at"
    descending: bool = True

    def passes(self, facts: Facts) -> bool:
        """Whether a row passes every condition."""
        return all(condition.passes(facts) for condition in self.conditions)


def parse_filter(body: object, *, fractions: bool) -> FeedbackFilter:
    """Check a decoded body of the filter routes; `{}` is the least that they take.

    Args:
        body: The decoded JSON.
        fractions: Whether a time may have fractional seconds; no sample has them.

    Raises:
        BadFilter: Something in the body is not as documented, an unknown key included.
    """
    if not isinstance(body, dict):
        raise BadFilter("the body must be a JSON object")
    _only(body, {"query", "order_by"}, "body")
    query = body.get("query", [])
    if not isinstance(query, list):
        raise BadFilter("query must be an array")
    conditions = tuple(_condition(entry, fractions) for entry in query)
    order = body.get("order_by")
    if order is None:
        return FeedbackFilter(conditions)
    if not isinstance(order, dict):
        raise BadFilter("order_by must be an object")
    _only(order, {"order_by_type", "direction"}, "order_by")
    order_by, direction = order.get("order_by_type"), order.get("direction")
    if order_by not in ORDER_TYPES:
        raise BadFilter(f"unknown order_by_type {order_by!r}")
    if direction not in ("asc", "desc"):
        raise BadFilter("direction must be asc or desc")
    return FeedbackFilter(conditions, order_by, direction == "desc")


def parse_instant(text: str) -> datetime:
    """An ISO time with an offset or `Z`, in UTC.

    Raises:
        BadFilter: The text is anything else.
    """
    if INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadFilter(f"{text!r} is not a time")


def _condition(entry: object, fractions: bool) -> Condition:
    if not isinstance(entry, dict):
        raise BadFilter("an entry of query must be an object")
    _only(entry, {"filter_type", "operator", "value"}, "query")
    filter_type, operator, value = (entry.get(key) for key in ("filter_type", "operator", "value"))
    if filter_type not in FILTER_TYPES:
        raise BadFilter(f"unknown filter_type {filter_type!r}")
    if operator not in OPERATORS:
        raise BadFilter(f"unknown operator {operator!r}")
    if not isinstance(value, str):
        raise BadFilter("value must be a string")
    condition = Condition(filter_type, operator, tuple(value.split(",")) if operator in ("in", "not_in") else (value,))
    measured = filter_type == "created_at" or filter_type in NUMBERS
    if operator in (("like", "ilike") if measured else ORDERED):
        raise BadFilter(f"operator {operator} does not fit {filter_type}")
    try:
        if measured:
            condition._bounds()
    except ValueError as error:
        raise BadFilter(f"{value!r} is no value for {filter_type}") from error
    if filter_type == "created_at" and not fractions and "." in value:
        raise BadFilter(f"{value!r} has fractional seconds")
    return condition


def _measure(value: str | float | datetime) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _only(found: Mapping[str, object], known: set[str], where: str) -> None:
    if unknown := sorted(set(found) - known):
        raise BadFilter(f"unknown property in {where}: {', '.join(unknown)}")
