"""Smartlook's search bodies against its sheet (smartlook.md); docstrings name its sections."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import Sandbox
from tests.sandbox.test_smartlook import call, records

SEARCH, V1, V2 = "/api/v1/sessions/search", "/api/v1/visitors/search", "/api/v2/visitors/search"
EVERYTHING: dict[str, Any] = {"filters": []}


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


def by_start(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sorted(records(sandbox, "sessions"), key=lambda row: (row["startedAt"], row["id"]))


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def where(name: str, operator: str, value: object, **more: object) -> dict[str, object]:
    return {"filters": [{"name": name, "operator": operator, "value": value}], **more}


def found(sandbox: Sandbox, path: str, body: object) -> list[str]:
    reply = call(sandbox, path, body).json
    return ids(reply["sessions" if path == SEARCH else "visitors"])


def test_a_search_finds_whole_sessions_oldest_first(sandbox: Sandbox) -> None:
    """4 and 5: sort by `timeStart` only, ascending by default [assumed]; the total is that of the filter."""
    expected = by_start(sandbox)

    reply = call(sandbox, SEARCH, EVERYTHING).json

    assert len(expected) > 60
    assert reply["sessions"] == expected[:100]
    assert reply["totalSessionsCount"] == len(expected)
    newest = call(sandbox, SEARCH, {**EVERYTHING, "sort": {"timeStart": "desc"}}).json["sessions"]
    assert newest == expected[::-1][:100]
    sandbox.switch("smartlook.session_order", "desc")
    assert call(sandbox, SEARCH, EVERYTHING).json["sessions"] == newest
    assert call(sandbox, SEARCH, {**EVERYTHING, "sort": {"timeStart": "asc"}}).json["sessions"] == expected[:100]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
@pytest.mark.parametrize("bounds", ["inclusive", "half_open", "exclusive"])
def test_in_range_is_of_days_in_a_zone_nobody_names(sandbox: Sandbox, zone: str, bounds: str) -> None:
    """4: `in_range` takes two days; whether they belong to it, and of which zone they are, is unknown."""
    sandbox.switch("smartlook.day_zone", zone)
    sandbox.switch("smartlook.in_range", bounds)
    first, last = "2026-02-24", "2026-02-28"

    def day(row: dict[str, Any]) -> str:
        return datetime.fromisoformat(row["startedAt"]).astimezone(ZoneInfo(zone)).date().isoformat()

    expected = [row["id"] for row in by_start(sandbox) if first <= day(row) <= last]
    edges = {"inclusive": [], "half_open": [last], "exclusive": [first, last]}[bounds]
    kept = {row["id"] for row in by_start(sandbox) if day(row) not in edges}

    assert found(sandbox, SEARCH, where("recording_date", "in_range", [first, last])) == [
        each for each in expected if each in kept
    ]
    assert expected


def test_before_after_and_is(sandbox: Sandbox) -> None:
    """4: whether `after` includes the named day is unknown; an array is an OR."""
    rows = by_start(sandbox)
    sets = {
        "before": [row["id"] for row in rows if row["startedAt"][:10] < "2026-02-25"],
        "is": [row["id"] for row in rows if row["startedAt"][:10] == "2026-02-25"],
        "after": [row["id"] for row in rows if row["startedAt"][:10] > "2026-02-25"],
    }
    assert all(sets.values())

    for operator, expected in sets.items():
        assert found(sandbox, SEARCH, where("recording_date", operator, "2026-02-25")) == expected
    sandbox.switch("smartlook.before_after", "inclusive")
    assert found(sandbox, SEARCH, where("recording_date", "after", "2026-02-25")) == sets["is"] + sets["after"]
    both = [row["id"] for row in rows if row["startedAt"][:10] in ("2026-02-25", "2026-02-27")]
    assert found(sandbox, SEARCH, where("recording_date", "is", ["2026-02-25", "2026-02-27"])) == both


def test_text_and_number_filters(sandbox: Sandbox) -> None:
    """4: is, is_not, contains, not_contains over strings, lte and gte over seconds; filters are ANDed."""
    rows = by_start(sandbox)
    uid = next(row["identification"]["uid"] for row in rows if row["identification"]["uid"])
    ip = rows[0]["identification"]["visitorIp"]

    def expect(wanted: Any) -> list[str]:
        return [row["id"] for row in rows if wanted(row)][:100]

    assert found(sandbox, SEARCH, where("uid", "is", uid)) == expect(lambda row: row["identification"]["uid"] == uid)
    assert found(sandbox, SEARCH, where("uid", "is_not", uid)) == expect(
        lambda row: row["identification"]["uid"] != uid
    )
    assert found(sandbox, SEARCH, where("location_ip", "is", [ip, "0.0.0.0"])) == expect(
        lambda row: row["identification"]["visitorIp"] == ip
    )
    assert found(sandbox, SEARCH, where("landing_url", "contains", "/pricing")) == expect(
        lambda row: "/pricing" in (row["landingPage"] or "")
    )
    assert found(sandbox, SEARCH, where("landing_url", "not_contains", "/pricing")) == expect(
        lambda row: "/pricing" not in (row["landingPage"] or "")
    )
    bounds = [
        {"name": "session_duration", "operator": name, "value": value} for name, value in (("gte", 30), ("lte", 400))
    ]
    body = {"filters": bounds}
    assert found(sandbox, SEARCH, body) == expect(lambda row: 30 <= row["duration"] <= 400)


def test_the_three_grammars_of_the_visitor_search(sandbox: Sandbox) -> None:
    """4: v1 has counters, optional operators and no sort; v2 thinner rows and more filters."""
    visitors = sorted(records(sandbox, "visitors"), key=lambda row: (row["firstSeen"], row["id"]))
    uid = next(row["identification"]["uid"] for row in visitors if row["identification"]["uid"])

    old, new = call(sandbox, V1, EVERYTHING).json, call(sandbox, V2, EVERYTHING).json

    assert old["visitors"] == visitors[:100]
    assert set(old) == {"visitors", "totalVisitorsCount", "totalSessionsCount", "pagination", "_links"}
    assert set(old["visitors"][0]) - set(new["visitors"][0]) == {
        "numberOfVisits", "numberOfSessions", "numberOfEvents",
    }  # fmt: skip
    assert old["totalSessionsCount"] == len(records(sandbox, "sessions"))
    assert "totalSessionsCount" not in new
    assert call(sandbox, V1, {"filters": [{"name": "uid", "value": uid}]}).json["totalVisitorsCount"] == 1
    assert call(sandbox, V2, {"filters": [{"name": "uid", "value": uid}]}).status == 400
    assert call(sandbox, V1, {**EVERYTHING, "sort": {"timeCreate": "asc"}}).status == 400
    assert found(sandbox, V2, where("visitor_id", "is", visitors[3]["id"])) == [visitors[3]["id"]]
    last_seen = sorted(visitors, key=lambda row: (row["lastSeen"], row["id"]), reverse=True)
    assert found(sandbox, V2, {**EVERYTHING, "sort": {"timeUpdate": "desc"}}) == ids(last_seen)[:100]


def test_visitors_are_found_by_any_day_of_theirs(sandbox: Sandbox) -> None:
    """10: `recording_date` finds new and returning visitors, `user_first_seen` new ones."""
    day = "2026-02-27"
    back = {row["visitorId"] for row in by_start(sandbox) if row["startedAt"][:10] == day}
    new = {row["id"] for row in records(sandbox, "visitors") if row["firstSeen"][:10] == day}

    assert set(found(sandbox, V2, where("recording_date", "in_range", [day, day]))) == back
    assert set(found(sandbox, V2, where("user_first_seen", "is", day))) == new
    assert back > new


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        [],
        {},
        {"filters": {}},
        {"filters": [], "limit": 10},
        {"filters": [], "sort": {"timeUpdate": "asc"}},
        {"filters": [], "sort": {"timeStart": "up"}},
        {"filters": [{"name": "uid", "operator": "is"}]},
        {"filters": [{"name": "uid", "value": "x"}]},
        {"filters": [{"name": "uid", "operator": "is", "value": "x", "case": True}]},
        where("unknown", "is", "x"),
        where("uid", "before", "x"),
        where("uid", "is", 5),
        where("session_duration", "gte", "30"),
        where("recording_date", "after", "2026-03-01T00:00:00Z"),
        where("recording_date", "after", "20260301"),
        where("recording_date", "after", "2026-02-30"),
        where("recording_date", "in_range", "2026-03-01"),
        where("recording_date", "in_range", ["2026-03-01"]),
    ],
)
def test_an_undocumented_search_is_refused(sandbox: Sandbox, body: object) -> None:
    """4 and 8: unknown keys are probably rejected; date filters are days, not instants."""
    assert call(sandbox, SEARCH, body).status == 400


def test_empty_filters_may_be_refused(sandbox: Sandbox) -> None:
    """12: whether an empty `filters: []` is accepted is open."""
    assert call(sandbox, SEARCH, EVERYTHING).status == 200
    sandbox.switch("smartlook.empty_filters", "refused")
    assert call(sandbox, SEARCH, EVERYTHING).status == 400
