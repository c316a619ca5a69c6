"""A loopback server that gives prepared answers, for what no vendor's sandbox does: redirects, odd headers, echoes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Prepared:
    """One answer, of which each byte takes `drip` seconds, and each header `slow`."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    slow: float = 0.0


@dataclass
class Scripted:
    """Gives its answers in turn, the last one for ever; `asked` holds the headers of each request."""

    url: str
    asked: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted(*answers: Prepared) -> Iterator[Scripted]:
    """Serve while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            found.connections += 1

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.asked.append({name.lower(): value for name, value in self.headers.items()})
            answer = answers[min(len(found.asked), len(answers)) - 1]
            self.send_response_only(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
                if answer.slow:
                    with suppress(OSError):
                        self.flush_headers()
                    time.sleep(answer.slow)
            with suppress(OSError):
                self.end_headers()
            with suppress(OSError):
                for part in (
                    (answer.body[n : n + 1] for n in range(len(answer.body))) if answer.drip else (answer.body,)
                ):
                    self.wfile.write(part)
                    time.sleep(answer.drip)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found = Scripted(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
