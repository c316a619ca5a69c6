"""One value of a vendor to the type of its column: what means the same is taken, what does not fit is refused in words.

A whole column is converted at once where Arrow reads it as the value by value way would; the words of a refusal are
fixed phrases without the value, so that they can be counted and published.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sources.rows.json_text import HALF, SURROGATE, Mended, json_of


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
# the form in which Arrow reads a time as `_timestamp` does
PLAIN_TIME = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?)?$"
EPOCH = re.compile(r"\d{9,19}(?:\.\d+)?")
# no vendor is older, and Excel and CRMs write nothing as 1899 or 1900
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# a clock may be ahead of ours, in any zone
AHEAD = timedelta(days=1)
# the last moment that Python reads, in any zone
LAST = datetime(9999, 12, 31, tzinfo=UTC)
EARLY, LATE = "before the year 2000", "in the future"

Misfits = list[tuple[int, str, Any, str]]
"""Row, column, value and reason of what did not fit."""


def column_of(values: Sequence[Any], kind: Kind, name: str, bad: Misfits) -> pa.Array:
    """The values as an Arrow array of the kind's type, NULL where a value does not fit; those are added to `bad`."""
    found = _at_once(values, kind)
    if found is not None:
        return found
    read = READ[kind]
    fitted: list[Any] = []
    for i, value in enumerate(values):
        try:
            fitted.append(None if value is None else read(value))
        except Mended as error:
            fitted.append(error.value)
            bad.append((i, name, value, str(error)))
        except ValueError as error:
            fitted.append(None)
            bad.append((i, name, value, str(error)))
    return pa.array(fitted, kind.arrow)


def within(times: pa.Array, values: Sequence[Any], name: str, latest: datetime | None, bad: Misfits) -> pa.Array:
    """The times, NULL where nobody could have meant one: before the year 2000, or more than a day after `latest`."""
    early = pc.less(times, pa.scalar(EARLIEST, times.type))
    late = pc.greater(times, pa.scalar(latest + AHEAD if latest else LAST, times.type))
    odd = pc.or_kleene(early, late)
    if not pc.any(odd).as_py():
        return times
    for i, (is_early, is_late) in enumerate(zip(early.to_pylist(), late.to_pylist(), strict=True)):
        if is_early or is_late:
            bad.append((i, name, values[i], EARLY if is_early else LATE))
    return pc.if_else(pc.fill_null(odd, False), pa.scalar(None, times.type), times)


def unmeant(moment: datetime, latest: datetime) -> str | None:
    """Why nobody could have meant a moment, as `within` says it; None where somebody could."""
    if moment < EARLIEST:
        return EARLY
    return LATE if moment > latest + AHEAD else None


def moment_of(value: Any) -> datetime | None:
    """The moment that a vendor's value names, UTC; None where it names none, or one that nobody could have meant."""
    try:
        moment = None if value is None else _timestamp(value)
    except ValueError:
        return None
    return moment if moment and EARLIEST <= moment < LAST else None


def _at_once(values: Sequence[Any], kind: Kind) -> pa.Array | None:
    """The column, when every value has the expected type; None when they have to be read one by one."""
    try:
        if kind is JSON:
            return None
        if kind in (TEXT, TIMESTAMP):
            texts = pa.array(values, pa.string())
            if kind is TEXT:
                return texts
            plain = pc.all(pc.match_substring_regex(texts, PLAIN_TIME)).as_py()
            return texts.cast(kind.arrow) if plain in (True, None) else None
        # inferred first: asked for a type, Arrow would turn 2.5 into 2 and true into 1
        found = pa.array(values)
        if found.type not in INFERRED[kind]:
            return None
        column = found.cast(kind.arrow)
        return column if kind is not DOUBLE or pc.all(pc.is_finite(column)).as_py() is not False else None
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError, OverflowError):
        # some value does not fit: the caller then reads them one by one, and says which
        return None


def text_of(value: Any) -> str:
    """An id as the raw tables have it. Raises ValueError."""
    try:
        return _text(value)
    except Mended as mended:
        return mended.value


def _text(value: Any) -> str:
    """Text as it is; a number as its digits, `123.0` as `123`."""
    if isinstance(value, str):
        if SURROGATE.search(value):
            raise Mended(SURROGATE.sub("?", value), HALF)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a text")
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise ValueError("not a text")


def _bigint(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?\d{1,30}\s*", value):
            raise ValueError("not a whole number")
        value = int(value)
    whole = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value) and value == int(value))
    if isinstance(value, bool) or not whole:
        raise ValueError("not a whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("does not fit 64 bits")
    return int(value)


def _double(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _bool(value: Any) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    word = str(value).lower() if isinstance(value, (str, int)) else ""
    if word not in words:
        raise ValueError("neither true nor false")
    return words[word]


def _timestamp(value: Any) -> datetime | None:
    """ISO 8601 with any offset (UTC when none), or the epoch in seconds, milliseconds, micro- or nanoseconds."""
    try:
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            if not EPOCH.fullmatch(text):
                moment = datetime.fromisoformat(text)
                return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            value = float(text) if "." in text else int(text)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError
        # epoch seconds reach 1e11 in the year 5138; larger numbers are milliseconds, and so on by thousands
        unit = next(unit for unit, limit in UNITS if abs(value) < limit)
        whole, rest = divmod(value, unit)
        return datetime.fromtimestamp(int(whole), UTC) + timedelta(microseconds=int(rest * 1_000_000 // unit))
    except (ValueError, OverflowError, OSError, StopIteration):
        raise ValueError("not a time") from None


UNITS = ((1, 1e11), (1_000, 1e14), (1_000_000, 1e17), (1_000_000_000, 1e20))


READ: Mapping[Kind, Callable[[Any], Any]] = {
    TEXT: _text,
    BIGINT: _bigint,
    DOUBLE: _double,
    BOOL: _bool,
    TIMESTAMP: _timestamp,
    JSON: json_of,
}
"""Reads one value that is not None; raises ValueError with the reason."""
