"""What is said of two published files: nothing where they are the same, else which mart differs and by which row."""

import subprocess
import sys
from pathlib import Path

import duckdb

from tests.sql.compare_published import differences


def published(file: Path, *statements: str) -> Path:
    with duckdb.connect(str(file)) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_calls as select * from (values ('c1', 5), ('c2', null)) as calls (id, rating)"
        )
        con.execute("create table marts.dim_agents as select 'a@x.example' as agent_email")
        for statement in statements:
            con.execute(statement)
    return file


def test_the_same_rows_in_another_order_are_no_difference(tmp_path: Path) -> None:
    other = published(
        tmp_path / "other.duckdb", "create or replace table marts.fct_calls as from marts.fct_calls order by id desc"
    )

    assert differences(published(tmp_path / "one.duckdb"), other) == []


def test_a_row_a_column_and_a_mart_are_named(tmp_path: Path) -> None:
    one = published(tmp_path / "one.duckdb", "create table marts.dim_buttons (button_id varchar)")
    other = published(
        tmp_path / "other.duckdb",
        "update marts.fct_calls set rating = 4 where id = 'c2'",
        "alter table marts.dim_agents add column wrap_up_time bigint",
    )

    said = differences(one, other)

    assert said == [
        "dim_agents: ['agent_email VARCHAR'] and ['agent_email VARCHAR', 'wrap_up_time BIGINT']",
        "dim_buttons: ['button_id VARCHAR'] and not there",
        "fct_calls: 1 rows only in the first, 1 only in the second,",
        "  such as ('c2', None)",
        "  such as ('c2', 4)",
    ]


def test_a_row_that_stands_twice_in_one_file_is_a_difference(tmp_path: Path) -> None:
    other = published(tmp_path / "other.duckdb", "insert into marts.fct_calls values ('c1', 5)")

    assert differences(published(tmp_path / "one.duckdb"), other)[0] == (
        "fct_calls: 0 rows only in the first, 1 only in the second,"
    )


def test_the_command_fails_where_anything_differs(tmp_path: Path) -> None:
    one, other = published(tmp_path / "one.duckdb"), published(tmp_path / "other.duckdb", "drop table marts.dim_agents")
    again = published(tmp_path / "again.duckdb")
    compare = [sys.executable, "-m", "tests.sql.compare_published", str(one)]

    same = subprocess.run([*compare, str(again)], capture_output=True, text=True, check=False)
    changed = subprocess.run([*compare, str(other)], capture_output=True, text=True, check=False)

    assert (same.returncode, same.stderr) == (0, "")
    assert (changed.returncode, changed.stderr) == (1, "dim_agents: ['agent_email VARCHAR'] and not there\n")
