"""What is wrong, by what `status.json` says: one definition for `leadpath status`, its exit status, and the alerts.

A sentence is made of names of vendors, resources and commands, of counts and times, and of nothing that a vendor or a
person wrote: it may be sent to strangers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.settings import Settings
from pipelines.vendors import BY_NAME
from sources.vendor import Vendor, Whole, Windows

# no list is read less often than once a day
STALE = timedelta(days=2)
# so long before a vendor may forget it, unread history is told of
SOON = timedelta(days=7)
# what else failed is as good as new after any later run; these two are done by no other command
BY_THEMSELVES = ("sync", "push-leads")
COMMANDS = (*BY_THEMSELVES, "build", "import-leads", "demo")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong now. `kind`, `about`, `vendor` and `resource` tell one from another; `sentence` is for
    people and may change while the problem lasts.

    Kinds: `run` (a command failed; `about` is which), `failed` (a vendor was not read to the end), `stale`,
    `incomplete`, and `forgotten` (a vendor may soon delete what was not read).
    """

    kind: str
    sentence: str
    about: str = ""
    vendor: str | None = None
    resource: str | None = None

    @property
    def key(self) -> str:
        """The same for the same problem in every run."""
        return " ".join(filter(None, (self.kind, self.about, self.vendor, self.resource)))

    @property
    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def problems(document: Mapping[str, Any], settings: Settings) -> list[Problem]:
    """All that is wrong by a status document, as of `settings.now`.

    It counts for the vendors that were set up when the document was written, and for what is to be loaded of them.
    """
    found = list(_of_runs(document["runs"]))
    for name, vendor in BY_NAME.items():
        part = document["vendors"].get(name)
        if part and part["configured"]:
            found += _of_vendor(vendor, part, settings)
    return found


def _of_runs(runs: list[dict[str, Any]]) -> Iterator[Problem]:
    """The newest run that ended, and the newest of each command that no other makes good. `runs`: newest first."""
    seen: set[str] = set()
    for run in (run for run in runs if run["status"] != "running"):
        # a tenant may have the name of a command
        words = re.sub(r"--tenant[ =]\S+", "", run["command"]).split()[1:]
        command = next((word for word in words if word in COMMANDS), words[0] if words else "")
        if not command or command in seen or (seen and command not in BY_THEMSELVES):
            continue
        seen.add(command)
        # of a sync, what is partial is a vendor's, which is named below
        if run["status"] == "ok" or (run["status"] == "partial" and command == "sync"):
            continue
        when = (run["ended_at"] or run["started_at"])[:16].replace("T", " ")
        did = {"interrupted": "was interrupted", "partial": "did only part of its work"}.get(run["status"], "failed")
        yield Problem("run", f"The last {command} {did} ({when} UTC); leadpath runs says why.", about=command)


def _of_vendor(vendor: Vendor, part: Mapping[str, Any], settings: Settings) -> Iterator[Problem]:
    if (failed := part.get("failed")) is not None:
        of = f" ({', '.join(failed)})" if failed else ""
        yield Problem(
            "failed",
            f"{vendor.title} could not be read to the end by its last sync{of}; leadpath runs says why.",
            vendor=vendor.name,
        )
    chosen = settings.resources(vendor.name)
    for resource in vendor.resources:
        held = part["resources"].get(resource.name)
        if not held or (chosen is not None and resource.name not in chosen):
            continue
        place = {"vendor": vendor.name, "resource": resource.name}
        read = datetime.fromisoformat(str(held["last_success"])) if held["last_success"] else None
        # children have nothing to read where no parent is new
        if read and settings.now - read > STALE and (isinstance(resource.cadence, (Windows, Whole)) or held["left"]):
            yield Problem(
                "stale",
                f"{vendor.title} {resource.name} was last read {(settings.now - read).days} days ago;"
                " run leadpath sync, and look at its schedule.",
                **place,
            )
        if short := held.get("short_windows"):
            missing = sum(one["missing"] for one in short)
            yield Problem(
                "incomplete",
                f"{vendor.title} {resource.name}: {missing:,} {'row is' if missing == 1 else 'rows are'} missing, which"
                " the vendor counts and does not give; later syncs ask again.",
                **place,
            )
        elif held["incomplete_windows"]:
            yield Problem(
                "incomplete",
                f"{vendor.title} {resource.name}: {held['incomplete_windows']:,} stretches of time came incomplete;"
                " later syncs ask again.",
                **place,
            )
        if isinstance(resource.cadence, Windows):
            yield from _of_retention(vendor, resource.name, held, read, settings.now)


def _of_retention(
    vendor: Vendor, name: str, held: Mapping[str, Any], read: datetime | None, now: datetime
) -> Iterator[Problem]:
    """Stretches that were not read, and that the vendor may delete within SOON. How long it keeps them is by plan."""
    unread = [(datetime.fromisoformat(str(a)), datetime.fromisoformat(str(b))) for a, b in held.get("unread", [])]
    unread += [(read, now)] if read else []
    for days in vendor.forgets_after:
        first, end = now - timedelta(days=days), now - timedelta(days=days) + SOON
        at_risk = [(max(start, first), min(stop, end)) for start, stop in unread if start < end and stop > first]
        if at_risk:
            begin, stop = min(start for start, _ in at_risk), max(stop for _, stop in at_risk)
            plans = " or ".join(str(each) for each in vendor.forgets_after)
            yield Problem(
                "forgotten",
                f"{vendor.title} keeps records {plans} days, by plan: {name} of {begin:%Y-%m-%d} to {stop:%Y-%m-%d} are"
                " not read yet and may soon be gone. Run leadpath sync now, more often, or longer (LEADPATH_MAX_RUN).",
                about=str(days),
                vendor=vendor.name,
                resource=name,
            )
