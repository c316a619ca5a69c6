"""One HTTP client for all vendors: pacing, patience, and errors that say what to do.

`requests` carries the bytes, `tenacity` the repetition. dlt's own client gives up after seconds where a vendor's window
is a minute, and does not repeat a truncated or HTML body with status 200, so it is not used.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import requests
import tenacity

from sources.errors import OutOfTime, SourceError, VendorRefused, VendorUnavailable
from sources.http.budget import Budget, Stop
from sources.http.runtime import Runtime

Json = Any
Result = TypeVar("Result")
Params = Mapping[str, str | int]
BODY_SHOWN = 300
# a number of 19 digits or more, outside of quotes as far as one look tells
LONG_NUMBER = re.compile(rb"[:\[,\s]-?\d{19}")


@dataclass
class Answer:
    """A parsed answer: `body` is JSON, `path` the request's path without its query."""

    status: int
    path: str
    body: Json
    headers: Mapping[str, str]


@dataclass
class Reply:
    """What one attempt brought: `status` (None: no answer came) and the answer's whole `text`, without our secrets.

    `again` says why another attempt may do better, `refused` why none will; neither is set when the answer is usable.
    """

    status: int | None
    text: str = ""
    again: "Again | None" = None
    refused: VendorRefused | None = None


@dataclass
class Completeness:
    """One walk over one list: what the API said it holds (None when it does not say) and the distinct keys received."""

    resource: str
    scope: str
    api_count: int | None
    received_count: int


class Again(Exception):
    """This attempt gave nothing usable; another one may.

    `wait` is what the vendor asked for, in seconds; `limited`: because of too many requests; `unreached`: no connection
    was made.
    """

    def __init__(
        self, reason: str, unreached: bool = False, *, wait: float | None = None, limited: bool = False
    ) -> None:
        super().__init__(reason)
        self.unreached = unreached
        self.wait = wait
        self.limited = limited


