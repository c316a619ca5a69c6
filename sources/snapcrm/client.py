"""How SnapCRM authenticates, answers and refuses: an API that creates leads and does nothing else.

There is no idempotency key and nothing can be read back, so a caller keeps a record of every attempt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from sources.errors import ContractBroken, VendorRefused
from sources.http.answers import Reply, parse
from sources.http.client import Client
from sources.http.patience import Again
from sources.rows.table import Row
from sources.snapcrm.settings import BAD_REQUEST, CONFLICT, LEADS, UNACCEPTABLE, UNSURE

Result = TypeVar("Result")


@dataclass(frozen=True)
class Attempt:
    """How one attempt to create a lead ended.

    `verdict`: `created` (`lead` is the answered object, empty when it could not be read), `exists` (a lead with the
    same e-mail or name is there), `rejected` (this lead will not do as it is) or `failed`. Of a failed one, `again`
    says why another attempt may succeed, `stop` why no other lead will fare better; `lost` is true when the lead may
    have been created although no answer says so. `text` is the answer as it came, or what happened instead of one.
    """

    verdict: Literal["created", "exists", "rejected", "failed"]
    status: int | None
    text: str
    lead: Row | None = None
    lost: bool = False
    again: Again | None = None
    stop: VendorRefused | None = None


@dataclass
class SnapCRM:
    """Creates leads, one per request."""

    client: Client

    def create(self, lead: Mapping[str, str], before: Callable[[], None]) -> Attempt:
        """Make exactly one attempt; `before` runs when the budget has room, just before the request leaves."""
        return read(self.client.attempt(LEADS, dict(lead), before=before))

    def repeat(self, attempt: Callable[[], Result]) -> Result:
        """Call `attempt` until it does not raise Again, waiting as the API asks; raises the last Again in the end."""
        return self.client.repeat(LEADS, attempt)

    def probe(self) -> str:
        """Send an empty lead, which must be refused: the only way to learn whether the key is good.

        Raises:
            VendorRefused: the key, or the address, is not good.
            ContractBroken: the API accepted a lead without a name.
        """
        try:
            answer = self.client.request("POST", LEADS, body={})
        except VendorRefused as refusal:
            if refusal.status in UNACCEPTABLE:
                return f"the key is accepted (an empty lead was refused with {refusal.status}, as it must be)"
            raise
        made = answer.body.get("id") if isinstance(answer.body, dict) else None
        raise ContractBroken(
            f"SnapCRM answered {answer.status} to a lead without any field, where it documents {BAD_REQUEST}."
            f" It may have created an empty lead ({made or 'without id'}): look there and delete it."
            " Do not push leads before this is understood."
        )


def read(reply: Reply) -> Attempt:
    """What an answer, or none, says about the lead."""
    status, text, again, stop = reply.status, reply.text, reply.again, reply.refused
    if status is None:
        assert again is not None
        return Attempt("failed", None, f"no answer: {again}", lost=not again.unreached, again=again)
    if 200 <= status < 300:
        lead = _object(text)
        # 201 says it all, even when the rest of the answer is broken; another 2xx needs the lead as proof
        if lead.get("id") or (status == 201 and "error" not in lead):
            return Attempt("created", status, text, lead=lead)
        again = again or Again(f"answered {status} without a lead")
        return Attempt("failed", status, text, lost=True, again=again)
    if status == CONFLICT:
        return Attempt("exists", status, text)
    if status in UNACCEPTABLE:
        return Attempt("rejected", status, text)
    return Attempt("failed", status, text, lost=status in UNSURE, again=again, stop=stop)


def _object(text: str) -> Row:
    try:
        body = parse(text.encode())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
