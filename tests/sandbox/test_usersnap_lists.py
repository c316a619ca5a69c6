"""Usersnap's feedback lists against its sheet (usersnap.md); the numbers in the docstrings are its sections."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.test_usersnap import call, ids, lists, project

CREATED = {"order_by_type": "created_at", "direction": "asc"}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(companies=200, days=30, limits={"usersnap": "1000/second"}) as running:
        yield running


@pytest.fixture
def sandbox(served: Sandbox) -> Iterator[Sandbox]:
    """One world for all tests of this file that do not change it; switches are turned back."""
    vendor = served.vendor("usersnap")
    before = dict(vendor.choice)
    yield served
    for name, value in before.items():
        vendor.switch(name, value)


@pytest.fixture
def moving() -> Iterator[Sandbox]:
    with Sandbox(companies=200, days=30, limits={"usersnap": "1000/second"}) as running:
        yield running


def rows(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The first project's feedback in the default order."""
    found = sandbox.records("usersnap", "feedbacks", project(sandbox)["project_id"])
    return sorted(found, key=lambda row: (row["updated_at"], row["feedback_id"]), reverse=True)


def test_the_default_is_ten_rows_last_changed_first(sandbox: Sandbox) -> None:
    """7: limit 10, `updated_at` descending; `count` is the total."""
    expected = rows(sandbox)

    data = call(sandbox, lists(sandbox)).json["data"]

    assert len(expected) > 10
    assert data["feedbacks"] == expected[:10]
    assert (data["has_more"], data["count"]) == (True, len(expected))


@pytest.mark.parametrize("limit", ["0", "-1", "ten", "101"])
def test_limit_is_from_1_to_100(sandbox: Sandbox, limit: str) -> None:
    """7: beyond the maximum it is refused, or by switch cut."""
    assert call(sandbox, lists(sandbox), limit=limit).status == 400
    sandbox.switch("usersnap.over_limit", "clamp")
    assert call(sandbox, lists(sandbox), limit=limit).status == (200 if limit == "101" else 400)


@pytest.mark.parametrize("form", ["filled", "when_more", "absent"])
def test_a_walk_by_after_ends_where_has_more_is_false(sandbox: Sandbox, form: str) -> None:
    """7: `after` is the last row's id; `next` may be filled at the end although nothing follows, or be absent."""
    sandbox.switch("usersnap.next", form)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        data = call(sandbox, lists(sandbox), **query).json["data"]
        seen += [row["feedback_id"] for row in data["feedbacks"]]
        assert ("next" in data) is (form == "filled" or (form == "when_more" and data["has_more"]))
        if "next" in data:
            assert data["next"] == {"query_string": f"limit=4&after={seen[-1]}", "limit": 4, "after": seen[-1]}
        if not data["has_more"]:
            break
        query["after"] = seen[-1]
    assert seen == [row["feedback_id"] for row in rows(sandbox)]


def test_before_leads_back(sandbox: Sandbox) -> None:
    """7: `before` is the first row's id; the help page also names `previous` (5). Not both at once."""
    sandbox.switch("usersnap.previous", "present")
    expected = [row["feedback_id"] for row in rows(sandbox)]

    reply = call(sandbox, lists(sandbox), limit=3, before=expected[5])

    assert ids(reply) == expected[2:5]
    assert reply.json["data"]["has_more"] is True
    assert reply.json["data"]["previous"]["before"] == expected[2]
    assert call(sandbox, lists(sandbox), limit=3, before=expected[2]).json["data"]["has_more"] is False
    assert call(sandbox, lists(sandbox), before=expected[5], after=expected[0]).status == 400


def test_an_empty_project_has_an_empty_list(sandbox: Sandbox) -> None:
    """5: no rows, no more, nothing next."""
    empty = next(row for row in sandbox.records("usersnap", "projects") if row["feedback_count"] == 0)
    data = call(sandbox, f"/projects/{empty['project_id']}/feedbacks").json["data"]
    assert data == {"has_more": False, "count": 0, "feedbacks": []}


def test_the_filter_walks_by_creation(sandbox: Sandbox) -> None:
    """6 and 7: order and range in the body, which is sent again with each page; paging in the query."""
    expected = sorted(rows(sandbox), key=lambda row: str(row["created_at"]))
    since, until = (expected[place]["created_at"][:19] + "Z" for place in (2, -2))
    query = [
        {"filter_type": "created_at", "operator": operator, "value": value}
        for operator, value in (("gte", since), ("lt", until))
    ]
    body = {"query": query, "order_by": CREATED}
    expected = [row for row in expected if since[:19] <= row["created_at"] < until[:19]]

    first = call(sandbox, lists(sandbox) + "/filter", body, limit=5)
    second = call(sandbox, lists(sandbox) + "/filter", body, limit=100, after=ids(first)[-1])

    assert first.json["data"]["feedbacks"] + second.json["data"]["feedbacks"] == expected
    assert first.json["data"]["count"] == len(expected) > 5
    assert call(sandbox, lists(sandbox) + "/filter/count", body).json["data"] == {"total_count": len(expected)}
    assert sandbox.violations == []


