"""The published file for a program that stays: a connection that goes along with each publication.

A publication puts a new file in the place of the old one. What has the old one open keeps reading it, and DuckDB gives
every later `connect` to the same path in the same process that old file too. What is attached to a database in memory
can be let go of and attached again instead.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from pipelines.explain.published import Unpublished, refuse_unpublished
from pipelines.settings import load
from pipelines.warehouse.files import quoted

CATALOG = "leadpath"


def connect(file: str | os.PathLike[str] | None = None) -> "Connection":
    """A connection that reads the newest publication with every query.

    `file` is the published file, or the data directory that it is in; without, that of LEADPATH_DATA_DIR.
    Tables are `marts.*` and `ops.*`. Raises Unpublished where nothing is published yet, or nothing can be read.
    """
    if file is None:
        file = load().data_dir
    place = Path(file).absolute()
    return Connection(place / "leadpath.duckdb" if place.is_dir() else place)


class Connection:
    """A database in memory to which the published file is attached, read-only.

    Before each `execute` and `sql` the newest publication takes the place of the one before, so a query reads one
    publication, and never parts of two. In a transaction it stays the same one until the end. Temporary tables,
    registered frames and settings of the session stay; times are shown in UTC until you `set timezone`.

    Of one thread, as every DuckDB connection: connect once in each.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.duckdb = duckdb.connect()
        """The connection below, for all else that DuckDB offers; it does not follow by itself."""
        self._attached: tuple[int, ...] | None = None
        try:
            self.duckdb.execute("set timezone = 'UTC'")
            self.follow()
        except BaseException:
            self.close()
            raise

    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """Run a query on the newest publication; `fetchall`, `df`, `pl` and so on give its rows."""
        self.follow()
        return self.duckdb.execute(query, parameters)

    def sql(self, query: str, **options: Any) -> duckdb.DuckDBPyRelation:
        """The relation of a query. It runs when its rows are asked for, on what is attached then."""
        self.follow()
        return self.duckdb.sql(query, **options)

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """Several queries that read one publication."""
        self.follow()
        self.duckdb.begin()
        try:
            yield self
        except BaseException:
            self.duckdb.rollback()
            raise
        self.duckdb.commit()

    def follow(self) -> bool:
        """Attach the newest publication, unless it is or a transaction is open; whether another one is read now.

        Raises Unpublished when there is none, or it cannot be read.
        """
        newest = self._newest()
        if newest is not None and (newest == self._attached or (self._attached and self._is_in_transaction())):
            return False
        refuse_unpublished(self.file)
        try:
            # not `attach or replace`, which keeps a file that is attached under the same path
            self.duckdb.execute(f"use memory; detach database if exists {CATALOG}")
            self._attached = None
            self.duckdb.execute(f"attach '{quoted(self.file)}' as {CATALOG} (read_only); use {CATALOG}")
        except duckdb.Error as error:
            raise Unpublished(f"{self.file} cannot be read: {str(error).strip().splitlines()[0]}") from error
        # of a file that came meanwhile it is the older one, so that the next query attaches again
        self._attached = newest
        return True

    def _newest(self) -> tuple[int, ...] | None:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def _is_in_transaction(self) -> bool:
        # to begin another one would spoil it
        try:
            first, second = (self.duckdb.execute("select txid_current()").fetchall() for _ in range(2))
        except duckdb.TransactionException:
            return True
        return first == second

    def close(self) -> None:
        """Let go of the file."""
        self.duckdb.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
