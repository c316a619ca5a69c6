"""The record of every attempt to create a lead, in `raw_snapcrm.pushes`, and what it says about a person.

One transaction stands before and one after each request, since an attempt that is not on record before it leaves could
be made twice. The rows bear a load id of their own, which `_dlt_loads` lists like any other, so that builds see them as
new.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from pipelines.leads.persons import People, Person, lead_row
from pipelines.warehouse import quarantine
from pipelines.warehouse.numbers import list_load, next_load_id
from sources.rows.table import Row
from sources.snapcrm.tables import LEADS

# after these a payload is not sent again
FINAL = ("created", "created_unconfirmed", "conflict", "rejected")
IN_THE_CRM = ("created", "created_unconfirmed")
# an answer should be a few hundred characters; a page of HTML is kept as far as it helps
RESPONSE_KEPT = 10_000

Payload = Mapping[str, str]


@dataclass(frozen=True)
class Ended:
    """How the sending of one payload ended: its state, the HTTP status and the answer."""

    state: str
    status: int | None
    response: str


@dataclass
class Ledger:
    """What the records say, by payload hash where it is about a payload.

    `known`: everybody who is in SnapCRM as far as we know. `ended`: payloads that are not to be sent again. `lost`:
    payloads of which an attempt may have created a lead that no answer confirmed, oldest first.
    """

    known: People = field(default_factory=People)
    ended: dict[str, Ended] = field(default_factory=dict)
    lost: dict[str, tuple[Person, dict[str, str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection) -> "Ledger":
        """From the raw tables; empty where they do not exist yet."""
        ledger = cls()
        try:
            leads, pushes = _rows(con, "leads", "lead_row"), _rows(con, "pushes", "push_id")
        except duckdb.CatalogException:
            return ledger
        for lead in leads:
            named = {**lead, "firstName": lead["first_name"], "lastName": lead["last_name"]}
            how = "imported" if lead["known_from"] == "import" else "created by an earlier push"
            ledger.known.add(Person.read(named, origin=f"{how}{_as(lead['id'])}"))
        for push in pushes:
            ledger._note(push)
        ledger.lost = {key: lost for key, lost in ledger.lost.items() if key not in ledger.ended}
        return ledger

    def _note(self, push: Row) -> None:
        state, key, payload = str(push["state"]), str(push["payload_hash"]), json.loads(str(push["payload"]))
        if state in FINAL:
            self.ended[key] = Ended(state, push["http_status"], push["response"] or "")
        if state in IN_THE_CRM:
            created = f"created by an earlier push{_as(_lead_id(push['response']))}"
            origin = created if state == "created" else "probably created: its answer was lost"
            self.known.add(Person.read(payload, lead_key=push["lead_key"], origin=origin))
        if state == "sending" or push.get("answer_lost"):
            self.lost[key] = (Person.read(payload, lead_key=push["lead_key"]), payload)


class Outbox:
    """Writes attempts, each step in a transaction of its own. The caller holds the lock and an open connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, run_id: str, clock: Callable[[], datetime]) -> None:
        self.con = con
        self.run_id = run_id
        self.clock = clock
        self.attempts = 0
        self.load_id = next_load_id(con)
        self._listed = False

    def recover(self) -> int:
        """Attempts that a process which ended left behind have lost their answers; how many there were.

        Nobody else can be sending: the caller holds the lock.
        """
        found = self.con.execute("select count(*) from raw_snapcrm.pushes where state = 'sending'").fetchone()
        count = int(found[0]) if found else 0
        if count:
            with self._transaction():
                self.con.execute(
                    "update raw_snapcrm.pushes set state = 'failed', answer_lost = true, _dlt_load_id = ?,"
                    " response = 'no answer: the process ended before it came' where state = 'sending'",
                    [self.load_id],
                )
        return count

    def begin(self, person: Person, payload: Payload, payload_hash: str) -> str:
        """Note that an attempt is about to leave; its id."""
        self.attempts += 1
        push_id = f"{self.run_id}-{self.attempts:06d}"
        text = json.dumps(dict(payload), ensure_ascii=False, sort_keys=True)
        with self._transaction():
            self.con.execute(
                "insert into raw_snapcrm.pushes by name select ? as push_id, ? as lead_key, ? as payload,"
                " ? as payload_hash, 'sending' as state, ? as started_at, ? as _dlt_load_id",
                [push_id, person.lead_key, text, payload_hash, self.clock(), self.load_id],
            )
        return push_id

    def end(
        self, push_id: str, state: str, status: int | None, response: str, *, lost: bool, lead: Row | None = None
    ) -> None:
        """Note how an attempt ended, together with the lead where one was created."""
        values = [state, status, response[:RESPONSE_KEPT], lost, self.clock(), self.load_id, push_id]
        with self._transaction():
            self.con.execute(
                "update raw_snapcrm.pushes set state = ?, http_status = ?, response = ?, answer_lost = ?,"
                " ended_at = ?, _dlt_load_id = ? where push_id = ?",
                values,
            )
            if lead is not None:
                self._keep(lead)

    def settle(self, push_ids: Sequence[str], state: str) -> None:
        """Give attempts another state, by somebody's word; what was sent and answered stays."""
        with self._transaction():
            self.con.execute(
                "update raw_snapcrm.pushes set state = ?, _dlt_load_id = ? where list_contains(?, push_id)",
                [state, self.load_id, list(push_ids)],
            )

    def _keep(self, lead: Row) -> None:
        key = lead_row(lead)
        batch = LEADS.batch([lead], lead_row=key, known_from="crm", known_at=self.clock().isoformat())
        quarantine.store(self.con, self.run_id, "snapcrm", [batch])
        self.con.execute("delete from raw_snapcrm.leads where lead_row = ?", [key])
        self.con.register("created_lead", batch.arrow)
        self.con.execute(
            "insert into raw_snapcrm.leads by name select *, ? as _dlt_load_id from created_lead", [self.load_id]
        )
        self.con.unregister("created_lead")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; also when the process is killed inside it."""
        self.con.begin()
        try:
            if not self._listed:
                list_load(self.con, "snapcrm", self.load_id)
            yield
        except BaseException:
            self.con.rollback()
            raise
        self.con.commit()
        self._listed = True


def _rows(con: duckdb.DuckDBPyConnection, table: str, order: str) -> list[dict[str, Any]]:
    # all columns: an older file may lack some, until a run that writes brings it up to date
    result = con.execute(f"select * from raw_snapcrm.{table} order by {order}")
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _lead_id(response: str | None) -> str | None:
    try:
        lead = json.loads(response or "")
    except ValueError:
        return None
    return lead.get("id") if isinstance(lead, dict) else None


def _as(lead_id: object) -> str:
    return f" as {lead_id}" if lead_id else ""
