"""Which company each record belongs to, and why: exact links of a small world with the ugly cases in it."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.build.reference import write_reference
from pipelines.lists.files import read_lists
from tests.sql.test_companies import key
from tests.sql.warehouse import Warehouse

ACME, BETA, GAMMA = key("domain:acme.example"), key("domain:beta.example"), key("domain:gamma.example")
LONE = key("organisation:lone")
CALLER = key("domain:caller.example")

OVERRIDES = """action,vendor,entity_type,entity_id,domain,other_domain,reason
link,snapcall,call,50,beta.example,,they said so
unlink,snapcall,call,51,,,
link,snitcher,session,s-given,gamma.example,,
unlink,snitcher,organisation,isp,,,an internet provider
same,,,,acme.example,acme-group.example,one group
different,,,,torn-a.example,torn-b.example,sold
link,snapcall,call,none such,phantom.example,,
"""


def organisation(name: str, website: str | None, phone: str | None = None, **more: Any) -> dict[str, Any]:
    return {"uuid": name, "name": name, "website": website, "phone": phone, "address": {"country": "NL"}, **more}


def visit(name: str, organisation: str | None, minute: int, *pages: str, **more: Any) -> dict[str, Any]:
    start = f"2026-03-01T10:{minute:02}:00Z"
    events = [{"event_type": "pageview", "url": f"https://site.example{page}", "triggered_at": start} for page in pages]
    return {
        "uuid": name,
        "organisation_uuid": organisation,
        "started_at": start,
        "ended_at": f"2026-03-01T10:{minute + 5:02}:00Z",
        "location": {"city": "Berlin", "country": "DE"},
        "browser": "Microsoft Edge",
        "events": events,
        **more,
    }


def form(session: str, organisation: str | None, **fields: str) -> dict[str, Any]:
    values = [{"name": field, "value": value} for field, value in {"message": "hi", **fields}.items()]
    sent = {"event_type": "form_submit", "fields": values, "triggered_at": "2026-03-02T10:01:00Z"}
    started_at = "2026-03-02T10:00:00Z"
    return {"uuid": session, "organisation_uuid": organisation, "started_at": started_at, "events": [sent]}


def call(number: int, *, email: str | None = None, phone: int | None = None, **context: str) -> dict[str, Any]:
    return {
        "id": number,
        "ani": phone,
        "status": "answered",
        "call_start": "2026-03-01T10:02:00Z",
        "context": {"default": context, "external": {"e": email} if email else {}},
    }


def recording(name: str, second: int, page: str, visitor: str, uid: str | None = None, **more: Any) -> dict[str, Any]:
    start = f"2026-03-01T10:20:{second:02}Z"
    who = {"uid": uid, "browser": {"name": "Edge"}, "country": {"code": "DE", "city": "Berlin"}}
    return {
        "id": name,
        "visitorId": visitor,
        "identification": {**who, **more},
        "startedAt": start,
        "endedAt": start,
        "landingPage": f"https://site.example{page}",
        "domain": "site.example",
    }


def load(warehouse: Warehouse) -> None:
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    warehouse.load(
        "snitcher.organisations",
        [
            organisation("acme", "https://acme.example", "+31205551234"),
            organisation("acme-holding", None, "+31205551234"),
            organisation("acme-group", "acme-group.example"),
            organisation("Beta B.V.", "beta.example", "+31205550001"),
            organisation("shared-1", "gamma.example", "+31205550009"),
            organisation("shared-2", "delta.example", "+31205550009"),
            organisation("lone", "https://facebook.com/lone"),
            organisation("isp", "isp.example"),
            organisation("torn", "torn-b.example"),
            organisation("own", "site.example"),
        ],
        workspace_uuid="ws-1",
    )
    warehouse.load(
        "snitcher.organisation_websites",
        [
            {"uuid": "acme", "website": "acme.example"},
            {"uuid": "torn", "website": "torn-a.example"},
            {"uuid": "torn", "website": "torn-b.example"},
        ],
        workspace_uuid="ws-1",
        first_loaded_at=["2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"],
    )
    warehouse.load_sessions(
        [
            visit("s-acme", "acme", 0, "/", "/pricing?x=1"),
            visit("s-given", "Beta B.V.", 30, "/"),
            visit("s-isp", "isp", 40, "/"),
            visit("s-match", "Beta B.V.", 20, "/docs/"),
            visit("s-twin-1", "acme", 20, "/twins"),
            visit("s-twin-2", "lone", 20, "/twins"),
            visit("s-own", "own", 50, "/"),
            visit("s-nobody", None, 45, "/"),
            form("f-corporate", "lone", email="jo@acme.example", name="Jo Corporate"),
            form("f-free", "Beta B.V.", email="al@gmail.com", name="Al Free"),
            form("f-name", None, email="bo@gmail.com", name="Bo Name", company="BETA"),
            form("f-site", None, email="cy@gmail.com", name="Cy Site", website="https://www.gamma.example/x"),
            form("f-own", "acme", email="us@site.example", name="Us Own"),
        ]
    )
    warehouse.load(
        "snapcall.calls",
        [
            call(1, email="jo@shop.acme.example"),
            call(2, phone=31205550001),
            call(3, phone=31205550009),
            call(4, url="https://site.example/pricing", city="Berlin", browser="Edge 125"),
            call(5, url="https://site.example/pricing", city="Paris", browser="Edge 125"),
            call(6, email="new@caller.example"),
            call(7, email="fay@gmail.com", phone=31205550001),
            call(8, email="us@site.example"),
            call(50, email="jo@acme.example"),
            call(51, email="jo@acme.example"),
        ],
    )
    warehouse.load(
        "usersnap.feedbacks",
        [
            {"feedback_id": "fb-person", "email": "fay@gmail.com", "created_at": "2026-03-03T10:00:00Z"},
            {"feedback_id": "fb-demo", "email": "x@acme.example", "is_demo": True},
            {"feedback_id": "fb-nobody", "email": "nobody@gmail.com"},
        ],
    )
    warehouse.load(
        "smartlook.sessions",
        [
            recording("r-match", 50, "/docs#top", "v-anonymous"),
            recording("r-follows", 40, "/blog", "v-anonymous"),
            recording("r-twin", 10, "/twins", "v-other"),
            recording("r-known", 5, "/else", "v-known", None, properties={"e-mail": "Jo@ACME.example"}),
            recording("r-later", 6, "/else", "v-known"),
        ],
        project_id="p",
    )


LINKS = {
    ("organisation", "acme"): (ACME, "website_domain"),
    ("organisation", "acme-holding"): (ACME, "phone"),
    ("organisation", "acme-group"): (ACME, "website_domain"),
    ("organisation", "Beta B.V."): (BETA, "website_domain"),
    ("organisation", "shared-1"): (GAMMA, "website_domain"),
    ("organisation", "shared-2"): (key("domain:delta.example"), "website_domain"),
    ("organisation", "lone"): (LONE, "own_organisation"),
    ("organisation", "isp"): (None, "override"),
    ("organisation", "torn"): (key("domain:torn-a.example"), "website_domain"),
    ("organisation", "own"): (key("domain:site.example"), "website_domain"),
    ("session", "s-acme"): (ACME, "own_organisation"),
    ("session", "s-given"): (GAMMA, "override"),
    ("session", "s-isp"): (None, None),
    ("session", "s-match"): (BETA, "own_organisation"),
    ("session", "s-twin-1"): (ACME, "own_organisation"),
    ("session", "s-twin-2"): (LONE, "own_organisation"),
    ("session", "s-own"): (key("domain:site.example"), "own_organisation"),
    ("session", "f-corporate"): (LONE, "own_organisation"),
    ("session", "f-free"): (BETA, "own_organisation"),
    ("session", "s-nobody"): (None, None),
    ("session", "f-name"): (BETA, "company_name"),
    ("session", "f-site"): (GAMMA, "person"),
    ("session", "f-own"): (ACME, "own_organisation"),
    ("session", "r-match"): (BETA, "same_visit"),
    ("session", "r-follows"): (BETA, "same_visitor"),
    ("session", "r-twin"): (None, None),
    ("session", "r-known"): (ACME, "email_domain"),
    ("session", "r-later"): (ACME, "email_domain"),
    ("visitor", "v-anonymous"): (BETA, "same_visit"),
    ("visitor", "v-other"): (None, None),
    ("visitor", "v-known"): (ACME, "email_domain"),
    ("call", "1"): (ACME, "email_domain"),
    ("call", "2"): (BETA, "phone"),
    ("call", "3"): (None, None),
    ("call", "4"): (ACME, "same_visit"),
    ("call", "5"): (None, None),
    ("call", "6"): (CALLER, "email_domain"),
    ("call", "7"): (BETA, "phone"),
    ("call", "8"): (None, None),
    ("call", "50"): (BETA, "override"),
    ("call", "51"): (None, "override"),
    ("feedback", "fb-person"): (BETA, "person"),
    ("feedback", "fb-demo"): (None, None),
    ("feedback", "fb-nobody"): (None, None),
    ("lead", "jo@acme.example"): (ACME, "email_domain"),
    ("lead", "al@gmail.com"): (BETA, "form_session"),
    ("lead", "bo@gmail.com"): (BETA, "company_name"),
    ("lead", "cy@gmail.com"): (GAMMA, "website_domain"),
    ("lead", "us@site.example"): (None, None),
}


@pytest.fixture(scope="module")
def warehouse(warehouse_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(warehouse_folder)
    load(warehouse)
    config = tmp_path_factory.mktemp("config")
    (config / "company_overrides.csv").write_text(OVERRIDES)
    with warehouse.connect() as con:
        write_reference(con, read_lists(config))
    warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    return warehouse


def test_every_record_has_its_company_and_rule(warehouse: Warehouse) -> None:
    rows = warehouse.rows("""
        select entity_type, coalesce(leads.email, entity_id), links.company_key, rule
        from leadpath.marts.company_links as links
        left join leadpath.marts.fct_leads as leads on entity_type = 'lead' and lead_key = entity_id
    """)

    assert {(kind, name): (company, rule) for kind, name, company, rule in rows} == LINKS


def test_evidence_says_what_met_and_what_spoke_against(warehouse: Warehouse) -> None:
    evidence = "select evidence from leadpath.marts.company_links where entity_id = "
    against = "select evidence_against from leadpath.marts.company_links where entity_id = "

    assert warehouse.rows(f"{evidence} '2'") == [("number +31205550001 is that of organisation Beta B.V.",)]
    assert warehouse.rows(f"{evidence} '50'") == [("the operator's list: beta.example, they said so",)]
    ((words,),) = warehouse.rows(f"{against} '50'")
    assert words.startswith(
        "email_domain: e-mail jo@acme.example is of acme.example; person: e-mail jo@acme.example is"
    )
    assert warehouse.rows(f"{against} '2'") == [(None,)]


def test_what_needs_a_guess_is_listed(warehouse: Warehouse) -> None:
    rows = warehouse.rows("select entity_id, company_key, rule from leadpath.marts.ambiguous_links order by all")

    assert sorted(rows) == sorted(
        [
            ("3", GAMMA, "phone"),
            ("3", key("domain:delta.example"), "phone"),
            ("r-twin", ACME, "same_visit"),
            ("r-twin", LONE, "same_visit"),
        ]
    )


def test_companies_are_those_that_records_belong_to(warehouse: Warehouse) -> None:
    companies = dict(warehouse.rows("select domain, is_visitor from leadpath.marts.dim_companies"))

    assert companies == {
        "acme.example": True,
        "beta.example": True,
        "gamma.example": True,
        "delta.example": True,
        "torn-a.example": True,
        "site.example": True,
        None: True,
        # known from a call alone; nothing is known of the domain of a record that is not there
        "caller.example": False,
    }


def test_one_visit_is_one_visit_whoever_saw_it(warehouse: Warehouse) -> None:
    rows = warehouse.rows("""
        select one.session_id, other.session_id
        from leadpath.marts.fct_sessions as one
        inner join leadpath.marts.fct_sessions as other using (visit_key)
        where one.is_primary and not other.is_primary
    """)

    assert rows == [("s-match", "r-match")]
    touches = "select entity_id from leadpath.marts.fct_touchpoints where touch_type = 'session' order by all"
    seen = [name for (name,) in warehouse.rows(touches)]
    # not the recording of s-match, nothing without company, and none of our own
    assert seen == sorted(
        [
            *("s-acme", "s-given", "s-match", "s-twin-1", "s-twin-2"),
            *("f-corporate", "f-free", "f-own", "f-name", "f-site"),
            *("r-known", "r-later", "r-follows"),
        ]
    )


def test_facts_know_company_and_visit(warehouse: Warehouse) -> None:
    calls = warehouse.rows(
        "select call_id, company_key, session_id from leadpath.marts.fct_calls where call_id in ('4', '5')"
    )
    before = dict(warehouse.rows("select email, (sessions_before, calls_before) from leadpath.marts.fct_leads"))

    assert sorted(calls) == [("4", ACME, "s-acme"), ("5", None, None)]
    assert before["jo@acme.example"] == (5, 2)
    assert before["us@site.example"] == (0, 0)


def test_keys_that_went_are_listed(warehouse: Warehouse) -> None:
    rows = warehouse.rows("select old_key, company_key, reason from leadpath.marts.company_key_changes order by reason")

    assert rows == [
        (key("organisation:acme-holding"), ACME, "one phone number, which no other company has"),
        (key("domain:acme-group.example"), ACME, "the operator's list says so"),
    ]
