"""The published file: swapped whole or not at all, readable by all, and the same by increments as by full builds."""

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.build.publish import PublishFailed, check
from pipelines.warehouse.files import create_file
from sandbox import Sandbox
from tests.conftest import Cli, rows
from tests.pipelines.home import BOTH, MARTS, Home, assert_equal, file_of, identity, marts
from tests.pipelines.outcome import assert_no_secret, said, status

Make = Callable[..., Sandbox]


# Reads the published file as a tool without a pool would, again and again, until its standard input ends. Each time the
# rows of all marts must be those that the last publication in the same file states.
READER = """
import json, sys, threading, time
import duckdb
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
reads, wrong, seen = 0, [], set()
while not ended.is_set():
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as con:
            run, stated = con.execute(
                "select run_id, mart_rows from ops.publications order by published_at desc, run_id desc limit 1"
            ).fetchone()
            for table, count in json.loads(stated).items():
                found = con.execute(f"select count(*) from marts.{table}").fetchone()[0]
                if found != count:
                    wrong.append(f"{run}: {table} has {found} rows, not {count}")
            seen.add(run)
            reads += 1
    except Exception as error:
        wrong.append(f"{type(error).__name__}: {error}")
    time.sleep(0.05)
print(json.dumps([reads, wrong, sorted(seen)]))
"""

# Leaves a write-ahead log behind, as a tool does that opens the file for writing and dies.
DIES_WRITING = """
import os, sys
import duckdb
con = duckdb.connect(sys.argv[1])
con.execute("set checkpoint_threshold = '1TB'")
con.execute("update marts.dim_companies set company_name = 'nobody'")
os._exit(9)
"""

# Any version of duckdb: every row of every table of every schema, and a sum over the values.
OLD_READER = """
import json, sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("set timezone = 'UTC'")
tables = con.execute("select table_schema, table_name from information_schema.tables order by all").fetchall()
found = {}
for schema, table in tables:
    rows = con.execute(f'select * from {schema}.{table}').fetchall()
    # versions differ in whose class the UTC of a time is
    plain = [[value.isoformat() if hasattr(value, 'isoformat') else value for value in row] for row in rows]
    found[f'{schema}.{table}'] = [len(rows), sorted(map(str, plain))]
print(json.dumps([duckdb.__version__, found]))
"""


@pytest.fixture
def reader(leadpath: Cli) -> Iterator[Callable[[], list[Any]]]:
    """Start reading in a process of its own; called again, end that and give what it saw."""
    processes: list[subprocess.Popen[str]] = []

    def toggle() -> list[Any]:
        if not processes:
            command = [sys.executable, "-c", READER, str(file_of(leadpath))]
            processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            return []
        out, _ = processes[0].communicate(timeout=30)
        found: list[Any] = json.loads(out)
        return found

    yield toggle
    for process in processes:
        process.kill()
        process.communicate()


def test_syncs_under_the_eyes_of_a_reader_leave_what_a_full_build_makes(
    leadpath: Cli, make_sandbox: Make, reader: Callable[[], list[Any]]
) -> None:
    sandbox = make_sandbox(companies=8, days=10)
    leadpath("sync", sandbox=sandbox, only=BOTH)
    before = marts(leadpath)
    reader()
    for number in range(4):
        sandbox.advance(timedelta(days=1))
        if number == 1:
            kill_in_dbt(leadpath, sandbox)
        if number == 2:
            kill_in_replay(leadpath, sandbox)
        run = leadpath("sync", sandbox=sandbox, only=BOTH)
        (line,) = [line for line in said(run) if line.startswith("Published ")]
        # what a killed build left of the intermediate models fits nothing
        assert (": rebuilt, " if number in (1, 2) else ": brought up to date, ") in line
        assert file_of(leadpath).stat().st_mode & 0o777 == 0o440
    increment = marts(leadpath)
    assert increment != before
    leadpath("build", "--full", sandbox=sandbox, only=BOTH)
    assert_equal(increment, marts(leadpath))
    reads, wrong, seen = reader()
    assert wrong == []
    assert reads > 20
    assert len(seen) >= 4


