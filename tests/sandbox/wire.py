"""A bare HTTP client over http.client: no retries, no redirects, no session, nothing that could hide what was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Reply:
    """One answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.text)


def ask(
    method: str,
    url: str,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> Reply:
    """Send one request over a connection of its own; a body that is not text already is sent as JSON."""
    parts = urlsplit(url)
    asked = "&".join(each for each in (parts.query, urlencode(query or {})) if each)
    sent = body if body is None or isinstance(body, str) else json.dumps(body)
    connection = HTTPConnection(str(parts.hostname), int(parts.port or 80), timeout=10)
    try:
        connection.request(
            method,
            parts.path + (f"?{asked}" if asked else ""),
            body=sent.encode() if sent is not None else None,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        answer = connection.getresponse()
        return Reply(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        )
    finally:
        connection.close()
