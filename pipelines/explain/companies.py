"""Companies of the published file: found by any of their names, and all that belongs to one."""

import hashlib
import shlex

from pipelines.explain.published import Document, Published
from pipelines.lists.files import Lists
from pipelines.texts.domains import read_domain
from sources.errors import LeadpathError

NOBODYS = {
    "free_mail": "is a free-mail domain, where anybody can have an address",
    "social": "is a social network",
    "platform": "is a platform that many companies use",
    "provider": "is an internet provider, whose customers have addresses there",
    "site_builder": "is a site builder's own name; its customers have names below it",
}

# the domains that links met or rest on, with the company that they led to
SHOWN = """
    select company_key, met_value as domain
    from marts.company_links
    where rule in ('email_domain', 'website_domain') and company_key is not null and met_value is not null
    union
    select company_key, rests_on_id
    from marts.company_links
    where rests_on_type = 'domain' and company_key is not null
"""

OF_KEY = """
    select company_key from marts.dim_companies where company_key = $key
    union all
    select company_key from marts.company_key_changes where old_key = $key
"""

# same words before the first dot, or nearly the same letters
NEAR = """
    select company_key, company_name, domain
    from marts.dim_companies
    where
        split_part(domain, '.', 1) = split_part($text, '.', 1)
        or jaro_winkler_similarity(domain, $text) > 0.9
        or (length($text) > 2 and contains(lower(company_name), $text))
    order by greatest(
        coalesce(jaro_winkler_similarity(domain, $text), 0),
        coalesce(jaro_winkler_similarity(lower(company_name), $text), 0)
    ) desc, company_key
    limit 3
"""

BELONGING = """
    with dated as (
        select vendor, 'session' as entity_type, session_id as entity_id, min(started_at) as occurred_at
        from marts.fct_sessions where company_key = $key group by all
        union all
        select 'snapcall', 'call', call_id, started_at from marts.fct_calls where company_key = $key
        union all
        select 'usersnap', 'feedback', feedback_id, created_at from marts.fct_feedback where company_key = $key
        union all
        select 'snapcrm', 'lead', lead_key, created_at from marts.fct_leads where company_key = $key
        -- and of contacts that have no table of their own
        union
        select vendor, touch_type, entity_id, occurred_at from marts.fct_touchpoints
        where company_key = $key and touch_type not in ('session', 'form_submit')
    )
    select
        vendor, entity_type, rule, confidence,
        count(*) as record_count, min(occurred_at) as first_at, max(occurred_at) as last_at,
        list(entity_id order by occurred_at desc nulls last, entity_id)[:3] as examples
    from marts.company_links
    left join dated using (vendor, entity_type, entity_id)
    where company_key = $key
    group by vendor, entity_type, rule, confidence
    order by
        list_position(['organisation', 'session', 'visitor', 'call', 'feedback', 'lead'], entity_type),
        vendor desc, confidence desc, rule
"""

LEADS = """
    select leads.* exclude (company_key), links.rule, links.confidence
    from marts.fct_leads as leads
    inner join marts.company_links as links
        on links.vendor = 'snapcrm' and links.entity_type = 'lead' and links.entity_id = leads.lead_key
    where leads.company_key = $key
    order by leads.created_at desc nulls last, leads.lead_key
"""

MIGHT_BELONG = """
    select vendor, entity_type, rule, count(*) as record_count, list(entity_id order by entity_id)[:3] as examples
    from marts.ambiguous_links
    where company_key = $key
    group by all
    order by record_count desc, vendor, entity_type, rule
"""


class NotThere(LeadpathError):
    """Nothing is published under this name; the message says what comes near."""


def key_of_anchor(anchor: str) -> str:
    """The key of a company whose oldest anchor this is: `domain:acme.com`, or `organisation:` and its id."""
    return hashlib.md5(anchor.encode(), usedforsecurity=False).hexdigest()


def key_of_domain(published: Published, domain: str) -> str | None:
    """The company of a registrable domain, be it one of several that it has."""
    found = (
        published.row("select company_key from marts.dim_companies where domain = $domain", domain=domain)
        or published.row(OF_KEY, key=key_of_anchor(f"domain:{domain}"))
        or published.row(f"select company_key from ({SHOWN}) where domain = $domain order by 1", domain=domain)
    )
    return str(found["company_key"]) if found else None


