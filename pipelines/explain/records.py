"""Records of the published file: which kinds each vendor has, what is known of each, and where an id leads."""

import re
import shlex
from datetime import datetime

from pipelines.explain.companies import NotThere
from pipelines.explain.published import Document, Published
from pipelines.texts.addresses import read_address
from pipelines.texts.ids import entity_id
from pipelines.vendors import BY_NAME

SESSION = """
    select
        started_at, landing_url, channel, concat_ws(', ', city, country_code) as place, browser, event_count,
        count(*) over () as same_id_count
    from marts.fct_sessions where vendor = '{}' and session_id = $id order by started_at, session_key
"""

# what each kind of record itself is; two workspaces or projects may have one session id
FACTS = {
    ("snitcher", "organisation"): """
        select count(*) as session_count, min(started_at) as first_at, max(started_at) as last_at
        from marts.company_links as links
        inner join marts.fct_sessions as sessions
            on sessions.vendor = 'snitcher' and sessions.session_id = links.entity_id
        where links.vendor = 'snitcher' and links.entity_type = 'session'
            and links.rests_on_type = 'organisation' and links.rests_on_id = $id
    """,
    ("snitcher", "session"): SESSION.format("snitcher"),
    ("snapcall", "call"): """
        select started_at, status, duration_seconds, caller_phone as phone, caller_email as email, page_url, session_id
        from marts.fct_calls where call_id = $id
    """,
    ("smartlook", "session"): SESSION.format("smartlook"),
    # nothing is published of a visitor but its link
    ("smartlook", "visitor"): "select $id as visitor_id",
    ("usersnap", "feedback"): """
        select created_at, email, page_url, comment, is_demo from marts.fct_feedback where feedback_id = $id
    """,
    ("snapcrm", "lead"): """
        select
            created_at, concat_ws(' ', first_name, last_name) as name, email, phone, company, website, form_name,
            lead_id, is_internal
        from marts.fct_leads where lead_key = $id
    """,
}
# of a kind that has no table of its own, what every contact has
CONTACT = """
    select occurred_at, summary, page_url, session_id from marts.fct_touchpoints
    where vendor = $vendor and touch_type = $kind and entity_id = $id
"""
DECLARED = {vendor.name: vendor.kinds for vendor in BY_NAME.values() if vendor.kinds}
# words for what a link rests on that two vendors have: a recording is a session of Smartlook
SESSIONS = {"session": ("snitcher", "session"), "recording": ("smartlook", "session")}

LINK = "select * from marts.company_links where vendor = $vendor and entity_type = $kind and entity_id = $id"

OF_KIND = "select vendor from marts.company_links where entity_type = $kind and entity_id = $id order by vendor"

# a lead by what is known of the person, and a session by our own key
OTHER_IDS = """
    select 'lead' as kind, lead_key as id, concat_ws(' ', first_name, last_name) as name
    from marts.fct_leads where $kind = 'lead' and ($id in (lead_id, phone) or email = $email or phone = $phone)
    union all
    select 'session', session_id, null
    from marts.fct_sessions where $kind = 'session' and vendor = $vendor and session_key = $id
    order by id
"""

# an older version published no such table
HAS_GONE = "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'missing_rows'"
# the list in which a kind of record was found missing has its name
GONE = """
    select missing_since from ops.missing_rows
    where vendor = $vendor and resource = $list and entity_id = $id order by missing_since desc limit 1
"""

LIKE_IT = """
    select vendor, entity_type, entity_id
    from marts.company_links
    where
        lower(entity_id) = lower($id)
        or (length($id) > 3 and starts_with(lower(entity_id), lower($id)))
    order by length(entity_id), vendor = $vendor desc, entity_id, entity_type, vendor
    limit 3
"""


def kinds_of(published: Published) -> dict[str, tuple[str, ...]]:
    """The kinds of records of each vendor: those that it declares, and others that are published."""
    kinds = dict(DECLARED)
    for row in published.rows("select distinct vendor, entity_type from marts.company_links order by all"):
        known = kinds.get(row["vendor"], ())
        if row["entity_type"] not in known:
            kinds[row["vendor"]] = (*known, row["entity_type"])
    return kinds


def record_below(published: Published, word: str | None, record: str) -> Document | None:
    """The record that a link rests on, by its word for the kind, as `link_of` gives it; None when it rests on none."""
    if word in SESSIONS:
        return link_of(published, *SESSIONS[word], record)
    found = published.row(OF_KIND, kind=word, id=record)
    return link_of(published, found["vendor"], str(word), record) if found else None


def find_record(published: Published, vendor: str, kind: str, text: str) -> Document:
    """The record's link with the facts of the record. Raises NotThere, which says what comes near.

    A record that its vendor no longer has, and that is in no table any more, has a link that names nothing.
    """
    if link := link_of(published, vendor, kind, text):
        return link
    if missing_since(published, vendor, kind, text):
        record = {"vendor": vendor, "entity_type": kind, "entity_id": entity_id(kind, text), "facts": {}}
        return dict.fromkeys(row["column_name"] for row in published.rows("describe marts.company_links")) | record
    phone = re.sub(r"^00", "+", re.sub(r"[\s()./-]", "", text))
    email = read_address(text)
    others = published.rows(OTHER_IDS, vendor=vendor, kind=kind, id=text, phone=phone, email=email)
    if len(others) == 1 and (link := link_of(published, vendor, kind, others[0]["id"])):
        return link
    if others:
        listed = ", ".join(f"`leadpath explain {vendor} {kind} {each['id']}` ({each['name']})" for each in others[:5])
        raise NotThere(f"{len(others)} {kind}s have {text}: {listed}.")
    near = published.rows(LIKE_IT, vendor=vendor, id=text)
    commands = [
        f"`leadpath explain {each['vendor']} {each['entity_type']} {shlex.quote(each['entity_id'])}`" for each in near
    ]
    hint = f"Did you mean {' or '.join(commands)}?" if commands else "If it is new, run `leadpath sync` and ask again."
    raise NotThere(f"No {kind} {text} of {vendor} is published. {hint}")


def missing_since(published: Published, vendor: str, kind: str, text: str) -> datetime | None:
    """Since when the vendor no longer has the record; None while it has it, and of what was never seen."""
    if not published.row(HAS_GONE):
        return None
    found = published.row(GONE, vendor=vendor, list=f"{kind}s", id=entity_id(kind, text))
    return found["missing_since"] if found else None


def link_of(published: Published, vendor: str, kind: str, text: str) -> Document | None:
    """A row of company_links and, as `facts`, what is known of the record itself; None when there is none."""
    record = entity_id(kind, text)
    link = published.row(LINK, vendor=vendor, kind=kind, id=record)
    if link is None:
        return None
    if facts := FACTS.get((vendor, kind)):
        return link | {"facts": published.row(facts, id=record) or {}}
    return link | {"facts": published.row(CONTACT, vendor=vendor, kind=kind, id=record) or {}}
