"""Publications without the models: each mart as its contract says, filled by hand, swapped by the real step."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build.dictionary import Described, described
from pipelines.build.publish import check, publish
from pipelines.warehouse.files import Warehouse, create_file

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
# what a value of each type is in the publication of a number; most rows have the number itself
VALUES = {
    "varchar": "'{number}-' || row",
    "integer": "{number}",
    "bigint": "{number}",
    "double": "{number}",
    "boolean": "row % 2 = 0",
    "date": "date '2026-03-01' + {number}",
    "timestamp with time zone": "timestamptz '2026-03-01 23:30:00.123456+00' + interval ({number}) day",
    "json": """'{{"number": {number}, "text": "é, \\"x\\""}}'""",
    "varchar[]": "['{number}', 'é, \"x\"']",
}


class Publisher:
    """A data directory and what is published there: the publication of a number has it in every row of every mart."""

    def __init__(self, data_dir: Path, raw: Path) -> None:
        """`raw` is a file of raw tables without rows; it is copied."""
        self.warehouse = Warehouse(data_dir)
        self.warehouse.internal.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(raw, self.warehouse.raw)
        self.warehouse.create()
        self.file = self.warehouse.published

    def publish(self, number: int, rows: int = 3, forgotten: str = "") -> None:
        """Put the publication of this number in the place of what is there. `forgotten` is what it knows of who was."""
        folder = self.warehouse.internal / "candidate"
        folder.mkdir()
        candidate = folder / self.file.name
        create_file(candidate, 0o600)
        with duckdb.connect(str(candidate)) as con:
            con.execute("set timezone = 'UTC'; create schema marts")
            for table in described():
                if table.schema == "marts":
                    con.execute(_filled(table, number, rows))
        moment = FIRST + timedelta(hours=number)
        run: dict[str, Any] = {"run_id": f"run-{number}", "ended_at": moment, "status": "ok", "error": None}
        counts = check(candidate)
        publish(
            self.warehouse,
            candidate,
            {"timezone": "UTC", "personal": "keep", "forgotten": forgotten},
            run,
            lambda: moment,
            number,
            counts,
        )
        shutil.rmtree(folder)


def _filled(table: Described, number: int, rows: int) -> str:
    listed = ", ".join(
        f"cast({VALUES[column.data_type].format(number=number)} as {column.data_type}) as {column.name}"
        for column in table.columns
    )
    return f"create table {table.full_name} as select {listed} from range({rows}) as numbers (row)"
