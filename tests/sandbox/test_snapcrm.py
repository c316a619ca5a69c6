"""SnapCRM against its sheet (snapcrm.md); the numbers in the tests' docstrings are its sections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Sandbox
from tests.sandbox.wire import Reply, ask

LEAD = {"firstName": "Mira", "lastName": "Jansen", "email": "mira.jansen@fabrikam.example"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(companies=3, days=2) as running:
        yield running


def create(sandbox: Sandbox, body: object, **headers: str) -> Reply:
    sent = headers or {"X-API-Key": sandbox.env["SNAPCRM_API_KEY"]}
    return ask("POST", sandbox.env["SNAPCRM_URL"] + "/leads", headers=sent, body=body)


def test_a_created_lead_is_a_bare_object_with_more_keys_than_are_named(sandbox: Sandbox) -> None:
    """5: 201, `id` begins with clx, `status` is new, `createdBy` an object, `tags` an array, then an ellipsis."""
    known = sandbox.records("snapcrm", "leads")
    body = {**LEAD, "phone": "+31 20 000 0000", "tagId": "clx0tag0000000000000001"}

    reply = create(sandbox, body)

    assert reply.status == 201
    named = {"id", "firstName", "lastName", "email", "status", "createdBy", "tags"}
    assert named < set(reply.json)
    assert reply.json["id"].startswith("clx")
    assert reply.json["status"] == "new"
    assert isinstance(reply.json["createdBy"], dict)
    assert reply.json["tags"] == [{"id": "clx0tag0000000000000001", "name": "Website"}]
    assert sandbox.records("snapcrm", "leads") == [*known, reply.json]
    assert sandbox.violations == []

    sandbox.switch("snapcrm.echo", "documented")
    assert set(create(sandbox, {"firstName": "A", "lastName": "B"}).json) == named


def test_the_key_goes_in_either_header(sandbox: Sandbox) -> None:
    """3: X-API-Key, or Authorization: Bearer; anything else is 401."""
    key = sandbox.env["SNAPCRM_API_KEY"]

    assert create(sandbox, LEAD, Authorization=f"Bearer {key}").status == 201
    assert create(sandbox, LEAD, **{"X-API-Key": key}).status == 409
    assert create(sandbox, LEAD, Authorization=f"Basic {key}").status == 401
    assert create(sandbox, LEAD, **{"X-API-Key": "snap_wrong"}).status == 401
    assert ask("POST", sandbox.env["SNAPCRM_URL"] + "/leads", body=LEAD).status == 401


@pytest.mark.parametrize(
    "body",
    [
        "{not json",
        "",
        [LEAD],
        {},
        {"firstName": "Mira"},
        {"lastName": "Jansen"},
        {**LEAD, "lastName": "  "},
        {**LEAD, "lastName": None},
        {**LEAD, "phone": 31200000000},
        {**LEAD, "country": "NL"},
        {**LEAD, "tagId": "clx0nothing"},
    ],
)
def test_a_body_that_is_not_as_documented_is_refused(sandbox: Sandbox, body: object) -> None:
    """4 and 7: 400 for invalid JSON or a missing required field; types and unknown keys are strict."""
    known = sandbox.records("snapcrm", "leads")

    assert create(sandbox, body).status == 400
    assert sandbox.records("snapcrm", "leads") == known


def test_same_email_or_same_name_is_a_conflict(sandbox: Sandbox) -> None:
    """7 and 8.1: 409 for the e-mail or the name, also of another person, also of a lead from before; no id is told."""
    known = sandbox.records("snapcrm", "leads")[0]
    assert create(sandbox, LEAD).status == 201

    same_name = create(sandbox, {**LEAD, "email": "another@person.example"})
    same_email = create(sandbox, {**LEAD, "firstName": "M."})

    assert (same_name.status, same_email.status) == (409, 409)
    assert "clx" not in same_name.text + same_email.text
    assert create(sandbox, {"firstName": known["firstName"], "lastName": known["lastName"]}).status == 409
    assert create(sandbox, {"firstName": "Mira", "lastName": "Jansen-Bakker"}).status == 201


@pytest.mark.parametrize("switch", ["name_case", "email_case"])
def test_whether_case_matters_is_a_switch(sandbox: Sandbox, switch: str) -> None:
    """8.1: whether case matters in a name is unknown, and so it is for the address."""
    create(sandbox, LEAD)
    shouted = {**LEAD, "email": "x@y.example", "lastName": "JANSEN"}
    if switch == "email_case":
        shouted = {**LEAD, "firstName": "M.", "email": LEAD["email"].upper()}

    assert create(sandbox, shouted).status == 409
    sandbox.switch(f"snapcrm.{switch}", "sensitive")
    assert create(sandbox, shouted).status == 201


def test_every_answer_to_a_key_states_its_limit() -> None:
    """6: X-RateLimit-Limit and -Remaining with every response; 429 has Retry-After in seconds."""
    with Sandbox(companies=3, days=2, limits={"snapcrm": "4/minute"}) as sandbox:
        replies = [create(sandbox, body) for body in (LEAD, LEAD, {})]
        url = sandbox.env["SNAPCRM_URL"]
        replies.append(ask("GET", url + "/leads", headers={"X-API-Key": sandbox.env["SNAPCRM_API_KEY"]}))
        limited = create(sandbox, LEAD)

        assert [each.status for each in replies] == [201, 409, 400, 404]
        assert {each.headers["x-ratelimit-limit"] for each in replies} == {"4"}
        assert [each.headers["x-ratelimit-remaining"] for each in replies] == ["3", "2", "1", "0"]
        assert limited.status == 429
        assert limited.headers["x-ratelimit-remaining"] == "0"
        assert 1 <= int(limited.headers["retry-after"]) <= 61
        assert len(sandbox.violations) == 1


def test_the_documented_limit_is_200_a_minute(sandbox: Sandbox) -> None:
    """6: the default; headers only when limited, by switch, since the sentence is damaged."""
    assert create(sandbox, LEAD).headers["x-ratelimit-limit"] == "200"
    sandbox.switch("snapcrm.headers", "limited")
    assert "x-ratelimit-limit" not in create(sandbox, LEAD).headers


def test_a_planned_429_is_no_violation(sandbox: Sandbox) -> None:
    """6: with Retry-After when the test asks for it."""
    sandbox.plan("snapcrm", "429", retry_after=7)

    assert create(sandbox, LEAD).headers["retry-after"] == "7"
    assert create(sandbox, LEAD).status == 201
    assert sandbox.violations == []


@pytest.mark.parametrize("form", ["json", "text", "empty"])
def test_error_bodies_are_of_any_form(sandbox: Sandbox, form: str) -> None:
    """7: error bodies are not documented at all."""
    sandbox.switch("snapcrm.error_body", form)

    reply = create(sandbox, {})

    assert reply.status == 400
    if form == "json":
        assert reply.json == {"error": "Missing required field: firstName"}
    else:
        assert reply.text == ("" if form == "empty" else "Missing required field: firstName")


@pytest.mark.parametrize("status", [404, 405])
def test_there_is_nothing_but_post_leads(sandbox: Sandbox, status: int) -> None:
    """2: no list, no update, no other path; a client must not try to write there."""
    sandbox.switch("snapcrm.elsewhere", str(status))
    key, url = {"X-API-Key": sandbox.env["SNAPCRM_API_KEY"]}, sandbox.env["SNAPCRM_URL"]

    assert ask("GET", url + "/leads", headers=key).status == status
    assert ask("GET", url + "/tags", headers=key).status == status
    assert sandbox.violations == []
    assert ask("PUT", url + "/leads", headers=key, body=LEAD).status == status
    assert ask("POST", url + "/leads/bulk", headers=key, body=[LEAD]).status == status
    assert ask("POST", url.removesuffix("/api/v1") + "/leads", headers=key, body=LEAD).status == status
    assert len(sandbox.violations) == 3


def test_an_answer_may_be_lost_after_the_lead_was_created(sandbox: Sandbox) -> None:
    """8.4: after a timeout the outcome is unknown; a resend meets the duplicate check."""
    sandbox.plan("snapcrm", "lost_answer")

    with pytest.raises(ConnectionError):
        create(sandbox, LEAD)

    assert [each["email"] for each in sandbox.records("snapcrm", "leads")].count(LEAD["email"]) == 1
    assert create(sandbox, LEAD).status == 409


def test_a_reset_before_the_answer_creates_nothing(sandbox: Sandbox) -> None:
    """8.4: the other way in which an answer can be missing."""
    sandbox.plan("snapcrm", "reset")

    with pytest.raises(ConnectionError):
        create(sandbox, LEAD)

    assert create(sandbox, LEAD).status == 201


def test_of_equal_leads_sent_at_once_one_is_created(sandbox: Sandbox) -> None:
    """7: the duplicate check holds for requests side by side."""
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: create(sandbox, LEAD).status, range(16)))

    assert sorted(replies) == [201] + [409] * 15
