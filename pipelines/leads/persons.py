"""Who is the same person: by e-mail, else by phone, else by name, as far as nothing speaks against it.

SnapCRM cannot be asked whom it knows, so a person who is to be sent is compared with everybody who was ever sent or
imported. Taking two people for one keeps somebody from being sent (and says so); taking one for two makes a twin.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pipelines.texts.phones import in_one_word

# digits that two spellings of one number have in common at least, with or without its country
COMMON_DIGITS = 7
# what is dialled behind a number is none of its digits
EXTENSION = re.compile(r"[\s,;/]*(?:;ext=|\b(?:ext(?:ension)?|x)\b[.:\s]*)\d{1,6}\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """A person's marks, normalised; None where unknown. `label` and `origin` are words for people to read.

    `is_gone` says that no lead is this person any more: who has the phone may be the same, with the form changed.
    """

    lead_key: str | None
    email: str | None
    phone: str | None
    first: str | None
    last: str | None
    company: str | None
    label: str = ""
    origin: str = ""
    is_gone: bool = False

    @classmethod
    def read(cls, lead: Mapping[str, Any], *, lead_key: str | None = None, origin: str = "") -> Self:
        """From a lead by the API's field names: `firstName`, `lastName`, `email`, `phone`, `company`."""
        written = [lead.get(name) or "" for name in ("firstName", "lastName")]
        name = " ".join(str(part).strip() for part in written if part)
        known = [str(lead[mark]) for mark in ("email", "phone", "company") if lead.get(mark)]
        return cls(
            lead_key=lead_key,
            email=_folded(lead.get("email")),
            phone=phone_mark(lead.get("phone")),
            first=_folded(written[0]),
            last=_folded(written[1]),
            company=_folded(lead.get("company")),
            label=f"{name} ({', '.join(known)})" if name and known else name or ", ".join(known) or "nobody",
            origin=origin,
        )

    @property
    def name(self) -> str | None:
        """First and last name in one; the border between the two is where a form put it."""
        return " ".join(part for part in (self.first, self.last) if part) or None

    @property
    def marks(self) -> list[tuple[str, str]]:
        """What this person can be found by."""
        found = [("key", self.lead_key), ("email", self.email), ("name", self.name)]
        if self.phone:
            found.append(("phone", self.phone[-COMMON_DIGITS:]))
        return [(kind, mark) for kind, mark in found if mark]

    def is_same(self, other: "Person") -> bool:
        """Whether nothing but a guess would keep the two apart.

        Different addresses are different people, unless name and phone agree. Without an address on one side, one phone
        is one person, unless their names are of two (a switchboard); one name is one person, unless both
        have a phone, or nothing but a company, and these differ.
        """
        if self.lead_key and self.lead_key == other.lead_key:
            return True
        same_name = bool(self.name and self.name == other.name)
        same_phone = _same_phone(self.phone, other.phone)
        if self.email and other.email:
            return self.email == other.email or (same_name and same_phone)
        if same_phone:
            return self._may_be_called(other) or ((self.is_gone or other.is_gone) and self._shares_a_name(other))
        return same_name and not self._speaks_against(other)

    def _speaks_against(self, other: "Person") -> bool:
        """Whether two people of one name, at most one of them with an address, are told apart by anything else."""
        if self.email or other.email:
            return False
        if self.phone or other.phone:
            return bool(self.phone and other.phone)
        return bool(self.company and other.company and self.company != other.company)

    def _may_be_called(self, other: "Person") -> bool:
        """Whether one name may be the other: what both say agrees, an initial with what it begins."""
        firsts, lasts = (self.first, other.first), (self.last, other.last)
        return (
            not (all(firsts) and not _agree(*firsts))
            and not (all(lasts) and self.last != other.last)
            and (all(firsts) or all(lasts) or not self.name or not other.name)
        )

    def _shares_a_name(self, other: "Person") -> bool:
        return bool(({self.first, self.last} & {other.first, other.last}) - {None})


@dataclass
class People:
    """People to be found by any of their marks."""

    _by_mark: dict[tuple[str, str], list[Person]] = field(default_factory=dict)

    def add(self, person: Person) -> None:
        """Add one."""
        for mark in person.marks:
            self._by_mark.setdefault(mark, []).append(person)

    def find(self, person: Person) -> Person | None:
        """Somebody here who is this person, or None."""
        return next((other for other in self._with_marks(person) if person.is_same(other)), None)

    def namesake(self, person: Person) -> Person | None:
        """Somebody here of the same name who is another person, or None."""
        named = self._by_mark.get(("name", person.name or ""), [])
        return next((other for other in named if not person.is_same(other)), None)

    def _with_marks(self, person: Person) -> Iterable[Person]:
        for mark in person.marks:
            yield from self._by_mark.get(mark, [])


def lead_row(lead: Mapping[str, Any]) -> str:
    """The stable key of a lead in `raw_snapcrm.leads`: its id, else a hash of e-mail, phone and name."""
    if lead.get("id"):
        return str(lead["id"])
    person = Person.read(lead)
    text = "|".join(part or "" for part in (person.email, person.phone, person.first, person.last))
    return "person-" + hashlib.sha256(text.encode()).hexdigest()[:32]


def phone_mark(text: object) -> str | None:
    """The digits of a number, without leading zeros; an international one keeps its plus sign."""
    # +49 (0)30: the zero is for callers from inside the country
    written = EXTENSION.sub("", in_one_word(str(text or "").strip())).replace("(0)", "")
    digits = re.sub(r"\D", "", written)
    international = written.startswith("+") or digits.startswith("00")
    digits = digits.lstrip("0")
    return f"+{digits}" if international and digits else digits or None


def _agree(one: str | None, other: str | None) -> bool:
    short, long = sorted((one or "", other or ""), key=len)
    return short == long or (len(short.rstrip(".")) == 1 and long.startswith(short.rstrip(".")))


def _same_phone(one: str | None, other: str | None) -> bool:
    if not one or not other:
        return False
    if one == other:
        return True
    if one.startswith("+") and other.startswith("+"):
        return False
    # at least one lacks its country, or the plus sign before it
    short, long = sorted((one.lstrip("+"), other.lstrip("+")), key=len)
    return len(short) >= COMMON_DIGITS and long.endswith(short)


def _folded(text: object) -> str | None:
    folded = unicodedata.normalize("NFKC", str(text or "")).casefold()
    return " ".join(folded.split()) or None
