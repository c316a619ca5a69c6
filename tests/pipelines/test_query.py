"""`leadpath query`: what is run and what is not, and what tables, CSV and JSON look like."""

import json
from itertools import cycle
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Cli
from tests.pipelines.outcome import said


@pytest.fixture
def published(leadpath: Cli) -> Cli:
    """A published file with one small table, as a query meets it."""
    with duckdb.connect() as con:
        con.execute(f"attach '{leadpath.data_dir / 'leadpath.duckdb'}' as published (storage_version 'v1.0.0')")
        con.execute("create schema published.marts")
        con.execute("""
            create table published.marts.company_360 as
            select 'Møller 株式会社' as company_name, 3 as visit_count, 'nan'::double as odd, [1, 2]::bigint[] as many
        """)
    return leadpath


def test_json_is_valid_whatever_the_rows_hold(published: Cli) -> None:
    sql = """
        select odd, many, {'a': 'inf'::double} as inner_values, 'x'::blob as bytes, interval 1 day as length,
            1.5::decimal(9, 2) as price,
            170141183460469231731687303715884105727::hugeint as huge, date '2026-03-01' as day, null as nothing
        from marts.company_360
    """
    (row,) = json.loads(published("query", sql, "--format", "json").stdout, parse_constant=pytest.fail)
    assert (row["odd"], row["many"], row["inner_values"]) == (None, [1, 2], {"a": None})
    assert (row["price"], row["day"], row["nothing"]) == ("1.50", "2026-03-01", None)
    assert row["huge"] == 2**127 - 1


def test_a_table_is_readable_at_eighty_columns(published: Cli) -> None:
    narrow = published("query", "select company_name, visit_count from marts.company_360").stdout
    lines = [line.rstrip() for line in narrow.splitlines()]
    assert lines == ["company_name     visit_count", "Møller 株式会社  3", "1 row"]
    wide = published(
        "query", f"select {', '.join(f'company_name as name_{n}' for n in range(9))} from marts.company_360"
    )
    lines = wide.stdout.splitlines()
    assert lines[0] == "-- row 1"
    assert lines[1] == "name_0  Møller 株式会社"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select 1; select 2", "there are 2 statements in it; run them one at a time."),
        ("select visit_cuont from marts.company_360", 'Candidate bindings: "visit_count"'),
        ("select * from marts.company_36", "Did you mean"),
        ("-- nothing", "there is no query in it"),
    ],
)
def test_a_query_that_cannot_be_run_says_why(published: Cli, sql: str, words: str) -> None:
    run = published("query", sql, status=2)
    assert words in run.stderr
    assert published("query", "select 1; -- and no more").stdout


READS = [
    "select 1 as one",
    "from marts.company_360",
    "table marts.company_360",
    "with x as (select 1 as one) from x",
    "values (1, 'a')",
    "(select 1 as one) union all select 2",
    "describe marts.company_360",
    "describe select 1 as one",
    "show tables",
    "show all tables",
    "summarize marts.company_360",
    "pivot marts.company_360 on company_name using sum(visit_count)",
    "unpivot (select 1 as a, 2 as b) on a, b",
    "explain select 1 as one",
    "explain (select 1 as one)",
    "explain (format json) select 1 as one",
    "explain analyze select company_name from marts.company_360",
    "explain (analyze) from marts.company_360",
    "explain pivot marts.company_360 on company_name using sum(visit_count)",
    "explain select 'é (' as one, 'é)' as two;",
    "-- é comment\n explain /* é */ (analyze /* ( */ ) select ';' as one -- ;\n;;",
    "-- a comment\n/* and another */ select 1 as one; -- the last",
    "select 1 as one, 2 as one",
]


def test_whatever_reads_is_run(published: Cli) -> None:
    for sql, output in zip(READS, cycle(("table", "csv", "json"))):
        run = published("query", sql, "--format", output)
        assert run.stdout.strip(), sql
        assert not run.stderr, sql


WRITES = [
    ("copy (select 1) to '{}'", "COPY"),
    ("COPY marts.company_360 TO '{}' (format parquet)", "COPY"),
    ("copy (pivot marts.company_360 on company_name using sum(visit_count)) to '{}'", "COPY"),
    ("/* x */ explain analyze copy (select 1) to '{}'", "EXPLAIN of COPY"),
    ("explain (analyze, format json) copy (select 1) to '{}'", "EXPLAIN of COPY"),
    ("explain copy (select 1) to '{}'", "EXPLAIN of COPY"),
    ("explain analyze create temp table x as select 1", "EXPLAIN of CREATE"),
    ("explain analyze insert into marts.company_360 select * from marts.company_360", "EXPLAIN of INSERT"),
    ("create temp table x as pivot marts.company_360 on company_name using sum(visit_count)", "CREATE"),
    ("set threads = 1", "SET"),
    ("set variable x = 1", "SET"),
    ("reset threads", "RESET"),
    ("use memory", "USE"),
    ("attach '{}' as other", "ATTACH"),
    ("detach leadpath", "DETACH"),
    ("install httpfs", "INSTALL"),
    ("load json", "LOAD"),
    ("pragma version", "PRAGMA"),
    ("pragma enable_profiling", "PRAGMA"),
    ("call pragma_version()", "CALL"),
    ("checkpoint", "CHECKPOINT"),
    ("vacuum", "VACUUM"),
    ("begin transaction", "BEGIN"),
    ("prepare x as select 1", "PREPARE"),
    ("execute x", "EXECUTE"),
    ("export database '{}'", "EXPORT"),
    ("import database '{}'", "IMPORT"),
    ("create temp table x as select 1", "CREATE"),
    ("create macro x() as 1", "CREATE"),
    ("drop table marts.company_360", "DROP"),
    ("update marts.company_360 set visit_count = 1", "UPDATE"),
    ("delete from marts.company_360", "DELETE"),
    ("with x as (select 1) insert into marts.company_360 select * from x", "INSERT"),
    ("comment on table marts.company_360 is 'x'", "COMMENT"),
]


