"""How Smartlook sees the world: visitors, their sessions and the events in them (sheet smartlook.md, section 5).

All functions give `{project id: [row, ...]}`, rows as the API states them at the world's now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.http.vendor import Row
from sandbox.smartlook.memory import Identity, Memory
from sandbox.world.model import Event, Person, Visit
from sandbox.world.text import millis_z
from sandbox.world.world import World

Projects = dict[str, list[Row]]

# what else happens beside the world's events, chosen by a checksum of where it happens
ASIDES = {0: "rage_click", 1: "error", 2: "focus", 3: "text"}
# a web session is over after 15 minutes without activity
QUIET = timedelta(minutes=15)
TYPES = {"pageview": "url", "track": "custom", "click": "click", "download": "click", "form_submit": "text"}


@dataclass(frozen=True)
class Recording:
    """A visit as Smartlook recorded it: its own clock, and only what has happened by now."""

    visit: Visit
    person: Person
    project: str
    visitor_id: str
    started_at: datetime
    ended_at: datetime
    events: list[tuple[int, Event, datetime]]


def recordings(world: World, choice: Mapping[str, str], memory: Memory) -> list[Recording]:
    """All recordings that the API has now, expired ones not included."""
    oldest = world.now - timedelta(days=int(choice["retention_days"]))
    found = []
    sites = {site.key: site for site in world.sites}
    for visit in world.visible_visits():
        skew = timedelta(seconds=visit.smartlook_skew)
        started, ended = visit.started_at + skew, visit.ended_at + skew
        if visit.smartlook_id is None or started < oldest:
            continue
        events = [(place, event, event.at + skew) for place, event in enumerate(memory.events(visit))]
        if visit.ended_at + QUIET > world.now:
            if choice["active_sessions"] == "hidden":
                continue
            if choice["active_sessions"] == "growing":
                events = events[: (len(events) + 1) // 2]
                ended = max((each[2] for each in events), default=started)
        person, site = world.people[visit.person], sites[visit.site]
        visitor_id = person.visitor_ids[site.key]
        found.append(Recording(visit, person, site.smartlook_project, visitor_id, started, ended, events))
    return found


def session_rows(world: World, choice: Mapping[str, str], memory: Memory) -> Projects:
    """Sessions, whole, as search, visitor and detail routes all give them."""
    hosts = {site.key: site.host for site in world.sites}
    rows: Projects = {site.smartlook_project: [] for site in world.sites}
    for recording in recordings(world, choice, memory):
        visit, person = recording.visit, recording.person
        moment = world.now if choice["identify"] == "rewritten" else recording.started_at
        pages = [event.url for _, event, _ in recording.events if event.kind == "pageview"]
        row: Row = {
            "id": visit.smartlook_id,
            "visitorId": recording.visitor_id,
            "identification": {
                **identification(memory.identity(person, moment), "object", choice),
                "visitorIp": person.ip,
                **surroundings(visit),
            },
            "duration": int((recording.ended_at - recording.started_at).total_seconds()),
            "startedAt": millis_z(recording.started_at),
            "endedAt": millis_z(recording.ended_at),
            "referrer": visit.referrer,
            "landingPage": pages[0] if pages else None,
            "exitPage": pages[-1] if pages else None,
            "notes": [
                {"id": f"note_{visit.key}_{number}", "time": second, "text": text}
                for number, (second, text) in enumerate(visit.notes)
            ],
            "domain": hosts[visit.site],
            "protocol": "https",
            "dashboardURL": f"https://app.smartlook.com/org/O/project/{recording.project}/sessions/{visit.smartlook_id}",
            "_links": {
                "visitor": f"/api/v1/visitors/{recording.visitor_id}",
                "sessionEvents": f"/api/v1/visitors/{recording.visitor_id}/events?sessionId={visit.smartlook_id}",
            },
        }
        if choice["page_urls"] == "present":
            row["pageUrl"] = list(dict.fromkeys(pages))
        rows[recording.project].append(row)
    return rows


def visitor_rows(world: World, choice: Mapping[str, str], memory: Memory) -> Projects:
    """Visitors with the three counters; the v2 search leaves those out. One is gone when its last session is."""
    first_seen: dict[str, datetime] = {}
    for recording in recordings(world, {**choice, "retention_days": "36500"}, memory):
        earlier = first_seen.get(recording.visitor_id, recording.started_at)
        first_seen[recording.visitor_id] = min(earlier, recording.started_at)
    everything: dict[tuple[str, str], list[Recording]] = {}
    for recording in recordings(world, choice, memory):
        everything.setdefault((recording.project, recording.visitor_id), []).append(recording)
    rows: Projects = {site.smartlook_project: [] for site in world.sites}
    for (project, visitor_id), theirs in everything.items():
        rows[project].append(
            {
                "id": visitor_id,
                "identification": identification(memory.identity(theirs[0].person, world.now), "array", choice),
                "firstSeen": millis_z(first_seen[visitor_id]),
                "lastSeen": millis_z(max(each.ended_at for each in theirs)),
                "numberOfVisits": len(theirs),
                "numberOfSessions": len(theirs),
                "numberOfEvents": sum(len(occurrences(each)) for each in theirs),
                "_links": {
                    "visitorSessions": f"/api/v1/visitors/{visitor_id}/sessions",
                    "visitorEvents": f"/api/v1/visitors/{visitor_id}/events",
                },
            }
        )
    return rows


def event_rows(world: World, choice: Mapping[str, str], memory: Memory) -> Projects:
    """Event occurrences of all visitors, in the order of their sessions."""
    rows: Projects = {site.smartlook_project: [] for site in world.sites}
    definitions = {name: event_id for event_id, name in world.reference.event_names.items()}
    for recording in recordings(world, choice, memory):
        visitor = f"/api/v1/visitors/{recording.visitor_id}"
        for number, kind, event, moment in occurrences(recording):
            name = name_of(number, kind, event)
            links = {"visitor": visitor}
            if name in definitions:
                links["event"] = f"/api/v1/events/{definitions[name]}"
                links["eventVisitors"] = f"/api/v1/events/{definitions[name]}/visitors"
            rows[recording.project].append(
                {
                    "id": f"occ_{str(recording.visit.smartlook_id).removeprefix('ses_')}_{number}",
                    "visitorId": recording.visitor_id,
                    "sessionId": recording.visit.smartlook_id,
                    "properties": properties_of(event) if kind == "custom" else [],
                    "duration": 0,
                    "startedAt": millis_z(moment),
                    "pageUrl": event.url,
                    "type": kind,
                    "value": value_of(kind, event),
                    "sourceType": "api" if kind == "custom" else "auto",
                    "eventName": name,
                    "selector": f"#{event.form_id or 'main'}"
                    if kind in ("click", "rage_click", "text", "focus")
                    else None,
                    "_links": links,
                }
            )
    return rows


def definition_rows(world: World) -> list[Row]:
    """Event definitions; both projects have the same, with the same ids."""
    return [
        {
            "id": event_id,
            "name": name,
            "categoryId": "cat_1" if number % 3 else "cat_2",
            "categoryName": "Custom" if number % 3 else "Contact",
            "_links": {"event": f"/api/v1/events/{event_id}", "eventVisitors": f"/api/v1/events/{event_id}/visitors"},
        }
        for number, (event_id, name) in enumerate(world.reference.event_names.items())
    ]


def funnel_rows(world: World) -> list[Row]:
    """Funnel definitions, for both projects."""
    names = world.reference.event_names
    return [
        {
            "id": funnel["id"],
            "name": funnel["name"],
            "events": [
                {"id": event_id, "name": names[event_id], "_links": {"event": f"/api/v1/events/{event_id}"}}
                for event_id in funnel["events"]
            ],
            "_links": {"funnel": f"/api/v1/funnels/{funnel['id']}"},
        }
        for funnel in world.reference.funnels
    ]


def occurrences(recording: Recording) -> list[tuple[int, str, Event, datetime]]:
    """Number, type, event of the world and time of each occurrence; a type that no document has is kept."""
    found = []
    for place, event, moment in recording.events:
        found.append((place * 2, TYPES.get(event.kind, event.kind), event, moment))
        aside = ASIDES.get((sum(recording.visit.key.encode()) + place * 7) % 23)
        if aside and event.kind == "pageview":
            found.append((place * 2 + 1, aside, event, moment))
    return found


def identification(identity: Identity, documented: str, choice: Mapping[str, str]) -> Row:
    """`uid` and `properties`, the latter in the form that the switch asks for."""
    form = documented if choice["properties"] == "documented" else choice["properties"]
    row: Row = {"uid": identity.uid}
    given = identity.properties
    if form == "absent":
        return row
    if form == "null" or given is None:
        return {**row, "properties": None}
    pairs = list(given.items()) if isinstance(given, dict) else [(pair["name"], pair["value"]) for pair in given]
    if form == "object":
        return {**row, "properties": dict(pairs)}
    return {
        **row,
        "properties": given if form == "mixed" else [{"name": name, "value": value} for name, value in pairs],
    }


def surroundings(visit: Visit) -> Row:
    """Browser, platform, country and device of a session."""
    device = visit.device
    return {
        "browser": {
            "name": device.browser,
            "code": device.browser.lower().replace(" ", "_"),
            "userAgent": device.user_agent,
        },
        "platform": {
            "name": device.os,
            "operatingSystem": f"{device.os} {device.os_version}".strip(),
            "code": device.os.lower()[:3],
        },
        "country": {
            "name": visit.place.country_name,
            "code": visit.place.country,
            "region": visit.place.state,
            "city": visit.place.city,
        },
        "device": {
            "type": device.kind,
            "orientation": "landscape" if device.width > device.height else "portrait",
            "width": device.width,
            "height": device.height,
        },
    }


def properties_of(event: Event) -> list[Row]:
    """Name, type and value; values are strings for every type."""
    types = {bool: "boolean", int: "number", float: "number"}
    return [
        {"name": name, "type": types.get(type(value), "string"), "value": None if value is None else str(value)}
        for name, value in event.properties
    ]


def name_of(number: int, kind: str, event: Event) -> str | None:
    """The name under which an event is defined: landing pages and price pages by their address, others by their own."""
    if kind == "url":
        return "Visit" if number == 0 else "Checkout" if "/pricing" in event.url else None
    return event.name if kind in ("custom", "click") else None


def value_of(kind: str, event: Event) -> str | None:
    """The text of an occurrence; what people type is masked."""
    return "***" if kind == "text" else {"click": event.name, "error": "TypeError: x is undefined"}.get(kind)
