"""Request budgets: a sliding window for each token."""

import re
import threading
import time
from collections import deque
from dataclasses import dataclass

UNITS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True)
class Limit:
    """At most `count` requests in any `seconds`."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Read `60/minute`, `500/30minutes`, `500/18seconds`, `10/second`; ValueError says what is valid."""
        match = re.fullmatch(r"(\d+)/(\d*)\s*(second|minute|hour)s?", text.strip())
        if not match or int(match[1]) == 0 or match[2] == "0":
            raise ValueError(f"{text!r} is no limit; write it like 60/minute, 500/30minutes or 500/18seconds")
        return cls(int(match[1]), int(match[2] or 1) * UNITS[match[3]])


class Limiter:
    """Counts requests per key (a token, or a token and an endpoint) in a sliding window."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._seen: dict[object, deque[float]] = {}

    def take(self, key: object) -> tuple[float, int]:
        """Count one request. Returns seconds until a slot is free (0 when it was granted) and the slots left."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(key, deque())
            while seen and seen[0] <= now - self.limit.seconds:
                seen.popleft()
            if len(seen) >= self.limit.count:
                return seen[0] + self.limit.seconds - now, 0
            seen.append(now)
            return 0.0, self.limit.count - len(seen)
