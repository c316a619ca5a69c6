"""The world as Snitcher's rows (snitcher.md, section 5)."""

from collections.abc import Iterable
from typing import Any

from sandbox.http.vendor import Row
from sandbox.world.model import Event, Organisation, Site, Visit
from sandbox.world.names import browser_word
from sandbox.world.text import seconds_offset, seconds_z
from sandbox.world.world import World


def workspace_row(site: Site, world: World) -> Row:
    """Section 5.1. `usage_limit` is text in one copy of the reference and a number in another: so it is here."""
    main = site is world.sites[0]
    return {
        "uuid": site.workspace,
        "name": site.name,
        "url": site.url + ("" if main else "/"),
        "status": site.workspace_status,
        "tracking_script_id": f"s{site.workspace[:6]}",
        "tracking_script_snippet": f'<script src="https://cdn.snitcher.example/{site.workspace[:6]}.js"></script>',
        "available_tags": world.reference.tags if main else [],
        "usage_limit": "1000" if main else 250,
    }


def session_row(visit: Visit, *, views_only: bool) -> Row:
    """Section 5.3: `views` is deprecated and holds page views only; `views_only` leaves `events` out."""
    events = [event_row(each, visit) for each in visit.events]
    if str(visit.session_id).startswith("0"):
        # nothing says that events come in order of time
        events.reverse()
    row: Row = {
        "uuid": visit.session_id,
        "organisation_uuid": visit.organisation,
        "started_at": seconds_offset(visit.started_at),
        "ended_at": seconds_offset(visit.ended_at),
        "location": {
            "country": visit.place.country, "state": visit.place.state, "city": visit.place.city,
            "latitude": visit.place.latitude, "longitude": visit.place.longitude,
        },
        "browser": browser_word(visit.device, "snitcher"),
        "referrer": visit.referrer,
        "device_type": visit.device.kind,
        "events": events,
        "views": [
            {"url": each["url"], "visited_at": each["triggered_at"], "time_on_page": each["time_on_page"]}
            for each in events if each["event_type"] == "pageview"
        ],
        **visit.extra,
    }  # fmt: skip
    if views_only:
        del row["events"]
    return row


def event_row(event: Event, visit: Visit) -> Row:
    """The introduction page's table of events: common fields, then those of the type. Events have no id."""
    url = event.url if visit.snitcher_url_query else event.url.split("?")[0]
    row: Row = {"event_type": event.kind, "url": url, "triggered_at": seconds_offset(event.at)}
    match event.kind:
        case "pageview":
            row["time_on_page"] = event.time_on_page
        case "form_submit":
            row |= {"form_id": event.form_id, "form_name": event.form_name, "fields": pairs(event.fields)}
        case _:
            row |= {"name": event.name, "properties": pairs(event.properties)}
    return row | event.extra


def pairs(values: Iterable[tuple[str, Any]]) -> list[Row]:
    """A name/value list."""
    return [{"name": name, "value": value} for name, value in values]


def organisation_row(organisation: Organisation, visits: list[Visit], world: World) -> Row:
    """Section 5.2, for a company with at least one visit; counters and pages are of all time in the workspace."""
    place = organisation.place
    # the order in which a list is served must not show in here
    visits = sorted(visits, key=lambda visit: (visit.started_at, visit.key))
    pages = [page for visit in visits for page in visited_pages(visit)]
    line = " ".join(part for part in (organisation.street, organisation.street_number) if part)
    return {
        "uuid": organisation.uuid,
        "name": organisation.name,
        "website": organisation.website,
        "first_seen": seconds_z(min(visit.started_at for visit in visits)),
        "last_seen": seconds_z(max(visit.ended_at for visit in visits)),
        "logo": organisation.logo,
        "address": {
            "country": place.country, "state": place.state, "city": place.city,
            "latitude": place.latitude, "longitude": place.longitude,
            "street": organisation.street, "street_number": organisation.street_number,
            "postal_code": organisation.postal_code, "address": line or None,
            "full_address": f"{line}\n{place.city}, {place.state}, {place.country}" if line else None,
        },
        "founded": organisation.founded,
        "size": organisation.size,
        "industry": organisation.industry,
        "phone": organisation.phone,
        "email": organisation.email,
        "profiles": organisation.profiles,
        "tags": list(organisation.tags),
        "segments": [{"uuid": each, "name": world.reference.segments[each]} for each in organisation.segments],
        "visitor_locations": list(dict.fromkeys(f"{each.place.city}, {each.place.country}" for each in visits)),
        "total_pageviews": len(pages),
        "pages_visited": list(dict.fromkeys(pages)),
        **organisation.extra,
    }  # fmt: skip


def visited_pages(visit: Visit) -> list[str]:
    """URLs of a visit's page views as Snitcher has them."""
    urls = [each.url for each in visit.events if each.kind == "pageview"]
    return urls if visit.snitcher_url_query else [url.split("?")[0] for url in urls]


def contact_row(key: str, first: str, last: str) -> Row:
    """Section 5.4: the address is hidden until it is paid for."""
    return {"uuid": key, "first_name": first, "last_name": last, "email": "[not-revealed]"}


CUSTOM_FIELDS: list[Row] = [
    {
        "identifier": "account_tier", "key": "account_tier", "name": "Account tier", "entity_type": "organisation",
        "type": "text", "description": None, "group": "custom", "is_visible": True, "source": "manual", "rules": [],
        "is_system": False, "options": [],
    },
]  # fmt: skip


def custom_value(organisation: Organisation) -> list[Row]:
    """Section 5.4: a value of our field and one of the fixed system fields."""
    return [
        {"field_identifier": "account_tier", "field_key": "account_tier", "field_type": "text",
         "value": "enterprise" if organisation.tags else None, "source": "manual", "updated_at": None},
        {"field_identifier": "industry", "field_key": "industry", "field_type": "text",
         "value": organisation.industry, "source": "fixed", "updated_at": None},
    ]  # fmt: skip
