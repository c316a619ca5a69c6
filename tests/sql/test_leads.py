"""Who asked to be contacted: forms in several languages, the CRM's leads and what we pushed, as one row per person."""

import hashlib
from typing import Any

import pytest

from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.test_companies import key as company_key
from tests.sql.warehouse import Warehouse

SITE = "https://www.northwind.example"
COLUMNS = (
    "lead_id, company_key, email, first_name, last_name, phone, lead_status, lead_status_as_of::text,"
    " created_at::text, last_requested_at::text, request_count, known_from, first_session_id, last_session_id,"
    " sessions_before, calls_before, company, website, city, form_name, is_internal, is_ignored"
)
Fields = list[dict[str, Any]]


def of(domain: str) -> str:
    """The key of the company that only this domain is known of."""
    return company_key(f"domain:{domain}")


def key(identity: str) -> str:
    return hashlib.md5(f"lead|{identity}".encode()).hexdigest()


def fields(**typed: Any) -> Fields:
    return [{"name": name.replace("_", " "), "value": value} for name, value in typed.items()]


def form(day: int, asked: Any, **more: Any) -> dict[str, Any]:
    return {"event_type": "form_submit", "triggered_at": f"2026-03-{day:02}T10:00:00Z", "fields": asked, **more}


def session(uuid: str, *events: dict[str, Any], country: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "started_at": "2026-03-01T09:00:00Z",
        "location": {"country": country},
        "events": list(events),
    } | more


ANNA = fields(Vorname="Anna", Nachname="van der Berg", Telefon="020 555 1234", Firma="Fabrikam  BV", E_Mail="")
SESSIONS = [
    # a number first, an address with it later
    session("anna 1", form(1, ANNA, form_id="k", form_name="Kontaktformular"), country="NL"),
    session(
        "anna 2",
        form(
            3,
            fields(your_name="A. van der Berg", your_email=" ANNA@Fabrikam.example\n", your_phone="+31 20 555 1234"),
            form_id="wpcf7-f42-o1",
        ),
        form(2, fields(EMAIL="anna@fabrikam.example", message=None, Site_web="fabrikam.example", Ville="Paris")),
    ),
    # a switchboard: two addresses, and somebody without one
    session("bob", form(4, fields(name="Bob", email="bob@acme.example", phone="+31 20 555 9999"))),
    session("carl", form(5, fields(name="Carl", email="carl@acme.example", phone="+31 20 555 9999"))),
    session("dora", form(6, fields(name="Dora", email="", phone="+31 20 555 9999"))),
    # a name and a company alone, twice
    session("emil", form(7, fields(name="Émil  Öz 🎉", email="no address", company="Acme, Inc."))),
    session("emil again", form(8, fields(name="emil oz", email=None, company="ACME INC"))),
    # a number as the organisation's country writes it
    session("fay", form(9, fields(e_mail="fay@x.example", phone="020 7946 0000")), organisation_uuid="london"),
    session("own", form(9, fields(email="gus@mail.northwind.example", name="Gus"))),
    session("test", form(9, fields(email="test@test.com", name="Test"))),
    # none of these asks to be contacted
    session("newsletter", form(9, fields(email="n1@x.example"), form_name="Any")),
    session("listed", form(9, fields(email="n2@x.example", name="N"), form_name=" NEWSLETTER ")),
    session("no address", form(9, fields(name="N", company="C", phone="+31205550000"))),
    session("nobody", form(9, fields(name="", email=" ", phone="12", company="C"))),
    session("no fields", form(9, None, form_name="Demo"), form(9, "odd", form_name="Demo")),
    session("no form", {"event_type": "track", "properties": fields(email="n3@x.example", name="N")}),
    # the list says that this one does, though it asks for an address alone; its time is the session's
    session("demo", form(9, fields(email="hal@x.example"), form_name="Demo") | {"triggered_at": None}),
]

CRM = [
    {"id": "clx-old", "firstName": "Ida", "lastName": "Old", "email": "IDA@x.example", "status": "won",
     "createdAt": "2026-01-01T00:00:00Z", "company": "Old Ltd", "city": "Ely"},
    {"id": "clx-bob", "firstName": "Robert", "lastName": "Berg", "email": "bob@acme.example", "status": "new",
     "createdAt": "2026-01-02T00:00:00Z", "phone": "+31 20 555 8888"},
    {"firstName": "Jo", "lastName": "Nameless"},
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(models: Models) -> Warehouse:
    warehouse = MemoryWarehouse(models)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "name": "Site", "url": SITE}])
    warehouse.load(
        "snitcher.organisations",
        [{"uuid": "london", "website": "london.example", "address": {"country": "GB"}}],
        workspace_uuid="ws-1",
    )
    warehouse.load_sessions(SESSIONS)
    warehouse.load(
        "snapcrm.leads",
        CRM,
        lead_row=["1", "2", "3"],
        known_from="import",
        known_at="2026-03-09T00:00:00Z",
    )
    # made by us of a form: the answer has neither number nor company
    warehouse.load(
        "snapcrm.leads",
        [{"id": "clx-dora", "firstName": "Dora", "lastName": "-", "status": "new"}],
        lead_row="4",
        known_from="crm",
        known_at="2026-03-10T00:00:00Z",
    )
    warehouse.load(
        "snapcrm.pushes",
        [{}] * 4,
        push_id=["p1", "p2", "p3", "p4"],
        lead_key="any",
        state=["created", "created", "conflict", "created_unconfirmed"],
        payload=[
            {"firstName": "Dora", "lastName": "-", "phone": "+31205559999"},
            {"firstName": "Hal", "lastName": "H", "email": "hal@x.example"},
            {"firstName": "No", "lastName": "Trace", "email": "conflict@x.example"},
            {"firstName": "No", "lastName": "Trace", "email": "unconfirmed@x.example"},
        ],
        response=['{"id": "clx-dora"}', '{"id": "clx-hal", "status": "new"}', "<html>", None],
        ended_at="2026-03-10T00:00:00Z",
    )
    warehouse.full_build()
    return warehouse


