"""What can be made again is made again: a broken file of budgets or of the status stops nothing and is told."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.outcome import said, status


def of_another_layout(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("create table stamps (moment text)")


@pytest.mark.parametrize("broken", ["garbage", "another layout"])
def test_broken_budgets_are_made_again_with_a_warning(
    leadpath: Cli, make_sandbox: Callable[..., Sandbox], broken: str
) -> None:
    file = leadpath.data_dir / "internal" / "budgets.sqlite"
    if broken == "garbage":
        file.write_bytes(b"no database" * 1000)
    else:
        of_another_layout(file)
    sandbox = make_sandbox(companies=2, days=2)
    run = leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, only=("snapcall",))
    assert f"Warning: {file} could not be read; it is made again." in said(run)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("select count(*) from stamps").fetchone() != (0,)

    again = leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, only=("snapcall",))
    assert "Warning" not in again.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"\xff\xfe{",
        b"[" * 100_000,
        json.dumps({"state": 1, "run": [], "runs": {"a": 1}, "vendors": [1]}).encode(),
        json.dumps({"state": "running", "run": [], "runs": [1], "vendors": {"snitcher": 1}}).encode(),
        json.dumps({"state": "ok", "run": {}, "runs": [{}], "vendors": {"snitcher": {}}}).encode(),
    ],
    ids=["list", "bytes", "deep", "types", "running", "empty"],
)
def test_a_status_file_of_another_shape_is_one_sentence(leadpath: Cli, content: bytes) -> None:
    (leadpath.data_dir / "status.json").write_bytes(content)
    for command in ("status", "runs"):
        (sentence,) = said(leadpath(command, status=1))
        assert str(leadpath.data_dir / "status.json") in sentence
        assert sentence.endswith("The next sync writes it again.")


def test_a_sync_writes_the_status_file_again(leadpath: Cli, make_sandbox: Callable[..., Sandbox]) -> None:
    (leadpath.data_dir / "status.json").write_text("[]")
    sandbox = make_sandbox(companies=2, days=2)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, only=("snapcall",))
    assert status(leadpath)["state"] == "ok"
