"""What comes back from a vendor: answers, replies to writes, and JSON read from bytes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sources.errors import VendorRefused
from sources.http.patience import Again

Json = Any
# a number of 19 digits or more, outside of quotes as far as one look tells
LONG_NUMBER = re.compile(rb"[:\[,\s]-?\d{19}")
# what nests, beside texts in which a bracket is none
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
# fewer levels than any parser refuses, and more than the column of a table takes
BOTTOM = 400


FAILED = {"failed", "failure", "fail", "error"}


@dataclass
class Answer:
    """A parsed answer: `body` is JSON, `path` the request's path without its query."""

    status: int
    path: str
    body: Json
    headers: Mapping[str, str]


@dataclass
class Reply:
    """What one attempt brought: `status` (None: no answer came) and the answer's whole `text`, without our secrets.

    `again` says why another attempt may do better, `refused` why none will; neither is set when the answer is usable.
    """

    status: int | None
    text: str = ""
    again: Again | None = None
    refused: VendorRefused | None = None


def parse(content: bytes) -> Json:
    """JSON from bytes, also where orjson refuses it (lone surrogates, NaN) or rounds (whole numbers beyond 64 bits).

    Raises ValueError.
    """
    if not LONG_NUMBER.search(content):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    try:
        return json.loads(content, parse_int=_whole)
    except UnicodeDecodeError:
        # bytes of another charset become halves of surrogate pairs: their rows are kept, and they are told
        return json.loads(content.decode("utf-8", "surrogateescape"), parse_int=_whole)
    except RecursionError:
        return parse(_shallow(content))


def _shallow(content: bytes) -> bytes:
    """The body with a bottom to its nests, still deeper than a value may be: its row is kept, and the value told."""
    depth, start, parts, done = 0, 0, [], 0
    for token in TOKEN.finditer(content):
        if token[0] in (b"[", b"{"):
            depth += 1
            start = token.start() if depth == BOTTOM else start
        elif token[0] in (b"]", b"}"):
            depth -= 1
            if depth == BOTTOM - 1:
                parts += [content[done:start], b"null"]
                done = token.end()
    if not parts:
        raise ValueError("nested too deeply, and broken off")
    return b"".join([*parts, content[done:]])


def error_in(body: Json) -> str | None:
    """The error that a body names although its status says that all is well; None where it names none."""
    if not isinstance(body, dict):
        return None
    named = next((body[name] for name in ("errors", "error") if body.get(name)), None)
    if named is not None and named is not True:
        return str(named)
    stated = body.get("status")
    failed = isinstance(stated, str) and stated.lower() in FAILED and "data" in body
    if named is True or failed or body.get("success") is False:
        return str(body.get("message") or body.get("msg") or stated or "no explanation")
    return None


def _whole(digits: str) -> int | float:
    # Python reads no more digits than this at once, and no vendor means as many
    return int(digits) if len(digits) < 4000 else float(digits)
