"""Whether what is published is the beginning of what is loaded: only then may an increment be added to it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.build.state import State, fits, state_of
from pipelines.runs.progress import Progress
from pipelines.settings import Settings, load
from pipelines.sync.sync import Session
from pipelines.warehouse.files import Warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("state")
    session = Session(load({"LEADPATH_DATA_DIR": str(folder / "data")}, folder), "tests", Progress())
    session.begin()
    return session.warehouse


def hold(warehouse: Warehouse, loads: list[int]) -> None:
    with warehouse.turn() as con:
        con.execute("delete from raw_snitcher._dlt_loads; delete from raw_snapcall._dlt_loads")
        for number in loads:
            vendor = ("snitcher", "snapcall")[number % 2]
            con.execute(
                f"insert into raw_{vendor}._dlt_loads by name"
                " select ? as load_id, 0 as status, 'tests' as schema_name, now() as inserted_at",
                [f"{4_000_000_000 + number}"],
            )


def state(warehouse: Warehouse) -> State:
    return state_of(warehouse, settings(warehouse), "lists")


def settings(warehouse: Warehouse) -> Settings:
    return load({"LEADPATH_DATA_DIR": str(warehouse.data_dir)}, warehouse.data_dir)


numbers = st.lists(st.integers(0, 9), unique=True)


@given(before=numbers, now=numbers)
def test_only_a_line_of_loads_that_goes_on_is_added_to(warehouse: Warehouse, before: list[int], now: list[int]) -> None:
    hold(warehouse, before)
    built = state(warehouse)
    hold(warehouse, now)
    goes_on = bool(before) and sorted(now)[: len(before)] == sorted(before)
    assert fits(warehouse, built, state(warehouse)) == goes_on or not before


def test_a_file_of_a_version_that_knew_no_line_is_built_whole(warehouse: Warehouse, tmp_path: Path) -> None:
    hold(warehouse, [1, 2])
    built = state(warehouse)
    assert fits(warehouse, built, state(warehouse))
    del built["line"]
    assert not fits(warehouse, built, state(warehouse))


@pytest.mark.parametrize("name", ["generation", "sql", "lists", "timezone", "personal", "forgotten"])
def test_what_was_built_by_other_sql_lists_or_zone_is_built_whole(warehouse: Warehouse, name: str) -> None:
    hold(warehouse, [1, 2])
    now = state(warehouse)
    assert fits(warehouse, now, now)
    # an older version published counts as BIGINT and no day, and its SQL has another hash
    assert not fits(warehouse, {**now, name: "another"}, now)
