"""What did not change itself, but follows what did, is published again by an increment: links, touchpoints, credits."""

from pathlib import Path
from typing import Any

from sources.rows.table import Row
from tests.sql.memory import Models
from tests.sql.test_increments import contact, event, made_anew, session, show
from tests.sql.warehouse import Warehouse


def visit(number: int, organisation: str, page: int | None = None) -> Row:
    """A Snitcher session that begins at the hour `number`, on a page of its own unless another is named."""
    landing = event(url=f"https://site.example/{number if page is None else page}")
    return session(number, organisation, landing, location={"city": "Berlin"}, browser="Chrome")


def recording(name: str, hour: int, visitor: str | None = None, page: int | None = None, **who: Any) -> Row:
    """A Smartlook session of that hour, on the page of that hour's visit unless another is named."""
    return {
        "id": name,
        "visitorId": visitor,
        "startedAt": f"2026-03-01T{hour:02}:00:10Z",
        "landingPage": f"https://site.example/{hour if page is None else page}",
        "identification": {"browser": {"name": "Chrome"}, "country": {"city": "Berlin"}, **who},
    }


def record(warehouse: Warehouse, *recordings: Row, project: str = "p-1") -> None:
    warehouse.load("smartlook.sessions", recordings, project_id=project)


def call(number: int, ani: int, email: str) -> Row:
    return {"id": number, "bid": "b-1", "ani": ani, "context": {"external": {"email": email}}}


def links(warehouse: Warehouse) -> dict[str, tuple[str, str]]:
    return {
        name: (company, rule)
        for name, company, rule in warehouse.rows("""
            select entity_id, company_key, rule from leadpath.marts.company_links
            where entity_type in ('session', 'organisation') and company_key is not null
        """)
    }


def begin(warehouse: Warehouse) -> None:
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    for name in ("acme", "beta"):
        show(warehouse, name, f"{name}.example", "2026-03-01T00:00:00Z")
    warehouse.load(
        "snitcher.organisations",
        [
            {"uuid": "acme", "name": "acme", "website": "acme.example", "phone": "+33 1 23 45 67 89"},
            {"uuid": "beta", "name": "beta", "website": "beta.example", "phone": "+49 30 20000001"},
            {"uuid": "ours", "name": "ours", "website": "ours.example", "phone": "+49 30 20000002"},
        ],
        workspace_uuid="ws-1",
    )
    organisations = {1: "acme", 2: "acme", 3: "acme", 4: "unknown", 5: "acme", 6: "beta", 8: "acme"}
    warehouse.load_sessions([visit(number, organisation) for number, organisation in organisations.items()])
    warehouse.load_sessions(
        [
            session(14, "turns", contact(email="jo@turns.example", first_name="Turns")),
            session(15, "acme", contact(email="kim@gmail.com", first_name="Kim")),
        ]
    )
    show(warehouse, "turns", "turns.example", "2026-03-01T00:00:00Z")
    warehouse.load("snapcall.buttons", [{"bid": "b-1", "timezone": "Europe/Paris"}])
    # one free-mail address that is known of two companies decides nothing
    warehouse.load("snapcall.calls", [call(1, 33123456789, "pat@gmail.com"), call(2, 493020000001, "pat@gmail.com")])
    # made from a visit that the vendor reports later
    page = {"url": "https://site.example/13", "city": "Berlin", "browser": "Chrome"}
    early = {"id": 9, "bid": "b-1", "call_start": "2026-03-01T13:00:00Z", "context": {"default": page}}
    warehouse.load("snapcall.calls", [early])
    visitors = {"v-domain": "jo@beta.example", "v-two": "pat@gmail.com"}
    warehouse.load(
        "smartlook.visitors",
        [{"id": name, "identification": {"uid": email}} for name, email in visitors.items()],
        project_id="p-1",
    )
    record(
        warehouse,
        recording("domain", 21, "v-domain"),
        recording("contradicted", 1, "v-domain"),
        recording("two", 2, "v-two"),
        recording("twin", 3),
        recording("other-twin", 3),
        recording("moves", 4),
        recording("shared", 5),
        recording("left", 8),
    )
    record(warehouse, recording("shared", 6, page=7), project="p-2")


def change(warehouse: Warehouse) -> None:
    record(
        warehouse,
        # a second address of their visitors, so that nobody knows whose the first sessions are
        recording("domain-again", 11, "v-domain", uid="jo@elsewhere.example"),
        recording("two-again", 12, "v-two", uid="second@gmail.com"),
        recording("other-twin", 3, page=9),
    )
    show(warehouse, "unknown", "found.example", "2026-03-03T00:00:00Z")
    record(warehouse, recording("shared", 6), project="p-2")
    # a customer proves to be our own company, and so does the company of a lead that somebody else's form showed
    show(warehouse, "turns", "own.example", "2026-03-03T00:00:00Z")
    warehouse.load("snapcall.calls", [call(3, 493020000002, "kim@gmail.com")])
    # the visit turns out to have begun elsewhere
    warehouse.load_sessions([visit(8, "acme", page=10), visit(13, "acme")])


OWN = ("own.example", "ours.example")


def credited(warehouse: Warehouse) -> list[str]:
    return [
        name
        for (name,) in warehouse.rows("""
            select distinct first_name from leadpath.marts.fct_leads as leads
            semi join leadpath.marts.lead_attribution using (lead_key) order by first_name
        """)
    ]


def test_what_follows_something_that_changed_is_published_again(models: Models, warehouse_folder: Path) -> None:
    warehouse = Warehouse(warehouse_folder)
    begin(warehouse)
    warehouse.build(own_domains=OWN)
    before = links(warehouse)
    assert before["domain"] == (before["beta"][0], "email_domain")
    # the visit is of the company that the vendor names, also where the recorder was told another
    assert before["contradicted"] == before["two"] == (before["acme"][0], "same_visit")
    assert before["moves"] == (before["s-4"][0], "same_visit")
    assert before["left"] == (before["acme"][0], "same_visit")
    assert not {"twin", "other-twin"} & set(before)

    assert credited(warehouse) == ["Kim", "Turns"]

    since = warehouse.load_id
    change(warehouse)
    warehouse.build(since=since, own_domains=OWN)

    after = links(warehouse)
    acme = (after["acme"][0], "same_visit")
    assert (after["contradicted"], after["two"], after["twin"]) == (acme, acme, acme)
    assert after["moves"] == (after["s-4"][0], "same_visit") != before["moves"]
    # of a visitor of two companies, what names neither belongs to none
    assert not {"domain", "other-twin", "shared", "left"} & set(after)
    calls = dict(warehouse.rows("select call_id, session_id from leadpath.marts.fct_calls"))
    assert calls["9"] == "s-13"
    assert credited(warehouse) == []
    assert "s-14" not in {name for (name,) in warehouse.rows("select session_id from leadpath.marts.fct_touchpoints")}
    assert warehouse.marts() == made_anew(models, warehouse.raw, *OWN)
