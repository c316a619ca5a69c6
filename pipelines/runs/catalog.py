"""The Postgres of LEADPATH_CATALOG_URL, by which hosts keep off each other's tenants and share request budgets.

Whose turn it is, is said by advisory locks alone: they go with the connection of a host that dies. psycopg is imported
where the setting is set, and not otherwise.
"""

import hashlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.runs.lock import Held
from pipelines.settings import Settings
from pipelines.voice import ERROR, VOICE
from pipelines.warehouse.files import Warehouse
from sources.errors import LeadpathError, SettingError

if TYPE_CHECKING:
    import psycopg

TABLES = """
create schema if not exists leadpath;
create table if not exists leadpath.stamps (
    rowid bigint generated always as identity primary key, name text not null, at double precision not null
);
create index if not exists stamps_at on leadpath.stamps (name, at);
create table if not exists leadpath.stated (name text primary key, allowed bigint not null);
create table if not exists leadpath.paused (name text primary key, until double precision not null);
create table if not exists leadpath.homes (
    tenant text primary key, generation text not null, host text not null, folder text not null,
    synced_at timestamptz not null
);
"""
# seconds: how often a run looks whether its lock is still there, and after which a host without a word counts as dead
WATCH = 5.0
SILENCE = 30
CONNECTION: dict[str, str | int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": SILENCE * 1000,
    # the same on the server's side: it frees the locks of a host that lost its power
    "options": "-c search_path=leadpath -c timezone=UTC -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
    f" -c tcp_keepalives_count=4 -c tcp_user_timeout={SILENCE * 1000}",
}


class CatalogFailed(LeadpathError):
    """The Postgres of several hosts cannot be used."""


@dataclass(frozen=True)
class Home:
    """Where a tenant's raw file is, the only copy of what vendors no longer have, and when a sync of it last ended
    (by the clock of Postgres, UTC). `generation` tells the raw file from any other.
    """

    tenant: str
    generation: str
    host: str
    folder: str
    synced_at: datetime


class Turn:
    """A transaction in which nobody else counts requests of the same budget."""

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self.now = float(self.rows("select extract(epoch from clock_timestamp())")[0][0])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for its values."""
        return self._catalog.rows(sql.replace("?", "%s"), *values)


class Catalog:
    """One connection, which the threads of this process share. Every method may raise CatalogFailed."""

    def __init__(self, url: str) -> None:
        self._lock = threading.RLock()
        self._con = _connected(url)
        with self._locked("tables"):
            self.rows(TABLES)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `%s` for its values."""
        with self._lock, _named_errors():
            cursor = self._con.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the connection, and with it what it holds."""
        with self._lock:
            self._con.close()

    @contextmanager
    def turn(self, name: str) -> Iterator[Turn]:
        """A transaction on the counts of one budget; all hosts have the clock of Postgres."""
        with self._locked(f"budget {name}"):
            yield Turn(self)

    @contextmanager
    def _locked(self, what: str) -> Iterator[None]:
        """A transaction that keeps every other one of this name waiting."""
        with self._lock, _named_errors(), self._con.transaction():
            self.rows("select pg_advisory_xact_lock(%s)", _key(what))
            yield

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Wait until no other process does this, and do it."""
        self.rows("select pg_advisory_lock(%s)", _key(what))
        try:
            yield
        finally:
            self.rows("select pg_advisory_unlock(%s)", _key(what))

    @contextmanager
    def held(self, tenant: str) -> Iterator[None]:
        """Keep every other host off a tenant. Raises Held at once when another has it.

        When the connection is lost, the lock is too, and this process is ended as by SIGTERM.
        """
        key = _key(f"tenant {tenant}")
        if not self.rows("select pg_try_advisory_lock(%s)", key)[0][0]:
            raise Held(f"{self._holder(key)} works on tenant {tenant}; wait until it ends")
        over = threading.Event()
        threading.Thread(target=self._watch, args=(over,), daemon=True).start()
        try:
            yield
        finally:
            over.set()
            # a lost connection has lost the lock too
            with suppress(CatalogFailed):
                self.rows("select pg_advisory_unlock(%s)", key)

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(WATCH):
            try:
                self.rows("select 1")
            except CatalogFailed as error:
                if not over.is_set():
                    VOICE.say(f"{error} The tenant may be another host's now, so this run ends.", ERROR)
                    os.kill(os.getpid(), signal.SIGTERM)
                return

    def _holder(self, key: int) -> str:
        found = self.rows(
            "select application_name, to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS') from pg_locks"
            " join pg_stat_activity using (pid) where locktype = 'advisory' and granted"
            " and (classid::bigint << 32 | objid::bigint) = %s and objsubid = 1",
            key,
        )
        return "`{}` (connected since {} UTC)".format(*found[0]) if found else "another leadpath process"

    def now(self) -> datetime:
        """The clock of Postgres, UTC."""
        moment: datetime = self.rows("select clock_timestamp()")[0][0]
        return moment

    def homes(self) -> dict[str, Home]:
        """Where each tenant is at home that was ever synced."""
        found = self.rows("select tenant, generation, host, folder, synced_at from homes")
        return {row[0]: Home(*row) for row in found}

    def refuse_elsewhere(self, tenant: str, generation: str | None) -> None:
        """Raise Held where the tenant's raw file is another than the one here, of this generation (None: no file)."""
        home = self.homes().get(tenant)
        if home and home.generation != generation:
            raise Held(
                f"tenant {tenant} is at home in {home.folder} on {home.host}, synced {home.synced_at:%Y-%m-%d %H:%M}"
                " UTC, with the only copy of what vendors no longer have. Move that folder here, or begin again here"
                f" with leadpath --tenant {tenant} sync --new-warehouse"
            )

    def settle(self, tenant: str, generation: str, folder: Path) -> None:
        """Note that a sync of the tenant ended now, and that it is at home here."""
        self.rows(
            "insert into homes values (%s, %s, %s, %s, clock_timestamp()) on conflict (tenant) do update set"
            " generation = excluded.generation, host = excluded.host, folder = excluded.folder,"
            " synced_at = excluded.synced_at",
            *(tenant, generation, socket.gethostname(), str(folder.absolute())),
        )


