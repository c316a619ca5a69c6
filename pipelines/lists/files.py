"""The reviewed lists: what Leadpath ships in `sql/lists`, and the user's own files of the same names on top.

Every list is a CSV file with a header. The user's file adds rows, and wins where a row has the key of a shipped one.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from disposable_email_domains import blocklist

from pipelines.lists.overrides import contradiction
from pipelines.lists.values import (
    address,
    answered,
    any_or,
    domain,
    field_word,
    lower,
    one_of,
    optional_domain,
    text_or_none,
)
from pipelines.vendors import BY_NAME
from sources.errors import LeadpathError

SHIPPED = Path(__file__).resolve().parents[2] / "sql" / "lists"

Value = str | bool | None
Row = dict[str, Value]
Lists = Mapping[str, list[Row]]


class ListError(LeadpathError):
    """A list that cannot be used as it is: names the file, the line, what is wrong and a line that would be right."""


@dataclass(frozen=True)
class ReviewedList:
    """One list: how each column is read, which columns name a row, and a valid line for error messages.

    `check` sees a whole row and returns what is wrong with it, or None. `check_all` sees the rows of a file with their
    lines, and returns the line that cannot stand beside the others, and why. `base` holds the rows of a list of one
    column that a package keeps; the shipped file adds to them.
    """

    name: str
    columns: Mapping[str, Callable[[str], Value]]
    key: tuple[str, ...]
    example: str
    check: Callable[[Row], str | None] = lambda row: None
    check_all: Callable[[list[tuple[int, Row]]], tuple[int, str] | None] = lambda rows: None
    base: Collection[str] = ()

    @property
    def header(self) -> str:
        """The first line of the file."""
        return ",".join(self.columns)


def _referrer_or_medium(row: Row) -> str | None:
    value = str(row["value"])
    if row["matches"] == "referrer_domain" and ("/" in value or "." not in value):
        return f"value: '{value}' is neither a domain nor a name with every ending, such as google.*"
    return None


def _names_a_form(row: Row) -> str | None:
    return None if row["form_id"] or row["form_name"] else "a form needs a form_id or a form_name"


def _complete_override(row: Row) -> str | None:
    needed = {
        "link": ("vendor", "entity_type", "entity_id", "domain"),
        "unlink": ("vendor", "entity_type", "entity_id"),
        "same": ("domain", "other_domain"),
        "different": ("domain", "other_domain"),
    }[str(row["action"])]
    missing = [name for name in needed if not row[name]]
    return f"action {row['action']} needs {', '.join(missing)}" if missing else None


ENTITIES = tuple(dict.fromkeys(kind for vendor in BY_NAME.values() for kind in vendor.kinds))
CHANNELS = ("direct", "organic_search", "paid", "social", "email", "referral")
CONTACT_FIELDS = (
    *("email", "first_name", "last_name", "name", "phone", "company", "message", "website", "city", "ignore"),
)

REVIEWED = (
    # disposable mail is kept by a package, daily; `make lock` takes its newest release
    ReviewedList("free_mail_domains", {"domain": domain}, ("domain",), "gmail.com", base=blocklist),
    ReviewedList(
        "shared_domains",
        {"domain": domain, "kind": one_of("site_builder", "social", "platform", "provider")},
        ("domain",),
        "wordpress.com,site_builder",
    ),
    ReviewedList("call_status", {"status": lower, "is_answered": answered}, ("status",), "no_answer,false"),
    ReviewedList(
        "channels",
        {"matches": one_of("utm_medium", "referrer_domain"), "value": lower, "channel": one_of(*CHANNELS)},
        ("matches", "value"),
        "referrer_domain,google.*,organic_search",
        _referrer_or_medium,
    ),
    ReviewedList(
        "forms",
        {
            "form_id": text_or_none,
            "form_name": lambda text: text.lower() or None,
            "purpose": one_of("lead", "newsletter", "support", "ignore"),
        },
        ("form_id", "form_name"),
        "demo,Demo request,lead",
        _names_a_form,
    ),
    ReviewedList(
        "form_fields",
        {"field_name": field_word, "maps_to": one_of(*CONTACT_FIELDS)},
        ("field_name",),
        "work_email,email",
    ),
    ReviewedList("ignored_emails", {"email": address}, ("email",), "noreply@"),
    ReviewedList(
        "company_overrides",
        {
            "action": one_of("link", "unlink", "same", "different"),
            "vendor": any_or(*BY_NAME),
            "entity_type": any_or(*ENTITIES),
            "entity_id": text_or_none,
            "domain": optional_domain,
            "other_domain": optional_domain,
            "reason": text_or_none,
        },
        ("action", "vendor", "entity_type", "entity_id", "domain", "other_domain"),
        "same,,,,acme.com,acme.de,one company with two domains",
        _complete_override,
        contradiction,
    ),
)


# what the user's own files may be called
LISTS = tuple(sorted(f"{reviewed.name}.csv" for reviewed in REVIEWED))


def read_lists(config_dir: Path | None = None, *, shipped: Path = SHIPPED) -> Lists:
    """Every list by its name: the shipped rows, changed and added to by the files in `config_dir` (absent is fine).

    Raises:
        ListError: a file has a wrong header or a wrong line; the first one found is named.
    """
    lists: dict[str, list[Row]] = {}
    for reviewed in REVIEWED:
        rows: dict[tuple[Value, ...], Row] = {(key,): {reviewed.key[0]: key} for key in reviewed.base}
        rows |= {_key(reviewed, row): row for _, row in _read(reviewed, shipped / f"{reviewed.name}.csv")}
        own = config_dir / f"{reviewed.name}.csv" if config_dir else None
        if own and own.exists():
            rows |= {_key(reviewed, row): row for _, row in _read(reviewed, own)}
        lists[reviewed.name] = list(rows.values())
    return lists


def own_rows(name: str, config_dir: Path) -> list[tuple[int, Row]]:
    """The rows of the user's own file, each with its line; none where there is no such file. Raises ListError."""
    path = config_dir / f"{name}.csv"
    (reviewed,) = (each for each in REVIEWED if each.name == name)
    return list(_read(reviewed, path)) if path.exists() else []


