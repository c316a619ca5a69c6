"""Who would be sent to SnapCRM, and why the others are not: from the published leads and from what was sent before."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.explain.published import opened
from pipelines.leads.outbox import Ended, Ledger, Payload
from pipelines.leads.persons import People, Person
from sources.snapcrm.settings import SOURCE

# the API's field and the column of fct_leads that fills it
FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "company": "company",
    "website": "website",
    "city": "city",
}
COLUMNS = ("lead_key", *FIELDS.values(), "contact_text", "is_internal", "is_ignored")
WORDS_SHOWN = 120


@dataclass
class Candidate:
    """A person with what would be sent. `verdict`: `send`, `again` (an earlier attempt lost its answer) or `skip`.

    After sending, `verdict` is the state of the push, or `waiting` for one that was not tried. `reason` says why.
    """

    person: Person
    payload: Payload
    verdict: str
    reason: str = ""

    @property
    def payload_hash(self) -> str:
        """The hash of what would be sent: the same words always give the same hash."""
        return hash_of(self.payload)


def hash_of(payload: Payload) -> str:
    """SHA-256 of a payload; the order of its fields does not count."""
    return hashlib.sha256(json.dumps(dict(payload), sort_keys=True).encode()).hexdigest()


def read_published(published: Path) -> list[dict[str, Any]]:
    """Leads known from forms alone, those who asked first at the front. Raises Unpublished."""
    with opened(published) as file:
        return file.rows(
            f"select {', '.join(COLUMNS)} from marts.fct_leads where known_from = 'form' and lead_id is null"
            " order by created_at nulls last, lead_key"
        )


def plan(leads: Sequence[Mapping[str, Any]], ledger: Ledger) -> list[Candidate]:
    """Everybody with a verdict: those whose answer was lost first, the others in the order given."""
    unwanted = People()
    for lead in leads:
        if reason := _not_wanted(lead):
            unwanted.add(Person.read(payload_of(lead), lead_key=lead["lead_key"], origin=reason))
    chosen: list[Candidate] = []
    earlier = People()
    keys = {lead["lead_key"] for lead in leads}
    for person, payload in ledger.lost.values():
        if ledger.known.find(person) or unwanted.find(person):
            continue
        chosen.append(Candidate(person, payload, "again", "the answer to an earlier attempt was lost"))
        earlier.add(replace(person, is_gone=person.lead_key not in keys))
    for lead in leads:
        payload = payload_of(lead)
        person = Person.read(payload, lead_key=lead["lead_key"], origin=f"earlier in this list ({lead['lead_key']})")
        reason = _reason(lead, person, payload, ledger, earlier)
        if reason is None:
            chosen.append(Candidate(person, payload, "send"))
            earlier.add(person)
        else:
            chosen.append(Candidate(person, payload, "skip", reason))
    return chosen


def payload_of(lead: Mapping[str, Any]) -> dict[str, str]:
    """What is sent of a lead: its known fields, none of them empty."""
    values = {field: str(lead[column] or "").strip() for field, column in FIELDS.items()}
    return {field: value for field, value in values.items() if value} | {"source": SOURCE}


def _not_wanted(lead: Mapping[str, Any]) -> str | None:
    if lead["is_internal"]:
        return "one of your own people"
    if lead["is_ignored"]:
        return "a test address, or one in ignored_emails.csv"
    if lead.get("contact_text"):
        return f"no address can be read in {lead['contact_text'][:WORDS_SHOWN]!r}"
    return None


def why_ended(ended: Ended) -> str:
    """What to know of a payload that is not sent again."""
    words = " ".join(ended.response.split())[:WORDS_SHOWN] or "without saying why"
    return {
        "created": "",
        "created_unconfirmed": "an attempt was not answered, and the next one was told that the lead exists",
        "conflict": "conflict: SnapCRM has a lead with the same e-mail or name; look there whether it is this person",
        "rejected": f"rejected: SnapCRM answered {ended.status} ({words}); it is sent again when the form changes",
    }[ended.state]


def _reason(lead: Mapping[str, Any], person: Person, payload: Payload, ledger: Ledger, earlier: People) -> str | None:
    """Why a lead is not sent; None when it is."""
    if known := ledger.known.find(person):
        return f"in SnapCRM already: {known.origin}"
    missing = [words for field, words in (("firstName", "first"), ("lastName", "last")) if field not in payload]
    if reason := _not_wanted(lead) or (f"no {' and no '.join(missing)} name" if missing else None):
        return reason
    if same := earlier.find(person):
        return f"the same person as {same.label}, who is to be sent"
    ended = ledger.ended.get(hash_of(payload))
    return why_ended(ended) if ended else None
