"""E-mail addresses, read from what people type and what sites hand over: forms, calls, feedback, imports."""

import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

import idna
import orjson

# raised with every change of what is read, so that earlier readings are read again
READER = "addresses 1"

# most addresses are written so, and need nothing else done
PLAIN = re.compile(r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}")
HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,57}[a-z0-9])"
)
# what a mailbox holds beside letters, digits and single dots
SIGNS = "!#$%&'*+/=?^_`{|}~-"
QUOTES = "'`"

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
SCHEME = re.compile(r"(?:mailto|e-?mail)\s*[:=]+/*", re.IGNORECASE)
# between addresses, and round them
APART = re.compile(r"[\s,;\"<>()\[\]\\|“”„«»‹›]+")
ANGLES = re.compile(r"<([^<>]*@[^<>]*)>")

# names of members that hold the address of whom it is about, without case and separators
MEANS = r"(?:e?mail(?:addresse?|adresse)?|mailid|emailid)"
WHO = r"(?:user|work|business|contact|customer|your|my|caller|client|visitor|person|company|corporate|primary|lead)"
HIS = re.compile(rf"(?:e|{WHO}*{MEANS}|{MEANS}{WHO}?)")
# names of people on our side of the conversation: their addresses are never the caller's
OURS = re.compile(
    r"employee|escalat|executive|agent|operator|owner|assignee|assigned|manager|support|sales|staff|advisor|adviser"
    r"|consultant|supervisor|representative|recipient|sender|replyto|^(?:to|cc|bcc|from|rep|host|admin)$"
    r"|(?:to|cc|bcc|from|admin|rep)(?:e?mail)|(?:account|sales|support|team)(?:rep|lead|owner)|colleague|moderator"
)


def read_address(text: str) -> str | None:
    """The first e-mail address in a text, in lower case, NFC, its host in ASCII; None when there is none.

    Read out of names, brackets, quotes, `mailto:` and punctuation. What comes back is a mailbox and a host that can
    have mail, and reads as itself. Never raises.
    """
    if PLAIN.fullmatch(text):
        return _checked(*text.split("@"))
    plain = _plain(text)
    if "@" not in plain and "%40" in plain:
        plain = _plain(unquote(plain))
    if "@" not in plain:
        return None
    whole = _strict(plain)
    return whole or next(filter(None, map(_strict, _written(plain))), None)


def each_address(text: str) -> Iterator[str]:
    """Every address in a text, each as `read_address` gives it."""
    yield from filter(None, map(_strict, _written(_plain(text))))


def read_contact(text: str) -> tuple[str | None, bool]:
    """The address in a text or JSON document, and whether its name says that it is the contact's.

    Of a document's members the one that is named for an address counts, else the first that holds one and is not named
    for somebody on our side. Members are an object's or the pairs of a list of `{"name", "value"}`; nested ones count
    by their own name. A text that is no document is read as an address.
    """
    if text[:1] not in "{[":
        return read_address(text), True
    try:
        members = list(_members(orjson.loads(text), "", is_ours=False))
    except orjson.JSONDecodeError:
        return read_address(text), True
    for named in (True, False):
        for name, value in members:
            if bool(HIS.fullmatch(name)) is named and (email := read_address(value)):
                return email, named
    return None, False


def _members(value: object, name: str, *, is_ours: bool) -> Iterator[tuple[str, str]]:
    """Name, bare, and text of each member that is not ours, in the order of the document."""
    if isinstance(value, dict):
        pair = value.get("name")
        if isinstance(pair, str) and "value" in value:
            value = {pair: value["value"]}
        for each, inner in value.items():
            word = re.sub(r"[\W_]|\d+$", "", unicodedata.normalize("NFKC", each).lower())
            yield from _members(inner, word, is_ours=is_ours or bool(OURS.search(word)))
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner, name, is_ours=is_ours)
    elif isinstance(value, str) and not is_ours:
        yield name, value


def _plain(text: str) -> str:
    """The text in one form, lower case, without what cannot be seen."""
    if "&" in text:
        text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    for _ in range(3):
        normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
        normal = "".join(letter for letter in normal if unicodedata.category(letter) not in ("Cf", "Cs", "Cn"))
        if normal == text:
            break
        text = normal
    return text.strip()


def _written(text: str) -> Iterator[str]:
    """What may be an address, in the order of the text; of `"a@b" <c@d>` the one that is meant."""
    for part in re.split(r"[,;\n]", text):
        meant = ANGLES.search(part)
        for token in APART.split(meant[1] if meant else part):
            scheme = SCHEME.match(token)
            written = unquote(token[scheme.end() :].partition("?")[0]) if scheme else token
            # an address that was encoded may have been one of several
            for each in APART.split(written) if scheme else [written]:
                if each.count("@") == 1:
                    yield _bare(each)


def _bare(token: str) -> str:
    """One address without the punctuation round it."""
    mailbox, _, host = token.partition("@")
    # of a URL, what stands before the @ is a name and a password
    if "//" in mailbox:
        return ""
    mailbox = mailbox.rpartition(":")[2]
    host = re.split(r"[?/:&#=]", host, maxsplit=1)[0]
    while mailbox and mailbox[0] not in "_+" and not _is_letter(mailbox[0]):
        mailbox = mailbox[1:]
    while host and not _is_letter(host[-1]):
        host = host[:-1]
    return f"{mailbox}@{host}"


def _strict(text: str) -> str | None:
    mailbox, at, host = text.partition("@")
    if not at or "@" in host or "//" in mailbox or mailbox[:1] in QUOTES or SCHEME.match(mailbox):
        return None
    if not all(atom and all(letter in SIGNS or _is_letter(letter) for letter in atom) for atom in mailbox.split(".")):
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    return _checked(mailbox, host)


def _checked(mailbox: str, host: str) -> str | None:
    if len(mailbox.encode()) > 64 or len(mailbox) + len(host) > 253 or not HOST.fullmatch(host):
        return None
    return f"{mailbox}@{host}"


def _is_letter(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
