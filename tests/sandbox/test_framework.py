"""What all vendors share: the log, budgets, violations, planned faults, switches, and the sandbox as a process."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox import Sandbox
from sandbox.http.limits import Limit
from sandbox.vendors import VENDORS, switch_table
from tests.sandbox.wire import Reply, ask

WORKSPACES = "/workspaces"
SESSIONS = "/workspaces/{ws}/sessions"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=10, days=10) as running:
        yield running


def get(sandbox: Sandbox, path: str, method: str = "GET", **query: Any) -> Reply:
    headers = {"Authorization": f"Bearer {sandbox.env['SNITCHER_API_TOKEN']}", "Accept": "application/json"}
    return ask(method, sandbox.env["SNITCHER_URL"] + path, query=query, headers=headers)


def sessions(sandbox: Sandbox, **query: Any) -> Reply:
    workspace = sandbox.records("snitcher", "workspaces")[0]["uuid"]
    return get(sandbox, f"/workspaces/{workspace}/sessions", date_from="2026-02-01", **query)


def test_every_vendor_has_its_settings_and_a_port_of_its_own(sandbox: Sandbox) -> None:
    urls = [sandbox.env[f"{vendor.name.upper()}_URL"] for vendor in VENDORS]
    assert len({urlsplit(url).port for url in urls}) == len(VENDORS)
    assert all(url.startswith("http://127.0.0.1:") for url in urls)
    assert sandbox.env["LEADPATH_NOW"] == "2026-03-02T12:00:00Z"
    secrets = [value for name, value in sandbox.env.items() if name.endswith(("TOKEN", "KEY", "SECRET", "ID"))]
    assert len(set(secrets)) == len(secrets)
    assert all("fake" in value for value in secrets)


def test_requests_are_logged_by_route(sandbox: Sandbox) -> None:
    sessions(sandbox, size=3)
    get(sandbox, "/me")
    first, second = sandbox.requests
    assert (first.vendor, first.method, first.route, first.status) == ("snitcher", "GET", SESSIONS, 200)
    assert first.query["size"] == ["3"]
    assert first.started <= first.ended <= second.started
    assert sandbox.count("snitcher", SESSIONS) == 1
    assert sandbox.count("snitcher") == 2
    sandbox.clear()
    assert sandbox.count("snitcher") == 0
    assert sandbox.violations == []


def test_one_connection_serves_many_requests_with_stated_lengths(sandbox: Sandbox) -> None:
    parts = urlsplit(sandbox.env["SNITCHER_URL"])
    connection = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 0))
    headers = {"Authorization": f"Bearer {sandbox.env['SNITCHER_API_TOKEN']}", "Accept": "application/json"}
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/v1/workspaces", headers=headers)
        answer = connection.getresponse()
        assert answer.version == 11
        assert len(answer.read()) == int(answer.headers["Content-Length"])
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1


def test_requests_of_one_client_overlap(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "slow", seconds=0.2, times=3)
    threads = [Thread(target=get, args=(sandbox, "/me")) for _ in range(3)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 0.5


def test_a_write_is_answered_and_recorded_as_a_violation(sandbox: Sandbox) -> None:
    workspace = sandbox.records("snitcher", "workspaces")[0]["uuid"]
    assert get(sandbox, f"/workspaces/{workspace}", "DELETE").status == 200
    assert get(sandbox, "/nowhere", "PUT").status == 404
    assert get(sandbox, f"/workspaces/{workspace}/organisations", "POST").status == 200
    assert len(sandbox.violations) == 2
    assert "DELETE" in sandbox.violations[0]
    assert sandbox.records("snitcher", "workspaces")


def test_a_request_beyond_the_budget_gets_429_and_is_a_violation() -> None:
    with Sandbox(companies=5, days=5, limits={"snitcher": "3/second"}) as sandbox:
        assert [get(sandbox, "/me").status for _ in range(4)] == [200, 200, 200, 429]
        assert len(sandbox.violations) == 1
        time.sleep(1.05)
        assert get(sandbox, "/me").status == 200


def test_a_refused_credential_costs_no_budget() -> None:
    with Sandbox(companies=5, days=5, limits={"snitcher": "1/minute"}) as sandbox:
        url = sandbox.env["SNITCHER_URL"] + "/me"
        assert [ask("GET", url, headers={"Accept": "application/json"}).status for _ in range(3)] == [401] * 3
        assert get(sandbox, "/me").status == 200


@pytest.mark.parametrize(
    ("text", "count", "seconds"),
    [("60/minute", 60, 60), ("500/30minutes", 500, 1800), ("500/18seconds", 500, 18), ("2/hour", 2, 3600)],
)
def test_budgets_are_read(text: str, count: int, seconds: int) -> None:
    assert Limit.parse(text) == Limit(count, seconds)


@pytest.mark.parametrize("text", ["", "60", "0/minute", "x/second", "5/fortnight"])
def test_a_bad_budget_says_what_is_good(text: str) -> None:
    with pytest.raises(ValueError, match="500/30minutes"):
        Limit.parse(text)


# planned faults


def test_a_planned_429_is_no_violation(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", 429, retry_after=7, after=1, times=2)
    answers = [get(sandbox, "/me") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "7"
    sandbox.plan("snitcher", "429")
    assert "retry-after" not in get(sandbox, "/me").headers
    assert sandbox.violations == []


def test_a_fault_of_one_route_leaves_the_others_alone(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "503", route=SESSIONS, times=2)
    sandbox.plan("snitcher", "500", route="/me")
    assert get(sandbox, WORKSPACES).status == 200
    assert [sessions(sandbox).status for _ in range(3)] == [503, 503, 200]
    assert [get(sandbox, "/me").status for _ in range(2)] == [500, 200]


def test_a_vendor_that_is_down_stays_down_until_healed(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "down", after=1)
    assert [get(sandbox, "/me").status for _ in range(4)] == [200, 503, 503, 503]
    sandbox.heal("snitcher")
    assert get(sandbox, "/me").status == 200


@pytest.mark.parametrize("fault", ["reset", "lost_answer"])
def test_a_reset_connection_gives_no_answer(sandbox: Sandbox, fault: str) -> None:
    sandbox.plan("snitcher", fault)
    with pytest.raises(ConnectionResetError):
        get(sandbox, "/me")
    assert get(sandbox, "/me").status == 200
    assert [request.status for request in sandbox.requests] == [0, 200]


def test_a_truncated_answer_is_short_or_cut(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "truncated")
    with pytest.raises(http.client.IncompleteRead):
        get(sandbox, WORKSPACES)
    sandbox.plan("snitcher", "truncated", cut="json")
    answer = get(sandbox, WORKSPACES)
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_a_page_of_html_comes_with_200(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "html")
    answer = get(sandbox, WORKSPACES)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html>" in answer.text


def test_a_slow_answer_is_late_and_right(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "slow", seconds=0.2)
    started = time.monotonic()
    assert get(sandbox, WORKSPACES).json["total"] == 2
    assert time.monotonic() - started >= 0.2


def pages(sandbox: Sandbox) -> list[str]:
    first = sessions(sandbox, size=5).json
    found = [row["uuid"] for row in first["data"]]
    for page in range(2, first["last_page"] + 1):
        found += [row["uuid"] for row in sessions(sandbox, size=5, page=page).json["data"]]
    return found


def test_a_row_removed_between_two_pages_hides_another(sandbox: Sandbox) -> None:
    before = [row["uuid"] for row in sandbox.records("snitcher", "sessions")]
    sandbox.plan("snitcher", "shift", route=SESSIONS, after=1)
    found = pages(sandbox)
    after = [row["uuid"] for row in sandbox.records("snitcher", "sessions")]
    assert set(before) - set(after) == {found[0]}, "the first row is gone for good"
    assert set(pages(sandbox)) - set(found), "and another was not seen in that walk"


def test_a_row_inserted_between_two_pages_repeats_another(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "shift", route=SESSIONS, after=2, how="insert")
    found = pages(sandbox)
    assert len(found) - len(set(found)) == 1
    assert set(pages(sandbox)) - set(found), "the inserted row comes with the next walk"


def test_a_new_field_appears_in_each_row_of_one_answer(sandbox: Sandbox) -> None:
    sandbox.plan("snitcher", "new_field", route=SESSIONS, name="mood", value={"a": [1]})
    assert all(row["mood"] == {"a": [1]} for row in sessions(sandbox, size=5).json["data"])
    assert not any("mood" in row for row in sessions(sandbox, size=5).json["data"])


@pytest.mark.parametrize(
    ("to", "path", "value"),
    [
        ("text", "events.0.time_on_page", "n/a"),
        ("float", "events.0.time_on_page", 2.5),
        ("huge", "events.0.time_on_page", 2**63),
        ("list", "location", ["a", "list"]),
    ],
)
def test_a_type_drifts_in_one_row(sandbox: Sandbox, to: str, path: str, value: Any) -> None:
    sandbox.plan("snitcher", "drifted_type", route=SESSIONS, to=to, field=path)
    row = sessions(sandbox, size=5).json["data"][0]
    assert (row["location"] if path == "location" else row["events"][0]["time_on_page"]) == value
    kept = sandbox.records("snitcher", "sessions", sandbox.records("snitcher", "workspaces")[0]["uuid"])
    assert row["uuid"] in {each["uuid"] for each in kept}
    assert row not in kept, "the world itself has not drifted"


# mistakes of the caller


def test_what_does_not_exist_is_refused_with_what_does(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="reference, introduction"):
        sandbox.switch("snitcher.form", "modern")
    with pytest.raises(ValueError, match="it has form"):
        sandbox.switch("snitcher.shape", "x")
    with pytest.raises(ValueError, match="no vendor"):
        Sandbox(companies=1, days=1, switches={"hubspot.form": "x"})
    with pytest.raises(ValueError, match="there are 429"):
        sandbox.plan("snitcher", "teapot")
    with pytest.raises(ValueError, match="no route"):
        sandbox.plan("snitcher", "500", route="/nowhere")
    with pytest.raises(ValueError, match="no option"):
        sandbox.plan("snitcher", "500", seconds=3)


def test_a_token_can_be_chosen() -> None:
    with Sandbox(companies=2, days=2, tokens={"snitcher": "fake-other"}) as sandbox:
        assert sandbox.env["SNITCHER_API_TOKEN"] == "fake-other"
        assert get(sandbox, "/me").status == 200


def test_the_readme_has_every_switch() -> None:
    text = (Path(__file__).parents[2] / "sandbox" / "README.md").read_text()
    missing = [line for line in switch_table() if line not in text]
    assert not missing, "python -m sandbox --list-switches prints the table"
    assert len(switch_table()) > 30


# as a process


def order(control: str, method: str, path: str, body: object = None) -> Any:
    return ask(method, control + path, body=body).json


def test_the_process_serves_obeys_and_ends_with_its_starter() -> None:
    command = [sys.executable, "-m", "sandbox", "--companies", "5", "--days", "5", "--now", "2026-03-02T12:00:00Z"]
    command += ["--switch", "snitcher.sort=oldest", "--limit", "snitcher=100/second"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        told = json.loads(process.stdout.readline())
        env, control = told["env"], told["control"]
        headers = {"Authorization": f"Bearer {env['SNITCHER_API_TOKEN']}", "Accept": "application/json"}
        assert ask("GET", env["SNITCHER_URL"] + "/workspaces", headers=headers).status == 200
        assert order(control, "GET", "/requests") == {"snitcher": {"GET /workspaces": 1}}
        assert order(control, "GET", "/violations") == []
        moved = order(control, "POST", "/advance", {"hours": 24})
        assert moved["now"] == order(control, "GET", "/env")["LEADPATH_NOW"] == "2026-03-03T12:00:00Z"
        assert moved["changes"]["new_sessions"]
        assert order(control, "POST", "/plan", {"vendor": "snitcher", "fault": "500"}) == {"done": True}
        assert ask("GET", env["SNITCHER_URL"] + "/me", headers=headers).status == 500
        assert order(control, "POST", "/switch", {"snitcher.auth_refusal": "403"}) == {"done": True}
        assert ask("GET", env["SNITCHER_URL"] + "/me", headers={"Accept": "application/json"}).status == 403
        assert "no switch" in order(control, "POST", "/switch", {"snitcher.x": "1"})["error"]
        headers = {"Authorization": f"Bearer {env['SNAPCALL_API_KEY']}", "Accept": "application/json"}
        buttons = ask("GET", env["SNAPCALL_URL"] + "/buttons", headers=headers).json
        gone = {"vendor": "snapcall", "entity": "buttons", "id": _rows(buttons)[0]["bid"]}
        assert order(control, "POST", "/remove", gone) == {"done": True}
        left = ask("GET", env["SNAPCALL_URL"] + "/buttons", headers=headers).json
        assert _rows(left) == _rows(buttons)[1:]
        process.stdin.close()
        assert process.wait(timeout=5) == 0


def _rows(body: Any) -> list[Any]:
    return next(rows for rows in ([body] if isinstance(body, list) else body.values()) if isinstance(rows, list))


def test_the_process_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "sandbox", "--companies", "2", "--days", "2"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = json.loads(process.stdout.readline())["env"]["SNITCHER_URL"]
        assert process.poll() is None, "a closed standard input that is no pipe says nothing"
        process.terminate()
        assert process.wait(timeout=5) == 0
    parts = urlsplit(url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=1).close()


def test_the_process_refuses_what_it_does_not_know() -> None:
    command = [sys.executable, "-m", "sandbox", "--switch", "snitcher.form=modern"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "reference, introduction" in done.stderr
