"""Measure again what is claimed of speed, all in one run: `make bench`, in minutes with `ARGS=--short`.

Prints one table of what is asked and what was measured, and writes it to `benchmarks/RESULTS.md` with the costs that
it comes from. Figures depend on the machine, so they are no test: the exit status says nothing of them. CPU is that of
whole processes, user and system; ratios are medians over rounds in which all were measured side by side.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import growth, pace, side_by_side, start, volume
from benchmarks.side_by_side import DICTS, FIRST, FLOOR, LEADPATH_ITSELF, MORE, SAME, Measured

RESULTS = Path(__file__).with_name("RESULTS.md")
SIZES, SESSIONS, ROUNDS = (1.0, 5.0, 20.0), 1_000_000, 3
SHORT_SIZES, SHORT_SESSIONS, SHORT_ROUNDS = (1.0,), 50_000, 1
# larger worlds are measured once: theirs is a question of memory
LARGEST_OF_SEVERAL_ROUNDS = 5.0

# what is asked, at most; a phase of a size that is not here is only shown
RATIOS = {(FIRST, 1.0): 1.8, (FIRST, 5.0): 1.3, (MORE, 1.0): 2.0, (SAME, 1.0): 1.5}
PEAK_OF_A_SYNC = 300.0
SECONDS_TO_START = {start.HELP: 0.3, start.STATUS: 0.6, start.RUNS: 0.6, start.QUERY: 0.6, start.SAME: 1.5,
                    start.INCREMENT: 4.0}  # fmt: skip
# an end of list is learnt once: some requests more than visitors
REQUESTS_PER_VISITOR = 1.1
# the shortest time for as many requests, of the time taken
BUDGET_USED = 0.95
# no build is asked to cost nothing; what sees that is not free
SECONDS_TO_BUILD = {volume.FULL: 30.0, volume.MORE: 6.0, volume.SAME: 0.1}
PEAK_OF_A_BUILD = 1024.0
GROWN_CPU, GROWN_SIZE, GROWN_MERGE = 1.1, 1.3, 1.3


@dataclass(frozen=True)
class Line:
    """What was measured, in which unit, and the most that is asked; the least where it `is_least`."""

    what: str
    measured: float
    unit: str
    asked: float
    is_least: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        fits = self.measured >= self.asked if self.is_least else self.measured <= self.asked
        bound = f"{'>=' if self.is_least else '<='} {self.asked:g}"
        verdict = "ok" if fits else "**not**"
        return (self.what, bound, f"{self.measured:,.2f}".removesuffix(".00"), self.unit, verdict)


def of_sync(measured: Measured) -> Iterator[Line]:
    """What is asked of the sync of a size."""
    for (phase, scale), asked in RATIOS.items():
        if scale == measured.scale:
            ratio = measured.ratio(phase, LEADPATH_ITSELF)
            yield Line(f"{phase}, size {scale:g}", ratio, "of the floor's CPU", asked)
    peak = round(measured.peak(LEADPATH_ITSELF))
    yield Line(f"peak memory of a sync, size {measured.scale:g}", peak, "MiB", PEAK_OF_A_SYNC)


def of_builds(builds: volume.Builds, sessions: int) -> Iterator[Line]:
    """What is asked of builds."""
    for kind, asked in SECONDS_TO_BUILD.items():
        yield Line(f"build, {kind}, {sessions:,} sessions", builds.seconds(kind), "s of CPU", asked)
    peak = round(max(builds.peak(kind) for kind in builds.costs))
    yield Line(f"peak memory of a build, {sessions:,} sessions", peak, "MiB", PEAK_OF_A_BUILD)


def of_growth(days: int, rounds: int) -> Iterator[Line]:
    """What is asked of a long life."""
    merge = growth.merging(rounds)
    yield Line("1,000 changed sessions into 5,000,000", merge, "of into 10,000", GROWN_MERGE)
    with tempfile.TemporaryDirectory() as folder:
        life = growth.hourly(days, Path(folder))
    yield Line(f"an hourly run after {life.days} days", life.cpu, "of the first week's CPU", GROWN_CPU)
    yield Line(f"raw file after {life.days} days", life.size, "of one loaded at once", GROWN_SIZE)


def side_by_side_rows(measured: Iterable[Measured]) -> Iterator[tuple[str, ...]]:
    """CPU, ratio, requests and memory of each script in each phase."""
    for size in measured:
        for phase, subject in size.costs:
            peak = max(cost.mebibytes for cost in size.costs[phase, subject])
            yield (
                f"{size.scale:g}", phase, subject, f"{size.seconds(phase, subject):.2f}",
                f"{size.ratio(phase, subject):.2f}", f"{size.requests[phase, subject]:,}", f"{peak:,.0f}",
            )  # fmt: skip


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned so that it reads well on a terminal too."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(f"| {line} |" for line in (padded[0], "-|-".join("-" * width for width in widths), *padded[1:]))


def document(lines: Iterable[Line], sizes: Sequence[Measured], form: str) -> str:
    """RESULTS.md."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dlt", "dbt-core", "pyarrow"))
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return "\n\n".join(
        [
            "# What Leadpath costs",
            f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {form}. {machine}; {packages}.\n"
            "Other work on the machine makes seconds dearer and leaves ratios about as they are.",
            "## Asked and measured",
            table(("what", "asked", "measured", "unit", ""), (line.cells for line in lines)),
            "## Side by side",
            f"Size 1 is 2,000 companies, 20,000 sessions with 100,000 events, 10,000 calls. `{FLOOR}` fetches the same"
            f" answers, writes JSON lines and lets DuckDB\nread, unnest and merge; `{DICTS}` is dlt alone, tuned as its"
            " documentation advises. CPU is the median of the rounds, memory the\nhighest. After each phase every"
            " table of Leadpath was equal to the floor's.",
            table(("size", "phase", "by", "CPU s", "of the floor", "requests", "MiB"), side_by_side_rows(sizes)),
        ]
    )


