"""Signals that come while a library has the word, and commands beside each other."""

import itertools
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.runs.progress import Progress
from pipelines.settings import load
from pipelines.sync.sync import Session, sync
from sandbox import Sandbox
from tests.conftest import LEADPATH, QUICK_SETTINGS, Cli
from tests.pipelines.published import lead, publish_leads

Make = Callable[..., Sandbox]


def test_a_signal_that_duckdb_makes_an_error_of_stops_every_vendor(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sandbox = make_sandbox(companies=4, days=10)
    sandbox.plan("snapcall", "slow", route="/calls", seconds=2.0, times=None)
    own = {"LEADPATH_DATA_DIR": str(leadpath.data_dir), "LEADPATH_START_DATE": "2026-02-18"}
    settings = load({**QUICK_SETTINGS, **sandbox.env, **own}, tmp_path)

    def interrupted(session: Session) -> None:
        # as DuckDB says it when a signal came while it had the word
        if sandbox.count("snapcall"):
            raise RuntimeError("Query interrupted")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "tell_news", interrupted)
        with pytest.raises(RuntimeError, match="Query interrupted"):
            sync(settings, ["snapcall"], {}, Progress(), command="leadpath sync", with_build=False)
    assert "snapcall" not in {thread.name for thread in threading.enumerate()}
    document = json.loads((leadpath.data_dir / "status.json").read_text())
    assert (document["state"], document["run"]["error"]) == ("interrupted", "the run was stopped (KeyboardInterrupt)")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_long_query_ends_at_one_signal(leadpath: Cli, number: signal.Signals) -> None:
    publish_leads(leadpath.data_dir, [lead("l1", "Ada Person", "a@x.example")])
    # DuckDB looks for a signal only between parts of its work, and this is one part
    sql = "select sum(a.range * b.range) from range(1000000) a, range(1000000) b"
    process = subprocess.Popen(
        [*LEADPATH, "query", sql],
        env=leadpath.environment(None, {}, ()), cwd=leadpath.data_dir.parent, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(4)
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (128 + number, "", "Interrupted. Nothing was changed.\n")


def test_two_syncs_a_build_and_a_push_at_once_and_a_status_that_is_always_whole(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(companies=4, days=40)
    publish_leads(leadpath.data_dir, [lead("l1", "Ada Person", "a@x.example")])
    sandbox.plan("snapcall", "slow", route="/calls", seconds=1.0, times=None)
    together = [("sync", "--no-build"), ("sync", "--no-build"), ("build",), ("push-leads", "--yes", "--no-build")]
    first = leadpath.start(*together[0], sandbox=sandbox, LEADPATH_START_DATE="2026-01-21")
    while not sandbox.count("snapcall"):
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    others = [leadpath.start(*command, sandbox=sandbox) for command in together[1:]]
    seen: list[dict[str, int]] = []
    while first.poll() is None:
        document = json.loads((leadpath.data_dir / "status.json").read_text())
        assert document["state"] in ("running", "ok")
        seen.append({
            f"{vendor}.{name}": resource["rows"]
            for vendor, found in document["vendors"].items()
            for name, resource in found["resources"].items()
        })  # fmt: skip
        time.sleep(0.02)
    _, err = first.communicate()
    assert first.returncode == 0, err
    for process in others:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert err.splitlines()[-1].startswith("Not started: `leadpath sync --no-build`")
    # nothing that was said to be there is gone again, and the last word is what the tables hold
    assert all(earlier[name] <= later[name] for earlier, later in itertools.pairwise(seen) for name in later)
    assert len({json.dumps(each) for each in seen}) > 1
    last = json.loads((leadpath.data_dir / "status.json").read_text())
    ((calls,),) = leadpath.raw("select count(*) from raw_snapcall.calls")
    assert last["vendors"]["snapcall"]["resources"]["calls"]["rows"] == calls > 0
    assert sandbox.count("snapcrm") == 0
