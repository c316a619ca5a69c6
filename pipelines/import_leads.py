"""`leadpath import-leads`: leads that SnapCRM has already, from a CSV file that somebody exported there.

The whole file is read and checked before anything is stored.
"""

import codecs
import csv
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pyarrow as pa

from pipelines import quarantine
from pipelines.addresses import read_address
from pipelines.loading import Loader
from pipelines.persons import lead_row
from pipelines.progress import Progress
from pipelines.settings import Settings
from pipelines.sync import Outcome, Session
from pipelines.vendors import TABLES
from pipelines.warehouse import Records, Warehouse
from sources.rows.table import Batch
from sources.rows.values import JSON
from sources.snapcrm.settings import OPTIONAL, REQUIRED
from sources.snapcrm.tables import LEADS

# what a lead may be recognised by
IDENTIFYING = ("id", *REQUIRED, "email", "phone")
FIELDS = tuple(dict.fromkeys(("id", *REQUIRED, *OPTIONAL, "status", "tags", "createdAt", "updatedAt")))
TIMES = ("createdAt", "updatedAt")
# a header as people write it (`First Name`, `e-mail`) and the field that it can only mean
SPELLINGS = {re.sub(r"[\W_]", "", name).lower(): name for name in FIELDS}

Lead = dict[str, str]


# problems named at once
SHOWN = 10
# as Excel shows a long number, and writes it: its last digits are lost
ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")


@dataclass
class Leads:
    """The leads of a file, and sentences about what could not be read of them."""

    leads: list[Lead]
    notes: list[str]


class FileError(Exception):
    """The file cannot be imported as it is; names line and column, and what would be right."""


@dataclass(frozen=True)
class _Column:
    """A column of the file: its header, and the field that it holds (None: it is left out)."""

    header: str
    name: str | None


def read_leads(file: Path, mapping: Sequence[str] = ()) -> Leads:
    """The leads of a file, by the API's field names, times in UTC; empty cells are left out.

    `mapping` holds `Header=field`, and `Header=` for a column to leave out. The file is UTF-8, UTF-16 with a byte order
    mark, or else Windows-1252, separated by comma, semicolon, tab or bar, as Excel and CRMs write it. A lead that
    stands twice is one, with what either line says. Raises FileError, which names every problem.
    """
    fields = dict(_mapped(each) for each in mapping)
    text, encoding = _text(file)
    records = list(_records(file, text))
    if not records:
        raise FileError(f"{file}: it is empty; the first line has to name the columns.")
    (number, header), *lines = records
    width = max(len(cells) for _, cells in records)
    columns = _columns(file, number, _without_empty_tail(header, lines, width), fields)
    found = Leads([], [] if encoding == "UTF-8" else [f"{file} is read as {encoding}."])
    leads: dict[str, tuple[int, Lead]] = {}
    problems: list[str] = []
    for number, cells in lines:
        try:
            lead = _lead(f"line {number}", columns, cells, found.notes)
        except FileError as error:
            problems.append(str(error))
            continue
        first, earlier = leads.setdefault(lead_row(lead), (number, lead))
        differing = sorted(n for n in {*earlier, *lead} if n in earlier and n in lead and _differ(n, earlier, lead))
        if differing:
            problems.append(f"line {number}: it is the same lead as line {first} with another {', '.join(differing)}")
        elif earlier is not lead:
            earlier.update({name: value for name, value in lead.items() if name not in earlier})
            found.notes.append(f"line {number}: the same lead as line {first}.")
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise FileError(f"{file}, {'; '.join(problems[:SHOWN])}{more}.")
    found.leads = [lead for _, lead in leads.values()]
    return found


def _differ(name: str, one: Lead, other: Lead) -> bool:
    return one[name].casefold() != other[name].casefold() if name == "email" else one[name] != other[name]


def _without_empty_tail(header: list[str], lines: Sequence[tuple[int, list[str]]], width: int) -> list[str]:
    """The header without columns at its end that have no name and no value: a separator at each line's end."""
    kept = [*header, *[""] * (width - len(header))]
    while kept and not kept[-1].strip() and not any(cells[len(kept) - 1 :][:1] not in ([], [""]) for _, cells in lines):
        kept.pop()
    return kept if len(kept) <= len(header) else header


def store_leads(
    settings: Settings, progress: Progress, leads: Sequence[Lead], *, command: str, with_build: bool
) -> Outcome:
    """Merge leads into `raw_snapcrm.leads`, then build and publish if any is new or changed. The caller holds the lock.

    A lead that is known keeps where it is known from, and what the file does not state.
    """
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        batch = LEADS.batch(leads, read_at=session.clock(), lead_row=[lead_row(lead) for lead in leads])
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


def _mapped(text: str) -> tuple[str, str | None]:
    header, equals, name = (part.strip() for part in text.rpartition("="))
    if not equals or not header:
        raise FileError(f'--map "{text}": write it as "Header=field", for example "Vorname=firstName".')
    if name and name not in FIELDS:
        raise FileError(f'--map "{text}": there is no field {name}; there are {", ".join(FIELDS)}.')
    return header.casefold(), name or None


