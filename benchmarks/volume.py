"""What a build costs on a year of a large site, full and after 1 % new data. `make bench` prints it.

Raw tables of 1,000,000 sessions with 5,000,000 events are written by SQL (`volume.sql`), then the real build runs on
them: reference tables, dbt with every test, the checks, the swap. Costs are CPU seconds, the median of some rounds. A
round measures each build once, and the share is taken within it: other work on the machine makes a round dearer as a
whole.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.worlds import create_raw
from pipelines.build.build import Built, build
from pipelines.settings import Settings, load
from pipelines.vendors import TABLES
from pipelines.warehouse.files import Warehouse

WRITE = Path(__file__).with_suffix(".sql")
NOW = "2026-11-20T12:00:00+00:00"
SESSIONS_OF_A_COMPANY = 30
# dbt's own start and its account of each model
EMPTY = "no row in any table"
FULL = "full build"
SAME = "nothing new"


@dataclass(frozen=True)
class Cost:
    """CPU seconds of this process and those that it started; the largest of them, in MiB, at any time until then."""

    seconds: float
    mebibytes: float


def measured(work: Callable[[], Any]) -> Cost:
    """Run it and say what it cost."""
    before = _spent()
    work()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    # kibibytes, but bytes on macOS
    return Cost(_spent() - before, peak / (2**20 if sys.platform == "darwin" else 2**10))


def _spent() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def write(warehouse: Warehouse, first: int, last: int, companies: int) -> None:
    """One more load: the records from `first` to before `last`, three Smartlook sessions to seven of Snitcher."""
    load_id = f"{1_790_000_000 + last}.5"
    with warehouse.turn() as con:
        variables = {"first_number": first, "last_number": last, "companies": companies, "load_id": load_id}
        for name, value in variables.items():
            con.execute(f"set variable {name} = ?", [value])
        con.execute(WRITE.read_text("utf-8"))
        for vendor in TABLES:
            con.execute(f"insert into raw_{vendor}._dlt_loads values (?)", [load_id])


def built(warehouse: Warehouse, settings: Settings, *, full: bool = False) -> Built:
    """The build as a sync does it."""
    run = {"run_id": "volume", "ended_at": settings.now, "status": "ok", "error": None}
    done = build(warehouse, settings, run, settings.now, full=full, always=True)
    if done.full != full:
        raise SystemExit(f"The build was {'full' if done.full else 'an increment'}, which was not what was measured.")
    return done


def slowest(warehouse: Warehouse, count: int) -> list[str]:
    """The nodes of the last build that took longest, with their seconds."""
    results = json.loads((warehouse.internal / "dbt" / "target" / "run_results.json").read_text("utf-8"))["results"]
    ranked = sorted(results, key=lambda node: -node["execution_time"])[:count]
    return [f"    {node['execution_time']:6.2f} s  {node['unique_id']}" for node in ranked]


def main() -> None:
    """Print the cost of an empty, a full and an incremental build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000, help="each with five events")
    parser.add_argument("--share", type=float, default=0.01, help="how much the increment adds")
    parser.add_argument("--rounds", type=int, default=5, help="how often each build is measured")
    parser.add_argument("--nodes", type=int, default=0, help="name so many models and tests that took longest")
    parser.add_argument("--folder", type=Path, help="keep the files here")
    chosen: Any = parser.parse_args()
    more = f"{chosen.share:.0%} more"
    costs: dict[str, list[Cost]] = {name: [] for name in (EMPTY, FULL, SAME, more)}
    nodes: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        settings = load({"LEADPATH_DATA_DIR": str(folder / "data"), "LEADPATH_NOW": NOW}, folder)
        empty, warehouse = create_raw(folder / "empty"), create_raw(settings.data_dir)
        built(empty, settings, full=True)
        companies = chosen.sessions // SESSIONS_OF_A_COMPANY
        write(warehouse, 0, chosen.sessions, companies)
        added = int(chosen.sessions * chosen.share)

        def build_once(name: str) -> None:
            of = empty if name == EMPTY else warehouse
            costs[name].append(measured(lambda: built(of, settings, full=name == FULL)))
            nodes[name] = slowest(of, chosen.nodes)

        for number in range(chosen.rounds):
            for name in (EMPTY, FULL, SAME):
                build_once(name)
            first = chosen.sessions + number * added
            write(warehouse, first, first + added, companies)
            build_once(more)
    for name, each in costs.items():
        seconds, peak = median(cost.seconds for cost in each), max(cost.mebibytes for cost in each)
        print("\n".join([f"{name}: {seconds:.1f} s of CPU, at most {peak:,.0f} MiB", *nodes[name]]))
    shares = [
        (increment.seconds - start.seconds) / (full.seconds - start.seconds)
        for start, full, increment in zip(costs[EMPTY], costs[FULL], costs[more], strict=True)
    ]
    print(
        f"the increment costs {median(shares):.2f} of the full build, dbt's own start aside"
        f" ({min(shares):.2f} to {max(shares):.2f} in {chosen.rounds} rounds)"
    )


if __name__ == "__main__":
    main()
