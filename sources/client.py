"""One HTTP client for all vendors: pacing, patience, and errors that say what to do.

`requests` carries the bytes, `tenacity` the repetition. dlt's own client gives up after seconds where a vendor's window
is a minute, and does not repeat a truncated or HTML body with status 200, so it is not used.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import tenacity
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration

from sources.budget import Budget, Stop
from sources.errors import OutOfTime, SourceError, VendorRefused, VendorUnavailable

Json = Any
Params = Mapping[str, str | int]
BODY_SHOWN = 300


@dataclass
class Answer:
    """A parsed answer: `body` is JSON, `path` the request's path without its query."""

    status: int
    path: str
    body: Json
    headers: Mapping[str, str]


@dataclass
class Completeness:
    """One walk over one list: what the API said it holds (None when it does not say) and the distinct keys received."""

    resource: str
    scope: str
    api_count: int | None
    received_count: int


class Again(Exception):
    """This attempt gave nothing usable; another one may. `wait` is what the vendor asked for, in seconds."""

    def __init__(self, reason: str, *, wait: float | None = None, limited: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.limited = limited


@dataclass
class Client:
    """Sends requests to one vendor with one credential.

    `sign` returns the headers that authenticate, asked anew for each attempt. `hint` ends the sentence when the
    credential is refused. `secrets` never appear in any message. `budget_for` gives the budget of a route. `renew` makes
    a fresh credential after a 401, which is then tried once more; `explain` reads more than the hint out of the headers of
    a 401 that stays.
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
        """Read dlt's own knobs: RUNTIME__REQUEST_TIMEOUT, _MAX_ATTEMPTS, _BACKOFF_FACTOR, _MAX_RETRY_DELAY."""
        self.runtime = resolve_configuration(RuntimeConfiguration())
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

    def _request(self, method: str, path: str, params: Params | None, body: Json, route: str | None) -> Answer:
        budget = self.budget_for(route or path)
        patience = _Patience(self.runtime, budget.limit.seconds)
        name = f"{self.vendor} {method} {urlsplit(self.url + path).path}"
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=patience.exhausted,
            wait=patience.wait,
            sleep=self._sleep,
            before_sleep=self._count_retry,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, params, body, budget, name)
        except Again as error:
            raise VendorUnavailable(
                f"{name} {error}, {patience.attempts} times. Nothing of this window was kept; run the sync again later."
            ) from error

    def _sleep(self, seconds: float) -> None:
        self.stop.sleep(seconds)
        self.waited += seconds

    def _count_retry(self, state: tenacity.RetryCallState) -> None:
        self.retries += 1

    def _once(self, method: str, path: str, params: Params | None, body: Json, budget: Budget, name: str) -> Answer:
        if self.stop.stopped:
            raise OutOfTime("the run was asked to stop")
        before = budget.waited
        try:
            with budget.request():
                self.waited += budget.waited - before
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
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise Again(_network(error)) from error
        except requests.RequestException as error:
            raise SourceError(f"{name}: {self.redact(str(error))}. Check {self.vendor.upper()}_URL.") from error
        budget.observe(_number(response, "X-RateLimit-Limit"), _number(response, "X-RateLimit-Remaining"))
        return self._read(response, budget, name)

    def _read(self, response: requests.Response, budget: Budget, name: str) -> Answer:
        status = response.status_code
        if status == 429:
            wait = _asked_wait(response)
            budget.pause(wait or 0.0)
            raise Again("answered 429 (too many requests)", wait=wait, limited=True)
        if status >= 500 or status == 408:
            raise Again(f"answered {status}", wait=_asked_wait(response))
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
            words = " ".join(text.split())
            sentence = f"{name} answered {status}: {words or 'no explanation'}"
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

    def __init__(self, runtime: RuntimeConfiguration, window: float) -> None:
        self.runtime = runtime
        self.give_up_limited_after = 2 * window + 1
        self.attempts = 0
        self.faults = 0
        self.limited = 0
        self.limited_since: float | None = None

    def exhausted(self, state: tenacity.RetryCallState) -> bool:
        self.attempts += 1
        assert state.outcome is not None
        error = state.outcome.exception()
        if isinstance(error, Again) and error.limited:
            self.limited += 1
            self.limited_since = self.limited_since or time.monotonic()
            return time.monotonic() - self.limited_since > self.give_up_limited_after
        self.faults += 1
        return self.faults >= self.runtime.request_max_attempts

    def wait(self, state: tenacity.RetryCallState) -> float:
        assert state.outcome is not None
        error = state.outcome.exception()
        assert isinstance(error, Again)
        count = self.limited if error.limited else self.faults
        backoff = self.runtime.request_backoff_factor * 2.0 ** (count - 1)
        longest = min(self.runtime.request_max_retry_delay, self.give_up_limited_after / 2)
        if error.limited and backoff == 0:
            backoff = 0.1  # a limit passes with time alone
        return error.wait if error.wait is not None else min(backoff, longest)


def parse(content: bytes) -> Json:
    """JSON from bytes, also where it holds lone surrogates or NaN, which orjson refuses. Raises ValueError."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content)


def _number(response: requests.Response, header: str) -> int | None:
    text = response.headers.get(header, "")
    return int(text) if text.isdigit() else None


def _asked_wait(response: requests.Response) -> float | None:
    """Seconds that the vendor asks to wait: `Retry-After` as seconds or date, else `X-RateLimit-Reset` as epoch.

    `X-RetryAfter` is how one vendor is said to write it.
    """
    asked = (response.headers.get("Retry-After") or response.headers.get("X-RetryAfter") or "").strip()
    if asked.replace(".", "", 1).isdigit():
        return float(asked)
    if asked:
        try:
            return max(parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
        except ValueError:
            return None
    reset = _number(response, "X-RateLimit-Reset")
    if reset is None:
        return None
    # small numbers are seconds from now, large ones a moment
    return max(reset - time.time(), 0.0) if reset > 1_000_000_000 else float(reset)


def _network(error: requests.RequestException) -> str:
    text = str(error)
    if isinstance(error, requests.Timeout):
        return "gave no answer in time"
    if "Name or service not known" in text or "NameResolution" in text or "getaddrinfo" in text:
        return "cannot be found (the host name does not resolve)"
    if "refused" in text:
        return "cannot be reached (connection refused)"
    if "certificate" in text.lower():
        return "cannot be reached safely (its TLS certificate is not trusted)"
    return "broke the connection"