@dataclass
class Client:
    """Sends requests to one vendor with one credential.

    `sign` returns the headers that authenticate, asked anew for each attempt. `hint` ends the sentence when the
    credential is refused. `secrets` never appear in any message. `budget_for` gives the budget of a route. `renew`
    makes a fresh credential after a 401, which is then tried once more; `explain` reads more than the hint out of the
    headers of a 401 that stays.
    """

    vendor: str
    url: str
    sign: Callable[[], Mapping[str, str]]
    hint: str
    budget_for: Callable[[str], Budget]
    secrets: tuple[str, ...] = ()
    stop: Stop = field(default_factory=Stop)
    renew: Callable[[], None] | None = None
    explain: Callable[[Mapping[str, str]], str] | None = None
    sent: int = 0
    retries: int = 0
    waited: float = 0.0
    completeness: list[Completeness] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read how patient to be."""
        self.runtime = Runtime.here()
        self.session = requests.Session()
        # as `auth`, or requests would let a .netrc entry overwrite the header
        self.session.auth = self._authenticate

    def _authenticate(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.sign())
        return request

    def get(self, path: str, params: Params | None = None, *, route: str | None = None) -> Answer:
        """GET `path` below the API root. `route` is the path's template, where budgets are per endpoint."""
        return self.request("GET", path, params, route=route)

    def search(self, path: str, body: Json, params: Params | None = None, *, route: str | None = None) -> Answer:
        """POST a documented search: a read with its filters in the body."""
        return self.request("POST", path, params, body=body, route=route)

    def request(
        self, method: str, path: str, params: Params | None = None, *, body: Json = None, route: str | None = None
    ) -> Answer:
        """Send until there is a usable answer.

        Raises:
            VendorRefused: 3xx and 4xx other than 408 and 429; the message says what to change.
            VendorUnavailable: network faults, 408, 429, 5xx and unusable bodies that outlasted all attempts.
            OutOfTime: waiting would outlast the run.
        """
        try:
            return self._request(method, path, params, body, route)
        except VendorRefused as refusal:
            if refusal.status != 401 or self.renew is None:
                raise
            self.renew()
            self.retries += 1
            return self._request(method, path, params, body, route)

    def attempt(self, path: str, body: Json, *, before: Callable[[], None]) -> Reply:
        """POST exactly once: for a write, of which each attempt is put on record before it leaves.

        `before` runs when the budget has room, just before the request; what it raises stops it. Whatever comes is
        returned. `repeat` makes attempts as patiently as any other request is repeated.
        """
        budget = self.budget_for(path)
        name = f"{self.vendor} POST {urlsplit(self.url + path).path}"
        try:
            response = self._send("POST", path, None, body, budget, name, before)
        except Again as error:
            return Reply(None, again=error)
        reply = Reply(response.status_code, self.redact(response.content.decode("utf-8", "replace")))
        try:
            self._read(response, budget, name)
        except Again as error:
            reply.again = error
        except VendorRefused as error:
            reply.refused = error
        return reply

    def repeat(self, path: str, attempt: Callable[[], Result]) -> Result:
        """Call `attempt` until it does not raise Again; the last Again is raised when patience for this path ends."""
        return self._retrying(_Patience(self.runtime, self.budget_for(path).limit.seconds))(attempt)

    def _retrying(self, patience: "_Patience") -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=patience.another,
            stop=patience.exhausted,
            wait=patience.wait,
            sleep=self._sleep,
            before_sleep=self._count_retry,
            reraise=True,
        )

    def _request(self, method: str, path: str, params: Params | None, body: Json, route: str | None) -> Answer:
        budget = self.budget_for(route or path)
        patience = _Patience(self.runtime, budget.limit.seconds)
        name = f"{self.vendor} {method} {urlsplit(self.url + path).path}"
        try:
            return self._retrying(patience)(self._once, method, path, params, body, budget, name)
        except Again as error:
            advice = "Nothing of this window was kept; run the sync again later."
            if error.unreached:
                advice = f"Check the network and {self.vendor.upper()}_URL, then run the sync again."
            raise VendorUnavailable(
                f"{name} {error}, {patience.attempts} times. {advice}", unreached=error.unreached
            ) from error

    def _sleep(self, seconds: float) -> None:
        self.stop.sleep(seconds)
        self.waited += seconds

    def _count_retry(self, state: tenacity.RetryCallState) -> None:
        self.retries += 1

    def _once(self, method: str, path: str, params: Params | None, body: Json, budget: Budget, name: str) -> Answer:
        return self._read(self._send(method, path, params, body, budget, name), budget, name)

    def _send(
        self,
        method: str,
        path: str,
        params: Params | None,
        body: Json,
        budget: Budget,
        name: str,
        before: Callable[[], None] = lambda: None,
    ) -> requests.Response:
        if self.stop.stopped:
            raise OutOfTime("the run was asked to stop")
        waited = budget.waited
        try:
            with budget.request():
                self.waited += budget.waited - waited
                before()
                self.sent += 1
                response = self.session.request(
                    method,
                    self.url + path,
                    params=dict(params or {}),
                    data=None if body is None else orjson.dumps(body),
                    headers={"Accept": "application/json"}
                    | ({} if body is None else {"Content-Type": "application/json"}),
                    timeout=self.runtime.request_timeout,
                    # a redirect would carry the credential to another place, or end in a login page
                    allow_redirects=False,
                )
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise Again("broke its answer off") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Again(*_network(error)) from error
        except requests.RequestException as error:
            raise SourceError(f"{name}: {self.redact(str(error))}. Check {self.vendor.upper()}_URL.") from error
        budget.observe(_number(response, "X-RateLimit-Limit"), _number(response, "X-RateLimit-Remaining"))
        return response

    def _read(self, response: requests.Response, budget: Budget, name: str) -> Answer:
        status = response.status_code
        if status == 429:
            wait = _asked_wait(response)
            budget.pause(wait or 0.0)
            raise Again("answered 429 (too many requests)", wait=wait, limited=True)
        if status >= 500 or status == 408:
            raise Again(f"answered {status}", wait=_retry_after(response))
        path = urlsplit(response.url).path
        if status >= 300:
            raise self._refusal(response, name, path)
        try:
            body = parse(response.content)
        except ValueError as error:
            raise Again(f"answered {status} with a body that is not JSON") from error
        if isinstance(body, dict) and body.get("error") and len(body) <= 3:
            raise Again(f"answered {status} with an error: {self.redact(str(body['error']))[:BODY_SHOWN]}")
        return Answer(status, path, body, response.headers)

    def _refusal(self, response: requests.Response, name: str, path: str) -> VendorRefused:
        status = response.status_code
        text = self.redact(response.content.decode("utf-8", "replace"))[:BODY_SHOWN]
        if status < 400:
            sentence = f"{name} answered {status}, a redirect. Check {self.vendor.upper()}_URL."
        elif status == 401:
            hint = self.explain(response.headers) if self.explain else self.hint
            sentence = f"{name}: the credential was refused (401). {hint}"
        elif status == 403:
            sentence = f"{name}: access was denied (403). {self.hint}"
        else:
            words = " ".join(text.split()) or "no explanation"
            sentence = f"{name} answered {status}: {words}"
            if status == 404:
                sentence += f" Check {self.vendor.upper()}_URL."
        return VendorRefused(sentence, status=status, path=path, body=text)

    def redact(self, text: str) -> str:
        """The text without any of our secrets."""
        for secret in self.secrets:
            text = text.replace(secret, "***") if secret else text
        return text

    def close(self) -> None:
        """Close connections."""
        self.session.close()