def main() -> None:
    """Measure, print the table, write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round, size 1, a build of 50,000 sessions: minutes")
    parser.add_argument("--rounds", type=int, help=f"of everything (default {ROUNDS})")
    parser.add_argument("--sizes", type=float, nargs="+", help="of the synced worlds (default 1 5 20)")
    parser.add_argument("--sessions", type=int, help=f"of the build, with five events each (default {SESSIONS:,})")
    parser.add_argument("--growth", action="store_true", help="a long life too: an hour and more")
    parser.add_argument("--days", type=int, default=60, help="of that life (default 60)")
    chosen: Any = parser.parse_args()
    sizes = chosen.sizes or (SHORT_SIZES if chosen.short else SIZES)
    sessions = chosen.sessions or (SHORT_SESSIONS if chosen.short else SESSIONS)
    rounds = chosen.rounds or (SHORT_ROUNDS if chosen.short else ROUNDS)
    lines: list[Line] = []
    measured: list[Measured] = []

    def tell(more: Iterable[Line]) -> None:
        # as they come: a whole run takes long
        for line in more:
            lines.append(line)
            print(*line.cells, sep="  ", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        small = start.measure(rounds, folder / "demo")
        tell(Line(f"`{name}`", small[name], "s of CPU", asked) for name, asked in SECONDS_TO_START.items())
        per_visitor = small[start.PER_VISITOR]
        tell([Line("requests for a visitor's events", per_visitor, "per visitor", REQUESTS_PER_VISITOR)])
        if not chosen.short:
            share = pace.used(folder / "paced")
            tell([Line("Snitcher's budget used, 60 a minute", share, "of it", BUDGET_USED, is_least=True)])
        for scale in sizes:
            often = rounds if scale <= LARGEST_OF_SEVERAL_ROUNDS else 1
            measured.append(side_by_side.measure(scale, often, folder / "worlds"))
            tell(of_sync(measured[-1]))
        tell(of_builds(volume.measure(sessions, rounds, folder), sessions))
    if chosen.growth:
        tell(of_growth(chosen.days, rounds))
    form = "the short form, with smaller builds than the limits are for" if chosen.short else f"{rounds} rounds"
    written = document(lines, measured, form)
    RESULTS.write_text(written + "\n", "utf-8")
    print(f"\n{written}\n\nWritten to {RESULTS}")


if __name__ == "__main__":
    main()
