"""`leadpath import-leads`: leads that SnapCRM has already, from a CSV file that somebody exported there.

The whole file is read and checked before anything is stored.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pyarrow as pa

from pipelines.loading import Loader
from pipelines.persons import lead_row
from pipelines.progress import Progress
from pipelines.settings import Settings
from pipelines.sync import Outcome, Session
from pipelines.vendors import TABLES
from pipelines.warehouse import Records, Warehouse
from sources.schema import JSON, Batch
from sources.snapcrm.settings import OPTIONAL, REQUIRED
from sources.snapcrm.tables import LEADS

# what a lead may be recognised by
IDENTIFYING = ("id", *REQUIRED, "email", "phone")
FIELDS = tuple(dict.fromkeys(("id", *REQUIRED, *OPTIONAL, "status", "tags", "createdAt", "updatedAt")))
TIMES = ("createdAt", "updatedAt")
# a header as people write it (`First Name`, `e-mail`) and the field that it can only mean
SPELLINGS = {re.sub(r"[\W_]", "", name).lower(): name for name in FIELDS}

Lead = dict[str, str]


class FileError(Exception):
    """The file cannot be imported as it is; names line and column, and what would be right."""


@dataclass(frozen=True)
class _Column:
    """A column of the file: its header, and the field that it holds (None: it is left out)."""

    header: str
    name: str | None


def read_leads(file: Path, mapping: Sequence[str] = ()) -> list[Lead]:
    """The leads of a file, by the API's field names, times in UTC; empty cells are left out.

    `mapping` holds `Header=field`, and `Header=` for a column to leave out. The file is UTF-8 with or without byte
    order mark, separated by comma or semicolon. Raises FileError.
    """
    fields = dict(_mapped(each) for each in mapping)
    records = _records(file)
    try:
        number, header = next(records)
    except StopIteration:
        raise FileError(f"{file}: it is empty; the first line has to name the columns.") from None
    columns = _columns(file, number, header, fields)
    leads: dict[str, tuple[int, Lead]] = {}
    for number, cells in records:
        lead = _lead(f"{file}, line {number}", columns, cells)
        first, earlier = leads.setdefault(lead_row(lead), (number, lead))
        if earlier != lead:
            differing = sorted(name for name in {*earlier, *lead} if earlier.get(name) != lead.get(name))
            raise FileError(
                f"{file}, line {number}: it is the same lead as line {first} with another {', '.join(differing)}."
                " Keep one of the two."
            )
    return [lead for _, lead in leads.values()]


def store_leads(
    settings: Settings, progress: Progress, leads: Sequence[Lead], *, command: str, with_build: bool
) -> Outcome:
    """Merge leads into `raw_snapcrm.leads`, then build and publish if any is new or changed. The caller holds the lock.

    A lead that is known keeps where it is known from, and what the file does not state.
    """
    session = Session(settings, command, progress)
    outcome = Outcome(session.run_id)
    with session.recorded(outcome):
        batch = LEADS.batch(leads, lead_row=[lead_row(lead) for lead in leads])
        batch.arrow = _merged(session.warehouse, batch.arrow, session.clock())
        outcome.rows = _load(session, batch)
        if with_build:
            session.build(outcome)
    return outcome


def _load(session: Session, batch: Batch) -> int:
    rows = Loader(session.warehouse, "snapcrm", TABLES["snapcrm"]).load([batch])
    with session.warehouse.turn() as con:
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


def _records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the number of its first line."""
    text = _text(file)
    start = 1
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(f"{file}, line {start}: {error}. Check the quotation marks of this line.") from error
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError(f"{file}: it cannot be read ({error.strerror}).") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, place = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise FileError(
            f"{file}, line {line}, byte {place}: it is not UTF-8 text. Save it as UTF-8 (Excel: CSV UTF-8)."
        ) from error
    if "\0" in text:
        raise FileError(f"{file}: it is not UTF-8 text (it has zero bytes). Save it as UTF-8 (Excel: CSV UTF-8).")
    return text


def _delimiter(text: str) -> str:
    """The one of comma and semicolon that the first line has more of, outside quotation marks."""
    line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    return ";" if line.count(";") > line.count(",") else ","


def _columns(file: Path, number: int, header: list[str], fields: dict[str, str | None]) -> list[_Column]:
    place = f"{file}, line {number}"
    columns: list[_Column] = []
    for position, cell in enumerate(header, 1):
        name = cell.strip()
        if name.casefold() in fields:
            columns.append(_Column(name, fields[name.casefold()]))
            continue
        squeezed = re.sub(r"[\W_]", "", name).lower()
        if squeezed not in SPELLINGS:
            raise FileError(
                f"{place}, column {position}: {name or 'a column without name'} is no field of a lead. Say what it"
                f' holds with --map "{name}=firstName", or leave it out with --map "{name}=".'
                f" Fields are {', '.join(FIELDS)}."
            )
        columns.append(_Column(name, SPELLINGS[squeezed]))
    names = [column.name for column in columns if column.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        headers = " and ".join(column.header for column in columns if column.name == twice)
        raise FileError(f'{place}: {headers} both hold {twice}. Leave one out with --map "Header=".')
    if unknown := fields.keys() - {cell.strip().casefold() for cell in header}:
        raise FileError(f"{place}: --map names {', '.join(sorted(unknown))}, and no column is called so.")
    if not set(names) & set(IDENTIFYING):
        raise FileError(f"{place}: no column tells who a lead is; one of {', '.join(IDENTIFYING)} has to be there.")
    return columns


def _lead(place: str, columns: Sequence[_Column], cells: Sequence[str]) -> Lead:
    if len(cells) != len(columns):
        # the first column that is missing, or is one too many
        first = min(len(cells), len(columns)) + 1
        raise FileError(
            f"{place}, column {first}: {len(cells)} values where the header has {len(columns)}."
            " A value that holds the separator needs quotation marks."
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
                f"{place}, column {position} ({column.header}): {value!r} is no time."
                " Write it as 2026-08-31T12:00:00Z or 2026-08-31."
            ) from None
    if not any(lead.get(name) for name in IDENTIFYING):
        raise FileError(f"{place}: nothing tells who this lead is: {', '.join(IDENTIFYING)} are all empty.")
    return lead


def _time(text: str) -> str:
    """An ISO time as UTC; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return zoned.astimezone(UTC).isoformat()
