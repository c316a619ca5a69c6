"""Usersnap by the real command: equal to the world, one request per quiet project, nothing that went away is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import Sandbox
from sources.usersnap.tables import FEEDBACKS, TABLES
from tests.conftest import Cli
from tests.expected import Keyed, assert_same, held, of_usersnap

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = {"companies": 40, "days": 60}
# one project has more feedback than one page takes
LARGE = {"companies": 700, "days": 40}
FILTER = "/projects/{project_id}/feedbacks/filter"
ASSIGNEES = "/projects/{api_key}/assignees"
GONE = "Former campaign"
Make = Callable[..., Sandbox]


@pytest.fixture
def usersnap(leadpath: Cli) -> Cli:
    leadpath.env["LEADPATH_START_DATE"] = "2026-01-01"
    return leadpath


def sync(usersnap: Cli, sandbox: Sandbox, *options: str, status: int = 0, now: datetime | None = None) -> str:
    """What a sync says, as of the sandbox's clock or of another."""
    at = (now or sandbox.now).isoformat()
    arguments = ("sync", "usersnap", "--no-build", *options)
    return usersnap(*arguments, sandbox=sandbox, status=status, LEADPATH_NOW=at).stderr


def routes(sandbox: Sandbox) -> Counter[str]:
    return Counter(request.route for request in sandbox.requests)


def compare(usersnap: Cli, sandbox: Sandbox, missing: Keyed | None = None) -> dict[str, Keyed]:
    """The tables equal the world, and besides hold the `missing` feedback."""
    wanted = of_usersnap(sandbox, SINCE)
    wanted["feedbacks"] |= missing or {}
    for table in TABLES:
        assert_same(held(usersnap, "raw_usersnap", table), wanted[table.name], f"usersnap {table.name}")
    return wanted


def sizes(sandbox: Sandbox) -> dict[str, int]:
    return {project: len(rows) for project, rows in sandbox.vendor("usersnap").scoped("feedbacks").items()}


def test_full_repeated_and_advanced_syncs_equal_the_world_with_the_fewest_requests(
    usersnap: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**SMALL)
    sync(usersnap, sandbox)
    compare(usersnap, sandbox)
    assert routes(sandbox) == {"/projects": 1, FILTER: 6, ASSIGNEES: 6}
    assert usersnap.raw("select * from ops.quarantine") == []

    sandbox.clear()
    assert "Loaded 0 new or changed rows" in sync(usersnap, sandbox)
    assert routes(sandbox) == {"/projects": 1, FILTER: 6}

    missing: Keyed = {}
    for _ in range(2):
        before = held(usersnap, "raw_usersnap", FEEDBACKS)
        changes = sandbox.advance(timedelta(days=1))
        sandbox.clear()
        sync(usersnap, sandbox)
        deleted = [key for key in before if key[0] in changes["deleted_feedback"]]
        missing |= {key: {**before[key], "missing_since": sandbox.now} for key in deleted}
        compare(usersnap, sandbox, missing)
        assert changes["new_feedback"]
        assert changes["changed_feedback"]
        assert routes(sandbox) == {"/projects": 1, FILTER: 6, ASSIGNEES: 6}
    assert missing


