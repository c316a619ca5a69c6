"""Disks and versions: a file system of its own for `internal`, one that is full, and files of a newer program."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.build.build import FULL_DISK, what_failed
from pipelines.build.dbt import BuildFailed
from pipelines.build.publish import PublishFailed
from pipelines.failures import sentence_of
from pipelines.warehouse.files import Warehouse
from sandbox import Sandbox
from tests.conftest import Cli, rows
from tests.pipelines.outcome import said
from tests.torture.readers import Readers

MEMORY = Path("/dev/shm")
FULL = "IO Error: Could not write file: No space left on device"


def test_internal_may_be_a_file_system_of_its_own(tmp_path: Path) -> None:
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system alone")
    with Readers(0) as readers:
        internal = readers.warehouse.internal
        moved = MEMORY / f"leadpath-{tmp_path.name}-{internal.parent.parent.name}"
        shutil.move(internal, moved)
        try:
            internal.symlink_to(moved)
            readers.publish()
            assert rows(readers.warehouse.published, "select max(tests_passed) from ops.publications") == [(2,)]
            assert readers.warehouse.published.stat().st_mode & 0o777 == 0o440
            left = {file.name for file in internal.parent.iterdir()}
            assert left <= {"internal", "leadpath.duckdb", "status.json"}
        finally:
            shutil.rmtree(moved)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.IOException(FULL), FULL_DISK),
        (BuildFailed(f"The build failed, nothing was published: model fct_events: {FULL}"), FULL_DISK),
        (OSError(errno.ENOSPC, "No space left on device"), FULL_DISK),
        (duckdb.BinderException("Binder Error: x"), "The build stopped: Binder Error: x. Nothing was published."),
        (PublishFailed("Somebody has it open."), "Somebody has it open."),
        (BuildFailed("The build failed, nothing was published: model x: y"), None),
    ],
)
def test_a_disk_that_is_full_in_a_build_is_one_sentence(tmp_path: Path, error: Exception, words: str | None) -> None:
    assert what_failed(error, Warehouse(tmp_path)) == (words.format(tmp_path) if words else None)


def test_a_raw_file_of_a_newer_layout_is_refused_and_an_older_one_taken_over(
    leadpath: Cli, make_sandbox: Callable[..., Sandbox]
) -> None:
    raw = leadpath.data_dir / "internal" / "raw.duckdb"
    with duckdb.connect(str(raw)) as con:
        con.execute("update ops.facts set value = '2' where name = 'layout'")
    before = raw.read_bytes()
    (words,) = said(leadpath("build", status=1))
    assert words == (
        f"{raw} was made by a newer Leadpath: its layout is 2, and this version knows 1. Install that version again, or"
        " restore a backup of the raw file from before. Nothing was changed."
    )
    assert raw.read_bytes() == before

    # as the first versions left it: no number, and keys of calls as numbers
    with duckdb.connect(str(raw)) as con:
        con.execute("delete from ops.facts where name = 'layout'")
        con.execute("alter table ops.parents drop column mark")
        con.execute("alter table raw_snapcall.calls alter column id type bigint")
    sandbox = make_sandbox(companies=2, days=2)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert leadpath.raw("select value from ops.facts where name = 'layout'") == [("1",)]
    assert leadpath.raw("select count(*) > 0 from raw_snapcall.calls where id is not null") == [(True,)]


def test_a_file_of_a_newer_duckdb_is_said_to_be_one(tmp_path: Path) -> None:
    words = "IO Error: Trying to read a database file with version number 999, but we can only read versions up to 68."
    advice = sentence_of(duckdb.IOException(words), tmp_path)
    assert advice
    assert advice.endswith("A newer program wrote it: use the version of Leadpath that made it, or a newer one.")
