"""Backups: whole at every moment, made while others write, and what is published of them is the same."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.backups.backup import opened, rows_of
from pipelines.backups.snapshot import snapshot
from pipelines.runs.lock import exclusive
from sandbox import Sandbox
from tests.conftest import LEADPATH, Cli, rows, synced
from tests.pipelines.outcome import status

WORLD: dict[str, Any] = {"companies": 8, "days": 14}
LIST = "domain,kind\nbuilder.example,site_builder\n"
# pairs of equal rows, each pair in one transaction, and a checkpoint at nearly every one
WRITER = """
import duckdb, sys
con = duckdb.connect(sys.argv[1])
con.execute("set checkpoint_threshold = '100KB'")
con.execute("create table one (i bigint, t varchar); create table other (i bigint, t varchar)")
for turn in range(100_000):
    con.begin()
    for name in ("one", "other"):
        new = f"select {turn} * 1000 + r, repeat('x', r % 97) from range({turn % 900}) as t(r)"
        con.execute(f"insert into {name} {new}")
        con.execute(f"delete from {name} where i % 1000 = {turn % 7}")
    con.commit()
    if turn == 10:
        print("goes on", flush=True)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[tuple[Cli, Path]]:
    """A published world, and a backup of it."""
    folder = tmp_path_factory.mktemp("backup")
    (folder / "config").mkdir()
    (folder / "config" / "shared_domains.csv").write_text(LIST)
    with synced(folder, empty_warehouse, env={"LEADPATH_REPORT_TIMEZONE": "Asia/Kolkata"}, **WORLD) as (cli, _):
        (cli.data_dir / "internal" / "forgotten.json").write_text('{"forgotten": []}')
        cli("backup", "kept.duckdb")
        yield cli, folder / "kept.duckdb"


def marts(file: Path) -> Mapping[str, tuple[int, int]]:
    """Each mart's rows, and a number that is the same for the same rows."""
    names = [name for (name,) in rows(file, "select table_name from duckdb_tables() where schema_name = 'marts'")]
    return {name: rows(file, f"select count(*), bit_xor(hash(t)) from marts.{name} as t")[0] for name in names}


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder but locks and files of a moment, with its size and when it was written."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("lock", "backup")
    }


