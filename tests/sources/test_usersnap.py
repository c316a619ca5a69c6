"""Usersnap's source alone: its token, its lists, and what is read under each form that the documents leave open."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pyarrow as pa
import pytest

from sandbox import Sandbox
from sources.errors import ScopeGone, SettingError, VendorRefused, VendorUnavailable
from sources.http.budget import Budget, Stop
from sources.usersnap import VENDOR, latest_feedbacks, probe, read_assignees, read_feedbacks, usersnap
from sources.usersnap.client import Usersnap
from sources.usersnap.tables import FEEDBACKS
from sources.usersnap.token import Signer
from sources.vendor import Task
from sources.window import Window
from tests.expected import Keyed, assert_same, from_arrow, of_usersnap

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
WORLD = {"companies": 40, "days": 60}
ROUTE = "/projects/{project_id}/feedbacks/filter"
SECRET = "a-secret-of-more-than-thirty-two-bytes-for-tests"
Make = Callable[..., Sandbox]

SWITCHES = [
    *("next=when_more", "next=absent", "previous=present", "over_limit=clamp", "vanished_cursor=restart"),
    *("site_not_found=404", "projects_list=paged", "claims=required", "iat_leeway=60", "max_age=600"),
    *("fractional_seconds=refused", "retry_after=none"),
]
# those that change what the vendor lists
OTHERWISE = ["feedback_count=without_demo", "project_updated=moves", "archived_projects=hidden"]


def sandbox_with(make_sandbox: Make, *switches: str) -> Sandbox:
    chosen = dict(switch.split("=") for switch in switches)
    return make_sandbox(**WORLD, switches={f"usersnap.{name}": value for name, value in chosen.items()})


def account(sandbox: Sandbox, **settings: str) -> Usersnap:
    client: Usersnap = VENDOR.open({**sandbox.env, "USERSNAP_RATE_LIMIT": "1000/second", **settings}, Budget, Stop())
    return client


def everything(sandbox: Sandbox) -> dict[str, Keyed]:
    """All tables, through the source as anybody runs it."""
    source = usersnap(
        since=SINCE,
        until=sandbox.now,
        usersnap_jwt_id=sandbox.env["USERSNAP_JWT_ID"],
        usersnap_jwt_secret=sandbox.env["USERSNAP_JWT_SECRET"],
        usersnap_url=sandbox.env["USERSNAP_URL"],
        usersnap_rate_limit="1000/second",
    )
    tables = {table.name: table for table in VENDOR.tables}
    return {
        name: from_arrow(tables[name], pa.concat_tables(list(resource))) for name, resource in source.resources.items()
    }


def busiest(sandbox: Sandbox) -> str:
    """The project with the most feedback."""
    projects = sandbox.vendor("usersnap").scoped("feedbacks")
    return max(projects, key=lambda project: len(projects[project]))


def task(sandbox: Sandbox, project: str, mark: datetime | None = None) -> Task:
    return Task(project, Window(mark, sandbox.now) if mark else None, SINCE, sandbox.now)


def feedbacks_of(sandbox: Sandbox, project: str) -> Keyed:
    """What the reading by creation gives of one project."""
    whole = Task(project, Window(SINCE, sandbox.now), SINCE, sandbox.now)
    found: Keyed = {}
    for batch in read_feedbacks(account(sandbox), whole):
        found |= from_arrow(FEEDBACKS, batch.arrow)
    return found


def wanted_of(sandbox: Sandbox, project: str) -> Keyed:
    feedbacks = of_usersnap(sandbox, SINCE)["feedbacks"]
    return {key: row for key, row in feedbacks.items() if row["project_id"] == project}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three rows, so that a small world has several."""
    monkeypatch.setattr("sources.usersnap.client.PAGE_SIZE", 3)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("switch", ["", *SWITCHES])
def test_each_form_of_the_api_gives_the_same_tables(make_sandbox: Make, switch: str) -> None:
    sandbox = sandbox_with(make_sandbox, *filter(None, [switch]))
    found, wanted = everything(sandbox), of_usersnap(sandbox_with(make_sandbox), SINCE)
    for name, rows in wanted.items():
        assert_same(found[name], rows, name)


@pytest.mark.parametrize("switch", OTHERWISE)
def test_what_changes_the_rows_is_loaded_as_it_is(make_sandbox: Make, switch: str) -> None:
    sandbox = sandbox_with(make_sandbox, switch)
    found, wanted = everything(sandbox), of_usersnap(sandbox, SINCE)
    for name, rows in wanted.items():
        assert_same(found[name], rows, name)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("how", ["touch", "vanish"])
@pytest.mark.parametrize("cursor", ["400", "restart"])
def test_a_cursor_row_that_moves_or_goes_away_loses_nothing(make_sandbox: Make, how: str, cursor: str) -> None:
    sandbox = sandbox_with(make_sandbox, f"vanished_cursor={cursor}")
    project = busiest(sandbox)
    sandbox.plan("usersnap", "shift", route=ROUTE, after=1, how=how)
    before = wanted_of(sandbox, project)
    found = feedbacks_of(sandbox, project)
    wanted = wanted_of(sandbox, project)
    assert len(before) > 6
    assert wanted.keys() <= found.keys() <= before.keys()


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("how", ["touch", "vanish"])
@pytest.mark.parametrize("cursor", ["400", "restart"])
def test_changes_are_found_though_the_cursor_row_moves_or_goes_away(make_sandbox: Make, how: str, cursor: str) -> None:
    sandbox = sandbox_with(make_sandbox, f"vanished_cursor={cursor}")
    project = busiest(sandbox)
    mark = SINCE
    sandbox.plan("usersnap", "shift", route=ROUTE, after=1, how=how)
    latest = latest_feedbacks(account(sandbox), task(sandbox, project, mark))
    found = {key for batch in latest.batches for key in from_arrow(FEEDBACKS, batch.arrow)}
    assert wanted_of(sandbox, project).keys() <= found