def lists_hash(lists: Lists, *settings: str) -> str:
    """A hash that is equal for equal rows and settings, in any order and form of the rows."""
    stated = {name: sorted(json.dumps(row, sort_keys=True) for row in rows) for name, rows in lists.items()}
    return hashlib.sha256(json.dumps([stated, settings], sort_keys=True).encode()).hexdigest()


def _key(reviewed: ReviewedList, row: Row) -> tuple[Value, ...]:
    return tuple(row[name] for name in reviewed.key)


def _read(reviewed: ReviewedList, path: Path) -> Iterator[tuple[int, Row]]:
    lines = _lines(reviewed, path)
    number, header = next(lines, (1, []))
    names = [name.strip().lower() for name in header]
    if sorted(names) != sorted(reviewed.columns):
        raise ListError(f"{path}, line {number}: the header has to be {reviewed.header}, and is {','.join(header)!r}.")
    seen: dict[tuple[Value, ...], tuple[int, Row]] = {}
    for number, cells in lines:
        row = _row(reviewed, names, cells, f"{path}, line {number}")
        first, earlier = seen.setdefault(_key(reviewed, row), (number, row))
        if earlier != row:
            raise ListError(f"{path}, line {number}: it contradicts line {first}. Keep one of the two.")
        yield number, row
    if wrong := reviewed.check_all(list(seen.values())):
        raise ListError(f"{path}, line {wrong[0]}: it contradicts another line: {wrong[1]}. Keep one.")


def _row(reviewed: ReviewedList, names: list[str], cells: list[str], place: str) -> Row:
    hint = f"A valid line: {reviewed.example}."
    if len(cells) != len(names):
        raise ListError(f"{place}: {len(cells)} values where the header has {len(names)}. {hint}")
    row: Row = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            row[name] = reviewed.columns[name](cell.strip())
        except ValueError as error:
            raise ListError(f"{place}: {name}: {error}. {hint}") from error
    if wrong := reviewed.check(row):
        raise ListError(f"{place}: {wrong}. {hint}")
    return {name: row[name] for name in reviewed.columns}


def _lines(reviewed: ReviewedList, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the number of its last line. A byte order mark is no part of them."""
    number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                number = reader.line_num
                if any(cell.strip() for cell in cells):
                    yield number, cells
                number += 1
    except UnicodeDecodeError as error:
        raise ListError(f"{path}: it is not UTF-8 text ({error.reason} at byte {error.start}).") from error
    except csv.Error as error:
        raise ListError(f"{path}, line {number}: {error}. A valid line: {reviewed.example}.") from error
    except OSError as error:
        raise ListError(f"{path}: it cannot be read ({error.strerror}).") from error
