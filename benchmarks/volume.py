"""What a build costs on a year of a large site, full and after 1 % new data. `make bench` prints it.

Raw tables of 1,000,000 sessions with 5,000,000 events are written by SQL (`volume.sql`), then the real build runs on
them: reference tables, dbt with every test, the checks, the swap. Costs are CPU seconds, the lowest of several builds:
other work on the machine moves them less than it moves a clock, and only up.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.worlds import create_raw
from pipelines.build import Built, build
from pipelines.settings import Settings, load
from pipelines.vendors import TABLES
from pipelines.warehouse import Warehouse

WRITE = Path(__file__).with_suffix(".sql")
NOW = "2026-11-20T12:00:00+00:00"
SESSIONS_OF_A_COMPANY = 30


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


def lowest(times: int, work: Callable[[], Any], prepare: Callable[[int], Any] = lambda _: None) -> Cost:
    """Run it so many times and say what the cheapest cost; what prepares run number n, from 0, is not counted."""
    costs = []
    for number in range(times):
        prepare(number)
        costs.append(measured(work))
    return min(costs, key=lambda cost: cost.seconds)


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
    parser.add_argument("--nodes", type=int, default=0, help="name so many models and tests that took longest")
    parser.add_argument("--folder", type=Path, help="keep the files here")
    chosen: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        settings = load({"LEADPATH_DATA_DIR": str(folder / "data"), "LEADPATH_NOW": NOW}, folder)
        empty = create_raw(folder / "empty")
        built(empty, settings, full=True)
        start = lowest(5, lambda: built(empty, settings))
        print(
            f"no row in any table: {start.seconds:.1f} s of CPU, which is dbt's own start and its account of each model"
        )
        warehouse = create_raw(settings.data_dir)
        companies = chosen.sessions // SESSIONS_OF_A_COMPANY
        write(warehouse, 0, chosen.sessions, companies)
        whole = lowest(3, lambda: built(warehouse, settings, full=True))
        report("full build", whole, warehouse, chosen.nodes)
        report("nothing new", lowest(3, lambda: built(warehouse, settings)), warehouse, chosen.nodes)
        added = int(chosen.sessions * chosen.share)

        def add(number: int) -> None:
            first = chosen.sessions + number * added
            write(warehouse, first, first + added, companies)

        more = lowest(5, lambda: built(warehouse, settings), prepare=add)
        report(f"{chosen.share:.0%} more", more, warehouse, chosen.nodes)
        share = (more.seconds - start.seconds) / (whole.seconds - start.seconds)
        print(f"the increment costs {share:.2f} of the full build, dbt's own start aside")


def report(name: str, cost: Cost, warehouse: Warehouse, nodes: int) -> None:
    """One line of the result, and the nodes that took longest when they are asked for."""
    print(f"{name}: {cost.seconds:.1f} s of CPU, at most {cost.mebibytes:,.0f} MiB", flush=True)
    for line in slowest(warehouse, nodes):
        print(line)


if __name__ == "__main__":
    main()