def test_what_is_built_of_a_backup_is_what_was_published(
    world: tuple[Cli, Path], tmp_path: Path, empty_warehouse: Path
) -> None:
    made, kept = world
    assert kept.stat().st_mode & 0o777 == 0o600
    (listed,) = json.loads((made.data_dir / "internal" / "backups.json").read_text())
    assert listed["path"] == str(kept)
    moved = Cli(tmp_path, empty_warehouse)
    moved.env |= made.env | {"LEADPATH_OWN_DOMAINS": ""}
    said = moved("restore", str(kept)).stderr
    assert f"LEADPATH_OWN_DOMAINS was {made.env['LEADPATH_OWN_DOMAINS']} when the backup was made" in said
    assert "LEADPATH_REPORT_TIMEZONE was" not in said
    assert (tmp_path / "config" / "shared_domains.csv").read_text() == LIST
    assert (moved.data_dir / "internal" / "forgotten.json").read_text() == '{"forgotten": []}'
    raw = moved.data_dir / "internal" / "raw.duckdb"
    assert (raw.stat().st_mode & 0o777, raw.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert rows(raw, "from duckdb_schemas() where schema_name = 'backup'") == []
    document = status(moved)
    assert document["run"]["command"].startswith("leadpath restore")
    assert document["vendors"]["snitcher"]["resources"]["sessions"]["rows"] > 50
    moved.env |= made.env
    moved("build")
    assert marts(moved.data_dir / "leadpath.duckdb") == marts(made.data_dir / "leadpath.duckdb")


def test_a_warehouse_that_is_there_is_kept_aside(world: tuple[Cli, Path], leadpath: Cli) -> None:
    made, kept = world
    leadpath.env |= made.env
    raw = leadpath.data_dir / "internal" / "raw.duckdb"
    with duckdb.connect(str(raw)) as con:
        con.execute("insert into raw_snapcrm.pushes (push_id, _dlt_load_id) values ('later', '1')")
    (leadpath.data_dir.parent / "config").mkdir()
    own = leadpath.data_dir.parent / "config" / "shared_domains.csv"
    own.write_text("domain,kind\nmine.example,social\n")
    before = files(leadpath.data_dir.parent)
    refused = leadpath("restore", str(kept), status=2)
    assert "--yes" in refused.stderr and files(leadpath.data_dir.parent) == before
    said = leadpath("restore", str(kept), "--yes").stderr
    assert "1 attempt to send leads to SnapCRM came after the backup" in said
    assert f"{own.relative_to(leadpath.data_dir.parent)} is another one than in the backup, and stays" in said
    assert "mine.example" in own.read_text()
    (aside,) = raw.parent.glob("before-restore-*/raw.duckdb")
    assert rows(aside, "select push_id from raw_snapcrm.pushes") == [("later",)]
    assert str(aside) in (raw.parent / "backups.json").read_text()
    assert rows(raw, "select count(*) from raw_snitcher.sessions") == made.raw(
        "select count(*) from raw_snitcher.sessions"
    )


def test_what_is_no_whole_backup_is_refused_and_changes_nothing(world: tuple[Cli, Path], tmp_path: Path) -> None:
    made, kept = world
    cli = Cli(tmp_path, kept)
    newer, text, half, middle, other = (tmp_path / name for name in ("newer", "text", "half", "middle", "other"))
    shutil.copyfile(kept, newer)
    shutil.copyfile(kept, other)
    with duckdb.connect(str(other)) as con:
        con.execute("insert into ops.facts values ('tenant', 'acme')")
    with duckdb.connect(str(newer)) as con:
        con.execute("update backup.about set value = '999' where name = 'format'")
    text.write_text("hello")
    half.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2])
    damaged = bytearray(kept.read_bytes())
    for block in range(3 * 4096 + 100, len(damaged), 4096):
        damaged[block] ^= 255
    middle.write_bytes(damaged)
    cases = {
        newer: (2, "was written by a newer Leadpath"),
        text: (2, "is no backup of Leadpath"),
        made.data_dir / "leadpath.duckdb": (2, "is no backup of Leadpath"),
        half: (1, f"{half} is damaged, or not whole"),
        middle: (1, f"{middle} is damaged, or not whole"),
        other: (2, f"{other} belongs to tenant acme"),
        tmp_path / "nothing": (2, "is not there"),
        tmp_path: (2, "is not there, or no file"),
    }
    for file, (exit_status, words) in cases.items():
        said = cli("restore", str(file), status=exit_status).stderr
        assert words in said and said.count("\n") == 1, said
    assert files(cli.data_dir) == {}


def test_a_backup_stands_in_nobodys_place(world: tuple[Cli, Path], tmp_path: Path) -> None:
    made, kept = world
    before = files(made.data_dir)
    for target, words in {
        kept: "--force",
        made.data_dir / "leadpath.duckdb": "files of its own",
        made.data_dir / "internal" / "raw.duckdb": "files of its own",
        tmp_path: "is a folder",
        tmp_path / "no" / "file": "is no folder",
    }.items():
        forced = ["--force"] if target != kept else []
        assert words in made("backup", str(target), *forced, status=2).stderr
    other = tmp_path / "other.duckdb"
    with exclusive(made.data_dir / "internal" / "lock", "leadpath forget --email"):
        assert "leadpath forget is running" in made("backup", str(other), status=1).stderr
    with exclusive(made.data_dir / "internal" / "backup", "leadpath backup"):
        assert "`leadpath backup` (process" in made("backup", str(other), status=1).stderr
    assert list(tmp_path.iterdir()) == []
    before.pop("internal/backups.json")
    assert {name: file for name, file in files(made.data_dir).items() if name in before} == before
    size = kept.stat().st_size
    made("backup", str(kept), "--force")
    assert kept.stat().st_size == size


def test_a_backup_has_no_secret(world: tuple[Cli, Path]) -> None:
    _, kept = world
    with Sandbox(**WORLD) as sandbox:
        secrets = {value for name, value in sandbox.env.items() if name.endswith(("TOKEN", "KEY", "SECRET", "JWT_ID"))}
    assert len(secrets) > 4
    with opened(kept, read_only=True) as con:
        for table in rows_of(con):
            for secret in secrets:
                found = con.execute(f"select count(*) from {table} as t where contains(t::varchar, ?)", [secret])
                assert found.fetchall() == [(0,)], table


