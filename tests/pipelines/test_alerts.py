"""What is wrong, who is told of it, and how: `status`, the webhook, and lines of JSON."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipelines.runs.wrong import problems
from pipelines.settings import load
from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.outcome import said, status

Make = Callable[..., Sandbox]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "T0P-S3CR3T"


class Hook:
    """A webhook on loopback: what it was sent, and the status that it answers; `stall` holds its answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.texts: list[str] = []
        self.status = 200
        self.stall = threading.Event()
        self.stall.set()
        self.came = threading.Event()

    def take(self) -> list[str]:
        """The messages since the last time."""
        texts, self.texts = self.texts, []
        return texts


@contextmanager
def listening() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert set(body) == {"text"}
            assert self.headers["Content-Type"] == "application/json"
            there.texts.append(body["text"])
            there.came.set()
            there.stall.wait(30)
            try:
                self.send_response(there.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there = Hook(f"http://127.0.0.1:{server.server_port}/services/{SECRET}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield there
        there.stall.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as hook:
        yield hook


def test_each_state_is_told_once_and_that_all_is_well_again(leadpath: Cli, make_sandbox: Make, hook: Hook) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    leadpath.env["LEADPATH_ALERT_WEBHOOK"] = hook.url

    def sync(expected: int) -> str:
        run = leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, only=("snapcall",), status=expected)
        assert SECRET not in run.stderr + run.stdout
        return run.stderr

    def looks(expected: int) -> str:
        return leadpath("status", sandbox=sandbox, only=("snapcall",), status=expected).stdout

    sync(0)
    assert hook.take() == [], "nothing was wrong, and nothing is"
    assert "Nothing is wrong." in looks(0)

    sandbox.plan("snapcall", "down")
    sync(1)
    (text,) = hook.take()
    assert text.startswith("Leadpath in ")
    assert "data: something is wrong." in text
    assert "SnapCall could not be read to the end by its last sync" in text
    assert "SnapCall could not be read to the end by its last sync" in looks(1)
    wrong = [problem["kind"] for problem in status(leadpath)["problems"]]
    assert "failed" in wrong
    sync(1)
    assert hook.take() == [], "it was told"

    # a run of another kind neither mends nor repeats it
    file = leadpath.data_dir / "none.csv"
    file.write_text("email,firstName,lastName\njo@acme.example,Jo,Berg\n")
    leadpath("import-leads", str(file), "--no-build", sandbox=sandbox, only=("snapcall",))
    assert hook.take() == []
    looks(1)

    # refused: said, of no weight for the exit status, and sent by the next run
    sandbox.heal("snapcall")
    for answer in (500, 302):
        hook.status = answer
        line = (
            f"Warning: LEADPATH_ALERT_WEBHOOK: the alert was not sent, it answered {answer}. The next run tries again."
        )
        assert line in sync(0).splitlines()
        assert len(hook.take()) == 1
    hook.status = 204
    sync(0)
    (text,) = hook.take()
    assert text.endswith("data: all is well again.")
    sync(0)
    assert hook.take() == []
    for path in leadpath.data_dir.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_nothing_is_told_twice_after_a_kill_and_of_a_killed_run_the_next_one_tells(
    leadpath: Cli, make_sandbox: Make, hook: Hook
) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    leadpath.env["LEADPATH_ALERT_WEBHOOK"] = hook.url
    command = ("sync", "snapcall", "--no-build")
    sandbox.plan("snapcall", "slow", seconds=20)
    process = leadpath.start(*command, sandbox=sandbox, only=("snapcall",))
    while not sandbox.count("snapcall"):
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert hook.take() == []
    sandbox.heal("snapcall")

    # killed while the message is on its way
    hook.stall.clear()
    hook.came.clear()
    process = leadpath.start(*command, sandbox=sandbox, only=("snapcall",))
    assert hook.came.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hook.stall.set()
    (text,) = hook.take()
    assert "The last sync was interrupted" in text

    leadpath(*command, sandbox=sandbox, only=("snapcall",))
    (text,) = hook.take()
    assert text.endswith("all is well again.")


def test_a_webhook_that_is_not_there_or_no_address_is_named_without_its_value(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    sandbox.plan("snapcall", "down")
    with listening() as gone:
        url = gone.url
    run = leadpath(
        "sync", "--no-build", sandbox=sandbox, only=("snapcall",), status=1, LEADPATH_ALERT_WEBHOOK=url
    )  # fmt: skip
    assert "the alert was not sent, it gave no answer" in run.stderr
    assert SECRET not in run.stderr
    (sentence,) = said(leadpath("status", status=2, LEADPATH_ALERT_WEBHOOK=f"hooks.example.com {SECRET}"))
    assert sentence.startswith("LEADPATH_ALERT_WEBHOOK: it is no address of a webhook; ")
    assert SECRET not in sentence


def resource(**more: Any) -> dict[str, Any]:
    held = {"last_success": NOW.isoformat(), "left": 0, "incomplete_windows": 0, "short_windows": [], "unread": []}
    return {**held, **more}


def run(command: str, state: str, **more: Any) -> dict[str, Any]:
    return {"run_id": "1", "started_at": NOW.isoformat(), "ended_at": None, "status": state, "error": None,
            "command": f"leadpath {command}", **more}  # fmt: skip


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("runs", "vendors", "expected"),
    [
        ([], {}, []),
        ([run("sync", "ok")], {}, []),
        ([run("sync", "running")], {}, []),
        ([run("sync", "running"), run("sync", "failed")], {}, ["run sync"]),
        ([run("--quiet sync snitcher", "interrupted")], {}, ["run sync"]),
        # what the vendor lacks is said of the vendor
        ([run("sync", "partial")], {"snapcall": {"failed": ["calls"]}}, ["failed snapcall"]),
        ([run("build", "ok"), run("sync", "failed")], {}, ["run sync"]),
        ([run("sync", "ok"), run("build", "failed")], {}, []),
        ([run("build", "failed"), run("sync", "ok")], {}, ["run build"]),
        ([run("sync", "ok"), run("push-leads", "partial"), run("push-leads", "ok")], {}, ["run push-leads"]),
        ([], {"snapcall": {"calls": resource(last_success=ago(1.9))}}, []),
        ([], {"snapcall": {"calls": resource(last_success=ago(2.1))}}, ["stale snapcall calls"]),
        # it is not to be loaded; it was never due; it is of no vendor of ours
        ([], {"snapcall": {"agents": resource(last_success=ago(9))}}, []),
        ([], {"snapcall": {"calls": resource(last_success=None)}}, []),
        ([], {"usersnap": {"projects": resource(last_success=ago(9)), "failed": []}}, []),
        # children wait for their parents
        ([], {"smartlook": {"visitor_events": resource(last_success=ago(9))}}, []),
        (
            [],
            {"smartlook": {"visitor_events": resource(last_success=ago(9), left=1)}},
            ["stale smartlook visitor_events"],
        ),
        ([], {"snapcall": {"calls": resource(incomplete_windows=1)}}, ["incomplete snapcall calls"]),
        ([], {"snapcall": {"calls": resource(short_windows=[{"missing": 2}])}}, ["incomplete snapcall calls"]),
        # two of its plans forget within a week what was not read
        ([], {"smartlook": {"sessions": resource(unread=[[ago(29), ago(24)]])}}, ["forgotten 30 smartlook sessions"]),
        ([], {"smartlook": {"sessions": resource(unread=[[ago(89), ago(88)]])}}, ["forgotten 90 smartlook sessions"]),
        ([], {"smartlook": {"sessions": resource(unread=[[ago(82), ago(31)]])}}, []),
        ([], {"smartlook": {"sessions": resource(unread=[[ago(20), ago(1)]])}}, []),
        (
            [],
            {"smartlook": {"sessions": resource(last_success=ago(25))}},
            ["stale smartlook sessions", "forgotten 30 smartlook sessions"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_defined_once(
    tmp_path: Path, runs: list[Any], vendors: dict[str, Any], expected: list[str]
) -> None:
    settings = load(
        {"LEADPATH_NOW": NOW.isoformat(), "SNAPCALL_RESOURCES": "calls"},
        tmp_path,
    )  # fmt: skip
    shaped = {}
    for name, held in vendors.items():
        part = dict(held)
        failed = {"failed": part.pop("failed")} if "failed" in part else {}
        shaped[name] = {"configured": name != "usersnap", "resources": part, **failed}
    found = problems({"runs": runs, "vendors": shaped}, settings)
    assert [problem.key for problem in found] == expected
    assert all(problem.sentence.endswith((".", ";")) for problem in found)


def test_each_line_of_a_run_is_an_object_and_quiet_leaves_problems(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    only = ("snapcall", "snitcher")
    lines = leadpath("sync", "--no-build", sandbox=sandbox, only=only, LEADPATH_LOG="json").stderr.splitlines()
    found = [json.loads(line) for line in lines]
    assert found
    for one in found:
        assert {"time", "level", "message"} <= set(one) <= {"time", "level", "message", "vendor", "resource"}
        assert datetime.fromisoformat(one["time"]).utcoffset() == timedelta(0)
    assert ("snapcall", "calls", "info") in {(one.get("vendor"), one.get("resource"), one["level"]) for one in found}

    assert leadpath("sync", "--no-build", "--quiet", sandbox=sandbox, only=only).stderr == ""
    assert leadpath("--quiet", "sync", "--no-build", sandbox=sandbox, only=only).stderr == ""
    assert (
        ": 1 requests, 0 repeated"
        in leadpath("sync", "snapcall", "--no-build", "-v", sandbox=sandbox, only=only).stderr
    )
    sandbox.plan("snapcall", "down")
    (line,) = leadpath(
        "sync", "--no-build", "--quiet", sandbox=sandbox, only=only, status=1, LEADPATH_LOG="json"
    ).stderr.splitlines()
    assert {**json.loads(line), "time": "", "message": ""} == {
        "time": "", "level": "error", "message": "", "vendor": "snapcall", "resource": json.loads(line)["resource"],
    }  # fmt: skip
    wrong = leadpath("status", "--quiet", sandbox=sandbox, only=only, status=1)
    assert wrong.stdout == ""
    assert "SnapCall could not be read to the end" in wrong.stderr
    (line,) = leadpath("sync", "nope", status=2, LEADPATH_LOG="json").stderr.splitlines()
    assert json.loads(line)["level"] == "error"
    (line,) = leadpath("sync", status=2, LEADPATH_LOG="yaml").stderr.splitlines()
    assert line == "LEADPATH_LOG: 'yaml' is no way to log: there are text and json; write for example text"
