"""`leadpath import-leads`: leads that SnapCRM has already, from a CSV file that somebody exported there.

The whole file is read and checked before anything is stored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime
from pathlib import Path

import pyarrow as pa

from pipelines.leads.columns import IDENTIFYING, Column, read_columns, read_mapping
from pipelines.leads.delimited import SEPARATORS, FileError, Problem, read_delimited
from pipelines.leads.persons import lead_row, phone_mark
from pipelines.runs.progress import Progress
from pipelines.settings import Settings
from pipelines.sync.sync import Outcome, Session
from pipelines.texts.addresses import read_address
from pipelines.texts.phones import may_be_phone
from pipelines.texts.printable import typed
from pipelines.vendors import TABLES
from pipelines.warehouse import quarantine
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from pipelines.warehouse.records import Records
from sources.rows.json_text import dump
from sources.rows.table import Batch, Misfit, column_name
from sources.rows.values import EARLY, JSON, LATE, unmeant
from sources.snapcrm.tables import LEADS

Lead = dict[str, str]

TIMES = ("createdAt", "updatedAt")
# problems of lines that are named at once
SHOWN = 10

# a whole number as programs write it that take it for a quantity: `491701000000.0`
FLOAT = re.compile(r"(\+?[1-9]\d*)[.,]0{1,2}")
# as Excel shows a long number, and writes it: its last digits are lost unless it has as many as the exponent counts
ROUNDED = re.compile(r"(\+?)(-?\d+(?:[.,](\d+))?)\s*[eE]\s*([+-]?\d+)")
# a time of a year that no calendar of ours has; MySQL writes 0000-00-00 for none
OTHER_YEAR = re.compile(r"([+-]?\d{4,6})-\d\d-\d\d(?:[T ].*)?")


@dataclass
class Leads:
    """The leads of a file, sentences about what could not be read of them, and those values."""

    leads: list[Lead]
    notes: list[str]
    misfits: list[Misfit] = field(default_factory=list)


@dataclass
class _Line:
    """One line as it is read: the lead, values that it goes without (field, value, reason), notes, and problems."""

    number: int
    lead: Lead = field(default_factory=dict)
    aside: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def leave_out(self, name: str, value: str, reason: str, note: str) -> None:
        self.aside.append((name, value, reason))
        self.notes.append(note)

    def misfits(self) -> list[Misfit]:
        key = dump([lead_row(self.lead)])
        # a field that no column is made for would have been in `_extra`
        named = {name: column_name(name) if name in LEADS.fields else "_extra" for name, _, _ in self.aside}
        return [Misfit(LEADS.name, key, named[name], dump(value), reason) for name, value, reason in self.aside]


def read_leads(file: Path, mapping: Sequence[str] = (), *, now: datetime | None = None) -> Leads:
    """The leads of a file, by the API's field names, times in UTC; empty cells are left out.

    `mapping` holds `Header=field`, and `Header=` for a column to leave out. The file is UTF-8, UTF-16, or else
    Windows-1252, separated by comma, semicolon, tab or bar, as Excel and CRMs write it. A lead that stands twice is
    one, with what either line says. A time before the year 2000 or more than a day after `now` (the clock's, when not
    given) is none, and a phone that is none is left out. Raises FileError, which names every problem.
    """
    fields = read_mapping(mapping)
    text = read_delimited(file)
    problems = list(text.problems)
    if not text.records or (problems and problems[0][0] < text.records[0][0]):
        # the columns are not known, so that no line can be read
        raise FileError(_sentence(file, problems) or f"{file}: it is empty; the first line has to name the columns.")
    (number, header), *lines = text.records
    columns, wrong = read_columns(header, lines, fields)
    found = Leads([], [f"{file} is read as {text.encoding}."] if text.encoding else [])
    leads: dict[str, tuple[int, Lead]] = {}
    for place, cells in lines:
        line = _read_line(place, columns, cells, now or datetime.now(UTC))
        problems += [(place, problem) for problem in line.problems]
        found.notes += line.notes
        # who a lead is depends on all its columns, unless its id says it
        if line.problems or (wrong and "id" not in line.lead):
            continue
        found.misfits += line.misfits()
        first, earlier = leads.setdefault(lead_row(line.lead), (place, line.lead))
        differing = sorted(name for name in earlier.keys() & line.lead.keys() if _differ(name, earlier, line.lead))
        if differing:
            problems.append(
                (place, f"line {place}: it is the same lead as line {first} with another {', '.join(differing)}")
            )
        elif earlier is not line.lead:
            earlier.update({name: value for name, value in line.lead.items() if name not in earlier})
            found.notes.append(f"line {place}: the same lead as line {first}.")
    if wrong or problems:
        said = [f"{file}, line {number}: {' '.join(wrong)}"] if wrong else []
        raise FileError(" ".join([*said, *filter(None, [_sentence(file, problems)])]), found.notes)
    found.leads = [lead for _, lead in leads.values()]
    return found


def _sentence(file: Path, problems: Sequence[Problem]) -> str:
    """What is wrong with the lines of a file, the first first; empty when nothing is."""
    named = [problem for _, problem in sorted(problems, key=lambda each: each[0])]
    if not named:
        return ""
    more = f"; and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return f"{file}, {'; '.join(named[:SHOWN])}{more}."


def _differ(name: str, one: Lead, other: Lead) -> bool:
    if name == "email":
        return one[name].casefold() != other[name].casefold()
    return one[name] != other[name] and (name != "phone" or phone_mark(one[name]) != phone_mark(other[name]))


def _read_line(number: int, columns: Sequence[Column], cells: Sequence[str], now: datetime) -> _Line:
    line = _Line(number)
    if any(cells[len(columns) :]):
        line.problems.append(
            f"line {number}, column {len(columns) + 1}: {len(cells)} values where the header has {len(columns)} (a"
            " value that holds the separator needs quotation marks)"
        )
        return line
    if len(cells) == 1 < len(columns) and any(cells[0].count(sign) == len(columns) - 1 for sign in SEPARATORS):
        line.problems.append(
            f"line {number}, column 1 ({columns[0].header}): the whole line is one value (separate its values as the"
            " header's are, without quotation marks round the line)"
        )
        return line
    # a line that ends early has nothing in the columns that it lacks
    for column, value in zip(columns, cells, strict=False):
        if not column.name or not value:
            continue
        if column.name in TIMES:
            _read_time(line, column, value, now)
        elif column.name == "phone":
            _read_number(line, column, value)
        else:
            line.lead[column.name] = value
            if column.name == "email" and read_address(value) is None:
                line.notes.append(
                    f"line {number}: no address can be read in {typed(value)!r}; it is kept as it is typed. Correct"
                    f" {column} and import the file again."
                )
    is_open = any(column.is_open and value for column, value in zip(columns, cells, strict=False))
    if not line.problems and not is_open and not any(line.lead.get(name) for name in IDENTIFYING):
        unreadable = ", ".join(f"{name} {typed(value)!r}" for name, value, _ in line.aside if name in IDENTIFYING)
        line.problems.append(
            f"line {number}: nothing tells who this lead is: {', '.join(IDENTIFYING)} are all empty"
            + (f" or cannot be read ({unreadable})" if unreadable else "")
        )
    return line


def _read_time(line: _Line, column: Column, text: str, now: datetime) -> None:
    """An ISO time as UTC; without a zone it is UTC."""
    reason: str | None
    try:
        moment = datetime.fromisoformat(text)
        zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        reason = unmeant(zoned, now)
    except ValueError:
        other = OTHER_YEAR.fullmatch(text)
        if other is None or 0 < int(other[1]) <= MAXYEAR:
            line.problems.append(
                f"line {line.number}, {column}: {typed(text)!r} is no time (write it as 2026-08-31T12:00:00Z or"
                " 2026-08-31)"
            )
            return
        reason = EARLY if int(other[1]) <= 0 else LATE
    if reason is None:
        line.lead[str(column.name)] = zoned.astimezone(UTC).isoformat()
        return
    line.leave_out(
        str(column.name),
        text,
        reason,
        f"line {line.number}, {column}: {typed(text)!r} is {reason}; the lead stays without it. Correct it and import"
        " the file again.",
    )


def _read_number(line: _Line, column: Column, text: str) -> None:
    """A phone as it is typed, or its digits where a spreadsheet wrote it as a quantity and none is lost."""
    number = FLOAT.sub(r"\1", text) if FLOAT.fullmatch(text) else text
    if rounded := ROUNDED.fullmatch(text):
        plus, written, decimals, exponent = rounded.groups()
        if len(decimals or "") != int(exponent) or written.startswith("-"):
            line.leave_out(
                "phone",
                text,
                "digits lost in a spreadsheet",
                f"line {line.number}: {typed(text)} is a number that Excel rounded; the lead stays without it. Format"
                f" {column} as text where it was exported, and import the file again.",
            )
            return
        number = plus + re.sub(r"\D", "", written)
    if not may_be_phone(number):
        line.leave_out(
            "phone",
            text,
            "not a phone number",
            f"line {line.number}, {column}: no phone number can be read in {typed(text)!r}; the lead stays without it."
            " Correct it and import the file again.",
        )
        return
    line.lead["phone"] = number


def store_leads(settings: Settings, progress: Progress, found: Leads, *, command: str, with_build: bool) -> Outcome:
    """Merge leads into `raw_snapcrm.leads`, then build and publish if any is new or changed. The caller holds the lock.

    A lead that is known keeps where it is known from, and what the file does not state. What could not be read of the
    leads is kept aside.
    """
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        leads = found.leads
        batch = LEADS.batch(leads, read_at=session.clock(), lead_row=[lead_row(lead) for lead in leads])
        batch.misfits += found.misfits
        batch.arrow = _merged(session.warehouse, batch.arrow, session.clock())
        outcome.rows = _load(session, batch)
        with session.warehouse.turn() as con:
            outcome.quarantined = quarantine.counts(con, session.run_id)
        if with_build:
            session.build(outcome)
    return outcome


def _load(session: Session, batch: Batch) -> int:
    rows = Loader(session.warehouse, "snapcrm", TABLES["snapcrm"]).load([batch])
    with session.warehouse.turn() as con:
        quarantine.store(con, session.run_id, "snapcrm", [batch])
        Records(con).loaded(
            session.run_id, "snapcrm", "leads", rows=rows, requests=0, retries=0, waited=0.0, unknown=set()
        )
    return rows


def _merged(warehouse: Warehouse, incoming: pa.Table, now: datetime) -> pa.Table:
    """The rows as they are to be stored: known values where the file has none, `known_at` moved where one changes."""
    fields = [name for name in LEADS.columns if name not in LEADS.ours]
    held = {name: f"e.{name}::varchar" if LEADS.columns[name] is JSON else f"e.{name}" for name in fields}
    merged = ", ".join(f"coalesce(i.{name}, {held[name]}) as {name}" for name in fields)
    changes = " or ".join(f"(i.{name} is not null and i.{name} is distinct from {held[name]})" for name in fields)
    query = (
        f"select i.lead_row, coalesce(e.known_from, 'import') as known_from,"
        f" case when e.lead_row is null or {changes} then $now else e.known_at end as known_at, {merged}"
        f" from incoming i left join raw_snapcrm.leads e using (lead_row)"
    )
    with warehouse.turn() as con:
        con.register("incoming", incoming)
        rows: pa.Table = con.sql(query, params={"now": now}).to_arrow_table()
        con.unregister("incoming")
    return rows.cast(LEADS.arrow_schema)
