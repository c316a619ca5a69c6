"""The HTTP client: which faults it survives, how long it waits, what it says, and to whom it shows the credential."""

import base64
import gzip
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import sources.http.client
from sandbox import Sandbox
from sources.errors import ContractBroken, OutOfTime, SourceError, VendorRefused, VendorUnavailable
from sources.http.answers import parse
from sources.http.budget import Budget, Stop
from sources.http.client import Client
from sources.limit import Limit
from sources.rows.json_text import json_of
from tests.sources.scripted import Prepared, scripted

TOKEN = "very-secret-token"
Connect = Callable[..., Client]
MakeSandbox = Callable[..., Sandbox]

PASSING: dict[str, dict[str, Any]] = {
    "500": {},
    "503": {},
    "reset": {},
    "truncated": {"cut": "length"},
    "truncated json": {"cut": "json"},
    "html": {},
    "429": {},
    "slow": {"seconds": 1.0},
}
PREPARED = {
    "408": Prepared(408),
    "error beside 200": Prepared(body=b'{"error": "please try later"}'),
    "broken gzip": Prepared(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
    "endless nesting": Prepared(body=b"[" * 100_000),
}


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[Client] = []

    def make(url: str, token: str = TOKEN, window: float = 1.0, **more: Any) -> Client:
        budget = Budget(Limit(1000, window), "test", stop=more.get("stop"))
        client = Client(
            vendor="Vendor",
            url=url,
            sign=lambda: {"Authorization": f"Bearer {token}"},
            hint="Check VENDOR_TOKEN.",
            budget_for=lambda route: budget,
            **{"secrets": (token,), **more},
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def snitcher(make_sandbox: MakeSandbox, connect: Connect) -> tuple[Sandbox, Client]:
    sandbox = make_sandbox(companies=2, days=2)
    return sandbox, connect(sandbox.env["SNITCHER_URL"], sandbox.env["SNITCHER_API_TOKEN"])


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_tried_again(snitcher: tuple[Sandbox, Client], fault: str) -> None:
    sandbox, client = snitcher
    client.runtime = client.runtime.model_copy(update={"request_timeout": 0.3})
    sandbox.plan("snitcher", fault.partition(" ")[0], times=2, **PASSING[fault])
    answer = client.get("/workspaces")
    listed = [row["uuid"] for row in answer.body["data"]]
    assert listed == [row["uuid"] for row in sandbox.records("snitcher", "workspaces")]
    assert (client.sent, client.retries) == (3, 2)


@pytest.mark.parametrize("fault", PREPARED)
def test_an_unusable_answer_is_tried_again(connect: Connect, fault: str) -> None:
    with scripted(PREPARED[fault], Prepared(body=b'{"data": []}')) as server:
        client = connect(server.url)
        assert client.get("/things").body == {"data": []}
        assert (client.sent, client.retries, len(server.asked)) == (2, 1, 2)


@pytest.mark.parametrize("fault", ["503", "reset", "truncated", "html"])
def test_a_lasting_fault_is_one_sentence_with_vendor_path_and_what_was_seen(
    snitcher: tuple[Sandbox, Client], fault: str
) -> None:
    sandbox, client = snitcher
    sandbox.plan("snitcher", fault, times=None)
    with pytest.raises(VendorUnavailable) as caught:
        client.get("/workspaces", {"page": 1})
    words = {
        "503": "answered 503",
        "reset": "broke the connection",
        "truncated": "broke its answer off",
        "html": "answered 200 with a body that is not JSON",
    }
    assert str(caught.value) == (
        f"Vendor GET /v1/workspaces {words[fault]}, 5 times. Nothing of this window was kept; run the sync again later."
    )
    assert (client.sent, client.retries, caught.value.unreached) == (5, 4, False)


def test_attempts_and_waits_are_those_of_the_runtime_settings(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "3")
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.1")
    with scripted(Prepared(500)) as server:
        client = connect(server.url)
        started = time.monotonic()
        with pytest.raises(VendorUnavailable):
            client.get("/things")
        assert time.monotonic() - started >= 0.3
        assert len(server.asked) == 3
        # 0.1 and twice that
        assert client.waited == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("status", "headers", "least", "most"),
    [
        (429, {"Retry-After": "1"}, 1.0, 1.1),
        (503, {"Retry-After": "1"}, 1.0, 1.1),
        (429, {"Retry-After": "0.5"}, 0.5, 0.6),
        (429, {"Retry-After": "{date}"}, 1.0, 2.1),
        (429, {"Retry-After": "{date without zone}"}, 1.0, 2.1),
        (429, {"X-RateLimit-Reset": "{epoch}"}, 1.0, 2.1),
        (429, {"X-RateLimit-Reset": "1"}, 1.0, 1.1),
        # nothing that can be read, or a moment that has passed: a short wait of our own
        (429, {}, 0.1, 0.2),
        (429, {"Retry-After": "soon"}, 0.1, 0.2),
        (429, {"Retry-After": "²"}, 0.1, 0.2),
        (429, {"Retry-After": "0"}, 0.1, 0.2),
        (429, {"Retry-After": "{past}"}, 0.1, 0.2),
        # the end of the budget's window says nothing about a fault
        (503, {"X-RateLimit-Reset": "{epoch}"}, 0.0, 0.0),
    ],
    ids=str,
)
def test_it_waits_as_long_as_the_vendor_asks(
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    least: float,
    most: float,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    soon = datetime.now(UTC) + timedelta(seconds=2)
    stated = {
        "{date}": format_datetime(soon, usegmt=True),
        "{date without zone}": soon.strftime("%a %b %d %H:%M:%S %Y"),
        "{past}": format_datetime(soon - timedelta(hours=1), usegmt=True),
        "{epoch}": str(int(soon.timestamp())),
    }
    answer = Prepared(status, headers={name: stated.get(value, value) for name, value in headers.items()})
    try:
        with scripted(answer, Prepared()) as server:
            client = connect(server.url)
            started = time.monotonic()
            client.get("/things")
            assert time.monotonic() - started >= least
            assert least <= client.waited <= most
            assert client.retries == 1
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_limit_that_never_ends_is_given_up_after_two_windows(connect: Connect) -> None:
    with scripted(Prepared(429)) as server:
        client = connect(server.url, window=0.2)
        started = time.monotonic()
        with pytest.raises(VendorUnavailable, match=r"answered 429 \(too many requests\), \d+ times"):
            client.get("/things")
        assert 1.4 <= time.monotonic() - started < 5
        assert len(server.asked) <= 20


def test_a_wait_ends_when_the_run_is_asked_to_stop(connect: Connect) -> None:
    stop = Stop()
    with scripted(Prepared(429, headers={"Retry-After": "60"})) as server:
        client = connect(server.url, stop=stop)
        threading.Timer(0.3, stop.now).start()
        started = time.monotonic()
        with pytest.raises(OutOfTime):
            client.get("/things")
        assert time.monotonic() - started < 10


def test_a_wait_that_outlasts_the_run_by_far_is_not_begun(connect: Connect) -> None:
    stop = Stop(1.0)
    with scripted(Prepared(429, headers={"Retry-After": "3600"})) as server:
        client = connect(server.url, stop=stop)
        with pytest.raises(OutOfTime, match="waiting 3600 s more"):
            client.get("/things")
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused_and_the_token_is_not_sent_on(connect: Connect, status: int) -> None:
    with scripted(Prepared()) as elsewhere:
        redirect = Prepared(status, headers={"Location": f"{elsewhere.url}/login"})
        with scripted(redirect) as server:
            with pytest.raises(VendorRefused, match=f"answered {status}, a redirect. Check VENDOR_URL"):
                connect(server.url).get("/things")
            assert len(server.asked) == 1
        assert elsewhere.asked == []


def test_a_netrc_entry_does_not_replace_the_credential(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login anybody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(Prepared()) as server:
        connect(server.url).get("/things")
        assert server.asked[0]["authorization"] == f"Bearer {TOKEN}"


def test_the_credential_is_asked_for_anew_at_each_attempt(connect: Connect) -> None:
    numbers = iter(range(10))
    with scripted(Prepared(500), Prepared(500), Prepared()) as server:
        client = connect(server.url)
        client.sign = lambda: {"Authorization": f"Bearer {next(numbers)}"}
        client.get("/things")
        assert [request["authorization"] for request in server.asked] == ["Bearer 0", "Bearer 1", "Bearer 2"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Vendor GET /things: the credential was refused (401). Check VENDOR_TOKEN."),
        (403, "Vendor GET /things: access was denied (403). Check VENDOR_TOKEN."),
        (404, "Vendor GET /things answered 404: no token like *** here Check VENDOR_URL."),
        (422, "Vendor GET /things answered 422: no token like *** here"),
    ],
)
def test_a_refusal_says_what_to_do_and_holds_no_secret(connect: Connect, status: int, words: str) -> None:
    body = f"no token like {TOKEN}\n here".encode()
    with scripted(Prepared(status, body)) as server:
        with pytest.raises(VendorRefused) as caught:
            connect(server.url).get("/things")
        assert str(caught.value) == words
        assert (caught.value.status, caught.value.path) == (status, "/things")
        assert TOKEN not in caught.value.body
        assert len(server.asked) == 1


def test_an_error_with_status_200_holds_no_secret(connect: Connect) -> None:
    with scripted(Prepared(body=f'{{"error": "bad token {TOKEN}"}}'.encode())) as server:
        with pytest.raises(VendorUnavailable) as caught:
            connect(server.url).get("/things")
        assert "bad token ***" in str(caught.value)
        assert TOKEN not in str(caught.value)


def test_an_unreachable_host_is_said_to_be_so(connect: Connect) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(VendorUnavailable) as caught:
            connect(closed).get("/things")
    assert str(caught.value) == (
        "Vendor GET /things cannot be reached (connection refused), 5 times."
        " Check the network and VENDOR_URL, then run the sync again."
    )
    assert caught.value.unreached
    with pytest.raises(VendorUnavailable, match="the host name does not resolve") as caught:
        connect("http://no-such-host.invalid/v1").get("/things")
    assert caught.value.unreached


def test_an_address_that_cannot_be_asked_is_one_sentence(connect: Connect) -> None:
    with pytest.raises(SourceError, match=r"Vendor GET .* Check VENDOR_URL\."):
        connect("http://127.0.0.1:99999").get("/things")


def test_bodies_that_orjson_refuses_are_read() -> None:
    assert parse(rb'{"a": "\ud800", "b": 12}') == {"a": "\ud800", "b": 12}
    assert parse(b"[Infinity]") == [float("inf")]
    with pytest.raises(ValueError, match="Expecting value"):
        parse(b"<html>")


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"[\\"":', b"}")])
def test_a_nest_deeper_than_any_parser_takes_keeps_its_row(opening: bytes, closing: bytes) -> None:
    deep = opening * 100_000 + b"1" + closing * 100_000
    rows = parse(b'[{"id": 1, "a": "]{", "deep": %s, "b": 2}, {"id": 2}]' % deep)
    assert [row["id"] for row in rows] == [1, 2]
    assert (rows[0]["a"], rows[0]["b"]) == ("]{", 2)
    with pytest.raises(ValueError, match="nested too deeply"):
        json_of(rows[0]["deep"])
    with pytest.raises(ValueError, match="broken off"):
        parse(opening * 100_000)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors": [{"code": 7}], "status": "failed", "data": []}',
        b'{"errors": ["late"], "data": [], "page": 1, "total": 0}',
        b'{"error": "late", "data": [], "page": 1, "total": 0}',
        b'{"status": "Error", "message": "late", "data": []}',
        b'{"success": false, "data": []}',
        b'{"error": true, "message": "late"}',
    ],
)
def test_an_answer_that_names_errors_is_no_list(connect: Connect, body: bytes) -> None:
    with scripted(Prepared(body=body), Prepared(body=b'{"errors": [], "error": null, "data": [1]}')) as server:
        client = connect(server.url)
        assert client.get("/things").body["data"] == [1]
        assert client.retries == 1


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_credential_that_was_signed_by_ourselves_is_a_secret_in_whatever_form_it_comes_back(
    connect: Connect, status: int
) -> None:
    token = "head.pay load+/.signature"
    forms = [
        f"Bearer {token}",
        quote(token),
        quote_plus(token, safe=""),
        base64.b64encode(token.encode()).decode(),
        base64.b64encode(f"Bearer {token}".encode()).decode(),
    ]
    for form in forms:
        with scripted(Prepared(status, body=json.dumps({"error": f"not {form} again"}).encode())) as server:
            client = connect(server.url, secrets=())
            client.sign = lambda: {"X-Api-Key": token, "Authorization": f"Bearer {token}"}
            with pytest.raises(SourceError) as caught:
                client.get("/things")
            assert form.removeprefix("Bearer ") not in str(caught.value) + getattr(caught.value, "body", "")


