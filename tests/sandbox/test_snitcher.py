"""Snitcher against its sheet (snitcher.md); the numbers in the tests' docstrings are its sections."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import Sandbox
from sandbox.world.model import Visit
from tests.sandbox.wire import Reply, ask

SINCE = "2026-01-25"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=30, days=30, limits={"snitcher": "1000/second"}) as running:
        yield running


def call(
    sandbox: Sandbox, path: str, method: str = "GET", body: object = None, token: str | None = None, **query: Any
) -> Reply:
    bearer = sandbox.env["SNITCHER_API_TOKEN"] if token is None else token
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    return ask(method, sandbox.env["SNITCHER_URL"] + path, query=query, headers=headers, body=body)


def workspace(sandbox: Sandbox, number: int = 0) -> str:
    return str(sandbox.records("snitcher", "workspaces")[number]["uuid"])


def sessions(sandbox: Sandbox, **query: Any) -> Any:
    return call(sandbox, f"/workspaces/{workspace(sandbox)}/sessions", **query).json


def uuids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["uuid"] for row in rows]


def walk(sandbox: Sandbox, path: str, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list by `last_page`, as section 4 says."""
    first = call(sandbox, path, **query).json
    rows = list(first["data"])
    for page in range(2, first["last_page"] + 1):
        rows += call(sandbox, path, page=page, **query).json["data"]
    return rows


def seen(sandbox: Sandbox, number: int = 0) -> list[Visit]:
    site = sandbox.world.sites[number].key
    return [each for each in sandbox.world.visible_visits() if each.session_id and each.site == site]


# 1 and 7: token, refusals


def test_a_token_is_wanted_as_bearer(sandbox: Sandbox) -> None:
    """1, 7: 401 with `message`, or 403 "Access denied" as integrators saw it."""
    assert call(sandbox, "/me").json["success"] is True
    refused = call(sandbox, "/me", token="wrong")
    assert (refused.status, refused.json) == (401, {"message": "Unauthenticated."})
    sandbox.switch("snitcher.auth_refusal", "403")
    refused = call(sandbox, "/workspaces", token="wrong")
    assert (refused.status, refused.json) == (403, {"success": False, "message": "Access denied"})


def test_a_refusal_is_a_redirect_for_who_does_not_ask_for_json(sandbox: Sandbox) -> None:
    """1: without `Accept: application/json` Laravel may answer with an HTML redirect."""
    assert ask("GET", sandbox.env["SNITCHER_URL"] + "/me").status == 302


@pytest.mark.parametrize(("header", "stated"), [("header", True), ("none", False)])
def test_beyond_sixty_a_minute_comes_429(header: str, stated: bool) -> None:
    """7: 60 requests per minute per token, body as documented; the headers are in no source."""
    with Sandbox(companies=2, days=2, switches={"snitcher.retry_after": header}) as sandbox:
        answers = [call(sandbox, "/me") for _ in range(61)]
        assert [answer.status for answer in answers] == [200] * 60 + [429]
        assert answers[-1].json == {"message": "Too Many Attempts."}
        assert ("retry-after" in answers[-1].headers) is stated
        if stated:
            assert 50 < int(answers[-1].headers["retry-after"]) <= 61


def test_rate_headers_are_sent_only_when_switched_on(sandbox: Sandbox) -> None:
    """7: Laravel's X-RateLimit headers are assumed."""
    assert not any(name.startswith("x-ratelimit") for name in call(sandbox, "/me").headers)
    sandbox.switch("snitcher.rate_headers", "x_ratelimit")
    headers = call(sandbox, "/me").headers
    assert int(headers["x-ratelimit-remaining"]) < int(headers["x-ratelimit-limit"])


def test_a_workspace_may_be_forbidden_while_the_other_answers(sandbox: Sandbox) -> None:
    """7: 403 on a given workspace means missing permission."""
    sandbox.switch("snitcher.forbidden", "second")
    assert call(sandbox, f"/workspaces/{workspace(sandbox, 1)}/segments").status == 403
    assert call(sandbox, f"/workspaces/{workspace(sandbox, 0)}/segments").status == 200
    assert len(call(sandbox, "/workspaces").json["data"]) == 2


