"""The loopback HTTP framework: one server per vendor, with its log, limits, faults and violations.

A request passes, in this order: route, credential, budget, planned fault, the vendor's handler.
"""

import contextlib
import json
import os
import socket
import struct
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from sandbox.http.faults import Faults
from sandbox.http.limits import Limit, Limiter
from sandbox.http.vendor import Answer, Refusal, Request, Vendor


class Log:
    """What all vendors were asked, and which of it a read-only client may not do."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        """Record a finished request."""
        with self._lock:
            self.requests.append(request)

    def violate(self, text: str) -> None:
        """Record what must not happen in a good test."""
        with self._lock:
            self.violations.append(text)

    def count(self, vendor: str, route: str | None = None) -> int:
        """Requests to a vendor, or to one of its routes."""
        with self._lock:
            return sum(each.vendor == vendor and route in (None, each.route) for each in self.requests)

    def clear(self) -> None:
        """Forget requests and violations."""
        with self._lock:
            self.requests.clear()
            self.violations.clear()


class Service:
    """One vendor as it is reached over HTTP."""

    def __init__(self, vendor: Vendor, limit: Limit, log: Log) -> None:
        self.vendor = vendor
        self.limiter = Limiter(limit)
        self.faults = Faults(vendor)
        self.log = log

    def answer(self, request: Request) -> Answer:
        """The answer to one request, with every rule of the vendor and every planned fault applied."""
        route, request.params, known = self.vendor.find(request.method, request.path)
        request.route = route.template if route else ""
        if (route is None and request.method != "GET") or (route is not None and not route.allowed):
            self.log.violate(f"{request.vendor}: {request.method} {request.path} is not for a client that reads")
        if route is None or not route.public:
            refused = self.vendor.authorise(request)
            if refused is not None:
                return refused
        headers: dict[str, str] = {}
        if route is None or not route.public:
            limit = self.limiter.limit
            wait, left = self.limiter.take((request.token, request.route if self.vendor.limit_per_endpoint else None))
            headers = self.vendor.budget_headers(limit.count, left)
            if wait > 0:
                over = f"beyond {limit.count} requests in {limit.seconds:g} s"
                self.log.violate(f"{request.vendor}: {request.method} {request.path} got 429, {over}")
                return with_headers(self.vendor.limited(self.vendor.retry_after(wait)), headers)
        fault = self.faults.strike(request)
        answer: Answer | None = None
        if fault is not None:
            request.planned = fault.kind if fault.kind != "shift" else f"shift:{fault.options.get('how', 'remove')}"
            answer = self.faults.instead(fault)
        if answer is None:
            if route is None:
                answer = self.vendor.failed(405 if known else 404)
            else:
                try:
                    with self.vendor.lock:
                        answer = cast(Answer, getattr(self.vendor, route.handler)(request))
                except Refusal as refusal:
                    answer = refusal.answer
            if fault is not None:
                answer = self.faults.bent(fault, answer)
        return with_headers(answer, headers)


def with_headers(answer: Answer, headers: dict[str, str]) -> Answer:
    """The answer with the budget's headers beside its own, which win."""
    answer.headers = {**headers, **answer.headers}
    return answer


class Connection(BaseHTTPRequestHandler):
    """One keep-alive connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def answer(self) -> None:
        """Read one request, have it answered, write the answer in one piece."""
        started = time.monotonic()
        parts = urlsplit(self.path)
        request = Request(
            vendor=self.server.service.vendor.name,
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length") or 0)),
            started=started,
        )
        answer = self.server.service.answer(request)
        content_type, body = answer.encoded()
        request.status = 0 if answer.wire == "reset" else answer.status
        # logged before the bytes leave, so that a client which has its answer finds it in the log
        request.ended = time.monotonic()
        self.server.service.log.add(request)
        if answer.wire == "reset":
            self.reset()
            return
        promised = len(body)
        if answer.wire == "cut":
            body = body[: promised // 2]
            promised = len(body)
        elif answer.wire == "short":
            body = body[: promised // 2]
            self.close_connection = True
        common = {"Date": self.date_time_string(), "Content-Type": content_type}
        headers = {**common, **answer.headers, "Content-Length": str(promised)}
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def reset(self) -> None:
        """Close so that the client's kernel sees a reset rather than an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log is `Log`."""


class Server(ThreadingMixIn, TCPServer):
    """A listening socket on 127.0.0.1 with a daemon thread per connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, service: Service, port: int = 0, handler: type[BaseHTTPRequestHandler] = Connection) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.service = service
        self.open: set[socket.socket] = set()
        self.closing = False
        self.thread = threading.Thread(target=self.accept, name=f"sandbox-{service.vendor.name}", daemon=True)

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        """Serve from now on."""
        self.thread.start()

    def accept(self) -> None:
        """Accept connections until `stop`; waits in the kernel, so an idle server costs nothing."""
        while True:
            try:
                connection, address = self.get_request()
            except OSError:
                return
            if self.closing:
                connection.close()
                return
            self.open.add(connection)
            self.process_request(connection, address)

    def stop(self) -> None:
        """Close the listening socket and every connection."""
        self.closing = True
        if self.thread.is_alive():
            # a connection of our own wakes the thread that waits for one
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.server_address[1]), timeout=1).close()
            self.thread.join(timeout=5)
        self.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Close one connection and forget it."""
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up; a fault of our own is a violation, so that tests see it."""
        error = sys.exception()
        if isinstance(error, OSError) or self.closing:
            return
        self.service.log.violate(f"the sandbox itself failed: {''.join(traceback.format_exception(error))}")


def json_body(request: Request) -> Any:
    """The parsed JSON body; ValueError when it is none."""
    return json.loads(request.body.decode())
