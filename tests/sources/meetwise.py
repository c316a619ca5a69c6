"""Meetwise, a vendor that nobody knew: the files of its folder, and its service on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

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

from sources.rows.table import Phone, Table, Text
from sources.rows.values import BIGINT, TEXT, TIMESTAMP

MEETINGS = Table(
    "meetings",
    key=("id",),
    fields={
        "id": TEXT, "email": TEXT, "phone": TEXT, "country": TEXT, "minutes": BIGINT, "starts_at": TIMESTAMP
    },
    texts={"email": Text.ADDRESS, "phone": Phone(country="country")},
)
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
    kinds=("meeting",),
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


@contextmanager
def served() -> Iterator[Service]:
    """Meetwise, while the block runs."""

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