@pytest.mark.parametrize("path", ["/nowhere", "/workspaces/11111111-1111-4111-8111-111111111111/organisations"])
def test_what_does_not_exist_is_404_with_a_message(sandbox: Sandbox, path: str) -> None:
    """7: 404, an object with `message`."""
    answer = call(sandbox, path)
    assert answer.status == 404
    assert answer.json["message"]


# 3 and 4: pages


def test_the_envelope_is_a_top_level_paginator(sandbox: Sandbox) -> None:
    """4: no `meta`, no `links`; integers, and null where there is nothing."""
    body = sessions(sandbox, date_from=SINCE, size=7)
    total = len([each for each in seen(sandbox) if each.started_at >= datetime(2026, 1, 25, tzinfo=UTC)])
    last = -(-total // 7)
    assert {key: body[key] for key in ("success", "current_page", "last_page", "per_page", "total", "from", "to")} == {
        "success": True, "current_page": 1, "last_page": last, "per_page": 7, "total": total, "from": 1, "to": 7,
    }  # fmt: skip
    assert not {"meta", "links"} & body.keys()
    assert body["prev_page_url"] is None
    beyond = sessions(sandbox, date_from=SINCE, size=7, page=last + 1)
    assert (beyond["data"], beyond["from"], beyond["to"], beyond["next_page_url"]) == ([], None, None, None)


def test_size_is_one_to_a_thousand_and_per_page_is_ignored(sandbox: Sandbox) -> None:
    """3, 4: the reference's `size`, its example's 15 by default; `per_page` was seen to be ignored."""
    assert sessions(sandbox, date_from=SINCE)["per_page"] == 15
    assert sessions(sandbox, date_from=SINCE, per_page=100)["per_page"] == 15
    assert sessions(sandbox, date_from=SINCE, per_page=5, size=1000)["per_page"] == 1000
    for size in ("0", "1001", "x"):
        answer = call(sandbox, "/workspaces", size=size)
        assert answer.status == 422
        assert "size" in answer.json["errors"]


def test_the_page_size_may_be_fixed_whatever_is_asked(sandbox: Sandbox) -> None:
    """3: observed live on organisations."""
    sandbox.switch("snitcher.page_size", "fixed")
    body = sessions(sandbox, date_from=SINCE, size=1000)
    assert (body["per_page"], len(body["data"])) == (15, 15)


def test_next_page_urls_drop_or_keep_the_query(sandbox: Sandbox) -> None:
    """4: a Laravel paginator drops the other query parameters."""
    assert sessions(sandbox, date_from=SINCE, size=5)["next_page_url"].endswith("/sessions?page=2")
    sandbox.switch("snitcher.next_page_url", "kept")
    assert sessions(sandbox, date_from=SINCE, size=5)["next_page_url"].endswith(f"?date_from={SINCE}&size=5&page=2")


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_all_pages_together_are_all_rows_in_order(sandbox: Sandbox, sort: str) -> None:
    """4: the order is undocumented; either is kept over all pages."""
    sandbox.switch("snitcher.sort", sort)
    rows = walk(sandbox, f"/workspaces/{workspace(sandbox)}/sessions", date_from=SINCE, size=17)
    starts = [row["started_at"] for row in rows]
    assert starts == sorted(starts, reverse=sort == "newest")
    assert sorted(uuids(rows)) == sorted(str(each.session_id) for each in seen(sandbox))


# 3: days


def test_sessions_want_a_day_or_a_range(sandbox: Sandbox) -> None:
    """3: neither is rejected; a day and a range exclude each other; days are Y-m-d."""
    path = f"/workspaces/{workspace(sandbox)}/sessions"
    for query in (
        {},
        {"date_to": "2026-03-01"},
        {"date": "2026-03-01", "date_from": "2026-03-01"},
        {"date": "01.03.2026"},
        {"date": "20260301"},
        {"date_from": "2026-03-02", "date_to": "2026-03-01"},
    ):
        answer = call(sandbox, path, **query)
        assert answer.status == 422, query
        assert answer.json["errors"]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
@pytest.mark.parametrize("selects", ["started", "ended", "overlap"])
def test_a_day_is_a_day_of_the_zone_and_both_ends_of_a_range_belong_to_it(
    sandbox: Sandbox, zone: str, selects: str
) -> None:
    """3: inclusive on both ends; zone and selecting time are not stated."""
    sandbox.switch("snitcher.day_zone", zone)
    sandbox.switch("snitcher.day_selects", selects)
    start = datetime(2026, 2, 27, tzinfo=ZoneInfo(zone))
    end = datetime(2026, 3, 2, tzinfo=ZoneInfo(zone))
    expected = {
        str(each.session_id)
        for each in seen(sandbox)
        if (selects == "overlap" and each.started_at < end and each.ended_at >= start)
        or (selects != "overlap" and start <= getattr(each, f"{selects}_at") < end)
    }
    query: dict[str, Any] = {"size": 1000}
    ranged = sessions(sandbox, date_from="2026-02-27", date_to="2026-03-01", **query)
    assert set(uuids(ranged["data"])) == expected
    assert expected
    days = [sessions(sandbox, date=f"2026-{day}", **query)["data"] for day in ("02-27", "02-28", "03-01")]
    assert {uuid for rows in days for uuid in uuids(rows)} == expected


def test_a_range_without_end_ends_today(sandbox: Sandbox) -> None:
    """3: `date_to` omitted defaults to today."""
    assert sessions(sandbox, date_from=SINCE) == sessions(sandbox, date_from=SINCE, date_to="2026-03-02")


def test_organisations_are_those_that_visited_in_the_window(sandbox: Sandbox) -> None:
    """3: `date`, or a range; without either, all."""
    path = f"/workspaces/{workspace(sandbox)}/organisations"
    listed = {each.uuid for each in sandbox.world.organisations.values() if each.listed}
    for query, day in (({"date_from": "2026-02-28"}, 28), ({}, 1)):
        since = datetime(2026, 2, day, tzinfo=UTC) - timedelta(days=0 if query else 20)
        expected = {each.organisation for each in seen(sandbox) if each.started_at >= since} & listed
        assert set(uuids(walk(sandbox, path, **query))) == expected
        assert expected


# 5: rows


def test_rows_are_those_of_the_world(sandbox: Sandbox) -> None:
    """5: served rows equal those that tests compare with."""
    for entity in ("sessions", "organisations"):
        for number in (0, 1):
            scope = workspace(sandbox, number)
            rows = walk(sandbox, f"/workspaces/{scope}/{entity}", date_from=SINCE, size=100)
            assert rows == sandbox.records("snitcher", entity, scope)
            assert rows


def test_a_session_has_the_documented_fields(sandbox: Sandbox) -> None:
    """5.3: events have common fields and those of their type; views are page views only."""
    rows = sandbox.records("snitcher", "sessions")
    extra = {
        "pageview": {"time_on_page"},
        "form_submit": {"form_id", "form_name", "fields"},
        "track": {"name", "properties"},
        "click": {"name", "properties"},
        "download": {"name", "properties"},
    }
    for row in rows:
        assert row.keys() >= {"uuid", "organisation_uuid", "started_at", "ended_at", "location", "browser", "referrer"}
        for event in row["events"]:
            assert event.keys() >= {"event_type", "url", "triggered_at"} | extra.get(event["event_type"], set())
        pageviews = [event for event in row["events"] if event["event_type"] == "pageview"]
        assert [view["visited_at"] for view in row["views"]] == [event["triggered_at"] for event in pageviews]
    forms = [event for row in rows for event in row["events"] if event["event_type"] == "form_submit"]
    assert all(set(field) == {"name", "value"} for form in forms for field in form["fields"])


def test_an_older_answer_has_views_only(sandbox: Sandbox) -> None:
    """5.3: the reference's examples show `views` and no `events`."""
    sandbox.switch("snitcher.events", "views_only")
    rows = sessions(sandbox, date_from=SINCE)["data"]
    assert all("events" not in row for row in rows)
    assert any(row["views"] for row in rows)


def test_an_organisation_has_the_eighteen_fields(sandbox: Sandbox) -> None:
    """5.2."""
    fields = {
        "uuid", "name", "website", "first_seen", "last_seen", "logo", "address", "founded", "size", "industry", "phone",
        "email", "profiles", "tags", "segments", "visitor_locations", "total_pageviews", "pages_visited",
    }  # fmt: skip
    rows = sandbox.records("snitcher", "organisations")
    assert all(row.keys() >= fields for row in rows)
    assert {type(row["usage_limit"]) for row in sandbox.records("snitcher", "workspaces")} == {str, int}, "5.1"


def test_one_organisation_is_bare_or_in_data(sandbox: Sandbox) -> None:
    """4, 9."""
    row = sandbox.records("snitcher", "organisations", workspace(sandbox))[0]
    path = f"/workspaces/{workspace(sandbox)}/organisations/{row['uuid']}"
    assert call(sandbox, path).json == row
    sandbox.switch("snitcher.envelope_single", "data")
    assert call(sandbox, path).json == {"data": row}


def test_an_organisation_that_only_sessions_name_is_unknown(sandbox: Sandbox) -> None:
    ghosts = [each.uuid for each in sandbox.world.organisations.values() if not each.listed]
    assert call(sandbox, f"/workspaces/{workspace(sandbox)}/organisations/{ghosts[0]}/sessions").status == 404


# 2: the other lists


def test_sessions_of_one_company_by_day_by_range_or_all(sandbox: Sandbox) -> None:
    """2 (17), 3: the date is not required; a range may be refused; the older example lacks `organisation_uuid`."""
    visits = [each for each in seen(sandbox) if each.organisation]
    company = max({each.organisation for each in visits}, key=[each.organisation for each in visits].count)
    expected = {each.session_id for each in visits if each.organisation == company}
    path = f"/workspaces/{workspace(sandbox)}/organisations/{company}/sessions"
    assert set(uuids(walk(sandbox, path))) == set(uuids(walk(sandbox, path, date_from=SINCE))) == expected
    sandbox.switch("snitcher.company_range", "refused")
    assert call(sandbox, path).status == call(sandbox, path, date_from=SINCE).status == 422
    day = next(each.started_at for each in visits if each.organisation == company).date().isoformat()
    assert call(sandbox, path, date=day).json["total"] > 0
    sandbox.switch("snitcher.organisation_uuid", "absent")
    assert "organisation_uuid" not in call(sandbox, path, date=day).json["data"][0]


@pytest.mark.parametrize("form", ["data", "paginated", "bare"])
def test_segments_come_in_each_envelope(sandbox: Sandbox, form: str) -> None:
    """4: the body of this list is in no source."""
    sandbox.switch("snitcher.segments", form)
    body = call(sandbox, f"/workspaces/{workspace(sandbox)}/segments").json
    rows = body if form == "bare" else body["data"]
    assert rows == sandbox.records("snitcher", "segments", workspace(sandbox))
    assert ("last_page" in body) is (form == "paginated")


def test_custom_fields_and_contacts_can_be_read(sandbox: Sandbox) -> None:
    """2 (14, 19, 21, 24): contacts want a company; an address is hidden until it is paid for."""
    base = f"/workspaces/{workspace(sandbox)}"
    assert call(sandbox, f"{base}/custom-fields").json["data"][0]["key"] == "account_tier"
    assert call(sandbox, f"{base}/custom-fields/account_tier").json["key"] == "account_tier"
    uuid = sandbox.records("snitcher", "organisations", workspace(sandbox))[0]["uuid"]
    values = call(sandbox, f"{base}/organisations/{uuid}/custom-fields").json["data"]
    assert {value["source"] for value in values} == {"manual", "fixed"}
    assert call(sandbox, f"{base}/contacts").status == 422
    contacts = call(sandbox, f"{base}/contacts", organisation_uuid=uuid).json["data"]
    assert {contact["email"] for contact in contacts} == {"[not-revealed]"}
    assert sandbox.violations == []


def test_revealing_an_address_is_a_violation(sandbox: Sandbox) -> None:
    """2 (15): it spends a credit."""
    assert call(sandbox, f"/workspaces/{workspace(sandbox)}/contacts/con-1/reveal-email", "PUT").status == 200
    assert len(sandbox.violations) == 1


# 6: the advanced filter


def filtered(sandbox: Sandbox, body: object) -> Reply:
    return call(sandbox, f"/workspaces/{workspace(sandbox)}/organisations", "POST", body, size=1000)


def group(*conditions: dict[str, Any], operator: str = "AND") -> dict[str, Any]:
    return {"filters": {"operator": operator, "conditions": list(conditions)}}


def test_the_filter_knows_when_a_company_was_last_seen(sandbox: Sandbox) -> None:
    """6: relative comparisons with value and unit; paging stays in the query."""
    recent = {"field": "last_seen", "comparison": "less_than_x_units_ago", "value": 26, "unit": "hour"}
    since = sandbox.now - timedelta(hours=26)
    rows = sandbox.records("snitcher", "organisations", workspace(sandbox))
    expected = {row["uuid"] for row in rows if datetime.fromisoformat(row["last_seen"]) > since}
    answer = filtered(sandbox, group(recent)).json
    assert set(uuids(answer["data"])) == expected
    assert 0 < len(expected) < len(rows)
    older = {**recent, "comparison": "more_than_x_units_ago"}
    assert filtered(sandbox, group(recent, older)).json["total"] == 0
    assert filtered(sandbox, group(recent, older, operator="OR")).json["total"] == len(rows)
    assert sandbox.violations == [], "this POST is a read"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (group({"field": "industry", "comparison": "equal", "value": "Software"}), "filters.conditions.0.field"),
        (group({"operator": "AND", "conditions": []}), "filters.conditions.0.field"),
        (group({"field": "tag", "comparison": "resembles", "value": "x"}), "filters.conditions.0.comparison"),
        (
            group({"field": "last_seen", "comparison": "less_than_x_units_ago", "value": 2}),
            "filters.conditions.0.value",
        ),
        ({"filters": {"industry": "Software", "size": ["51-200 employees"]}}, "filters.operator"),
        ({"filter": {}}, "filter"),
        ("{", "filters"),
    ],
)
def test_the_filter_refuses_what_the_live_one_refused(sandbox: Sandbox, body: object, where: str) -> None:
    """6: firmographics, nested groups and the introduction page's flat form; unknown keys."""
    answer = filtered(sandbox, body)
    assert answer.status == 422
    assert answer.json["message"] == "The given data was invalid."
    assert where in answer.json["errors"]


