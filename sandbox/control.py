"""A loopback server by which another process watches and moves a sandbox: what `Sandbox` offers, as JSON."""

import json
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.sandbox import Sandbox
from sandbox.world.text import seconds_z


class Control(ThreadingHTTPServer):
    """Serves GET /env, /requests, /violations and POST /advance, /plan, /switch, /remove, /clear on 127.0.0.1."""

    daemon_threads = True

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Order)
        self.sandbox = sandbox

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def carry_out(self, order: str, body: dict[str, Any]) -> Any:
        """Do what is asked and return what to answer. Raises LookupError for an unknown order."""
        sandbox = self.sandbox
        match order:
            case "GET /env":
                return sandbox.env
            case "GET /requests":
                counts: dict[str, Counter[str]] = {}
                for request in list(sandbox.requests):
                    counts.setdefault(request.vendor, Counter())[f"{request.method} {request.route}"] += 1
                return counts
            case "GET /violations":
                return sandbox.violations
            case "POST /advance":
                changes = sandbox.advance(timedelta(hours=float(body["hours"])))
                return {"now": seconds_z(sandbox.now), "changes": changes}
            case "POST /plan":
                sandbox.plan(body.pop("vendor"), body.pop("fault"), **body)
            case "POST /switch":
                for name, value in body.items():
                    sandbox.switch(name, str(value))
            case "POST /remove":
                sandbox.vendor(body["vendor"]).remove(body["entity"], body["id"])
            case "POST /clear":
                sandbox.clear()
            case _:
                raise LookupError(f"there is no {order}")
        return {"done": True}


class Order(BaseHTTPRequestHandler):
    """One order over HTTP; a mistake in it is a 400 with the reason."""

    server: Control

    def obey(self) -> None:
        """Answer one request."""
        text = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            status, answer = 200, self.server.carry_out(f"{self.command} {self.path}", json.loads(text or b"{}"))
        except LookupError as error:
            status, answer = 404, {"error": str(error)}
        except (TypeError, ValueError) as error:
            status, answer = 400, {"error": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = obey

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