def kill_in_dbt(cli: Cli, sandbox: Sandbox) -> None:
    """End a build the hard way while dbt writes; dbt must not outlive it."""
    process = cli.start("build", "--full", sandbox=sandbox, only=BOTH)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    results = cli.data_dir / "internal" / "dbt" / "logs" / "dbt.log"
    began = results.stat().st_mtime if results.exists() else 0.0
    # dbt has begun to run models when its log grows
    until(process, lambda: bool(children.read_text().split()) and results.exists() and results.stat().st_mtime > began)
    (dbt,) = children.read_text().split()
    time.sleep(1.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    end = time.monotonic() + 10
    while is_alive(dbt):
        assert time.monotonic() < end, "dbt outlives the command that started it"
        time.sleep(0.02)


def kill_in_replay(cli: Cli, sandbox: Sandbox) -> None:
    """End a sync the hard way while an increment is made of noted statements."""
    process = cli.start("sync", sandbox=sandbox, only=BOTH)
    log = cli.data_dir / "internal" / "candidate" / "leadpath.duckdb.wal"
    until(process, log.exists)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def until(process: "subprocess.Popen[str]", happened: Callable[[], bool]) -> None:
    """Wait while the process works."""
    end = time.monotonic() + 60
    while not happened():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_published_file_stands_alone(published: Cli, home: Home, tmp_path: Path) -> None:
    file = file_of(published)
    assert file.stat().st_mode & 0o777 == 0o440
    assert sorted(path.name for path in published.data_dir.iterdir()) == ["internal", "leadpath.duckdb", "status.json"]
    internal = published.data_dir / "internal"
    assert internal.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in internal.glob("*.duckdb")} == {0o600}
    assert not (internal / "candidate").exists()
    # moved away from everything that it was made from
    alone = tmp_path / "elsewhere.duckdb"
    shutil.copyfile(file, alone)
    with duckdb.connect(str(alone), read_only=True) as con:
        ((tags,),) = con.execute("select tags from duckdb_databases() where not internal").fetchall()
        assert tags["storage_version"].startswith("v1.0.0")
        assert con.execute("select view_name from duckdb_views() where not internal").fetchall() == []
        assert {name for (name,) in con.execute("select distinct schema_name from duckdb_tables()").fetchall()} == {
            "marts",
            "ops",
        }
        stated = json.loads(con.execute("select mart_rows from ops.publications").fetchall()[0][0])
        for (table,) in con.execute(MARTS).fetchall():
            assert con.execute(f"select count(*) from marts.{table}").fetchall() == [(stated.pop(table),)]
        assert stated == {}
        ops = {
            name
            for (name,) in con.execute("select table_name from duckdb_tables() where schema_name = 'ops'").fetchall()
        }
        assert ops >= {"runs", "loads", "windows", "completeness", "publications", "quarantine_counts"}
    publication = status(published)["publication"]
    assert publication["tests_passed"] > 20
    assert publication["rows"]["fct_sessions"] > 0
    assert_no_secret(published, home.sandbox)


@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_older_duckdb_reads_every_row(published: Cli, tmp_path: Path, version: str) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    install = [
        str(venv / "bin" / "pip"),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        f"duckdb=={version}.*",
        "pytz",
    ]
    subprocess.run(install, check=True, timeout=240)
    command = [sys.executable, "-c", OLD_READER, str(file_of(published))]
    ours = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    command[0] = str(venv / "bin" / "python")
    theirs = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    our_version, our_rows = json.loads(ours.stdout)
    their_version, their_rows = json.loads(theirs.stdout)
    assert (our_version.split(".")[0], their_version.startswith(f"{version}.")) == ("2", True)
    assert their_rows == our_rows
    assert len(our_rows) > 15


