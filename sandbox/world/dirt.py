"""How dirty a world is, and the dirty text itself."""

import random
from dataclasses import dataclass
from typing import Any

from sandbox.world.names import ODD_TEXTS

LONG = 10_240


@dataclass(frozen=True)
class Dirt:
    """Share of records with each kind of dirt, 0 to 1; the defaults are those of a usual world."""

    special_companies: float = 0.45
    """Site builders, social profiles as website, shared switchboards, companies of one name, no website, ..."""
    free_mail: float = 0.25
    missing: float = 0.08
    """Optional fields that are null, empty or absent."""
    odd_text: float = 0.06
    long_text: float = 0.004
    no_organisation: float = 0.09
    foreign_network: float = 0.04
    far_skew: float = 0.10
    """Smartlook's clock is minutes off; calls and feedback long after the visit."""
    smartlook_only: float = 0.04
    twins: float = 0.01
    """Two visits that nobody could tell apart."""
    empty_events: float = 0.01
    unknown: float = 0.02
    """Event types and fields that no document has."""
    late_rating: float = 0.5
    demo: float = 0.06
    oddities: int = 0
    """How often each kind of `sandbox.world.oddities` is planted: a number, no share."""


class Text:
    """Draws text, now and then odd, very long, or missing."""

    def __init__(self, rng: random.Random, dirt: Dirt) -> None:
        self.rng = rng
        self.dirt = dirt

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def missing(self) -> bool:
        """Whether an optional field is missing here."""
        return self.rng.random() < self.dirt.missing

    def odd(self, plain: str) -> str:
        """The plain text, or with the world's shares odd text, or 10 kB of it."""
        draw = self.rng.random()
        if draw < self.dirt.long_text:
            piece = self.rng.choice(ODD_TEXTS) + " "
            return (piece * (LONG // len(piece) + 1))[:LONG]
        if draw < self.dirt.long_text + self.dirt.odd_text:
            return self.rng.choice(ODD_TEXTS)
        return plain

    def maybe(self, value: Any) -> Any:
        """The value, or None, or for text an empty string."""
        if not self.missing():
            return value
        return "" if isinstance(value, str) and self.rng.random() < 0.3 else None
