"""What is kept aside, counted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """How many values of a column are kept aside for one reason; whole rows where there is no column."""

    vendor: str
    table: str
    column: str | None
    reason: str
    count: int

    @property
    def sentence(self) -> str:
        """One line for people."""
        what = "row" if self.column is None else "value"
        place = f"raw_{self.vendor}.{self.table}" + (f".{self.column}" if self.column else "")
        return f"{self.count:,} {what}{'' if self.count == 1 else 's'} of {place} kept aside: {self.reason}"