def test_nothing_new_is_neither_built_nor_published(published: Cli, home: Home) -> None:
    before, publications = identity(published), published.marts("select * from ops.publications")
    results = published.data_dir / "internal" / "dbt" / "target" / "run_results.json"
    built = results.stat().st_mtime_ns
    run = published("sync", sandbox=home.sandbox, only=BOTH)
    assert said(run) == ["Nothing new: the published file is as it was."]
    assert identity(published) == before
    assert results.stat().st_mtime_ns == built
    assert published.raw("select * from ops.publications") == publications
    document = status(published)
    assert document["state"] == "ok"
    assert document["publication"]["run_id"] == publications[0][0]
    assert document["run"]["run_id"] != publications[0][0]


def leave_a_log(cli: Cli) -> Path:
    """A program opens the published file for writing, changes rows and dies; its log."""
    file = file_of(cli)
    file.chmod(0o640)
    died = subprocess.run([sys.executable, "-c", DIES_WRITING, str(file)], check=False, timeout=60)
    assert died.returncode == 9
    log = file.with_name("leadpath.duckdb.wal")
    assert log.read_bytes()
    return log


@pytest.mark.parametrize("command", ["build", "sync"])
def test_a_stale_log_is_moved_aside_and_said(published: Cli, home: Home, command: str) -> None:
    names = published.marts("select company_key, company_name from marts.dim_companies order by 1")
    log = leave_a_log(published)
    written = log.read_bytes()
    run = published("build") if command == "build" else published("sync", sandbox=home.sandbox, only=BOTH)
    (warning,) = [line for line in said(run) if ".wal" in line]
    assert warning == (
        f"Warning: {log} was left by a program that had the published file open for writing;"
        " it was moved to leadpath.duckdb.wal.aside."
    )
    assert not log.exists()
    assert log.with_name("leadpath.duckdb.wal.aside").read_bytes() == written
    assert published.marts("select company_key, company_name from marts.dim_companies order by 1") == names
    if command == "build":
        assert file_of(published).stat().st_mode & 0o777 == 0o440
    else:
        assert "Nothing new: the published file is as it was." in said(run)


def test_nobody_is_shown_what_a_stale_log_would_change(published: Cli) -> None:
    log = leave_a_log(published)
    for command in (
        ("query", "select count(*) from marts.dim_companies where company_name = 'nobody'"),
        ("explain", "company", "example.com"),
        ("push-leads",),
    ):
        (sentence,) = said(published(*command, status=1))
        assert str(log) in sentence
        assert "moves the log aside" in sentence
    assert any(str(log) in line for line in said(published("status", status=None)))


