"""All vendors. Adding one is its folder in `sources/`, its staging models, and a line here."""

import sources.smartlook
import sources.snapcall
import sources.snapcrm.tables
import sources.snitcher
import sources.usersnap
from sources.rows.table import Table
from sources.vendor import Vendor

# those that can be read
READABLE: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        sources.snitcher.VENDOR,
        sources.snapcall.VENDOR,
        sources.smartlook.VENDOR,
        sources.usersnap.VENDOR,
    )
}

# the raw tables of all vendors exist from the first run on
TABLES: dict[str, tuple[Table, ...]] = {
    "snitcher": sources.snitcher.VENDOR.tables,
    "snapcall": sources.snapcall.VENDOR.tables,
    "smartlook": sources.smartlook.VENDOR.tables,
    "usersnap": sources.usersnap.VENDOR.tables,
    "snapcrm": sources.snapcrm.tables.TABLES,
}
