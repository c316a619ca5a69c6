"""How one cell of a reviewed list is read: a text becomes a checked value, or a ValueError says what is wrong."""

import unicodedata
from collections.abc import Callable

import idna


def domain(text: str) -> str:
    """A host name in lower case and ASCII, without a trailing dot.

    Raises:
        ValueError: the text is no host name of at least two labels.
    """
    host = text.lower().rstrip(".").removeprefix("@")
    try:
        ascii_host = idna.encode(host, uts46=True).decode() if not host.isascii() else host
    except idna.IDNAError as error:
        raise ValueError(f"'{text}' is not a domain ({error})") from error
    labels = ascii_host.split(".")
    fine = all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels)
    if len(labels) < 2 or not fine:
        raise ValueError(f"'{text}' is not a domain; give it without scheme and path")
    return ascii_host


def optional_domain(text: str) -> str | None:
    """A host name as `domain` reads it; None for nothing."""
    return domain(text) if text else None


def text_or_none(text: str) -> str | None:
    """The text; None for nothing."""
    return text or None


def required(text: str) -> str:
    """The text. Raises ValueError where there is none."""
    if not text:
        raise ValueError("it is empty")
    return text


def lower(text: str) -> str:
    """The text in lower case. Raises ValueError where there is none."""
    return required(text).lower()


def field_word(text: str) -> str:
    """A form field's name without case, accents, separators and a number at its end: `E-Mail *` is `email`.

    SQL reads the names in raw rows alike (macro `field_word`), so both meet any name that a form gives its field.

    Raises:
        ValueError: nothing is left of it.
    """
    # letter by letter: Python knows of a sigma that ends a word, and databases do not
    apart = unicodedata.normalize("NFD", "".join(letter.lower() for letter in text))
    plain = unicodedata.normalize("NFC", "".join(letter for letter in apart if unicodedata.category(letter)[0] != "M"))
    word = "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LN").rstrip("0123456789")
    if not word:
        raise ValueError(f"'{text}' has no letter")
    return word


def answered(text: str) -> bool | None:
    """Whether a call was answered; None where that is unknown. Raises ValueError."""
    words = {"true": True, "false": False, "": None}
    if text.lower() not in words:
        raise ValueError(f"'{text}' is neither true nor false nor empty (unknown)")
    return words[text.lower()]


def one_of(*words: str) -> Callable[[str], str]:
    """A reader that takes these words alone, in any case. What it returns raises ValueError."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"'{text}' is not one of {', '.join(words)}")
        return text.lower()

    return read


def address(text: str) -> str:
    """A whole address, every address of a domain (@acme.com), or a mailbox name at any domain (noreply@).

    Raises ValueError.
    """
    mailbox, at, host = required(text).lower().partition("@")
    if not at or not (mailbox or host) or "@" in host or " " in text:
        raise ValueError(f"'{text}' is no e-mail address, nor @domain, nor mailbox@")
    return f"{unicodedata.normalize('NFC', mailbox)}@{domain(host) if host else ''}"


def any_or(*words: str) -> Callable[[str], str | None]:
    """A reader that takes these words, or nothing."""
    read = one_of(*words)
    return lambda text: read(text) if text else None
