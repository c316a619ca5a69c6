"""How every tenant is, by its settings, its status file and the catalogue of several hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pipelines.fleet.seen import Seen, mixed_up
from pipelines.runs.catalog import catalog_of
from pipelines.runs.status import FOREIGN
from pipelines.runs.wrong import STALE, problems
from pipelines.settings import TENANT, Settings, load
from pipelines.vendors import BY_NAME, READABLE
from sources.errors import LeadpathError


@dataclass(frozen=True)
class State:
    """A tenant: `state` is that of its last run, `never` before the first one, or `elsewhere` where another host has
    it. `newest` is its newest row, `left` the work that is left, `error` what its last run says, `wrong` what is wrong
    now, in sentences. Times are UTC.
    """

    tenant: str
    state: str
    host: str | None
    last_success: datetime | None
    newest: datetime | None
    left: int
    error: str | None
    wrong: list[str]

    @property
    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def states(settings: Settings, names: Sequence[str], environment: Mapping[str, str]) -> list[State]:
    """Each tenant of these names. Raises CatalogFailed where there is a catalogue that cannot be reached."""
    catalog = catalog_of(settings)
    homes = catalog.homes() if catalog else {}
    now = catalog.now() if catalog else None
    return [_state(Seen.of(settings.root, name, homes.get(name)), environment, now) for name in names]


def _state(seen: Seen, environment: Mapping[str, str], clock: datetime | None) -> State:
    wrong = [seen.unread] if seen.unread else []
    host = seen.home.host if seen.home else None
    if seen.home and clock and seen.is_elsewhere:
        if clock - seen.home.synced_at > STALE:
            wrong.append(f"It was last synced {(clock - seen.home.synced_at).days} days ago; look at {host}.")
        return State(seen.tenant, "elsewhere", host, seen.last_success, None, 0, None, wrong)
    document = seen.document
    try:
        own = load({**environment, TENANT: seen.tenant})
        wrong += mixed_up(seen.tenant, environment)
    except LeadpathError as error:
        own = None
        wrong.append(str(error))
    if own and not any(own.has(name) for name in READABLE):
        wrong.append("No vendor is configured: set the secret of at least one.")
    if document is None:
        return State(seen.tenant, "never", host, None, None, 0, None, wrong)
    try:
        wrong += [problem.sentence for problem in problems(document, own)] if own else []
        parts = [document["vendors"][name] for name in BY_NAME if document["vendors"].get(name, {}).get("configured")]
        held = [resource for part in parts for resource in part["resources"].values()]
        newest = max((datetime.fromisoformat(one["newest"]) for one in held if one["newest"]), default=None)
        left = sum(one["left"] for one in held)
        words, state = document["run"]["error"], document["state"]
    except (KeyError, TypeError, AttributeError, ValueError):
        return State(seen.tenant, "never", host, None, None, 0, None, [*wrong, f"Its status.json: {FOREIGN}."])
    return State(seen.tenant, state, host, seen.last_success, newest, left, words, wrong)