@contextmanager
def held_among_hosts(settings: Settings, *, is_new: bool = False) -> Iterator[None]:
    """Keep other hosts off the tenant of the settings, while the block runs.

    Nothing is to be done where there is no catalogue or no tenant. Raises Held when another host works on it, or when
    its raw file is another than the one here, unless that `is_new`.
    """
    catalog, tenant = catalog_of(settings), settings.tenant
    if catalog is None or not tenant:
        yield
        return
    warehouse = Warehouse(settings.data_dir)
    with catalog.held(tenant):
        if not is_new:
            catalog.refuse_elsewhere(tenant, warehouse.generation())
        yield


def settle(settings: Settings) -> None:
    """Note that a sync of the tenant has just ended here, where there is a catalogue and a tenant."""
    generation = Warehouse(settings.data_dir).generation()
    if settings.tenant and generation and (catalog := catalog_of(settings)):
        catalog.settle(settings.tenant, generation, settings.data_dir)


def catalog_of(settings: Settings) -> Catalog | None:
    """The catalogue of the settings, one for the whole process; None where there is none."""
    url = settings.own.catalog_url.get_secret_value()
    return _catalog(url) if url else None


_catalog = cache(Catalog)


def _key(what: str) -> int:
    """The number of an advisory lock."""
    return int.from_bytes(hashlib.sha256(f"leadpath {what}".encode()).digest()[:8], signed=True)


def _connected(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    try:
        import psycopg
        from psycopg.conninfo import make_conninfo
    except ImportError as error:
        raise SettingError(
            "LEADPATH_CATALOG_URL needs the package psycopg: run pip install 'leadpath[fleet]', or unset it"
        ) from error
    name = f"leadpath on {socket.gethostname()[:30]}, process {os.getpid()}"
    try:
        return psycopg.connect(make_conninfo(url, application_name=name, **CONNECTION), autocommit=True)
    except psycopg.OperationalError as error:
        raise CatalogFailed(
            f"LEADPATH_CATALOG_URL: Postgres cannot be reached: {_first(error)} Check that it runs, and the setting."
        ) from error
    except psycopg.Error as error:
        # what cannot be read may be a part of the password
        raise SettingError(
            "LEADPATH_CATALOG_URL: it cannot be read; write postgresql://user:password@host/database"
        ) from error


@contextmanager
def _named_errors() -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise CatalogFailed(f"LEADPATH_CATALOG_URL: Postgres stopped answering: {_first(error)}") from error


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    first = lines[0].strip() if lines else type(error).__name__
    return first if first.endswith(".") else f"{first}."
