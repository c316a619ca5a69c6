"""Two vendors of rendered bytes on 127.0.0.1, as a process of its own: its CPU is not that of what is measured.

Routes, pages and envelopes are the vendors' own (Snitcher under /v1, SnapCall under /v2); no limit, no credential.
`GET /at/<world>/<epoch>` shows a world as it is at a moment, and answers how many requests came since the last time,
and how many seconds lay between the first and the last.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks.rendered import SMALL, Listing

PAGE = 100


class Server(ThreadingHTTPServer):
    """Serves one world of `folder` at a time."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.folder = folder
        self.times: list[float] = []
        self.now = 0.0
        self.lists: dict[str, Listing] = {}

    def show(self, world: str, moment: str) -> bytes:
        """Go to a world and a moment; what came since the last time."""
        self.lists = {name: Listing(self.folder / world / name) for name in ("sessions", "organisations", "calls")}
        self.now = float(moment)
        before, self.times = self.times, []
        return json.dumps([len(before), before[-1] - before[0] if before else 0]).encode()

    def answer(self, path: str, given: dict[str, str]) -> bytes | None:
        """The body of a route's answer; None where there is none."""
        self.times.append(time.monotonic())
        match path.strip("/").split("/"):
            case ["v1", "workspaces"]:
                return self._snitcher(SMALL["workspaces"], given)
            case ["v1", "workspaces", _, "segments"]:
                return self._snitcher(SMALL["segments"], given)
            case ["v1", "workspaces", _, ("sessions" | "organisations") as name]:
                return self._dated_snitcher(self.lists[name], given)
            case ["v2", *rest]:
                return self._snapcall(rest, given)
        return None

    def _snapcall(self, path: list[str], given: dict[str, str]) -> bytes | None:
        match path:
            case ["calls"]:
                start, end = (datetime.fromisoformat(given[name]).timestamp() for name in ("start", "end"))
                listing = self.lists["calls"]
                size = min(int(given.get("limit", PAGE)), PAGE)
                begin = int(given.get("page", 0)) * size
                return listing.page(listing.found(start, min(end, self.now))[begin : begin + size])
            case ["agents", email]:
                named = {agent["email"]: agent for agent in SMALL["agents"]}
                agent = named.get(unquote(email))
                return _dumped(agent) if agent else None
            case ["buttons" | "schedule-templates" as name]:
                return _dumped(SMALL[name] if given.get("page", "0") == "0" else [])
        return None

    def _dated_snitcher(self, listing: Listing, given: dict[str, str]) -> bytes:
        start, end = 0.0, self.now
        if "date_from" in given:
            first, last = (datetime.fromisoformat(given[name]).replace(tzinfo=UTC) for name in ("date_from", "date_to"))
            start, end = first.timestamp(), min((last + timedelta(days=1)).timestamp(), end)
        found = listing.found(start, end)
        begin = (int(given.get("page", 1)) - 1) * PAGE
        return _enveloped(listing.page(found[begin : begin + PAGE]), len(found), given)

    def _snitcher(self, rows: list[dict[str, Any]], given: dict[str, str]) -> bytes:
        return _enveloped(_dumped(rows), len(rows), given)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _enveloped(rows: bytes, total: int, given: dict[str, str]) -> bytes:
    last = max(1, -(-total // PAGE))
    said = f'"current_page":{given.get("page", 1)},"last_page":{last},"per_page":{PAGE},"total":{total}'
    return b'{"data":' + rows + b"," + said.encode() + b"}"


class Request(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    # head and body leave together: apart, the second would wait for the receipt of the first
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer it."""
        url = urlsplit(self.path)
        _, order, *words = url.path.split("/")
        if order == "at":
            body: bytes | None = self.server.show(*words)
        else:
            body = self.server.answer(url.path, dict(parse_qsl(url.query)))
        self.send_response(404 if body is None else 200)
        body = body if body is not None else b'{"message":"Not Found"}'
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Vendors:
    """The server as another process sees it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def show(self, world: Path, now: datetime) -> tuple[int, float]:
        """Go to a world and a moment; since the last time, how many requests came, and in how many seconds."""
        with urllib.request.urlopen(f"{self.url}/at/{world.name}/{now.timestamp()}", timeout=60) as answer:
            requests, seconds = json.loads(answer.read())
            return requests, seconds

    @property
    def settings(self) -> dict[str, str]:
        """Leadpath's settings that point here, without a limit that is ever met."""
        return {
            "SNITCHER_URL": f"{self.url}/v1", "SNITCHER_API_TOKEN": "fake-token", "SNITCHER_RATE_LIMIT": "10000/second",
            "SNAPCALL_URL": f"{self.url}/v2", "SNAPCALL_API_KEY": "fake-key", "SNAPCALL_RATE_LIMIT": "10000/second",
        }  # fmt: skip


@contextmanager
def served(folder: Path) -> Iterator[Vendors]:
    """Serve the worlds of `folder` while the block runs."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "benchmarks.server", str(folder)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Vendors(process.stdout.readline().strip())
        finally:
            process.terminate()


def main() -> None:
    """Serve the folder of the first argument until standard input closes: our starter is gone then."""
    with Server(Path(sys.argv[1])) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
