"""Usersnap against its sheet (usersnap.md); the numbers in the tests' docstrings are its sections."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest

from sandbox import Sandbox
from tests.sandbox.wire import Reply, ask

NAMES = {"site": "Lumenport", "closed": "Old docs (closed)", "quiet": "Former campaign", "demo": "Demo tour"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=10, days=20, limits={"usersnap": "1000/second"}) as running:
        yield running


def mint(sandbox: Sandbox, *, algorithm: str = "HS256", **changes: Any) -> str:
    """A token as the sheet's section 2 has it; `secret` and `kid` among the changes are no claims."""
    env, now = sandbox.env, int(time.time())
    secret, kid = changes.pop("secret", env["USERSNAP_JWT_SECRET"]), changes.pop("kid", env["USERSNAP_JWT_ID"])
    claims = {"iat": now, "exp": now + 600, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm, headers={"kid": kid})


def call(sandbox: Sandbox, path: str, body: object = None, *, token: str | None = None, **query: object) -> Reply:
    headers = {"Authorization": f"Bearer {mint(sandbox) if token is None else token}"}
    method = "GET" if body is None else "POST"
    return ask(method, sandbox.env["USERSNAP_URL"] + path, query=query, headers=headers, body=body)


def project(sandbox: Sandbox, name: str = "site") -> dict[str, Any]:
    return next(row for row in sandbox.records("usersnap", "projects") if row["name"] == NAMES.get(name, name))


def lists(sandbox: Sandbox, name: str = "site") -> str:
    return f"/projects/{project(sandbox, name)['project_id']}/feedbacks"


def ids(reply: Reply) -> list[str]:
    return [row["feedback_id"] for row in reply.json["data"]["feedbacks"]]


# 2: the token


def test_a_token_signed_with_the_shared_secret_is_let_in(sandbox: Sandbox) -> None:
    """2: HS256, `kid` is the JWT ID; no claim is demanded."""
    assert call(sandbox, "/projects").status == 200
    assert call(sandbox, "/projects", token=mint(sandbox, iat=None, exp=None)).status == 200
    assert call(sandbox, "/projects", token=mint(sandbox, sub="1", name="me")).status == 200


def test_any_other_token_is_refused(sandbox: Sandbox) -> None:
    """2 and 4: 401 WRONG_AUTH for no token, no JWT, another secret, `kid` or algorithm, an old or a future one."""
    now = int(time.time())
    wrong = [
        "",
        "not.a.jwt",
        mint(sandbox, secret="x" * 64),
        mint(sandbox, kid="another"),
        mint(sandbox, algorithm="HS512"),
        jwt.encode({}, None, algorithm="none", headers={"kid": sandbox.env["USERSNAP_JWT_ID"]}),
        mint(sandbox, exp=now - 1),
        mint(sandbox, iat=now + 30),
        mint(sandbox, exp="soon"),
    ]

    replies = [call(sandbox, "/projects", token=each) for each in wrong]

    assert [each.status for each in replies] == [401] * len(wrong)
    refusal = {"status": False, "msg": "Authorization failed", "errortype": "WRONG_AUTH", "errordata": {}}
    assert all(each.json == refusal for each in replies)


def test_what_is_open_about_claims_is_a_switch(sandbox: Sandbox) -> None:
    """2 and 11: leeway for `iat`, claims that must be there, a maximum age."""
    now = int(time.time())
    for switch, value, token in (
        ("iat_leeway", "60", mint(sandbox, iat=now + 30)),
        ("claims", "optional", mint(sandbox, exp=None)),
        ("max_age", "any", mint(sandbox, iat=now - 3600)),
    ):
        sandbox.switch(f"usersnap.{switch}", value)
        assert call(sandbox, "/projects", token=token).status == 200
    for switch, value, token in (
        ("claims", "required", mint(sandbox, exp=None)),
        ("max_age", "600", mint(sandbox, iat=now - 3600)),
    ):
        sandbox.switch(f"usersnap.{switch}", value)
        assert call(sandbox, "/projects", token=token).status == 401