def test_a_damaged_file_is_rebuilt_from_raw(published: Cli) -> None:
    wanted = marts(published)
    file = file_of(published)
    file.chmod(0o640)
    whole = file.read_bytes()
    # not in the first blocks: they say what is where
    head, rest = whole[: len(whole) // 4], whole[len(whole) // 4 :]
    file.write_bytes(head + rest.replace(b"http", b"ptth"))
    run = published("build")
    lines = said(run)
    assert any(line.startswith("Warning: ") and "was damaged" in line for line in lines), lines
    assert any(": rebuilt, " in line for line in lines)
    assert_equal(marts(published), wanted)


def test_no_damaged_block_passes_the_check(tmp_path: Path) -> None:
    file = tmp_path / "candidate.duckdb"
    create_file(file, 0o600)
    with duckdb.connect(str(file)) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_events as select i as id, md5(i::varchar) as url,"
            " json_object('name', md5((-i)::varchar)) as properties, [md5(i::varchar)] as tags"
            " from range(20_000) as rows (i)"
        )
    assert check(file) == {"fct_events": 20_000}
    whole = file.read_bytes()
    headers, block = 3 * 4096, 256 * 1024
    found = 0
    for place in range(headers, len(whole), block):
        if any(whole[place : place + block]):
            spoilt = bytearray(whole)
            spoilt[place + block // 2] ^= 1
            file.write_bytes(spoilt)
            with pytest.raises((PublishFailed, duckdb.Error)):
                check(file)
            found += 1
    assert found > 5


def test_a_raw_file_of_yesterday_is_built_as_if_nothing_else_had_been(leadpath: Cli, make_sandbox: Make) -> None:
    # a world of its own, because time goes on in it
    sandbox = make_sandbox(companies=8, days=10)
    leadpath("sync", sandbox=sandbox, only=BOTH)
    first = file_of(leadpath).read_bytes()
    raw = leadpath.data_dir / "internal" / "raw.duckdb"
    yesterday = raw.read_bytes()
    sandbox.advance(timedelta(days=1))
    leadpath("sync", sandbox=sandbox, only=BOTH)
    assert file_of(leadpath).read_bytes() != first
    raw.write_bytes(yesterday)
    sandbox.advance(timedelta(days=1))
    # of one vendor alone: what the other brought since is in the published file, and no longer in the raw one
    run = leadpath("sync", sandbox=sandbox, only=("snapcall",))
    assert any(": rebuilt, " in line for line in said(run))
    found = marts(leadpath)
    leadpath("build", "--full", sandbox=sandbox, only=("snapcall",))
    assert_equal(found, marts(leadpath))


def test_what_is_published_is_exported_and_a_failed_export_is_made_up_for(
    published: Cli, home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.touch()
    before = identity(published)
    run = published("build", status=1, LEADPATH_EXPORT_URL=f"file://{folder}")
    (failed,) = [line for line in said(run) if line.startswith(f"The export to {folder} was not made: ")]
    assert any(line.startswith("Published ") for line in said(run))
    assert identity(published) != before
    document = status(published)
    assert (document["state"], document["run"]["error"]) == ("partial", failed)
    folder.unlink()
    run = published("sync", sandbox=home.sandbox, only=BOTH, LEADPATH_EXPORT_URL=f"file://{folder}")
    assert said(run)[0] == "Nothing new: the published file is as it was."
    assert said(run)[1].startswith("Exported ")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["run_id"] == published.marts("select run_id from ops.publications order by published_at")[-1][0]
    run = published("sync", sandbox=home.sandbox, only=BOTH, LEADPATH_EXPORT_URL=f"file://{folder}")
    assert said(run) == ["Nothing new: the published file is as it was."]
    assert json.loads((folder / "manifest.json").read_text("utf-8")) == manifest


def test_a_file_that_somebody_writes_is_not_replaced(published: Cli) -> None:
    file = file_of(published)
    file.chmod(0o640)
    before = identity(published)
    with duckdb.connect(str(file)):
        run = published("build", status=1)
    (sentence,) = said(run)
    assert sentence == (
        f"Somebody has {file} open for writing, so it was not replaced."
        " Close that program (open the file read-only there), then run leadpath build."
    )
    assert identity(published) == before
    document = status(published)
    assert (document["state"], document["run"]["error"]) == ("failed", sentence)


def test_a_failed_test_publishes_nothing_and_is_named(published: Cli) -> None:
    before = identity(published)
    with duckdb.connect(str(published.data_dir / "internal" / "raw.duckdb")) as con:
        con.execute("insert into raw_snitcher.sessions select * from raw_snitcher.sessions limit 1")
    run = published("build", "--full", status=1)
    (sentence,) = said(run)
    assert sentence.startswith("The build failed, nothing was published: test ")
    # whichever model of the sessions is the first to see that its key is none
    assert "is_key_" in sentence
    assert "sessions_session_key" in sentence
    assert identity(published) == before
    document = status(published)
    assert (document["state"], document["run"]["error"]) == ("failed", sentence)
    assert sentence in published("status", status=None).stdout
    assert published("query", "select 1").stdout
    assert not (published.data_dir / "internal" / "candidate").exists()
    with duckdb.connect(str(published.data_dir / "internal" / "raw.duckdb")) as con:
        con.execute("delete from raw_snitcher.sessions where rowid = (select max(rowid) from raw_snitcher.sessions)")
    # the build file is ahead of what is published, so nothing can be added to it
    assert ": rebuilt, " in said(published("build"))[0]
    assert ": brought up to date, " in said(published("build"))[0]


def test_intermediate_tables_are_kept_for_whoever_wants_to_look(published: Cli, tmp_path: Path) -> None:
    file = tmp_path / "steps.duckdb"
    published("build", "--full", status=0, LEADPATH_SCRATCH=str(file))
    assert rows(file, "select count(*) from intermediate.int_links")[0][0] > 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = published.marts("select * from ops.publications order by all")
    wrong = tmp_path / "no" / "folder.duckdb"
    done = published("build", "--full", status=2, LEADPATH_SCRATCH=str(wrong))
    assert f"LEADPATH_SCRATCH: {wrong} is no file in a folder that is there" in done.stderr
    assert "Traceback" not in done.stderr
    # what only the file system knows comes up when the file is opened
    (tmp_path / "raw.duckdb").symlink_to(tmp_path / "no" / "folder.duckdb")
    done = published("build", "--full", status=1, LEADPATH_SCRATCH=str(tmp_path / "raw.duckdb"))
    assert "LEADPATH_SCRATCH: " in done.stderr
    assert "cannot be opened" in done.stderr
    assert published.marts("select * from ops.publications order by all") == before


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "forms.csv",
            "form_id,form_name,purpose\ndemo,Demo,lead\nx,Other,sales\n",
            "line 3: purpose: 'sales' is not one of",
        ),
        ("free_mail_domains.csv", "mail\ngmail.com\n", "line 1: the header has to be domain"),
        ("company_overrides.csv", "action,vendor\nlink", "line 1: the header has to be action,vendor,entity_type,"),
    ],
)
def test_a_wrong_line_in_a_list_of_the_user_stops_the_build(published: Cli, name: str, text: str, words: str) -> None:
    before = identity(published)
    config = published.data_dir.parent / "lists"
    shutil.rmtree(config, ignore_errors=True)
    config.mkdir()
    (config / name).write_text(text)
    run = published("build", status=1, LEADPATH_CONFIG_DIR=str(config))
    (sentence,) = said(run)
    assert sentence.startswith(f"{config / name}, ")
    assert words in sentence
    assert sentence.endswith("Nothing was published.")
    assert identity(published) == before
    assert status(published)["run"]["error"] == sentence


