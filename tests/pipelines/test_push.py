"""`push-leads` by the real command: who is sent, who is not and why, and that nobody is sent twice."""

import json
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.published import lead, publish_leads

Make = Callable[..., Sandbox]
CRM = ("snapcrm",)


def push(leadpath: Cli, sandbox: Sandbox, *, status: int | None = 0, **env: str) -> str:
    """Send, and return all that was printed."""
    done = leadpath("push-leads", "--yes", "--no-build", sandbox=sandbox, only=CRM, status=status, **env)
    return done.stdout + done.stderr


def crm(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The leads that came over the API, without those that the world had before."""
    return [row for row in sandbox.records("snapcrm", "leads") if row["source"] == "website"]


def states(leadpath: Cli) -> list[tuple[Any, ...]]:
    """Lead, state and HTTP status of every attempt, in order."""
    return leadpath.raw("select lead_key, state, http_status from raw_snapcrm.pushes order by push_id")


@pytest.fixture
def sandbox(make_sandbox: Make) -> Sandbox:
    return make_sandbox(companies=2, days=2)


def test_without_yes_everybody_is_listed_with_a_reason_and_nothing_is_written(leadpath: Cli) -> None:
    publish_leads(
        leadpath.data_dir,
        [
            lead("a", "Mira Jansen", "mira@fabrikam.example", phone="+31201234567", company="Fabrikam [BV]"),
            lead("b", "Jo Free", "jo@gmail.com"),
            lead("c", "Onlyfirst", "c@fabrikam.example"),
            lead("d", "", "d@fabrikam.example"),
            lead("e", "Own Person", "own@leadpath.example", is_internal=True),
            lead("f", "Test Address", "test@test.com", is_ignored=True),
            lead("g", "Mira Jansen", None, phone="+31201234567"),
            lead("i", "Esc\x1b[31m Long\nName", "i@x.example", company="many words " * 1000),
            lead("h", "From Crm", "h@fabrikam.example", known_from="import", lead_id="clx1"),
        ],
    )
    before = digests(leadpath.data_dir)
    shown = leadpath("push-leads")
    lines = {line.split("  ")[0]: line for line in shown.stdout.splitlines()}
    assert "send" in lines["Mira Jansen (mira@fabrikam.example, +31201234567, Fabrikam [BV])"]
    assert "send" in lines["Jo Free (jo@gmail.com)"]
    assert "not sent" in lines["Onlyfirst (c@fabrikam.example)"]
    assert "no last name" in lines["Onlyfirst (c@fabrikam.example)"]
    assert "no first and no last name" in lines["d@fabrikam.example"]
    assert "one of your own people" in lines["Own Person (own@leadpath.example)"]
    assert "ignored_emails.csv" in lines["Test Address (test@test.com)"]
    assert "the same person as" in lines["Mira Jansen (+31201234567)"]
    assert "Esc [31m Long Name (i@x.example, many words" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) < 500
    assert "From Crm" not in shown.stdout
    assert "3 would be sent, 5 not. Nothing was sent" in shown.stderr
    assert digests(leadpath.data_dir) == before
    assert "SNAPCRM_API_KEY is not set" in leadpath("push-leads", "--yes", status=2).stderr


def digests(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "lock"]
    return {str(file): sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_push_creates_each_lead_once_with_what_is_known_of_it(leadpath: Cli, sandbox: Sandbox) -> None:
    known = {"phone": "+31201234567", "company": "Fabrikam", "website": "https://fabrikam.example", "city": "Utrecht"}
    publish_leads(leadpath.data_dir, [lead("a", "Mira Jansen", "mira@fabrikam.example", **known)])
    sandbox.switch("snapcrm.echo", "documented")
    assert "SnapCRM: 1 created, 0 not sent." in push(leadpath, sandbox)
    created = crm(sandbox)
    assert [{name: row[name] for name in ("firstName", "lastName", "email", *known)} for row in created] == [
        {"firstName": "Mira", "lastName": "Jansen", "email": "mira@fabrikam.example", **known}
    ]
    assert states(leadpath) == [("a", "created", 201)]
    # what the answer leaves out is what was sent
    held = "select lead_row, id, known_from, first_name, phone, status, known_at::varchar from raw_snapcrm.leads"
    lead_id = created[0]["id"]
    assert leadpath.raw(held) == [(lead_id, lead_id, "crm", "Mira", "+31201234567", "new", "2026-03-02 12:00:00+00")]
    loads = (
        "select count(distinct load_id) from raw_snapcrm._dlt_loads l join raw_snapcrm.leads on load_id = _dlt_load_id"
    )
    assert leadpath.raw(loads) == [(1,)]
    assert leadpath.raw("select rows_loaded, requests from ops.loads") == [(1, 1)]
    assert leadpath.raw("select status, command from ops.runs where command like '%push%'") == [
        ("ok", "leadpath push-leads --yes --no-build")
    ]

    again = push(leadpath, sandbox)
    assert "nobody to send, 1 not sent" in again
    assert f"in SnapCRM already: created by an earlier push as {lead_id}" in again
    assert sandbox.count("snapcrm") == 1


def test_a_person_who_gains_an_address_or_loses_a_name_is_not_sent_again(leadpath: Cli, sandbox: Sandbox) -> None:
    first = [
        lead("p1", "Mira Jansen", None, phone="+31201234567"),
        lead("p2", "Jo Smit", None, company="Contoso"),
        lead("p3", "Ana Silva", "ana@contoso.example"),
    ]
    publish_leads(leadpath.data_dir, first)
    push(leadpath, sandbox)
    publish_leads(
        leadpath.data_dir,
        [
            lead("n1", "M. Jansen", "mira@fabrikam.example", phone="+31201234567"),
            lead("n2", "jo  SMIT", "jo@contoso.example"),
            lead("n3", "Ana Maria Silva", "ANA@contoso.example"),
            lead("p3", "Somebody Else", "else@contoso.example"),
            # a colleague on the same line, and namesakes elsewhere
            lead("n5", "Karl Braun", "karl@fabrikam.example", phone="+31201234567"),
            lead("n6", "Ana Silva", "ana@northwind.example"),
            lead("n7", "Jo Smit", "jo@northwind.example", phone="+351211234567"),
        ],
    )
    said = push(leadpath, sandbox)
    assert "1 created, 1 in conflict, 5 not sent" in said
    assert len(crm(sandbox)) == 4
    assert states(leadpath)[3:] == [("n5", "created", 201), ("n6", "conflict", 409)]
    # listed for a person in every run, never repeated unless what would be sent changes
    sandbox.clear()
    publish_leads(
        leadpath.data_dir,
        [lead("n6", "Ana Silva", "ana@northwind.example"), lead("n7", "Ana Silva", "ana@adatum.example")],
    )
    said = push(leadpath, sandbox)
    assert said.count("conflict: SnapCRM has a lead with the same e-mail or name") == 2
    assert len(sandbox.requests) == 1
    publish_leads(leadpath.data_dir, [lead("n6", "Ana B. Silva", "ana@northwind.example")])
    assert "1 created" in push(leadpath, sandbox)


def test_a_refusal_of_the_key_stops_the_run_and_nothing_is_lost(leadpath: Cli, sandbox: Sandbox) -> None:
    sandbox.switch("snapcrm.error_body", "text")
    publish_leads(leadpath.data_dir, [lead("a", "Ada One", "a@x.example"), lead("b", "Bo Two", "b@x.example")])
    said = push(leadpath, sandbox, status=1, SNAPCRM_API_KEY="snap_of_somebody_else")
    assert "the credential was refused (401). Check SNAPCRM_API_KEY" in said
    assert "snap_of_somebody_else" not in said
    assert states(leadpath) == [("a", "failed", 401)]
    assert "2 created" in push(leadpath, sandbox)


def test_lost_and_broken_answers_make_no_twin_and_a_namesake_stays_a_conflict(leadpath: Cli, sandbox: Sandbox) -> None:
    names = {"a": "Ada One", "b": "Bo Two", "c": "Cy Three", "d": "Di Four", "e": "Ada One"}
    publish_leads(leadpath.data_dir, [lead(key, name, f"{key}@x.example") for key, name in names.items()])
    sandbox.plan("snapcrm", "lost_answer", after=0)
    sandbox.plan("snapcrm", "reset", after=2)
    sandbox.plan("snapcrm", "truncated", after=4, cut="json")
    sandbox.plan("snapcrm", "truncated", after=5, cut="length")
    sandbox.plan("snapcrm", "lost_answer", after=7)
    said = push(leadpath, sandbox)
    assert "2 created, 2 probably created (an answer was lost), 1 in conflict, 0 not sent" in said
    assert states(leadpath) == [
        ("a", "failed", None),
        ("a", "created_unconfirmed", 409),
        ("b", "failed", None),
        ("b", "created", 201),
        # 201 says enough; where not even the status could be read, the conflict that follows does
        ("c", "created", 201),
        ("d", "failed", None),
        ("d", "created_unconfirmed", 409),
        # the first answer of this one is lost too, but somebody of that name is known to be there
        ("e", "failed", None),
        ("e", "conflict", 409),
    ]
    assert [row["email"] for row in crm(sandbox)] == [f"{key}@x.example" for key in "abcd"]


def test_a_namesake_waits_while_the_outcome_of_the_other_is_not_known(leadpath: Cli, sandbox: Sandbox) -> None:
    publish_leads(leadpath.data_dir, [lead("a", "Ada One", "a@x.example"), lead("b", "Ada One", "b@y.example")])
    sandbox.plan("snapcrm", "lost_answer", route="/leads", times=5)
    assert "1 failed, 1 waiting" in push(leadpath, sandbox, status=1)
    assert "1 probably created (an answer was lost), 1 in conflict" in push(leadpath, sandbox)
    assert len(crm(sandbox)) == 1


def test_what_lost_its_answer_is_tried_again_with_the_same_words_although_the_form_changed(
    leadpath: Cli, sandbox: Sandbox
) -> None:
    publish_leads(leadpath.data_dir, [lead("a", "Ada One", None, phone="+31201234567")])
    sandbox.plan("snapcrm", "lost_answer", route="/leads")
    sandbox.plan("snapcrm", "503", route="/leads", after=1, times=4)
    push(leadpath, sandbox, status=1)
    # the lead has got an address and another name since then; without the old words this would make a twin
    publish_leads(leadpath.data_dir, [lead("b", "Adele One", "a@x.example", phone="+31201234567")])
    said = push(leadpath, sandbox)
    assert "1 probably created" in said
    assert "the same person as Ada One" in said
    assert len(crm(sandbox)) == 1


def test_a_vendor_that_is_down_ends_the_run_after_the_second_lead(leadpath: Cli, sandbox: Sandbox) -> None:
    publish_leads(leadpath.data_dir, [lead(str(n), f"Ada No{n}", f"a{n}@x.example") for n in range(5)])
    sandbox.plan("snapcrm", "down")
    said = push(leadpath, sandbox, status=1)
    assert "SnapCRM gave 2 leads in a row no usable answer (answered 503)" in said
    assert "2 failed, 3 waiting" in said
    assert Counter(state for _, state, _ in states(leadpath)) == {"failed": 10}
    sandbox.heal("snapcrm")
    assert "5 would be sent" in leadpath("push-leads").stderr


def test_a_rejected_lead_is_kept_with_its_answer_and_not_repeated(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    publish_leads(leadpath.data_dir, [lead("a", "Ada One", "a@x.example")])
    refuse_everything(sandbox)
    assert "SnapCRM rejected 1 lead" in push(leadpath, sandbox, status=1)
    assert leadpath.raw("select state, http_status, response from raw_snapcrm.pushes") == [
        ("rejected", 400, '{"error":"Field email is not valid"}')
    ]
    assert "rejected: SnapCRM answered 400" in push(leadpath, sandbox)
    assert sandbox.count("snapcrm") == 1


def refuse_everything(sandbox: Sandbox) -> None:
    """The sandbox has no lead of its own to refuse that would pass our checks."""
    vendor = sandbox.vendor("snapcrm")
    vendor.create = lambda request: vendor._refusal(400, "Field email is not valid")  # type: ignore[attr-defined]  # SnapCRM's own


def test_the_lower_of_setting_and_headers_paces_the_push_and_a_long_one_goes_on_later(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(companies=2, days=2, limits={"snapcrm": "4/second"})
    publish_leads(leadpath.data_dir, [lead(str(n), f"Ada No{n}", f"a{n}@x.example") for n in range(12)])
    said = push(leadpath, sandbox, LEADPATH_MAX_RUN="1s")
    assert "are left; LEADPATH_MAX_RUN was reached" in said
    assert 0 < len(crm(sandbox)) < 12
    assert f"{12 - len(crm(sandbox))} created" in push(leadpath, sandbox)
    assert [request.status for request in sandbox.requests] == [201] * 12


def test_a_push_needs_a_published_file(leadpath: Cli) -> None:
    assert "does not exist yet. Run `leadpath sync`" in leadpath("push-leads", status=1).stderr


def test_a_choice_of_leads_is_sent_and_a_conflict_is_settled_by_a_person(leadpath: Cli, sandbox: Sandbox) -> None:
    names = {"a": "Ann One", "b": "Bob Two", "c": "Cy Three", "d": "Di Four"}
    publish_leads(leadpath.data_dir, [lead(key, name, f"{key}@x.example") for key, name in names.items()])

    def pushed(*options: str) -> dict[str, tuple[str, str]]:
        done = leadpath("push-leads", *options, "--json", "--no-build", sandbox=sandbox, only=CRM)
        return {each["lead_key"]: (each["verdict"], each["reason"]) for each in json.loads(done.stdout)}

    assert pushed("--only", " B@X.example", "--only", "d", "--limit", "1", "--yes") == {
        "a": ("skip", "not asked for (--only)"),
        "b": ("created", ""),
        "c": ("skip", "not asked for (--only)"),
        "d": ("skip", "left for later (--limit 1)"),
    }
    assert states(leadpath) == [("b", "created", 201)]
    assert leadpath.raw("select count(*) from ops.runs where command ilike '%x.example%'") == [(0,)]
    # others of the same names are sent first: who of them is in SnapCRM, only a person can tell
    publish_leads(leadpath.data_dir, [lead(key.upper(), name, f"{key}@y.example") for key, name in names.items()])
    assert pushed("--yes")["B"][0] == "conflict"
    publish_leads(leadpath.data_dir, [lead(key, name, f"{key}@x.example") for key, name in names.items()])
    assert {key: verdict for key, (verdict, _) in pushed("--yes").items()} == {
        **dict.fromkeys("acd", "conflict"),
        "b": "skip",
    }
    everything_else = "select * exclude (state, _dlt_load_id) from raw_snapcrm.pushes order by push_id"
    before = leadpath.raw(everything_else)
    settle = ("push-leads", "--no-build", "--settle")
    assert "is in SnapCRM" in leadpath(*settle, "C@x.example", "created").stderr
    assert "is sent again" in leadpath(*settle, "d", "other").stderr
    assert "has no conflict" in leadpath(*settle, "d", "other", status=2).stderr
    assert "created or other" in leadpath(*settle, "a", "mine", status=2).stderr
    unknown = leadpath("push-leads", "--only", "z@x.example", status=2)
    assert "--only z@x.example: no lead" in unknown.stderr
    assert states(leadpath)[-3:] == [("a", "conflict", 409), ("c", "created", 409), ("d", "failed", 409)]
    assert before == leadpath.raw(everything_else)
    assert {key: verdict for key, (verdict, _) in pushed().items()} == {**dict.fromkeys("abc", "skip"), "d": "send"}
