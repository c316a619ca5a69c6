"""`status.json`, read: what `status` and `runs` show, without opening the warehouse.

It is replaced atomically at every finished window and at the end of a run, so it is true while a sync runs. A process
that was killed leaves `running` behind; the reader sees that nobody holds the lock and says `interrupted`.
"""

import json
from pathlib import Path
from typing import Any

from pipelines.data_dir import LOCK_FILE, STATUS_FILE
from pipelines.runs.lock import is_held

PARTS = {"state": str, "run": dict, "runs": list, "vendors": dict}
FOREIGN = "Leadpath did not write it"


def read(data_dir: Path) -> dict[str, Any] | None:
    """The document, or None before the first run. Raises ValueError when it is none that Leadpath wrote."""
    try:
        document: dict[str, Any] = json.loads((data_dir / STATUS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except RecursionError:
        raise ValueError(FOREIGN) from None
    if not isinstance(document, dict) or not all(isinstance(document.get(name), kind) for name, kind in PARTS.items()):
        raise ValueError(FOREIGN)
    if not all(isinstance(each, dict) for each in (*document["runs"], *document["vendors"].values())):
        raise ValueError(FOREIGN)
    if document["state"] == "running" and not is_held(data_dir / LOCK_FILE):
        document["state"] = "interrupted"
        document["run"]["status"] = "interrupted"
        for run in document["runs"]:
            if run.get("run_id") == document["run"].get("run_id"):
                run["status"] = "interrupted"
    return document
