"""What went wrong outside of a vendor, as one sentence: which file or setting, and what to do.

The one place where errors of the disk, of DuckDB and of our own become words for people.
"""

import errno
import os
import socket
import sqlite3
import ssl
import traceback
from pathlib import Path

import duckdb

from sources.errors import LeadpathError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
FULL_WORDS = ("no space left", "disk full", "database or disk is full", "disk quota", "file too large")
KEPT = "What was finished is kept; free some space, then run the command again."
# what is said of a file also where the error does not name it
OF_FILES = FORBIDDEN | {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EIO, errno.ENAMETOOLONG, errno.ELOOP),
    *(errno.ESTALE, errno.EXDEV, errno.ENXIO, errno.EBUSY, errno.ENOTEMPTY, errno.ETXTBSY),
}
OF_NETWORK = {
    *(errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.EADDRINUSE, errno.EADDRNOTAVAIL),
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT, errno.ENOTCONN),
}
TOO_MANY_FILES = {errno.EMFILE, errno.ENFILE}
TOO_LITTLE_MEMORY = {errno.ENOMEM, errno.EAGAIN}
# what DuckDB raises where a table is not what a query takes it for; wrong input and wrong SQL are faults of ours
CHANGED = (
    *(duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException, duckdb.ConstraintException),
    *(duckdb.TypeMismatchException, duckdb.OutOfRangeException, duckdb.SequenceException, duckdb.DependencyException),
)
SQLITE_OUT_OF_REACH = ("locked", "unable to open", "readonly", "disk i/o")
# the files that a folder may stand in the way of, and what makes them again
MADE_AGAIN = {"build.duckdb": "the next build", "status.json": "the next run", "leadpath.duckdb": "the next build"}


def sentence_of(error: BaseException, data_dir: Path) -> str | None:
    """A sentence for an error that is no fault of ours; None for any other."""
    cause = _root(error)
    words = str(cause).strip().splitlines()
    first = words[0] if words else type(cause).__name__
    if is_full_disk(cause):
        return f"The disk that holds {data_dir} is full. {KEPT}"
    if isinstance(error, LeadpathError):
        return str(error)
    if isinstance(cause, OSError):
        return _of_system(cause, first, data_dir)
    return _of_databases(cause, first, data_dir)


def ended(words: str) -> str:
    """Somebody else's words, with the full stop after which the next sentence may begin."""
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def is_full_disk(error: BaseException) -> bool:
    """Whether there was no room for what was to be written."""
    cause = _root(error)
    return any(word in str(cause).lower() for word in FULL_WORDS) or getattr(cause, "errno", None) in FULL


def is_interrupt(error: BaseException) -> bool:
    """Whether a signal stopped what was done: DuckDB makes an error of its own of it."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, RuntimeError) and str(error) == "Query interrupted"
    )


def is_locked(error: BaseException) -> bool:
    """Whether DuckDB could not open a file because another process has it open."""
    return isinstance(error, duckdb.IOException) and "set lock on file" in str(error).lower()


def _of_system(cause: OSError, first: str, data_dir: Path) -> str:
    what = ended(cause.strerror or first)
    # of a renaming the goal, which we chose, and not the temporary file
    named = cause.filename2 or cause.filename
    if named is not None or cause.errno in OF_FILES:
        return _of_file(cause, what, Path(os.fsdecode(named)) if isinstance(named, (str, bytes)) else None, data_dir)
    if isinstance(cause, BrokenPipeError):
        return "The program that reads what is printed here has ended. Run the command again without it."
    if isinstance(cause, (ConnectionError, TimeoutError, socket.gaierror, ssl.SSLError)) or cause.errno in OF_NETWORK:
        return f"The network cannot be used: {what} Check the network, then run the command again."
    if cause.errno in TOO_MANY_FILES:
        return f"No more files can be opened: {what} Raise the limit (ulimit -n), then run the command again."
    if cause.errno in TOO_LITTLE_MEMORY:
        return f"The system has nothing left: {what} Close other programs, then run the command again."
    return f"The system refused what the command needs: {what} Run the command again."


def _of_file(cause: OSError, what: str, place: Path | None, data_dir: Path) -> str:
    if place is None:
        place = data_dir
    can = "written" if cause.errno in FORBIDDEN else "used"
    if cause.errno == errno.EISDIR and place.name in MADE_AGAIN:
        return f"{place} cannot be {can}: {what} Move that folder away; {MADE_AGAIN[place.name]} makes the file again."
    if place != data_dir and not _meet(place, data_dir):
        return f"{place} cannot be {can}: {what} Check that file and its rights."
    return f"{place} cannot be {can}: {what} Check LEADPATH_DATA_DIR ({data_dir}) and its rights."


def _meet(place: Path, data_dir: Path) -> bool:
    """Whether one of the two is in the other."""
    place, folder = place.absolute(), data_dir.absolute()
    return place.is_relative_to(folder) or folder.is_relative_to(place)


def _of_databases(cause: BaseException, first: str, data_dir: Path) -> str | None:
    internal = data_dir / "internal"
    if isinstance(cause, duckdb.OutOfMemoryException):
        return f"DuckDB has not enough memory: {ended(first)} Close other programs, or run on a larger machine."
    if isinstance(cause, duckdb.HTTPException):
        return f"The network cannot be used: {ended(first)} Check the network, then run the command again."
    if isinstance(cause, (duckdb.IOException, duckdb.SerializationException)):
        return f"{internal} cannot be used: {ended(first)} {_advice(cause, first, internal)}"
    if isinstance(cause, sqlite3.OperationalError) and any(sign in first.lower() for sign in SQLITE_OUT_OF_REACH):
        return (
            f"internal/budgets.sqlite cannot be used: {ended(first)} Close the program that has it open, or check its"
            " rights (in LEADPATH_DATA_DIR); it may be removed."
        )
    if _is_of_changed_file(cause):
        return (
            f"A file in {internal} is not as Leadpath made it: {ended(first)} If another program changed it,"
            " restore internal/raw.duckdb from a backup; internal/build.duckdb and budgets.sqlite may be removed."
        )
    return None


def _is_of_changed_file(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.DatabaseError):
        return not isinstance(cause, (sqlite3.ProgrammingError, sqlite3.InterfaceError))
    return isinstance(cause, CHANGED) or (isinstance(cause, duckdb.Error) and "corrupt" in str(cause).lower())


def unexpected(error: BaseException, data_dir: Path, redact: object) -> str:
    """The sentence for a fault of ours, whose frames are written to a file as far as that is possible."""
    file = data_dir / "internal" / "last_error.txt"
    text = "".join(traceback.format_exception(error))
    try:
        file.write_text(redact(text) if callable(redact) else text)
    except OSError:
        return f"Unexpected {type(error).__name__}, and {file} could not be written. This is a bug."
    return f"Unexpected {type(error).__name__}; {file} says where. This is a bug."


def _advice(cause: BaseException, words: str, internal: Path) -> str:
    if is_locked(cause):
        return "Close the program that has a file of this folder open, or check the folder."
    unreadable = any(sign in words.lower() for sign in ("not a valid", "could not read", "is a directory", "version"))
    if "version number" in words.lower():
        return "A newer program wrote it: use the version of Leadpath that made it, or a newer one."
    if not unreadable:
        return "Check the folder and its rights."
    # the other files of the folder can be made again
    if any(str(internal / name) in words for name in ("build.duckdb", "candidate")):
        return "Remove that file: the next build makes it again from internal/raw.duckdb."
    return "It is no DuckDB file that can be read: restore it from a backup."


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error
