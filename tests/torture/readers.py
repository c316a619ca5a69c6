"""Readers beside publications: each read is whole, and of one publication.

Each publication puts its own number into every row of several tables. A reader opens the published file, looks at all
of them and at the run records, and closes it, again and again, in a process of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build.dictionary import described
from pipelines.build.masking import KEEP
from pipelines.build.publish import check, publish
from pipelines.warehouse.files import Warehouse, create_file
from tests.torture.cases import make_tables
from tests.torture.different import Different

TABLES = ("company_360", "fct_events", "fct_sessions")
ROWS = 2000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
READ = " union all ".join(f"select '{name}', count(*), min(number), max(number) from marts.{name}" for name in TABLES)


class Readers:
    """A data directory that is published into, and its readers; a context manager."""

    def __init__(self, readers: int) -> None:
        self._open = ExitStack()
        self.readers = readers
        self.published = 0
        self.reads = 0

    def __enter__(self) -> "Readers":
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="torture-")))
        self.warehouse = Warehouse(folder / "data")
        make_tables(self.warehouse.data_dir)
        with self.warehouse.turn() as con:
            con.execute("delete from ops.runs")
        self.publish()
        command = [sys.executable, "-m", "tests.torture.readers", str(self.warehouse.published)]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(self.readers)
        ]
        for process in self._processes:
            assert process.stdout
            # its first read is done
            process.stdout.readline()
        return self

    def __exit__(self, *error: Any) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._open.close()

    def publish(self) -> None:
        """The next publication."""
        self.published += 1
        run = {"run_id": f"run-{self.published}", "ended_at": NOW, "status": "ok", "error": None}
        with self.warehouse.turn() as con:
            con.execute(
                "insert into ops.runs (run_id, started_at, status) values (?, ?, 'running')", [run["run_id"], NOW]
            )
        candidate = self.warehouse.internal / self.warehouse.published.name
        if self.warehouse.published.exists():
            shutil.copyfile(self.warehouse.published, candidate)
            candidate.chmod(0o600)
        else:
            self.create(candidate)
        with duckdb.connect(str(candidate)) as con:
            for name in TABLES:
                con.execute(f"delete from marts.{name}")
                con.execute(f"insert into marts.{name} by name select {self.published} as number from range({ROWS})")
        publish(self.warehouse, candidate, {"personal": KEEP}, run, lambda: NOW, self.published, check(candidate))

    def create(self, candidate: Path) -> None:
        """All marts, and a number in those that are read."""
        create_file(candidate, 0o600)
        with duckdb.connect(str(candidate)) as con:
            con.execute("create schema marts")
            for table in described():
                if table.schema == "marts":
                    columns = ", ".join(f"{column.name} varchar" for column in table.columns)
                    con.execute(f"create table {table.full_name} ({columns})")
            for name in TABLES:
                con.execute(f"alter table marts.{name} add column number bigint")

    def end(self) -> None:
        """Have every reader read once more, and tell. Raises Different for a read that failed or was torn."""
        for process in self._processes:
            said, _ = process.communicate("", timeout=60)
            last = said.strip().splitlines()[-1:] or ["nothing"]
            if process.returncode:
                raise Different(f"a reader beside publication {self.published}: {last[0]}")
            self.reads += int(last[0])


def read(file: str) -> int:
    """The number of the publication that is read. Raises Different where it is not one, or not whole."""
    with duckdb.connect(file, read_only=True) as con:
        found = con.execute(READ).fetchall()
        ((last, passed),) = con.execute("select count(*), max(tests_passed) from ops.publications").fetchall()
        ((runs, run),) = con.execute("select count(*), max(length(run_id)) from ops.runs").fetchall()
    numbers = {number for _, _, *both in found for number in both}
    if {count for _, count, _, _ in found} != {ROWS} or numbers != {last} or {passed, runs} != {last} or not run:
        raise Different(f"torn: {found}, {last} publications, the last with {passed}, {runs} runs")
    return int(last)


def main(file: str) -> None:
    """Read until standard input ends, and once more; print how often it was, or what was wrong, with exit status 1."""
    os.set_blocking(sys.stdin.fileno(), False)
    count, last, goes_on = 0, 0, True
    try:
        while goes_on:
            with suppress(BlockingIOError):
                goes_on = os.read(sys.stdin.fileno(), 1) != b""
            number = read(file)
            if number < last:
                raise Different(f"publication {number} after {last}")
            count, last = count + 1, number
            if count == 1:
                print("reading", flush=True)
            # eight that read without a pause would leave nothing for the one that publishes
            time.sleep(0.05)
    except (duckdb.Error, Different) as error:
        sys.exit(print(f"after {count} reads: {error}".replace("\n", " "), flush=True) or 1)
    print(count)


if __name__ == "__main__":
    main(sys.argv[1])
