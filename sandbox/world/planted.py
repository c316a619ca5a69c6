"""Dirt that no world of some size may lack: planted by hand where chance might leave it out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox.world.dirt import LONG
from sandbox.world.model import Event, Visit
from sandbox.world.names import ODD_TEXTS

if TYPE_CHECKING:
    from sandbox.world.world import World

ODD_NAMES = (
    "شركة النور للتجارة",
    "A\u030angstro\u0308m & So\u0308hne",
    'The "Quoted" Company\nof two lines',
    "🚀 Rocket 🇳🇱",
)


def plant(world: "World") -> None:
    """Put each kind of dirt into records that no evidence hangs on. Small worlds get what they have room for."""
    _in_visits(world)
    _in_organisations(world)
    feedback = [each for each in world.feedback.values() if each.inputs]
    for each, text in zip(feedback, ("word " * (LONG // 5), *ODD_TEXTS), strict=False):
        each.inputs = [*each.inputs[:-1], (each.inputs[-1][0], text)]
    calls = [each for each in world.calls.values() if each.context]
    for call, text in zip(calls, ODD_TEXTS, strict=False):
        if call.context:
            call.context["default"]["url_title"] = text


def spare_visits(world: "World", visits: Iterable[Visit]) -> list[Visit]:
    """Those of the visits on whose content no lead, call or feedback and no Smartlook session depends."""
    held = {visit for lead in world.leads.values() for visit, _ in lead.submissions}
    held |= {str(call.visit) for call in world.calls.values()} | {str(each.visit) for each in world.feedback.values()}
    return [each for each in visits if each.session_id and each.key not in held and not each.smartlook_id]


def _in_visits(world: "World") -> None:
    spare = iter([each for each in spare_visits(world, world.visits.values()) if each.events and not each.crowded])
    changes: list[dict[str, Any]] = [
        {"referrer": None, "location": None, "browser": None, "device_type": None, "organisation_uuid": None},
        {"bot_score": 0.25, "consent": {"analytics": True, "since": None}, "experiments": ["a", "b"]},
    ]
    for extra, visit in zip(changes, spare, strict=False):
        visit.extra = extra
        if extra.get("organisation_uuid", "") is None:
            visit.organisation = None
    for text, visit in zip((*ODD_TEXTS, "x" * LONG), spare, strict=False):
        first = visit.events[0]
        visit.events.append(
            Event("click", first.url, first.at, name=text, properties=[("elementText", text), (text, None)])
        )
    for visit in (each for each, _ in zip(spare, range(1), strict=False)):
        first = visit.events[0]
        first.url = f"{first.url}{'&' if '?' in first.url else '?'}q={'y' * LONG}"
        visit.events.append(
            Event("scroll_depth", first.url, first.at, extra={"depth_percent": 75, "marks": [25, 50], "note": None})
        )
        visit.events.append(
            Event("track", first.url, first.at, name="", properties=[("n", 49), ("n", 1.5), ("ok", True)])
        )
    for visit in (each for each, _ in zip(spare, range(1), strict=False)):
        visit.events = []


def _in_organisations(world: "World") -> None:
    """Names as nobody expects them, and an organisation about which next to nothing is known."""
    special = [
        each for each in world.organisations.values()
        if each.listed and world.companies[each.company].kind in ("subdomain", "moving", "switchboard")
    ]  # fmt: skip
    for organisation, name in zip(special, (None, *ODD_NAMES), strict=False):
        organisation.name = name
        if name is None:
            # without an address nothing says how to read a national number
            organisation.phone = world.companies[organisation.company].phone
            organisation.size = organisation.industry = organisation.founded = organisation.logo = None
            organisation.email = organisation.street = organisation.postal_code = None
            organisation.extra = {"address": None, "profiles": None, "intent_score": 7, "signals": [{"kind": "hiring"}]}
