"""The sandbox: five vendors on 127.0.0.1, one world, one clock."""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from sandbox.http.faults import Fault
from sandbox.http.limits import Limit
from sandbox.http.server import Log, Server, Service
from sandbox.http.vendor import Request, Row, Vendor
from sandbox.vendors import VENDORS
from sandbox.world.dirt import Dirt
from sandbox.world.text import seconds_z
from sandbox.world.world import World


class Sandbox:
    """A running sandbox; a context manager that stops every server when it is left.

    `now` is ISO 8601 or an aware datetime. `switches` are named "vendor.switch". `limits` maps vendors to budgets such
    as "1000/second"; others keep the documented ones. `tokens` maps a vendor to its main credential, or to
    a mapping of its settings. `dirt` says how dirty the world is. Raises ValueError for what does not exist.
    """

    def __init__(
        self,
        seed: int = 7,
        companies: int = 40,
        days: int = 30,
        now: str | datetime = "2026-03-02T12:00:00Z",
        *,
        switches: Mapping[str, str] | None = None,
        limits: Mapping[str, str] | None = None,
        tokens: Mapping[str, str | Mapping[str, str]] | None = None,
        dirt: Dirt | None = None,
    ) -> None:
        self.world = World(seed, companies, days, instant(now), dirt)
        self._log = Log()
        known = {vendor.name for vendor in VENDORS}
        for name in (*(limits or {}), *(tokens or {}), *(switch.partition(".")[0] for switch in switches or {})):
            if name not in known:
                raise ValueError(f"the sandbox has no vendor {name!r}; it has {', '.join(sorted(known))}")
        self._servers: dict[str, Server] = {}
        services = []
        for kind in VENDORS:
            secret = (tokens or {}).get(kind.name, {})
            secrets = {next(iter(kind.secrets)): secret} if isinstance(secret, str) else dict(secret)
            chosen = {
                name.partition(".")[2]: value
                for name, value in (switches or {}).items()
                if name.startswith(f"{kind.name}.")
            }
            vendor = kind(self.world, secrets, chosen)
            services.append(Service(vendor, Limit.parse((limits or {}).get(kind.name, kind.limit)), self._log))
        for service in services:
            self._servers[service.vendor.name] = Server(service)

    def __enter__(self) -> Self:
        for server in self._servers.values():
            server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and close every connection."""
        for server in self._servers.values():
            server.stop()

    @property
    def now(self) -> datetime:
        """The sandbox's clock, UTC."""
        return self.world.now

    @property
    def env(self) -> dict[str, str]:
        """The settings that point a client here, with the sandbox's clock and the world's own domains."""
        settings = {"LEADPATH_NOW": seconds_z(self.now), "LEADPATH_OWN_DOMAINS": self.world.own_domains[-1]}
        for name, server in self._servers.items():
            settings.update(self.vendor(name).env(server.url))
        return settings

    @property
    def requests(self) -> list[Request]:
        """Every finished request, oldest first."""
        return self._log.requests

    @property
    def violations(self) -> list[str]:
        """What a client that reads must not do, and 429s that nobody planned; empty in a good test."""
        return self._log.violations

    def count(self, vendor: str, route: str | None = None) -> int:
        """Requests to a vendor, or to one of its routes (a template such as "/workspaces/{ws}/sessions")."""
        return self._log.count(vendor, route)

    def clear(self) -> None:
        """Forget the requests and violations so far."""
        self._log.clear()

    def vendor(self, name: str) -> Vendor:
        """The vendor itself, for tests of the sandbox."""
        return self._service(name).vendor

    def records(self, vendor: str, entity: str, scope: str | None = None) -> list[Row]:
        """A vendor's rows straight from the world, as its API would state them now; copies, so change them at will.

        `scope` is a workspace or project; None is all of them, one after the other.
        """
        return copy.deepcopy(self.vendor(vendor).rows(entity, scope))

    def advance(self, delta: timedelta) -> dict[str, list[str]]:
        """Let time pass for all vendors at once. Returns what happened: kind -> vendor ids."""
        vendors = [server.service.vendor for server in self._servers.values()]
        for vendor in vendors:
            vendor.lock.acquire()
        try:
            changes = self.world.advance(delta)
            for vendor in vendors:
                vendor.refresh()
                vendor.moved(changes)
        finally:
            for vendor in vendors:
                vendor.lock.release()
        return changes

    def plan(
        self, vendor: str, fault: str | int, *, route: str | None = None, after: int = 0, times: int | None = 1,
        **options: Any,
    ) -> None:  # fmt: skip
        """Plan a fault: let `after` requests (of a route) pass, then strike `times` of them; None is for ever."""
        service = self._service(vendor)
        if route is not None and route not in {each.template for each in service.vendor.routes}:
            raise ValueError(f"{vendor} has no route {route!r}")
        service.faults.plan(Fault(str(fault), route, after, times, options))

    def heal(self, vendor: str) -> None:
        """Forget the faults planned for a vendor."""
        self._service(vendor).faults.clear()

    def switch(self, name: str, value: str) -> None:
        """Turn a switch, "vendor.switch", also while serving."""
        vendor, _, switch = name.partition(".")
        self.vendor(vendor).switch(switch, value)

    def _service(self, name: str) -> Service:
        if name not in self._servers:
            raise ValueError(f"the sandbox has no vendor {name!r}; it has {', '.join(self._servers)}")
        return self._servers[name].service


def instant(moment: str | datetime) -> datetime:
    """An aware datetime in UTC, whole seconds. Raises ValueError for text that is no ISO time; no zone means UTC."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    zoned = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0)