@pytest.mark.usefixtures("small_pages")
def test_changes_are_read_down_to_the_mark_and_no_further(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox)
    project = busiest(sandbox)
    newest = sorted((row["updated_at"] for row in wanted_of(sandbox, project).values()), reverse=True)
    api = account(sandbox)
    first = latest_feedbacks(api, task(sandbox, project))
    assert (first.mark, first.count, first.whole) == (newest[0], len(newest), False)
    assert sandbox.count("usersnap", ROUTE) == 1
    sandbox.clear()
    quiet = latest_feedbacks(api, task(sandbox, project, newest[0]))
    assert (quiet.mark, sandbox.count("usersnap", ROUTE)) == (newest[0], 1)
    sandbox.clear()
    older = latest_feedbacks(api, task(sandbox, project, newest[4] + timedelta(hours=1)))
    seen = {row["updated_at"] for batch in older.batches for row in batch.arrow.to_pylist()}
    assert set(newest[:5]) <= seen
    assert sandbox.count("usersnap", ROUTE) in (2, 3)


@pytest.mark.parametrize("status", ["400", "404"])
def test_a_project_that_is_gone_is_no_error(make_sandbox: Make, status: str) -> None:
    sandbox = sandbox_with(make_sandbox, "gone_project=listed", f"site_not_found={status}")
    gone = next(project for project in sandbox.vendor("usersnap").projects.all if project.name == "Former campaign")  # type: ignore[attr-defined]  # of the vendor's own class
    api = account(sandbox)
    with pytest.raises(ScopeGone):
        latest_feedbacks(api, task(sandbox, gone.id))
    assert feedbacks_of(sandbox, gone.id) == {}
    assert list(read_assignees(api, task(sandbox, gone.id))) == []


def test_a_list_of_projects_that_is_cut_says_so(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sandbox_with(make_sandbox)
    api = account(sandbox)
    get = api.client.get

    def cut(path: str, params: Any = None, *, route: str | None = None) -> Any:
        answer = get(path, params, route=route)
        answer.body["data"] |= {"has_more": True, "projects": answer.body["data"]["projects"][:2]}
        return answer

    monkeypatch.setattr(api.client, "get", cut)
    projects = api.projects()
    assert [len(page) for page in projects] == [2]
    (walk,) = projects.walks
    assert (walk.api_count, walk.received_count) == (6, 2)


def test_the_token_is_signed_as_the_page_says_and_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Signer("the-id", SECRET)
    token = signer.headers()["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": "the-id"}
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 600
    assert claims["iat"] <= time.time() < claims["exp"]
    now = time.time()
    monkeypatch.setattr("sources.usersnap.token.time.time", lambda: now + 400)
    assert signer.headers()["Authorization"] == f"Bearer {token}"
    monkeypatch.setattr("sources.usersnap.token.time.time", lambda: now + 500)
    assert signer.headers()["Authorization"] != f"Bearer {token}"


def test_a_refused_token_is_tried_once_more_with_a_fresh_one(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox)
    api = account(sandbox)
    signer = api.client.renew.__self__  # type: ignore[union-attr]  # the bound method of the signer
    signer._token, signer._until = "stale", time.time() + 60
    assert probe(api) == "the token is accepted, 6 projects"
    assert [request.status for request in sandbox.requests] == [401, 200]
    assert api.client.retries == 1


@pytest.mark.parametrize(("clock", "side"), [("slow", "ahead of"), ("fast", "behind")])
def test_a_clock_that_is_off_is_said(make_sandbox: Make, clock: str, side: str) -> None:
    sandbox = sandbox_with(make_sandbox, f"clock={clock}")
    with pytest.raises(VendorRefused, match=rf"clock is \d+ s {side} the server's") as caught:
        probe(account(sandbox))
    assert sandbox.env["USERSNAP_JWT_SECRET"] not in str(caught.value)
    assert [request.status for request in sandbox.requests] == [401, 401]


def test_a_short_or_impossible_secret_is_said(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox)
    with pytest.raises(VendorRefused, match="has only 9 bytes") as caught:
        probe(account(sandbox, USERSNAP_JWT_SECRET="too-short"))
    assert "too-short" not in str(caught.value)
    assert "clock" not in str(caught.value)
    with pytest.raises(SettingError, match="USERSNAP_JWT_SECRET is no shared secret"):
        account(sandbox, USERSNAP_JWT_SECRET="-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----")


def test_an_account_without_the_feature_is_told_so(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox, "plan=without_api")
    with pytest.raises(VendorRefused, match="a feature of some plans only"):
        probe(account(sandbox))


def test_an_error_inside_a_200_is_an_error(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sandbox_with(make_sandbox)
    api = account(sandbox)
    get = api.client.get

    def refusing(path: str, params: Any = None, *, route: str | None = None) -> Any:
        answer = get(path, params, route=route)
        answer.body = {"status": False, "msg": "no", "errortype": "WRONG", "errordata": {}}
        return answer

    monkeypatch.setattr(api.client, "get", refusing)
    with pytest.raises(VendorRefused, match="WRONG: no"):
        probe(api)


def test_an_outage_ends_with_a_sentence(make_sandbox: Make) -> None:
    sandbox = sandbox_with(make_sandbox)
    sandbox.plan("usersnap", "down")
    with pytest.raises(VendorUnavailable, match="answered 503"):
        probe(account(sandbox))
