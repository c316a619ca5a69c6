"""Where those files of the data directory are that are read without the warehouse. It imports nothing, to be quick."""

from pathlib import Path

LOCK_FILE = Path("internal") / "lock"
STATUS_FILE = Path("status.json")