# 9: the introduction page's form


@pytest.fixture
def introduction() -> Iterator[Sandbox]:
    switches = {"snitcher.form": "introduction"}
    with Sandbox(companies=30, days=30, limits={"snitcher": "1000/second"}, switches=switches) as running:
        yield running


def test_the_introduction_has_no_sessions_of_a_workspace(introduction: Sandbox) -> None:
    """9: sessions are listed per company."""
    path = f"/workspaces/{workspace(introduction)}/sessions"
    assert call(introduction, path, date="2026-03-01").status == 404
    assert call(introduction, f"/workspaces/{workspace(introduction)}").status == 200


def test_the_introduction_pages_by_per_page_and_says_data_alone(introduction: Sandbox) -> None:
    """3, 9: `per_page` default 25, at most 100; no total, no last page."""
    path = f"/workspaces/{workspace(introduction)}/organisations"
    body = call(introduction, path, size=3).json
    assert body.keys() == {"data"}
    assert len(body["data"]) == 25
    assert len(call(introduction, path, per_page=100).json["data"]) > 25
    assert call(introduction, path, per_page=101).status == 422
    assert call(introduction, path, page=99).json == {"data": []}


def test_the_introduction_filters_by_a_flat_map(introduction: Sandbox) -> None:
    """6, 9: its own example, with industry and size."""
    rows = introduction.records("snitcher", "organisations", workspace(introduction))
    expected = {row["uuid"] for row in rows if row["industry"] == "Software"}
    answer = filtered(introduction, {"filters": {"industry": "Software"}}).json["data"]
    assert set(uuids(answer)) == expected
    assert expected
    assert filtered(introduction, {"filters": {"name": "x"}}).status == 422


def test_companies_and_their_sessions_hold_what_the_workspace_listing_holds(introduction: Sandbox) -> None:
    """9: all but the sessions without a listed organisation can be had company by company."""
    scope = workspace(introduction)
    companies = call(introduction, f"/workspaces/{scope}/organisations", per_page=100).json["data"]
    found: set[str] = set()
    for company in companies:
        for page in range(1, 9):
            path = f"/workspaces/{scope}/organisations/{company['uuid']}/sessions"
            rows = call(introduction, path, date_from=SINCE, per_page=100, page=page).json["data"]
            found |= set(uuids(rows))
            if not rows:
                break
    listed = {each.uuid for each in introduction.world.organisations.values() if each.listed}
    assert found == {each.session_id for each in seen(introduction) if each.organisation in listed}
