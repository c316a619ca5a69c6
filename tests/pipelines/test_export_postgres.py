"""`export postgres://`: tables of one publication, exchanged in one transaction, on a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import psycopg
import pytest

from pipelines.build.dictionary import described
from pipelines.destination import destination
from pipelines.export.export import export
from pipelines.settings import load
from tests.conftest import Cli
from tests.pipelines.outcome import said
from tests.pipelines.postgres_server import PASSWORD, postgres
from tests.pipelines.publications import Publisher

HOSTILE = [
    "",
    " ",
    "a,b\"c'd",
    "line\n\\.\nline\r\nline",
    "\\N",
    "\\",
    "NULL",
    "zero\0byte",
    "日本 \u202e\u2028",
    "{x}",
    "x" * 9000,
]
NUMBERS = "select min(visit_count), max(visit_count), count(*) from marts.company_360"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as place:
        yield f"postgres://lead:{quote(PASSWORD, safe='')}@{place}"


@pytest.fixture
def database(server: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database without our tables."""
    with psycopg.connect(server, autocommit=True) as con:
        con.execute("set timezone = 'UTC'; drop schema if exists marts cascade; drop schema if exists other cascade")
        yield con


@pytest.fixture
def publisher(leadpath: Cli, empty_warehouse: Path) -> Publisher:
    publisher = Publisher(leadpath.data_dir, empty_warehouse)
    publisher.publish(1)
    return publisher


def into(url: str, publisher: Publisher) -> None:
    """As the command does, without the start of a process."""
    data_dir = publisher.warehouse.data_dir
    export(load({"LEADPATH_DATA_DIR": str(data_dir)}, data_dir), destination(url))


