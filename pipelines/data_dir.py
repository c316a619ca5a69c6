"""Where those files of the data directory are that are read without the warehouse. It imports nothing, to be quick."""

from pathlib import Path

LOCK_FILE = Path("internal") / "lock"
STATUS_FILE = Path("status.json")


def log_beside(published: Path) -> Path | None:
    """The write-ahead log beside the published file, which every reader would replay into it without a word."""
    log = published.with_name(published.name + ".wal")
    return log if log.exists() else None
