"""Leads from end to end: all vendors synced, the CRM's leads imported, and every person of the world is one row."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from sandbox.world.leads import FORMS
from sandbox.world.model import Event, Lead, Visit
from tests.conftest import Cli

# the first day of the history that the command line is run with
SINCE = datetime(2026, 2, 18, tzinfo=UTC)
CRM_FIELDS = ("id", "firstName", "lastName", "email", "phone", "company", "website", "status", "createdAt")
COLUMNS = (
    "email, first_name, last_name, phone, created_at, last_requested_at, request_count, known_from, lead_id,"
    " lead_status, first_session_id, last_session_id, company, website, form_name, is_internal, is_ignored"
)
NAMES = {form_id: {field: what for what, field in names.items()} for _, form_id, _, names in FORMS}
Make = Callable[..., Sandbox]
Row = tuple[Any, ...]


def typed(form: Event) -> dict[str, str]:
    """What somebody typed into a form, by what its fields are for; blank ones are left out."""
    meanings = NAMES[str(form.form_id)]
    return {meanings[name]: str(value).strip() for name, value in form.fields if name in meanings and value}


def sent(sandbox: Sandbox, lead: Lead) -> list[tuple[datetime, Visit, Event]]:
    """The forms of a lead that Snitcher shows, oldest first; it states whole seconds."""
    shown = {visit.key for visit in sandbox.world.visible_visits() if visit.session_id and visit.started_at >= SINCE}
    visits = [(sandbox.world.visits[key], place) for key, place in lead.submissions if key in shown]
    forms = [(visit.events[place].at.replace(microsecond=0), visit, visit.events[place]) for visit, place in visits]
    return sorted(forms, key=lambda each: each[0])


def wanted(sandbox: Sandbox) -> dict[str, Row]:
    """The row of every person who asked by now, by the name that the world has for them."""
    rows: dict[str, Row] = {}
    for lead in sandbox.world.leads.values():
        forms = sent(sandbox, lead)
        known = lead.crm_id is not None and lead.crm_created_at is not None
        if not forms and not known:
            continue
        asked: list[tuple[datetime, str, dict[str, str]]] = [(at, "form", typed(form)) for at, _, form in forms]
        if lead.crm_created_at and known:
            crm = {"phone": lead.phone or "", "company": lead.company_name or "", "website": lead.website or ""}
            made = lead.crm_created_at.replace(microsecond=lead.crm_created_at.microsecond // 1000 * 1000)
            asked.append((made, "import", {what: value for what, value in crm.items() if value}))
        asked.sort(key=lambda each: each[0])

        def last(what: str, asked: list[tuple[datetime, str, dict[str, str]]] = asked) -> str | None:
            return next((values[what] for _, _, values in reversed(asked) if what in values), None)

        named = [form.form_name for _, _, form in forms if form.form_name]
        company = sandbox.world.companies.get(lead.company or "")
        rows[lead.id] = (
            *(lead.email, lead.first, lead.last, last("phone"), asked[0][0], asked[-1][0], len(asked), asked[0][1]),
            *(lead.crm_id, lead.crm_status, forms[0][1].session_id if forms else None),
            *(forms[-1][1].session_id if forms else None, last("company"), last("website")),
            *(named[-1] if named else None, bool(company and company.internal and lead.email), False),
        )
    return rows


def found(leadpath: Cli) -> dict[str, Row]:
    rows = leadpath.marts(f"select {COLUMNS} from marts.fct_leads")
    people = {row[0] or row[3] or f"{row[1]} {row[2]}".lower(): row for row in rows}
    assert len(people) == len(rows)
    return people


def import_crm(leadpath: Cli, sandbox: Sandbox, folder: Path) -> None:
    file = folder / "crm.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, CRM_FIELDS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sandbox.records("snapcrm", "leads"))
    leadpath("import-leads", str(file), "--no-build", sandbox=sandbox)


def test_every_person_who_asked_is_one_row(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(companies=40, days=12)
    import_crm(leadpath, sandbox, tmp_path)
    leadpath("sync", sandbox=sandbox)
    expected = wanted(sandbox)

    assert found(leadpath) == expected
    # each kind of person is there: a phone alone, twice, from the CRM alone, from both, and our own
    assert {"form", "import"} == {row[7] for row in expected.values()}
    assert any(row[0] is None for row in expected.values())
    assert any(row[6] > 1 and row[8] is None for row in expected.values())
    assert any(row[8] and row[10] for row in expected.values())
    assert any(row[15] for row in expected.values())

    linked = leadpath.marts(
        "select email, domain from marts.fct_leads inner join marts.dim_companies using (company_key)"
    )
    true = {lead.email: sandbox.world.companies.get(lead.company or "") for lead in sandbox.world.leads.values()}
    assert len(linked) > len(expected) / 2
    assert [
        (email, domain)
        for email, domain in linked
        if email and domain and domain not in getattr(true[email], "domains", ())
    ] == []

    sandbox.advance(timedelta(days=1))
    leadpath("sync", sandbox=sandbox)
    grown = wanted(sandbox)

    assert set(grown) > set(expected)
    assert found(leadpath) == grown
    # the report's days are those that loads reach into: what the CRM says of the time before them is not counted
    counted = [row for row in grown.values() if not row[15] and row[4] >= SINCE]
    assert 0 < len(counted) < sum(not row[15] for row in grown.values())
    assert leadpath.marts("select sum(leads) from marts.daily_activity") == [(len(counted),)]
