"""Pinned tables: from a vendor's JSON rows to Arrow, with nothing lost.

A table names its columns by the vendor's path (`address.city`); the column is the path in snake case (`address_city`).
Values that do not fit their column become NULL and are handed back as misfits; fields that no table knows are kept in
`_extra`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sources.rows.json_text import SURROGATE, dump
from sources.rows.personal import NOTHING, Personal
from sources.rows.values import BOOL, JSON, TIMESTAMP, Kind, Misfits, column_of, within

Row = dict[str, Any]


@dataclass(frozen=True)
class Misfit:
    """A value that did not fit its column, or a row without its key (column None, value the whole row)."""

    table: str
    key: str
    column: str | None
    value: str
    reason: str


@dataclass(frozen=True)
class Completeness:
    """One walk over one list: what the API said it holds (None when it does not say) and the distinct keys received.

    `of_all` is False where the lists that are read leave rows of the table out.
    """

    resource: str
    scope: str
    api_count: int | None
    received_count: int
    of_all: bool = True


@dataclass
class Batch:
    """Rows of one table as Arrow, with what did not fit and which fields no table knows; at the end of a list also with
    the walks that were made for it.
    """

    table: "Table"
    arrow: pa.Table
    misfits: list[Misfit] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    walks: list[Completeness] = field(default_factory=list)

    def since(self, column: str, moment: datetime) -> "Batch":
        """Without the rows whose time in a column is before a moment; a row without a time stays."""
        times, bound = self.arrow.column(column), pa.scalar(moment, pa.timestamp("us", tz="UTC"))
        return replace(self, arrow=self.arrow.filter(pc.fill_null(pc.greater_equal(times, bound), True)))


class Column(NamedTuple):
    """A column of a raw table."""

    table: str
    name: str


class Text(Enum):
    """What somebody wrote in a column: an e-mail address (or a document that may hold one), a host, a name."""

    ADDRESS = auto()
    HOST = auto()
    NAME = auto()


@dataclass(frozen=True)
class Phone:
    """A telephone number in a column, as one of a country: that in the column `country`, or of the time zone in `zone`.

    Both are columns of the same row; with `of`, of the row of that table whose key is the first of the columns `by`
    that is known. Without either, the country is not known.
    """

    country: str | None = None
    zone: str | None = None
    of: "Table | None" = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A raw table: its name, key, the columns that we add, and the vendor's fields.

    `texts` are the columns in which people wrote what has to be read before SQL can compare it, by name.

    `replaced_by` names the columns whose rows are replaced as a set (a session's events); such a table has a column
    `_gone` that is true in the one row which says that the set is empty now, and is never stored. A set is `part_of` a
    row of another table, in key order: when it changes, that row is stored again with it, so that its load tells of
    both. The rows of an `append_only` table are written once and never changed. `personal`
    says what of them is about people.
    """

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, Kind]
    ours: Mapping[str, Kind] = field(default_factory=dict)
    replaced_by: tuple[str, ...] = ()
    part_of: "Table | None" = None
    append_only: bool = False
    texts: Mapping[str, Text | Phone] = field(default_factory=dict)
    personal: Personal = NOTHING

    def __post_init__(self) -> None:
        for name in (*self.texts, *self.personal.named):
            self.column(name)

    def column(self, name: str) -> Column:
        """One of its columns. Raises KeyError where it has none of that name."""
        if name not in self.columns:
            raise KeyError(f"{self.name} has no column {name}")
        return Column(self.name, name)

    @cached_property
    def columns(self) -> dict[str, Kind]:
        """Column name to kind, in order: ours, the vendor's, `_extra`."""
        named = {column_name(path): kind for path, kind in self.fields.items()}
        columns = {**self.ours, **named, "_extra": JSON}
        return {**columns, "_gone": BOOL} if self.replaced_by else columns

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The pinned Arrow schema."""
        return pa.schema([(name, kind.arrow) for name, kind in self.columns.items()])

    @cached_property
    def tree(self) -> "Tree":
        """The known fields as nested dictionaries, to find the unknown ones."""
        tree: Tree = {}
        for path in self.fields:
            *parents, leaf = path.split(".")
            node = tree
            for parent in parents:
                below = node.setdefault(parent, {})
                assert below is not None, f"{path}: {parent} is a value and an object"
                node = below
            node[leaf] = None
        return tree

    def empty(self) -> pa.Table:
        """No rows, with the pinned schema: loading it makes the table."""
        return self.arrow_schema.empty_table()

    def counted(self, walks: Sequence[Completeness]) -> Batch:
        """What is yielded at the end of a list: no rows, and the walks that were made for it."""
        return Batch(self, self.empty(), walks=list(walks))

    def batch(self, rows: Sequence[Any], *, read_at: datetime | None = None, **ours: Any) -> Batch:
        """Convert vendor rows. `ours` gives our columns: a scalar for all rows, or a list with one value per row.

        `read_at` is when the rows were read: a vendor's time that is more than a day later is none.
        """
        columns: dict[str, pa.Array] = {}
        bad: Misfits = []
        whole = [row if isinstance(row, dict) else {} for row in rows]
        for name in self.ours:
            given = ours.get(name)
            values = given if isinstance(given, list) else [given] * len(rows)
            columns[name] = column_of(values, self.ours[name], name, bad)
        for path, kind in self.fields.items():
            name = column_name(path)
            values = _pick(whole, path, name, bad)
            columns[name] = column_of(values, kind, name, bad)
            if kind is TIMESTAMP:
                columns[name] = within(columns[name], values, name, read_at, bad)
        unknown, extra = _extra(whole, self.tree)
        columns["_extra"] = column_of(extra, JSON, "_extra", bad)
        if self.replaced_by:
            columns["_gone"] = pa.nulls(len(rows), pa.bool_())
        arrow = pa.table(columns, schema=self.arrow_schema)
        return self._without_keyless(Batch(self, arrow, unknown=unknown), rows, bad)

    def placed(self, extras: Sequence[Row]) -> tuple[dict[str, pa.Array], Misfits]:
        """Columns of the fields that objects of `_extra` hold and that the table knows, with what is left in `_extra`.

        A value that does not fit is among the misfits, which name the object's place.
        """
        bad: Misfits = []
        columns: dict[str, pa.Array] = {}
        for path, kind in self.fields.items():
            name = column_name(path)
            values = _pick(list(extras), path, name, [])
            if any(value is not None for value in values):
                columns[name] = column_of(values, kind, name, bad)
        left = [_only_unknown(extra, self.tree) or None for extra in extras]
        return {**columns, "_extra": column_of(left, JSON, "_extra", bad)}, bad

    def _without_keyless(self, batch: Batch, rows: Sequence[Any], bad: Misfits) -> Batch:
        keys = [batch.arrow.column(name) for name in self.key]
        missing = (
            [i for i in range(len(rows)) if any(not key[i].is_valid for key in keys)]
            if any(key.null_count for key in keys)
            else []
        )
        if bad or missing:
            named = [key.to_pylist() for key in keys]
            labels = {i: dump([column[i] for column in named]) for i in {*missing, *(i for i, *_ in bad)}}
            batch.misfits = [
                Misfit(self.name, labels[i], column, dump(value), reason) for i, column, value, reason in bad
            ]
            batch.misfits += [Misfit(self.name, labels[i], None, dump(rows[i]), "the row has no key") for i in missing]
        if missing:
            gone = set(missing)
            batch.arrow = batch.arrow.take(pa.array([i for i in range(len(rows)) if i not in gone], pa.int64()))
        return batch


Tree = dict[str, "Tree | None"]


def column_name(path: str) -> str:
    """`address.postalCode` -> `address_postal_code`; `dashboardURL` -> `dashboard_url`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", path.replace(".", "_"))
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words).lower()


