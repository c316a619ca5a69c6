"""`leadpath push-leads --yes`: each lead once, also through failures on the way.

SnapCRM has no idempotency key and no way to read a lead back. So each attempt is on record before it leaves and after
it is answered, what lost its answer is tried again with the very same words, and SnapCRM's refusal of a second lead
with the same e-mail or name then tells that the first one arrived.
"""

from collections import Counter
from dataclasses import dataclass, field

from pipelines.leads.choice import Choice
from pipelines.leads.outbox import FINAL, IN_THE_CRM, Ended, Ledger, Outbox
from pipelines.leads.persons import People
from pipelines.leads.prospects import Candidate, plan, read_published, why_ended
from pipelines.runs.account import Cost
from pipelines.runs.budgets import budgets_of
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import Outcome, Session
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.records import Records
from sources.errors import LeadpathError, OutOfTime
from sources.http.budget import Stop
from sources.http.patience import Again
from sources.snapcrm import VENDOR
from sources.snapcrm.client import Attempt, SnapCRM

SAID_EVERY = 100
SUMMARY = {
    "created": "created",
    "created_unconfirmed": "probably created (an answer was lost)",
    "conflict": "in conflict",
    "rejected": "rejected",
    "failed": "failed",
    "waiting": "waiting",
}
# a second lead in a row without any usable answer: the vendor is not well
UNANSWERED_AT_MOST = 2


class Stopped(LeadpathError):
    """Nothing more can be sent in this run; the message says why and what to do."""


@dataclass
class Pushed:
    """What a run did: `counts` per state, everybody with what became of them, and the outcome of run and build."""

    outcome: Outcome
    candidates: list[Candidate] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def summary(self) -> str:
        """One line: how many leads ended in which state, and how many were not to be sent."""
        words = [f"{self.counts[state]:,} {named}" for state, named in SUMMARY.items() if self.counts[state]]
        skipped = sum(candidate.verdict == "skip" for candidate in self.candidates)
        return ", ".join([*(words or ["nobody to send"]), f"{skipped:,} not sent"])


class Sender:
    """Sends candidates one after the other, and keeps the ledger true."""

    def __init__(self, api: SnapCRM, outbox: Outbox, ledger: Ledger) -> None:
        self.api = api
        self.outbox = outbox
        self.ledger = ledger
        # people of whom nobody knows yet whether they were created
        self.unresolved = People()
        self._unanswered = 0

    def send(self, candidate: Candidate) -> None:
        """Send one, again as long as that may help; its verdict and reason say what became of it. Raises Stopped."""
        if candidate.verdict == "send" and (other := self.unresolved.namesake(candidate.person)):
            # a 409 could not be told from the one that the other's attempt may have earned
            candidate.verdict, candidate.reason = "waiting", f"{other.label} has the same name and no answer yet"
            return
        try:
            self.api.repeat(lambda: self._attempt(candidate))
        except Again:
            self._unanswered += 1
            if candidate.payload_hash in self.ledger.lost:
                self.unresolved.add(candidate.person)
            if self._unanswered >= UNANSWERED_AT_MOST:
                raise Stopped(
                    f"SnapCRM gave {self._unanswered} leads in a row no usable answer ({candidate.reason})."
                    " Run leadpath push-leads --yes again later: nothing is lost or sent twice."
                ) from None
        else:
            self._unanswered = 0

    def _attempt(self, candidate: Candidate) -> None:
        """One attempt with its two records; raises Again when another one may bring more."""
        push_id = ""

        def before() -> None:
            nonlocal push_id
            push_id = self.outbox.begin(candidate.person, candidate.payload, candidate.payload_hash)

        attempt = self.api.create(candidate.payload, before)
        state = self._state(candidate, attempt)
        lead = None
        if attempt.verdict == "created":
            # the answer may leave out what was sent
            answered = {name: value for name, value in (attempt.lead or {}).items() if value is not None}
            lead = {**candidate.payload, **answered}
        self.outbox.end(push_id, state, attempt.status, attempt.text, lost=attempt.lost, lead=lead)
        self._learn(candidate, attempt, state)
        if attempt.again is not None:
            raise attempt.again
        if attempt.stop is not None:
            raise Stopped(f"{attempt.stop} Nothing more was sent; the leads that are left wait for the next push.")

    def _state(self, candidate: Candidate, attempt: Attempt) -> str:
        """The state of the contract. 409 confirms a lost attempt, unless somebody else is known to have the name."""
        if attempt.verdict != "exists":
            return attempt.verdict
        lost = candidate.payload_hash in self.ledger.lost
        return "created_unconfirmed" if lost and not self.ledger.known.namesake(candidate.person) else "conflict"

    def _learn(self, candidate: Candidate, attempt: Attempt, state: str) -> None:
        key, ledger = candidate.payload_hash, self.ledger
        candidate.verdict = state
        if state == "failed":
            candidate.reason = str(attempt.again or attempt.stop or attempt.text)
            if attempt.lost:
                ledger.lost[key] = (candidate.person, dict(candidate.payload))
            return
        ledger.lost.pop(key, None)
        ledger.ended[key] = Ended(state, attempt.status, attempt.text)
        candidate.reason = why_ended(ledger.ended[key])
        if state in IN_THE_CRM:
            ledger.known.add(candidate.person)


