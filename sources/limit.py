"""How many requests a vendor allows in how long a time."""

import re
from dataclasses import dataclass
from typing import Self

from sources.errors import SettingError

UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True)
class Limit:
    """`count` requests in `seconds`."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `60/minute`, `500/30minutes`, `2/second`, `1000/hour`. Raises SettingError with a valid example."""
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{0,6})\s*(second|minute|hour)s?\s*", text)
        if not match or int(match[1]) == 0 or (match[2] and int(match[2]) == 0):
            raise SettingError(f"{text!r} is no rate limit; write for example 60/minute or 500/30minutes")
        return cls(int(match[1]), int(match[2] or 1) * UNITS[match[3]])

    def __str__(self) -> str:
        """As a setting is written."""
        unit, size = next((unit, size) for unit, size in reversed(UNITS.items()) if self.seconds % size == 0)
        times = int(self.seconds / size)
        return f"{self.count}/{unit}" if times == 1 else f"{self.count}/{times}{unit}s"
