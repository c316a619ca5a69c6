"""How names and times are written."""

import unicodedata
from datetime import datetime

LETTERS = str.maketrans({"ø": "o", "ß": "ss", "ł": "l"})


def ascii_letters(name: str) -> str:
    """The lower-case ASCII letters and digits of a name, as in an address: "Søren O'Neill" is "sorenoneill"."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def seconds_z(moment: datetime) -> str:
    """2026-03-02T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_offset(moment: datetime) -> str:
    """2026-03-02T12:00:00+00:00."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def millis_z(moment: datetime) -> str:
    """2026-03-02T12:00:00.000Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def micros_z(moment: datetime) -> str:
    """2026-03-02T12:00:00.000000Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
