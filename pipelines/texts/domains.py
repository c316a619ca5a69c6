"""The company of a website, an e-mail address or a domain, read from what people paste as the models read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from pipelines.lists.files import Lists
from pipelines.lists.values import domain

# What may stand before a host, and the host, in lower case; as `before_host` and `url_host` in sql/macros/url.sql
BEFORE = (
    r"""^(?:[\s"'<(.]*(?:(?:www\.)?https?[:;.]?[/\\]+|(?:www\.)?https?[:;]|[a-z][a-z0-9+.-]*://|mailto:|[/\\]{2})\s*)*"""
    r"""[\s"'<(.]*(?:[^/?#\\\s]*@)?"""
)
HOST = BEFORE + r"""(\[[^\]]*\]|[^/?#\\:@\s,;|"'<>()]+)"""
# what follows the host of a front page
NOTHING = re.compile(r"""(?::[0-9]+)?[/\\\s"'<>()]*""")
PUBLIC = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
# kinds of shared hosts that are companies themselves; addresses at a provider's are its customers'
OF_ITSELF = ("platform", "social", "provider")
PRIVATE = ("local", "localhost", "localdomain", "internal", "lan", "invalid", "arpa", "onion")
PASTED = " \t\n\r\xa0\u200b\ufeff"


@dataclass(frozen=True)
class Named:
    """A host in ASCII, and the registrable domain by which its company is known: None when it is no company's.

    `kind` says of which list a host is that many share: `free_mail`, `social`, `platform`, `provider` or
    `site_builder`. The front door of a platform has its kind and its domain.
    """

    host: str
    company_domain: str | None
    kind: str | None = None


def read_domain(text: str, lists: Lists) -> Named | None:
    """Who is named by a URL, an e-mail address or a domain; None when the text has no host that can be registered."""
    written = text.strip(PASTED).lower()
    found = re.match(HOST, written)
    try:
        host = domain(found[1]) if found else ""
    except ValueError:
        return None
    if not found or not PUBLIC.fullmatch(host) or host.rpartition(".")[2] in PRIVATE:
        return None
    kinds = {str(row["domain"]): str(row["kind"]) for row in lists["shared_domains"]}
    builders = {name for name, kind in kinds.items() if kind == "site_builder"}
    shared = dict.fromkeys((str(row["domain"]) for row in lists["free_mail_domains"]), "free_mail") | {
        name: kind for name, kind in kinds.items() if kind != "site_builder"
    }
    for tail in _tails(host):
        if tail in shared:
            # below a platform are its customers, at its front door it is a company itself
            is_front = host in (tail, f"www.{tail}") and NOTHING.fullmatch(written, found.end())
            is_itself = shared[tail] in OF_ITSELF[:2] if "@" in written else shared[tail] in OF_ITSELF
            is_registrable = _suffixes().privatesuffix(tail) == tail
            return Named(host, tail if is_front and is_itself and is_registrable else None, shared[tail])
    # a site builder's customers keep their own name, as if its domain were a public suffix
    suffixes = [_suffixes().publicsuffix(host) or "", *(tail for tail in _tails(host) if tail in builders)]
    suffix = max(suffixes, key=len)
    # the builder's own front page is no customer's
    if host == suffix or (host == f"www.{suffix}" and "." in suffix):
        return Named(host, None, kinds.get(suffix))
    registrable = host.removesuffix(f".{suffix}").rpartition(".")[2] + f".{suffix}"
    return Named(host, None if "_" in registrable else registrable)


def _tails(host: str) -> Iterator[str]:
    """The host, and what it ends with: `a.b.c`, `b.c`, `c`."""
    while host:
        yield host
        host = host.partition(".")[2]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
