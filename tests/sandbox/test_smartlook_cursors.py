"""Smartlook's pages, links and cursors, and a visitor's events, against its sheet (smartlook.md, by section)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.test_smartlook import ONE, TWO, busiest, call, records
from tests.sandbox.test_smartlook_search import EVERYTHING, SEARCH, V1, V2, by_start, ids, where


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(companies=40, days=15, limits={"smartlook": "1000/second"}) as running:
        yield running


@pytest.fixture
def sandbox(served: Sandbox) -> Iterator[Sandbox]:
    """One world for all tests of this file that do not change it; switches are turned back."""
    vendor = served.vendor("smartlook")
    before = dict(vendor.choice)
    yield served
    for name, value in before.items():
        vendor.switch(name, value)


@pytest.fixture
def moving() -> Iterator[Sandbox]:
    with Sandbox(companies=12, days=15, limits={"smartlook": "1000/second"}) as running:
        yield running


def walk(sandbox: Sandbox, path: str, body: object, name: str, **query: Any) -> list[str]:
    """Ids of a list by its links, or by `pagination` where there are none; ends at any form of the end."""
    seen: list[str] = []
    asked: set[str] = set()
    target, extra = path, dict(query)
    while True:
        page = call(sandbox, target, body, **extra).json
        seen += ids(page[name])
        link = page["_links"].get("nextPage") if "_links" in page else None
        cursor = str(page["pagination"].get("after") or "")
        if not page[name] or not (link or ("_links" not in page and cursor)) or cursor in asked:
            return list(dict.fromkeys(seen))
        asked.add(cursor)
        # the version is pinned: the link may leave it out
        target, extra = (path + "?" + link.partition("?")[2], {}) if link else (path, {**query, "after": cursor})


@pytest.mark.parametrize("links", ["unversioned", "versioned", "absent"])
@pytest.mark.parametrize("end", ["absent", "null", "empty", "empty_page", "repeat"])
def test_a_walk_sees_every_row_once_whatever_the_end(sandbox: Sandbox, links: str, end: str) -> None:
    """6: cursors in `pagination` and links; how a list ends is documented nowhere."""
    sandbox.switch("smartlook.links", links)
    sandbox.switch("smartlook.end_of_list", end)
    visitor = busiest(sandbox)["id"]
    events = [row["id"] for row in records(sandbox, "visitor_events") if row["visitorId"] == visitor]

    assert walk(sandbox, SEARCH, EVERYTHING, "sessions", limit=25) == ids(by_start(sandbox))
    path = f"/api/v1/visitors/{visitor}/events"
    assert sorted(walk(sandbox, path, None, "events", limit=4)) == sorted(events)
    assert sorted(walk(sandbox, path, None, "events")) == sorted(events)


def test_links_are_relative_and_carry_limit_and_version(sandbox: Sandbox) -> None:
    """6: relative, unversioned in the example, with the limit of the request; both ways on GET lists."""
    first = call(sandbox, "/api/v1/events", limit=2).json
    link = first["_links"]["nextPage"]
    assert link == f"/api/events?after={first['pagination']['after']}&limit=2"
    assert "before" not in first["pagination"]

    second = call(sandbox, link).json

    assert ids(first["events"] + second["events"]) == ids(records(sandbox, "events"))
    assert ids(call(sandbox, second["_links"]["previousPage"]).json["events"]) == ids(first["events"])
    assert call(sandbox, "/api/v1/events", after="x", before="y").status == 400
    sandbox.switch("smartlook.links", "versioned")
    assert call(sandbox, V2, EVERYTHING, limit=2).json["_links"]["nextPage"].startswith(V2 + "?after=")


def test_unversioned_means_latest(sandbox: Sandbox) -> None:
    """1: a v1 visitor search that follows its unversioned link asks v2, where its cursor means nothing."""
    page = call(sandbox, V1, EVERYTHING, limit=2).json

    assert "numberOfVisits" not in call(sandbox, "/api/visitors/search", EVERYTHING).json["visitors"][0]
    assert call(sandbox, page["_links"]["nextPage"], EVERYTHING).status == 400
    assert call(sandbox, V1, EVERYTHING, limit=2, after=page["pagination"]["after"]).status == 200
    assert call(sandbox, "/api/sessions/search", EVERYTHING).status == 200


def test_limit(sandbox: Sandbox) -> None:
    """4 and 12: default and maximum 100 [assumed but for v2]; beyond it clamped or refused."""
    assert len(call(sandbox, SEARCH, EVERYTHING, limit=1).json["sessions"]) == 1
    for wrong in ("0", "-3", "many"):
        assert call(sandbox, SEARCH, EVERYTHING, limit=wrong).status == 400
    sandbox.switch("smartlook.limit_max", "7")
    clamped = call(sandbox, SEARCH, EVERYTHING, limit=100).json
    assert len(clamped["sessions"]) == 7
    assert clamped["_links"]["nextPage"].endswith("limit=7")
    sandbox.switch("smartlook.over_limit", "400")
    assert call(sandbox, SEARCH, EVERYTHING, limit=8).status == 400
    assert len(call(sandbox, SEARCH, EVERYTHING).json["sessions"]) == 7
    sandbox.switch("smartlook.list_limit", "3")
    assert len(call(sandbox, SEARCH, EVERYTHING).json["sessions"]) == 3


@pytest.mark.parametrize(("form", "kind"), [("text", str), ("number", int), ("list", list)])
def test_cursors_may_be_of_any_type(sandbox: Sandbox, form: str, kind: type) -> None:
    """6: typed any value for the visitor search and visitor sessions; the link is text in any case."""
    sandbox.switch("smartlook.cursor_form", form)
    page = call(sandbox, V2, EVERYTHING, limit=2).json

    assert type(page["pagination"]["after"]) is kind
    followed = call(sandbox, V2 + "?" + page["_links"]["nextPage"].partition("?")[2], EVERYTHING).json
    assert not set(ids(page["visitors"])) & set(ids(followed["visitors"]))
    assert type(call(sandbox, SEARCH, EVERYTHING, limit=2).json["pagination"]["after"]) is str


@pytest.mark.parametrize("status", ["400", "404", "410"])
def test_a_cursor_is_bound_to_its_list(sandbox: Sandbox, status: str) -> None:
    """6 and 12: to route, body and token; the status for a stale one is unknown."""
    sandbox.switch("smartlook.stale_cursor", status)
    cursor = call(sandbox, SEARCH, EVERYTHING, limit=2).json["pagination"]["after"]

    assert call(sandbox, SEARCH, EVERYTHING, after=cursor).status == 200
    assert call(sandbox, SEARCH, where("session_duration", "gte", 1), after=cursor).status == int(status)
    assert call(sandbox, SEARCH, EVERYTHING, token=TWO, after=cursor).status == int(status)
    assert call(sandbox, V2, EVERYTHING, after=cursor).status == int(status)
    assert call(sandbox, SEARCH, EVERYTHING, after="HellOW0rLD").status == int(status)


def test_cursors_expire(moving: Sandbox) -> None:
    """6: they quickly become invalid: by time, by use, or when a test says so."""

    def cursor() -> str:
        return str(call(moving, SEARCH, EVERYTHING, limit=2).json["pagination"]["after"])

    first = cursor()
    assert [call(moving, SEARCH, EVERYTHING, after=first).status for _ in range(2)] == [200, 200]
    moving.switch("smartlook.cursor_use", "once")
    second = cursor()
    assert [call(moving, SEARCH, EVERYTHING, after=second).status for _ in range(2)] == [200, 400]
    third = cursor()
    moving.advance(timedelta(minutes=6))
    assert call(moving, SEARCH, EVERYTHING, after=third).status == 400
    fourth = cursor()
    moving.plan("smartlook", "shift", how="expire")
    assert call(moving, SEARCH, EVERYTHING, after=fourth).status == 400
    moving.switch("smartlook.cursor_seconds", "0")
    assert call(moving, SEARCH, EVERYTHING, after=cursor()).status == 400


@pytest.mark.parametrize("how", ["remove", "insert"])
def test_pages_are_stable_while_rows_come_and_go(moving: Sandbox, how: str) -> None:
    """6: "calls to pages are stable"; a deleted row leaves a gap, a new one is not in this walk."""
    expected = ids(by_start(moving))
    moving.plan("smartlook", "shift", route=SEARCH, after=1, how=how)

    seen = walk(moving, SEARCH, EVERYTHING, "sessions", limit=5)

    assert seen == (expected[1:] if how == "insert" else expected)
    assert ids(by_start(moving)) == (expected if how == "insert" else expected[1:])


def test_a_visitors_events(sandbox: Sandbox) -> None:
    """3 and 5: by window, types and session; no total; property values are strings; unknown types are kept."""
    visitor = busiest(sandbox)
    path = f"/api/v1/visitors/{visitor['id']}/events"
    rows = [row for row in records(sandbox, "visitor_events") if row["visitorId"] == visitor["id"]]
    rows.sort(key=lambda row: (row["startedAt"], row["id"]))
    session, day = rows[0]["sessionId"], rows[-1]["startedAt"][:10]

    reply = call(sandbox, path).json

    assert reply["events"] == rows[:100]
    assert set(reply) == {"events", "pagination", "_links"}
    urls = call(sandbox, path, eventTypes="url,custom").json["events"]
    assert urls == [row for row in rows if row["type"] in ("url", "custom")]
    mine = call(sandbox, path, sessionId=session).json["events"]
    assert mine == [row for row in rows if row["sessionId"] == session]
    windows = {"inclusive": [row for row in rows if row["startedAt"][:10] == day], "exclusive": []}
    for bounds, expected in windows.items():
        sandbox.switch("smartlook.date_to", bounds)
        assert call(sandbox, path, dateFrom=day, dateTo=day).json["events"] == expected
    first, last = rows[1]["startedAt"], rows[-1]["startedAt"]
    until = [row for row in rows if first <= row["startedAt"] < last]
    assert call(sandbox, path, dateFrom=first, dateTo=last).json["events"] == until
    sandbox.switch("smartlook.event_order", "desc")
    assert call(sandbox, path).json["events"] == rows[::-1]
    assert call(sandbox, path, eventTypes="url,swipe").status == 400
    assert call(sandbox, path, dateFrom="yesterday").status == 400
    assert call(sandbox, "/api/v1/visitors/vis_none/events").status == 404


def test_events_are_of_every_type(sandbox: Sandbox) -> None:
    """5: the six types of the old specification, `text` of the newer, and one that no document has."""
    rows = [*records(sandbox, "visitor_events", ONE), *records(sandbox, "visitor_events", TWO)]
    known = {"click", "url", "error", "rage_click", "custom", "focus", "text"}
    assert {row["type"] for row in rows} > known
    values = [each["value"] for row in rows for each in row["properties"]]
    assert values
    assert all(value is None or isinstance(value, str) for value in values)
    assert {row["value"] for row in rows if row["type"] == "text"} == {"***"}
