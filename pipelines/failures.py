"""What went wrong outside of a vendor, as one sentence: which file or setting, and what to do.

The one place where errors of the disk, of DuckDB and of our own become words for people.
"""

import errno
import sqlite3
import traceback
from pathlib import Path

import duckdb

from sources.errors import SourceError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
FULL_WORDS = ("no space left", "disk full", "database or disk is full", "disk quota", "file too large")
KEPT = "What was finished is kept; free some space, then run the command again."


def sentence_of(error: BaseException, data_dir: Path) -> str | None:
    """A sentence for an error that is no fault of ours; None for any other."""
    cause = _root(error)
    words = str(cause).strip().splitlines()
    first = words[0] if words else type(cause).__name__
    if any(word in str(cause).lower() for word in FULL_WORDS) or getattr(cause, "errno", None) in FULL:
        return f"The disk that holds {data_dir} is full. {KEPT}"
    if isinstance(error, SourceError):
        return str(error)
    if isinstance(cause, OSError):
        place = cause.filename or data_dir
        what = "written" if cause.errno in FORBIDDEN else "used"
        return (
            f"{place} cannot be {what}: {cause.strerror or first}. Check LEADPATH_DATA_DIR ({data_dir}) and its rights."
        )
    return _of_databases(cause, first, data_dir)


def _of_databases(cause: BaseException, first: str, data_dir: Path) -> str | None:
    if isinstance(cause, duckdb.OutOfMemoryException):
        return f"DuckDB has not enough memory: {first} Close other programs, or run on a larger machine."
    if isinstance(cause, (duckdb.IOException, duckdb.SerializationException)):
        return f"{data_dir / 'internal'} cannot be used: {first} {_advice(first)}"
    if isinstance(cause, (duckdb.Error, sqlite3.Error)):
        return (
            f"A file in {data_dir / 'internal'} is not as Leadpath made it: {first} If another program changed it,"
            " restore internal/raw.duckdb from a backup; internal/build.duckdb and budgets.sqlite may be removed."
        )
    return None


def unexpected(error: BaseException, data_dir: Path, redact: object) -> str:
    """The sentence for a fault of ours, whose frames are written to a file as far as that is possible."""
    file = data_dir / "internal" / "last_error.txt"
    text = "".join(traceback.format_exception(error))
    try:
        file.write_text(redact(text) if callable(redact) else text)
    except OSError:
        return f"Unexpected {type(error).__name__}, and {file} could not be written. This is a bug."
    return f"Unexpected {type(error).__name__}; {file} says where. This is a bug."


def _advice(words: str) -> str:
    if "lock" in words.lower():
        return "Close the program that has a file of this folder open, or check the folder."
    if "not a valid" in words.lower():
        return "It is no DuckDB file: restore it from a backup."
    return "Check the folder and its rights."


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error
