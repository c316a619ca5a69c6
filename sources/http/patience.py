"""Which attempts are repeated, how often, and how long is waited between them."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from sources.http.deadline import Late
from sources.http.runtime import Runtime

# seconds: a shorter wait than the first is none, and a vendor that asks for more than the second in all is down
LEAST_ASKED, MOST_ASKED = 1.0, 3600.0
# seconds that a vendor which has answered may be down, and the longest pause between two attempts meanwhile
OUTAGE, OUTAGE_PAUSE = 900.0, 60.0
DOWN = (502, 503, 504)


class Again(Exception):
    """This attempt gave nothing usable; another one may.

    `wait` is what the vendor asked for, in seconds; `limited`: because of too many requests; `unreached`: no connection
    was made; `down`: the whole vendor seems to be, not one route of it.
    """

    def __init__(
        self,
        reason: str,
        unreached: bool = False,
        *,
        wait: float | None = None,
        limited: bool = False,
        down: bool = False,
    ) -> None:
        super().__init__(reason)
        self.unreached = unreached
        self.down = down or unreached
        self.wait = wait
        self.limited = limited


class Patience:
    """How often and how long one request is repeated.

    Faults: as often as dlt's settings say, waiting 1, 2, 4, ... seconds; and while a vendor is down that has `answered`
    before, for a quarter of an hour: a long reading costs more than that. 429: until two of the budget's windows (in
    seconds) have passed, since a vendor may count a window that began before we did. A fault for which the vendor asks
    to wait is no sign that it is down: it is waited for, an hour in all.
    """

    def __init__(self, runtime: Runtime, window: float, *, answered: bool = False) -> None:
        self.runtime = runtime
        self.outage = OUTAGE * runtime.request_backoff_factor if answered else 0.0
        self.give_up_limited_after = 2 * window + 1
        self.faults = 0
        self.since = 0.0
        self.limited = 0
        self.limited_since = 0.0
        self.asked = 0
        self.asked_seconds = 0.0

    @property
    def attempts(self) -> int:
        """The attempts that gave nothing usable."""
        return self.faults + self.limited + self.asked

    def wait(self, error: Again) -> float:
        """Seconds until the next attempt. Raises the error itself when that was the last one."""
        now = time.monotonic()
        if error.limited:
            self.limited_since = self.limited_since or now
            self.limited += 1
            over, count = now - self.limited_since > self.give_up_limited_after, self.limited
        elif error.wait is not None and error.wait >= LEAST_ASKED:
            self.asked += 1
            self.asked_seconds += error.wait
            over, count = self.asked_seconds > MOST_ASKED, self.asked
        else:
            self.faults += 1
            self.since = self.since or now
            is_over = not error.down or now - self.since >= self.outage
            over, count = self.faults >= self.runtime.request_max_attempts and is_over, self.faults
        if over:
            raise error
        backoff = self.runtime.request_backoff_factor * 2.0 ** min(count - 1, 30)
        longest = min(self.runtime.request_max_retry_delay, self.give_up_limited_after / 2)
        if error.down:
            longest = min(longest, OUTAGE_PAUSE * self.runtime.request_backoff_factor)
        if error.limited and backoff == 0:
            backoff = 0.1  # a limit passes with time alone
        # a vendor that asks for no wait at all, or whose clock is behind, is not asked without pause
        return error.wait or min(backoff, longest)


def number(response: requests.Response, header: str) -> int | None:
    """A header that holds a whole number; None when there is none that can be read."""
    text = response.headers.get(header, "").strip()
    return int(text) if text.isdecimal() and len(text) < 20 else None


def asked_wait(response: requests.Response) -> float | None:
    """Seconds that a 429 asks to wait: `Retry-After`, else `X-RateLimit-Reset` as epoch or as seconds from now."""
    wait = retry_after(response)
    reset = number(response, "X-RateLimit-Reset")
    if wait is not None or reset is None:
        return wait
    # small numbers are seconds from now, large ones a moment
    return max(reset - time.time(), 0.0) if reset > 1_000_000_000 else float(reset)


def retry_after(response: requests.Response) -> float | None:
    """`Retry-After` in seconds, stated as a number or as an HTTP date; None when there is none that can be read."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.replace(".", "", 1).isdecimal():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    # HTTP dates are in GMT, also where they do not say so
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(moment.timestamp() - time.time(), 0.0)


def network_fault(error: requests.RequestException | HTTPError) -> Again:
    """What happened on the way to the host, and whether no connection was made at all."""
    causes = list(_causes(error))

    late = next((cause for cause in causes if isinstance(cause, Late)), None)

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if among(socket.gaierror):
        return Again("cannot be found (the host name does not resolve)", unreached=True)
    if among(ConnectionRefusedError):
        return Again("cannot be reached (connection refused)", unreached=True)
    if among(NewConnectionError, requests.ConnectTimeout):
        return Again("cannot be reached (no way to the host)", unreached=True)
    if among(ssl.SSLCertVerificationError):
        return Again("cannot be reached safely (its TLS certificate is not trusted)", unreached=True)
    if late or among(requests.Timeout, Urllib3Timeout, TimeoutError):
        return Again(str(late or "gave no answer in time"), down=True)
    return Again("broke the connection")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it wraps, as requests and urllib3 wrap: as an argument, a `reason` or a cause."""
    while error is not None:
        yield error
        wrapped = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in wrapped if isinstance(one, BaseException)), None)
