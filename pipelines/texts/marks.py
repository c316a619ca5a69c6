"""What in a text tells who somebody is: e-mail addresses, telephone numbers, domains, each in its comparable form.

One reader for finding a person, for keeping one out, and for proving that nothing of one is left: so a text counts for
all three or for none.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import idna
import orjson

from pipelines.texts.addresses import ENTITY, each_address, read_address
from pipelines.texts.phones import UNKNOWN_REGION, read_phone

EMAIL, PHONE, DOMAIN = "email", "phone", "domain"
# a hash that others make of an address, such as a picture's
DIGEST = "digest"

# one of these is in every text that a mark of the kind can be read in, for RE2 and Python
SIGNS = {
    EMAIL: r"[@＠﹫]|%(?:25)?40|&#|&commat|\\u0040",
    PHONE: r"\d(?:\D{0,3}\d){6}",
    DOMAIN: r"[.．。]|%(?:25)?2[eE]|&#|&period|\\u002[eE]",
    DIGEST: r"[0-9a-fA-F]{32}",
}

# a run that may be a host: what is none is told afterwards, since a pattern for hosts takes for ever on hostile texts
HOST = re.compile(r"[\w.-]{3,}")
LONGEST_HOST = 253
# what stands round an address in a URL, too
APART = re.compile(r"[\s,;\"<>()\[\]\\|“”„«»‹›?&=#/:]+")
# digits as people group them, with nothing of a word or a longer number round them
NUMBER = re.compile(r"(?<![\w.+-])(?:\+|\()?\d(?:[ \u00a0()./\-]{0,3}\d){6,17}(?!\w|[.-]\w)")
HASH = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])")
LONGEST_NUMBER = 40
# how often a text may be encoded in another one
DEPTH = 3


class Mark(NamedTuple):
    """A kind (EMAIL, PHONE, DOMAIN, DIGEST) and a value in its comparable form: E.164 of a number."""

    kind: str
    value: str


def marks_in(text: str, kinds: Iterable[str], regions: Iterable[str] = ()) -> set[Mark]:
    """Every mark of these kinds in a text or JSON document, also where it is encoded, as in a URL.

    A number without its country is read as of each of these regions. A domain stands for itself: of `a.acme.com` there
    are the marks `a.acme.com` and `acme.com`.
    """
    wanted, read_as = frozenset(kinds), (UNKNOWN_REGION, *sorted(regions))
    found: set[Mark] = set()
    for leaf in leaves(text):
        found |= _in_leaf(leaf, wanted, read_as)
    return found


def leaves(text: str) -> Iterator[str]:
    """The texts and numbers of a JSON document, names of members too; any other text as it is."""
    if text[:1] in "{[" or (text[:1] == '"' and text[-1:] == '"'):
        try:
            yield from _below(orjson.loads(text))
        except orjson.JSONDecodeError:
            yield text
    else:
        yield text


def _below(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(name)
            yield from _below(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _below(inner)
    elif isinstance(value, str):
        yield from leaves(value)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


@lru_cache(maxsize=20_000)
def _in_leaf(text: str, kinds: frozenset[str], regions: tuple[str, ...]) -> frozenset[Mark]:
    found: set[Mark] = set()
    for form in _forms(text):
        if EMAIL in kinds and "@" in form:
            found |= {Mark(EMAIL, email) for email in _addresses(form)}
        if DOMAIN in kinds:
            found |= {Mark(DOMAIN, tail) for run in HOST.findall(form) for tail in _tails(run.strip(".-"))}
        if PHONE in kinds:
            found |= {Mark(PHONE, number) for number in _numbers(form, regions)}
        if DIGEST in kinds:
            found |= {Mark(DIGEST, digest) for digest in HASH.findall(form)}
    return frozenset(found)


def _forms(text: str) -> list[str]:
    """The text in lower case and one form, and as it is where it was encoded for a URL or a page."""
    forms: list[str] = []
    for _ in range(DEPTH):
        normal = unicodedata.normalize("NFKC", ENTITY.sub(lambda entity: html.unescape(entity[0]), text)).lower()
        normal = unicodedata.normalize("NFKC", "".join(c for c in normal if unicodedata.category(c) != "Cf"))
        if normal in forms:
            break
        forms.append(normal)
        text = unquote(normal)
    return forms


def _addresses(form: str) -> Iterator[str]:
    for part in (form, *APART.split(form)):
        if "@" in part:
            yield from each_address(part)
            if whole := read_address(part):
                yield whole


def _tails(host: str) -> Iterator[str]:
    if "." not in host or len(host) > LONGEST_HOST:
        return
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return
    while "." in host:
        yield host
        host = host.partition(".")[2]


def _numbers(form: str, regions: tuple[str, ...]) -> Iterator[str]:
    written = [form.strip()] if len(form) <= LONGEST_NUMBER else []
    for text in (*written, *NUMBER.findall(form)):
        if not re.search(SIGNS[PHONE], text):
            continue
        # what a vendor stores of an international number may have lost its plus sign
        bare = [f"+{text}"] if text.isdecimal() else []
        # +49 (0)30: the zero is for callers from inside the country, also where none is dialled there
        bare += [text.replace("(0)", "")] if "(0)" in text else []
        for each in (*bare, text):
            for region in regions:
                if number := read_phone(each, region).e164:
                    yield number


def digests_of(email: str) -> set[Mark]:
    """The hashes by which an address goes at services that show pictures of people."""
    raw = email.encode()
    hashes = (hashlib.md5(raw, usedforsecurity=False), hashlib.sha256(raw))
    return {Mark(DIGEST, each.hexdigest()) for each in hashes}