class _Patience:
    """How often and how long a request is repeated.

    Faults: as often as dlt's settings say, waiting 1, 2, 4, ... seconds. 429: until two of the budget's windows have
    passed, since a vendor may count a window that began before we did.
    """

    def __init__(self, runtime: Runtime, window: float) -> None:
        self.runtime = runtime
        self.give_up_limited_after = 2 * window + 1
        self.attempts = 0
        self.faults = 0
        self.limited = 0
        self.limited_since: float | None = None

    def another(self, state: tenacity.RetryCallState) -> bool:
        """Count the attempt; whether it gave nothing usable. Called first, before `wait` and `exhausted`."""
        self.attempts += 1
        assert state.outcome is not None
        error = state.outcome.exception()
        if not isinstance(error, Again):
            return False
        if error.limited:
            self.limited += 1
            self.limited_since = self.limited_since or time.monotonic()
        else:
            self.faults += 1
        return True

    def exhausted(self, state: tenacity.RetryCallState) -> bool:
        """Whether that was the last attempt."""
        if self._error(state).limited and self.limited_since is not None:
            return time.monotonic() - self.limited_since > self.give_up_limited_after
        return self.faults >= self.runtime.request_max_attempts

    def wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds until the next attempt."""
        error = self._error(state)
        count = self.limited if error.limited else self.faults
        backoff = self.runtime.request_backoff_factor * 2.0 ** (count - 1)
        longest = min(self.runtime.request_max_retry_delay, self.give_up_limited_after / 2)
        if error.limited and backoff == 0:
            backoff = 0.1  # a limit passes with time alone
        # a vendor that asks for no wait at all, or whose clock is behind, is not asked without pause
        return error.wait or min(backoff, longest)

    @staticmethod
    def _error(state: tenacity.RetryCallState) -> Again:
        assert state.outcome is not None
        error = state.outcome.exception()
        assert isinstance(error, Again)
        return error


def parse(content: bytes) -> Json:
    """JSON from bytes, also where orjson refuses it (lone surrogates, NaN) or rounds (whole numbers beyond 64 bits).

    Raises ValueError.
    """
    if not LONG_NUMBER.search(content):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    try:
        return json.loads(content, parse_int=_whole)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _whole(digits: str) -> int | float:
    # Python reads no more digits than this at once, and no vendor means as many
    return int(digits) if len(digits) < 4000 else float(digits)


def _number(response: requests.Response, header: str) -> int | None:
    text = response.headers.get(header, "").strip()
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _asked_wait(response: requests.Response) -> float | None:
    """Seconds that a 429 asks to wait: `Retry-After`, else `X-RateLimit-Reset` as epoch or as seconds from now."""
    wait = _retry_after(response)
    reset = _number(response, "X-RateLimit-Reset")
    if wait is not None or reset is None:
        return wait
    # small numbers are seconds from now, large ones a moment
    return max(reset - time.time(), 0.0) if reset > 1_000_000_000 else float(reset)


def _retry_after(response: requests.Response) -> float | None:
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


def _network(error: requests.RequestException) -> tuple[str, bool]:
    """What happened, and whether no connection was made at all."""
    text = str(error)
    if "Name or service not known" in text or "NameResolution" in text or "getaddrinfo" in text:
        return "cannot be found (the host name does not resolve)", True
    if "refused" in text:
        return "cannot be reached (connection refused)", True
    if "unreachable" in text.lower() or isinstance(error, requests.ConnectTimeout):
        return "cannot be reached (no way to the host)", True
    if "certificate" in text.lower():
        return "cannot be reached safely (its TLS certificate is not trusted)", True
    if isinstance(error, requests.Timeout) or "timed out" in text.lower():
        return "gave no answer in time", False
    return "broke the connection", False