def preview(settings: Settings, choice: Choice) -> list[Candidate]:
    """Who would be sent, and why the others are not; writes nothing. The caller holds the lock.

    Raises Unpublished, and Mistaken for a choice of somebody whom nobody knows.
    """
    warehouse = Warehouse(settings.data_dir)
    leads = read_published(warehouse.built)
    if not warehouse.raw.exists():
        return plan(leads, Ledger())
    with warehouse.turn(read_only=True) as con:
        candidates = plan(leads, Ledger.read(con))
    choice.apply(candidates)
    return candidates


def push(settings: Settings, progress: Progress, choice: Choice, *, command: str, with_build: bool) -> Pushed:
    """Send every candidate of this choice, then build and publish. The caller holds the lock.

    Raises Unpublished, before anything is written, when there is no published file to choose from. A choice of somebody
    whom nobody knows ends the run as failed.
    """
    leads = read_published(Warehouse(settings.data_dir).built)
    session = Session(settings, command, progress)
    pushed = Pushed(Outcome(session.run_id))
    with session.recorded(pushed.outcome):
        with session.warehouse.turn() as con:
            outbox = Outbox(con, session.run_id, session.clock)
            outbox.recover()
            ledger = Ledger.read(con)
            pushed.candidates = plan(leads, ledger)
            choice.apply(pushed.candidates)
            _send_all(session, pushed, Sender(_connect(session), outbox, ledger))
        if with_build:
            session.build(pushed.outcome)
    return pushed


def _connect(session: Session) -> SnapCRM:
    stop = Stop(session.settings.own.max_run.total_seconds())
    budget = budgets_of(session.settings, VENDOR.name, stop)
    client: SnapCRM = VENDOR.connected(session.settings.vendors[VENDOR.name], budget, stop)
    return client


def _send_all(session: Session, pushed: Pushed, sender: Sender) -> None:
    outcome, client = pushed.outcome, sender.api.client
    due = [candidate for candidate in pushed.candidates if candidate.verdict != "skip"]
    cost = Cost(left=len(due))
    try:
        with session.progress.shown():
            for candidate in due:
                if client.stop.due:
                    raise OutOfTime("the run's time is up")
                sender.send(candidate)
                cost.left -= 1
                cost.requests, cost.retries, cost.waited = client.sent, client.retries, client.waited
                cost.rows += candidate.verdict == "created"
                session.progress.window("snapcrm", "pushes", {"pushes": cost}, [client.budget_for("")])
                if not session.progress.live and (len(due) - cost.left) % SAID_EVERY == 0:
                    session.progress.say(f"snapcrm pushes: {len(due) - cost.left:,} of {len(due):,} leads tried")
    except OutOfTime:
        outcome.left = cost.left
    except Stopped as stopped:
        outcome.sentences.append(str(stopped))
    finally:
        for candidate in due:
            if candidate.verdict in ("send", "again"):
                candidate.verdict, candidate.reason = "waiting", "not tried in this run"
        pushed.counts = Counter(candidate.verdict for candidate in due)
        Records(sender.outbox.con).loaded(
            session.run_id,
            "snapcrm",
            "pushes",
            rows=cost.rows,
            requests=client.sent,
            retries=client.retries,
            waited=client.waited,
            unknown=set(),
        )
        client.close()
    _judge(pushed)


def _judge(pushed: Pushed) -> None:
    counts, outcome = pushed.counts, pushed.outcome
    outcome.rows = counts["created"]
    if counts["failed"] and not outcome.sentences:
        outcome.sentences.append(
            f"{_leads(counts['failed'])} got no usable answer. The next leadpath push-leads --yes tries again."
        )
    if counts["rejected"]:
        outcome.sentences.append(
            f"SnapCRM rejected {_leads(counts['rejected'])} (see above); they are sent again when their forms change."
        )
    if outcome.sentences:
        outcome.status = "partial" if set(counts) & set(FINAL) else "failed"


def _leads(count: int) -> str:
    return f"{count:,} lead{'' if count == 1 else 's'}"