def _pick(rows: list[Row], path: str, name: str, bad: Misfits) -> list[Any]:
    head, _, rest = path.partition(".")
    values = [row.get(head) for row in rows]
    if not rest:
        return values
    for i, value in enumerate(values):
        if value is not None and not isinstance(value, dict):
            # an empty list is how some servers (PHP among them) write an empty object
            if value != []:
                bad.append((i, name, value, f"{head} is not an object"))
                rows[i] = {**rows[i], head: None}
            values[i] = None
    return _pick([value or {} for value in values], rest, name, bad)


def _extra(rows: list[Row], tree: Tree) -> tuple[set[str], list[Row | None]]:
    """The names of unknown fields, and per row those that it carries (None when none)."""
    unknown = {SURROGATE.sub("?", name) for name in _unknown(rows, tree, "")}
    if not unknown:
        return unknown, [None] * len(rows)
    return unknown, [_only_unknown(row, tree) or None for row in rows]


def _unknown(rows: Iterable[Row], tree: Tree, prefix: str) -> set[str]:
    seen: set[str] = set().union(*rows)
    names = {prefix + name for name in seen - tree.keys()}
    for name, below in tree.items():
        if below is not None and name in seen:
            children = [child for row in rows if isinstance(child := row.get(name), dict)]
            names |= _unknown(children, below, f"{prefix}{name}.")
    return names


def _only_unknown(row: Row, tree: Tree) -> Row:
    extra = {name: value for name, value in row.items() if name not in tree}
    for name, below in tree.items():
        child = row.get(name)
        if below is not None and isinstance(child, dict) and (inner := _only_unknown(child, below)):
            extra[name] = inner
    return extra