def test_only_what_reads_is_run(published: Cli, tmp_path: Path) -> None:
    for sql, named in WRITES:
        target = tmp_path / "written"
        run = published("query", sql.format(target), status=2)
        (sentence,) = said(run)
        assert sentence.startswith(f"The query failed: {named} is not run, the published file is read-only."), sql
        assert "Give SELECT, FROM, WITH" in sentence
        assert not run.stdout
        assert not target.exists(), sql


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{}')",
        "select content from read_text('{}')",
        "from '{}'",
        "select * from glob('{}')",
        "select * from pandas",
        "from json_execute_serialized_sql(json_serialize_sql('from read_text(''{}'')'))",
    ],
)
def test_a_query_sees_the_published_file_alone(published: Cli, tmp_path: Path, sql: str) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\nhidden\n")
    run = published("query", sql.format(other), status=2)
    (sentence,) = said(run)
    assert "hidden" not in sentence + run.stdout
    if "Permission" in sentence:
        assert "leadpath.duckdb and no other file" in sentence


def test_a_query_that_is_allowed_to_reads_other_files_and_writes_none(published: Cli, tmp_path: Path) -> None:
    other, made = tmp_path / "other.csv", tmp_path / "made.csv"
    other.write_text("a\nshown\n")
    run = published("query", "--allow-files", "--format", "csv", f"select a from read_csv('{other}')")
    assert run.stdout == "a\nshown\n"
    published("query", "--allow-files", f"copy (select 1 as a) to '{made}'", status=2)
    assert not made.exists()


def test_csv_is_what_other_programs_read(published: Cli) -> None:
    sql = """
        select
            null as nothing, '' as blank, true as yes, 'a "b", c' as quoted, ' x ' as spaced,
            'one' || chr(10) || 'two' as lines,
            [1, null] as many, {'at': timestamptz '2026-03-01 12:00:00+02', 'b': [true]} as inner_values,
            map {'k': 'ä'} as pairs, {'x': 'nan'::double, 'y': '-inf'::double} as odd, '{"a": 1}'::json as document,
            timestamptz '2026-03-01 12:00:00.25+02' as zoned, timestamp '2026-03-01 12:00:00' as plain,
            date '2026-03-01' as day, time '09:05:00' as hour, interval '1 month 2 days' as length,
            1.50::decimal(9, 2) as price, 0::decimal(18, 9) as zero, 0.1::float as narrow, 'x'::blob as bytes,
            timestamptz 'infinity' as ever
    """
    run = published("query", sql, "--format", "csv")
    names, _, line = run.stdout.partition("\n")
    assert names.startswith("nothing,blank,yes,")
    cells = [
        *("", '""', "true", '"a ""b"", c"', '" x "', '"one\ntwo"'),
        *('"[1,null]"', '"{""at"":""2026-03-01 10:00:00+00"",""b"":[true]}"', '"{""k"":""ä""}"'),
        *('"{""x"":null,""y"":null}"', '"{""a"": 1}"'),
        *("2026-03-01 10:00:00.25+00:00", "2026-03-01 12:00:00", "2026-03-01", "09:05:00", "1 month 2 days"),
        *("1.50", "0.000000000", "0.1", "x", "infinity"),
    ]
    assert line == ",".join(cells) + "\n"
    # the same to those who read it with DuckDB
    (published.data_dir / "answer.csv").write_text(run.stdout)
    with duckdb.connect() as con:
        read = f"from read_csv('{published.data_dir / 'answer.csv'}', all_varchar = true, allow_quoted_nulls = false)"
        assert con.execute(f"select nothing, blank, yes, lines {read}").fetchall() == [(None, "", "true", "one\ntwo")]


def test_a_plan_is_readable(published: Cli) -> None:
    for sql in ("explain select company_name from marts.company_360", "explain analyze from marts.company_360"):
        lines = published("query", sql).stdout.splitlines()
        assert len(lines) > 3, lines
        assert any("company_360" in line for line in lines)
        assert {line[0] for line in lines if line} <= set("╭│╰┌├└╞"), lines
    (row,) = json.loads(published("query", "explain select 1", "--format", "json").stdout)
    assert "\n" in row["explain_value"]
