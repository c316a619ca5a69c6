"""Each source alone, in any dlt pipeline: here into files, with no part of Leadpath's own pipelines."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from sandbox import Sandbox
from sources.snapcall import VENDOR as SNAPCALL
from sources.snapcall import snapcall
from sources.snitcher import VENDOR as SNITCHER
from sources.snitcher import snitcher
from tests.expected import of_snapcall, of_snitcher

SINCE = datetime(2026, 2, 18, tzinfo=UTC)
Make = Callable[..., Sandbox]


def pipeline(name: str, folder: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        name,
        destination=dlt.destinations.filesystem(bucket_url=(folder / "lake").as_uri()),
        dataset_name=name,
        pipelines_dir=str(folder / "state"),
    )


def keys(folder: Path, name: str, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The keys in a table's files."""
    files = [str(file) for file in (folder / "lake" / name / table).rglob("*.parquet")]
    listed = ", ".join(f'"{column}"' for column in columns)
    gone = " where _gone is not true" if table == "session_events" else ""
    query = f"select {listed} from read_parquet({files}, union_by_name=true){gone}"
    return duckdb.execute(query).fetchall()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fsspec's own, while it opens local files
def test_snitcher_runs_into_files(tmp_path: Path, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=8, days=14)
    env = sandbox.env
    source = snitcher(
        since="2026-02-18",
        until=sandbox.now,
        snitcher_api_token=env["SNITCHER_API_TOKEN"],
        snitcher_url=env["SNITCHER_URL"],
        snitcher_rate_limit="1000/second",
    )
    pipeline("alone", tmp_path).run(source, loader_file_format="parquet")
    wanted = of_snitcher(sandbox, SINCE)
    for table in SNITCHER.tables:
        found = keys(tmp_path, "alone", table.name, table.key)
        assert len(found) == len(set(found))
        if table.name in wanted:
            assert set(found) == set(wanted[table.name])
    assert sandbox.count("snitcher", "/workspaces") == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
def test_snapcall_runs_into_files(tmp_path: Path, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=8, days=14)
    env = sandbox.env
    source = snapcall(
        since=SINCE,
        until=sandbox.now,
        snapcall_api_key=env["SNAPCALL_API_KEY"],
        snapcall_url=env["SNAPCALL_URL"],
        snapcall_rate_limit="1000/second",
    )
    pipeline("alone", tmp_path).run(source, loader_file_format="parquet")
    wanted = of_snapcall(sandbox, SINCE)
    for table in SNAPCALL.tables:
        found = keys(tmp_path, "alone", table.name, table.key)
        assert sorted(found) == sorted(wanted[table.name])
