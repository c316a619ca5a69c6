"""Which field of a lead each column of a file holds, and what to say about a header that no field is called like."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.leads.delimited import FileError, Record
from pipelines.leads.headers import HELD_NOWHERE, SYNONYMS, WHOSE
from pipelines.texts.addresses import read_address
from sources.snapcrm.settings import OPTIONAL, REQUIRED

# what a lead may be recognised by
IDENTIFYING = ("id", *REQUIRED, "email", "phone")
FIELDS = tuple(dict.fromkeys(("id", *REQUIRED, *OPTIONAL, "status", "tags", "createdAt", "updatedAt")))

# how alike two words are of which one is the other misspelt; `address` and `emailaddress` are not
ALIKE = 0.88


def _word(header: str) -> str:
    """A header without case, accents, spaces and punctuation: `Straße, Nr.` is `strassenr`."""
    apart = unicodedata.normalize("NFKD", header).casefold()
    return re.sub(r"[\W_]", "", "".join(letter for letter in apart if not unicodedata.combining(letter)))


# a header as people write it (`First Name`, `e-mail`) and the field that it can only mean
SPELLINGS = {_word(name): name for name in FIELDS}
MEANINGS = {
    **{_word(header): "" for header in HELD_NOWHERE},
    **{_word(header): name for name, headers in SYNONYMS.items() for header in headers},
    **SPELLINGS,
}
PREFIXES = tuple(_word(whose) for whose in WHOSE)


@dataclass(frozen=True)
class Column:
    """A column of the file: its place from 1, its header, and the field that it holds (None: it is left out).

    `is_open` says that nobody knows what it holds.
    """

    position: int
    header: str
    name: str | None
    is_open: bool = False

    def __str__(self) -> str:
        """Where a value stands, for people."""
        return f"column {self.position} ({self.header})"


def read_mapping(mapping: Sequence[str]) -> dict[str, str | None]:
    """Headers, folded, and their fields, from `Header=field` and `Header=`. Raises FileError, with every problem."""
    fields: dict[str, str | None] = {}
    problems: list[str] = []
    for text in mapping:
        header, equals, name = (part.strip() for part in text.rpartition("="))
        folded = shown(header).casefold()
        if not equals or not folded:
            problems.append(f'--map "{text}": write it as "Header=field", for example "Vorname=firstName".')
        elif name and name not in FIELDS:
            problems.append(f'--map "{text}": there is no field {name}; there are {", ".join(FIELDS)}.')
        elif fields.get(folded, name or None) != (name or None):
            problems.append(f'--map "{text}": another --map says something else of {shown(header)}. Keep one of them.')
        else:
            fields[folded] = name or None
    if problems:
        raise FileError(" ".join(problems))
    return fields


def read_columns(
    header: Sequence[str], lines: Sequence[Record], fields: Mapping[str, str | None]
) -> tuple[list[Column], list[str]]:
    """The columns of a file, and sentences about what is wrong with its header."""
    columns: list[Column] = []
    nameless: list[int] = []
    for position, cell in enumerate(header, 1):
        name = shown(cell)
        folded, word = name.casefold(), _word(name)
        if folded in fields:
            columns.append(Column(position, name, fields[folded]))
        elif word in SPELLINGS:
            columns.append(Column(position, name, SPELLINGS[word]))
        elif name:
            columns.append(Column(position, name, None, is_open=True))
        else:
            # without a name and a value it is a separator too many
            has_values = any(any(cells[position - 1 : position]) for _, cells in lines)
            columns.append(Column(position, name, None, is_open=has_values))
            if has_values:
                nameless.append(position)
    if lead := next((column.header for column in columns if column.is_open and read_address(column.header)), None):
        return columns, [
            f"it reads like a lead ({lead}) and does not name the columns. Write their names, such as email, in a line"
            " above it."
        ]
    wrong = [*_unknown(columns), *_nameless(nameless), *_doubled(columns)]
    if unknown := fields.keys() - {column.header.casefold() for column in columns}:
        wrong.append(f"--map names {', '.join(sorted(unknown))}, and no column is called so.")
    known = {column.name or (meaning(column.header) if column.is_open else "") for column in columns}
    if not nameless and not known & set(IDENTIFYING):
        wrong.append(
            f"{'No' if wrong else 'no'} column tells who a lead is; one of {', '.join(IDENTIFYING)} has to be there."
        )
    return columns, wrong


def meaning(header: str) -> str | None:
    """The field that a header means in the words of the big CRMs; "" for what no field holds, None when not known."""
    word = _word(header)
    bare = (word.removeprefix(prefix) for prefix in PREFIXES if word.startswith(prefix))
    found = next((each for each in (word, *bare) if each in MEANINGS), None)
    if found is None:
        found = next(iter(difflib.get_close_matches(word, MEANINGS, 1, ALIKE)), None)
        # a second line of an address is no misspelt first one
        if found is not None and re.sub(r"\D", "", found) != re.sub(r"\D", "", word):
            return None
    return None if found is None else MEANINGS[found]


def shown(header: str) -> str:
    """A header in one line and in one form, without what cannot be seen."""
    seen = "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") else " " * letter.isspace()
        for letter in unicodedata.normalize("NFKC", header)
    )
    return " ".join(seen.split())


def _unknown(columns: Sequence[Column]) -> list[str]:
    """What to do about headers that no field is called like: one --map for each, that can be taken as they stand."""
    names = list(dict.fromkeys(column.header for column in columns if column.is_open and column.header))
    if not names:
        return []
    taken = {column.name for column in columns if column.name}
    maps = []
    for name in names:
        found = meaning(name) or ""
        # one column for each field; a second phone is none of the lead's
        maps.append(f'--map "{name}={"" if found in taken else found}"')
        taken.add(found)
    verb = "is no field" if len(names) == 1 else "are no fields"
    return [
        f"{', '.join(names)} {verb} of a lead. Say what a column holds with {' '.join(maps)} (nothing after the ="
        f" leaves the column out). Fields are {', '.join(FIELDS)}."
    ]


def _nameless(positions: Sequence[int]) -> list[str]:
    if not positions:
        return []
    listed = ", ".join(map(str, positions))
    if len(positions) == 1:
        return [f"column {listed}, which has no name, is no field of a lead. Give it a name in the file."]
    return [f"columns {listed}, which have no names, are no fields of a lead. Give them names in the file."]


def _doubled(columns: Sequence[Column]) -> list[str]:
    wrong = []
    for name in dict.fromkeys(column.name for column in columns if column.name):
        same = [column for column in columns if column.name == name]
        if len(same) == 1:
            continue
        headers = " and ".join(column.header for column in same)
        other = next((c.header for c in reversed(same) if c.header.casefold() != same[0].header.casefold()), None)
        places = " and ".join(str(column.position) for column in same)
        # a --map means every column of a header
        advice = f'Leave one out with --map "{other}="' if other else f"Rename or delete one of the columns {places}"
        wrong.append(f"{headers} {'both' if len(same) == 2 else 'all'} hold {name}. {advice}.")
    return wrong
