"""Smartlook's search bodies: which filters and sorts exist, and which rows pass them (sheet, section 4).

A search body is `{"filters": [{"name", "operator", "value"}, ...], "sort": {field: "asc" | "desc"}}`. Filters are
ANDed, a list as value is an OR. The two versions of the visitor search and the session search differ in filters,
sort fields and in whether an operator must be given: each has its `Grammar` here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.http.vendor import Row

TEXT_OPERATORS = ("is", "is_not", "contains", "not_contains")
NUMBER_OPERATORS = ("lte", "gte")
DAY_OPERATORS = ("before", "after", "is", "in_range")
NEGATIONS = {"is_not": "is", "not_contains": "contains"}

# fields of a session behind filters of another name
SESSION_FIELDS = {
    "landing_url": "landingPage",
    "exit_url": "exitPage",
    "source_referer": "referrer",
    "recording_url": "dashboardURL",
    "session_duration": "duration",
}

Fact = str | int | float | datetime
# what a row says under a filter's name, maybe several values or none; a callable, as most searches ask for one name
Facts = Callable[[str], Sequence[Fact]]


class BadSearch(ValueError):
    """The body is not one that the vendor documents; the message says what is wrong with it."""


@dataclass(frozen=True)
class Grammar:
    """What one search route accepts: filter names with their operators, and the fields to sort by."""

    filters: Mapping[str, tuple[str, ...]]
    sorts: tuple[str, ...]
    operator_required: bool


SESSIONS = Grammar(
    filters={
        **dict.fromkeys(
            (
                "uid",
                "user_email",
                "user_name",
                "location_ip",
                "landing_url",
                "exit_url",
                "source_referer",
                "recording_url",
            ),
            TEXT_OPERATORS,
        ),
        "session_duration": NUMBER_OPERATORS,
        "recording_date": DAY_OPERATORS,
    },
    sorts=("timeStart",),
    operator_required=True,
)

VISITORS_V1 = Grammar(
    filters={"uid": ("is",), "recording_date": DAY_OPERATORS},
    sorts=(),
    operator_required=False,
)

VISITORS_V2 = Grammar(
    filters={
        "uid": TEXT_OPERATORS,
        "visitor_id": ("is", "is_not"),
        "recording_date": DAY_OPERATORS,
        "user_first_seen": DAY_OPERATORS,
    },
    sorts=("timeCreate", "timeUpdate"),
    operator_required=True,
)


@dataclass(frozen=True)
class DayRules:
    """What the documents leave open about days.

    Attributes:
        zone: The zone in which an instant has its day.
        in_range: `inclusive`, `half_open` (first day in, last day out) or `exclusive`.
        before_after: `exclusive`, or `inclusive` when the named day itself passes.
    """

    zone: ZoneInfo
    in_range: str
    before_after: str


@dataclass(frozen=True)
class Filter:
    """One condition of a search. `wanted` holds days, texts or one number, as the filter's operators have it."""

    name: str
    operator: str
    wanted: tuple[Any, ...]

    def passes(self, facts: Facts, rules: DayRules) -> bool:
        """Whether one of the row's values of this name fits; the negative operators ask that none does."""
        if self.operator in NEGATIONS:
            return not Filter(self.name, NEGATIONS[self.operator], self.wanted).passes(facts, rules)
        return any(self._fits(value, rules) for value in facts(self.name))

    def _fits(self, value: Fact, rules: DayRules) -> bool:
        if isinstance(value, datetime):
            return self._day_fits(value.astimezone(rules.zone).date(), rules)
        if isinstance(value, str):
            return value in self.wanted if self.operator == "is" else any(text in value for text in self.wanted)
        bound: float = self.wanted[0]
        return value <= bound if self.operator == "lte" else value >= bound

    def _day_fits(self, day: date, rules: DayRules) -> bool:
        if self.operator == "in_range":
            first, last = self.wanted
            first_fits = day > first if rules.in_range == "exclusive" else day >= first
            last_fits = day <= last if rules.in_range == "inclusive" else day < last
            return bool(first_fits and last_fits)
        if self.operator == "is" or day in self.wanted:
            return day in self.wanted and (self.operator == "is" or rules.before_after == "inclusive")
        return bool(day < self.wanted[0] if self.operator == "before" else day > self.wanted[0])


@dataclass(frozen=True)
class Search:
    """A body that passed its grammar. `sort` is None when the client left the order to the vendor."""

    filters: tuple[Filter, ...]
    sort: str | None
    descending: bool

    def passes(self, facts: Facts, rules: DayRules) -> bool:
        """Whether a row passes every filter."""
        return all(one.passes(facts, rules) for one in self.filters)


