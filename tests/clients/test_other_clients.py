"""Clients that are installed for this test alone, with LEADPATH_CLIENTS=1: it takes minutes and a network.

Each reads through ten publications, as the guide says; and an export goes to a server that speaks as S3 does.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSelector, FileSystem

from pipelines.destination import destination
from pipelines.export.export import export
from pipelines.settings import load
from tests.clients.recipes import GUIDE, NUMBERS, Reader, recipe, started
from tests.pipelines.publications import Publisher

pytestmark = pytest.mark.skipif(
    not os.environ.get("LEADPATH_CLIENTS"), reason="LEADPATH_CLIENTS=1 installs the clients"
)

# each in an environment of its own: they want different versions of DuckDB
PYTHON = {
    "ibis": ("ibis-framework[duckdb]==12.0.0", "duckdb==1.5.6", "pytz"),
    "harlequin": ("harlequin==2.17.0", "duckdb==2.0.1"),
    "cli": ("duckdb-cli==1.5.6",),
    "s3": ("moto[server]==5.2.5",),
}
NODE = ("@duckdb/node-api@1.5.6-r.1", "@evidence-dev/duckdb@2.0.1")

HARLEQUIN = """
from harlequin_duckdb import DuckDbAdapter
con = DuckDbAdapter((":memory:",), no_init=True).connect()
con.execute(ATTACH)

def rows(query):
    con.execute("DETACH leadpath;")
    con.execute(ATTACH)
    return [tuple(row.values()) for row in con.execute(query).fetchall().to_pylist()]
"""
EVIDENCE = """
import { createRequire } from "node:module";
const runQuery = createRequire(import.meta.url)("@evidence-dev/duckdb");

async function rows(query) {
  const { rows } = await runQuery(query, { filename: "leadpath.duckdb", directory: "data" });
  const all = [];
  for await (const part of rows()) all.push(...part);
  return all.map((row) => Object.values(row));
}
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folder of each environment's programs, and that of Node's packages."""
    folder = tmp_path_factory.mktemp("clients")
    found = {"node": folder / "node"}
    for name, packages in PYTHON.items():
        subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
        found[name] = folder / name / "bin"
        subprocess.run([str(found[name] / "pip"), "install", "-q", *packages], check=True)
    found["node"].mkdir()
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", *NODE], check=True, cwd=found["node"]
    )
    return found


class Shell(Reader):
    """A session of DuckDB's own shell that stays open."""

    def ask(self, query: str) -> Any:
        """The rows of a query on the file as it is now."""
        assert self.process.stdin and self.process.stdout
        line = " ".join(query.split())
        self.process.stdin.write(f".open --readonly data/leadpath.duckdb\n.mode json\n{line};\n")
        self.process.stdin.flush()
        return [list(row.values()) for row in json.loads(self.process.stdout.readline())]


def test_each_of_ten_publications_is_read_by_programs_that_stay(
    tools: Mapping[str, Path], tmp_path: Path, empty_warehouse: Path
) -> None:
    publisher = Publisher(tmp_path / "data", empty_warehouse)
    publisher.publish(1)
    attach = recipe("harlequin", "sql").strip()
    scripts = {
        "ibis": ([str(tools["ibis"] / "python")], recipe("ibis"), tmp_path / "reads-ibis.py"),
        "duckdb of ibis": ([str(tools["ibis"] / "python")], recipe("duckdb"), tmp_path / "reads-old.py"),
        "harlequin": (
            [str(tools["harlequin"] / "python")],
            f"ATTACH = {attach!r}\n{HARLEQUIN}",
            tmp_path / "reads-harlequin.py",
        ),
        "node": (["node"], recipe("Node", "javascript"), tools["node"] / "reads.mjs"),
        "evidence": (["node"], EVIDENCE, tools["node"] / "reads-evidence.mjs"),
    }
    shell = str(tools["cli"] / "duckdb")
    once = [shell, "-readonly", "data/leadpath.duckdb", "-json", "-c", NUMBERS]
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(started(command, code, script, tmp_path))
            for name, (command, code, script) in scripts.items()
        }
        process = subprocess.Popen([shell], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        readers["shell"] = Shell(stack.enter_context(process))
        for number in range(1, 11):
            if number > 1:
                publisher.publish(number)
            for name, reader in readers.items():
                assert reader.ask(NUMBERS) == [[number, number, number]], name
            (row,) = json.loads(subprocess.run(once, capture_output=True, check=True, cwd=tmp_path).stdout)
            assert list(row.values()) == [number, number, number]


def test_the_guide_names_the_versions_that_were_tried() -> None:
    wanted = [text for packages in PYTHON.values() for text in packages if "==" in text and "moto" not in text]
    assert [text for text in wanted if text.split("==")[1] not in GUIDE] == []
    assert [text for text in NODE if text.rpartition("@")[2] not in GUIDE] == []


@pytest.fixture
def bucket(tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a place in a bucket of a server on 127.0.0.1."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    with subprocess.Popen(
        [str(tools["s3"] / "moto_server"), "-H", "127.0.0.1", "-p", "45071"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        place = "http://127.0.0.1:45071"
        for _ in range(120):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{place}/exports", method="PUT"), timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"s3://exports/leadpath?region=us-east-1&endpoint_override={place}"
        process.terminate()


def test_a_bucket_holds_the_newest_set_and_the_one_before(bucket: str, tmp_path: Path, empty_warehouse: Path) -> None:
    publisher = Publisher(tmp_path / "data", empty_warehouse)
    settings = load({"LEADPATH_DATA_DIR": str(tmp_path / "data")}, tmp_path)
    files, _ = FileSystem.from_uri(bucket)
    sets: list[str] = []
    for number in range(1, 4):
        publisher.publish(number)
        done = export(settings, destination(bucket))
        assert (sum(done.rows.values()), done.to.shown) == (63, "s3://exports/leadpath")
        with files.open_input_stream("exports/leadpath/manifest.json") as file:
            manifest = json.loads(file.read())
        assert manifest["run_id"] == f"run-{number}"
        table = pq.read_table(f"exports/leadpath/{manifest['tables']['company_360']['file']}", filesystem=files)
        assert table.column("visit_count").to_pylist() == [number] * 3
        assert manifest["previous"] == (sets[-1] if sets else None)
        sets.append(manifest["set"])
    assert export(settings, destination(bucket), again=False).rows == {}
    there = {info.base_name for info in files.get_file_info(FileSelector("exports/leadpath"))}
    assert there == {"manifest.json", *sets[-2:]}
