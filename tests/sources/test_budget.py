"""Request budgets: never exceeded as the vendor counts them, also not across restarts; bursts allowed."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Sandbox
from sources.errors import OutOfTime, SettingError
from sources.http.budget import Budget, Stop
from sources.http.ledger import FileLedger, Ledger
from sources.limit import UNITS, Limit
from tests.conftest import ROOT

Make = Callable[..., Sandbox]

# a process that sends some requests to Snitcher as a sync does, and ends
SENDER = """
import sys
from pathlib import Path
from sources.http.budget import Budget, Stop
from sources.snitcher import VENDOR
url, token, limit, store, count = sys.argv[1:]
settings = {"SNITCHER_URL": url, "SNITCHER_API_TOKEN": token, "SNITCHER_RATE_LIMIT": limit}
api = VENDOR.open(settings, lambda limit, credential: Budget(limit, "snitcher", Path(store)), Stop())
for _ in range(int(count)):
    api.me()
print(api.client.retries, api.client.waited)
"""


def send(sandbox: Sandbox, store: Path, limit: str, count: int) -> tuple[int, float]:
    """Send requests from a process of its own; its retries and the seconds that it waited."""
    env = sandbox.env
    arguments = [env["SNITCHER_URL"], env["SNITCHER_API_TOKEN"], limit, str(store), str(count)]
    done = subprocess.run(
        [sys.executable, "-c", SENDER, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    retries, waited = done.stdout.split()
    return int(retries), float(waited)


def most_within(moments: Sequence[float], seconds: float) -> int:
    """The most moments in any window of that length."""
    return max(sum(start <= other < start + seconds for other in moments) for start in moments)


def test_the_vendor_never_counts_more_than_the_limit_also_across_restarts(make_sandbox: Make, tmp_path: Path) -> None:
    # the sandbox would answer 429, and record a violation, at the eleventh request in any five seconds
    sandbox = make_sandbox(companies=2, days=2, limits={"snitcher": "10/5seconds"})
    outcomes = [send(sandbox, tmp_path / "budgets.sqlite", "10/5seconds", count) for count in (7, 7)]
    moments = [request.started for request in sandbox.requests]
    assert [request.status for request in sandbox.requests] == [200] * 14
    # all of it is used, unless the machine was so busy that the second process began in the next window
    assert most_within(moments, 5.0) == 10 or moments[7] - moments[0] > 4.5
    assert [retries for retries, _ in outcomes] == [0, 0]
    # a burst goes out at once
    assert outcomes[0][1] == 0


def assert_alone(one: Ledger, other: Ledger) -> None:
    """Nobody else has a turn of the same budget meanwhile."""
    entered = threading.Event()

    def enter() -> None:
        with other.turn("test"):
            entered.set()

    thread = threading.Thread(target=enter)
    with one.turn("test"):
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(30)
    thread.join()


def test_one_process_at_a_time_looks_at_the_counts(tmp_path: Path) -> None:
    one, other = FileLedger(tmp_path / "budgets.sqlite"), FileLedger(tmp_path / "budgets.sqlite")
    assert_alone(one, other)
    for ledger in (one, other):
        ledger.close()


def hold_together(made: Callable[[], AbstractContextManager[Budget]], threads: int) -> None:
    """Budgets of 20 requests a second, a thread and a connection each, are one budget."""
    moments: list[float] = []

    def send(end: float) -> None:
        with made() as budget:
            while time.time() < end:
                with budget.request():
                    moments.append(time.time())

    running = [threading.Thread(target=send, args=(time.time() + 2.5,)) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    # a busy machine may be slower than the budget
    assert most_within(moments, 1.0) <= 20
    assert len(moments) > 20


def test_all_who_share_a_store_share_the_budget(tmp_path: Path) -> None:
    limit, store = Limit(20, 1.0), tmp_path / "budgets.sqlite"
    # a connection of its own, as another process has
    hold_together(lambda: closing(Budget(limit, "test", store)), threads=6)


def test_a_longer_window_counts_what_a_shorter_one_forgot_and_a_pause_is_for_all(tmp_path: Path) -> None:
    short, long = (
        Budget(Limit(2, seconds), "test", tmp_path / "budgets.sqlite", Stop(0.0, 0.0)) for seconds in (0.05, 60.0)
    )
    for _ in range(2):
        with short.request():
            pass
        time.sleep(0.1)
    assert (short.used, long.used) == (0, 2)
    short.pause(30)
    assert 29 < short.ahead <= 30
    assert long.ahead > 50
    for budget in (short, long):
        with pytest.raises(OutOfTime), budget.request():
            pass
        budget.close()


def test_a_lower_limit_that_the_headers_state_wins_and_is_remembered(make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(
        companies=2, days=2, limits={"snitcher": "5/second"}, switches={"snitcher.rate_headers": "x_ratelimit"}
    )
    for _ in range(2):
        retries, waited = send(sandbox, tmp_path / "budgets.sqlite", "1000/second", 8)
        assert retries == 0
        assert waited > 0.5
    assert most_within([request.started for request in sandbox.requests], 1.0) == 5
    # the vendor raises it again
    budget = Budget(Limit(1000, 1.0), "snitcher", tmp_path / "budgets.sqlite")
    assert budget.allowed == 5
    budget.observe(50, None)
    assert budget.allowed == 50
    budget.observe(5000, None)
    assert budget.allowed == 1000
    budget.close()


@pytest.mark.parametrize(
    ("limit", "remaining", "used"),
    [
        (10, 9, 1),  # nobody else
        (10, 4, 6),  # somebody else with the same credential took five
        (10, 0, 10),
        (10, 12, 1),
        (6, 4, 2),  # a lower limit, of which nobody else took anything
        (100, 60, 1),  # more remains than we may take
        (100, 3, 7),  # less remains than we may take
    ],
)
def test_what_the_vendor_says_remains_is_all_that_is_taken(limit: int, remaining: int, used: int) -> None:
    budget = Budget(Limit(10, 60.0), "test")
    with budget.request():
        pass
    budget.observe(limit, remaining)
    assert (budget.used, budget.allowed) == (used, min(limit, 10))
    budget.close()


def test_a_request_counts_until_one_window_after_its_answer() -> None:
    budget = Budget(Limit(1, 0.5), "test")
    with budget.request():
        time.sleep(0.3)
    answered = time.monotonic()
    with budget.request():
        assert time.monotonic() - answered >= 0.5
    budget.close()


def test_budgets_in_one_store_are_told_apart_by_name(tmp_path: Path) -> None:
    one, other = (Budget(Limit(1, 60.0), name, tmp_path / "budgets.sqlite", Stop(0.0, 0.0)) for name in ("a", "b"))
    for budget in (one, other):
        with budget.request():
            pass
        assert budget.used == 1
        with pytest.raises(OutOfTime), budget.request():
            pass
        assert budget.used == 1
        budget.close()


def test_a_stamp_from_a_future_that_was_taken_back_counts_as_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = Budget(Limit(1, 0.3), "test", tmp_path / "budgets.sqlite")
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + 3600)
        with budget.request():
            pass
    started = time.monotonic()
    with budget.request():
        assert 0.3 <= time.monotonic() - started < 10
    budget.close()


def test_after_the_deadline_the_window_in_hand_may_wait_for_the_grace() -> None:
    stop = Stop(0.0, grace=0.5)
    assert stop.due
    stop.sleep(0.1)
    with pytest.raises(OutOfTime, match="outlast LEADPATH_MAX_RUN"):
        stop.sleep(1.0)
    stop.now()
    with pytest.raises(OutOfTime, match="asked to stop"):
        stop.sleep(0.01)


COUNTS = st.integers(1, 10**9 - 1)
TIMES = st.integers(1, 10**6 - 1)
SPACES = st.text(" \t", max_size=2)


@given(COUNTS, st.one_of(st.none(), TIMES), st.sampled_from(sorted(UNITS)), st.sampled_from(["", "s"]), SPACES)
def test_every_documented_form_is_read_and_written_back(
    count: int, times: int | None, unit: str, plural: str, space: str
) -> None:
    text = f"{space}{count}{space}/{space}{times or ''}{space}{unit}{plural}{space}"
    limit = Limit.parse(text)
    assert limit == Limit(count, (times or 1) * UNITS[unit])
    assert Limit.parse(str(limit)) == limit


@given(st.one_of(st.text(), st.from_regex(r"-?[0-9.]{0,5000}/?[0-9]{0,3}(second|minute|hour|day|)s?", fullmatch=True)))
def test_anything_else_is_a_setting_error_with_a_valid_example(text: str) -> None:
    try:
        limit = Limit.parse(text)
    except SettingError as error:
        assert "60/minute" in str(error)
    else:
        assert limit.count > 0
        assert limit.seconds >= 1


@pytest.mark.parametrize(
    "text",
    ["60", "0/minute", "60/0minutes", "60/00minutes", "60/day", "-1/second", "1.5/minute", f"{'9' * 5000}/minute"],
    ids=range(8),
)
def test_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="is no rate limit"):
        Limit.parse(text)
