"""Increments without dbt: the statements of an earlier one said again come to the same, or are not said."""

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Cli
from tests.pipelines.home import BOTH, Home, assert_equal, identity, marts
from tests.pipelines.outcome import said


@pytest.fixture(scope="module")
def noted(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which dbt made an increment, so that the next ones do without it."""
    home.restore()
    home.cli("build")
    kept = tmp_path_factory.mktemp("noted") / "data"
    shutil.copytree(home.cli.data_dir, kept)
    return kept


@pytest.fixture
def replaying(home: Home, noted: Path) -> Cli:
    shutil.rmtree(home.cli.data_dir)
    shutil.copytree(noted, home.cli.data_dir)
    return home.cli


def dbt_ran(cli: Cli) -> int:
    return (cli.data_dir / "internal" / "dbt" / "target" / "run_results.json").stat().st_mtime_ns


def test_an_increment_that_is_known_does_without_dbt(replaying: Cli, home: Home) -> None:
    before, by_dbt = dbt_ran(replaying), marts(replaying)
    home.sandbox.advance(timedelta(days=1))
    run = replaying("sync", sandbox=home.sandbox, only=BOTH)
    (line,) = [line for line in said(run) if line.startswith("Published ")]
    found = marts(replaying)
    assert dbt_ran(replaying) == before
    assert found != by_dbt
    whole = said(replaying("build", "--full"))
    assert dbt_ran(replaying) > before
    assert_equal(found, marts(replaying))
    warned = [line for line in said(run) if line.startswith("Warning: ")]
    assert warned == [line for line in whole if line.startswith("Warning: ")] != []
    # the same tests, too
    assert any(line.partition("up to date, ")[2].partition(" tests")[0] in other for other in whole)


def test_a_test_that_fails_without_dbt_is_named_as_by_dbt(replaying: Cli) -> None:
    before, published = dbt_ran(replaying), identity(replaying)
    with duckdb.connect(str(replaying.data_dir / "internal" / "raw.duckdb")) as con:
        con.execute("insert into raw_snapcall.calls select * from raw_snapcall.calls limit 1")
        con.execute("update raw_snapcall.calls set _dlt_load_id = '9999999999.5'")
        con.execute(
            "insert into raw_snapcall._dlt_loads by name select '9999999999.5' as load_id, 0 as status,"
            " 'tests' as schema_name, now() as inserted_at"
        )
    (noted,) = said(replaying("build", status=1))
    assert (dbt_ran(replaying), identity(replaying)) == (before, published)
    (whole,) = said(replaying("build", "--full", status=1))
    assert dbt_ran(replaying) > before
    assert re.fullmatch(
        r"The build failed, nothing was published: test \w+: Got \d results?, configured to fail if != 0", noted
    )
    assert whole.startswith("The build failed, nothing was published: test ")


@pytest.mark.parametrize("change", ["another decision", "another version", "half a file"])
def test_what_is_known_of_another_increment_is_not_said(replaying: Cli, change: str) -> None:
    file = replaying.data_dir / "internal" / "dbt" / "increment.json"
    known = json.loads(file.read_text())
    assert known["decisions"], "this proves nothing"
    match change:
        case "another decision":
            known["decisions"] = [(query, not answer) for query, answer in known["decisions"]]
        case "another version":
            known["key"] = "of another"
    text = json.dumps(known)
    file.write_text(text[: len(text) // 2] if change == "half a file" else text)
    before, wanted = dbt_ran(replaying), marts(replaying)
    replaying("build")
    assert dbt_ran(replaying) > before
    assert_equal(marts(replaying), wanted)
    assert json.loads(file.read_text()).keys() == known.keys()
    # what dbt said is kept as that alone
    assert not file.with_name("said.json").exists()
