"""Request budgets of credentials: all tenants of an installation count together, and with a catalogue all hosts."""

import hashlib
from pathlib import Path

from pipelines.runs.catalog import catalog_of
from pipelines.settings import Settings
from sources.http.budget import Budget, Stop
from sources.http.ledger import Ledger
from sources.limit import Limit
from sources.vendor import BudgetMaker


def budgets_of(settings: Settings, vendor: str, stop: Stop) -> BudgetMaker:
    """What makes the budgets of a vendor's credentials."""
    store: Path | Ledger = catalog_of(settings) or file_of(settings)

    def budget(limit: Limit, credential: str) -> Budget:
        # the credential's hash tells two tokens apart without being one
        return Budget(limit, f"{vendor}:{hashlib.sha256(credential.encode()).hexdigest()[:12]}", store, stop)

    return budget


def file_of(settings: Settings) -> Path:
    """The file that keeps the counts where there is no catalogue; its folder is made."""
    folder = settings.root / "internal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "budgets.sqlite"
