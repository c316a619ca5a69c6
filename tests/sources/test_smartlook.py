"""Smartlook's source alone: what it reads under each form of the API that the documents leave open."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pytest

from sandbox import Sandbox
from sources.dlt_source import Standalone
from sources.errors import SettingError, SourceError, VendorRefused, VendorUnavailable
from sources.http.budget import Budget, Stop
from sources.rows.table import Batch
from sources.smartlook import VENDOR, open_projects, probe, read_funnels, read_visitor_events, smartlook
from sources.smartlook.client import Project, Smartlook
from sources.smartlook.tables import SESSIONS
from sources.vendor import Task, read_all
from sources.window import Window
from tests.expected import Keyed, assert_same, from_arrow, of_smartlook

SINCE = datetime(2026, 2, 18, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORLD = {"companies": 10, "days": 14}
Make = Callable[..., Sandbox]

# each open question of the sheet, answered otherwise than by default
SWITCHES = [
    *("links=versioned", "links=absent", "end_of_list=null", "end_of_list=empty", "end_of_list=empty_page"),
    *("end_of_list=repeat", "cursor_form=number", "cursor_form=list", "cursor_use=once", "stale_cursor=404"),
    *("stale_cursor=410", "list_limit=10", "limit_max=10", "limit_max=50", "over_limit=400", "in_range=half_open"),
    *("in_range=exclusive", "before_after=inclusive", "date_to=exclusive", "day_zone=Europe/Prague"),
    *("day_zone=America/Los_Angeles", "day_zone=Pacific/Auckland", "empty_filters=refused", "session_order=desc"),
    *("event_order=desc", "funnel=status_202", "funnel=ready", "wait_for_finish=ignored", "error_body=text"),
    *("error_body=empty", "retry_after=X-RetryAfter", "retry_after=none", "retention_days=180"),
]
# those that answer each other's question only together
TOGETHER = [
    ("links=absent", "cursor_form=number", "end_of_list=repeat", "limit_max=10"),
    ("links=absent", "cursor_form=list", "end_of_list=empty_page", "cursor_use=once", "limit_max=10"),
    ("over_limit=400", "limit_max=10", "end_of_list=null"),
    ("date_to=exclusive", "day_zone=Pacific/Auckland", "funnel=status_202", "wait_for_finish=ignored"),
]
# those that change what the vendor has, so that the tables differ from the default's, though not from the world
OTHERWISE = ["properties=object", "properties=array", "properties=mixed", "properties=null", "properties=absent"]
OTHERWISE += ["page_urls=absent", "active_sessions=hidden", "active_sessions=growing", "identify=rewritten"]
OTHERWISE += ["retention_days=5"]


def sandbox_with(make_sandbox: Make, switches: tuple[str, ...]) -> Sandbox:
    chosen = dict(switch.split("=") for switch in switches)
    return make_sandbox(**WORLD, switches={f"smartlook.{name}": value for name, value in chosen.items()})


def account(sandbox: Sandbox, **settings: str) -> Smartlook:
    client: Smartlook = VENDOR.open({**sandbox.env, "SMARTLOOK_RATE_LIMIT": "1000/second", **settings}, Budget, Stop())
    return client


def projects(sandbox: Sandbox) -> list[Project]:
    return [scope.api for scope in open_projects(account(sandbox)) if isinstance(scope.api, Project)]


def task(sandbox: Sandbox, **options: Any) -> Task:
    return Task("", Window(SINCE, sandbox.now), SINCE, sandbox.now, **options)


def sessions_of(sandbox: Sandbox, project: Project) -> tuple[Keyed, int]:
    """The sessions that one project's reading gives, and in how many packages."""
    found: Keyed = {}

    def take(_: Task, part: list[Batch]) -> None:
        for batch in part:
            found.update(from_arrow(SESSIONS, batch.arrow))

    done = list(read_all(VENDOR.resources[0], project, task(sandbox), take))
    return found, len(done)


