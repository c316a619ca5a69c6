"""Pinned tables: from a vendor's JSON rows to Arrow, with nothing lost.

A table names its columns by the vendor's path (`address.city`); the column is the path in snake case (`address_city`).
Values that do not fit their column become NULL and are handed back as misfits; fields that no table knows are kept in
`_extra`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]


class Kind(Enum):
    """The type of a raw column. Times are UTC with microseconds; JSON is text that DuckDB types as JSON."""

    TEXT = "text"
    BIGINT = "bigint"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    JSON = "json"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that a column of this kind has in every batch."""
        return ARROW[self]


ARROW: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.BIGINT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.JSON: pa.string(),
}
TEXT, BIGINT, DOUBLE, BOOL, TIMESTAMP, JSON = Kind

# the types that Arrow infers for a column whose values all fit
INFERRED: Mapping[Kind, tuple[pa.DataType, ...]] = {
    BIGINT: (pa.int64(), pa.null()),
    DOUBLE: (pa.float64(), pa.int64(), pa.null()),
    BOOL: (pa.bool_(), pa.null()),
}


@dataclass(frozen=True)
class Misfit:
    """A value that did not fit its column, or a row without its key (column None, value the whole row)."""

    table: str
    key: str
    column: str | None
    value: str
    reason: str


@dataclass
class Batch:
    """Rows of one table as Arrow, with what did not fit and which fields no table knows."""

    table: "Table"
    arrow: pa.Table
    misfits: list[Misfit] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Table:
    """A raw table: its name, key, the columns that we add, and the vendor's fields.

    `replaced_by` names the columns whose rows are replaced as a set (a session's events); such a table has a column
    `_gone` that is true in the one row which says that the set is empty now, and is never stored. A set is `part_of` a
    row of another table, in key order: when it changes, that row is stored again with it, so that its load tells of
    both. The rows of an `append_only` table are written once and never changed.
    """

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, Kind]
    ours: Mapping[str, Kind] = field(default_factory=dict)
    replaced_by: tuple[str, ...] = ()
    part_of: "Table | None" = None
    append_only: bool = False

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

    def batch(self, rows: Sequence[Any], **ours: Any) -> Batch:
        """Convert vendor rows. `ours` gives our columns: a scalar for all rows, or a list with one value per row."""
        columns: dict[str, pa.Array] = {}
        bad: list[tuple[int, str, Any, str]] = []
        whole = [row if isinstance(row, dict) else {} for row in rows]
        for name in self.ours:
            given = ours.get(name)
            values = given if isinstance(given, list) else [given] * len(rows)
            columns[name] = _array(values, self.ours[name], name, bad)
        for path, kind in self.fields.items():
            name = column_name(path)
            columns[name] = _array(_pick(whole, path, name, bad), kind, name, bad)
        unknown, extra = _extra(whole, self.tree)
        columns["_extra"] = pa.array(extra, pa.string())
        if self.replaced_by:
            columns["_gone"] = pa.nulls(len(rows), pa.bool_())
        arrow = pa.table(columns, schema=self.arrow_schema)
        return self._without_keyless(Batch(self, arrow, unknown=unknown), rows, bad)

    def _without_keyless(self, batch: Batch, rows: Sequence[Any], bad: list[tuple[int, str, Any, str]]) -> Batch:
        keys = [batch.arrow.column(name) for name in self.key]
        missing = (
            [i for i in range(len(rows)) if any(not key[i].is_valid for key in keys)]
            if any(key.null_count for key in keys)
            else []
        )
        if bad or missing:
            named = [key.to_pylist() for key in keys]
            labels = {i: _dump([column[i] for column in named]) for i in {*missing, *(i for i, *_ in bad)}}
            batch.misfits = [
                Misfit(self.name, labels[i], column, _dump(value), reason) for i, column, value, reason in bad
            ]
            batch.misfits += [Misfit(self.name, labels[i], None, _dump(rows[i]), "the row has no key") for i in missing]
        if missing:
            gone = set(missing)
            batch.arrow = batch.arrow.take(pa.array([i for i in range(len(rows)) if i not in gone], pa.int64()))
        return batch


Tree = dict[str, "Tree | None"]