def parse_search(body: object, grammar: Grammar, *, empty_filters: bool) -> Search:
    """Check a decoded body against a grammar.

    Raises:
        BadSearch: The body, a filter or the sort is not as documented; also for keys that nothing documents,
            and for an empty list of filters unless `empty_filters` allows it.
    """
    if not isinstance(body, dict):
        raise BadSearch("the body must be a JSON object")
    known = {"filters", "sort"} if grammar.sorts else {"filters"}
    if unknown := sorted(set(body) - known):
        raise BadSearch(f"unknown property in body: {', '.join(unknown)}")
    filters = body.get("filters")
    if not isinstance(filters, list):
        raise BadSearch("filters must be an array")
    if not filters and not empty_filters:
        raise BadSearch("filters must not be empty")
    sort, descending = _sort(body.get("sort"), grammar)
    return Search(tuple(_filter(one, grammar) for one in filters), sort, descending)


def _sort(value: object, grammar: Grammar) -> tuple[str | None, bool]:
    if value is None:
        return None, False
    if not isinstance(value, dict) or len(value) != 1:
        raise BadSearch("sort must be an object with one field")
    (field, direction) = next(iter(value.items()))
    if field not in grammar.sorts:
        raise BadSearch(f"sort by {field!r} is not supported")
    if direction not in ("asc", "desc"):
        raise BadSearch("the sort direction must be asc or desc")
    return field, direction == "desc"


def _filter(value: object, grammar: Grammar) -> Filter:
    if not isinstance(value, dict):
        raise BadSearch("a filter must be an object")
    if unknown := sorted(set(value) - {"name", "operator", "value"}):
        raise BadSearch(f"unknown property in filter: {', '.join(unknown)}")
    name = value.get("name")
    if not isinstance(name, str) or name not in grammar.filters:
        raise BadSearch(f"unknown filter {name!r}")
    if "operator" not in value and grammar.operator_required:
        raise BadSearch(f"filter {name} needs an operator")
    operator = value.get("operator", "is")
    operators = grammar.filters[name]
    if operator not in operators:
        raise BadSearch(f"filter {name} does not support the operator {operator!r}")
    if "value" not in value:
        raise BadSearch(f"filter {name} needs a value")
    return Filter(name, operator, _wanted(name, operator, operators, value["value"]))


def _wanted(name: str, operator: str, operators: tuple[str, ...], value: object) -> tuple[Any, ...]:
    if operators is NUMBER_OPERATORS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadSearch(f"filter {name} needs a number")
        return (value,)
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise BadSearch(f"filter {name} needs a string or an array of strings")
    if operators is DAY_OPERATORS:
        expected = {"in_range": 2, "before": 1, "after": 1}.get(operator, len(texts))
        if len(texts) != expected or (operator == "in_range" and not isinstance(value, list)):
            raise BadSearch(f"filter {name} with {operator} needs {expected} day(s)")
        return tuple(parse_day(str(text)) for text in texts)
    return tuple(texts)


def parse_day(text: str) -> date:
    """A day as the searches write it, `YYYY-MM-DD`.

    Raises:
        BadSearch: Anything else, an instant included.
    """
    # date.fromisoformat alone would also take 20260302 and 2026-W10-1
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise BadSearch(f"{text!r} is not a date in the form YYYY-MM-DD")


def facts_of(row: Row, sessions: Mapping[str, list[Row]]) -> Facts:
    """What a session or a visitor says under the names of the search filters.

    Args:
        row: A session, or a visitor as `visitor_rows` has it.
        sessions: Visitor id -> sessions, for visitors: they pass a date filter by any day of theirs.
    """

    def fact(name: str) -> list[Fact]:
        match name:
            case "uid":
                found = [row["identification"]["uid"]]
            case "visitor_id":
                found = [row["id"]]
            case "user_first_seen":
                found = [datetime.fromisoformat(row["firstSeen"])]
            case "recording_date":
                recorded = [row] if "startedAt" in row else sessions.get(row["id"], [])
                found = [datetime.fromisoformat(each["startedAt"]) for each in recorded]
            case "user_email" | "user_name":
                found = [named(row["identification"].get("properties"), name.removeprefix("user_"))]
            case "location_ip":
                found = [row["identification"]["visitorIp"]]
            case _:
                found = [row[SESSION_FIELDS[name]]]
        return [each for each in found if each is not None]

    return fact


def named(properties: Any, name: str) -> str | None:
    """The property of that name, in any form of the properties."""
    if isinstance(properties, list):
        properties = {pair["name"]: pair["value"] for pair in properties}
    value = (properties or {}).get(name)
    return None if value is None else str(value)
