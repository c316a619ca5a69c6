"""A sync of every tenant that is due: each a process of its own, so that one that fails stops no other."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipelines.fleet.seen import Seen, mixed_up
from pipelines.runs.catalog import Catalog, catalog_of
from pipelines.settings import TENANT, Settings
from sources.errors import DONE, STOPPED, LeadpathError

NEVER = datetime.min.replace(tzinfo=UTC)
# seconds between two looks at whether somebody stopped us
PAUSE = 0.1

Say = Callable[[str, str], None]
"""Takes a tenant, and a line about it or of it."""


@dataclass
class Outcome:
    """What became of the tenants, by name."""

    synced: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)


@dataclass
class Fleet:
    """Syncs tenants, `jobs` at a time; `command` is the process for one of them, which reads LEADPATH_TENANT.

    Due is who was not synced since this began, by any host of the catalogue, and is not at home on another host. First
    come those never synced, then those whose last success is longest ago.
    """

    settings: Settings
    names: Sequence[str]
    jobs: int
    command: Sequence[str]
    say: Say
    outcome: Outcome = field(default_factory=Outcome)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _running: set["subprocess.Popen[str]"] = field(default_factory=set)
    _stopped: bool = False
    _broken: LeadpathError | None = None

    def run(self) -> Outcome:
        """Sync them. Raises KeyboardInterrupt after those that run were told to stop and have, and CatalogFailed."""
        catalog = catalog_of(self.settings)
        began = catalog.now() if catalog else None
        homes = catalog.homes() if catalog else {}
        seen = [Seen.of(self.settings.root, name, homes.get(name)) for name in self.names]
        queue = sorted(seen, key=lambda one: (one.last_success or NEVER, one.tenant))
        threads = [
            threading.Thread(target=self._work, args=(queue, catalog, began), daemon=True) for _ in range(self.jobs)
        ]
        try:
            for thread in threads:
                thread.start()
            # not by `join`: interrupted in there, Python 3.11 takes the thread for ended
            pause = threading.Event()
            while any(thread.is_alive() for thread in threads):
                pause.wait(PAUSE)
        except KeyboardInterrupt:
            self._stop()
            for thread in threads:
                thread.join()
            raise
        if self._broken:
            raise self._broken
        return self.outcome

    def _work(self, queue: list[Seen], catalog: Catalog | None, began: datetime | None) -> None:
        try:
            while one := self._next(queue, catalog, began):
                self._sync(one)
        except LeadpathError as error:
            self._broken = error

    def _next(self, queue: list[Seen], catalog: Catalog | None, began: datetime | None) -> Seen | None:
        """The next one that is due; those that others did meanwhile are passed by."""
        with self._turn:
            while queue and not self._stopped and not self._broken:
                tenant = queue.pop(0).tenant
                home = catalog.homes().get(tenant) if catalog else None
                one = Seen.of(self.settings.root, tenant, home)
                if not one.is_elsewhere and not (home and began and home.synced_at >= began):
                    return one
                self.outcome.passed.append(tenant)
        return None

    def _sync(self, one: Seen) -> None:
        tenant = one.tenant
        try:
            wrong = mixed_up(tenant, os.environ)
        except LeadpathError as error:
            wrong = [str(error)]
        for sentence in wrong:
            self.say(tenant, sentence)
        status = STOPPED if wrong else self._process(tenant)
        with self._turn:
            if status != DONE:
                self.outcome.failed.append(tenant)
            elif Seen.of(self.settings.root, tenant).last_run == one.last_run:
                self.outcome.passed.append(tenant)
            else:
                self.outcome.synced.append(tenant)

    def _process(self, tenant: str) -> int:
        """Its exit status. What it says is said, line by line. It ends when we do, since then its input is closed."""
        with self._turn:
            if self._stopped:
                return signal.SIGTERM
            process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, TENANT: tenant},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Ctrl-C comes to us alone, and is passed on once
                process_group=0,
            )
            self._running.add(process)
        assert process.stdout is not None
        for line in process.stdout:
            self.say(tenant, line.rstrip("\n"))
        status = process.wait()
        with self._turn:
            self._running.discard(process)
        return status

    def _stop(self) -> None:
        with self._turn:
            self._stopped = True
            for process in self._running:
                process.send_signal(signal.SIGTERM)