def test_an_answer_that_drips_is_given_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_TIMEOUT", "0.3")
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "2")
    with scripted(Prepared(body=b'{"a": "' + b"x" * 200 + b'"}', drip=0.1)) as server:
        started = time.monotonic()
        with pytest.raises(VendorUnavailable, match=r"did not end its answer in 0\.6 s, 2 times"):
            connect(server.url).get("/things")
        assert time.monotonic() - started < 5


def test_headers_that_come_one_by_one_have_the_same_deadline(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_TIMEOUT", "0.3")
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "2")
    with scripted(Prepared(headers={f"X-{n}": "y" for n in range(50)}, slow=0.2)) as server:
        started = time.monotonic()
        with pytest.raises(VendorUnavailable, match=r"did not end its answer in 0\.6 s, 2 times"):
            connect(server.url).get("/things")
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_without_end_is_refused_before_it_is_held(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(sources.http.client, "MOST_BYTES", 1 << 20)
    body = b"[" + b" " * (50 << 20) + b"]"
    answer = Prepared(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Prepared(body=body)
    with scripted(answer) as server:
        tracemalloc.start()
        with pytest.raises(ContractBroken, match=r"GET /things: the answer is larger than 1 MiB\. Check VENDOR_"):
            connect(server.url).get("/things")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(server.asked) == 1
    assert not packed or peak < 20 << 20


def test_a_packed_body_is_read_whole_and_the_connection_is_used_again(connect: Connect) -> None:
    rows = [{"n": n, "text": str(n) * 20} for n in range(20_000)]
    answer = Prepared(body=gzip.compress(json.dumps(rows).encode()), headers={"Content-Encoding": "gzip"})
    with scripted(answer, answer, Prepared(body=b"[]"), Prepared(404, b"no"), Prepared()) as server:
        client = connect(server.url)
        assert [client.get("/things").body for _ in range(3)] == [rows, rows, []]
        with pytest.raises(VendorRefused):
            client.get("/things")
        client.get("/things")
        assert server.connections == 1


@pytest.mark.parametrize(
    "odd",
    [{"Content-Length": "500"}, {"Content-Length": "7"}, {"Content-Encoding": "br"}, {"Content-Encoding": "zstd"}],
)
def test_an_answer_of_another_length_or_packing_than_it_says_is_asked_for_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, odd: dict[str, str]
) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_TIMEOUT", "0.5")
    with scripted(Prepared(body=b'{"data": [1, 2]} ', headers={**odd, "Connection": "close"}), Prepared()) as server:
        assert connect(server.url).get("/things").body in ({}, {"data": [1, 2]})


def test_bytes_of_another_charset_lose_no_row() -> None:
    assert parse('{"name": "Café", "n": 1}'.encode("latin-1")) == {"name": "Caf\udce9", "n": 1}
    assert parse('{"name": "Café"}'.encode("utf-16")) == {"name": "Café"}


def test_a_vendor_that_asks_for_a_minute_gets_it(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "2")
    slept: list[float] = []
    stop = Stop(45 * 60)
    monkeypatch.setattr(stop, "sleep", slept.append)
    with scripted(*[Prepared(503, headers={"Retry-After": "20"})] * 9, Prepared()) as server:
        connect(server.url, stop=stop).get("/things")
    assert slept == [20.0] * 9


@pytest.mark.parametrize("seconds", ["3600", "99999999999"])
def test_a_vendor_that_asks_for_longer_than_the_run_is_named(connect: Connect, seconds: str) -> None:
    words = rf"answered 503 and asks to wait {seconds} s, 1 times"
    with (
        scripted(Prepared(503, headers={"Retry-After": seconds})) as server,
        pytest.raises(VendorUnavailable, match=words),
    ):
        connect(server.url, stop=Stop(45 * 60)).get("/things")


def test_a_vendor_that_asks_without_end_is_given_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    monkeypatch.setattr(stop, "sleep", lambda seconds: None)
    with (
        scripted(Prepared(503, headers={"Retry-After": "600"})) as server,
        pytest.raises(VendorUnavailable, match="answered 503 and asks to wait 600 s, 7 times"),
    ):
        connect(server.url, stop=stop).get("/things")


def test_a_vendor_that_is_down_for_a_while_costs_that_while_alone(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes without an answer, told in hundredths of a second: waits and patience are those of the setting."""
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.005")
    with scripted(Prepared(), *[Prepared(503)] * 9, Prepared()) as server:
        client = connect(server.url)
        client.get("/things")
        client.get("/things")
        assert len(server.asked) == 11
    assert 0.5 < client.waited < 2


@pytest.mark.parametrize(("answered", "status"), [(False, 503), (True, 503), (True, 500)])
def test_a_vendor_that_stays_down_is_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, answered: bool, status: int
) -> None:
    """Soon where it never answered, and where one route alone may fail."""
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.001")
    first = [Prepared()] if answered else []
    with scripted(*first, Prepared(status)) as server:
        client = connect(server.url)
        for _ in first:
            client.get("/things")
        with pytest.raises(VendorUnavailable, match=f"answered {status}"):
            client.get("/things")
        attempts = len(server.asked) - len(first)
    assert attempts > 5 if answered and status == 503 else attempts == 5
    assert client.waited < 2
