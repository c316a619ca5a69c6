"""One writer at a time, by a lock that dies with its process."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sources.errors import LeadpathError

TRIES = 5


class Held(LeadpathError):
    """Another process holds the warehouse; the message says which."""


@contextmanager
def exclusive(file: Path, command: str) -> Iterator[None]:
    """Hold the lock, or raise Held at once. The kernel frees it when the process ends, however it ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _taken(descriptor):
            raise Held(_sentence(file))
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "command": command, "since": _now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Try for a moment, since `is_held` of another process has the lock for an instant."""
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def is_held(file: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def holder(file: Path) -> str:
    """The command that holds the lock now; empty where none does, or it is not known."""
    return str(_written(file).get("command", "")) if is_held(file) else ""


def _written(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _sentence(file: Path) -> str:
    if not (known := _written(file)):
        return "another leadpath process holds the warehouse; wait until it ends"
    return (
        f"`{known.get('command')}` (process {known.get('pid')} on {known.get('host')}, since {known.get('since')})"
        " holds the warehouse; wait until it ends"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
