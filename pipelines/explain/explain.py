"""Why a record is linked to its company: the chain of evidence, read from the published file alone.

A link says which rule made it and, in words, which value met which. Where it rests on another record (the session of a
form, the organisation of a number), that record's own link is next in the chain, until one rests on nothing else.
"""

import csv
import difflib
import io
import json
import shlex
from collections.abc import Mapping, Sequence

from pipelines.explain.companies import (
    NOBODYS,
    called,
    company_row,
    describe,
    explain_company,
    find,
    key_of_domain,
    known_company,
)
from pipelines.explain.published import Document, Published, opened
from pipelines.explain.records import DECLARED, find_record, kinds_of, missing_since, record_below
from pipelines.lists.files import Lists, read_lists
from pipelines.settings import Settings
from pipelines.texts.domains import read_domain
from pipelines.vendors import BY_NAME
from sources.errors import Mistaken

COMPANY = ("company_key", "company_name", "domain")

# what each rule says, in words
RULES = {
    "override": "the operator's list says so",
    "own_organisation": "the organisation that Snitcher names for it",
    "email_domain": "its e-mail address is of a company's domain",
    "website_domain": "its website is of a company's domain",
    "phone": "a phone number that no other company has",
    "person": "the same e-mail address as another record",
    "form_session": "its form was sent in a visit of this company",
    "same_visit": "the only visit that fits in page, time, city and browser",
    "same_visitor": "its visitor, of whom no other company is known",
    "company_name": "a company name that no other company has",
}

# the same rules where they make an organisation a company
RULES_OF_ORGANISATIONS = {
    "own_organisation": "it has no website of its own, so it stands for itself",
    "website_domain": "the website that Snitcher knows of it",
    "phone": "a phone number that one other company has, and no third",
}

CANDIDATES = """
    select company_key, company_name, domain, rule, evidence
    from marts.ambiguous_links
    left join marts.dim_companies using (company_key)
    where vendor = $vendor and entity_type = $kind and entity_id = $id
    order by company_name, company_key
"""

# what was done in a visit and is linked to another company than the visit
ELSEWHERE = """
    with visits as (
        select lead_key as id, 'lead' as kind, company_key, unnest([first_session_id, last_session_id]) as session_id
        from marts.fct_leads
        union
        select call_id, 'call', company_key, session_id from marts.fct_calls
    )
    select visits.kind, visits.id, visits.session_id, visits.company_key, sessions.company_key as session_company_key
    from visits
    inner join marts.company_links as sessions
        on sessions.vendor = 'snitcher' and sessions.entity_type = 'session' and sessions.entity_id = visits.session_id
    where
        visits.company_key != sessions.company_key
        and (
            ($kind = 'lead' and visits.kind = 'lead' and visits.id = $id)
            or ($kind = 'session' and $vendor = 'snitcher' and visits.session_id = $id)
        )
    order by visits.session_id, visits.kind, visits.id
    limit 5
"""


class NotExplained(Mistaken):
    """Nothing can be explained that is asked for like this."""


def explain(settings: Settings, words: Sequence[str]) -> Document:
    """What the published file says to `VENDOR ENTITY_TYPE ID` or `company DOMAIN`, as `--json` prints it.

    A record has `chain` (its link, then those that it rests on, each with the `facts` of the record), `company` (None
    when unlinked), `against` and `candidates` (of a record that may belong to several), and `notes`, which are
    sentences. For a company see `explain_company`. Raises NotExplained, NotThere, Unpublished, ListError.
    """
    file = settings.data_dir / "leadpath.duckdb"
    if not file.exists():
        _read(words, DECLARED)  # what cannot be meant is said before what is not there
    with opened(file) as published:
        asked = _read(words, kinds_of(published))
        if isinstance(asked, str):
            return explain_company(published, find(published, asked, read_lists(settings.config_dir)))
        return _explain_record(published, settings, find_record(published, *asked))