@pytest.mark.parametrize(("clock", "offset"), [("exact", 0), ("slow", -600), ("fast", 900)])
def test_a_server_whose_clock_is_off_says_so_in_its_date(sandbox: Sandbox, clock: str, offset: int) -> None:
    """2: keep the clock honest; a token is then from the future, or too old, by ten minutes of life."""
    sandbox.switch("usersnap.clock", clock)

    reply = call(sandbox, "/projects")

    assert reply.status == (200 if clock == "exact" else 401)
    assert abs(parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time() - offset) < 5


def test_without_the_plan_the_api_is_forbidden(sandbox: Sandbox) -> None:
    """4: 403 when the plan lacks the feature."""
    sandbox.switch("usersnap.plan", "without_api")
    assert call(sandbox, "/projects").status == 403


# 3: routes and their two keys


def test_lists_go_by_project_id_and_the_widget_by_api_key(sandbox: Sandbox) -> None:
    """3: two path keys under one prefix; the wrong one is 400 SITE_NOT_FOUND, by switch 404 (4)."""
    row = project(sandbox)
    right = [f"/projects/{row['project_id']}/{end}" for end in ("feedbacks", "feedbacks/count")]
    right += [f"/projects/{row['api_key']}/{end}" for end in ("assignees", "metrics")]
    wrong = [f"/projects/{row['api_key']}/feedbacks", f"/projects/{row['project_id']}/assignees"]

    assert [call(sandbox, path).status for path in right] == [200] * 4
    reply = call(sandbox, wrong[0])
    assert reply.status == 400
    assert reply.json == {
        "status": False,
        "msg": "Site does not exist",
        "errortype": "SITE_NOT_FOUND",
        "errordata": {"site_id": row["api_key"]},
    }
    sandbox.switch("usersnap.site_not_found", "404")
    assert [call(sandbox, path).status for path in wrong] == [404, 404]


def test_what_the_widget_uses_needs_no_token_but_no_wrong_one(sandbox: Sandbox) -> None:
    """2: assignees and metrics also answer without a token."""
    row = project(sandbox)
    url = f"{sandbox.env['USERSNAP_URL']}/projects/{row['api_key']}/assignees"

    reply = ask("GET", url)

    assert reply.json["data"]["users"] == sandbox.records("usersnap", "assignees", row["project_id"])
    assert set(reply.json["data"]["users"][0]) == {"user_id", "first_name", "last_name", "gravatar_url"}
    assert ask("GET", url, headers={"Authorization": "Bearer wrong"}).status == 401
    assert ask("GET", sandbox.env["USERSNAP_URL"] + "/projects").status == 401


def test_one_user_is_an_assignee_of_several_projects(sandbox: Sandbox) -> None:
    """5: the same user repeats per project, and a row has no project id."""
    users = [row["user_id"] for row in sandbox.records("usersnap", "assignees")]
    assert len(users) > len(set(users)) > 1


def test_submitting_answers_like_the_vendor_and_is_a_violation(sandbox: Sandbox) -> None:
    """3: POST /projects/{api_key}/feedbacks is 201; a reader must not come here."""
    reply = call(sandbox, f"/projects/{project(sandbox)['api_key']}/feedbacks", {"comment": "hi"})

    assert reply.status == 201
    assert set(reply.json["data"]["feedback"]) == {"feedback_id"}
    assert len(sandbox.violations) == 1


def test_nothing_else_is_offered(sandbox: Sandbox) -> None:
    """3: no single feedback, no users; in the vendor's envelope (4)."""
    assert call(sandbox, f"{lists(sandbox)}/some-id").json["status"] is False
    assert call(sandbox, "/users").status == 404
    assert sandbox.violations == []


# 5: projects


