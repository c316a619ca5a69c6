"""A closed stretch of time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Window:
    """A closed stretch of time, `start` inclusive, `end` exclusive, both UTC."""

    start: datetime
    end: datetime

    @property
    def first_day(self) -> date:
        """The UTC day in which it begins."""
        return self.start.date()

    @property
    def last_day(self) -> date:
        """The UTC day in which it ends."""
        return (self.end - timedelta(microseconds=1)).date()

    def halves(self) -> tuple["Window", "Window"] | None:
        """The newer half, then the older; cut at a midnight while it has more than a day; None below two seconds."""
        length = self.end - self.start
        if length < timedelta(seconds=2):
            return None
        middle = self.start + length / 2
        if length > DAY:
            middle = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
            middle = middle if middle > self.start else middle + DAY
        else:
            middle = middle.replace(microsecond=0)
        return Window(middle, self.end), Window(self.start, middle)

    def __str__(self) -> str:
        """Its days, for messages."""
        return f"{self.first_day}..{self.last_day}"
