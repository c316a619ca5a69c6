"""One writer at a time, runs that end in the middle, and a status that is true at every moment."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.runs.lock import Held, exclusive, is_held
from sandbox import Sandbox
from tests.conftest import Cli, Run
from tests.pipelines.outcome import assert_no_secret, said, status
from tests.pipelines.test_sync_raw import checksums, compare_snapcall, compare_snitcher

Make = Callable[..., Sandbox]
Process = subprocess.Popen[str]

WORLD = {"companies": 8, "days": 40}
BOTH = ("snitcher", "snapcall")
SINCE = datetime(2026, 1, 21, tzinfo=UTC)
START = {"LEADPATH_START_DATE": "2026-01-21"}
SESSIONS = "/workspaces/{ws}/sessions"


def wait_until(true: Callable[[], bool], process: Process, seconds: float = 60.0) -> None:
    """Look again and again, while the process lives."""
    end = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, f"ended before: {process.communicate()}"
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def ended(process: Process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in out + err, err
    return process.returncode, out, err


def windows(cli: Cli) -> set[tuple[Any, ...]]:
    """What is recorded as read, but for the daily lists."""
    query = "select vendor, resource, scope, window_start, window_end from ops.windows where reason <> 'daily'"
    return set(cli.raw(query))


def syncs(cli: Cli) -> list[dict[str, Any]]:
    """The history, newest first, without the run that made the empty tables."""
    runs = json.loads(cli("runs", "--json").stdout)
    return [run for run in runs if run["command"].startswith("leadpath sync")]


def asked_days(sandbox: Sandbox, route: str) -> list[tuple[str, str, str]]:
    """The stretches that were asked for: path, first and last day."""
    requests = [request for request in sandbox.requests if request.route == route]
    return [(each.path, each.query["date_from"][0], each.query["date_to"][0]) for each in requests]


def test_while_a_sync_runs_another_is_refused_and_the_status_is_true_and_a_kill_costs_one_window(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**WORLD)
    # the second window of all sessions takes long
    sandbox.plan("snitcher", "slow", route=SESSIONS, after=2, seconds=25)
    process = leadpath.start("sync", "--no-build", sandbox=sandbox, only=BOTH, **START)
    try:
        wait_until(lambda: len(asked_days(sandbox, SESSIONS)) >= 2 and sandbox.count("snapcall") >= 6, process)
        # the third request is under way; what is finished by now is in the status
        wait_until(lambda: status(leadpath)["vendors"]["snapcall"]["resources"]["calls"]["left"] == 0, process)

        second = leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, only=BOTH, status=1)
        (sentence,) = said(second)
        assert sentence.startswith(f"Not started: `leadpath sync --no-build` (process {process.pid} on ")
        assert sentence.endswith("holds the warehouse; wait until it ends, or use --if-running skip.")
        skipped = leadpath("sync", "--if-running", "skip", sandbox=sandbox, only=BOTH)
        assert said(skipped)[0].startswith("Skipped: `leadpath sync --no-build` (process ")
        (sentence,) = said(leadpath("build", status=1))
        assert "holds the warehouse" in sentence

        document = status(leadpath)
        assert (document["state"], document["run"]["status"], document["run"]["ended_at"]) == (
            "running",
            "running",
            None,
        )
        resources = document["vendors"]["snitcher"]["resources"]
        assert resources["workspaces"]["last_success"]
        assert resources["sessions"]["left"] > 0
        assert resources["sessions"]["rows"] > 0
        assert process.poll() is None
    finally:
        process.kill()
    assert ended(process)[0] == -signal.SIGKILL

    finished = windows(leadpath)
    days = [window for window in finished if window[:2] == ("snitcher", "sessions")]
    assert len(days) == 2
    document = status(leadpath)
    assert document["state"] == document["run"]["status"] == "interrupted"
    assert [run["status"] for run in syncs(leadpath)] == ["interrupted"]
    assert "interrupted" in leadpath("status", status=1).stdout

    killed = asked_days(sandbox, SESSIONS)
    sandbox.heal("snitcher")
    sandbox.clear()
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=0, **START)
    compare_snitcher(leadpath, sandbox, SINCE)
    compare_snapcall(leadpath, sandbox, SINCE)
    assert finished < windows(leadpath)
    # a window is asked for with a day on either side; of those that lie before the lookback none is asked for twice
    recent = "2026-02-27"
    old = [stretch for stretch in asked_days(sandbox, SESSIONS) if stretch[2] < recent]
    assert old
    assert not set(old) & set(killed[:2])
    assert [run["status"] for run in syncs(leadpath)] == ["ok", "interrupted"]
    errors = leadpath.raw("select error from ops.runs where command like 'leadpath sync%' order by run_id")
    assert errors == [("the process ended before the run did",), (None,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_a_sentence_and_keeps_finished_windows(
    leadpath: Cli, make_sandbox: Make, number: signal.Signals
) -> None:
    sandbox = make_sandbox(**WORLD)
    sandbox.plan("snitcher", "slow", route=SESSIONS, after=2, seconds=2)
    process = leadpath.start("sync", "--no-build", sandbox=sandbox, only=BOTH, **START)
    wait_until(lambda: len(asked_days(sandbox, SESSIONS)) >= 2 and sandbox.count("snapcall") >= 6, process)
    # the command prints a line for each stored window
    time.sleep(0.5)
    process.send_signal(number)
    code, out, err = ended(process)
    assert (code, out) == (128 + number, "")
    assert err.splitlines()[-1] == "Interrupted. Finished windows are kept; the next sync goes on from there."
    finished = windows(leadpath)
    assert len([window for window in finished if window[:2] == ("snitcher", "sessions")]) >= 2
    document = status(leadpath)
    assert (document["state"], document["run"]["error"]) == ("interrupted", "the run was stopped (KeyboardInterrupt)")
    assert document["run"]["ended_at"]
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=0, **START)
    compare_snitcher(leadpath, sandbox, SINCE)
    assert finished < windows(leadpath)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_ends_so_too(leadpath: Cli, make_sandbox: Make, number: signal.Signals) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    process = leadpath.start("demo", sandbox=sandbox)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Five sandboxed vendors are up")
    process.send_signal(number)
    code, out, err = ended(process)
    assert (code, out) == (128 + number, "")
    assert err.splitlines()[-1] == "Interrupted. The next demo starts from nothing."


def test_vendors_are_read_side_by_side(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    for vendor in BOTH:
        # longer than the other may be late on a busy machine
        sandbox.plan(vendor, "slow", times=3, seconds=1)
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
    spans: dict[str, list[tuple[float, float]]] = {vendor: [] for vendor in BOTH}
    for request in sandbox.requests:
        spans[request.vendor].append((request.started, request.ended))
    overlapping = [
        (one, other)
        for one in spans["snitcher"]
        for other in spans["snapcall"]
        if one[0] < other[1] and other[0] < one[1]
    ]
    assert overlapping


def test_when_the_time_is_up_a_run_says_what_is_left_and_the_next_goes_on(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)

    def sync(**settings: str) -> Run:
        return leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=0, **START, **settings)

    run = sync(LEADPATH_MAX_RUN="0s")
    assert said(run)[0].startswith("LEADPATH_MAX_RUN was reached: ")
    assert sandbox.requests == []
    assert status(leadpath)["state"] == "ok"

    # the budget makes the window in hand wait beyond the time: it is finished all the same
    limited = {"SNITCHER_RATE_LIMIT": "2/second", "SNAPCALL_RATE_LIMIT": "2/second"}
    run = sync(LEADPATH_MAX_RUN="3s", **limited)
    (left,) = [line for line in said(run) if "windows are left" in line]
    assert left.startswith("LEADPATH_MAX_RUN was reached: ")
    assert left.endswith(" windows are left. The next sync goes on from there.")
    resources = [part for vendor in status(leadpath)["vendors"].values() for part in vendor["resources"].values()]
    assert sum(part["left"] for part in resources) == int(left.split()[3]) > 0
    finished = windows(leadpath)
    assert finished

    sync()
    compare_snitcher(leadpath, sandbox, SINCE)
    compare_snapcall(leadpath, sandbox, SINCE)
    assert finished < windows(leadpath)
    assert sum(part["left"] for part in status(leadpath)["vendors"]["snitcher"]["resources"].values()) == 0


def test_the_zone_of_the_machine_changes_nothing(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=8, days=10)
    found = []
    for zone in ("UTC", "Pacific/Auckland"):
        leadpath.use_empty_warehouse()
        leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, TZ=zone)
        compare_snitcher(leadpath, sandbox, datetime(2026, 2, 18, tzinfo=UTC))
        compare_snapcall(leadpath, sandbox, datetime(2026, 2, 18, tzinfo=UTC))
        asked = sorted((request.route, str(request.query)) for request in sandbox.requests)
        found.append((content(leadpath), windows(leadpath), asked))
        sandbox.clear()
    assert found[0] == found[1]


def content(cli: Cli) -> dict[str, Any]:
    """A checksum of every raw table, without the id of the load."""
    return {
        name: cli.raw(f"select count(*), sum(hash(t)) from (select * exclude (_dlt_load_id) from {name}) t")[0]
        for name in checksums(cli)
    }


def test_before_the_first_run_there_is_nothing_to_show(leadpath: Cli) -> None:
    for command, empty in (("status", {"state": "never", "runs": [], "vendors": {}}), ("runs", [])):
        run = leadpath(command, "--json")
        assert json.loads(run.stdout) == empty
        assert "Start with `leadpath sync`" in leadpath(command).stderr
    (leadpath.data_dir / "status.json").write_text("")
    (sentence,) = said(leadpath("status", "--json", status=1))
    assert "cannot be read" in sentence


def test_status_and_runs_print_one_json_document(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    leadpath("sync", "--no-build", sandbox=sandbox, only=("snapcall",))
    outputs = [leadpath(command, "--json", sandbox=sandbox, only=("snapcall",)) for command in ("status", "runs")]
    document, runs = (json.loads(run.stdout) for run in outputs)
    assert [run.stderr for run in outputs] == ["", ""]
    assert document["runs"] == runs
    assert {name for name, part in document["vendors"].items() if part["configured"]} <= set(document["vendors"])
    calls = document["vendors"]["snapcall"]["resources"]["calls"]
    assert (calls["rows"],) == leadpath.raw("select count(*) from raw_snapcall.calls")[0]
    assert datetime.fromisoformat(calls["newest"]) <= sandbox.now
    (budget,) = document["vendors"]["snapcall"]["budgets"]
    assert budget["limit"] == "1000/second"
    checked = leadpath("check", "--json", sandbox=sandbox, only=("snapcall",))
    assert [result["ok"] for result in json.loads(checked.stdout)] == [True]
    assert_no_secret(leadpath, sandbox, *outputs, checked)


def test_the_lock_is_free_when_its_process_is_gone_and_looking_does_not_take_it(tmp_path: Any) -> None:
    file = tmp_path / "internal" / "lock"
    assert not is_held(file)
    with exclusive(file, "first"):
        assert is_held(file)
        with pytest.raises(Held, match=rf"`first` \(process {os.getpid()} on "), exclusive(file, "second"):
            pass
    assert not is_held(file)
    with exclusive(file, "third"):
        assert json.loads(file.read_text())["command"] == "third"
    assert file.stat().st_mode & 0o777 == 0o600
