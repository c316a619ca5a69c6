"""SnapCall against its sheet (snapcall.md); the numbers in the tests' docstrings are its sections."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from sandbox import Sandbox
from tests.sandbox.wire import Reply, ask


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=60, days=30, limits={"snapcall": "1000/second"}) as running:
        yield running


def call(sandbox: Sandbox, path: str, method: str = "GET", auth: str | None = None, **query: Any) -> Reply:
    headers = {"Authorization": auth if auth is not None else f"Bearer {sandbox.env['SNAPCALL_API_KEY']}"}
    return ask(method, sandbox.env["SNAPCALL_URL"] + path, query=query, headers=headers)


def ids(reply: Reply) -> list[int]:
    return [row["id"] for row in reply.json["calls"]]


def known(sandbox: Sandbox) -> list[dict[str, Any]]:
    rows = sandbox.records("snapcall", "calls")
    assert len(rows) > 30
    return rows


# 2: authentication


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_key_is_taken_as_bearer_and_as_basic_user_without_password(sandbox: Sandbox) -> None:
    """2: the introduction page's rule."""
    key = sandbox.env["SNAPCALL_API_KEY"]
    assert "SNAPCALL_API_SECRET" not in sandbox.env
    assert [call(sandbox, "/users/me", auth=auth).status for auth in (f"Bearer {key}", basic(key))] == [200, 200]
    for auth in ("", "Bearer wrong", basic("wrong"), basic(key, "secret"), "Basic %%%"):
        answer = call(sandbox, "/users/me", auth=auth)
        assert answer.status == 401
        assert answer.json.keys() == {"statusCode", "error", "message"}


def test_an_older_account_wants_the_secret(sandbox: Sandbox) -> None:
    """2: an older copy has Basic with key and secret."""
    sandbox.switch("snapcall.auth", "key_and_secret")
    key, secret = sandbox.env["SNAPCALL_API_KEY"], sandbox.env["SNAPCALL_API_SECRET"]
    assert call(sandbox, "/users/me", auth=basic(key, secret)).status == 200
    assert call(sandbox, "/users/me", auth=basic(key)).status == 401


def test_button_info_is_public(sandbox: Sandbox) -> None:
    """2: shown without an authentication header."""
    bid = sandbox.records("snapcall", "buttons")[0]["bid"]
    assert call(sandbox, f"/buttons/{bid}/info", auth="").json["bid"] == bid


# 5: pages


def walk(sandbox: Sandbox, **query: Any) -> list[int]:
    """Pages from 1 until one brings nothing new."""
    found: list[int] = []
    for page in range(1, 99):
        answer = call(sandbox, "/calls", page=page, **query)
        rows = [] if answer.status == 404 else ids(answer)
        if not set(rows) - set(found):
            return found
        found += rows
    raise AssertionError("no end")


@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
def test_pages_together_are_all_calls_in_order(sandbox: Sandbox, order: str) -> None:
    """5: the order is undocumented."""
    sandbox.switch("snapcall.order", order)
    expected = [row["id"] for row in known(sandbox)]
    assert walk(sandbox, limit=7) == expected
    starts = {row["id"]: row["call_start"] for row in known(sandbox)}
    by_time = sorted(expected, key=lambda each: (starts[each], each), reverse=order == "newest")
    assert expected == (sorted(expected) if order == "id" else by_time)