def asked(first: str, last: str | None = None) -> tuple[str, str]:
    return f"{first} 10:00:00+00", f"{last or first} 10:00:00+00"


def test_people_are_one_row_each(warehouse: Warehouse) -> None:
    found = warehouse.rows(f"select lead_key, {COLUMNS} from leadpath.marts.fct_leads order by email, phone, last_name")
    nothing = [None] * 3
    unknown = (0, 0)
    # visits of a company are those in which its people sent any form
    no = (False, False)

    assert found == [
        (
            *(
                key("phone:+31205551234"),
                None,
                of("fabrikam.example"),
                "anna@fabrikam.example",
                "Anna",
                "van der Berg",
                "+31205551234",
            ),
            *(None, None, *asked("2026-03-01", "2026-03-03"), 3, "form", "anna 1", "anna 2", 2, 0),
            *("Fabrikam BV", "fabrikam.example", "Paris", "Kontaktformular", *no),
        ),
        (
            *(
                key("email:bob@acme.example"),
                "clx-bob",
                of("acme.example"),
                "bob@acme.example",
                "Robert",
                "Berg",
                "+31205559999",
            ),
            *("new", "2026-03-09 00:00:00+00", "2026-01-02 00:00:00+00", "2026-03-04 10:00:00+00", 2, "import"),
            *("bob", "bob", *unknown, *nothing, None, *no),
        ),
        (
            *(
                key("email:carl@acme.example"),
                None,
                of("acme.example"),
                "carl@acme.example",
                "Carl",
                None,
                "+31205559999",
            ),
            *(None, None, *asked("2026-03-05"), 1, "form", "carl", "carl", 3, 0, *nothing, None, *no),
        ),
        (
            *(key("email:fay@x.example"), None, of("x.example"), "fay@x.example", None, None, "+442079460000"),
            *(None, None, *asked("2026-03-09"), 1, "form", "fay", "fay", 3, 0, *nothing, None, *no),
        ),
        (
            *(key("email:gus@mail.northwind.example"), None, None, "gus@mail.northwind.example", "Gus", None, None),
            *(None, None, *asked("2026-03-09"), 1, "form", "own", "own", *unknown, *nothing, None, True, False),
        ),
        (
            *(key("email:hal@x.example"), "clx-hal", of("x.example"), "hal@x.example", "Hal", "H", None),
            *("new", "2026-03-10 00:00:00+00", "2026-03-01 09:00:00+00", "2026-03-01 09:00:00+00", 1, "form"),
            *("demo", "demo", *unknown, *nothing, "Demo", *no),
        ),
        (
            *(key("email:ida@x.example"), "clx-old", of("x.example"), "ida@x.example", "Ida", "Old", None),
            *("won", "2026-03-09 00:00:00+00", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00+00", 1, "import"),
            *(None, None, *unknown, "Old Ltd", None, "Ely", None, *no),
        ),
        (
            *(key("email:test@test.com"), None, of("test.com"), "test@test.com", "Test", None, None),
            *(None, None, *asked("2026-03-09"), 1, "form", "test", "test", 1, 0, *nothing, None, False, True),
        ),
        (
            *(key("phone:+31205559999"), "clx-dora", of("acme.example"), None, "Dora", "-", "+31205559999"),
            *("new", "2026-03-10 00:00:00+00", *asked("2026-03-06"), 1, "form", "dora", "dora", 3, 0),
            *(*nothing, None, *no),
        ),
        (
            *(key("name:jonameless|"), None, None, None, "Jo", "Nameless", None, None, None),
            *(None, None, 1, "import", None, None, *unknown, *nothing, None, *no),
        ),
        (
            *(key("name:emiloz|acmeinc"), None, None, None, "emil", "oz", None, None, None),
            *(*asked("2026-03-07", "2026-03-08"), 2, "form", "emil", "emil again", *unknown),
            *("ACME INC", None, None, None, *no),
        ),
    ]


def test_the_contact_of_a_lead_says_nothing_that_was_asked_later(warehouse: Warehouse) -> None:
    """It stands at the first request; the form in fct_leads is that of the last."""
    assert warehouse.rows(f"""
        select entity_id, occurred_at::text, session_id, summary
        from leadpath.marts.fct_touchpoints
        where entity_id in ('{key("phone:+31205551234")}', '{key("email:ida@x.example")}')
        order by occurred_at
    """) == [
        (
            key("email:ida@x.example"),
            "2026-01-01 00:00:00+00",
            None,
            "asked to be contacted, known from import",
        ),
        (
            key("phone:+31205551234"),
            "2026-03-01 10:00:00+00",
            "anna 1",
            "asked to be contacted, known from form",
        ),
    ]