def test_a_long_history_is_read_by_creation_and_changes_by_change(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**LARGE)
    large = [project for project, size in sizes(sandbox).items() if size > 100]
    assert large
    sync(usersnap, sandbox)
    wanted = compare(usersnap, sandbox)
    # each project's newest changes, and the history of those that one page does not hold
    pages = sum(-(-sizes(sandbox)[project] // 100) for project in large)
    assert routes(sandbox) == {"/projects": 1, FILTER: 6 + pages, ASSIGNEES: 6}
    sandbox.clear()
    sync(usersnap, sandbox)
    assert routes(sandbox) == {"/projects": 1, FILTER: 6}

    # something changes that moves no time, and something goes away
    rows = [row for row in wanted["feedbacks"].values() if row["project_id"] == large[0]]
    recent = sorted((row for row in rows if row["created_at"] > sandbox.now - timedelta(days=20)), key=_updated)
    silent, deleted = recent[0]["feedback_id"], recent[1]["feedback_id"]
    before = held(usersnap, "raw_usersnap", FEEDBACKS)
    sandbox.world.feedback[silent].labels = []
    sandbox.vendor("usersnap").remove("feedbacks", deleted)
    sandbox.vendor("usersnap").refresh()
    sandbox.clear()
    sync(usersnap, sandbox)
    assert routes(sandbox)[FILTER] == 6 + -(-(sizes(sandbox)[large[0]]) // 100)
    missing = {(deleted,): {**before[(deleted,)], "missing_since": sandbox.now}}
    compare(usersnap, sandbox, missing)

    # counts that agree again cost nothing, and a change that shows nowhere is found by the weekly reading
    sandbox.world.feedback[silent].labels = ["bug"]
    sandbox.vendor("usersnap").refresh()
    sandbox.clear()
    sync(usersnap, sandbox)
    assert routes(sandbox)[FILTER] == 6
    sync(usersnap, sandbox, now=sandbox.now + timedelta(days=8))
    found = held(usersnap, "raw_usersnap", FEEDBACKS)[(silent,)]
    assert found == of_usersnap(sandbox, SINCE)["feedbacks"][(silent,)]


def _updated(row: dict[str, datetime]) -> datetime:
    return row["updated_at"]


def test_a_partial_answer_marks_nothing(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**LARGE)
    sync(usersnap, sandbox)
    large = max(sizes(sandbox), key=lambda project: sizes(sandbox)[project])
    oldest = min(sandbox.records("usersnap", "feedbacks", large), key=lambda row: str(row["updated_at"]))
    sandbox.vendor("usersnap").remove("feedbacks", oldest["feedback_id"])
    # the count shows it, and the reading of all ids breaks off in its second page
    sandbox.plan("usersnap", "500", route=FILTER, after=len(sizes(sandbox)) + 1, times=5)
    assert "answered 500" in sync(usersnap, sandbox, status=1)
    assert usersnap.raw("select count(*) from raw_usersnap.feedbacks where missing_since is not null") == [(0,)]
    sync(usersnap, sandbox)
    marked = usersnap.raw("select feedback_id from raw_usersnap.feedbacks where missing_since is not null")
    assert marked == [(oldest["feedback_id"],)]


def test_an_interrupted_backfill_goes_on_and_loses_no_change(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**LARGE)
    # the newest changes of all projects arrive, the history of the large ones does not
    sandbox.plan("usersnap", "500", route=FILTER, after=6, times=None)
    assert "answered 500" in sync(usersnap, sandbox, status=1)
    sandbox.heal("usersnap")
    before = held(usersnap, "raw_usersnap", FEEDBACKS)
    assert len(before) < len(of_usersnap(sandbox, SINCE)["feedbacks"])
    changes = sandbox.advance(timedelta(hours=6))
    sync(usersnap, sandbox)
    deleted = {(key,) for key in changes["deleted_feedback"]}
    missing = {key: {**row, "missing_since": sandbox.now} for key, row in before.items() if key in deleted}
    compare(usersnap, sandbox, missing)


def test_a_project_that_is_gone_is_kept_and_marked(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**SMALL)
    sync(usersnap, sandbox)
    before = compare(usersnap, sandbox)
    (gone,) = [key for key, row in before["projects"].items() if row["name"] == GONE]
    assert any(row["project_id"] == gone[0] for row in before["feedbacks"].values())
    # still listed, then not even that: the moment stays that of the first run which missed it
    for day, listed in ((1, "listed"), (2, "listed"), (3, "unlisted"), (4, "none"), (5, "unlisted")):
        sandbox.switch("usersnap.gone_project", listed)
        sync(usersnap, sandbox, now=sandbox.now + timedelta(days=day))
        marked = usersnap.raw(
            "select project_id, missing_since from raw_usersnap.projects where missing_since is not null"
        )
        since = {1: 1, 2: 1, 3: 1, 5: 5}.get(day)
        assert marked == ([(*gone, sandbox.now + timedelta(days=since))] if since else [])
        assert held(usersnap, "raw_usersnap", FEEDBACKS) == before["feedbacks"]


def test_days_and_refreshes_that_are_asked_for(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**LARGE)
    usersnap.env["LEADPATH_START_DATE"] = "2026-02-10"
    sync(usersnap, sandbox)
    late = of_usersnap(sandbox, datetime(2026, 2, 10, tzinfo=UTC))["feedbacks"]
    assert_same(held(usersnap, "raw_usersnap", FEEDBACKS), late, "feedbacks")
    # an earlier start adds the days before
    usersnap.env["LEADPATH_START_DATE"] = "2026-01-01"
    sync(usersnap, sandbox)
    compare(usersnap, sandbox)
    sandbox.clear()
    sync(usersnap, sandbox, "--from", "2026-02-01", "--to", "2026-02-03")
    assert routes(sandbox) == {"/projects": 1, FILTER: 6}
    sandbox.clear()
    sync(usersnap, sandbox, "--full-refresh", "usersnap.feedbacks")
    assert routes(sandbox)[FILTER] > 6
    compare(usersnap, sandbox)


def test_check_and_sync_say_what_is_wrong_with_the_credential(usersnap: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**SMALL)
    assert "6 projects" in usersnap("check", "usersnap", sandbox=sandbox, only=("usersnap",)).stderr
    sandbox.switch("usersnap.clock", "slow")
    told = usersnap("check", "usersnap", sandbox=sandbox, only=("usersnap",), status=1).stderr
    assert "ahead of the server's" in told
    assert "ahead of the server's" in sync(usersnap, sandbox, status=1)
    pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"
    usersnap.env["USERSNAP_JWT_SECRET"] = pem
    told = sync(usersnap, sandbox, status=1)
    assert "USERSNAP_JWT_SECRET is no shared secret" in told
    assert "abc" not in told
