"""Planning: nothing is left out, nothing final is asked for again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.warehouse.windows import WEEK, Finished, Horizon, Planned, gaps, midnight, plan, requested, union
from sources.window import Window

DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def done(planned: list[Planned], now: datetime) -> list[Finished]:
    return [Finished(one.window, now) for one in planned]


def horizon(now: datetime, lookback: int = 3, reread: int = 30) -> Horizon:
    return Horizon(BEGIN, now, lookback, reread)


@given(
    hours=st.lists(st.integers(1, 24 * 20), min_size=1, max_size=8),
    kept=st.lists(st.booleans(), min_size=40, max_size=40),
    longest=st.sampled_from([1, 7, 31]),
    lookback=st.integers(0, 5),
)
def test_after_each_run_everything_is_read_or_still_planned(
    hours: list[int], kept: list[bool], longest: int, lookback: int
) -> None:
    now = BEGIN + DAY
    finished: list[Finished] = []
    for hour in hours:
        now += timedelta(hours=hour)
        planned = plan(finished, horizon(now, lookback), longest)
        # some windows fail or time runs out
        finished += [Finished(one.window, now) for one, keep in zip(planned, kept * 20, strict=False) if keep]
        again = plan(finished, horizon(now, lookback), longest)
        covered = union([*(one.window for one in finished), *(one.window for one in again)])
        assert gaps(covered, Window(BEGIN, now)) == []


@given(days=st.integers(5, 120), longest=st.sampled_from([7, 31]))
def test_a_second_run_reads_the_lookback_alone(days: int, longest: int) -> None:
    now = BEGIN + days * DAY + timedelta(hours=9)
    first = plan([], horizon(now), longest)
    second = plan(done(first, now), horizon(now), longest)
    assert [one.window for one in second] == [Window(midnight(now) - 3 * DAY, now)]
    assert [one.reason for one in second] == ["recent"]


@given(days=st.integers(1, 200), longest=st.integers(1, 40))
def test_windows_are_newest_first_disjoint_and_not_too_long(days: int, longest: int) -> None:
    planned = plan([], horizon(BEGIN + days * DAY + timedelta(hours=5)), longest)
    for newer, older in pairwise(planned):
        assert newer.window.start == older.window.end
    assert all(one.window.end - one.window.start <= longest * DAY for one in planned)


def test_once_a_week_the_last_thirty_days_are_read_again_and_no_more() -> None:
    now = BEGIN + 90 * DAY
    finished = done(plan([], horizon(now), 31), now)
    rereads = []
    for _ in range(21):
        now += DAY
        planned = plan(finished, horizon(now), 31)
        if any(one.reason == "reread" for one in planned):
            rereads.append(now)
            assert planned[0].window == Window(now - 30 * DAY, now)
            assert len(planned) == 1
        else:
            assert [one.window.start for one in planned] == [now - 4 * DAY]
        finished += done(planned, now)
    assert rereads == [BEGIN + 97 * DAY, BEGIN + 104 * DAY, BEGIN + 111 * DAY]
    assert WEEK == 7 * DAY


def test_an_earlier_start_adds_the_days_before() -> None:
    now = BEGIN + 40 * DAY
    finished = done(plan([], Horizon(BEGIN + 30 * DAY, now, 3, 30), 31), now)
    planned = plan(finished, Horizon(BEGIN, now, 3, 30), 31)
    assert [one.window for one in planned] == [Window(now - 3 * DAY, now), Window(BEGIN, BEGIN + 30 * DAY)]


def test_a_pause_of_ten_days_is_one_window() -> None:
    now = BEGIN + 90 * DAY
    finished = done(plan([], horizon(now), 31), now)
    later = now + 4 * DAY + timedelta(hours=7)
    assert [one.window for one in plan(finished, horizon(later), 31)] == [Window(now - 3 * DAY, later)]


def test_requested_days_are_cut_at_midnights() -> None:
    planned = requested(BEGIN, BEGIN + 40 * DAY, 31, "requested")
    assert [one.window for one in planned] == [
        Window(BEGIN + 9 * DAY, BEGIN + 40 * DAY),
        Window(BEGIN, BEGIN + 9 * DAY),
    ]
