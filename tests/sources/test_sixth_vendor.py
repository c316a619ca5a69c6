"""A vendor that nobody knew: a folder in `sources`, and everything else follows from what it declares."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from tests.conftest import ROOT, Cli

KEY = "meet-secret-key-of-the-sixth"
FILES = {
    "settings.py": '''
"""What is known of Meetwise's API."""

from sources.settings import Header, RateLimit, Url, VendorSettings, needed


class Settings(VendorSettings):
    """What Meetwise must be told."""

    prefix = "meetwise"
    api_key: Header = needed("The key, sent as Bearer.")
    url: Url = "https://api.meetwise.example/v1"
    rate_limit: RateLimit = "100/minute"
''',
    "tables.py": '''
"""Meetwise's tables."""

from sources.rows.table import Table
from sources.rows.values import BIGINT, TEXT, TIMESTAMP

MEETINGS = Table("meetings", ("id",), {"id": TEXT, "email": TEXT, "minutes": BIGINT, "starts_at": TIMESTAMP})
HOSTS = Table("hosts", ("id",), {"id": TEXT, "name": TEXT})
TABLES = (MEETINGS, HOSTS)
''',
    "__init__.py": '''
"""Meetwise: booked meetings, and who hosts them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sources.http.client import Client
from sources.meetwise import tables
from sources.meetwise.settings import Settings
from sources.rows.table import Batch
from sources.standalone import standalone
from sources.vendor import Connection, Resource, Task, Vendor, Whole, Windows


@dataclass
class Meetwise:
    """Reads meetings and hosts."""

    client: Client


def read_meetings(api: Meetwise, task: Task) -> Iterator[Batch]:
    """Meetings of the window, page by page."""
    page, rows = 1, [{}]
    while rows:
        days = {"from": str(task.window.first_day), "to": str(task.window.last_day), "page": page}
        rows = api.client.get("/meetings", days).body["meetings"]
        yield tables.MEETINGS.batch(rows, read_at=task.now)
        page += 1


def read_hosts(api: Meetwise, task: Task) -> Iterator[Batch]:
    """All hosts."""
    yield tables.HOSTS.batch(api.client.get("/hosts").body["hosts"], read_at=task.now)


def connect(connection: Connection[Settings]) -> Meetwise:
    """The API client of the key."""
    key = connection.settings.api_key.get_secret_value()
    sign = lambda: {"Authorization": f"Bearer {key}"}
    return Meetwise(connection.client(key, sign, "Check MEETWISE_API_KEY."))


def probe(api: Meetwise) -> str:
    """One cheap read."""
    return f"{len(api.client.get('/hosts').body['hosts'])} hosts"


VENDOR = Vendor(
    name="meetwise",
    title="Meetwise",
    settings=Settings,
    tables=tables.TABLES,
    resources=(
        Resource("meetings", (tables.MEETINGS,), read_meetings, Windows(), newest="starts_at"),
        Resource("hosts", (tables.HOSTS,), read_hosts, Whole()),
    ),
    connect=connect,
    probe=probe,
)

__getattr__ = standalone(VENDOR)
''',
}
MEETINGS: list[dict[str, Any]] = [
    {"id": number, "email": f"jo{number}@acme.example", "minutes": 30, "starts_at": f"2026-02-{number + 18}T10:00:00Z"}
    for number in range(1, 8)
]


@dataclass
class Service:
    """Meetwise on loopback: three meetings a page."""

    url: str
    keys: set[str] = field(default_factory=set)
    meetings: list[dict[str, Any]] = field(default_factory=lambda: [dict(row) for row in MEETINGS])


@pytest.fixture
def service() -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            key = str(self.headers["Authorization"]).removeprefix("Bearer ")
            made.keys.add(key)
            if key != KEY:
                # an answer that gives the credential back, as some gateways do
                self.answer(401, {"error": f"unknown key {key}"})
            elif parts.path == "/hosts":
                self.answer(200, {"hosts": [{"id": "h-1", "name": "Ada"}]})
            else:
                fits = [row for row in made.meetings if asked["from"] <= row["starts_at"][:10] <= asked["to"]]
                start = 3 * (int(asked["page"]) - 1)
                self.answer(200, {"meetings": fits[start : start + 3]})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Service(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


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
