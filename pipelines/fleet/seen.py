"""What is known of a tenant without its warehouse: its status file, and the catalogue of several hosts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.runs.catalog import Home
from pipelines.runs.status import read
from pipelines.settings import overruled
from pipelines.tenants import FOLDER

# of a sync after which there is something new to read
USEFUL = ("ok", "partial")


def mixed_up(tenant: str, environment: Mapping[str, str]) -> list[str]:
    """A sentence about each credential of a tenant of which the environment has another. Raises SettingError.

    The environment is one for all tenants: here it would read one customer with the credential of another.
    """
    return [
        f"{name} is in the environment, and another one in {file}: unset it, or take that out."
        for name, file in overruled(tenant, environment)
    ]


@dataclass(frozen=True)
class Seen:
    """A tenant's data directory here, what its `status.json` says (None: nothing was synced here), and its home among
    several hosts (None: it has none, or there is no catalogue). `unread` says why a status file cannot be read.
    """

    tenant: str
    folder: Path
    document: dict[str, Any] | None
    home: Home | None
    unread: str = ""

    @classmethod
    def of(cls, root: Path, tenant: str, home: Home | None = None) -> "Seen":
        """Look at it now."""
        folder = root / FOLDER / tenant
        try:
            return cls(tenant, folder, read(folder), home)
        except ValueError as error:
            return cls(tenant, folder, None, home, f"{folder / 'status.json'} cannot be read ({error}).")

    @property
    def is_elsewhere(self) -> bool:
        """Whether another host has its raw file, and this one has none."""
        return self.home is not None and not (self.folder / "internal" / "raw.duckdb").exists()

    @property
    def last_run(self) -> str:
        """Which run was the last one here; "" where there was none."""
        return str(self.document["runs"][0].get("run_id")) if self.document and self.document["runs"] else ""

    @property
    def last_success(self) -> datetime | None:
        """When a sync last ended that brought something: here, or by the catalogue anywhere."""
        runs = self.document["runs"] if self.document else []
        here = [
            datetime.fromisoformat(run["ended_at"])
            for run in runs
            if run.get("status") in USEFUL and run.get("ended_at") and "sync" in str(run.get("command")).split()
        ]
        return self.home.synced_at if self.home else max(here, default=None)
