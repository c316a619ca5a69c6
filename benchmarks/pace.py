"""How much of a vendor's budget is used while there is work: a history of Snitcher at its real 60 requests a minute."""

from datetime import timedelta
from pathlib import Path

from benchmarks.cost import LEADPATH, cost_of
from benchmarks.rendered import NOW, START, world
from benchmarks.server import served

PER_MINUTE = 60
# some 290 requests: five minutes
SCALE = 1.0


def used(folder: Path) -> float:
    """The share of the shortest time in which the vendor would have answered as many requests."""
    shown = world(folder, SCALE, later=False)
    with served(folder) as vendors:
        vendors.show(shown, NOW)
        settings = {
            **vendors.settings,
            "SNITCHER_RATE_LIMIT": f"{PER_MINUTE}/minute",
            "LEADPATH_DATA_DIR": str(folder / "paced"),
            "LEADPATH_START_DATE": START.date().isoformat(),
            "LEADPATH_NOW": NOW.isoformat(),
        }
        cost_of([*LEADPATH, "sync", "snitcher", "--no-build"], settings, folder)
        requests, seconds = vendors.show(shown, NOW)
    # a full minute's worth may leave at once, as often as a minute has passed
    shortest = timedelta(minutes=(requests - 1) // PER_MINUTE)
    return shortest.total_seconds() / seconds
