"""What a first sync will take, as far as that is known before anything was read."""

import math
from dataclasses import dataclass

from pipelines.settings import Settings
from pipelines.sync.sync import HISTORY_DAYS
from pipelines.vendors import READABLE
from sources.limit import Limit
from sources.vendor import Followed, Windows


@dataclass(frozen=True)
class FirstSync:
    """The least that a vendor's lists cost over `days` of history, and what its budget allows.

    `requests` counts one page for each list or stretch of time; `seconds` is how long the budget makes these take.
    """

    vendor: str
    title: str
    days: int
    lists: int
    requests: int
    limit: Limit

    @property
    def seconds(self) -> float:
        """How long the budget makes so many requests take: a burst is allowed in each of its windows."""
        return (max(self.requests, 1) - 1) // self.limit.count * self.limit.seconds

    @property
    def sentence(self) -> str:
        """For people."""
        hourly = int(self.limit.count * 3600 / self.limit.seconds)
        took = f"{math.ceil(self.seconds / 60)} minutes" if self.seconds else "less than a minute"
        return (
            f"{self.title}: {self.days} days of {self.lists} lists take {self.requests:,} requests or more, {took} or"
            f" more; its budget of {self.limit} allows {hourly:,} requests an hour."
        )


def first_sync(settings: Settings) -> list[FirstSync]:
    """One for each vendor that is set up and can be read."""
    today = settings.now.date()
    days = (today - settings.own.start_date).days + 1 if settings.own.start_date else HISTORY_DAYS
    found = []
    for name, vendor in READABLE.items():
        if not settings.has(name):
            continue
        chosen = settings.resources(name)
        resources = [each for each in vendor.resources if chosen is None or each.name in chosen]
        cadences = [each.cadence for each in resources]
        pages = sum(math.ceil(days / c.longest) if isinstance(c, (Windows, Followed)) else 1 for c in cadences)
        limit = Limit.parse(settings.vendors[name].rate_limit)
        found.append(FirstSync(name, vendor.title, days, len(resources), pages, limit))
    return found


def is_first(settings: Settings) -> bool:
    """Whether nothing was synced yet."""
    return not (settings.data_dir / "status.json").exists()
