"""A vendor's package as the place of its dlt source: `from sources.snitcher import snitcher`."""

from collections.abc import Callable
from typing import Any

from sources.vendor import Vendor


def standalone(vendor: Vendor) -> Callable[[str], Any]:
    """The `__getattr__` of a vendor's package: its name is a dlt source, made when first asked for.

    dlt takes a second to import, which a run that only reads has no use for.
    """

    def attribute(name: str) -> Any:
        if name != vendor.name:
            raise AttributeError(f"sources.{vendor.name} has no {name}")
        from sources.dlt_source import source  # noqa: PLC0415 (dlt, see above)

        return source(vendor)

    return attribute
