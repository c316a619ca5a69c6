"""`status.json`, read: what `status` and `runs` show, without opening the warehouse.

It is replaced atomically at every finished window and at the end of a run, so it is true while a sync runs. A process
that was killed leaves `running` behind; the reader sees that nobody holds the lock and says `interrupted`.
"""

import json
from pathlib import Path
from typing import Any

from pipelines.lock import is_held

LOCK_FILE = Path("internal") / "lock"
STATUS_FILE = Path("status.json")


def read(data_dir: Path) -> dict[str, Any] | None:
    """The document, or None before the first run. Raises ValueError when it is no JSON."""
    try:
        document: dict[str, Any] = json.loads((data_dir / STATUS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if document["state"] == "running" and not is_held(data_dir / LOCK_FILE):
        document["state"] = "interrupted"
        document["run"]["status"] = "interrupted"
        for run in document["runs"]:
            if run["run_id"] == document["run"]["run_id"]:
                run["status"] = "interrupted"
    return document
