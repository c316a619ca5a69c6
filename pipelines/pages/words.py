"""How values are written on a page: English, short, and never as markup of their own."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from pipelines.vendors import BY_NAME

KINDS = {"session": "Visit", "form_submit": "Form", "call": "Call", "feedback": "Feedback", "lead": "Lead"}
VENDORS = {vendor.name: vendor.title for vendor in BY_NAME.values()}
NONE = "–"


def whole(number: float | None) -> str:
    """A count."""
    return NONE if number is None else f"{number:,.0f}"


def decimal(number: float | None) -> str:
    """A number with one place."""
    return NONE if number is None else f"{number:,.1f}"


def share(part: float, of: float) -> str:
    """A part in per cent."""
    return f"{part / of:.0%}" if of else NONE


def day(moment: date | None) -> str:
    """A day: 3 Sep 2026."""
    return NONE if moment is None else f"{moment.day} {moment:%b} {moment.year}"


def month(moment: date) -> str:
    """A month: Sep 2026."""
    return f"{moment:%b} {moment.year}"


def at(moment: datetime) -> str:
    """A day and a time: 3 Sep 2026, 14:05."""
    return f"{day(moment)}, {moment:%H:%M}"


def length_of_time(seconds: float | None) -> str:
    """Minutes and seconds: 4:05."""
    return NONE if seconds is None else f"{int(seconds) // 60:,}:{int(seconds) % 60:02}"


def words(name: str) -> str:
    """A name of data as words: organic search."""
    return name.replace("_", " ")


def called(row: dict[str, Any]) -> str:
    """What a company is called: its name, else its domain, else its key."""
    return str(row["company_name"] or row["domain"] or row["company_key"])


def change(row: dict[str, Any], part: str, days: int) -> str:
    """How a sum differs from that of as many days before; nothing where those are not all known."""
    before = row.get(f"{part}_before")
    if row.get("days_known") != 2 * days or not before or row[part] is None:
        return ""
    return f"{(row[part] - before) / before:+.0%} on the {days} days before".replace("-", "−")


def by_day(touches: Sequence[dict[str, Any]]) -> list[tuple[date, list[dict[str, Any]]]]:
    """Contacts, newest first, in the days in which they were."""
    return [(found, list(group)) for found, group in groupby(touches, lambda touch: touch["occurred"].date())]


def total_of(row: dict[str, Any], parts: Sequence[str]) -> float:
    """The sum of the parts."""
    return sum(row[part] or 0 for part in parts)


def largest_of(row: dict[str, Any], parts: Sequence[str]) -> float:
    """The largest of the parts."""
    return max(row[part] or 0 for part in parts)


def busiest_month(channel: dict[str, Any]) -> int:
    """The most companies that a channel brought in one month."""
    return max(int(row["visited"]) for row in channel["months"])


FILTERS = {
    "busiest_month": busiest_month,
    "whole": whole, "decimal": decimal, "share": share, "day": day, "month": month, "moment": at,
    "length_of_time": length_of_time, "words": words, "called": called, "change": change, "by_day": by_day,
    "total_of": total_of, "largest_of": largest_of, "kind": lambda name: KINDS.get(name, words(name)),
    "vendor": lambda name: VENDORS.get(name, name),
}  # fmt: skip
