"""What the measured vendors hold, as bytes: each list is one file of JSON rows, with the place and times of each row.

Size 1 is 2,000 companies, 20,000 sessions with 100,000 events, and 10,000 calls in 90 days. A world is written once,
before anything is measured; `later` is the same one an hour later, with 1 % new and 1 % changed rows.
"""

import json
import mmap
from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

Row = dict[str, Any]
Dated = tuple[float, float, Row]
"""A row, after the first and the last moment (epoch seconds, UTC) that a question for some days finds it by."""

START = datetime(2026, 8, 22, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WORKSPACE = str(UUID(int=1))
COMPANIES, SESSIONS, CALLS, EVENTS = 2_000, 20_000, 10_000, 5
SHARE = 100
CITIES = (("CZ", "Prague"), ("DE", "Berlin"), ("FR", "Lyon"), ("US", "Boston"), ("GB", "Leeds"), ("AT", "Graz"))
AGENTS = tuple(f"agent{number}@example.com" for number in range(20))

SMALL: dict[str, list[Row]] = {
    "workspaces": [
        {
            "uuid": WORKSPACE, "name": "Our site", "url": "https://www.example.com", "status": "active",
            "tracking_script_id": "s1", "tracking_script_snippet": "<script></script>", "available_tags": ["hot"],
            "usage_limit": 1000,
        }
    ],
    "segments": [{"uuid": str(UUID(int=100 + number)), "name": f"Segment {number}"} for number in range(10)],
    "buttons": [
        {
            "bid": f"b{number}", "name": f"Button {number}", "brand": "Example", "call_id": "33123456789",
            "agent": AGENTS[number], "schedule_template_id": f"t{number % 3}", "timezone": "Europe/Prague",
            "caller_id": None, "config": {"color": "#fff"}, "display_page": "/", "cart_value": 0.5, "active": True,
        }
        for number in range(5)
    ],
    "agents": [
        {"email": email, "status": "online", "wrap_up_time": 30.5, "last_bridge_end": 1_790_000_000_000}
        for email in AGENTS
    ],
    "schedule-templates": [
        {"id": f"t{number}", "name": f"Hours {number}", "schedule": {"mon": ["9-17"]}} for number in range(3)
    ],
}  # fmt: skip


def sessions(count: int, companies: int, start: datetime, end: datetime, first: int = 0) -> Iterator[Dated]:
    """`count` sessions, evenly from `start` to `end`, numbered from `first`; the oldest first."""
    step = (end - start) / count
    for number in range(first, first + count):
        began = (start + step * (number - first)).replace(microsecond=0)
        yield _dated(began, began, session(number, number * 7919 % companies, began, EVENTS))


def session(number: int, company: int, began: datetime, events: int) -> Row:
    """A session as Snitcher shows it."""
    country, city = CITIES[number % len(CITIES)]
    times = [(began + timedelta(seconds=20 * place)).isoformat() for place in range(events)]
    return {
        "uuid": str(UUID(int=2**100 + number)),
        "organisation_uuid": str(UUID(int=2**90 + company)),
        "started_at": began.isoformat(),
        "ended_at": times[-1],
        "location": {
            "country": country, "state": None, "city": city, "latitude": 50.5 + number % 7, "longitude": 14.25,
        },
        "browser": ("Chrome", "Firefox", "Safari")[number % 3],
        "referrer": "https://www.google.com/" if number % 2 else None,
        "device_type": "desktop" if number % 4 else "mobile",
        "events": [event(number, place, at) for place, at in enumerate(times)],
    }  # fmt: skip


def event(number: int, place: int, at: str) -> Row:
    """Page views, and in each session one that is a form or a custom event."""
    url = f"https://www.example.com/page/{(number + place) % 500}?utm_source=ad{number % 9}"
    common = {"event_type": "pageview", "url": url, "triggered_at": at}
    if place != 3:
        return {**common, "time_on_page": 12.5 + place}
    if number % 10 == 0:
        mail = {"name": "email", "value": f"person{number}@company{number}.example"}
        return {**common, "event_type": "form_submit", "form_id": "f1", "form_name": "Contact", "fields": [mail]}
    pairs = [{"name": "plan", "value": "pro"}, {"name": "step", "value": place}]
    return {**common, "event_type": "custom", "name": "pricing_opened", "properties": pairs}


def organisations(count: int, seen: Iterable[Dated]) -> Iterator[Dated]:
    """Companies with their first and last visit among the sessions; the one that was seen first comes first."""
    visits: dict[str, list[float]] = {}
    for first, _, row in seen:
        visits.setdefault(row["organisation_uuid"], [first, first])[1] = first
    for number in range(count):
        uuid = str(UUID(int=2**90 + number))
        if uuid in visits:
            began, ended = (datetime.fromtimestamp(moment, UTC) for moment in visits[uuid])
            yield _dated(began, ended, organisation(number, uuid, began, ended))


def organisation(number: int, uuid: str, first: datetime, last: datetime) -> Row:
    """A company as Snitcher shows it."""
    country, city = CITIES[number % len(CITIES)]
    return {
        "uuid": uuid,
        "name": f"Company {number} Ltd",
        "website": f"https://www.company{number}.example" if number % 20 else None,
        "first_seen": first.isoformat(),
        "last_seen": last.isoformat(),
        "logo": None,
        "address": {
            "country": country, "state": None, "city": city, "latitude": 50.5, "longitude": 14.25,
            "street": "High Street", "street_number": str(number), "postal_code": "12345",
            "address": f"High Street {number}", "full_address": f"High Street {number}\n{city}",
        },
        "founded": 1950 + number % 70,
        "size": "51-200",
        "industry": "Software",
        "phone": f"+4930{1_000_000 + number}",
        "email": f"info@company{number}.example",
        "profiles": {"linkedin": f"https://linkedin.example/company{number}"},
        "tags": ["hot"] if number % 5 == 0 else [],
        "segments": [{"uuid": str(UUID(int=100)), "name": "Segment 0"}],
        "visitor_locations": [f"{city}, {country}"],
        "total_pageviews": 40,
        "pages_visited": ["https://www.example.com/", "https://www.example.com/pricing"],
    }  # fmt: skip


def calls(count: int, start: datetime, end: datetime, first: int = 0, rate: float | None = 4.5) -> Iterator[Dated]:
    """`count` calls, evenly from `start` to `end`, numbered from `first`; the oldest first."""
    step = (end - start) / count
    for number in range(first, first + count):
        began = (start + step * (number - first)).replace(microsecond=0)
        country, city = CITIES[number % len(CITIES)]
        button = number % 5
        row = {
            "id": f"c{number}", "bid": f"b{button}", "button": {"bid": f"b{button}", "name": f"Button {button}"},
            "agent": AGENTS[number % len(AGENTS)], "client": f"client{number}", "ani": 420_600_000_000 + number,
            "status": "answered", "rate": rate, "call_start": began.isoformat(),
            "call_end": (began + timedelta(seconds=90)).isoformat(), "duration": 90.5,
            "referer": "https://www.example.com/", "cart_value": 12.5,
            "context": {
                "default": {
                    "ip": "192.0.2.1", "city": city, "browser": "Chrome", "language": country.lower(),
                    "url": "https://www.example.com/pricing", "url_title": "Pricing",
                },
                "external": {"customer": number},
            },
        }  # fmt: skip
        yield _dated(began, began, row)


def world(folder: Path, scale: float, *, later: bool) -> Path:
    """The lists of a size in `folder`, written where they are not there; with the hour after `NOW` when `later`."""
    place = folder / f"{scale:g}-{'later' if later else 'first'}"
    if (place / "done").exists():
        return place
    companies, visits, called = (round(base * scale) for base in (COMPANIES, SESSIONS, CALLS))
    seen = list(sessions(visits, companies, START, NOW))
    rung = list(calls(called, START, NOW))
    if later:
        more, ringing = max(1, visits // SHARE), max(1, called // SHARE)
        # the youngest: what changes is what a lookback of some days reads again
        for number in range(visits - more, visits):
            began = datetime.fromtimestamp(seen[number][0], UTC)
            seen[number] = _dated(began, began, session(number, number * 7919 % companies, began, EVENTS + 1))
        rung = [*rung[:-ringing], *((a, b, {**row, "rate": 2.5}) for a, b, row in rung[-ringing:])]
        companies += max(1, companies // SHARE)
        seen += sessions(more, companies, NOW, LATER, visits)
        rung += calls(ringing, NOW, LATER, called, None)
    write(place, seen, organisations(companies, seen), rung)
    return place


def write(place: Path, seen: Iterable[Dated], known: Iterable[Dated], rung: Iterable[Dated]) -> None:
    """Write sessions, organisations and calls as the lists of a world."""
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in (("sessions", seen), ("organisations", known), ("calls", rung)):
        _write(place / name, rows)
    (place / "done").touch()


def _write(path: Path, rows: Iterable[Dated]) -> None:
    ends, firsts, lasts = array("q"), array("d"), array("d")
    with path.with_suffix(".json").open("wb") as file:
        for first, last, row in rows:
            file.write(orjson.dumps(row))
            ends.append(file.tell())
            firsts.append(first)
            lasts.append(last)
    index = {"ends": ends.tolist(), "firsts": firsts.tolist(), "lasts": lasts.tolist()}
    path.with_suffix(".index").write_text(json.dumps(index), "utf-8")


class Listing:
    """A written list: pages of the rows that a stretch of time finds, without reading any JSON."""

    def __init__(self, path: Path) -> None:
        index = json.loads(path.with_suffix(".index").read_text("utf-8"))
        self.ends, self.firsts, self.lasts = (array(kind, index[name]) for kind, name in
                                              (("q", "ends"), ("d", "firsts"), ("d", "lasts")))  # fmt: skip
        with path.with_suffix(".json").open("rb") as file:
            self.text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.found = cache(self._found)

    def _found(self, start: float, end: float) -> list[int]:
        """The numbers of the rows that are seen from `start` to before `end`."""
        spans = enumerate(zip(self.firsts, self.lasts, strict=True))
        return [number for number, (first, last) in spans if last >= start and first < end]

    def page(self, chosen: list[int]) -> bytes:
        """Rows as a JSON list."""
        return b"[" + b",".join(self.text[self.ends[n - 1] if n else 0 : self.ends[n]] for n in chosen) + b"]"


def _dated(first: datetime, last: datetime, row: Row) -> Dated:
    return first.timestamp(), last.timestamp(), row
