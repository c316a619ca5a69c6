"""SnapCRM's client alone: what each answer says about the lead, and how a key is proved without any read."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import Sandbox
from sources.errors import ContractBroken, VendorRefused, VendorUnavailable
from sources.http.answers import Reply
from sources.http.budget import Budget, Stop
from sources.http.patience import Again
from sources.snapcrm import VENDOR
from sources.snapcrm.client import Attempt, SnapCRM, read
from tests.conftest import Cli

ADA = {"firstName": "Ada", "lastName": "One", "email": "ada@x.example"}
Make = Callable[..., Sandbox]


def api(sandbox: Sandbox, **settings: str) -> SnapCRM:
    client: SnapCRM = VENDOR.open({**sandbox.env, "SNAPCRM_RATE_LIMIT": "1000/second", **settings}, Budget, Stop())
    return client


def create(crm: SnapCRM, lead: dict[str, str]) -> Attempt:
    """One attempt; the record must be written before the request leaves, and exactly once."""
    written: list[str] = []
    attempt = crm.create(lead, lambda: written.append("before"))
    assert written == ["before"]
    return attempt


@pytest.mark.parametrize("switches", [{}, {"snapcrm.echo": "documented", "snapcrm.error_body": "text"},
                                      {"snapcrm.error_body": "empty", "snapcrm.headers": "limited"}])  # fmt: skip
def test_each_answer_is_a_verdict(make_sandbox: Make, switches: dict[str, str]) -> None:
    sandbox = make_sandbox(companies=2, days=2, switches=switches)
    crm = api(sandbox)
    made = create(crm, ADA)
    assert (made.verdict, made.status, made.lost) == ("created", 201, False)
    assert made.lead is not None
    assert made.lead["id"].startswith("clx")
    assert create(crm, {**ADA, "email": "other@x.example"}).verdict == "exists"
    refused = create(crm, {"firstName": "Ada"})
    assert (refused.verdict, refused.status, refused.again) == ("rejected", 400, None)
    stranger = create(api(sandbox, SNAPCRM_API_KEY="snap_wrong"), ADA)
    assert (stranger.verdict, stranger.status) == ("failed", 401)
    assert "Check SNAPCRM_API_KEY" in str(stranger.stop)
    elsewhere = create(api(sandbox, SNAPCRM_URL=sandbox.env["SNAPCRM_URL"] + "/leads"), ADA)
    assert elsewhere.verdict == "failed"
    assert elsewhere.stop is not None
    # the sandbox takes any other POST for a violation
    sandbox.violations.clear()


@pytest.mark.parametrize(
    ("fault", "status", "lost"),
    [("429", 429, False), ("500", 500, False), ("503", 503, False), ("html", 200, True), ("reset", None, True),
     ("lost_answer", None, True)],
)  # fmt: skip
def test_a_fault_is_one_failed_attempt_that_may_be_repeated(
    make_sandbox: Make, fault: str, status: int | None, lost: bool
) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    sandbox.plan("snapcrm", fault)
    attempt = create(api(sandbox), ADA)
    assert (attempt.verdict, attempt.status, attempt.lost) == ("failed", status, lost)
    assert attempt.again is not None
    assert sandbox.count("snapcrm") == 1


def test_a_vendor_that_cannot_be_reached_got_nothing(make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    crm = api(sandbox)
    sandbox.close()
    attempt = create(crm, ADA)
    assert (attempt.verdict, attempt.status, attempt.lost) == ("failed", None, False)


@pytest.mark.parametrize(
    ("reply", "verdict", "lost"),
    [
        (Reply(200, '{"id": "clx1"}'), "created", False),
        (Reply(201, '{"data": {"id": "clx1"}}'), "created", False),
        (Reply(201, ""), "created", False),
        (Reply(202, ""), "failed", True),
        (Reply(201, '{"error": "no"}', again=Again("answered 201 with an error")), "failed", True),
        (Reply(422, "email"), "rejected", False),
        (Reply(504, "", again=Again("answered 504")), "failed", True),
    ],
)
def test_answers_that_nobody_documents_make_no_twin(reply: Reply, verdict: str, lost: bool) -> None:
    attempt = read(reply)
    assert (attempt.verdict, attempt.lost) == (verdict, lost)


def test_what_stops_the_record_stops_the_request(make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)

    def fail() -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        api(sandbox).create(ADA, fail)
    assert sandbox.requests == []


def test_repeat_waits_as_asked_and_gives_up(make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    sandbox.plan("snapcrm", "429", retry_after=1)
    crm = api(sandbox)
    attempts: list[Attempt] = []

    def attempt() -> None:
        attempts.append(create(crm, ADA))
        if again := attempts[-1].again:
            raise again

    crm.repeat(attempt)
    assert [each.verdict for each in attempts] == ["failed", "created"]
    first, second = sandbox.requests
    assert second.started - first.ended >= 1
    sandbox.plan("snapcrm", "down")
    with pytest.raises(Again):
        crm.repeat(attempt)


def test_a_probe_is_an_empty_lead_that_must_be_refused(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    before = sandbox.records("snapcrm", "leads")
    assert "the key is accepted" in api(sandbox).probe()
    assert sandbox.records("snapcrm", "leads") == before
    with pytest.raises(VendorRefused, match="credential was refused"):
        api(sandbox, SNAPCRM_API_KEY="snap_wrong").probe()
    vendor: Any = sandbox.vendor("snapcrm")
    monkeypatch.setattr(vendor, "_checked", lambda request: {})
    with pytest.raises(ContractBroken, match="look there and delete it"):
        api(sandbox).probe()
    sandbox.close()
    with pytest.raises(VendorUnavailable):
        api(sandbox).probe()


def test_check_says_what_a_probe_would_prove(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    quiet = leadpath("check", sandbox=sandbox, only=("snapcrm",))
    assert "snapcrm: ok, a key is set, but not proved: SnapCRM has no read" in quiet.stderr
    assert sandbox.requests == []
    proved = leadpath("check", "snapcrm", "--probe", sandbox=sandbox, only=("snapcrm",))
    assert "the key is accepted (an empty lead was refused with 400" in proved.stderr
    wrong = leadpath("check", "--probe", sandbox=sandbox, only=("snapcrm",), status=1, SNAPCRM_API_KEY="snap_wrong")
    assert "snapcrm: FAILED" in wrong.stderr
    assert "snap_wrong" not in wrong.stderr
