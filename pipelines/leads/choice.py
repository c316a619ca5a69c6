"""Who of those that are due is sent now, and what a person says of a conflict."""

from contextlib import suppress
from dataclasses import dataclass

import duckdb

from pipelines.leads.outbox import Outbox
from pipelines.leads.persons import Person
from pipelines.leads.prospects import Candidate
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import Outcome, Session
from pipelines.warehouse.files import Warehouse
from sources.errors import Mistaken

# what a person may say of a conflict, and the state that the attempt has then
SETTLED = {"created": "created", "other": "failed"}


@dataclass(frozen=True)
class Choice:
    """At most `limit` leads, and of `only` those alone (addresses or lead keys), where they are given."""

    limit: int | None = None
    only: tuple[str, ...] = ()

    def apply(self, candidates: list[Candidate]) -> None:
        """Leave the others for later: they are skipped, with the reason. Raises Mistaken for one whom nobody knows."""
        wanted = {_key(text): text for text in self.only}
        known = {key for each in candidates for key in _keys(each.person)}
        for key in wanted.keys() - known:
            raise Mistaken(
                f"--only {wanted[key]}: no lead from a form has this address or key. See leadpath push-leads."
            )
        due = [candidate for candidate in candidates if candidate.verdict != "skip"]
        chosen = [candidate for candidate in due if not wanted or wanted.keys() & _keys(candidate.person)]
        for candidate in due:
            if candidate not in chosen:
                candidate.verdict, candidate.reason = "skip", "not asked for (--only)"
        for candidate in chosen[len(chosen) if self.limit is None else self.limit :]:
            candidate.verdict, candidate.reason = "skip", f"left for later (--limit {self.limit})"


def settle(settings: Settings, progress: Progress, lead: str, what: str, *, command: str, with_build: bool) -> Outcome:
    """Note what a person found in SnapCRM about a conflict: `created`, it is this lead; `other`, it is somebody else.

    Who is somebody else is sent again by the next push. Then builds and publishes. The caller holds the lock. Raises
    Mistaken, before anything is written, where the lead has no conflict.
    """
    warehouse = Warehouse(settings.data_dir)
    found: list[str] = []
    if warehouse.raw.exists():
        with warehouse.turn(read_only=True) as con, suppress(duckdb.CatalogException):
            found = _conflicts(con, lead)
    if not found:
        raise Mistaken(f"--settle {lead}: this lead has no conflict. leadpath push-leads says who has.")
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        with session.warehouse.turn() as con:
            Outbox(con, session.run_id, session.clock).settle(found, SETTLED[what])
        outcome.rows = len(found)
        if with_build:
            session.build(outcome)
    return outcome


def _conflicts(con: duckdb.DuckDBPyConnection, lead: str) -> list[str]:
    """The attempts of a lead, by its key or address, that ended in a conflict."""
    query = (
        "select push_id, lead_key, json_extract_string(payload, '$.email') from raw_snapcrm.pushes"
        " where state = 'conflict' order by push_id"
    )
    rows = con.execute(query).fetchall()
    return [push_id for push_id, key, email in rows if _key(lead) in (key, Person.read({"email": email}).email)]


def _key(text: str) -> str:
    return Person.read({"email": text}).email or ""


def _keys(person: Person) -> set[str]:
    return {key for key in (person.lead_key, person.email) if key}
