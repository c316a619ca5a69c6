"""Whom a command is about: addresses, numbers and domains as people type them, in their comparable forms."""

from collections.abc import Sequence

import duckdb

from pipelines.lists.files import Lists, read_lists
from pipelines.settings import Settings
from pipelines.texts.addresses import read_address
from pipelines.texts.domains import read_domain
from pipelines.texts.marks import DOMAIN, EMAIL, PHONE, Mark, marks_in
from pipelines.texts.phones import UNKNOWN_REGION, read_phone
from pipelines.warehouse.files import Warehouse
from sources.errors import Mistaken


class Unclear(Mistaken):
    """It cannot be told who is meant, or it is no single person or company."""


def read_subject(
    settings: Settings, emails: Sequence[str], phones: Sequence[str], domains: Sequence[str]
) -> frozenset[Mark]:
    """The marks of one person or company. Raises Unclear."""
    marks = {_email(text) for text in emails} | {_phone(text) for text in phones}
    lists = read_lists(settings.config_dir) if domains else {}
    marks |= {_domain(text, lists, settings) for text in domains}
    if not marks:
        raise Unclear("Say who: --email jane@acme.com, --phone +4930123456 or --domain acme.com.")
    return frozenset(marks)


def refuse_own(settings: Settings, marks: frozenset[Mark]) -> None:
    """Raise Unclear for the domain of a tracked site: without it there is nothing to be visited."""
    warehouse = Warehouse(settings.data_dir)
    if not warehouse.raw.exists():
        return
    with warehouse.turn() as con:
        try:
            sites = con.execute("select url from raw_snitcher.workspaces where url is not null").fetchall()
        except duckdb.CatalogException:
            return
    for (site,) in sites:
        for mark in sorted(marks_in(site, (DOMAIN,)) & marks):
            raise Unclear(f"--domain: {mark.value} is the site that Snitcher tracks.")


def _email(text: str) -> Mark:
    address = read_address(text)
    if address is None:
        raise Unclear(f"--email: {text!r} is no e-mail address; write it as jane@acme.com.")
    return Mark(EMAIL, address)


def _phone(text: str) -> Mark:
    number = read_phone(text, UNKNOWN_REGION).e164
    if number is None:
        raise Unclear(f"--phone: {text!r} is no number with its country; write it as +4930123456.")
    return Mark(PHONE, number)


def _domain(text: str, lists: Lists, settings: Settings) -> Mark:
    named = read_domain(text, lists)
    if named is None:
        raise Unclear(f"--domain: {text!r} is no domain; write it as acme.com.")
    if named.company_domain is None or named.kind:
        raise Unclear(f"--domain: {named.host} is shared by many; give --email or --phone of the person.")
    if named.company_domain in settings.own.own_domains:
        raise Unclear(f"--domain: {named.company_domain} is your own (LEADPATH_OWN_DOMAINS).")
    return Mark(DOMAIN, named.company_domain)
