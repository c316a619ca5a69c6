"""The published file, for commands that only ask: opened read-only for an instant, never in a sync's way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.data_dir import log_beside
from sources.errors import LeadpathError

# a row by the names of its columns, or what is made of several
Document = dict[str, Any]


class Unpublished(LeadpathError):
    """There is no published file, or none that can be read; the message says what to run first."""


class Published:
    """Rows of the published file by the names of their columns; times are UTC."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def rows(self, sql: str, **values: object) -> list[Document]:
        """Every row of a query, in which `$name` stands for a value."""
        result = self._con.execute(sql, values)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str, **values: object) -> Document | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, **values)), None)


def refuse_unpublished(file: Path) -> None:
    """Raise Unpublished where there is no file to read, or where what is read would not be what was published."""
    if not file.exists():
        raise Unpublished(f"{file} does not exist yet. Run `leadpath sync` or `leadpath demo` first.")
    if log := log_beside(file):
        raise Unpublished(
            f"{log} was left by a program that has, or had, {file.name} open for writing: with it nobody reads what was"
            " published. Close that program; the next `leadpath sync` or `leadpath build` moves the log aside."
        )


@contextmanager
def opened(file: Path) -> Iterator[Published]:
    """The published file while the block runs.

    Raises Unpublished: there is none yet, it cannot be read, or another version wrote it, without a table or a column
    that the block asks for.
    """
    refuse_unpublished(file)
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            yield Published(con)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        reason = str(error).strip().splitlines()[0]
        raise Unpublished(
            f"{file} was published by another version of Leadpath ({reason}). Run `leadpath build` first."
        ) from error
    except duckdb.Error as error:
        raise Unpublished(f"{file} cannot be read: {str(error).strip().splitlines()[0]}") from error
