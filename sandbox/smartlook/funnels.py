"""Windows of Smartlook's detail routes, and what events and funnels count in them (sheet smartlook.md, section 5)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.http.vendor import Row
from sandbox.world.text import millis_z


@dataclass(frozen=True)
class Window:
    """A stretch of time, `since` included, `until` not; None is open. Compared as the API writes instants."""

    since: str | None = None
    until: str | None = None

    def holds(self, instant: str) -> bool:
        """Whether an instant such as `2026-03-02T09:15:40.000Z` lies in the window."""
        return (self.since is None or instant >= self.since) and (self.until is None or instant < self.until)


def window_of(date_from: str | None, date_to: str | None, *, zone: ZoneInfo, last_in: bool) -> Window:
    """The window of `dateFrom` and `dateTo`: each an ISO day in the zone, or an ISO instant with `Z` or offset.

    `last_in` says whether the day or the millisecond that `dateTo` names belongs to the window.

    Raises:
        ValueError: One of them is neither.
    """
    since = None if date_from is None else _moment(date_from, zone, last_in=False)
    until = None if date_to is None else _moment(date_to, zone, last_in=last_in)
    return Window(*(None if moment is None else millis_z(moment) for moment in (since, until)))


def _moment(text: str, zone: ZoneInfo, *, last_in: bool) -> datetime:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text) + timedelta(days=1 if last_in else 0)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return moment.astimezone(UTC) + timedelta(milliseconds=1 if last_in else 0)


def definition_numbers(definition: Row, occurrences: Sequence[Row], window: Window) -> Row:
    """What the event detail adds to a definition: totals and a histogram by UTC day."""
    done = [row for row in occurrences if row["eventName"] == definition["name"] and window.holds(row["startedAt"])]
    visitors = {row["visitorId"] for row in done}
    days: dict[str, list[str]] = {}
    for row in done:
        days.setdefault(row["startedAt"][:10], []).append(row["visitorId"])
    return {
        "totalOccurrence": len(done),
        "uniqueVisitors": len(visitors),
        "newVisitors": 0,
        "averageOccurrencePerVisitor": round(len(done) / len(visitors), 2) if visitors else 0,
        "occurrenceHistogram": [
            {"date": day, "occurrenceCount": len(ids), "uniqueVisitorsCount": len(set(ids))}
            for day, ids in sorted(days.items())
        ],
    }


def steps_reached(funnel: Row, occurrences: Sequence[Row], window: Window) -> list[set[str]]:
    """For each step of a funnel, the visitors who did its event and those of all steps before it in the window."""
    names = [event["name"] for event in funnel["events"]]
    done: dict[str, set[str]] = {name: set() for name in names}
    for row in occurrences:
        if row["eventName"] in done and window.holds(row["startedAt"]):
            done[row["eventName"]].add(row["visitorId"])
    reached: list[set[str]] = []
    for name in names:
        reached.append(done[name] & reached[-1] if reached else done[name])
    return reached


def funnel_numbers(funnel: Row, occurrences: Sequence[Row], window: Window, defined_at: datetime) -> Row:
    """The `funnel` object of the detail; its times are those of the definition, its rates percent and a fraction."""
    counts = [len(visitors) for visitors in steps_reached(funnel, occurrences, window)]
    before = [counts[0], *counts] if counts else []
    return {
        "id": funnel["id"],
        "name": funnel["name"],
        "createdAt": millis_z(defined_at),
        "updatedAt": millis_z(defined_at),
        "conversionRate": round(counts[-1] / counts[0], 4) if counts and counts[0] else 0,
        "steps": [
            {
                "visitorsCount": count,
                "percentFromPreviousStep": round(100 * count / earlier, 2) if earlier else 0,
                "event": {"step": number, "id": event["id"], "eventName": event["name"], "_links": event["_links"]},
            }
            for number, (event, count, earlier) in enumerate(
                zip(funnel["events"], counts, before, strict=False), start=1
            )
        ],
    }


def event_counts(name: str, occurrences: Sequence[Row]) -> Counter[str]:
    """How often each visitor did the event of that name, at any time."""
    return Counter(row["visitorId"] for row in occurrences if row["eventName"] == name)
