"""Addresses, websites, pages and names as real people and vendors write them, from raw rows to links."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.lists.files import read_lists
from pipelines.texts.domains import BEFORE, HOST, NOTHING, read_domain
from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.warehouse import SQL

DAY = "2026-03-02T10:00:00Z"


@pytest.fixture
def warehouse(models: Models) -> Iterator[MemoryWarehouse]:
    warehouse = MemoryWarehouse(models)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    yield warehouse
    warehouse.close()


def form(session: str, organisation: str | None = None, **fields: str) -> dict[str, Any]:
    values = [{"name": name, "value": value} for name, value in {"message": "hi", **fields}.items()]
    sent = {"event_type": "form_submit", "fields": values, "triggered_at": DAY}
    return {"uuid": session, "organisation_uuid": organisation, "started_at": DAY, "events": [sent]}


def visit(name: str, page: str, **more: Any) -> dict[str, Any]:
    seen = {"event_type": "pageview", "url": page, "triggered_at": DAY}
    return {"uuid": name, "started_at": DAY, "ended_at": "2026-03-02T10:09:00Z", "events": [seen], **more}


def organisations(warehouse: MemoryWarehouse, **websites: str) -> None:
    rows = [{"uuid": name, "name": name, "website": website} for name, website in websites.items()]
    warehouse.load("snitcher.organisations", rows, workspace_uuid="ws-1")


def company_of(warehouse: MemoryWarehouse, entity_type: str) -> dict[str, tuple[str | None, str | None]]:
    """Domain and rule of each record of a type that is linked."""
    found = warehouse.rows(f"""
        select links.entity_id, companies.domain, links.rule
        from leadpath.marts.company_links as links
        inner join leadpath.marts.dim_companies as companies using (company_key)
        where links.entity_type = '{entity_type}'
    """)
    return {name: (domain, rule) for name, domain, rule in found}


def domains_of_leads(warehouse: MemoryWarehouse) -> dict[str | None, str | None]:
    found = warehouse.rows("""
        select leads.email, companies.domain
        from leadpath.marts.fct_leads as leads
        left join leadpath.marts.dim_companies as companies using (company_key)
    """)
    assert len(dict(found)) == len(found), found
    return dict(found)


SPELT = {
    "uma": "uma@birchwood.example.",
    "vic": "Vic Oak <vic@birchwood.example>",
    "wes": "(wes@birchwood.example)",
    "yan": "'yan@birchwood.example'",
    "xia": "mailto:xia@birchwood.example?subject=Demo",
    "tom": "tom@birchwood.example; b@x.example",
    "zoe": "\u200bZOE@Birchwood.example\xa0",
}


def test_an_address_is_read_wherever_it_is_written(warehouse: MemoryWarehouse) -> None:
    warehouse.load_sessions([form(name, email=text) for name, text in SPELT.items()])
    warehouse.load("snapcall.calls", [{"id": 1, "client": "Jane Roe <jane@umlautag.example>", "call_start": DAY}])
    warehouse.load("usersnap.feedbacks", [{"feedback_id": "f", "email": "ada@umlautag.example.", "created_at": DAY}])
    warehouse.load(
        "snapcrm.leads", [{"id": "c", "email": "kim@umlautag.example."}], lead_row=["c"], known_from="import"
    )
    warehouse.load(
        "smartlook.visitors",
        [{"id": "v", "identification": {"uid": "Max <max@umlautag.example>"}}],
        project_id="p",
    )
    warehouse.full_build()

    expected = {f"{name}@birchwood.example": "birchwood.example" for name in SPELT}
    assert domains_of_leads(warehouse) == expected | {"kim@umlautag.example": "umlautag.example"}
    assert warehouse.rows("select caller_email from leadpath.marts.fct_calls") == [("jane@umlautag.example",)]
    assert warehouse.rows("select email from leadpath.marts.fct_feedback") == [("ada@umlautag.example",)]
    linked = ("umlautag.example", "email_domain")
    assert company_of(warehouse, "call") == {"1": linked}
    assert company_of(warehouse, "feedback") == {"f": linked}
    assert company_of(warehouse, "visitor") == {"v": linked}


def test_of_several_addresses_the_caller_s_counts(warehouse: MemoryWarehouse) -> None:
    external = {"employee": "max@partneragency.example", "email": "rita@tidewater.example"}
    ours = {"employee": "max@partneragency.example", "supportEmail": "help@partneragency.example"}
    warehouse.load(
        "snapcall.calls",
        [
            {"id": number, "call_start": DAY, "context": {"default": {}, "external": context}}
            for number, context in ((1, external), (2, ours))
        ],
    )
    warehouse.full_build()

    emails = warehouse.rows("select call_id, caller_email from leadpath.marts.fct_calls order by 1")
    assert emails == [("1", "rita@tidewater.example"), ("2", None)]
    assert company_of(warehouse, "call") == {"1": ("tidewater.example", "email_domain")}


def test_one_person_is_one_lead_in_every_unicode_form(warehouse: MemoryWarehouse) -> None:
    warehouse.load_sessions(
        [
            form("nfc", email=unicodedata.normalize("NFC", "rené@galetx.example"), name="René"),
            form("nfd", email=unicodedata.normalize("NFD", "rené@galetx.example"), name="René"),
            form("letters", email="max@müllerx.example", name="Max Müller"),
            form("punycode", email="max@xn--mllerx-3ya.example", name="Max Müller"),
        ]
    )
    warehouse.full_build()

    assert domains_of_leads(warehouse) == {
        "rené@galetx.example": "galetx.example",
        "max@xn--mllerx-3ya.example": "xn--mllerx-3ya.example",
    }


@pytest.mark.parametrize(
    ("city", "page", "call_city", "call_page"),
    [
        ("München", "https://site.example/über-uns", "Mu\u0308nchen", "https://site.example/%C3%BCber-uns"),
        ("GROẞENHAIN", "https://www.site.example/a%20b/", "Großenhain", "https://site.example:443/a%20b?x=1"),
        ("İzmir", "http://SITE.example:80/r&d", "izmir", "http://site.example/r&amp;d/#top"),
    ],
)
def test_a_call_finds_its_visit_in_every_spelling(
    warehouse: MemoryWarehouse, city: str, page: str, call_city: str, call_page: str
) -> None:
    organisations(warehouse, acme="acme.example")
    warehouse.load_sessions(
        [visit("s", page, organisation_uuid="acme", location={"city": city}, browser="Firefox"), visit("t", page)]
    )
    context = {"default": {"city": call_city, "browser": "Firefox", "url": call_page}}
    warehouse.load("snapcall.calls", [{"id": 1, "call_start": "2026-03-02T10:02:00Z", "context": context}])
    warehouse.full_build()

    assert company_of(warehouse, "call") == {"1": ("acme.example", "same_visit")}
    # what is published stays the vendor's
    assert warehouse.rows("select page_url from leadpath.marts.fct_calls") == [(call_page,)]


SCHEMES = [
    "http://https://marlow.example",
    "https//marlow.example",
    "http:marlow.example",
    "http;//marlow.example/x",
    "www.http://marlow.example",
    "https://https://https://www.marlow.example",
    "http.//marlow.example",
    "https:/marlow.example",
    "http:\\\\marlow.example\\x",
    "https: //marlow.example",
    "https://jo:p@ss@marlow.example:8443/x",
    '"marlow.example"',
    "<https://marlow.example/>",
    "(marlow.example)",
    "marlow.example.",
    "marlow.example, other.example",
    "MARLOW.example:443",
    "//marlow.example",
    "https://marlow.example | Marlow",
    "https://my_shop.marlow.example/",
    "mailto:info@marlow.example",
]


def test_a_website_is_read_alike_by_python_and_sql(warehouse: MemoryWarehouse) -> None:
    names = {f"o{place}": text for place, text in enumerate(SCHEMES)}
    organisations(warehouse, **names, bad="https://bad_name.example")
    warehouse.load_sessions([form("lead", email="pat@marlow.example"), visit("v", "/", organisation_uuid="o0")])
    warehouse.full_build()
    lists = read_lists()

    found = company_of(warehouse, "organisation")
    assert {text: found[name][0] for name, text in names.items()} == dict.fromkeys(SCHEMES, "marlow.example")
    read = {text: read_domain(text, lists) for text in SCHEMES}
    assert {text: named and named.company_domain for text, named in read.items()} == dict.fromkeys(
        SCHEMES, "marlow.example"
    )
    assert found["bad"][0] is None
    named = read_domain("https://bad_name.example", lists)
    assert named and named.company_domain is None
    totals = warehouse.rows(
        "select visit_count, lead_count from leadpath.marts.company_360 where domain = 'marlow.example'"
    )
    assert totals == [(2, 1)]


def test_the_two_readers_of_hosts_are_one_expression() -> None:
    macros = (SQL / "macros" / "url.sql").read_text()

    assert BEFORE.replace("'", "''") in macros
    assert HOST.removeprefix(BEFORE).replace("'", "''") in macros
    assert re.compile(HOST) and NOTHING.pattern.replace("'", "''") in macros


def test_character_references_are_decoded_once(warehouse: MemoryWarehouse) -> None:
    names = {
        "smith": "Smith &amp; Sons Ltd",
        "cafe": "Caf&eacute; &#8364;",
        "twice": "A &amp;lt; B",
        "plain": "R&D; AT&T",
    }
    warehouse.load(
        "snitcher.organisations", [{"uuid": name, "name": text} for name, text in names.items()], workspace_uuid="ws-1"
    )
    warehouse.load_sessions(
        [
            form("s", email="al@gmail.com", name="Al", company="Smith & Sons Ltd"),
            form("t", email="bo@gmail.com", name="Bo O&#39;Neil", company="Smith &amp; Sons"),
            visit("landing", "https://site.example/?a=1&amp;utm_medium=email&amp;utm_source=x%20y"),
        ]
    )
    warehouse.full_build()

    found = dict(warehouse.rows("select company_name, 1 from leadpath.marts.dim_companies"))
    assert set(found) == {"Smith & Sons Ltd", "Café €", "A &lt; B", "R&D; AT&T"}
    leads = warehouse.rows("""
        select first_name, last_name, company_key is not null from leadpath.marts.fct_leads order by first_name
    """)
    assert leads == [("Al", None, True), ("Bo", "O'Neil", True)]
    visits = warehouse.rows("""
        select channel, utm_medium, utm_source from leadpath.marts.fct_sessions where session_id = 'landing'
    """)
    assert visits == [("email", "email", "x y")]


def test_a_tenant_is_a_company_and_a_forwarder_nobody(warehouse: MemoryWarehouse) -> None:
    tenants = {
        "a@firstco.onmicrosoft.com": "firstco.onmicrosoft.com",
        "b@secondco.onmicrosoft.com": "secondco.onmicrosoft.com",
        "c@thirdco.mail.onmicrosoft.com": "thirdco.mail.onmicrosoft.com",
        "d@firstco.zendesk.com": "firstco.zendesk.com",
        "e@firstco.atlassian.net": "firstco.atlassian.net",
    }
    nobody = [
        *("privaterelay.appleid.com", "private.icloud.com", "duck.com", "kim.anonaddy.com", "users.noreply.github.com"),
        *("aleeas.com", "simplelogin.com", "anonaddy.me", "relay.firefox.com", "mailinator.com", "10minutemail.de"),
        *("jo.addy.io", "slmail.me", "opayq.com", "vodafone.de"),
    ]
    addresses = [*tenants, *(f"x{place}@{host}" for place, host in enumerate(nobody))]
    warehouse.load_sessions([form(address, email=address, name=address[:2]) for address in addresses])
    warehouse.full_build()

    assert domains_of_leads(warehouse) == {**dict.fromkeys(addresses), **tenants}
    lists = read_lists()
    read = {address: read_domain(address, lists) for address in addresses}
    assert {address: named and named.company_domain for address, named in read.items()} == {
        **dict.fromkeys(addresses),
        **tenants,
    }


PLATFORMS = {
    "https://gitlab.com": "gitlab.com",
    "https://www.amazon.com/": "amazon.com",
    "ebay.com": "ebay.com",
    "https://facebook.com": "facebook.com",
    "https://www.vodafone.de": "vodafone.de",
    "https://www.amazon.com/shops/acme": None,
    "https://www.linkedin.com/company/acme": None,
    "facebook.com/acme": None,
    "https://acme.gitlab.io": "acme.gitlab.io",
    "https://docs.google.com": None,
    "https://gitlab.com/?x=1": None,
    "gmail.com": None,
}


def test_a_platform_is_a_company_and_what_is_below_it_is_not(warehouse: MemoryWarehouse) -> None:
    organisations(warehouse, **{f"o{place}": website for place, website in enumerate(PLATFORMS)})
    warehouse.load_sessions(
        [
            form("staff", email="sam@gitlab.com", name="Sam"),
            form("only", email="lee@github.com", name="Lee"),
            form("free", email="al@gmail.com", name="Al", website="https://facebook.com"),
            form("provider", email="bo@vodafone.de", name="Bo"),
        ]
    )
    warehouse.full_build()

    found = company_of(warehouse, "organisation")
    assert {text: found[f"o{place}"][0] for place, text in enumerate(PLATFORMS)} == PLATFORMS
    assert domains_of_leads(warehouse) == {
        **{"sam@gitlab.com": "gitlab.com", "lee@github.com": "github.com"},
        **{"al@gmail.com": None, "bo@vodafone.de": None},
    }
    lists = read_lists()
    read = {text: read_domain(text, lists) for text in PLATFORMS}
    assert {text: named and named.company_domain for text, named in read.items()} == PLATFORMS


def test_the_network_of_a_provider_is_no_employer(warehouse: MemoryWarehouse) -> None:
    organisations(warehouse, vodafone="https://www.vodafone.de", mail="t-online.de", acme="acme.example")
    warehouse.load_sessions(
        [form(f"f-{name}", name, email=f"{name}@gmail.com", name="Al") for name in ("vodafone", "mail", "acme")]
    )
    warehouse.full_build()

    assert domains_of_leads(warehouse) == {
        **{"vodafone@gmail.com": None, "mail@gmail.com": None, "acme@gmail.com": "acme.example"}
    }
