"""What the person who runs it is told: about the disk, the settings, a lost warehouse, and a running sync."""

import errno
import fcntl
import os
import pty
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.failures import sentence_of
from sandbox import Sandbox
from sources.errors import SourceError
from tests.conftest import LEADPATH, Cli, Run
from tests.pipelines.outcome import said, status

Make = Callable[..., Sandbox]
WORLD = {"companies": 4, "days": 4}


# the disk


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "x.duckdb"), "The disk that holds data is full."),
        (
            duckdb.IOException("IO Error: Could not write file: No space left on device"),
            "The disk that holds data is full.",
        ),
        (
            PermissionError(13, "Permission denied", "data/internal"),
            "data/internal cannot be written: Permission denied.",
        ),
        (OSError(30, "Read-only file system", "data"), "data cannot be written: Read-only file system."),
        (NotADirectoryError(20, "Not a directory", "data"), "data cannot be used: Not a directory."),
        (
            duckdb.IOException("IO Error: Could not set lock on file"),
            "Close the program that has a file of this folder open, or check the folder.",
        ),
        (duckdb.CatalogException("Catalog Error: no table"), "is not as Leadpath made it"),
        (SourceError("a sentence"), "a sentence"),
        # what others say ends before the advice begins
        (duckdb.CatalogException("Catalog Error: no table"), "no table. If another program changed it"),
        (duckdb.IOException("IO Error: it broke"), "it broke. Check the folder"),
        (duckdb.IOException("IO Error: it broke!"), "it broke! Check the folder"),
        (duckdb.OutOfMemoryException("Out of Memory Error: 5 GB used"), "5 GB used. Close other programs"),
        (sqlite3.DatabaseError("file is not a database"), "file is not a database. If another program"),
        (sqlite3.OperationalError("database is locked"), "budgets.sqlite cannot be used: database is locked. Close"),
        # which file it is
        (
            duckdb.IOException('The file "data/internal/build.duckdb" exists, but it is not a valid'),
            "Remove that file:",
        ),
        (duckdb.IOException('The file "data/internal/raw.duckdb" exists, but it is not a valid'), "from a backup."),
        (
            duckdb.IOException('Could not read from file "data/internal/build.duckdb": Is a directory'),
            "Remove that file",
        ),
        (duckdb.IOException('The file "data/clock/raw.duckdb" is not a valid DuckDB file'), "from a backup."),
        (OSError(21, "Is a directory", "data/.status.json.1", None, "data/status.json"), "data/status.json cannot be"),
        (PermissionError(13, "Permission denied", "/elsewhere/leads.csv"), "Check that file and its rights."),
        # no file at all
        (ConnectionRefusedError(111, "Connection refused"), "The network cannot be used: Connection refused. Check"),
        (OSError(101, "Network is unreachable"), "The network cannot be used: Network is unreachable. Check"),
        (OSError(98, "Address already in use"), "The network cannot be used: Address already in use. Check"),
        (socket.gaierror(-2, "Name or service not known"), "The network cannot be used: Name or service not known."),
        (TimeoutError("timed out"), "The network cannot be used: timed out. Check"),
        (OSError(24, "Too many open files"), "Raise the limit (ulimit -n)"),
        (OSError(12, "Cannot allocate memory"), "Close other programs"),
        (BrokenPipeError(32, "Broken pipe"), "has ended"),
        (OSError(71, "Protocol error"), "Protocol error. Run the command again."),
    ],
)
def test_an_error_that_is_no_fault_of_ours_is_a_sentence(error: Exception, words: str) -> None:
    found = sentence_of(error, Path("data"))
    assert found is not None
    assert words in found
    assert "\n" not in found


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EMFILE, errno.EADDRINUSE, errno.ENOMEM, errno.EPROTO])
def test_what_is_no_fault_of_a_file_has_no_advice_about_files(number: int) -> None:
    assert "LEADPATH_DATA_DIR" not in str(sentence_of(OSError(number, os.strerror(number)), Path("data")))


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        duckdb.InvalidInputException("Invalid Input Error: Values were not provided"),
        duckdb.ParserException("Parser Error: syntax error"),
        sqlite3.ProgrammingError("Incorrect number of bindings"),
    ],
)
def test_a_fault_of_ours_is_none(error: Exception) -> None:
    assert sentence_of(error, Path("data")) is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds six megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system of its own needs the right to mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_few_sentences(small_disk: Path, leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=20, days=14)
    run = leadpath("sync", sandbox=sandbox, status=1, LEADPATH_DATA_DIR=str(small_disk / "data"))
    assert "is full" in run.stderr
    assert "This is a bug" not in run.stderr
    assert len(said(run)) < 10


