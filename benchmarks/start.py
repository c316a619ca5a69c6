"""What commands cost that have little to do: on the demo's five vendors, 90 days of 120 companies."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.cost import LEADPATH, cost_of
from sandbox import Sandbox

HELP, STATUS, RUNS, QUERY = "--help", "status", "runs", "query"
PER_VISITOR = "requests for the events of a visitor"
SAME, INCREMENT = "sync, nothing new", "build of the demo's increment"
COMMANDS = {
    HELP: ("--help",),
    STATUS: ("status",),
    RUNS: ("runs",),
    QUERY: ("query", "select count(*) from marts.company_360"),
    SAME: ("sync",),
}
EVENTS_OF_A_VISITOR = "/api/v1/visitors/{visitor_id}/events"
# no limit that is ever met: what is measured is not waiting
QUICK = dict.fromkeys(("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm"), "1000/second")


def measure(rounds: int, folder: Path) -> Mapping[str, float]:
    """The median CPU seconds of each command and of a build after a day of the demo passed; requests `PER_VISITOR`."""
    seconds: dict[str, list[float]] = defaultdict(list)
    limits = {f"{vendor.upper()}_RATE_LIMIT": limit for vendor, limit in QUICK.items()}
    with Sandbox(companies=120, days=90, limits=QUICK) as sandbox:

        def leadpath(*arguments: str) -> float:
            settings = {**sandbox.env, **limits, "LEADPATH_DATA_DIR": str(folder / "data")}
            return cost_of([*LEADPATH, *arguments], settings, folder).seconds

        leadpath("sync")
        asked = sandbox.count("smartlook", EVENTS_OF_A_VISITOR) / len(sandbox.records("smartlook", "visitors"))
        for _ in range(rounds):
            for name, arguments in COMMANDS.items():
                seconds[name].append(leadpath(*arguments))
            sandbox.advance(timedelta(days=1))
            leadpath("sync", "--no-build")
            seconds[INCREMENT].append(leadpath("build"))
    return {name: median(each) for name, each in seconds.items()} | {PER_VISITOR: asked}
