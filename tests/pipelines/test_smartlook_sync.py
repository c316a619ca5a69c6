"""Smartlook by the real command: equal to the world, few requests, the whole budget while work remains."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import Sandbox
from sources.smartlook.tables import TABLES
from tests.conftest import Cli
from tests.expected import Keyed, assert_same, held, of_smartlook, smartlook_projects

SINCE = datetime(2026, 2, 18, tzinfo=UTC)
WORLD = {"companies": 30, "days": 14}
EVENTS = "/api/v1/visitors/{visitor_id}/events"
SEARCHES = ("/api/v1/sessions/search", "/api/v2/visitors/search")
Make = Callable[..., Sandbox]


def compare(leadpath: Cli, sandbox: Sandbox, **options: Any) -> dict[str, Keyed]:
    wanted = of_smartlook(sandbox, SINCE, **options)
    for table in TABLES:
        assert_same(held(leadpath, "raw_smartlook", table), wanted[table.name], f"smartlook {table.name}")
    return wanted


def routes(sandbox: Sandbox) -> Counter[str]:
    return Counter(request.route for request in sandbox.requests)


def visitors_asked(sandbox: Sandbox) -> Counter[str]:
    return Counter(request.params["visitor_id"] for request in sandbox.requests if request.route == EVENTS)


def assert_new_data_first(sandbox: Sandbox) -> None:
    """Each project's newest sessions and visitors are asked for before anything else."""
    for token in sandbox.env["SMARTLOOK_API_TOKEN"].split(","):
        first = list(dict.fromkeys(request.route for request in sandbox.requests if request.token == token))[:3]
        assert first[0] == "/api/v1/me"
        assert set(first[1:]) == set(SEARCHES)


def status(leadpath: Cli) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(leadpath("status", "--json", status=None).stdout)
    resources: dict[str, Any] = document["vendors"]["smartlook"]["resources"]
    return resources


