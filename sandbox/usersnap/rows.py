"""How Usersnap sees the world: projects, feedback and assignees (sheet usersnap.md, section 5)."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.http.vendor import Row
from sandbox.world.companies import make_uuid
from sandbox.world.model import Feedback, Site
from sandbox.world.text import micros_z
from sandbox.world.world import World

PICTURES = "https://resources.usersnap.com/company"
COLORS = {"bug": "#f71007", "idea": "#0a84ff"}
METRICS = (
    ("Comment", "TEXT"),
    ("Browser", "CLIENT"),
    ("Screenshot", "SCREENSHOT"),
    ("Release", "JSON"),
    ("Email", "VISITOR"),
)


@dataclass(frozen=True)
class Project:
    """One Usersnap project. `site` is the key of the site whose users may be assigned, "" for none."""

    id: str
    api_key: str
    name: str
    site: str
    created_at: datetime
    archived_at: datetime | None = None


class Projects:
    """The account's projects, and which feedback is whose.

    Each site has its own. Beside them are one that was closed (old feedback of the second site), a quiet one (old
    feedback of the first), one with nothing but demo rows, and one without any. What is old is settled when the
    world begins, so a feedback never changes its project.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        rng = random.Random(f"{world.seed}/usersnap")
        first, second = world.sites[0], world.sites[1]
        opened = first.created_at

        def extra(name: str, site: Site | None, archived_at: datetime | None = None) -> Project:
            return Project(make_uuid(rng), make_uuid(rng), name, site.key if site else "", opened, archived_at)

        self.closed = extra("Old docs (closed)", second, world.since + (world.now - world.since) / 2)
        self.quiet = extra("Former campaign", first)
        self.demo = extra("Demo tour", None)
        self.empty = extra("Nichts drin, noch 🌱", None)
        self.of_site = {
            site.key: Project(site.usersnap_project, site.usersnap_api_key, site.name, site.key, site.created_at)
            for site in world.sites
        }
        self.all = [*self.of_site.values(), self.closed, self.quiet, self.demo, self.empty]
        self._settled = self._settle(first, second)

    def _settle(self, first: Site, second: Site) -> dict[str, str]:
        history = sorted(self.world.feedback.values(), key=lambda each: (each.created_at, each.id))
        aside = {first.key: self.quiet.id, second.key: self.closed.id}
        settled = {each.id: aside[each.site] for each in history[: len(history) * 2 // 5] if not each.is_demo}
        return settled | {each.id: self.demo.id for each in [each for each in history if each.is_demo][::2]}

    def feedback(self) -> dict[str, list[Feedback]]:
        """Project id -> its visible feedback; every project has an entry."""
        found: dict[str, list[Feedback]] = {project.id: [] for project in self.all}
        for feedback in self.world.visible_feedback():
            found[self._settled.get(feedback.id, self.of_site[feedback.site].id)].append(feedback)
        return found


def project_row(world: World, project: Project, feedback: Sequence[Row], choice: Mapping[str, str]) -> Row:
    """A row of the projects list; `feedback` are the project's rows, which it counts."""
    counted = [row for row in feedback if choice["feedback_count"] == "exact" or not row["is_demo"]]
    updated = micros_z(project.archived_at or project.created_at + timedelta(days=30, microseconds=261195))
    if choice["project_updated"] == "moves":
        updated = max([updated, *(row["updated_at"] for row in feedback)])
    assignees = assignee_rows(world, project)
    return {
        "project_id": project.id,
        "api_key": project.api_key,
        "company_id": "695f0023-0000-4000-8000-000000000001",
        "space_id": "1da0d970-0000-4000-8000-000000000001",
        "created_at": micros_z(project.created_at + timedelta(microseconds=453839)),
        "updated_at": updated,
        "archived_at": micros_z(project.archived_at) if project.archived_at else None,
        "owner_id": world.reference.assignees[0]["user_id"],
        "default_assignee_id": assignees[0]["user_id"] if project.site == "main" else None,
        "name": project.name,
        "is_live": project.archived_at is None,
        "feedback_count": len(counted),
        "open_feedback_count": sum(row["status_type"] == "open" for row in counted),
    }


def feedback_row(world: World, project: Project, feedback: Feedback) -> Row:
    """A feedback as the list and the filter give it; times have microseconds."""
    etag = hashlib.sha256(feedback.id.encode()).hexdigest()[:12]
    return {
        "feedback_id": feedback.id,
        "feedback_number": feedback.number,
        "public_link": f"https://app.usersnap.com/l/feedback/{feedback.id}",
        "project_id": project.id,
        "created_at": micros_z(feedback.created_at),
        "updated_at": micros_z(feedback.updated_at),
        "status_type": feedback.status,
        "priority": feedback.priority,
        "assignee_id": feedback.assignee,
        "is_demo": feedback.is_demo,
        "email": feedback.email,
        "client": client_of(feedback),
        "custom_data": feedback.custom_data,
        "screenshot": {
            "annotated_image_url": f"{PICTURES}/{feedback.id}.png?etag={etag}",
            "comments": [{"label": "1", "comment": "here"}],
        }
        if feedback.has_screenshot
        else None,
        "screen_recording": {"file_resource_url": f"{PICTURES}/{feedback.id}.mp4", "mime_type": "video/mp4"}
        if feedback.has_recording
        else None,
        "ordered_inputs": [input_row(order, label, value) for order, (label, value) in enumerate(feedback.inputs)],
        "labels": [label_row(world, identifier) for identifier in feedback.labels],
    }


def client_of(feedback: Feedback) -> Row | None:
    """Where and with what the feedback was written; None for what nobody wrote."""
    place, device = feedback.place, feedback.device
    if place is None or device is None:
        return None
    return {
        "url": feedback.url,
        "client_type": "browser",
        "city_name": place.city,
        "country_name": place.country_name,
        "screen_width": device.width,
        "screen_height": device.height,
        "browser_full_name": f"{device.browser} {device.version.split('.')[0]} ({device.os})",
        "browser_os": "Macintosh" if device.os == "macOS" else device.os,
        "browser_name": device.browser,
        "browser_version": device.version,
    }


def input_row(order: int, label: str, value: Any) -> Row:
    """One of the ordered inputs: a text, or a box that is ticked or not."""
    boolean = value if isinstance(value, bool) else None
    text = None if isinstance(value, bool) else value
    return {"order": order, "label": label, "boolean_value": boolean, "text_value": text, "value": value}


def label_row(world: World, identifier: str) -> Row:
    """A label of the company."""
    return {
        "company_label_id": hashlib.sha256(identifier.encode()).hexdigest()[:32],
        "identifier": identifier,
        "name": world.reference.labels[identifier],
        "color": COLORS.get(identifier, "#7f7f7f"),
    }


def assignee_rows(world: World, project: Project) -> list[Row]:
    """Users of the project; a row has no project id, and a user of two projects is in both lists."""
    return [
        {
            "user_id": user["user_id"],
            "first_name": user["first_name"],
            "last_name": user["last_name"],
            "gravatar_url": f"https://www.gravatar.com/avatar/{user['user_id'][:8]}",
        }
        for user in world.reference.assignees
        if project.site in user["site"].split()
    ]


def metric_rows() -> list[Row]:
    """Which fields a project collects; the same for all."""
    return [{"name": name, "help_text": "", "metric_type": kind} for name, kind in METRICS]
