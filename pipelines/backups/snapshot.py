"""A copy of the raw file as it is at one moment, also while another process writes into it.

Only one process can open a DuckDB file that is written, so it is copied as a file, and nobody has to wait or know.
DuckDB writes new blocks where no block is in use, then one of two headers that refers to them, and until then what is
committed stands in the log beside the file. So a file that was copied between two equal readings of its headers, and
then its log, is what a crash would have left at that moment; DuckDB makes one of both when it opens the copy.
"""

import os
import shutil
import time
from pathlib import Path

from sources.errors import LeadpathError

# a main header and two that take turns, 4096 bytes each
HEADERS = 3 * 4096
# seconds; a sync writes a header every few MB that it loads, and a copy takes a second for each GB or so
PATIENCE = 300
PAUSE = 0.2


class Restless(LeadpathError):
    """The file changed during each attempt to copy it."""


def log_of(file: Path) -> Path:
    """The write-ahead log of a DuckDB file."""
    return file.with_name(f"{file.name}.wal")


def snapshot(file: Path, copy: Path) -> None:
    """Copy a DuckDB file and its log, each for its owner alone. Raises Restless, OSError."""
    until = time.monotonic() + PATIENCE
    while True:
        before = _state(file)
        discard(copy)
        _copy(file, copy)
        if log_of(file).exists():
            _copy(log_of(file), log_of(copy))
        if _state(file) == before:
            return
        if time.monotonic() > until:
            raise Restless(
                f"{file} is written so busily that no copy of it is whole; make the backup when the run has ended."
            )
        time.sleep(PAUSE)


def discard(file: Path) -> None:
    """Remove a DuckDB file and its log."""
    for each in (file, log_of(file)):
        each.unlink(missing_ok=True)


def _state(file: Path) -> tuple[int, int, bytes]:
    with file.open("rb") as opened:
        status = os.fstat(opened.fileno())
        return status.st_dev, status.st_ino, opened.read(HEADERS)


def _copy(source: Path, target: Path) -> None:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        shutil.copyfile(source, target)
    except FileNotFoundError:
        # the log went into the file, and its headers show it
        if source.exists():
            raise