def column_name(path: str) -> str:
    """`address.postalCode` -> `address_postal_code`; `dashboardURL` -> `dashboard_url`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", path.replace(".", "_"))
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words).lower()


def latest(
    rows: Sequence[pa.Table], key: Sequence[str], children: Sequence[pa.Table] = ()
) -> tuple[pa.Table, pa.Table | None]:
    """One row per key, the one that arrived last, and the children of just those rows.

    Both carry a column `_row`, the number of the row in order of arrival; it is gone from the result.
    """
    table = pa.concat_tables(rows)
    below = pa.concat_tables(children) if children else None
    last = table.group_by(list(key)).aggregate([("_row", "max")]).column("_row_max")
    if len(last) < len(table):
        table = table.filter(pc.is_in(table.column("_row"), last))
    if below is not None:
        below = below.filter(pc.is_in(below.column("_row"), table.column("_row"))).drop_columns("_row")
    return table.drop_columns("_row"), below


def merged(batches: Iterable[Batch]) -> list[Batch]:
    """One batch per table, with one row per key, the one that arrived last."""
    parts: dict[str, list[Batch]] = {}
    for batch in batches:
        parts.setdefault(batch.table.name, []).append(batch)
    joined = []
    for same in parts.values():
        rows, _ = latest(numbered(batch.arrow for batch in same), same[0].table.key)
        misfits = [misfit for batch in same for misfit in batch.misfits]
        joined.append(Batch(same[0].table, rows, misfits, set().union(*(batch.unknown for batch in same))))
    return joined


def numbered(tables: Iterable[pa.Table], start: int = 0) -> list[pa.Table]:
    """The tables with a column `_row` that counts their rows in order of arrival, from `start`."""
    counted = []
    for table in tables:
        counted.append(table.append_column("_row", pa.array(range(start, start + len(table)), pa.int64())))
        start += len(table)
    return counted


def _dump(value: Any) -> str:
    """JSON text of any value that a parser gave us; lone surrogates and huge numbers included."""
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME, default=str).decode()
    except TypeError:
        return json.dumps(value, default=str, ensure_ascii=True)


def _pick(rows: list[Row], path: str, name: str, bad: list[tuple[int, str, Any, str]]) -> list[Any]:
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


def _array(values: list[Any], kind: Kind, name: str, bad: list[tuple[int, str, Any, str]]) -> pa.Array:
    """All at once when every value has the expected type, else value by value."""
    try:
        if kind is JSON:
            return pa.array([None if value is None else _dump(value) for value in values], pa.string())
        if kind is TIMESTAMP:
            return pa.array(values, pa.string()).cast(kind.arrow)
        if kind is TEXT:
            return pa.array(values, pa.string())
        # inferred first: asked for a type, Arrow would turn 2.5 into 2 and true into 1
        found = pa.array(values)
        if found.type in INFERRED[kind]:
            return found.cast(kind.arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError, OverflowError):
        pass
    read = READ[kind]
    fitted: list[Any] = []
    for i, value in enumerate(values):
        try:
            fitted.append(None if value is None else read(value))
        except (ValueError, TypeError, OverflowError) as error:
            fitted.append(None)
            bad.append((i, name, value, str(error)))
    return pa.array(fitted, kind.arrow)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, (int, float)):
        return _dump(value)
    raise ValueError("not a text")


def _bigint(value: Any) -> int:
    number = int(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != int(number):
        raise ValueError("not a whole number")
    if not -(2**63) <= number < 2**63:
        raise ValueError("does not fit 64 bits")
    return int(number)


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("not a number")
    return float(value)


def _bool(value: Any) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError("neither true nor false")
    return words[str(value).lower()]


def _timestamp(value: Any) -> datetime | None:
    """ISO 8601 with any offset (UTC when none), or epoch seconds or milliseconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("not a time")
    if isinstance(value, str):
        if not value.strip():
            return None
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    # epoch seconds reach 1e11 in the year 5138; larger numbers are milliseconds
    return datetime.fromtimestamp(value / 1000 if abs(value) >= 1e11 else value, UTC)


def _json(value: Any) -> str:
    return _dump(value)


READ: Mapping[Kind, Callable[[Any], Any]] = {
    TEXT: _text,
    BIGINT: _bigint,
    DOUBLE: _double,
    BOOL: _bool,
    TIMESTAMP: _timestamp,
    JSON: _json,
}


def _extra(rows: list[Row], tree: Tree) -> tuple[set[str], list[str | None]]:
    """The names of unknown fields, and per row the JSON of those that it carries (None when none)."""
    unknown = _unknown(rows, tree, "")
    if not unknown:
        return unknown, [None] * len(rows)
    found = [_only_unknown(row, tree) for row in rows]
    return unknown, [_dump(extra) if extra else None for extra in found]


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
