"""The vendors that the sandbox serves, in the order in which people meet them."""

from sandbox.http.vendor import Vendor
from sandbox.smartlook.service import Smartlook
from sandbox.snapcall.service import SnapCall
from sandbox.snapcrm.service import SnapCRM
from sandbox.snitcher.service import Snitcher
from sandbox.usersnap.service import Usersnap

VENDORS: tuple[type[Vendor], ...] = (Snitcher, SnapCall, Smartlook, Usersnap, SnapCRM)


def switch_table() -> list[str]:
    """The switches of all vendors as lines of a Markdown table; a number stands in the sheet of that vendor."""
    lines = ["| switch | values, default first | why it is open: section of the sheet |", "|---|---|---|"]
    for vendor in VENDORS:
        for name, switch in vendor.switches.items():
            values = [switch.default, *(value for value in switch.values if value != switch.default)]
            written = ", ".join(f"`{value}`" for value in values)
            lines.append(f"| `{vendor.name}.{name}` | {written} | {switch.why} |")
    return lines
