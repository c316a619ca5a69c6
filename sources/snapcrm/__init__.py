"""SnapCRM: its API only creates leads, so there is nothing to read; the tables hold what was sent and imported."""

from collections.abc import Mapping

from sources.http.budget import Limit, Stop
from sources.http.client import Client
from sources.snapcrm import tables
from sources.snapcrm.client import SnapCRM
from sources.snapcrm.settings import BASE_URL, RATE_LIMIT
from sources.vendor import BudgetMaker, Vendor

__all__ = ["VENDOR", "connect"]


def connect(settings: Mapping[str, str], budgets: BudgetMaker, stop: Stop) -> SnapCRM:
    """The API client; `settings` needs SNAPCRM_API_KEY."""
    key = settings["SNAPCRM_API_KEY"]
    budget = budgets(Limit.parse(settings.get("SNAPCRM_RATE_LIMIT", RATE_LIMIT)), key)
    return SnapCRM(
        Client(
            vendor="SnapCRM",
            url=settings.get("SNAPCRM_URL", BASE_URL).rstrip("/"),
            sign=lambda: {"X-API-Key": key},
            hint="Check SNAPCRM_API_KEY; SnapCRM shows a key only once, under Settings > API Access.",
            budget_for=lambda route: budget,
            secrets=(key,),
            stop=stop,
        )
    )


VENDOR = Vendor(
    name="snapcrm",
    title="SnapCRM",
    secrets=("SNAPCRM_API_KEY",),
    rate_limit=RATE_LIMIT,
    tables=tables.TABLES,
    resources=(),
    connect=connect,
    probe=SnapCRM.probe,
)
