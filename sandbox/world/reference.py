"""What the vendors hold besides facts: tracked sites, buttons, agents, segments, assignees, definitions, funnels."""

import random
from datetime import datetime, timedelta

from sandbox.world.companies import make_uuid
from sandbox.world.model import Reference, Site
from sandbox.world.names import SEGMENTS, TAGS

SITES = (
    ("main", "www.lumenport.example", "Lumenport", "active"),
    ("docs", "docs.lumenport-labs.example", "Lumenport “Labs” docs 📚", "on_trial"),
)
OWN_DOMAINS = ["lumenport.example", "lumenport-labs.example", "lumenport-group.example"]
"""Of the user's own company: those of the tracked sites, and one that only addresses of employees have."""
AGENTS = (
    ("anna", "available", False), ("björn+sales", "busy", False), ("c.o'hara", "wrap_up", False),
    ("dora", "offline", True), ("emre", "on_a_break ☕", False),
)  # fmt: skip
BUTTONS = (
    ("main", "Sales NL", "Europe/Amsterdam", "NL", 0), ("main", "Sales FR", "Europe/Paris", "FR", 1),
    ("main", "Vertrieb \"DE\"", "Europe/Berlin", "DE", 2), ("docs", "Support", "UTC", None, 3),
    ("main", "Old campaign", None, None, 0),
)  # fmt: skip


def make_sites(seed: int, now: datetime) -> list[Site]:
    """The two tracked sites; the second is small."""
    rng = random.Random(f"{seed}/sites")
    return [
        Site(
            key, host, name, workspace=make_uuid(rng), workspace_status=status,
            smartlook_project=f"prj_{rng.getrandbits(40):010x}", usersnap_project=make_uuid(rng),
            usersnap_api_key=make_uuid(rng), created_at=(now - timedelta(days=400)).replace(hour=8, minute=1),
        )
        for key, host, name, status in SITES
    ]  # fmt: skip


def make_reference(seed: int) -> Reference:
    """The same for all worlds of a seed."""
    rng = random.Random(f"{seed}/reference")
    agents = [
        {"email": f"{user}@{OWN_DOMAINS[2]}", "status": status, "wrap_up_time": rng.choice((0, 30, 45)),
         "last_bridge_end": None if removed else 1_772_442_935_000 + rng.randrange(10**6), "removed": removed}
        for user, status, removed in AGENTS
    ]  # fmt: skip
    buttons = [
        {"bid": f"{rng.getrandbits(128):032x}", "name": name, "brand": "Lumenport" if number != 3 else None,
         "call_id": f"3120{rng.randrange(10**6, 10**7)}", "agent": agents[agent]["email"],
         "schedule_template_id": number % 3 + 1 if number < 4 else None, "timezone": timezone,
         "caller_id": "31201234567", "config": {"btnBgColor": "#0000ff", "texts": {"de": "Rückruf?", "emoji": "📞"}},
         "display_page": "/cart" if number % 2 else None, "cart_value": (100, 0, 49.5, None, 0)[number],
         "active": number != 4, "site": site, "country": country}
        for number, (site, name, timezone, country, agent) in enumerate(BUTTONS)
    ]  # fmt: skip
    schedules = [
        {"id": number + 1, "name": name, "schedule": [{"day": day, "open": "09:00", "close": "18:00"} for day in days]}
        for number, (name, days) in enumerate(
            (("Office hours", (1, 2, 3, 4, 5)), ("Always", range(7)), ("Never, yet", ()))
        )
    ]
    assignees = [
        {"user_id": make_uuid(rng), "first_name": first, "last_name": last, "site": sites}
        for first, last, sites in (("Anna", "O'Hara", "main docs"), ("Björn", "", "main"), ("Çağla", "Öz", "docs"))
    ]
    definitions = {
        f"evt_{number}": name for number, name in enumerate(("Visit", "Checkout", "plan_selected", "CTA"), 1)
    }
    return Reference(
        segments={make_uuid(rng): name for name in SEGMENTS}, tags=list(TAGS), buttons=buttons, schedules=schedules,
        agents=agents, assignees=assignees, labels={"bug": "Bug", "idea": "Idea 💡", "praise": 'So "good"'},
        event_names=definitions,
        funnels=[{"id": "fun_1", "name": "Buy", "events": ["evt_1", "evt_3"]},
                 {"id": "fun_2", "name": "Call to action → demo", "events": ["evt_1", "evt_4", "evt_2"]}],
    )  # fmt: skip