def find(published: Published, text: str, lists: Lists) -> str:
    """The key of the company that a URL, an address, a domain, a key (also an old one) or its name stands for.

    Raises NotThere.
    """
    text = text.strip()
    if found := published.row(OF_KEY, key=text):
        return str(found["company_key"])
    named = read_domain(text, lists)
    if named and (key := key_of_domain(published, named.company_domain or named.host)):
        return key
    if named and (named.kind or not named.company_domain):
        why = NOBODYS.get(named.kind or "", "is a public suffix, below which companies have their names")
        raise NotThere(f"{named.host} {why}: it is no company's domain.")
    namesakes = published.rows(
        "select company_key, company_name, domain from marts.dim_companies where lower(company_name) = $text"
        " order by company_key",
        text=text.lower(),
    )
    if len(namesakes) == 1:
        return str(namesakes[0]["company_key"])
    asked = named.company_domain if named and named.company_domain else text
    near = namesakes or published.rows(NEAR, text=asked.lower())
    problem = f"{len(namesakes)} companies are called {text}" if namesakes else f"No company is known by {asked}"
    hint = " or ".join(_command(company) for company in near[:3])
    raise NotThere(f"{problem}." + (f" Did you mean {hint}?" if hint else ""))


def called(company: Document) -> str:
    """A company's name and domain, as far as they are known, in one."""
    name, domain = company["company_name"], company["domain"]
    return f"{name} ({domain})" if name and domain else str(name or domain or f"company {company['company_key']}")


def _command(company: Document) -> str:
    name = shlex.quote(str(company["domain"] or company["company_key"]))
    return f"`leadpath explain company {name}`" + (f" ({company['company_name']})" if company["company_name"] else "")


def company_row(published: Published, key: str) -> Document:
    """What is known of a company, by the names of dim_companies."""
    company = known_company(published, key)
    assert company is not None, "links and changed keys have their company: a blocking test says so"
    return company


def known_company(published: Published, key: str) -> Document | None:
    """The same of a key that may stand for no published company."""
    return published.row(
        "select company_key, company_name, domain, industry, size_band, city, country_code, phone, is_internal,"
        " first_seen_at, last_seen_at from marts.dim_companies where company_key = $key",
        key=key,
    )


def describe(published: Published, key: str) -> Document:
    """The company, and under `other_names` what else it is known by: domains and former keys, each with the reason."""
    company = company_row(published, key)
    return company | {"other_names": _other_names(published, key, company["domain"])}


def _other_names(published: Published, key: str, domain: str | None) -> list[Document]:
    reasons = {
        str(row["old_key"]): str(row["reason"])
        for row in published.rows(
            "select old_key, reason from marts.company_key_changes where company_key = $key order by old_key", key=key
        )
    }
    domains = published.rows(
        f"select domain from ({SHOWN}) where company_key = $key and domain is distinct from $domain order by 1",
        key=key,
        domain=domain,
    )
    organisations = published.rows(
        "select entity_id from marts.company_links where company_key = $key and vendor = 'snitcher'"
        " and entity_type = 'organisation' order by 1",
        key=key,
    )
    anchors = {f"domain:{row['domain']}": row["domain"] for row in domains}
    anchors |= {f"organisation:{row['entity_id']}": f"organisation {row['entity_id']}" for row in organisations}
    names = []
    for anchor, name in anchors.items():
        reason = reasons.pop(key_of_anchor(anchor), None)
        if reason or anchor.startswith("domain:"):
            names.append({"name": name, "old_key": key_of_anchor(anchor) if reason else None, "reason": reason})
    return names + [{"name": None, "old_key": old_key, "reason": reason} for old_key, reason in reasons.items()]


def explain_company(published: Published, key: str) -> Document:
    """All that belongs to a company: `company`, `activity` (its row of company_360; None for our own), `records` by
    vendor, type and rule, `leads`, newest first, and `candidates`: what might belong to it and stays unlinked."""
    activity = published.row("select * from marts.company_360 where company_key = $key", key=key)
    return {
        "company": describe(published, key),
        "activity": activity,
        "records": published.rows(BELONGING, key=key),
        "leads": published.rows(LEADS, key=key),
        "candidates": published.rows(MIGHT_BELONG, key=key),
    }
