"""A vendor that nobody knew: a folder in `sources`, and everything else follows from what it declares."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import ROOT, Cli
from tests.sources.meetwise import FILES, KEY, Service, served


@pytest.fixture
def service() -> Iterator[Service]:
    with served() as service:
        yield service


@pytest.fixture
def sixth(leadpath: Cli, service: Service, tmp_path: Path) -> Cli:
    folder = tmp_path / "more" / "sources" / "meetwise"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip())
    leadpath.env |= {
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path / "more"))),
        "MEETWISE_URL": service.url,
        "MEETWISE_API_KEY": KEY,
        "MEETWISE_RATE_LIMIT": "1000/second",
        "LEADPATH_NOW": "2026-02-26T12:00:00Z",
    }
    return leadpath


def held(cli: Cli) -> list[tuple[Any, ...]]:
    return cli.raw("select id, email, minutes, starts_at::varchar from raw_meetwise.meetings order by id")


def test_check_sync_and_status_know_it(sixth: Cli, service: Service) -> None:
    run = sixth("check", "meetwise", "--json")
    (checked,) = json.loads(run.stdout)
    assert checked == {"vendor": "meetwise", "ok": True, "sentence": f"{service.url} answers, 1 hosts"}

    service.meetings[2]["minutes"] = "a while"
    sixth("sync", "meetwise", "--no-build")

    rows = held(sixth)
    assert [(row[0], row[2]) for row in rows] == [(str(n), None if n == 3 else 30) for n in range(1, 8)]
    assert sixth.raw("select name from raw_meetwise.hosts") == [("Ada",)]
    document = json.loads(sixth("status", "--json").stdout)["vendors"]["meetwise"]
    assert document["configured"] is True
    assert document["resources"]["meetings"]["rows"] == 7
    assert document["resources"]["meetings"]["newest"].startswith("2026-02-25T10:00")
    assert document["resources"]["hosts"]["rows"] == 1
    kept = json.loads(sixth("quarantine", "--json").stdout)
    assert [(each["table_name"], each["column_name"], each["value"]) for each in kept] == [
        ("meetings", "minutes", '"a while"')
    ]

    # it is read again inside the lookback, and what changed is stored
    service.meetings[6]["minutes"] = 45
    sixth("sync", "meetwise", "--no-build", LEADPATH_NOW="2026-02-27T12:00:00Z")
    assert held(sixth)[6][2] == 45


def test_its_settings_are_checked_and_its_secret_is_never_shown(sixth: Cli, service: Service) -> None:
    run = sixth("sync", "meetwise", status=2, MEETWISE_RATE_LIMIT="fast")
    assert "MEETWISE_RATE_LIMIT: 'fast' is no rate limit; write for example 60/minute" in run.stderr
    run = sixth("sync", "meetwise", status=2, MEETWISE_API_KEY="")
    assert "meetwise was asked for, but MEETWISE_API_KEY is not set" in run.stderr
    run = sixth("sync", "meetwise", "--no-build", MEETWISE_RESOURCE="hosts", MEETWISE_RESOURCES="hosts")
    assert "MEETWISE_RESOURCE in the environment is no setting and is not read." in run.stderr
    assert "Did you mean MEETWISE_RESOURCES?" in run.stderr

    wrong = "another-secret-that-is-wrong"
    run = sixth("sync", "meetwise", "--no-build", status=1, MEETWISE_API_KEY=wrong)
    assert wrong in service.keys
    assert "Check MEETWISE_API_KEY." in run.stderr
    files = [file for file in sixth.data_dir.rglob("*") if file.is_file()]
    assert files
    for secret in (wrong, KEY):
        assert secret not in run.stderr + run.stdout
        assert [file for file in files if secret.encode() in file.read_bytes()] == []


def test_it_runs_alone_in_any_dlt_pipeline(sixth: Cli, service: Service, tmp_path: Path) -> None:
    program = """
import sys
import dlt
from sources.meetwise import meetwise
url, key, folder = sys.argv[1:]
source = meetwise(since="2026-02-20", until="2026-03-02", meetwise_api_key=key, meetwise_url=url)
target = dlt.destinations.duckdb(folder + "/lake.duckdb")
dlt.pipeline("sixth", destination=target, dataset_name="alone", pipelines_dir=folder).run(source)
"""
    arguments = [sys.executable, "-c", program, service.url, KEY, str(tmp_path)]
    done = subprocess.run(
        arguments, env={**os.environ, **sixth.env}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

    with duckdb.connect(str(tmp_path / "lake.duckdb"), read_only=True) as con:
        assert con.execute("select count(*), min(id) from alone.meetings").fetchall() == [(6, "2")]