def test_a_copy_is_of_one_moment_while_a_process_writes(tmp_path: Path) -> None:
    file, copy = tmp_path / "busy.duckdb", tmp_path / "copy.duckdb"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline()
        newest = -1
        for _ in range(12):
            snapshot(file, copy)
            with opened(copy) as con:
                assert len(set(rows_of(con).values())) == 1
                ((last,),) = con.execute("select max(i) from one").fetchall()
                assert (
                    con.execute(
                        "(from one except all from other) union all (from other except all from one)"
                    ).fetchall()
                    == []
                )
            assert last >= newest
            newest = last
        assert writer.poll() is None
        writer.kill()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_copy_that_was_overtaken_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    file, copy = tmp_path / "busy.duckdb", tmp_path / "copy.duckdb"
    whole, copies = shutil.copyfile, []
    with duckdb.connect(str(file)) as con:
        con.execute("create table one as select r as i, md5(r::varchar) as t from range(200_000) as s(r); checkpoint")
        con.execute("insert into one values (-1, 'in the log')")

        def overtaken(source: Path, target: Path) -> None:
            copies.append(source)
            if len(copies) > 1:
                whole(source, target)
                return
            text = source.read_bytes()
            con.execute("create or replace table one as select i + 1_000_000 as i, md5(t) as t from one; checkpoint")
            con.execute("insert into one values (-2, 'in the log')")
            part = int(len(text) * share)
            target.write_bytes(text[:part] + source.read_bytes()[part:])

        monkeypatch.setattr(shutil, "copyfile", overtaken)
        snapshot(file, copy)
        assert len(copies) > 2
        with opened(copy) as copied:
            every = "select count(*), min(i), max(i), bit_xor(hash(i, t)) from one"
            assert copied.execute(every).fetchall() == con.execute(every).fetchall()


def test_a_backup_is_made_while_a_sync_runs_and_a_sync_goes_on_from_it(
    leadpath: Cli, make_sandbox: Callable[..., Sandbox], tmp_path: Path, empty_warehouse: Path
) -> None:
    sandbox = make_sandbox(**WORLD)
    running = leadpath.start("sync", "snitcher", "--no-build", sandbox=sandbox)
    until = time.monotonic() + 60
    while not (leadpath.data_dir / "status.json").exists() and time.monotonic() < until:
        time.sleep(0.01)
    # it is not asked: it does nothing now, and has the file open
    running.send_signal(signal.SIGSTOP)
    kept = tmp_path / "kept.duckdb"
    try:
        leadpath("backup", str(kept))
    finally:
        running.send_signal(signal.SIGCONT)
    said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    # the first made the empty tables
    runs = "select status from ops.runs where command <> 'tests' order by run_id"
    assert rows(kept, runs) == [("running",)]
    (tmp_path / "moved").mkdir()
    moved = Cli(tmp_path / "moved", empty_warehouse)
    moved("restore", str(kept))
    moved("sync", "snitcher", "--no-build", sandbox=sandbox)
    assert moved.raw(runs) == [("interrupted",), ("ok",), ("ok",)]
    every = "select count(*), bit_xor(hash(uuid, started_at)) from raw_snitcher.sessions"
    assert moved.raw(every) == leadpath.raw(every)


def test_killed_at_any_moment_a_backup_leaves_nothing_under_its_name(world: tuple[Cli, Path], tmp_path: Path) -> None:
    made, _ = world
    target = tmp_path / "kept.duckdb"
    killed = 0
    for delay in (0.3, 0.4, 0.5, 0.6):
        command = [*LEADPATH, "backup", str(target), "--force"]
        environment = made.environment(None, {}, ())
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
            time.sleep(delay)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        if target.exists():
            assert rows(target, "select value from backup.about where name = 'format'") == [("1",)]
            target.unlink()
    assert killed
    made("backup", str(target))
    assert [path.name for path in tmp_path.iterdir() if "duckdb" in path.name or "leadpath" in path.name] == [
        target.name
    ]
    listed = [Path(one["path"]).name for one in json.loads((made.data_dir / "internal" / "backups.json").read_text())]
    assert sorted(listed) == ["kept.duckdb", "kept.duckdb"]
