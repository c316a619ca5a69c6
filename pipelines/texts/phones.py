"""A telephone number as people and vendors write it: today's E.164, its extension, and whether a caller can own it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

# libphonenumber's own word for a number whose region is not known
UNKNOWN_REGION = "ZZ"
# changes whenever this file reads a number in another way
READER = "phones 2"

# What networks send in place of a number that is withheld: the word's letters on the keys of a telephone
LETTERS = ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ")
KEYS = {letter: str(key) for key, letters in enumerate(LETTERS, 2) for letter in letters}
WITHHELD_WORDS = (
    *("RESTRICTED", "BLOCKED", "UNKNOWN", "ANONYMOUS", "UNAVAILABLE", "PRIVATE", "WITHHELD", "UNASSIGNED"),
    *("NOTAVAILABLE", "NONUMBER", "NOCALLERID", "PAYPHONE"),
)
WITHHELD = {"".join(KEYS[letter] for letter in word) for word in WITHHELD_WORDS}

# kinds of numbers from which nobody calls, or that are of a service rather than of somebody
OF_NOBODY = {
    *(PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST),
    *(PhoneNumberType.UAN, PhoneNumberType.VOICEMAIL, PhoneNumberType.UNKNOWN),
}
# kept for films and documents in North America: 555-0100 to 555-0199
FICTITIOUS = re.compile(r"\+1\d{3}55501\d\d")

# digits of a number, without zeros before it: of an island inside itself, and of any with 011 before its country
SHORTEST, LONGEST = 4, 18
# what a spreadsheet makes of +49-170-1000, a sum to it
CALCULATED = re.compile(r"-\d+(?:[.,]\d+)?")

# words for an extension that libphonenumber does not know
EXTENSION = re.compile(
    r"[\s,;/(-]*\b(?:durchwahl|dw|nebenstelle|apparat|app|poste|interno|int|anexo|ramal|toestel|klapka|linka|wew)\b"
    r"[.:\s]*(\d{1,6})\)?\s*$",
    re.IGNORECASE,
)


def _vietnam(old: str) -> str | None:
    """Vietnam's plan of 2018: mobile numbers of eleven digits lost one (Decision 2036/2017 of its ministry)."""
    new = {
        **{"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"},
        **{"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"},
        **{"162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39"},
        **{"186": "56", "188": "58", "199": "59"},
    }
    return new[old[:3]] + old[3:] if len(old) == 10 and old[:3] in new else None


def _ivory_coast(old: str) -> str | None:
    """Ivory Coast's plan of 31 January 2021: the operator, which the old number tells, stands before it (ARTCI)."""
    if len(old) != 8:
        return None
    if old[0] in "23":
        return {"8": "21", "0": "25"}.get(old[2], "27") + old
    operators = {**dict.fromkeys("123", "01"), **dict.fromkeys("456", "05"), **dict.fromkeys("789", "07")}
    return operators[old[1]] + old if old[1] in operators else None


# Country code, and the number of today for one of an older plan (its digits after the code); None for any other. A
# rewriting is tried where a number is not valid, and taken where that makes it valid.
RENUMBERED: dict[int, tuple[Callable[[str], str | None], ...]] = {
    # Benin, 30 November 2024: 01 stands before all numbers (ARCEP Benin)
    229: (lambda old: "01" + old if len(old) == 8 else None,),
    225: (_ivory_coast,),
    # Mexico, 3 August 2019: no 1 before mobile numbers from abroad, no 044, 045 or 01 inside (IFT)
    52: (
        lambda old: old[1:] if len(old) == 11 and old[0] == "1" else None,
        lambda old: old[3:] if len(old) == 13 and old[:3] in ("044", "045") else None,
        lambda old: old[2:] if len(old) == 12 and old[:2] == "01" else None,
    ),
    # Brazil, 2012 to 2016: 9 before mobile numbers, after the area (Anatel, Resolution 553/2010)
    55: (lambda old: f"{old[:2]}9{old[2:]}" if len(old) == 10 and old[2] in "6789" else None,),
    84: (_vietnam,),
}


@dataclass(frozen=True)
class Phone:
    """A number in E.164, its extension, and whether it can be somebody's own; all unknown where it is no number."""

    e164: str | None = None
    extension: str | None = None
    is_personal: bool = False


def read_phone(text: str, region: str) -> Phone:
    """The number that a text means in a region (ISO 3166 alpha-2; ZZ: not known).

    Digits alone, as a vendor sends that drops the plus sign, are read as international and as national of the region;
    when both are valid and differ, it is neither. A number as people write it is national of its region unless it
    starts with + or 00. What networks send for a withheld number is none.
    """
    # digits alone, with nothing round them, are what a vendor stores
    is_stored = text.isdecimal()
    text = in_one_word(text.strip())
    digits = re.sub(r"\D", "", text)
    if not re.search(r"[A-Za-z]", text) and {digits, digits.lstrip("0"), digits.removeprefix("1")} & WITHHELD:
        return Phone()
    if text.startswith("00"):
        return _read("+" + text[2:], UNKNOWN_REGION) or _read(text, region) or Phone()
    national = _read(text, region)
    if text.startswith("+") or not is_stored:
        return national or Phone()
    international = _read("+" + text, UNKNOWN_REGION)
    if national and international and national.e164 != international.e164:
        return Phone()
    return international or national or Phone()


def may_be_phone(text: str) -> bool:
    """Whether a text may be one phone number of some country. Longer than it is allowed to be, it may have words."""
    text = in_one_word(text.strip())
    digits = re.sub(r"\D", "", re.sub(r"\bext\. \d+$", "", text)).lstrip("0")
    if not SHORTEST <= len(digits) <= LONGEST or CALCULATED.fullmatch(text):
        return False
    try:
        # a plus sign outweighs the region, and without one any will do
        phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        return error.error_type == phonenumbers.NumberParseException.TOO_LONG
    return True


def in_one_word(text: str) -> str:
    """The text with the one word for an extension that libphonenumber knows in every language's place."""
    return EXTENSION.sub(r" ext. \1", text)


def _read(text: str, region: str) -> Phone | None:
    try:
        number = phonenumbers.parse(text, None if region == UNKNOWN_REGION else region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        today = _of_today(number)
        if today is None:
            return None
        number = today
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind = phonenumbers.number_type(number)
    return Phone(e164, number.extension or None, kind not in OF_NOBODY and not FICTITIOUS.fullmatch(e164))


def _of_today(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber | None:
    """A number of an older plan as it is dialled today, when that makes it valid."""
    old = phonenumbers.national_significant_number(number)
    for rewrite in RENUMBERED.get(number.country_code or 0, ()):
        if (new := rewrite(old)) is not None:
            try:
                today = phonenumbers.parse(f"+{number.country_code}{new}", None)
            except phonenumbers.NumberParseException:
                continue
            today.extension = number.extension
            if phonenumbers.is_valid_number(today):
                return today
    return None
