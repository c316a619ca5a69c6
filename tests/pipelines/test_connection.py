"""`connect`: a program that stays reads each publication, whole, and none of them in parts."""

import threading
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.explain.connection import connect
from pipelines.explain.published import Unpublished
from sources.errors import SettingError
from tests.pipelines.publications import Publisher

# the number that a publication has everywhere: least and greatest of what three tables say, and how many there were
NUMBERS = """
    select min(number), max(number), (select count(*) from ops.publications) from (
        select visit_count as number from marts.company_360
        union all
        select event_count from marts.fct_sessions
        union all
        select max(tests_passed) from ops.publications
    )
"""


@pytest.fixture
def publisher(tmp_path: Path, empty_warehouse: Path) -> Publisher:
    publisher = Publisher(tmp_path / "data", empty_warehouse)
    publisher.publish(1)
    return publisher


def test_each_publication_is_read_as_soon_as_it_is_there(publisher: Publisher) -> None:
    attach = f"attach or replace '{publisher.file}' as leadpath (read_only); use leadpath"
    with (
        duckdb.connect(str(publisher.file), read_only=True) as kept,
        duckdb.connect() as replacing,
        connect(publisher.file) as con,
    ):
        con.execute("create temp table mine as select 7 as seven")
        con.duckdb.register("frame", pa.table({"eight": [8]}))
        for number in range(1, 5):
            if number > 1:
                publisher.publish(number)
            read = con.execute(NUMBERS) if number % 2 else con.sql(NUMBERS)
            assert read.fetchall() == [(number, number, number)]
            assert con.follow() is False
            # what everybody does at first, and why there is more to it
            replacing.execute(attach)
            for other in (kept, replacing):
                assert other.execute("select max(visit_count) from marts.company_360").fetchall() == [(1,)]
        assert con.execute("select seven, eight from mine, frame").fetchall() == [(7, 8)]
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("delete from marts.company_360")


def test_a_transaction_reads_one_publication(publisher: Publisher) -> None:
    with connect(publisher.file.parent) as con:
        with con.transaction():
            assert con.execute(NUMBERS).fetchall() == [(1, 1, 1)]
            publisher.publish(2)
            assert con.execute(NUMBERS).fetchall() == [(1, 1, 1)]
        assert con.execute(NUMBERS).fetchall() == [(2, 2, 2)]
        con.execute("begin")
        assert con.sql("select visit_count from marts.company_360 limit 1").fetchall() == [(2,)]
        publisher.publish(3)
        assert con.sql(NUMBERS).fetchall() == [(2, 2, 2)]
        con.execute("commit")
        assert con.sql(NUMBERS).fetchall() == [(3, 3, 3)]
        with pytest.raises(duckdb.CatalogException), con.transaction():
            con.execute("select * from marts.nothing")
        publisher.publish(4)
        assert con.execute(NUMBERS).fetchall() == [(4, 4, 4)]


def test_no_query_reads_parts_of_two_publications(publisher: Publisher) -> None:
    ended = threading.Event()
    found: set[tuple[int, ...]] = set()
    counted = []

    def read() -> None:
        with connect(publisher.file) as con:
            while not ended.is_set():
                found.add(con.execute(NUMBERS).fetchall()[0])
                counted.append(1)
                time.sleep(0.01)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(2, 6):
        publisher.publish(number)
    with connect(publisher.file) as last:
        assert last.execute(NUMBERS).fetchall() == [(5, 5, 5)]
    ended.set()
    for reader in readers:
        reader.join()
    assert found <= {(number, number, number) for number in range(1, 6)}
    assert len(found) > 2
    assert len(counted) > 10


def test_what_cannot_be_read_is_said_and_read_again_when_it_can(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(Unpublished, match="does not exist yet"):
        connect(tmp_path / "elsewhere.duckdb")
    with connect(publisher.file) as con:
        publisher.file.chmod(0o600)
        whole = publisher.file.read_bytes()
        publisher.file.unlink()
        with pytest.raises(Unpublished, match="does not exist"):
            con.execute("select 1")
        publisher.file.write_text("no database")
        for _ in range(2):
            with pytest.raises(Unpublished, match="cannot be read"):
                con.execute("select 1")
        publisher.file.write_bytes(whole)
        log = publisher.file.with_name("leadpath.duckdb.wal")
        log.touch()
        with pytest.raises(Unpublished, match=r"leadpath\.duckdb\.wal was left"):
            con.sql("select 1")
        log.unlink()
        assert con.sql(NUMBERS).fetchall() == [(1, 1, 1)]


def test_without_a_file_it_is_that_of_the_settings(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert connect().file == publisher.file
    monkeypatch.setenv("LEADPATH_DATA_DIR", "elsewhere?")
    with pytest.raises(SettingError, match="LEADPATH_DATA_DIR"):
        connect()