def test_full_repeated_and_advanced_syncs_equal_the_world_with_the_fewest_requests(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    wanted = compare(leadpath, sandbox)
    projects = smartlook_projects(sandbox)
    pages = {
        # the search takes a day before the history along
        name: sum(-(-len(sandbox.records("smartlook", name, project)) // 100) for project in projects)
        for name in ("sessions", "visitors")
    }
    asked = routes(sandbox)
    assert asked.pop(EVENTS) == len({(project, row["visitor_id"]) for (project, _), row in wanted["sessions"].items()})
    assert max(visitors_asked(sandbox).values()) == 1
    assert len(projects) <= asked.pop(SEARCHES[0]) <= pages["sessions"]
    assert len(projects) <= asked.pop(SEARCHES[1]) <= pages["visitors"]
    assert asked == {"/api/v1/me": 2, "/api/v1/events": 2, "/api/v1/funnels": 2, "/api/v1/funnels/{funnel_id}": 4}
    assert_new_data_first(sandbox)
    assert leadpath.raw("select * from ops.quarantine") == []

    sandbox.clear()
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    assert routes(sandbox) == {"/api/v1/me": 2, **dict.fromkeys(SEARCHES, 2)}

    before = held(leadpath, "raw_smartlook", TABLES[1])
    sandbox.clear()
    changes = sandbox.advance(timedelta(days=1))
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    after = held(leadpath, "raw_smartlook", TABLES[1])
    touched = {row["visitor_id"] for key, row in after.items() if before.get(key) != row}
    assert visitors_asked(sandbox) == dict.fromkeys(touched, 1)
    # what changed before the lookback waits for the weekly re-read, and what the vendor deleted stays
    assert changes["noted_sessions"]
    sandbox.advance(timedelta(days=7))
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    wanted = of_smartlook(sandbox, SINCE)
    for table in TABLES:
        found = held(leadpath, "raw_smartlook", table)
        gone = found.keys() - wanted[table.name].keys()
        assert not gone or table.name in ("sessions", "visitors", "visitor_events")
        kept = {key: row for key, row in found.items() if key not in gone}
        assert_same(kept, wanted[table.name], f"smartlook {table.name}")


def test_awkward_answers_together_give_the_same_tables(leadpath: Cli, make_sandbox: Make) -> None:
    switches = {
        "links": "absent", "cursor_form": "list", "end_of_list": "repeat", "cursor_use": "once", "limit_max": "10",
        "in_range": "half_open", "day_zone": "Europe/Prague", "date_to": "exclusive", "session_order": "desc",
        "funnel": "status_202", "wait_for_finish": "ignored", "error_body": "empty", "retry_after": "none",
    }  # fmt: skip
    sandbox = make_sandbox(**WORLD, switches={f"smartlook.{name}": value for name, value in switches.items()})
    for fault, after in (("500", 3), ("reset", 9), ("truncated", 15), ("html", 22), ("429", 31)):
        sandbox.plan("smartlook", fault, after=after)
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    assert of_smartlook(sandbox, SINCE) == of_smartlook(make_sandbox(**WORLD), SINCE)
    compare(leadpath, sandbox)


def test_a_dead_token_stops_its_own_project_only(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD, switches={"smartlook.dead_token": "first"})
    done = leadpath("sync", "smartlook", "--no-build", sandbox=sandbox, status=1)
    assert "token 1 of SMARTLOOK_API_TOKEN" in done.stderr
    alive = smartlook_projects(sandbox)[1]
    compare(leadpath, sandbox, projects=[alive])
    checked = leadpath("check", "smartlook", sandbox=sandbox, only=("smartlook",), status=1)
    assert "token 1 of SMARTLOOK_API_TOKEN" in checked.stderr
    for token in sandbox.env["SMARTLOOK_API_TOKEN"].split(","):
        assert token not in done.stderr + checked.stderr

    # a token that dies on the way: the other project is not in its way either
    sandbox.switch("smartlook.dead_token", "none")
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    compare(leadpath, sandbox)
    assert "ok, " in leadpath("check", "smartlook", sandbox=sandbox, only=("smartlook",)).stderr


def test_sessions_that_expire_at_the_vendor_stay(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    wanted = of_smartlook(sandbox, SINCE)
    sandbox.switch("smartlook.retention_days", "5")
    assert len(of_smartlook(sandbox, SINCE)["sessions"]) < len(wanted["sessions"])
    later = sandbox.env | {"LEADPATH_NOW": "2026-03-10T12:00:00Z"}
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox, LEADPATH_NOW=later["LEADPATH_NOW"])
    for name in ("sessions", "visitors", "visitor_events"):
        table = next(table for table in TABLES if table.name == name)
        assert held(leadpath, "raw_smartlook", table).keys() == wanted[name].keys()


def test_days_that_are_asked_for_are_read_again_with_their_events(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    wanted = compare(leadpath, sandbox)
    sandbox.clear()
    days = ("2026-02-20", "2026-02-21")
    leadpath("sync", "smartlook", "--no-build", "--from", days[0], "--to", days[1], sandbox=sandbox)
    visitors = {
        row["visitor_id"] for row in wanted["sessions"].values() if days[0] <= str(row["started_at"])[:10] <= days[1]
    }
    assert visitors
    assert visitors_asked(sandbox) == dict.fromkeys(visitors, 1)
    compare(leadpath, sandbox)


def test_a_visitor_that_cannot_be_read_keeps_no_other_waiting(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)
    # two projects are read at once: of nine faults one visitor meets the five that end its patience, and no other
    sandbox.plan("smartlook", "500", route=EVENTS, after=2, times=9)
    done = leadpath("sync", "smartlook", "--no-build", sandbox=sandbox, status=1)
    assert "answered 500" in done.stderr
    assert status(leadpath)["visitor_events"]["left"] == 1
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    compare(leadpath, sandbox)
    assert status(leadpath)["visitor_events"]["left"] == 0


def test_a_killed_backfill_asks_for_no_finished_visitor_again(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=250, days=20)
    leadpath.env["SMARTLOOK_RATE_LIMIT"] = "60/second"
    process = leadpath.start("sync", "smartlook", "--no-build", sandbox=sandbox)
    try:
        until(lambda: sandbox.count("smartlook", EVENTS) > 230)
        process.send_signal(signal.SIGKILL)
    finally:
        process.communicate()
    finished = {
        parent for (parent,) in leadpath.raw("select parent from ops.parents where resource = 'visitor_events'")
    }
    assert len(finished) >= 100
    sandbox.clear()
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    compare(leadpath, sandbox)
    asked = visitors_asked(sandbox)
    assert set(asked.values()) == {1}
    assert finished.isdisjoint(asked)
    assert len(asked) > 100


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def test_while_work_remains_the_budget_is_used_and_never_exceeded(leadpath: Cli, make_sandbox: Make) -> None:
    limit, seconds = 100, 4
    rate = f"{limit}/{seconds}seconds"
    sandbox = make_sandbox(companies=250, days=20, limits={"smartlook": rate})
    leadpath.env["SMARTLOOK_RATE_LIMIT"] = rate

    def sent() -> list[float]:
        """When the project with more visitors was asked for events."""
        first = sandbox.env["SMARTLOOK_API_TOKEN"].split(",")[0]
        return sorted(each.started for each in sandbox.requests if each.route == EVENTS and each.token == first)

    process = leadpath.start("sync", "smartlook", "--no-build", sandbox=sandbox)
    until(lambda: len(sent()) > 2.3 * limit)
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert "Interrupted" in told
    begin, end = sent()[0], sent()[-1]
    full = int((end - begin) // seconds)
    used = [sum(begin + n * seconds <= at < begin + (n + 1) * seconds for at in sent()) for n in range(full)]
    assert full >= 2
    assert min(used) >= 0.95 * limit, used
    # an orderly end records all that was complete, and nobody is asked twice
    finished = {parent for (parent,) in leadpath.raw("select parent from ops.parents where mark is not null")}
    assert finished == visitors_asked(sandbox).keys()
    left = status(leadpath)["visitor_events"]["left"]
    visitors = leadpath.raw("select count(distinct visitor_id) from raw_smartlook.sessions")[0][0]
    assert left == visitors - len(finished) > 0
    sandbox.clear()
    leadpath("sync", "smartlook", "--no-build", sandbox=sandbox)
    assert_new_data_first(sandbox)
    assert visitors_asked(sandbox).total() == left
    compare(leadpath, sandbox)


def test_a_run_whose_time_is_up_says_how_many_visitors_are_left(leadpath: Cli, make_sandbox: Make) -> None:
    rate = "50/4seconds"
    sandbox = make_sandbox(companies=100, days=14, limits={"smartlook": rate})
    leadpath.env["SMARTLOOK_RATE_LIMIT"] = rate
    done = leadpath("sync", "smartlook", "--no-build", sandbox=sandbox, LEADPATH_MAX_RUN="3s")
    assert "LEADPATH_MAX_RUN" in done.stderr
    read = leadpath.raw("select count(*) from ops.parents where resource = 'visitor_events'")[0][0]
    visitors = leadpath.raw("select count(distinct visitor_id) from raw_smartlook.sessions")[0][0]
    assert status(leadpath)["visitor_events"]["left"] == visitors - read > 0
    assert read == sandbox.count("smartlook", EVENTS)