def test_query_prints_tables_csv_and_json(published: Cli) -> None:
    sql = (
        "select 1 as n, '[/b] [x] :smile:' as text, null as nothing, timestamptz '2026-03-02 12:00:00+01' as at,"
        " 'a, \"b\"\nc' as quoted"
    )
    table = published("query", sql).stdout
    assert table.splitlines()[0].split() == ["n", "text", "nothing", "at", "quoted"]
    assert "[/b] [x] :smile:" in table
    assert "2026-03-02 11:00:00+00:00" in table
    assert table.splitlines()[-1] == "1 row"
    rows = list(csv.reader(io.StringIO(published("query", sql, "--format", "csv").stdout)))
    assert rows == [
        ["n", "text", "nothing", "at", "quoted"],
        ["1", "[/b] [x] :smile:", "", "2026-03-02 11:00:00+00:00", 'a, "b"\nc'],
    ]
    (record,) = json.loads(published("query", sql, "--format", "json").stdout)
    assert (record["n"], record["nothing"], record["quoted"]) == (1, None, 'a, "b"\nc')
    names = published.marts("select company_key, company_name from marts.dim_companies order by 1 limit 5")
    sql = "select company_key, company_name from marts.dim_companies order by 1 limit 5"
    assert [tuple(row.values()) for row in json.loads(published("query", sql, "--format", "json").stdout)] == names


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", "syntax error"),
        ("select * from marts.nothing", "nothing does not exist"),
        ("", "no query"),
        ("select * from read_csv('missing.csv')", "missing.csv"),
        ("delete from marts.dim_companies", "read-only"),
        ("create table marts.mine as select 1", "read-only"),
        ("update ops.runs set status = 'ok'", "read-only"),
    ],
)
def test_a_query_that_cannot_be_run_is_one_sentence(published: Cli, sql: str, words: str) -> None:
    before = identity(published)
    run = published("query", sql, status=2)
    assert run.stdout == ""
    (sentence,) = said(run)
    assert sentence.startswith("The query failed: ")
    assert words in sentence
    assert identity(published) == before