def test_projects_are_whole_and_of_every_kind(sandbox: Sandbox) -> None:
    """5: id, api_key, counts and microseconds; an archived, a quiet, a demo-only and an empty one among them."""
    data = call(sandbox, "/projects").json["data"]

    assert (data["has_more"], data["count"]) == (False, 6)
    assert data["projects"] == sandbox.records("usersnap", "projects")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", data["projects"][0]["created_at"])
    assert project(sandbox, "closed")["archived_at"]
    assert project(sandbox, "closed")["feedback_count"] > 0
    assert project(sandbox, "quiet")["feedback_count"] > 0
    assert [row["feedback_count"] for row in data["projects"]].count(0) == 1
    demo = sandbox.records("usersnap", "feedbacks", project(sandbox, "demo")["project_id"])
    assert demo
    assert all(row["is_demo"] for row in demo)
    sandbox.switch("usersnap.feedback_count", "without_demo")
    assert project(sandbox, "demo")["feedback_count"] == 0


def test_the_project_list_may_be_paged(sandbox: Sandbox) -> None:
    """5: `has_more` exists, paging is not declared: ignored, or by `limit` and `after` with fewer rows than asked."""
    everything = sandbox.records("usersnap", "projects")
    assert call(sandbox, "/projects", limit=1).json["data"]["projects"] == everything
    sandbox.switch("usersnap.projects_list", "paged")

    first = call(sandbox, "/projects", limit=100).json["data"]
    second = call(sandbox, "/projects", limit=100, after=first["projects"][-1]["project_id"]).json["data"]

    assert (first["has_more"], second["has_more"]) == (True, False)
    assert first["projects"] + second["projects"] == everything


def test_archived_and_vanished_projects(sandbox: Sandbox) -> None:
    """11 and 4: archived ones are listed or not; one that vanished refuses, and is still listed or not."""
    sandbox.switch("usersnap.archived_projects", "hidden")
    assert call(sandbox, "/projects").json["data"]["count"] == 5
    path, name = lists(sandbox, "quiet"), NAMES["quiet"]
    for state, listed in (("none", True), ("listed", True), ("unlisted", False)):
        sandbox.switch("usersnap.gone_project", state)
        rows = call(sandbox, "/projects").json["data"]["projects"]
        assert (name in [row["name"] for row in rows]) is listed
        assert call(sandbox, path).status == (200 if state == "none" else 400)


# 8: limits


def test_a_429_with_and_without_retry_after() -> None:
    """8: nothing is published; the form is a switch."""
    with Sandbox(companies=3, days=2, limits={"usersnap": "1/minute"}) as sandbox:
        call(sandbox, "/projects")
        assert "retry-after" in call(sandbox, "/projects").headers
        sandbox.switch("usersnap.retry_after", "none")
        limited = call(sandbox, "/projects")

        assert (limited.status, limited.json["status"]) == (429, False)
        assert "retry-after" not in limited.headers
        assert len(sandbox.violations) == 2


def test_the_world_moves_on(sandbox: Sandbox) -> None:
    """10: new and changed feedback come first in the default order; a deleted one shows in the count alone."""
    before = {row["feedback_id"]: row for row in sandbox.records("usersnap", "feedbacks")}
    moment = sandbox.now

    changes = sandbox.advance(timedelta(days=2))

    after = {row["feedback_id"]: row for row in sandbox.records("usersnap", "feedbacks")}
    assert set(before) - set(after) == set(changes["deleted_feedback"])
    assert set(after) - set(before) == set(changes["new_feedback"])
    changed = {key for key in set(before) & set(after) if before[key] != after[key]}
    assert changed == set(changes["changed_feedback"]) - set(changes["deleted_feedback"])
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    assert all(after[key]["updated_at"] > stamp for key in changed)
    for row in sandbox.records("usersnap", "projects"):
        count = call(sandbox, f"/projects/{row['project_id']}/feedbacks/count").json["data"]["total_count"]
        assert count == row["feedback_count"] == len(sandbox.records("usersnap", "feedbacks", row["project_id"]))
