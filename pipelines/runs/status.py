"""`status.json`, read: what `status` and `runs` show, without opening the warehouse.

It is replaced atomically at every finished window and at the end of a run, so it is true while a sync runs. A process
that was killed leaves `running` behind; the reader sees that nobody holds the lock and says `interrupted`.
"""

import json
from pathlib import Path
from typing import Any

from pipelines.data_dir import LOCK_FILE, STATUS_FILE
from pipelines.runs.lock import is_held

PARTS = {"state", "run", "runs", "vendors"}


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