@pytest.mark.parametrize("command", [("demo",), ("sync", "snitcher"), ("build",)])
def test_a_data_directory_that_cannot_be_made_is_a_sentence(
    leadpath: Cli, make_sandbox: Make, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("no folder")
    sandbox = make_sandbox(**WORLD)
    run = leadpath(
        *command, sandbox=sandbox, only=("snitcher",), status=1, LEADPATH_DATA_DIR=str(tmp_path / "file" / "data")
    )
    (sentence,) = said(run)
    assert "cannot be used: Not a directory. Check LEADPATH_DATA_DIR" in sentence


@pytest.mark.parametrize("broken", ["a view", "another type", "no database"])
def test_a_raw_file_that_another_program_changed_is_a_sentence(leadpath: Cli, make_sandbox: Make, broken: str) -> None:
    raw = leadpath.data_dir / "internal" / "raw.duckdb"
    if broken == "no database":
        raw.write_text("this is no database" * 1000)
    else:
        with duckdb.connect(str(raw)) as con:
            con.execute("drop table raw_snitcher.sessions")
            made = {"a view": "view", "another type": "table"}[broken]
            con.execute(f"create {made} raw_snitcher.sessions as select 1 as uuid")
    run = leadpath("sync", "snitcher", sandbox=make_sandbox(**WORLD), only=("snitcher",), status=1)
    assert said(run)
    assert "backup" in run.stderr
    assert "This is a bug" not in run.stderr


@pytest.mark.parametrize("junk", ["text", "folder"])
def test_a_build_file_that_cannot_be_read_may_be_removed(leadpath: Cli, junk: str) -> None:
    file = leadpath.data_dir / "internal" / "build.duckdb"
    if junk == "folder":
        file.mkdir()
    else:
        file.write_text("this is no database" * 1000)
    (sentence,) = said(leadpath("build", status=1))
    assert str(file) in sentence
    assert sentence.endswith("Remove that file: the next build makes it again from internal/raw.duckdb.")
    assert "backup" not in sentence


def test_a_folder_in_the_place_of_the_status_file_is_named(leadpath: Cli) -> None:
    file = leadpath.data_dir / "status.json"
    file.mkdir()
    for command in ("build", "status", "runs"):
        assert said(leadpath(command, status=1)) == [
            f"{file} cannot be used: Is a directory. Move that folder away; the next run makes the file again."
        ]
    file.rmdir()
    for text in ("{}", "[]", "no json"):
        file.write_text(text)
        (sentence,) = said(leadpath("status", status=1))
        assert sentence.startswith(f"{file} cannot be read (")


def test_quarantine_of_a_raw_file_that_cannot_be_read(leadpath: Cli) -> None:
    raw = leadpath.data_dir / "internal" / "raw.duckdb"
    with duckdb.connect(str(raw)):
        (sentence,) = said(leadpath("quarantine", status=1))
    assert sentence.endswith("If a sync runs, ask again when it is done.")
    raw.write_text("this is no database" * 1000)
    (sentence,) = said(leadpath("quarantine", status=1))
    assert sentence.endswith(
        "not a valid DuckDB database file! It is no DuckDB file that can be read: restore it from a backup."
    )


@pytest.mark.parametrize(
    ("column", "kind", "pinned"),
    [
        ("raw_snitcher.sessions.started_at", "VARCHAR", "TIMESTAMP WITH TIME ZONE"),
        ("raw_snitcher.organisations.website", "INTEGER", "VARCHAR"),
        ("raw_snitcher.organisations.tags", "VARCHAR", "JSON"),
        ("raw_snapcall.calls.rate", "VARCHAR", None),
        ("raw_smartlook.visitors._dlt_load_id", "DOUBLE", "VARCHAR"),
    ],
)
def test_a_raw_column_of_another_type_is_refused(
    leadpath: Cli, make_sandbox: Make, column: str, kind: str, pinned: str | None
) -> None:
    table, _, name = column.rpartition(".")
    with duckdb.connect(str(leadpath.data_dir / "internal" / "raw.duckdb")) as con:
        con.execute(f"alter table {table} alter column {name} type {kind}")
    sandbox = make_sandbox(**WORLD)
    run = leadpath("sync", "snitcher", sandbox=sandbox, only=("snitcher",), status=1)
    (sentence,) = said(run)
    assert f"{column} has type {kind}, and has to be {pinned or ''}" in sentence
    assert sentence.endswith("change it back or restore the file from a backup. Nothing was read.")
    assert not sandbox.requests


# settings


def test_names_that_nothing_is_called_are_warned_of_with_the_nearest(leadpath: Cli, tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir(exist_ok=True)
    (tmp_path / ".dlt" / "config.toml").write_text('snitcher_urll = "x"\n[runtime]\nlog_level = "ERROR"\n')
    config = tmp_path / "lists"
    config.mkdir()
    (config / "company_override.csv").write_text("x\n")
    (config / "README.md").write_text("x\n")
    run = leadpath(
        "status", LEADPATH_LOOKBAK_DAYS="4", SNITCHER_API_TOKN="x", LEADPATH_CONFIG_DIR=str(config), SNAPCALL_URL=""
    )
    warnings = [line for line in run.stderr.splitlines() if line.startswith("Warning: ")]
    assert warnings == [
        "Warning: LEADPATH_LOOKBAK_DAYS in the environment is no setting and is not read. Did you mean"
        " LEADPATH_LOOKBACK_DAYS?",
        "Warning: SNITCHER_API_TOKN in the environment is no setting and is not read. Did you mean SNITCHER_API_TOKEN?",
        "Warning: snitcher_urll in .dlt/config.toml is no setting and is not read. Did you mean snitcher_url?",
        f"Warning: {config / 'company_override.csv'} is no list and is not read. Did you mean company_overrides.csv?",
    ]
    missing = leadpath("status", LEADPATH_CONFIG_DIR=str(tmp_path / "none"))
    assert f"there is no folder {tmp_path / 'none'}, so no list of your own is read" in missing.stderr
    (tmp_path / ".dlt" / "config.toml").unlink()
    assert "Warning" not in leadpath("status").stderr


def warned(run: Run) -> list[str]:
    return [line.removeprefix("Warning: ") for line in run.stderr.splitlines() if line.startswith("Warning: ")]


def test_keys_and_sections_that_nothing_reads_are_warned_of_at_every_level(leadpath: Cli, tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text("""
lookback_days = 4
leadpth_start_date = "2026-01-01"
LEADPATH_MAX_RUN = "5m"
moods = 3
log_level = "ERROR"
dev_mode = false

[leadpath]
lookback_days = 5

[leadpath.snitcher]
url = "x"

[other.tool]
name = "x"

[empty]

[sources.snitcher]
snitcher_api_token = "x"
api_token = "x"

[destination.duckdb]
credentials = "x.duckdb"

[normalize.data_writer]
buffer_max_items = 5000

[leadpath_snitcher.load]
workers = 2

[load]
workers = 2

[runtime]
log_level = "ERROR"
dlthub_telemetry = false
request_timout = 5
leadpath_reread_days = 3
""")
    (tmp_path / ".dlt" / "secrets.toml").write_text("""
api_token = "hidden"
[snitcher]
api_token = "hidden"
[smartlook.api]
token = "hidden"
""")
    run = leadpath("status")
    config, secrets = ("is no setting and is not read." for _ in range(2))
    there, aside = ".dlt/config.toml", ".dlt/secrets.toml"
    above = ", above the first section?"
    assert warned(run) == [
        f"lookback_days in {there} {config} Did you mean leadpath_lookback_days?",
        f"leadpth_start_date in {there} {config} Did you mean leadpath_start_date?",
        f"LEADPATH_MAX_RUN in {there} {config} Did you mean leadpath_max_run?",
        f"moods in {there} {config}",
        f"[leadpath] lookback_days in {there} {config} Did you mean leadpath_lookback_days{above}",
        f"[leadpath.snitcher] url in {there} {config} Did you mean snitcher_url{above}",
        f"[other.tool] name in {there} {config}",
        f"empty in {there} {config}",
        f"[runtime] request_timout in {there} {config} Did you mean request_timeout?",
        f"[runtime] leadpath_reread_days in {there} {config} Did you mean leadpath_reread_days{above}",
        f"api_token in {aside} {secrets}",
        f"[snitcher] api_token in {aside} {secrets} Did you mean snitcher_api_token{above}",
        f"[smartlook.api] token in {aside} {secrets} Did you mean smartlook_api_token{above}",
    ]
    assert "hidden" not in run.stderr


def test_what_is_near_in_the_environment_and_no_more_is_warned_of(leadpath: Cli, tmp_path: Path) -> None:
    no = "in the environment is no setting and is not read."
    run = leadpath(
        "status", LEADPATH_HOME="/x", LEADPATH_NODE="acme", LEADPTH_START_DATE="2026-01-01", SNITCHER__API_TOKEN="x",
        leadpath_max_run="5m", LEADPATH_SNITCHER__LOAD__WORKERS="2", RUNTIME__LOG_LEVEL="ERROR", LOOKBACK_DAYS="4",
        LEAD_PATH="/x", SNAP_NAME="x",
    )  # fmt: skip
    assert sorted(warned(run)) == [
        f"LEADPATH_HOME {no}",
        f"LEADPATH_NODE {no}",
        f"LEADPTH_START_DATE {no} Did you mean LEADPATH_START_DATE?",
        f"SNITCHER__API_TOKEN {no} Did you mean SNITCHER_API_TOKEN?",
        f"leadpath_max_run {no} Did you mean LEADPATH_MAX_RUN?",
    ]


def test_a_folder_of_lists_that_is_not_there_is_warned_of(leadpath: Cli, tmp_path: Path) -> None:
    nowhere = "so no list of your own is read."
    assert warned(leadpath("status", LEADPATH_CONFIG_DIR="config")) == [
        f"LEADPATH_CONFIG_DIR: there is no folder config, {nowhere}"
    ]
    (tmp_path / "lists").mkdir()
    (tmp_path / "file").write_text("")
    assert warned(leadpath("status", LEADPATH_CONFIG_DIR=str(tmp_path / "list"))) == [
        f"LEADPATH_CONFIG_DIR: there is no folder {tmp_path / 'list'}, {nowhere} Did you mean {tmp_path / 'lists'}?"
    ]
    assert warned(leadpath("status", LEADPATH_CONFIG_DIR="file")) == [
        f"LEADPATH_CONFIG_DIR: there is no folder file, {nowhere}"
    ]
    # the committed file states the default
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text('leadpath_config_dir = "config"\n')
    assert warned(leadpath("status")) == []


def test_check_refuses_what_sync_refuses(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(**WORLD)
    assert "there is no 'visits'" in leadpath("check", sandbox=sandbox, status=2, SNITCHER_RESOURCES="visits").stderr
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "forms.csv").write_text("wrong\n")
    run = leadpath("check", sandbox=sandbox, status=1, LEADPATH_CONFIG_DIR=str(tmp_path / "lists"))
    assert "forms.csv, line 1: the header has to be" in run.stderr


# the warehouse


def test_a_raw_file_that_is_gone_is_missed(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "snitcher", "--no-build", sandbox=sandbox)
    (leadpath.data_dir / "internal" / "raw.duckdb").unlink()
    leads = tmp_path / "leads.csv"
    leads.write_text("email\na@x.example\n")
    for command in (("sync", "snitcher"), ("build",), ("push-leads",), ("import-leads", str(leads))):
        (sentence,) = said(leadpath(*command, sandbox=sandbox, status=1))
        assert "raw.duckdb is gone, but" in sentence
        assert "--new-warehouse" in sentence
    leadpath("sync", "snitcher", "--no-build", "--new-warehouse", sandbox=sandbox)
    assert leadpath.raw("select count(*) > 0 from raw_snitcher.sessions") == [(True,)]


def test_the_publication_bears_the_moment_of_the_swap(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(**WORLD)
    config = tmp_path / "lists"
    config.mkdir()
    header = "action,vendor,entity_type,entity_id,domain,other_domain,reason"
    (config / "company_overrides.csv").write_text(f"{header}\nunlink,snapcall,call,nowhere,,,\n")
    leadpath.env = {"LEADPATH_CONFIG_DIR": str(config)}
    environment = leadpath.environment(sandbox, {}, ("snitcher",))
    environment = {name: value for name, value in environment.items() if name != "LEADPATH_NOW"}
    begun = datetime.now(UTC)
    run = subprocess.run(
        [*LEADPATH, "sync", "snitcher"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    file = leadpath.data_dir / "leadpath.duckdb"
    ((published_at,),) = leadpath.marts("select max(published_at) from ops.publications")
    swapped = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    assert begun < published_at
    # dbt's seconds are before it
    assert abs((swapped - published_at).total_seconds()) < 2
    assert datetime.fromisoformat(status(leadpath)["publication"]["published_at"]) == published_at
    assert (
        "Warning: company_overrides.csv: no call nowhere of snapcall is known, so the line does nothing." in run.stderr
    )


# while it runs


def test_the_table_of_a_running_sync_fits_a_small_terminal(leadpath: Cli, make_sandbox: Make) -> None:
    """Five vendors on 80 by 24: nothing is wider, and nothing scrolls."""
    sandbox = make_sandbox(companies=10, days=14)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = leadpath.environment(sandbox, {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}, ())
    process = subprocess.Popen(
        [*LEADPATH, "sync", "--no-build"], env=environment, cwd=leadpath.data_dir.parent, stderr=theirs, stdout=theirs
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    assert process.wait() == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode("utf-8", "replace")).replace("\r", "\n")
    frames = plain.split("vendor ")[1:]
    assert frames
    last = max(frames, key=len)
    assert {name for name in ("snitcher", "snapcall", "smartlook", "usersnap") if name in last} == {
        *("snitcher", "snapcall", "smartlook", "usersnap")
    }
    for frame in frames:
        lines = [line for line in frame.splitlines() if line.strip()]
        assert max(map(len, lines)) <= 80
    assert "smartlook" in last
    shutil.rmtree(leadpath.data_dir)