def test_a_database_holds_the_marts_with_keys_and_comments(
    publisher: Publisher, leadpath: Cli, server: str, database: psycopg.Connection[Any]
) -> None:
    (sentence,) = said(leadpath("export", server))
    assert sentence.startswith("Exported 63 rows of 21 tables to postgres://lead@127.0.0.1:")
    with duckdb.connect(str(publisher.file), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        for table in described():
            if table.schema != "marts":
                continue
            listed = ", ".join(
                f"{column.name}{'::text' if column.data_type == 'json' else ''}" for column in table.columns
            )
            rows = con.execute(f"select {listed} from {table.full_name} order by all").fetchall()
            assert sorted(database.execute(f"select {listed} from {table.full_name}").fetchall()) == sorted(rows)
            key = database.execute(
                "select string_agg(attname, ',' order by array_position(conkey, attnum)) from pg_constraint"
                " join pg_attribute on attrelid = conrelid and attnum = any(conkey)"
                f" where conrelid = '{table.full_name}'::regclass and contype = 'p'"
            ).fetchone()
            # a day of every row of this publication is the same one
            assert key == ((None,) if table.name == "daily_activity" else (",".join(table.key),))
            comments = database.execute(
                f"select obj_description('{table.full_name}'::regclass, 'pg_class'),"
                f" array_agg(col_description('{table.full_name}'::regclass, attnum) order by attnum) from pg_attribute"
                f" where attrelid = '{table.full_name}'::regclass and attnum > 0 and not attisdropped"
            ).fetchone()
            assert comments == (table.description, [column.description for column in table.columns])
    kinds = dict(
        database.execute(
            "select distinct data_type, udt_name from information_schema.columns where table_schema = 'marts'"
        ).fetchall()
    )
    assert kinds == {
        **{"ARRAY": "_text", "bigint": "int8", "boolean": "bool", "date": "date", "double precision": "float8"},
        **{"integer": "int4", "json": "json", "text": "text", "timestamp with time zone": "timestamptz"},
    }


def test_readers_see_one_publication_until_the_next_is_whole(
    publisher: Publisher, leadpath: Cli, server: str, database: psycopg.Connection[Any]
) -> None:
    into(server, publisher)
    # of others: a view, a right, an index
    database.execute("create view marts.mine as select visit_count from marts.company_360")
    database.execute("create index own on marts.fct_leads (email)")
    with psycopg.connect(server) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute(NUMBERS).fetchone() == (1, 1, 3)
        publisher.publish(2, rows=5)
        into(server, publisher)
        assert reader.execute("select max(sessions_before), count(*) from marts.fct_leads").fetchone() == (1, 3)
        reader.rollback()
        assert reader.execute(NUMBERS).fetchone() == (2, 2, 5)
    assert database.execute("select count(*), max(visit_count) from marts.mine").fetchone() == (5, 2)
    indexes = database.execute("select count(*) from pg_indexes where schemaname = 'marts' and indexname = 'own'")
    assert indexes.fetchone() == (1,)
    words = database.execute("select obj_description('marts'::regnamespace, 'pg_namespace')").fetchone()
    assert words == ("Leadpath run run-2 published at 2026-03-01 14:00:00 UTC",)

    # a table of another version is made again, unless something rests on it; then all is as it was
    database.execute("alter table marts.company_360 add column more text")
    publisher.publish(3)
    (sentence,) = said(leadpath("export", server, status=1))
    assert "cannot drop table marts.company_360 because other objects depend on it" in sentence
    # of the tables that come before it, too
    assert database.execute("select max(evidence), count(*) from marts.ambiguous_links").fetchone() == ("2-4", 5)
    assert database.execute("select max(sessions_before) from marts.fct_leads").fetchone() == (2,)
    database.execute("drop view marts.mine")
    into(server, publisher)
    assert database.execute(NUMBERS).fetchone() == (3, 3, 3)
    assert len(database.execute("select * from marts.company_360").description or ()) == 18 - 1


def test_any_value_arrives_as_it_is(publisher: Publisher, server: str, database: psycopg.Connection[Any]) -> None:
    texts = [*HOSTILE, None]
    publisher.file.chmod(0o600)
    with duckdb.connect(str(publisher.file)) as con:
        con.execute("delete from marts.dim_companies; delete from marts.fct_events")
        for number, text in enumerate(texts):
            con.execute(
                "insert into marts.dim_companies by name select ? as company_key, ? as company_name, ? as tags,"
                " 'infinity'::timestamptz as first_seen_at, '0001-01-01'::timestamptz as last_seen_at",
                [str(number), text, [text, "y"] if number % 2 else ([] if text else None)],
            )
            con.execute(
                "insert into marts.fct_events by name select ? as event_key, to_json({'a': ?}) as properties",
                [(text or "-") + str(number), text],
            )
        con.execute(
            "update marts.fct_leads set created_at = null; update marts.company_360 set avg_call_rating = 'nan'"
        )
        con.execute("update marts.company_360 set engagement_score = 0.1::double + 0.2::double")
    into(server, publisher)
    found = database.execute("select company_name, tags from marts.dim_companies order by company_key::int").fetchall()
    plain = [text and text.replace("\0", "") for text in texts]
    assert [name for name, _ in found] == plain
    assert [tags for _, tags in found] == [
        [text, "y"] if number % 2 else ([] if text else None) for number, text in enumerate(plain)
    ]
    # what is longer than an index takes has no key
    assert database.execute(
        "select count(*) from pg_constraint where conrelid = 'marts.fct_events'::regclass"
    ).fetchone() == (0,)
    properties = [text for (text,) in database.execute("select properties::text from marts.fct_events").fetchall()]
    assert any("zero\\u0000byte" in text for text in properties)
    assert database.execute(
        "select distinct avg_call_rating::text, engagement_score from marts.company_360"
    ).fetchall() == [("NaN", 0.1 + 0.2)]


def test_other_people_s_tables_are_not_touched(
    publisher: Publisher, leadpath: Cli, server: str, database: psycopg.Connection[Any]
) -> None:
    database.execute("create schema marts; create table marts.dim_companies (mine int); create schema other")
    (sentence,) = said(leadpath("export", server, status=1))
    assert sentence == (
        "The schema marts holds dim_companies, which is none of Leadpath's. Name another schema at the end of the URL:"
        " ?schema=leadpath"
    )
    into(f"{server}?schema=other", publisher)
    assert database.execute("select count(*) from other.dim_companies").fetchone() == (3,)
    assert database.execute("select count(*) from marts.dim_companies").fetchone() == (0,)
    (sentence,) = said(leadpath("export", server.replace("lead:", "nobody:"), status=1))
    assert "postgres://nobody@127.0.0.1" in sentence
    assert PASSWORD not in sentence
    assert quote(PASSWORD, safe="") not in sentence
