"""One question to the published file, and the answer in DuckDB's own words.

Only what reads is run, on a connection that sees the published file and nothing else.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.explain.published import Unpublished, refuse_unpublished
from sources.errors import Mistaken

# The file is opened read-only; this keeps a query from every other file, and from what Python and extensions offer.
SEALED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}

READS = "SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, SHOW, SUMMARIZE, or EXPLAIN of one of these"
# DuckDB runs PIVOT in two steps
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
NESTED = ("list", "array", "struct", "map", "union", "variant")
# what JSON has numbers and words for
EXACT = (
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
    *("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "float", "double"),
)


class QueryFailed(Mistaken):
    """A query cannot be run as it is written."""


@dataclass(frozen=True)
class Answer:
    """What a query gave: the names of its columns, its rows, and whether they are a plan drawn in lines."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    is_plan: bool = False


def ask(file: Path, sql: str, *, exact: bool = False, allow_files: bool = False) -> Answer:
    """Run one statement that reads. Raises QueryFailed, or Unpublished where there is no file to read.

    Values are texts as DuckDB writes them, nested ones as JSON, zoned times with their offset; NULL is None. With
    `exact`, numbers and truths are those of Python instead, and nested values are lists and dicts. With `allow_files`
    the statement may read what else this user can read; it writes nothing in any case.
    """
    refuse_unpublished(file)
    if not sql.isprintable() and "\udc80" <= max(sql) <= "\udcff":
        raise QueryFailed("The query failed: it is not UTF-8 text.")
    try:
        con = duckdb.connect(str(file), read_only=True, config={**SEALED, "enable_external_access": allow_files})
    except duckdb.Error as error:
        raise Unpublished(f"{file} cannot be read: {_words(error)}") from error
    try:
        # with the other settings it may not be changed afterwards
        con.execute("set timezone = 'UTC'; set lock_configuration = true")
        statement = _reading(con, sql)
        if _explained(statement.query):
            result = con.execute(statement)
            return Answer([column[0] for column in result.description or ()], result.fetchall(), is_plan=True)
        return _texts(con, statement, exact=exact)
    except duckdb.PermissionException as error:
        raise QueryFailed(
            f"The query failed: {_words(error)}. A query sees {file} and no other file, unless --allow-files is given.",
        ) from error
    except duckdb.Error as error:
        raise QueryFailed(f"The query failed: {_words(error)}") from error
    finally:
        con.close()


def _reading(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of a text. Raises QueryFailed where there is another number, or where it does not only read."""
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        what = (
            f"there are {len(statements)} statements in it; run them" if statements else "there is no query in it; give"
        )
        raise QueryFailed(f"The query failed: {what} one at a time.")
    (statement,) = statements
    bodies = _explained(statement.query)
    if not any(_reads(con, body) for body in bodies or [statement.query]):
        word = _first_word(bodies[-1] if bodies else statement.query)
        named = statement.type.name.replace("_", " ") if word in ("", "WITH") else word
        raise QueryFailed(
            f"The query failed: {'EXPLAIN of ' if bodies else ''}{named} is not run, the published file is read-only."
            f" Give {READS}.",
        )
    return statement


def _reads(con: duckdb.DuckDBPyConnection, text: str) -> bool:
    """Whether the text is one statement that can stand where a table does: what writes or sets cannot."""
    try:
        found = [each.type for part in (text, f"from (\n{_bare(text)}\n)") for each in con.extract_statements(part)]
    except duckdb.Error:
        return False
    return len(found) == 2 and all(kind in READING for kind in found)


def _explained(text: str) -> list[str]:
    """What may be the statement that the text explains; empty when it explains none.

    Options and a statement may both begin with a bracket.
    """
    words = list(_words_of(text))
    if not words or words[0][1].lower() != "explain":
        return []
    rest = words[2:] if len(words) > 1 and words[1][1].lower() in ("analyze", "analyse") else words[1:]
    starts = [place for place, _ in rest[:1]]
    depth = 0
    for number, (_, word) in enumerate(rest):
        depth += word.count("(") - word.count(")")
        if depth <= 0:
            starts += [place for place, _ in rest[number + 1 : number + 2]] if ")" in word else []
            break
    return [text[place:] for place in starts]


def _words_of(text: str) -> Iterator[tuple[int, str]]:
    """The words and signs of a statement with their places, without comments."""
    # DuckDB counts bytes
    written = text.encode()
    tokens = duckdb.tokenize(text)
    ends = [place for place, _ in tokens[1:]] + [len(written)]
    for (place, kind), end in zip(tokens, ends, strict=True):
        if kind != duckdb.token_type.comment:
            yield len(written[:place].decode()), written[place:end].decode().strip()


def _bare(text: str) -> str:
    """A statement without the semicolons that end it, so that it can stand in brackets."""
    end = len(text)
    for place, word in reversed(list(_words_of(text))):
        if word != ";":
            break
        end = place
    return text[:end]


def _first_word(text: str) -> str:
    return next((word.upper() for _, word in _words_of(text) if word.isalpha()), "")


def _texts(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, *, exact: bool) -> Answer:
    relation = con.sql(statement)
    names, kinds = relation.columns, [kind.id for kind in relation.types]
    places = [f"c{number}" for number in range(len(names))]
    listed = ", ".join(_as_text(place, kind, exact=exact) for place, kind in zip(places, kinds, strict=True))
    query = f"select {listed} from (\n{_bare(statement.query)}\n) as answer({', '.join(places)})"
    rows = con.execute(query).fetchall()
    return Answer(names, [_values(row, kinds, exact=exact) for row in rows])


def _as_text(column: str, kind: str, *, exact: bool) -> str:
    if exact and kind in EXACT:
        return column
    if kind in NESTED:
        return f"to_json({column})::varchar"
    if kind == "timestamp with time zone":
        # DuckDB leaves the minutes of the offset out, which not every reader forgives
        return f"{column}::varchar || case when isfinite({column}) then ':00' else '' end"
    return f"{column}::varchar"


def _values(row: Sequence[Any], kinds: Sequence[str], *, exact: bool) -> tuple[Any, ...]:
    return tuple(_value(value, kind, exact=exact) for value, kind in zip(row, kinds, strict=True))


def _value(value: Any, kind: str, *, exact: bool) -> Any:
    if isinstance(value, float):
        # JSON has no word for these
        return value if math.isfinite(value) else None
    if value is None or kind not in NESTED:
        return value
    if not exact and "NaN" not in value and "Infinity" not in value:
        return value
    read = json.loads(value, parse_constant=lambda word: None)
    return read if exact else json.dumps(read, ensure_ascii=False, separators=(",", ":"))


def _words(error: duckdb.Error) -> str:
    """What DuckDB says, its hint of the right name included, without the picture of the line."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))]
    return " ".join([lines[0], *hints])
