"""SnapCRM: its API only creates leads, so there is nothing to read; the tables hold what was sent and imported."""

from sources.snapcrm import tables
from sources.snapcrm.client import SnapCRM
from sources.snapcrm.settings import Settings
from sources.vendor import Connection, Vendor

__all__ = ["VENDOR"]


def connect(connection: Connection[Settings]) -> SnapCRM:
    """The API client of the key."""
    key = connection.settings.api_key.get_secret_value()
    return SnapCRM(
        connection.client(
            key,
            sign=lambda: {"X-API-Key": key},
            hint="Check SNAPCRM_API_KEY; SnapCRM shows a key only once, under Settings > API Access.",
        )
    )


VENDOR = Vendor(
    name="snapcrm",
    title="SnapCRM",
    settings=Settings,
    tables=tables.TABLES,
    kinds=("lead",),
    resources=(),
    connect=connect,
    probe=SnapCRM.probe,
)