@pytest.mark.parametrize(
    ("filter_type", "operator", "value"),
    [
        ("state", "eq", "open"),
        ("state", "neq", "open"),
        ("state", "in", "open,done"),
        ("state", "not_in", "open,done"),
        ("email", "like", "%@%.com"),
        ("email", "ilike", "%@%.COM"),
        ("feedback_number", "lte", "20"),
        ("feedback_number", "gt", "20"),
    ],
)
def test_each_operator_filters(sandbox: Sandbox, filter_type: str, operator: str, value: str) -> None:
    """6: the value is always a string; `like` takes %."""
    words = value.split(",")
    tests: dict[str, Callable[[dict[str, Any]], bool]] = {
        "eq": lambda row: row["status_type"] in words,
        "in": lambda row: row["status_type"] in words,
        "neq": lambda row: row["status_type"] not in words,
        "not_in": lambda row: row["status_type"] not in words,
        "like": lambda row: row["email"] is not None and row["email"].endswith(".com"),
        "ilike": lambda row: row["email"] is not None and row["email"].endswith(".com"),
        "lte": lambda row: row["feedback_number"] <= 20,
        "gt": lambda row: row["feedback_number"] > 20,
    }
    expected = [row for row in rows(sandbox) if tests[operator](row)]
    body = {"query": [{"filter_type": filter_type, "operator": operator, "value": value}]}

    found = call(sandbox, lists(sandbox) + "/filter", body, limit=100).json["data"]["feedbacks"]

    assert found == expected != []


def condition(filter_type: str, operator: str, value: object) -> dict[str, object]:
    return {"query": [{"filter_type": filter_type, "operator": operator, "value": value}]}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        [],
        {"filters": []},
        {"query": {}},
        {"query": [{"filter_type": "state", "operator": "eq", "value": "open", "and": True}]},
        {"order_by": {"order_by_type": "name", "direction": "asc"}},
        {"order_by": {"order_by_type": "created_at"}},
        condition("updated_at", "gte", "2026-03-01T00:00:00Z"),
        condition("created_at", "after", "2026-03-01T00:00:00Z"),
        condition("created_at", "gte", "yesterday"),
        condition("created_at", "gte", 1772323200),
        condition("feedback_number", "gte", "many"),
        condition("state", "gte", "open"),
    ],
)
def test_an_undocumented_filter_is_refused(sandbox: Sandbox, body: object) -> None:
    """6: `updated_at` can be ordered by and not filtered on; the body is required, `{}` is the least."""
    assert call(sandbox, lists(sandbox) + "/filter", body).status == 400
    assert call(sandbox, lists(sandbox) + "/filter", {}).status == 200


def test_fractional_seconds_may_be_refused(sandbox: Sandbox) -> None:
    """6: samples of filter values have whole seconds only."""
    body = condition("created_at", "gte", "2026-03-01T00:00:00.000001Z")
    assert call(sandbox, lists(sandbox) + "/filter", body).status == 200
    sandbox.switch("usersnap.fractional_seconds", "refused")
    assert call(sandbox, lists(sandbox) + "/filter", body).status == 400


def test_a_row_touched_during_the_walk_jumps_to_the_head(moving: Sandbox) -> None:
    """7: the cursor is a row id under a mutable sort key: the walk starts over when its cursor row is touched."""
    expected = [row["feedback_id"] for row in rows(moving)]
    moving.plan("usersnap", "shift", route="/projects/{project_id}/feedbacks", after=1, how="touch")

    first = ids(call(moving, lists(moving), limit=5))
    second = ids(call(moving, lists(moving), limit=5, after=first[-1]))

    assert first == expected[:5]
    assert second == [*expected[:4], expected[5]]
    assert rows(moving)[0]["feedback_id"] == first[-1]
    assert call(moving, lists(moving)).json["data"]["count"] == len(expected)


@pytest.mark.parametrize("answer", ["400", "restart"])
def test_a_cursor_row_may_vanish(moving: Sandbox, answer: str) -> None:
    """7: a deleted cursor row is refused, or the list begins again; the deletion shows in the count."""
    moving.switch("usersnap.vanished_cursor", answer)
    total = len(rows(moving))
    first = call(moving, lists(moving), limit=5)
    moving.plan("usersnap", "shift", how="vanish")

    second = call(moving, lists(moving), limit=5, after=ids(first)[-1])

    assert second.status == (400 if answer == "400" else 200)
    if answer == "restart":
        assert ids(second)[:4] == ids(first)[:4]
    assert call(moving, lists(moving) + "/count").json["data"]["total_count"] == total - 1
    assert call(moving, lists(moving), after="no-such-feedback").status == second.status


@pytest.mark.parametrize(("how", "change"), [("remove", -1), ("insert", 0)])
def test_rows_shift_between_pages(moving: Sandbox, how: str, change: int) -> None:
    """7: under row-id cursors a row that comes or goes on an earlier page moves no other."""
    expected = [row["feedback_id"] for row in rows(moving)]
    moving.plan("usersnap", "shift", route="/projects/{project_id}/feedbacks", after=1, how=how)

    first = call(moving, lists(moving), limit=5)
    second = call(moving, lists(moving), limit=5, after=ids(first)[-1])

    start = 1 if how == "insert" else 0
    assert ids(first) + ids(second) == expected[start : start + 10]
    assert second.json["data"]["count"] == len(expected) + change