@pytest.mark.parametrize("end", ["empty", "repeat_last", "not_found", "wrap"])
def test_the_end_of_the_list_shows_in_each_way(sandbox: Sandbox, end: str) -> None:
    """5: no signal is documented."""
    sandbox.switch("snapcall.end_of_list", end)
    total = len(known(sandbox))
    last = -(-total // 10)
    beyond = call(sandbox, "/calls", limit=10, page=last + 1)
    match end:
        case "empty":
            assert ids(beyond) == []
        case "repeat_last":
            assert ids(beyond) == ids(call(sandbox, "/calls", limit=10, page=last))
        case "wrap":
            assert ids(beyond) == ids(call(sandbox, "/calls", limit=10, page=1))
        case "not_found":
            assert beyond.status == 404
    assert len(walk(sandbox, limit=10)) == total


def test_the_first_page_is_one_and_page_zero_is_a_switch(sandbox: Sandbox) -> None:
    """5: page base."""
    first = ids(call(sandbox, "/calls", limit=5))
    assert ids(call(sandbox, "/calls", limit=5, page=1)) == first
    assert ids(call(sandbox, "/calls", limit=5, page=0)) == first
    sandbox.switch("snapcall.page_zero", "empty")
    assert ids(call(sandbox, "/calls", limit=5, page=0)) == []
    sandbox.switch("snapcall.page_zero", "refused")
    assert call(sandbox, "/calls", limit=5, page=0).status == 400


def test_the_first_page_may_be_zero(sandbox: Sandbox) -> None:
    """5: page base."""
    sandbox.switch("snapcall.page_base", "0")
    expected = [row["id"] for row in known(sandbox)]
    assert ids(call(sandbox, "/calls", limit=5)) == ids(call(sandbox, "/calls", limit=5, page=0)) == expected[:5]
    assert ids(call(sandbox, "/calls", limit=5, page=1)) == expected[5:10]


@pytest.mark.parametrize("most", ["10", "50", "100", "1000"])
def test_a_limit_beyond_the_largest_is_clamped_or_refused(sandbox: Sandbox, most: str) -> None:
    """5: default and maximum are undocumented."""
    sandbox.switch("snapcall.max_limit", most)
    granted = call(sandbox, "/calls", limit=1000).json
    assert granted["limit"] == int(most)
    assert len(granted["calls"]) == min(int(most), granted["total"])
    sandbox.switch("snapcall.over_limit", "refuse")
    assert call(sandbox, "/calls", limit=int(most) + 1).status == 400
    assert call(sandbox, "/calls", limit=int(most)).status == 200


def test_paging_may_be_ignored(sandbox: Sandbox) -> None:
    """5: a server that ignores `page` would loop for ever."""
    sandbox.switch("snapcall.paging", "ignored")
    assert ids(call(sandbox, "/calls", limit=10, page=2)) == ids(call(sandbox, "/calls", limit=10, page=1))
    assert len(ids(call(sandbox, "/calls", limit=10))) == 10


# 6: envelopes and rows


def test_a_list_comes_in_each_envelope(sandbox: Sandbox) -> None:
    """6: a bare array, an object with one list and perhaps a total, calls keyed by bid."""
    rows = known(sandbox)
    assert call(sandbox, "/calls", limit=100).json == {"calls": rows, "total": len(rows), "page": 1, "limit": 100}
    sandbox.switch("snapcall.envelope", "object")
    assert call(sandbox, "/calls", limit=100).json == {"calls": rows}
    sandbox.switch("snapcall.list_key", "results")
    assert call(sandbox, "/calls", limit=100).json == {"results": rows}
    sandbox.switch("snapcall.envelope", "bare")
    assert call(sandbox, "/calls", limit=100).json == rows
    sandbox.switch("snapcall.envelope", "keyed_by_bid")
    keyed = call(sandbox, "/calls", limit=100).json
    assert all(row["bid"] == bid for bid, group in keyed.items() for row in group)
    assert sorted(row["id"] for group in keyed.values() for row in group) == sorted(row["id"] for row in rows)
    assert isinstance(call(sandbox, "/buttons").json, list), "only calls were ever keyed"


def test_a_call_has_the_fields_of_the_sheet(sandbox: Sandbox) -> None:
    """6."""
    fields = {
        "id", "bid", "button", "agent", "client", "ani", "status", "rate", "call_start", "call_end", "duration",
        "referer", "cart_value", "context",
    }  # fmt: skip
    rows = known(sandbox)
    assert all(row.keys() == fields for row in rows)
    for row in rows:
        start, end = (datetime.fromisoformat(row[name]) for name in ("call_start", "call_end"))
        assert row["duration"] == int((end - start).total_seconds())
        assert row["call_start"].endswith("Z")
    assert {type(row["ani"]) for row in rows} == {int, type(None)}
    sandbox.switch("snapcall.ani", "text")
    assert {type(row["ani"]) for row in sandbox.records("snapcall", "calls")} == {str, type(None)}


def test_a_call_going_on_is_hidden_or_shown_without_end(sandbox: Sandbox) -> None:
    """6: a call in progress has no end, duration or rate."""
    hidden = {row["id"] for row in known(sandbox)}
    sandbox.switch("snapcall.ongoing", "shown")
    extra = [row for row in known(sandbox) if row["id"] not in hidden]
    assert extra
    assert all(row["call_end"] is None and row["duration"] is None and row["rate"] is None for row in extra)
    assert call(sandbox, f"/calls/{extra[0]['id']}").json == extra[0]


def test_a_rating_comes_after_the_hang_up(sandbox: Sandbox) -> None:
    """6: rows change after first sight."""
    before = {row["id"]: row for row in known(sandbox)}
    rated = sandbox.advance(timedelta(days=1))["rated_calls"]
    after = {row["id"]: row for row in sandbox.records("snapcall", "calls")}
    assert rated
    assert all(before[int(each)]["rate"] is None and after[int(each)]["rate"] for each in rated)


# 3 and 4: filters and the window


@pytest.mark.parametrize("tests", ["start", "end"])
@pytest.mark.parametrize("bounds", ["half_open", "closed", "open"])
def test_the_window_tests_start_or_end_with_each_kind_of_bounds(sandbox: Sandbox, tests: str, bounds: str) -> None:
    """4: not stated. The bounds are the instants of two calls, so that equality matters."""
    sandbox.switch("snapcall.window_tests", tests)
    sandbox.switch("snapcall.window_bounds", bounds)
    rows = sorted(known(sandbox), key=lambda row: str(row[f"call_{tests}"]))
    low, high = rows[5][f"call_{tests}"], rows[20][f"call_{tests}"]
    inside = rows[5:20] if bounds == "half_open" else rows[5:21] if bounds == "closed" else rows[6:20]
    answer = call(sandbox, "/calls", limit=100, start=low, end=high)
    assert sorted(ids(answer)) == sorted(row["id"] for row in inside)


def test_start_and_end_are_read_as_joi_reads_dates(sandbox: Sandbox) -> None:
    """3: ISO 8601 or epoch milliseconds; a day is its midnight UTC; anything else is 400."""
    day = ids(call(sandbox, "/calls", start="2026-02-20", limit=100))
    assert 0 < len(day) < len(known(sandbox))
    assert ids(call(sandbox, "/calls", start="2026-02-20T01:00:00+01:00", limit=100)) == day
    millis = int(datetime.fromisoformat("2026-02-20T00:00:00+00:00").timestamp() * 1000)
    assert ids(call(sandbox, "/calls", start=millis, limit=100)) == day
    for name in ("start", "end"):
        answer = call(sandbox, "/calls", **{name: "yesterday"})
        assert answer.json == {
            "statusCode": 400, "error": "Bad Request", "message": f'"{name}" must be a valid date',
        }  # fmt: skip


@pytest.mark.parametrize("query", [{"page": "x"}, {"limit": "0"}, {"limit": "x"}, {"ani": "+31"}, {"rate": "good"}])
def test_a_wrong_parameter_is_a_400(sandbox: Sandbox, query: dict[str, str]) -> None:
    """3: validation failures as Hapi's Boom writes them."""
    answer = call(sandbox, "/calls", **query)
    assert answer.status == 400
    assert next(iter(query)) in answer.json["message"]


def test_unknown_parameters_are_ignored(sandbox: Sandbox) -> None:
    assert call(sandbox, "/calls", per_page=3).json == call(sandbox, "/calls").json


@pytest.mark.parametrize(
    ("name", "field"), [("status", "status"), ("button", "bid"), ("agent", "agent"), ("ani", "ani")]
)
def test_filters_take_one_value_or_several(sandbox: Sandbox, name: str, field: str) -> None:
    """3: `alternatives`."""
    rows = known(sandbox)
    values = sorted({str(row[field]) for row in rows if row[field] is not None})[:2]
    for wanted in (values[:1], values):
        expected = [row["id"] for row in rows if str(row[field]) in wanted]
        assert ids(call(sandbox, "/calls", limit=100, **{name: ",".join(wanted)})) == expected
        assert expected


def test_one_call_by_its_number(sandbox: Sandbox) -> None:
    """3: id is a number."""
    row = known(sandbox)[3]
    assert call(sandbox, f"/calls/{row['id']}").json == row
    assert call(sandbox, "/calls/1").status == 404
    assert call(sandbox, "/calls/first").status == 400


# 3: the other lists


def test_buttons_are_listed_filtered_or_gone(sandbox: Sandbox) -> None:
    """3: the list may have been withdrawn; one button can still be read."""
    rows = sandbox.records("snapcall", "buttons")
    assert call(sandbox, "/buttons").json["buttons"] == rows
    active = call(sandbox, "/buttons", active="false").json["buttons"]
    assert [row["active"] for row in active] == [False]
    sandbox.switch("snapcall.buttons", "missing")
    assert call(sandbox, "/buttons").status == 404
    assert call(sandbox, f"/buttons/{rows[0]['bid']}").json == rows[0]


def test_schedule_templates_page_without_a_limit(sandbox: Sandbox) -> None:
    """3: `page` only."""
    sandbox.switch("snapcall.default_limit", "10")
    rows = sandbox.records("snapcall", "schedule_templates")
    assert call(sandbox, "/schedule-templates", limit=1).json["schedule_templates"] == rows
    assert call(sandbox, "/schedule-templates", page=2).json["schedule_templates"] == []
    assert call(sandbox, f"/schedule-templates/{rows[0]['id']}").json == rows[0]


def test_agents_are_read_one_by_one_and_a_removed_one_is_404(sandbox: Sandbox) -> None:
    """3, 8 (6): there is no list; buttons may name an agent that is gone."""
    for row in sandbox.records("snapcall", "agents"):
        assert call(sandbox, f"/agents/{quote(row['email'], safe='')}").json == row
    named = {row["agent"] for row in sandbox.records("snapcall", "buttons")}
    gone = named - {row["email"] for row in sandbox.records("snapcall", "agents")}
    assert [call(sandbox, f"/agents/{quote(email)}").status for email in gone] == [404]
    assert call(sandbox, "/agents").status == 404


def test_a_write_changes_nothing_and_is_a_violation(sandbox: Sandbox) -> None:
    """3: buttons could be created and changed."""
    before = sandbox.records("snapcall", "buttons")
    assert call(sandbox, "/buttons/batch", "PUT").status == 200
    assert sandbox.records("snapcall", "buttons") == before
    assert len(sandbox.violations) == 1


# 7: budget


def test_beyond_the_budget_comes_429() -> None:
    """7: assumed, two requests a second, with optional Retry-After."""
    with Sandbox(companies=2, days=2, limits={"snapcall": "2/minute"}) as sandbox:
        answers = [call(sandbox, "/users/me") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 50
        sandbox.switch("snapcall.retry_after", "none")
        assert "retry-after" not in call(sandbox, "/users/me").headers
