"""All vendors: each package in `sources` that declares a VENDOR. A new one is its folder, and nothing else."""

from importlib import import_module
from pkgutil import iter_modules

import sources
from sources.rows.table import Table
from sources.vendor import Vendor

# the order in which people meet them; further ones follow by name
ORDER = ("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm")


def _vendors() -> dict[str, Vendor]:
    names = [f"{sources.__name__}.{module.name}" for module in iter_modules(sources.__path__) if module.ispkg]
    packages = [import_module(name) for name in names]
    found = {package.VENDOR.name: package.VENDOR for package in packages if "VENDOR" in vars(package)}
    known = [name for name in ORDER if name in found]
    return {name: found[name] for name in (*known, *sorted(found.keys() - set(known)))}


BY_NAME: dict[str, Vendor] = _vendors()

# those that can be read
READABLE: dict[str, Vendor] = {vendor.name: vendor for vendor in BY_NAME.values() if vendor.resources}

# the raw tables of all vendors exist from the first run on
TABLES: dict[str, tuple[Table, ...]] = {vendor.name: vendor.tables for vendor in BY_NAME.values()}
