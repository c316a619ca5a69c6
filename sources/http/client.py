"""One HTTP client for all vendors: pacing, patience, and errors that say what to do.

`requests` carries the bytes. dlt's own client gives up after seconds where a vendor's window is a minute, and does not
repeat a truncated or HTML body with status 200, so it is not used.
"""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, quote_plus, urlsplit

import orjson
import requests
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

from sources.errors import ContractBroken, OutOfTime, SourceError, VendorRefused, VendorUnavailable
from sources.http.answers import Answer, Json, Reply, error_in, parse
from sources.http.budget import Budget, Stop
from sources.http.deadline import Punctual
from sources.http.patience import DOWN, Again, Patience, asked_wait, network_fault, number, retry_after
from sources.http.runtime import Runtime

Result = TypeVar("Result")
Params = Mapping[str, str | int]
BODY_SHOWN = 300
CHUNK = 1 << 16
# unpacked: some pages of the largest rows, and no more than a small machine holds
MOST_BYTES = 64 << 20


@dataclass
class Client:
    """Sends requests to one vendor with one credential.

    `sign` returns the headers that authenticate, asked again for each attempt. `hint` ends the sentence when the
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

    def __post_init__(self) -> None:
        """Read how patient to be."""
        self.runtime = Runtime.here()
        self.session = requests.Session()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, Punctual())
        # as `auth`, or requests would let a .netrc entry overwrite the header
        self.session.auth = self._authenticate
        # what went out as a credential, also what `sign` made itself
        self._sent: set[str] = set()
        self._answered = False

    def _authenticate(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = self.sign()
        for value in signed.values():
            self._sent |= {value, value.rpartition(" ")[2]}
        request.headers.update(signed)
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

        `before` runs when the budget has room, just before the request; what it raises stops it. What comes is
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
        return self._repeat(Patience(self.runtime, self.budget_for(path).limit.seconds), attempt)

    def _repeat(self, patience: Patience, attempt: Callable[[], Result]) -> Result:
        while True:
            try:
                return attempt()
            except Again as error:
                wait = patience.wait(error)
                if not error.limited and self.stop.outlasts(wait):
                    raise
            self.retries += 1
            self.stop.sleep(wait)
            self.waited += wait

    def _request(self, method: str, path: str, params: Params | None, body: Json, route: str | None) -> Answer:
        budget = self.budget_for(route or path)
        patience = Patience(self.runtime, budget.limit.seconds, answered=self._answered)
        name = f"{self.vendor} {method} {urlsplit(self.url + path).path}"
        try:
            return self._repeat(
                patience, lambda: self._read(self._send(method, path, params, body, budget, name), budget, name)
            )
        except Again as error:
            advice = "Nothing of this window was kept; run the sync again later."
            if error.unreached:
                advice = f"Check the network and {self.vendor.upper()}_URL, then run the sync again."
            raise VendorUnavailable(
                f"{name} {error}, {patience.attempts} times. {advice}", unreached=error.unreached
            ) from error

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
                    stream=True,
                )
                try:
                    content = _body(response)
                except BaseException:
                    response.close()
                    raise
                response.raw = io.BytesIO(content)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise Again("broke its answer off") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise network_fault(error) from error
        except ContractBroken as error:
            advice = f"Check {self.vendor.upper()}_URL, or ask for fewer days at once."
            raise ContractBroken(f"{name}: {error}. {advice}") from error
        except requests.RequestException as error:
            raise SourceError(f"{name}: {self.redact(str(error))}. Check {self.vendor.upper()}_URL.") from error
        budget.observe(number(response, "X-RateLimit-Limit"), number(response, "X-RateLimit-Remaining"))
        return response

    def _read(self, response: requests.Response, budget: Budget, name: str) -> Answer:
        status = response.status_code
        if status == 429:
            wait = asked_wait(response)
            budget.pause(wait or 0.0)
            raise Again("answered 429 (too many requests)", wait=wait, limited=True)
        if status >= 500 or status == 408:
            wait = retry_after(response)
            asks = f" and asks to wait {wait:.0f} s" if wait else ""
            raise Again(f"answered {status}{asks}", wait=wait, down=status in DOWN)
        path = urlsplit(response.url).path
        if status >= 300:
            raise self._refusal(response, name, path)
        try:
            body = parse(response.content)
        except ValueError as error:
            raise Again(f"answered {status} with a body that is not JSON") from error
        if (named := error_in(body)) is not None:
            raise Again(f"answered {status} with an error: {self.redact(named)[:BODY_SHOWN]}")
        self._answered = True
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
        """The text without any of our secrets, also as base64 and in an address."""
        known = {*self.secrets, *self._sent} - {""}
        for form in sorted((form for secret in known for form in _forms(secret)), key=len, reverse=True):
            text = text.replace(form, "***")
        return text

    def close(self) -> None:
        """Close connections."""
        self.session.close()


def _forms(secret: str) -> set[str]:
    """A secret as an echo may write it."""
    raw = secret.encode("utf-8", "replace")
    coded = {code(raw).decode() for code in (base64.b64encode, base64.urlsafe_b64encode)}
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        *coded,
        *(one.rstrip("=") for one in coded),
    }


def _body(response: requests.Response) -> bytes:
    """The whole body, unpacked. Raises Again where it does not come, ContractBroken where it is too large for one."""
    size, parts = 0, []
    try:
        while part := response.raw.read1(CHUNK, decode_content=True):
            size += len(part)
            if size > MOST_BYTES:
                raise ContractBroken(f"the answer is larger than {MOST_BYTES >> 20} MiB")
            parts.append(part)
    except (ProtocolError, DecodeError) as error:
        raise Again("broke its answer off") from error
    except HTTPError as error:
        raise network_fault(error) from error
    return b"".join(parts)
