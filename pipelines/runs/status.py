"""`status.json`, read: what `status` and `runs` show, without opening the warehouse.

It is replaced atomically at every finished window and at the end of a run, so it is true while a sync runs. A process
that was killed leaves `running` behind; the reader sees that nobody holds the lock and says `interrupted`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.runs.lock import is_held

LOCK_FILE = Path("internal") / "lock"
STATUS_FILE = Path("status.json")
PARTS = {"state", "run", "runs", "vendors"}


@dataclass(frozen=True)
class Count:
    """How many values of a column are kept aside for one reason; whole rows where there is no column."""

    vendor: str
    table: str
    column: str | None
    reason: str
    count: int

    @property
    def sentence(self) -> str:
        """One line for people."""
        what = "row" if self.column is None else "value"
        place = f"raw_{self.vendor}.{self.table}" + (f".{self.column}" if self.column else "")
        return f"{self.count:,} {what}{'' if self.count == 1 else 's'} of {place} kept aside: {self.reason}"


def read(data_dir: Path) -> dict[str, Any] | None:
    """The document, or None before the first run. Raises ValueError when it is none that Leadpath wrote."""
    try:
        document: dict[str, Any] = json.loads((data_dir / STATUS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(document, dict) or not document.keys() >= PARTS:
        raise ValueError("Leadpath did not write it")
    if document["state"] == "running" and not is_held(data_dir / LOCK_FILE):
        document["state"] = "interrupted"
        document["run"]["status"] = "interrupted"
        for run in document["runs"]:
            if run["run_id"] == document["run"]["run_id"]:
                run["status"] = "interrupted"
    return document