def test_a_query_before_the_first_publication_says_what_to_do(leadpath: Cli) -> None:
    (sentence,) = said(leadpath("query", "select 1", status=1))
    assert sentence == (f"{file_of(leadpath)} does not exist yet. Run `leadpath sync` or `leadpath demo` first.")


def test_what_tenants_published_is_one_lake_with_a_manifest(published: Cli, tmp_path: Path) -> None:
    """Here, since a build is at hand: two tenants are copies of it."""
    cli, lake = Cli(tmp_path, tmp_path), tmp_path / "lake"
    (tmp_path / "tenants").mkdir()
    for name in ("acme", "globex", "new"):
        (tmp_path / "tenants" / f"{name}.toml").write_text("")
    for name in ("acme", "globex"):
        cli.data_dir = tmp_path / "data" / "tenants" / name
        (cli.data_dir / "internal").mkdir(parents=True)
        shutil.copy(file_of(published), file_of(cli))
    cli.data_dir = tmp_path / "data"

    def export() -> list[str]:
        return said(cli("fleet", "export", lake.as_uri(), status=1))

    assert export()[2] == f"{lake}/manifest.json: 2 of 3 tenants are new in it."
    manifest = json.loads((lake / "manifest.json").read_text())
    assert list(manifest["tenants"]) == ["acme", "globex"]
    held = marts(published)
    assert manifest["tenants"]["acme"]["rows"] == {name: len(rows) for name, rows in held.items()}
    with duckdb.connect() as con:
        con.execute(f"set timezone = 'UTC'; set file_search_path = '{lake}'")
        for name, wanted in held.items():
            con.execute(f"set variable files = (select marts.{name} from 'manifest.json')")
            found = con.execute(
                "select * exclude tenant from read_parquet(getvariable('files'), hive_partitioning = true)"
                " where tenant = 'globex' order by all"
            )
            assert found.fetchall() == wanted, name
    # nothing new: nothing is written; who published nothing is named
    before = (lake / "manifest.json").stat().st_ino
    *_, count, unpublished = export()
    assert count.endswith("0 of 3 tenants are new in it.")
    assert unpublished.startswith(f"new: {cli.data_dir}/tenants/new/leadpath.duckdb does not exist yet.")
    assert (lake / "manifest.json").stat().st_ino == before
    # a newer publication of one
    file = cli.data_dir / "tenants" / "acme" / "leadpath.duckdb"
    file.chmod(0o600)
    with duckdb.connect(str(file)) as con:
        con.execute("insert into ops.publications values ('newer', '2099-01-01', 1, '{}')")
    assert "1 of 3 tenants are new in it." in export()[-2]
    newer = json.loads((lake / "manifest.json").read_text())
    assert newer["tenants"]["acme"]["run_id"] == "newer"
    assert newer["tenants"]["globex"] == manifest["tenants"]["globex"]
    # who leaves, leaves the lake
    shutil.rmtree(lake / "tenant=globex")
    (tmp_path / "tenants" / "globex.toml").unlink()
    export()
    assert list(json.loads((lake / "manifest.json").read_text())["tenants"]) == ["acme"]
    assert "must be a folder or a bucket" in cli("fleet", "export", "postgres://me@db/x", status=2).stderr
