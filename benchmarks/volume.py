"""What a build costs on a year of a large site: in full, after 1 % new data, and with nothing new.

Raw tables of 1,000,000 sessions with 5,000,000 events are written by SQL (`volume.sql`), then `leadpath build` runs on
them as a process: reference tables, dbt with every test, the checks, the swap. `python -m benchmarks.volume` prints
the medians, and on demand what took longest.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cost import LEADPATH, Cost, cost_of
from benchmarks.worlds import create_raw
from pipelines.build.build import build
from pipelines.settings import Settings, load
from pipelines.vendors import TABLES
from pipelines.warehouse.files import Warehouse

WRITE = Path(__file__).with_suffix(".sql")
NOW = "2026-11-20T12:00:00+00:00"
SESSIONS_OF_A_COMPANY = 30
SHARE = 0.01
FULL = "in full"
SAME = "nothing new"
MORE = "1 % more"


@dataclass
class Builds:
    """Costs by kind of build, one per round, and the nodes of the last one that took longest."""

    costs: dict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    nodes: dict[str, list[str]] = field(default_factory=dict)

    def seconds(self, kind: str) -> float:
        """The median CPU seconds."""
        return median(cost.seconds for cost in self.costs[kind])

    def peak(self, kind: str) -> float:
        """The most memory of any process in any round, in MiB."""
        return max(cost.mebibytes for cost in self.costs[kind])


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


def measure(sessions: int, rounds: int, folder: Path, *, nodes: int = 0) -> Builds:
    """The costs of each kind of build, a process each; of `nodes` models and tests the times too."""
    builds = Builds()
    settings = _settings(folder / "volume")
    warehouse = create_raw(settings.data_dir)
    companies = max(1, sessions // SESSIONS_OF_A_COMPANY)
    write(warehouse, 0, sessions, companies)
    added = max(1, int(sessions * SHARE))

    def built(kind: str) -> None:
        known = {"LEADPATH_DATA_DIR": str(warehouse.data_dir), "LEADPATH_NOW": NOW}
        command = [*LEADPATH, "build", *(["--full"] if kind == FULL else [])]
        builds.costs[kind].append(cost_of(command, known, folder / "volume"))
        builds.nodes[kind] = slowest(warehouse, nodes)
        if ("rebuilt" in (folder / "volume" / "log.txt").read_text("utf-8")) != (kind == FULL):
            raise SystemExit(f"The build was not what was measured: {kind}.")

    for number in range(rounds):
        built(FULL)
        builds.costs[SAME].append(_nothing_new(warehouse, settings))
        first = sessions + number * added
        write(warehouse, first, first + added, companies)
        built(MORE)
    return builds


def _settings(folder: Path) -> Settings:
    return load({"LEADPATH_DATA_DIR": str(folder / "data"), "LEADPATH_NOW": NOW}, folder)


def _nothing_new(warehouse: Warehouse, settings: Settings) -> Cost:
    """What a sync pays to see that there is nothing to build."""
    run = {"run_id": "volume", "ended_at": settings.now, "status": "ok", "error": None}
    before = time.process_time()
    done = build(warehouse, settings, run, settings.now, full=False)
    if not done.skipped:
        raise SystemExit("A build was made although nothing was new.")
    return Cost(time.process_time() - before, 0)


def slowest(warehouse: Warehouse, count: int) -> list[str]:
    """The nodes of the last build that took longest, with their seconds."""
    if not count:
        return []
    results = json.loads((warehouse.internal / "dbt" / "target" / "run_results.json").read_text("utf-8"))["results"]
    ranked = sorted(results, key=lambda node: -node["execution_time"])[:count]
    return [f"    {node['execution_time']:6.2f} s  {node['unique_id']}" for node in ranked]


def main() -> None:
    """Print the cost of each kind of build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000, help="each with five events")
    parser.add_argument("--rounds", type=int, default=3, help="how often each build is measured")
    parser.add_argument("--nodes", type=int, default=0, help="name so many models and tests that took longest")
    parser.add_argument("--folder", type=Path, help="keep the files here")
    chosen: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        builds = measure(chosen.sessions, chosen.rounds, chosen.folder or Path(temporary), nodes=chosen.nodes)
    for kind in builds.costs:
        said = f"{kind}: {builds.seconds(kind):.1f} s of CPU, at most {builds.peak(kind):,.0f} MiB"
        print("\n".join([said, *builds.nodes.get(kind, [])]))


if __name__ == "__main__":
    main()