def _read(words: Sequence[str], known: Mapping[str, Sequence[str]]) -> str | tuple[str, str, str]:
    """The company or the record that is asked for. Raises NotExplained for what cannot be meant."""
    first, *rest = [word.strip() for word in words] or [""]
    subject = first.lower()
    # a name or an id may be of several words
    if subject == "company":
        if name := " ".join(rest):
            return name
        raise _mistake("Name a company", "company acme.com")
    if subject not in known:
        if not first or (not rest and "." in first):
            raise _mistake("Name a record, or a company", "snapcall call 12345", f"company {first or 'acme.com'}")
        raise NotExplained(f"There is no vendor {first!r}; there are {', '.join(known)}, and company.")
    kinds = known[subject]
    kind, entity_id = (rest[0].lower() if rest else ""), " ".join(rest[1:])
    if kind in kinds and entity_id:
        return subject, kind, entity_id
    if kind not in kinds and entity_id:
        near = difflib.get_close_matches(kind, kinds, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise NotExplained(f"{subject} has no {rest[0]!r}; it has {' and '.join(kinds)}.{hint}")
    meant, example = ([kind], "12345") if kind in kinds else (kinds, shlex.quote(kind or "12345"))
    raise _mistake("Name the kind of record and its id", *(f"{subject} {each} {example}" for each in meant))


def _mistake(what: str, *examples: str) -> NotExplained:
    return NotExplained(f"{what}: {', or '.join(f'`leadpath explain {example}`' for example in examples)}.")


def _explain_record(published: Published, settings: Settings, link: Document) -> Document:
    chain = [link]
    while (further := _rests_on(published, chain[-1])) and further not in chain:
        chain.append(further)
    key = link["company_key"]
    record = {"vendor": link["vendor"], "kind": link["entity_type"], "id": link["entity_id"]}
    candidates = published.rows(CANDIDATES, **record)
    notes = [_elsewhere(published, link, each) for each in published.rows(ELSEWHERE, **record)]
    kind = link["entity_type"]
    if gone := missing_since(published, link["vendor"], kind, link["entity_id"]):
        notes.append(
            f"{BY_NAME[link['vendor']].title} no longer has it: a reading of {gone:%Y-%m-%d %H:%M} UTC did not list it."
            f" {'What it says of the company stays' if kind == 'organisation' else 'It is counted nowhere'}."
        )
    if link["facts"].get("same_id_count", 1) > 1:
        notes.append(f"{link['facts']['same_id_count']} sessions have this id: it has a company when they agree.")
    if candidates:
        domain = next((each["domain"] for each in candidates if each["domain"]), "acme.com")
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(["link", *record.values(), domain, "", ""])
        notes.append(f"A line in company_overrides.csv decides, for example: {line.getvalue()}")
    elif key is None and link["rule"] is None and len(chain) == 1 and not gone:
        notes += _why_none(published, link, settings)
    return {
        "chain": chain,
        "company": describe(published, key) if key else None,
        "against": _against(published, link["claims_against"]),
        "candidates": candidates,
        "notes": notes,
    }


def _rests_on(published: Published, link: Document) -> Document | None:
    """The next link in the chain. A session that two workspaces have may be of nobody: it carries nothing on."""
    further = record_below(published, link["rests_on_type"], link["rests_on_id"])
    return further if further and further["company_key"] == link["company_key"] else None


def _against(published: Published, claims: str | None) -> list[Document]:
    """What weaker rules say, each with its company. A company that no record belongs to is not published."""
    against = []
    for claim in json.loads(claims or "[]"):
        key = claim.pop("company_key")
        company = known_company(published, key) if key else None
        against.append({name: company[name] if company else None for name in COMPANY} | claim)
    return against


def _elsewhere(published: Published, link: Document, found: Document) -> str:
    if link["entity_type"] == "lead":
        company = called(company_row(published, found["session_company_key"]))
        return f"It was sent in session {found['session_id']}, a visit of {company}: people visit from other networks."
    company = called(company_row(published, found["company_key"]))
    return f"In it {found['kind']} {found['id']} was made, which is linked to {company}."


def _why_none(published: Published, link: Document, settings: Settings) -> list[str]:
    """What no rule could take up of a record that might have been linked."""
    kind, facts = link["entity_type"], link["facts"]
    if link["vendor"] == "snitcher":
        return [
            "Snitcher names no organisation for it, and nobody gave an address in it."
            if kind == "session"
            else "It stands for no company."
        ]
    if facts.get("is_demo"):
        return ["It is a demo, which says nothing of anybody."]
    reasons = []
    if facts.get("email"):
        reasons.append(_why_no_address(published, facts, settings))
    elif "email" in facts:
        reasons.append("It has no e-mail address.")
    elif kind in ("session", "visitor"):
        reasons.append("Smartlook was told no one address of a company for it.")
    else:
        reasons.append("No address, number or website that it names is one company's.")
    if facts.get("phone"):
        reasons.append(f"No company has the number {facts['phone']}.")
    if facts.get("company"):
        reasons.append(f"No one company has the name {facts['company']}.")
    if facts.get("session_id"):
        reasons.append(f"Session {facts['session_id']}, in which it was made, is of no company.")
    elif kind not in ("lead", "visitor"):
        reasons.append("No one visit of a company fits its page, time, city and browser.")
    return reasons


def _why_no_address(published: Published, facts: Document, settings: Settings) -> str:
    lists = read_lists(settings.config_dir)
    email = facts["email"]
    named = read_domain(email, lists)
    domain = named.company_domain if named else None
    if facts.get("is_internal") or (domain and _is_own(published, domain, settings, lists)):
        return f"{email} is an address of your own, which tells no company."
    if named and named.kind:
        return f"{email} tells no company: {named.host} {NOBODYS[named.kind]}. No other record with it is linked."
    return f"{email} is of no company's domain."


def _is_own(published: Published, domain: str, settings: Settings, lists: Lists) -> bool:
    own = [read_domain(text, lists) for text in settings.own.own_domains]
    key = key_of_domain(published, domain)
    return domain in [each.company_domain for each in own if each] or bool(
        key and company_row(published, key)["is_internal"]
    )