def everything(sandbox: Sandbox) -> dict[str, Keyed]:
    """All tables, through the source as anybody runs it."""
    source = smartlook(
        since=SINCE,
        until=sandbox.now,
        smartlook_api_token=sandbox.env["SMARTLOOK_API_TOKEN"],
        smartlook_url=sandbox.env["SMARTLOOK_URL"],
        smartlook_rate_limit="1000/second",
    )
    tables = {table.name: table for table in VENDOR.tables}
    return {
        name: from_arrow(tables[name], pa.concat_tables(list(resource))) for name, resource in source.resources.items()
    }


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The source alone takes the clock's day for funnels: let it be the sandbox's."""
    monkeypatch.setattr("sources.dlt_source.Standalone", partial(Standalone, now=NOW))


@pytest.mark.parametrize("switches", [(), *((one,) for one in SWITCHES), *TOGETHER], ids=" ".join)
def test_each_form_of_the_api_gives_the_same_tables(make_sandbox: Make, switches: tuple[str, ...]) -> None:
    sandbox = sandbox_with(make_sandbox, switches)
    found, wanted = everything(sandbox), of_smartlook(sandbox_with(make_sandbox, ()), SINCE)
    for name, rows in wanted.items():
        assert_same(found[name], rows, name)


@pytest.mark.parametrize("switch", OTHERWISE)
def test_what_changes_the_rows_is_loaded_as_it_is(make_sandbox: Make, switch: str) -> None:
    sandbox = sandbox_with(make_sandbox, (switch,))
    found, wanted = everything(sandbox), of_smartlook(sandbox, SINCE)
    for name, rows in wanted.items():
        assert_same(found[name], rows, name)


@pytest.mark.parametrize("status", ["400", "404", "410"])
def test_an_expired_cursor_starts_the_walk_again(make_sandbox: Make, status: str) -> None:
    sandbox = sandbox_with(make_sandbox, ("limit_max=10", f"stale_cursor={status}"))
    sandbox.plan("smartlook", "shift", route="/api/v1/sessions/search", after=2, how="expire")
    project = projects(sandbox)[0]
    sandbox.clear()
    batches: list[Batch] = []
    assert list(read_all(VENDOR.resources[0], project, task(sandbox), lambda _, part: batches.extend(part)))
    found = from_arrow(SESSIONS, batches[0].arrow)
    (counted,) = [(walk.api_count, walk.received_count) for batch in batches for walk in batch.walks]
    assert_same(found, of_smartlook(sandbox, SINCE, [project.id])["sessions"], "sessions")
    pages = -(-len(sandbox.records("smartlook", "sessions", project.id)) // 10)
    assert sandbox.count("smartlook", "/api/v1/sessions/search") == pages + 3
    assert counted[0] == counted[1]


def test_cursors_that_never_last_end_with_a_sentence(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ("limit_max=10", "cursor_seconds=0"))
    project = projects(sandbox)[0]
    with pytest.raises(VendorUnavailable, match=r"the cursor was refused \(400\), in each of 4 walks"):
        sessions_of(sandbox, project)


def test_the_version_is_pinned_and_the_body_is_sent_with_each_page(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ("limit_max=10",))
    everything(sandbox)
    paths = {request.path.split("/")[2] for request in sandbox.requests}
    assert paths == {"v1", "v2"}
    for route in ("/api/v1/sessions/search", "/api/v2/visitors/search"):
        searches = [request for request in sandbox.requests if request.route == route]
        assert any(request.arg("after") for request in searches)
        assert len({request.body for request in searches}) == 1


def test_a_row_that_goes_away_under_the_walk_hides_no_other(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ("limit_max=10",))
    sandbox.plan("smartlook", "shift", route="/api/v1/sessions/search", after=1, how="remove")
    project = projects(sandbox)[0]
    found, _ = sessions_of(sandbox, project)
    wanted = of_smartlook(sandbox, SINCE, [project.id])["sessions"]
    assert wanted.keys() <= found.keys()
    assert len(found) <= len(wanted) + 1


def test_a_search_of_too_many_pages_is_halved(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sandbox_with(make_sandbox, ("limit_max=10",))
    monkeypatch.setattr("sources.smartlook.client.MOST_PAGES", 3)
    project = projects(sandbox)[0]
    found, parts = sessions_of(sandbox, project)
    assert parts > 1
    assert_same(found, of_smartlook(sandbox, SINCE, [project.id])["sessions"], "sessions")


def test_a_dead_token_is_named_and_the_other_is_read(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ("dead_token=second",))
    alive, dead = open_projects(account(sandbox))
    assert alive.error is None
    assert isinstance(dead.error, VendorRefused)
    assert "token 2 of SMARTLOOK_API_TOKEN" in str(dead.error)
    assert "90 days" in str(dead.error)
    with pytest.raises(SourceError, match="token 2"):
        probe(account(sandbox))
    for token in sandbox.env["SMARTLOOK_API_TOKEN"].split(","):
        assert token not in str(dead.error)


def test_tokens_of_one_project_are_one_scope(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ())
    one = sandbox.env["SMARTLOOK_API_TOKEN"].split(",")[0]
    assert len(list(open_projects(account(sandbox, SMARTLOOK_API_TOKEN=f"{one}, {one},")))) == 1
    assert probe(account(sandbox)).startswith("all tokens are accepted: ")
    with pytest.raises(SettingError, match="SMARTLOOK_API_TOKEN holds no token"):
        account(sandbox, SMARTLOOK_API_TOKEN=" , ")


def test_a_funnel_that_is_never_computed_is_left_out_and_said(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ("funnel=stuck",))
    project = projects(sandbox)[0]
    (batch,) = read_funnels(project, task(sandbox))
    assert len(batch.arrow) == 0
    listed, computed = batch.walks
    assert (listed.received_count, computed.api_count, computed.received_count) == (2, 2, 0)


def test_each_funnel_without_an_id_is_kept_aside(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sandbox_with(make_sandbox, ())
    project = projects(sandbox)[0]
    get = project.client.get

    def with_nameless(path: str, params: Any = None, *, route: str | None = None) -> Any:
        answer = get(path, params, route=route)
        if "funnels" in answer.body:
            answer.body["funnels"] += [{"name": "first"}, {"id": None, "name": "second"}, {"id": [], "name": "third"}]
        return answer

    monkeypatch.setattr(project.client, "get", with_nameless)
    (batch,) = read_funnels(project, task(sandbox))
    assert len(batch.arrow) == len(sandbox.records("smartlook", "funnels", project.id))
    aside = [misfit for misfit in batch.misfits if misfit.column is None]
    assert [json.loads(misfit.value)["name"] for misfit in aside] == ["first", "second", "third"]
    assert all(misfit.reason == "the row has no key" for misfit in aside)


def test_funnels_are_asked_for_by_days_where_instants_are_refused(
    make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = sandbox_with(make_sandbox, ())
    project = projects(sandbox)[0]
    (by_instants,) = read_funnels(project, task(sandbox))
    get = project.client.get

    def days_only(path: str, params: Any = None, *, route: str | None = None) -> Any:
        if "T" in str((params or {}).get("dateFrom")):
            raise VendorRefused("dateFrom is no day", status=400, path=path)
        return get(path, params, route=route)

    monkeypatch.setattr(project.client, "get", days_only)
    (by_days,) = read_funnels(project, task(sandbox))
    assert by_days.arrow == by_instants.arrow


def test_events_of_a_visitor_that_is_gone_are_none(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, ())
    project = projects(sandbox)[0]
    span = Window(SINCE, SINCE + timedelta(days=1))
    nobody = task(sandbox, parents=("vis_nobody",), spans={"vis_nobody": span})
    assert list(read_visitor_events(project, nobody)) == []
