"""`export`: the marts as Parquet, in sets that a manifest names, and as tables in Postgres; whole or not at all."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.destination import FILE, POSTGRES, S3, destination
from pipelines.explain.published import Unpublished
from pipelines.export.export import export
from pipelines.export.snapshot import ExportFailed
from pipelines.runs.lock import exclusive
from pipelines.settings import Settings, load
from pipelines.warehouse.files import quoted
from tests.conftest import Cli
from tests.pipelines.outcome import said
from tests.pipelines.publications import Publisher

SECRET = "pa55-w%2Frd"


@pytest.fixture
def publisher(leadpath: Cli, empty_warehouse: Path) -> Publisher:
    """What the command line of the same test finds published."""
    publisher = Publisher(leadpath.data_dir, empty_warehouse)
    publisher.publish(1)
    return publisher


def settings(publisher: Publisher) -> Settings:
    return load({"LEADPATH_DATA_DIR": str(publisher.warehouse.data_dir)}, publisher.warehouse.data_dir)


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


def exported(folder: Path, document: dict[str, Any]) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Types and rows of each file that a manifest names."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        return {
            name: _answer(con, f"select * from '{quoted(folder / table['file'])}'")
            for name, table in document["tables"].items()
        }


def published(publisher: Publisher) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """The same of the marts, with JSON as text."""
    with duckdb.connect() as con:
        con.execute(f"set timezone = 'UTC'; attach '{publisher.file}' as leadpath (read_only); use leadpath")
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        found = {name: _answer(con, f"select * from marts.{name}") for (name,) in tables}
    return {name: ([kind.replace("JSON", "VARCHAR") for kind in kinds], rows) for name, (kinds, rows) in found.items()}


def _answer(con: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    relation = con.sql(query)
    return [f"{name} {kind}" for name, kind in zip(relation.columns, relation.types, strict=True)], relation.fetchall()


def test_a_folder_holds_the_marts_as_they_are_published(publisher: Publisher, leadpath: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "it's here"
    url = f"file://{tmp_path}/out/it's%20here"
    (sentence,) = said(leadpath("export", url))
    assert sentence == f"Exported 63 rows of 21 tables to {folder}."
    first = manifest(folder)
    assert (first["run_id"], first["published_at"], first["previous"]) == ("run-1", "2026-03-01T13:00:00Z", None)
    assert exported(folder, first) == published(publisher)
    assert len(first["tables"]) == 21
    assert "properties VARCHAR" in exported(folder, first)["fct_events"][0]
    assert folder.stat().st_mode & 0o777 == 0o750
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o640}
    assert len(files) == 22

    # what a killed export left, and what is none of ours
    (folder / "unfinished").mkdir()
    (folder / "unfinished" / "half.parquet").touch()
    (folder / "notes.txt").write_text("mine")
    scratch = leadpath.data_dir / "internal" / "export"
    scratch.mkdir()
    (scratch / "half.csv").touch()
    publisher.publish(2)
    leadpath("export", LEADPATH_EXPORT_URL=url)
    second = manifest(folder)
    assert (second["run_id"], second["previous"]) == ("run-2", first["set"])
    # for who has just read the manifest before
    assert exported(folder, first)["company_360"][1][0][3] == 1
    assert exported(folder, second) == published(publisher)
    publisher.publish(3)
    export(settings(publisher), destination(url))
    third = manifest(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["manifest.json", "notes.txt", second["set"], third["set"]]
    )
    assert not scratch.exists()
    # somebody was forgotten, who stands in the sets before
    publisher.publish(4, forgotten="somebody")
    export(settings(publisher), destination(url))
    assert manifest(folder)["previous"] is None
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [manifest(folder)["set"]]


def test_a_reader_of_the_manifest_finds_one_publication_whole(publisher: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    to = destination(f"file://{folder}")
    export(settings(publisher), to)
    ended = threading.Event()
    found: list[set[int]] = []

    def read() -> None:
        with duckdb.connect() as con:
            while not ended.is_set():
                document = manifest(folder)
                files = [folder / document["tables"][name]["file"] for name in ("company_360", "fct_leads")]
                numbers = con.execute(
                    f"select visit_count from '{files[0]}' union select sessions_before from '{files[1]}'"
                ).fetchall()
                found.append({number for (number,) in numbers})
                time.sleep(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    for number in (2, 3, 4):
        publisher.publish(number)
        export(settings(publisher), to)
    ended.set()
    reader.join()
    assert {len(numbers) for numbers in found} == {1}
    assert len({next(iter(numbers)) for numbers in found}) >= 3


def test_what_cannot_be_exported_is_one_sentence_without_the_secret(
    publisher: Publisher, leadpath: Cli, tmp_path: Path
) -> None:
    def refused(*arguments: str, status: int, setting: str = "") -> str:
        (sentence,) = said(leadpath("export", *arguments, status=status, LEADPATH_EXPORT_URL=setting))
        assert SECRET not in sentence
        assert "pa55" not in sentence
        return sentence

    assert "give a URL, or set LEADPATH_EXPORT_URL" in refused(status=2)
    sentence = refused(status=2, setting=f"ftp://me:{SECRET}@host/x")
    assert sentence.startswith("LEADPATH_EXPORT_URL: it is no place for an export; write for example file:///")
    (tmp_path / "file").touch()
    sentence = refused(f"file://{tmp_path}/file/out", status=1)
    assert sentence.startswith(f"The export to {tmp_path}/file/out was not made: ")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(ExportFailed, match=r"manifest\.json is none of Leadpath's"):
        export(settings(publisher), destination(f"file://{taken}"))
    assert [path.name for path in taken.iterdir()] == ["manifest.json"]
    sentence = refused(f"postgres://me:{SECRET}@127.0.0.1:1/db", status=1)
    assert sentence.startswith("The export to postgres://me@127.0.0.1:1/db was not made: connection failed")
    publisher.file.unlink()
    with pytest.raises(Unpublished, match="does not exist yet"):
        export(settings(publisher), destination(f"file://{tmp_path}/out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        ("file:///srv/a%20b/", FILE, "/srv/a b"),
        ("s3://key:s3cret@bucket/a/b/?region=eu-west-1&secret_key=s3cret", S3, "s3://bucket/a/b"),
        ("postgres://me:s3cret@db.example:5433/sales?sslmode=require", POSTGRES, "postgres://me@db.example:5433/sales"),
        ("postgresql://db.example/sales?password=s3cret", POSTGRES, "postgres://db.example/sales"),
        ("postgres:///sales", POSTGRES, "postgres:///sales"),
        *(
            (url, "", "")
            for url in ("", "out", "/srv/out", "file:///", "file://srv/out", "file:out", "file:///a?b=s3cret")
        ),
        *(
            (url, "", "")
            for url in ("s3://", "s3:///x", "postgres://me:s3cret@host", "postgres://h:x/db", "http://h/x")
        ),
        *(
            (url, "", "")
            for url in ("postgres://h/a b", "postgres://me:s3#cret@h/db", "file:///a\n", "postgres://h:0/d")
        ),
    ],
)
def test_a_url_is_a_place_or_refused(url: str, kind: str, shown: str) -> None:
    if not kind:
        with pytest.raises(ValueError, match="it is no place for an export") as error:
            destination(url)
        assert "s3cret" not in str(error.value)
        return
    found = destination(url)
    assert (found.kind, found.shown) == (kind, shown)
    assert "s3cret" not in repr(found)
    assert found.redact(f"{url} or s3cret") == f"{shown} or {'***' if 's3cret' in url else 's3cret'}"


def test_one_export_at_a_time(publisher: Publisher, tmp_path: Path) -> None:
    with (
        exclusive(publisher.warehouse.internal / "export.lock", "leadpath export"),
        pytest.raises(ExportFailed, match=r"^Not exported: `leadpath export` \(process \d+ on .*wait until it ends\.$"),
    ):
        export(settings(publisher), destination(f"file://{tmp_path}/out"))
