"""Who was forgotten, as keyed hashes alone: enough to know them again, too little to say who they were.

The key is random and stays in `internal/personal.key`; the hashes are HMAC-SHA256 of marks in their comparable form, in
`internal/forgotten.json`. Of a number its country is kept beside the hash, since numbers are written without it.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import orjson
import phonenumbers

from pipelines.texts.marks import EMAIL, PHONE, SIGNS, Mark, digests_of, marks_in
from sources.errors import LeadpathError

KEY = "personal.key"
ERASED = "[erased]"


class KeyLost(LeadpathError):
    """The key is gone or unreadable, so that nobody who was forgotten can be known again."""


class Forgotten:
    """The memory of a warehouse; read when it is first asked for. Only the holder of the warehouse's lock adds.

    Without a folder it is of this process alone: to look for somebody.
    """

    def __init__(self, internal: Path | None) -> None:
        self._folder = internal
        self._own_key = secrets.token_bytes(32)
        self._read: set[tuple[str, str, str]] | None = None if internal else set()
        self._holds = lru_cache(maxsize=100_000)(self._kinds_in)

    @property
    def _entries(self) -> set[tuple[str, str, str]]:
        """Kind, hash, and the country of a number."""
        if self._read is None:
            file, key_file = self.files
            try:
                document = json.loads(file.read_text("utf-8"))
                self._read = {(e["kind"], e["hash"], e.get("region", "")) for e in document["forgotten"]}
            except FileNotFoundError:
                self._read = set()
            except (ValueError, TypeError, KeyError) as error:
                raise KeyLost(
                    f"{file} is not as Leadpath wrote it, so nobody knows who is to be kept out. Restore it from a"
                    " backup."
                ) from error
            if self._read and not key_file.exists():
                raise KeyLost(
                    f"{key_file} is gone, and without it nobody knows who is to be kept out. Restore it from a"
                    f" backup; or remove {file}, and forget those people again."
                )
        return self._read

    @property
    def files(self) -> tuple[Path, ...]:
        """What has to be kept, with every copy of the raw file."""
        return (self._folder / "forgotten.json", self._folder / KEY) if self._folder else ()

    @property
    def _key(self) -> bytes:
        return personal_key(self._folder) if self._folder else self._own_key

    def __bool__(self) -> bool:
        return bool(self._entries)

    @property
    def digest(self) -> str:
        """Changes with every addition; empty where nobody was forgotten."""
        return hashlib.sha256(repr(sorted(self._entries)).encode()).hexdigest() if self else ""

    def knows(self, kind: str) -> bool:
        """Whether anything of a kind was forgotten."""
        return any(known == kind for known, *_ in self._entries)

    def signs(self) -> str | None:
        """A pattern (RE2) of which something is in every text that may name somebody; None where nobody is kept out."""
        kinds = [kind for kind in SIGNS if self.knows(kind)]
        return "|".join(f"(?:{SIGNS[kind]})" for kind in kinds) or None

    def add(self, marks: Iterable[Mark]) -> None:
        """Remember these for good; of an address also the hashes that others make of it."""
        marks = set(marks)
        marks |= {digest for kind, value in marks if kind == EMAIL for digest in digests_of(value)}
        key = self._key
        new = {(mark.kind, _hash(key, mark), _region(mark)) for mark in marks} - self._entries
        if not new:
            return
        self._read = self._entries | new
        self._holds.cache_clear()
        if not self.files:
            return
        listed = [
            {"kind": kind, "hash": digest, **({"region": region} if region else {})}
            for kind, digest, region in sorted(self._read)
        ]
        write_private(self.files[0], json.dumps({"forgotten": listed}, indent=1) + "\n")

    def has(self, mark: Mark) -> bool:
        """Whether this mark was forgotten."""
        return (mark.kind, _hash(self._key, mark), _region(mark)) in self._entries

    def kinds_in(self, text: str) -> frozenset[str]:
        """The kinds of the marks in a text that were forgotten."""
        return self._holds(text)

    def _kinds_in(self, text: str) -> frozenset[str]:
        kinds = {kind for kind, *_ in self._entries if kind in SIGNS}
        regions = {region for *_, region in self._entries if region}
        return frozenset(mark.kind for mark in marks_in(text, kinds, regions) if self.has(mark))

    def without(self, text: str) -> str | None:
        """A text or JSON document without whom it names; None where nothing is left that would mean something."""
        if text[:1] in "{[":
            try:
                document = orjson.loads(text)
            except orjson.JSONDecodeError:
                pass
            else:
                rest = orjson.dumps(self._cleared(document)).decode()
                return None if self.kinds_in(rest) else rest
        # of a page, what was handed over to it
        address = text.partition("#")[0].partition("?")[0]
        if "://" in address and not self.kinds_in(address):
            return address
        words = [ERASED if self.kinds_in(word) else word for word in text.split()]
        rest = " ".join(words)
        return None if self.kinds_in(rest) or set(words) == {ERASED} else rest

    def _cleared(self, value: object) -> object:
        if isinstance(value, dict):
            return {name: self._cleared(inner) for name, inner in value.items() if not self.kinds_in(name)}
        if isinstance(value, list):
            return [self._cleared(inner) for inner in value]
        if isinstance(value, str):
            return self.without(value) if self.kinds_in(value) else value
        return None if not isinstance(value, bool) and self.kinds_in(str(value)) else value


def personal_key(internal: Path) -> bytes:
    """The key of all that is hashed about people, made where there is none. Raises KeyLost when it is none of ours."""
    file = internal / KEY
    return _key(file, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=8)
def _key(file: Path, _written: int) -> bytes:
    if not file.exists():
        write_private(file, secrets.token_hex(32) + "\n")
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyLost(f"{file} is not as Leadpath wrote it. Restore it from a backup.")
    return key


def keyed(key: bytes, text: str) -> str:
    """HMAC-SHA256 of a text, as 64 hexadecimal digits."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def _hash(key: bytes, mark: Mark) -> str:
    return keyed(key, f"{mark.kind}:{mark.value}")


def _region(mark: Mark) -> str:
    if mark.kind != PHONE:
        return ""
    return phonenumbers.region_code_for_number(phonenumbers.parse(mark.value)) or ""


def write_private(file: Path, text: str) -> None:
    """Replace a file that is for its owner alone; what is there is the old or the new text."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    temporary.replace(file)