def _records(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the number of its first line."""
    start = 1
    delimiter = _delimiter(text)
    if stated := re.match(r"sep=(.)\r?\n", text):
        # Excel's own way to name the separator
        delimiter, text, start = stated[1], text[stated.end() :], 2
    offset = start - 1
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(f"{file}, line {start}: {error}. Check the quotation marks of this line.") from error
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1 + offset


def _text(file: Path) -> tuple[str, str]:
    """The text of the file, and the encoding that it is read as."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError(f"{file}: it cannot be read ({error.strerror}).") from error
    for mark, encoding in ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise FileError(f"{file}: it begins as UTF-16 text and is none ({error.reason}).") from error
    if b"\0" in content:
        raise FileError(f"{file}: it is no text (it has zero bytes). Save it as UTF-8 (Excel: CSV UTF-8).")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252, since it is not UTF-8"
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, place = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise FileError(
            f"{file}, line {line}, byte {place}: it is neither UTF-8 nor Windows-1252 text. Save it as UTF-8 (Excel:"
            " CSV UTF-8)."
        ) from error


def _delimiter(text: str) -> str:
    """That which the first line has most of, outside quotation marks."""
    line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    return max(",;\t|", key=line.count)


def _columns(file: Path, number: int, header: list[str], fields: dict[str, str | None]) -> list[_Column]:
    place = f"{file}, line {number}"
    columns: list[_Column] = []
    unknown_ones: list[str] = []
    for position, cell in enumerate(header, 1):
        name = cell.strip()
        if name.casefold() in fields:
            columns.append(_Column(name, fields[name.casefold()]))
            continue
        squeezed = re.sub(r"[\W_]", "", name).lower()
        if squeezed not in SPELLINGS:
            unknown_ones.append(name or f"column {position}, which has no name")
            continue
        columns.append(_Column(name, SPELLINGS[squeezed]))
    if unknown_ones:
        raise FileError(f"{place}: {_unknown(unknown_ones)}")
    names = [column.name for column in columns if column.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        headers = " and ".join(column.header for column in columns if column.name == twice)
        raise FileError(f'{place}: {headers} both hold {twice}. Leave one out with --map "Header=".')
    if unknown := fields.keys() - {cell.strip().casefold() for cell in header}:
        raise FileError(f"{place}: --map names {', '.join(sorted(unknown))}, and no column is called so.")
    if not set(names) & set(IDENTIFYING):
        raise FileError(f"{place}: no column tells who a lead is; one of {', '.join(IDENTIFYING)} has to be there.")
    return columns


def _unknown(names: Sequence[str]) -> str:
    """What to do about headers that no field is called like."""
    listed = ", ".join(names)
    verb = "is no field" if len(names) == 1 else "are no fields"
    named = next((name for name in names if "has no name" not in name), None)
    if named is None:
        return f"{listed}, {verb} of a lead. Give it a name in the file. Fields are {', '.join(FIELDS)}."
    near = difflib.get_close_matches(re.sub(r"[\W_]", "", named).lower(), SPELLINGS, 1)
    field = SPELLINGS[near[0]] if near else "FIELD"
    return (
        f'{listed} {verb} of a lead. Say what a column holds with --map "{named}={field}", or leave it out with'
        f' --map "{named}=". Fields are {", ".join(FIELDS)}.'
    )


def _lead(place: str, columns: Sequence[_Column], cells: Sequence[str], notes: list[str]) -> Lead:
    if len(cells) > len(columns) and not any(cell.strip() for cell in cells[len(columns) :]):
        cells = cells[: len(columns)]
    if len(cells) != len(columns):
        # the first column that is missing, or is one too many
        first = min(len(cells), len(columns)) + 1
        raise FileError(
            f"{place}, column {first}: {len(cells)} values where the header has {len(columns)} (a value that holds the"
            " separator needs quotation marks)"
        )
    lead: Lead = {}
    for position, (column, cell) in enumerate(zip(columns, cells, strict=True), 1):
        value = cell.strip()
        if not column.name or not value:
            continue
        try:
            lead[column.name] = _time(value) if column.name in TIMES else value
        except ValueError:
            raise FileError(
                f"{place}, column {position} ({column.header}): {value!r} is no time (write it as 2026-08-31T12:00:00Z"
                " or 2026-08-31)"
            ) from None
    if ROUNDED.fullmatch(lead.get("phone", "")):
        notes.append(f"{place}: {lead.pop('phone')} is a number that Excel rounded; the lead stays without it.")
    if "email" in lead and read_address(lead["email"]) is None:
        notes.append(f"{place}: no address can be read in {lead['email']!r}; it is kept as it is typed.")
    if not any(lead.get(name) for name in IDENTIFYING):
        raise FileError(f"{place}: nothing tells who this lead is: {', '.join(IDENTIFYING)} are all empty")
    return lead


def _time(text: str) -> str:
    """An ISO time as UTC; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return zoned.astimezone(UTC).isoformat()
