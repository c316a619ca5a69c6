"""Which backups were made: `internal/backups.json`, so that who is forgotten is forgotten in them too."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = "backups.json"


def made(internal: Path) -> list[dict[str, Any]]:
    """Each with its `path` (absolute) and `made_at` (ISO, UTC). Raises ValueError where the file is none of ours."""
    try:
        listed: list[dict[str, Any]] = json.loads((internal / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return []
    if not all(isinstance(one, dict) and isinstance(one.get("path"), str) for one in listed):
        raise ValueError(f"{internal / NAME} is not as Leadpath wrote it")
    return listed


def note(internal: Path, *paths: Path, without: Path | None = None) -> None:
    """Note that there are backups now, before they are there. The caller is the only one who does.

    Forgets those that somebody removed: their folder is there, and they are not.
    """
    named = {str(path.absolute()) for path in paths}
    kept = [
        one
        for one in made(internal)
        if one["path"] not in {*named, str(without and without.absolute())}
        and (Path(one["path"]).exists() or not Path(one["path"]).parent.is_dir())
    ]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    listed = [*kept, *({"path": path, "made_at": now} for path in sorted(named))]
    file = internal / NAME
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(file)
