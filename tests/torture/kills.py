"""Commands killed at random moments: the next run ends as if nothing had happened.

A round takes a data directory as it was before a command, kills the command several times on its way, and lets it end
at last. Then tables, files, and what the vendors were asked are held against those of a run that nobody disturbed.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.vendors import TABLES
from pipelines.warehouse.windows import union
from sandbox import Sandbox
from sandbox.http.vendor import Request
from sources.window import Window
from tests.conftest import LEADPATH, QUICK, rows
from tests.torture.cases import CASES, Case, Ground
from tests.torture.different import Different

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
MOST_KILLS = 5
WORLD: dict[str, Any] = {"companies": 6, "days": 12}
# what tells one load, one run or one attempt from another
OF_A_RUN = {"_dlt_load_id", "push_id", "started_at", "ended_at", "run_id"}
# a file that a run names after itself, or that DuckDB keeps beside an open one
TRANSIENT = ("internal/dbt/",)

Asked = dict[tuple[str, str], set[str]]


@dataclass
class Undisturbed:
    """What a run of a case comes to when nobody disturbs it, how long it takes, and what a repetition asks again.

    `files` are there after it and after a repetition, `may` after one of them.
    """

    tables: dict[str, Counter[tuple[Any, ...]]]
    files: set[str]
    may: set[str]
    seconds: float
    again: Asked
    crm: Counter[tuple[Any, ...]]


class Kills:
    """All cases, or those of some names, over one world; a context manager."""

    def __init__(self, names: Collection[str] = ()) -> None:
        self._open = ExitStack()
        self.undisturbed: dict[str, Undisturbed] = {}
        self.survived: Counter[str] = Counter()
        self.cases = [case for case in CASES if not names or case.name in names]

    def __enter__(self) -> "Kills":
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="torture-")))
        self.sandbox = self._open.enter_context(Sandbox(**WORLD, limits=QUICK))
        self.ground = Ground(folder, self.sandbox)
        # time goes on in the making of some, and in no round
        for case in self.cases:
            self.ground.before(case.makes)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def run(self, seed: int, most: int = MOST_KILLS) -> int:
        """The round of a seed: some kills of one command, at most so many; how many there were. Raises Different."""
        rng = random.Random(seed)
        (case,) = rng.choices(self.cases, [case.weight for case in self.cases])
        wanted = self.undisturbed.get(case.name) or self._undisturbed(case)
        data_dir = self.ground.folder / "data"
        with self._fresh(case, data_dir):
            kills = self._killed(case, rng, data_dir, wanted, rng.randint(1, most))
            self._finish(case, data_dir)
            told = f"leadpath {' '.join(case.command)} after {', '.join(kills) or 'no kill'}"
            self._compare(case, data_dir, wanted, told)
        for kill in kills:
            self.survived[f"{case.name}: {kill.split()[0]}"] += 1
        return len(kills)

    @contextmanager
    def _fresh(self, case: Case, data_dir: Path) -> Iterator[None]:
        before = self.ground.before(case.makes)
        shutil.rmtree(data_dir, ignore_errors=True)
        shutil.copytree(before, data_dir)
        self.sandbox.clear()
        # the CRM as it was
        vendor: Any = self.sandbox.vendor("snapcrm")
        created = len(vendor.created)
        yield
        del vendor.created[created:]
        vendor.refresh()
        vendor._taken = None

    def _undisturbed(self, case: Case) -> Undisturbed:
        data_dir = self.ground.folder / "data"
        with self._fresh(case, data_dir):
            began = time.monotonic()
            self.ground.leadpath(data_dir, *case.command)
            seconds = time.monotonic() - began
            found = Undisturbed(tables(data_dir), files(data_dir), set(), seconds, {}, self._crm())
            self.sandbox.clear()
            self.ground.leadpath(data_dir, *case.command)
            found.again = asked(self.sandbox.requests)
            assert tables(data_dir) == found.tables, f"{case.name} is another one the second time"
            again = files(data_dir)
            found.may, found.files = found.files | again, found.files & again
        self.undisturbed[case.name] = found
        return found

    def _crm(self) -> Counter[tuple[Any, ...]]:
        found = self.sandbox.records("snapcrm", "leads")
        return Counter((row["email"], row["phone"], row["firstName"], row["lastName"]) for row in found)

    def _killed(self, case: Case, rng: random.Random, data_dir: Path, wanted: Undisturbed, most: int) -> list[str]:
        kills: list[str] = []
        before: Asked = {}
        for _ in range(most):
            self.sandbox.clear()
            number = rng.choice(SIGNALS)
            moment = rng.uniform(0.2, 1.0) * wanted.seconds
            process = subprocess.Popen(
                [*LEADPATH, *case.command], env=self.ground.environment(data_dir), cwd=self.ground.folder, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            try:
                _, said = process.communicate(timeout=moment)
            except subprocess.TimeoutExpired:
                # a terminal sends Ctrl-C to all that it started
                send = os.killpg if number == signal.SIGINT else os.kill
                send(process.pid, number)
                kills.append(f"{number.name} after {moment:.2f} s")
                _, said = process.communicate(timeout=60)
            self._judge(case, process.returncode, said, kills)
            now = asked(self.sandbox.requests)
            repeated(before, now, wanted.again, f"{case.name} after {', '.join(kills)}")
            before = now
            if process.returncode == 0:
                break
        return kills

    def _judge(self, case: Case, status: int, said: str, kills: list[str]) -> None:
        if "Traceback" in said or "bug" in said:
            raise Different(f"{case.name} after {', '.join(kills)} said: {said[-1500:]}")
        # a signal that comes too late, or before anything takes it, ends a command as it ends any
        if status not in (0, 130, 143, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
            raise Different(f"{case.name} after {', '.join(kills)} ended with {status}: {said[-1500:]}")

    def _finish(self, case: Case, data_dir: Path) -> None:
        # what a killed build left running ends by itself, a moment later
        until = time.monotonic() + 20
        while (
            done := self.ground.leadpath(data_dir, *case.command, check=False)
        ).returncode and time.monotonic() < until:
            if "lock" not in done.stderr.lower():
                break
            time.sleep(0.2)
        if done.returncode or "Traceback" in done.stderr:
            raise Different(f"{case.name}: the run after the kills ended with {done.returncode}: {done.stderr[-1500:]}")

    def _compare(self, case: Case, data_dir: Path, wanted: Undisturbed, told: str) -> None:
        found = tables(data_dir)
        for name, made in wanted.tables.items():
            if found.get(name) != made:
                lost, added = made - found.get(name, Counter()), found.get(name, Counter()) - made
                raise Different(
                    f"{told}: {name} lacks {lost.total()} rows and has {added.total()} others,"
                    f" such as {[*lost, *added][:2]}"
                )
        if extra := files(data_dir) - wanted.may:
            raise Different(f"{told}: left {', '.join(sorted(extra))}")
        if missing := wanted.files - files(data_dir):
            raise Different(f"{told}: lacks {', '.join(sorted(missing))}")
        if self._crm() != wanted.crm:
            raise Different(f"{told}: the CRM has {self._crm() - wanted.crm}, and lacks {wanted.crm - self._crm()}")
        if self.sandbox.violations:
            raise Different(f"{told}: {self.sandbox.violations[:3]}")


def repeated(before: Asked, now: Asked, again: Asked, told: str) -> None:
    """At most one window of each list is asked for again, beside those that every run asks for. Raises Different."""
    for place, windows in now.items():
        twice = (windows & before.get(place, set())) - again.get(place, set())
        if len(twice) > 1:
            raise Different(f"{told}: {place} was asked again for {sorted(twice)}")


def asked(requests: list[Request]) -> Asked:
    """The windows that were asked for, of each list that is read by windows."""
    found: Asked = defaultdict(set)
    for request in requests:
        match request.vendor:
            case "snitcher":
                days = [request.arg(name) or "" for name in ("date_from", "date_to")]
            case "snapcall":
                days = [request.arg(name) or "" for name in ("start", "end")]
            case _:
                days = []
        if any(days):
            found[request.vendor, request.path].add(" to ".join(days))
    return dict(found)


def tables(data_dir: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every row of every raw table and mart, without what tells one run from another, and the finished windows."""
    raw = data_dir / "internal" / "raw.duckdb"
    found: dict[str, Counter[tuple[Any, ...]]] = {}
    for vendor, several in TABLES.items():
        for table in several:
            path = f"raw_{vendor}.{table.name}"
            hidden = {"_gone"} | (OF_A_RUN if vendor == "snapcrm" else set())
            columns = [f'"{name}"' for name in table.columns if name not in hidden]
            # of a lead whose answer was lost nothing is known but that it is there
            those = " where known_from <> 'crm'" if path == "raw_snapcrm.leads" else ""
            found[path] = Counter(rows(raw, f"select {', '.join(columns)} from {path}{those}"))
    # an attempt of which nobody knows how it ended is on record beside the one that followed
    final = "state in ('created', 'created_unconfirmed', 'conflict', 'rejected')"
    found["raw_snapcrm.pushes"] = Counter(rows(raw, f"select lead_key from raw_snapcrm.pushes where {final}"))
    # how time is cut depends on how far a run came, which time was read does not
    read: dict[tuple[str, ...], list[Window]] = defaultdict(list)
    # those of parents only go round the stretches of a chunk, which begins where the one before ended
    query = "select vendor, resource, scope, window_start, window_end from ops.windows where reason <> 'parents'"
    for *place, start, end in rows(raw, query):
        read[tuple(place)].append(Window(start, end))
    found["ops.windows"] = Counter((*place, *map(str, union(windows))) for place, windows in read.items())
    published = data_dir / "leadpath.duckdb"
    if published.exists():
        marts = "select table_name from information_schema.tables where table_schema = 'marts'"
        for (name,) in rows(published, marts):
            # rows are held against each other as text: some hold lists
            found[f"marts.{name}"] = Counter(rows(published, f"select x::varchar from marts.{name} as x"))
    return found


def files(data_dir: Path) -> set[str]:
    """The files of a data directory."""
    found = (str(file.relative_to(data_dir)) for file in data_dir.rglob("*") if file.is_file())
    return {name for name in found if not name.startswith(TRANSIENT)}
