"""Smartlook's account and details against its sheet (smartlook.md); docstrings name its sections."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.wire import Reply, ask

ONE, TWO = 0, 1
MARCH = {"dateFrom": "2026-02-01", "dateTo": "2026-03-02"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=12, days=15, limits={"smartlook": "1000/second"}) as running:
        yield running


def tokens(sandbox: Sandbox) -> list[str]:
    return sandbox.env["SMARTLOOK_API_TOKEN"].split(",")


def call(sandbox: Sandbox, path: str, body: object = None, *, token: int | str = ONE, **query: object) -> Reply:
    sent = tokens(sandbox)[token] if isinstance(token, int) else token
    method = "GET" if body is None else "POST"
    headers = {"Authorization": f"Bearer {sent}"}
    return ask(method, sandbox.env["SMARTLOOK_URL"] + path, query=query, headers=headers, body=body)


def records(sandbox: Sandbox, entity: str, token: int = ONE) -> list[dict[str, Any]]:
    project = call(sandbox, "/api/v1/me", token=token).json["projectId"]
    return sandbox.records("smartlook", entity, project)


def busiest(sandbox: Sandbox) -> dict[str, Any]:
    """The visitor of the first project with the most events."""
    return max(records(sandbox, "visitors"), key=lambda row: int(row["numberOfEvents"]))


def test_a_token_belongs_to_one_project(sandbox: Sandbox) -> None:
    """2: several projects are several tokens; `/me` says which; records bear no project."""
    one, two = (call(sandbox, "/api/v1/me", token=token).json for token in (ONE, TWO))

    assert set(one) == {"organizationId", "organizationName", "projectId", "projectName"}
    assert one["projectId"] != two["projectId"]
    assert records(sandbox, "sessions", ONE) != records(sandbox, "sessions", TWO)
    stranger = records(sandbox, "sessions", TWO)[0]["id"]
    assert call(sandbox, f"/api/v1/sessions/{stranger}").status == 404
    assert call(sandbox, f"/api/v1/sessions/{stranger}", token=TWO).status == 200
    # definitions have the same ids in both projects: the key of a row is project and id
    assert records(sandbox, "events", ONE) == records(sandbox, "events", TWO)


def test_a_dead_token_is_401_while_the_other_works(sandbox: Sandbox) -> None:
    """2: a token unused for 90 days becomes invalid by itself."""
    sandbox.switch("smartlook.dead_token", "first")
    assert [call(sandbox, "/api/v1/me", token=token).status for token in (ONE, TWO)] == [401, 200]
    sandbox.switch("smartlook.dead_token", "second")
    assert [call(sandbox, "/api/v1/me", token=token).status for token in (ONE, TWO)] == [200, 401]
    assert call(sandbox, "/api/v1/me", token="wrong").status == 401
    assert ask("GET", sandbox.env["SMARTLOOK_URL"] + "/api/v1/me").status == 401


def test_errors_are_of_any_form(sandbox: Sandbox) -> None:
    """8: nothing is documented; JSON with statusCode, error and message is assumed."""
    reply = call(sandbox, "/api/v1/visitors/vis_none")
    assert (reply.status, set(reply.json)) == (404, {"statusCode", "error", "message"})
    sandbox.switch("smartlook.error_body", "text")
    assert call(sandbox, "/api/v1/visitors/vis_none").text == "no such visitor"
    sandbox.switch("smartlook.error_body", "empty")
    assert call(sandbox, "/api/v1/visitors/vis_none").text == ""


def test_the_status_needs_no_token_and_usage_is_told(sandbox: Sandbox) -> None:
    """3 and 7: /v1.0/status and /statistics, the latter also without a version."""
    assert ask("GET", sandbox.env["SMARTLOOK_URL"] + "/v1.0/status").json == {"ok": True, "version": "1.0.1"}
    call(sandbox, "/api/v1/events")
    call(sandbox, "/api/events")
    usage = call(sandbox, "/api/statistics").json
    assert usage["endpointsUsage"]["GET /api/v1/events"] == 2
    assert usage["projectUsage"] == sum(usage["endpointsUsage"].values())


def test_there_is_no_list_of_visitors_or_sessions(sandbox: Sandbox) -> None:
    """3: only the searches enumerate, and no session has events of its own."""
    session = records(sandbox, "sessions")[0]["id"]
    for path in ("/api/v1/visitors", "/api/v1/sessions", f"/api/v1/sessions/{session}/events", "/api/v1/nothing"):
        assert call(sandbox, path).status in (404, 405)
    assert call(sandbox, "/api/v1/webhooks").json == []
    assert sandbox.violations == []


def test_deleting_answers_like_the_vendor_and_is_a_violation(sandbox: Sandbox) -> None:
    """3: DELETE exists for visitors and events; a reader must not use it."""
    visitor = busiest(sandbox)["id"]
    url = f"{sandbox.env['SMARTLOOK_URL']}/api/v1/visitors/{visitor}"

    reply = ask("DELETE", url, headers={"Authorization": f"Bearer {tokens(sandbox)[ONE]}"})

    assert reply.json == {"deletedItems": 1}
    assert len(sandbox.violations) == 1
    assert busiest(sandbox)["id"] == visitor


def test_limits_hold_for_each_token_and_endpoint() -> None:
    """7: a budget per endpoint, not per id in the path; the headers of a 429 are undocumented."""
    with Sandbox(companies=6, days=10, limits={"smartlook": "2/minute"}) as sandbox:
        visitors = [row["id"] for row in sandbox.records("smartlook", "visitors")[:3]]
        paths = [f"/api/v1/visitors/{visitor}/events" for visitor in visitors]
        assert [call(sandbox, path).status for path in paths] == [200, 200, 429]
        assert call(sandbox, paths[0], token=TWO).status in (200, 404)
        assert call(sandbox, "/api/v1/me").status == 200
        for header in ("Retry-After", "X-RetryAfter", "none"):
            sandbox.switch("smartlook.retry_after", header)
            limited = call(sandbox, paths[0])
            assert limited.status == 429
            stated = {name for name in limited.headers if "retry" in name}
            assert stated == ({header.lower()} if header != "none" else set())
        assert len(sandbox.violations) == 4


def test_the_documented_limit(sandbox: Sandbox) -> None:
    """7: usually 500 requests per 30 minutes for each endpoint."""
    assert sandbox.vendor("smartlook").limit == "500/30minutes"


def test_a_session_is_whole_wherever_it_comes_from(sandbox: Sandbox) -> None:
    """5: search rows, visitor sessions and the detail are the same object; the detail has no wrapper."""
    row = records(sandbox, "sessions")[0]

    detail = call(sandbox, f"/api/v1/sessions/{row['id']}").json
    listed = call(sandbox, f"/api/v1/visitors/{row['visitorId']}/sessions").json

    assert detail == row
    assert row in listed["sessions"]
    assert listed["totalCount"] == len(listed["sessions"])
    assert row["startedAt"].endswith("Z")
    assert isinstance(row["duration"], int)
    assert row["landingPage"] == row["pageUrl"][0]
    assert set(row["identification"]) == {
        "uid", "properties", "visitorIp", "browser", "platform", "country", "device",
    }  # fmt: skip
    sandbox.switch("smartlook.page_urls", "absent")
    assert "pageUrl" not in call(sandbox, f"/api/v1/sessions/{row['id']}").json
    assert call(sandbox, f"/api/v1/sessions/{row['id']}/public-link").json["publicLink"].endswith(row["id"])


def test_a_visitor_has_counters_and_sessions(sandbox: Sandbox) -> None:
    """5: the detail wraps the v1 row; first and last seen are those of the sessions."""
    visitor = busiest(sandbox)

    assert call(sandbox, f"/api/v1/visitors/{visitor['id']}").json == {"visitor": visitor}
    theirs = [row for row in records(sandbox, "sessions") if row["visitorId"] == visitor["id"]]
    assert visitor["numberOfSessions"] == len(theirs)
    assert visitor["firstSeen"] == min(row["startedAt"] for row in theirs)
    assert visitor["lastSeen"] == max(row["endedAt"] for row in theirs)


@pytest.mark.parametrize(
    ("form", "session", "visitor"),
    [
        ("documented", dict, list),
        ("object", dict, dict),
        ("array", list, list),
        ("null", type(None), type(None)),
        ("absent", type(None), type(None)),
    ],
)
def test_identification_properties_have_any_form(sandbox: Sandbox, form: str, session: type, visitor: type) -> None:
    """5: one name, two types: any value on a session, an array on a visitor."""
    known = {
        row["visitorId"]
        for row in records(sandbox, "sessions")
        if row["identification"]["properties"] not in (None, {})
    }
    assert known
    sandbox.switch("smartlook.properties", form)
    for entity, key, kind in (("sessions", "visitorId", session), ("visitors", "id", visitor)):
        found = [row["identification"] for row in records(sandbox, entity) if row[key] in known]
        assert found
        assert {type(each.get("properties")) for each in found} == {kind}
        assert all(("properties" in each) is (form != "absent") for each in found)


def test_event_definitions_and_their_numbers(sandbox: Sandbox) -> None:
    """5: the list has definitions, the detail numbers of a window, which is required."""
    listed = call(sandbox, "/api/v1/events").json
    definition = next(row for row in listed["events"] if row["name"] == "Visit")

    detail = call(sandbox, f"/api/v1/events/{definition['id']}", **MARCH).json["event"]

    assert listed["totalCount"] == len(listed["events"]) == 4
    done = [row for row in records(sandbox, "visitor_events") if row["eventName"] == "Visit"]
    assert detail["totalOccurrence"] == len(done) > 0
    assert detail["uniqueVisitors"] == len({row["visitorId"] for row in done})
    assert sum(day["occurrenceCount"] for day in detail["occurrenceHistogram"]) == len(done)
    for query in ({}, {"dateFrom": "2026-02-01"}, {"dateFrom": "soon", "dateTo": "later"}):
        assert call(sandbox, f"/api/v1/events/{definition['id']}", **query).status == 400
    assert call(sandbox, "/api/v1/events/evt_none", **MARCH).status == 404
    one = call(sandbox, "/api/v1/events", categoryId=definition["categoryId"]).json["totalCount"]
    assert 0 < one < 4


def test_event_visitors_are_those_first_seen_in_the_window(sandbox: Sandbox) -> None:
    """5: not those who did it in the window; no paging is declared."""
    definition = next(row for row in records(sandbox, "events") if row["name"] == "Visit")

    found = call(sandbox, f"/api/v1/events/{definition['id']}/visitors", dateFrom="2026-02-25", dateTo="2026-03-02")

    expected = {row["id"] for row in records(sandbox, "visitors") if row["firstSeen"] >= "2026-02-25"}
    assert {row["id"] for row in found.json["visitors"]} == expected
    assert set(found.json) == {"visitors"}
    assert all(row["eventMatchedCount"] > 0 for row in found.json["visitors"])


@pytest.mark.parametrize(("kind", "statuses"), [("poll", [200, 200, 200]), ("status_202", [202, 202, 200])])
def test_a_funnel_is_computed_asynchronously(sandbox: Sandbox, kind: str, statuses: list[int]) -> None:
    """5: poll until `computation.isFinished`, or pass `waitForFinish=true`."""
    sandbox.switch("smartlook.funnel", kind)
    path = f"/api/v1/funnels/{records(sandbox, 'funnels')[0]['id']}"

    replies = [call(sandbox, path, **MARCH) for _ in range(3)]

    assert [each.status for each in replies] == statuses
    assert [each.json["computation"]["isFinished"] for each in replies] == [False, False, True]
    assert replies[0].json["computation"]["nextAttemptDelay"] == 50
    assert replies[2].json["funnel"]["steps"][0]["visitorsCount"] > 0
    assert replies[0].json["funnel"]["steps"][0]["visitorsCount"] == 0
    waited = call(sandbox, path, dateFrom="2026-02-02", dateTo="2026-03-02", waitForFinish="true")
    assert waited.json["computation"]["isFinished"] is True
    assert call(sandbox, path).status == 400
    drop_off = call(sandbox, path + "/visitors/drop-off", **MARCH, step=1, success="true").json
    assert drop_off["totalVisitorsCount"] == len(drop_off["visitors"]) > 0


def test_a_funnel_may_never_finish_or_at_once(sandbox: Sandbox) -> None:
    """5: neither how long it takes nor what `waitForFinish` does is described."""
    path = f"/api/v1/funnels/{records(sandbox, 'funnels')[0]['id']}"
    sandbox.switch("smartlook.funnel", "ready")
    assert call(sandbox, path, **MARCH).json["computation"]["isFinished"] is True
    sandbox.switch("smartlook.funnel", "stuck")
    asked = [call(sandbox, path, **MARCH, waitForFinish="true").json["computation"] for _ in range(4)]
    assert not any(each["isFinished"] for each in asked)
    assert sandbox.violations == []
