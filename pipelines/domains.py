"""Whose a website, an e-mail address or a domain is, read from what people paste as the models read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from pipelines.lists import Lists, domain

# as `url_host` and `is_public_host` in sql/macros/url.sql
HOST = re.compile(
    r"(?:https?:/*|[a-z][a-z0-9+.-]*://|//)?(?:[^/?#@\\\s]*@)?(\[[^\]]*\]|[^/?#\\:@\s,;]+)", re.IGNORECASE
)
PUBLIC = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
PRIVATE = ("local", "localhost", "localdomain", "internal", "lan", "invalid", "arpa", "onion")
PASTED = " \t\n\r\xa0\u200b\ufeff"


@dataclass(frozen=True)
class Named:
    """A host in ASCII, and the registrable domain by which its company is known: None when it is nobody's.

    `kind` says of which list a host of nobody's is: `free_mail`, `social`, `platform` or `site_builder`.
    """

    host: str
    company_domain: str | None
    kind: str | None = None


def read_domain(text: str, lists: Lists) -> Named | None:
    """Who is named by a URL, an e-mail address or a domain; None when the text has no host that can be registered."""
    found = HOST.match(text.strip(PASTED))
    try:
        host = domain(found[1].lower()) if found else ""
    except ValueError:
        return None
    if not PUBLIC.fullmatch(host) or host.rpartition(".")[2] in PRIVATE:
        return None
    kinds = {str(row["domain"]): str(row["kind"]) for row in lists["shared_domains"]}
    builders = {name for name, kind in kinds.items() if kind == "site_builder"}
    shared = dict.fromkeys((str(row["domain"]) for row in lists["free_mail_domains"]), "free_mail") | {
        name: kind for name, kind in kinds.items() if kind != "site_builder"
    }
    for tail in _tails(host):
        if tail in shared:
            return Named(host, None, shared[tail])
    # a site builder's customers keep their own name, as if its domain were a public suffix
    suffixes = [_suffixes().publicsuffix(host) or "", *(tail for tail in _tails(host) if tail in builders)]
    suffix = max(suffixes, key=len)
    # the builder's own front page is nobody's
    if host == suffix or (host == f"www.{suffix}" and "." in suffix):
        return Named(host, None, kinds.get(suffix))
    return Named(host, host.removesuffix(f".{suffix}").rpartition(".")[2] + f".{suffix}")


def _tails(host: str) -> Iterator[str]:
    """The host, and what it ends with: `a.b.c`, `b.c`, `c`."""
    while host:
        yield host
        host = host.partition(".")[2]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
