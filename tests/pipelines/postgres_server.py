"""A Postgres server of Debian's package, on 127.0.0.1, with a data directory of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "pg-pa55 w/rd"
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=20"


def programs() -> Path:
    """Where initdb and pg_ctl are. Debian keeps them out of the path. Skips the test without them, but not in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/none")]
    if not found[-1].exists() and not os.environ.get("CI"):
        pytest.skip("there is no Postgres: apt-get install postgresql")
    return found[-1].parent


@contextmanager
def postgres() -> Iterator[str]:
    """The server while the block runs: the URL of a database in it, without user and password."""
    bin = programs()
    # Postgres refuses root, and the folders of a test are for their owner alone
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="leadpath-postgres-"))
    try:
        word = folder / "password"
        word.write_text(PASSWORD)
        if as_other:
            owner = pwd.getpwnam("postgres")
            for path in (folder, word):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        made = [
            "-D",
            str(data),
            "-U",
            "lead",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        _run([*as_other, str(bin / "initdb"), *made])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {QUICK}"
        control = [*as_other, str(bin / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
        _run([*control, "-o", options, "-l", str(folder / "log"), "start"])
        try:
            yield f"127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    # not captured: the server would keep the pipe open
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False, timeout=90
    )
    assert done.returncode == 0, command
