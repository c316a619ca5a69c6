"""Which tenants are a host's, where several hosts share them out by number."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from sources.errors import Mistaken


@dataclass(frozen=True)
class Shard:
    """Part `number` of `of` parts, counted from 1. A tenant is in exactly one part of them."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2/8`. Raises Mistaken."""
        parts = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip())
        if not parts or not 1 <= int(parts[1]) <= int(parts[2]):
            raise Mistaken(f"--shard {text}: there is no such part; write for example 2/8, the second of eight.")
        return cls(int(parts[1]), int(parts[2]))

    def of_these(self, names: Iterable[str]) -> list[str]:
        """Those of the tenants that are in this part, by their names alone: an eighth part of some, when there are
        eight. With a ninth, one in nine tenants changes its part, into the new one.
        """
        return [name for name in names if max(range(1, self.of + 1), key=lambda each: _draw(each, name)) == self.number]


def _draw(number: int, name: str) -> bytes:
    return hashlib.sha256(f"{number}/{name}".encode()).digest()
