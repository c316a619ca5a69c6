"""What a sync shows while it works: a live table on a terminal, plain lines elsewhere."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sources.budget import Budget


class Cost(Protocol):
    """What one resource cost so far."""

    rows: int
    requests: int
    retries: int
    waited: float
    left: int


@dataclass
class Progress:
    """Collects what the vendors report, from their threads. `changed` is called after each finished window."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, emoji=False))
    changed: Callable[[], None] = lambda: None
    _costs: dict[str, Mapping[str, Cost]] = field(default_factory=dict)
    _budgets: dict[str, list[Budget]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def live(self) -> bool:
        """Whether a person looks at a terminal."""
        return self.console.is_terminal and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False, soft_wrap=True)

    def loaded(self, vendor: str, resource: str, window: str, rows: int) -> None:
        """A window was stored."""
        if not self.live:
            self.say(f"{vendor} {resource} {window}: {rows:,} new or changed rows")

    def window(self, vendor: str, resource: str, costs: Mapping[str, Cost], budgets: list[Budget]) -> None:
        """A window is done, or failed."""
        with self._lock:
            self._costs[vendor] = dict(costs)
            self._budgets[vendor] = budgets
        self.changed()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table while the block runs."""
        if not self.live:
            yield
            return
        with Live(get_renderable=self._table, console=self.console, refresh_per_second=4, transient=True):
            yield

    def _table(self) -> Table:
        table = Table("vendor", "resource", "new or changed", "requests", "budget", "waited", "left", box=None)
        with self._lock:
            for vendor, costs in self._costs.items():
                budgets = self._budgets.get(vendor, [])
                used = ", ".join(f"{budget.used}/{budget.allowed}" for budget in budgets)
                for name, cost in costs.items():
                    row = (f"{cost.rows:,}", f"{cost.requests:,}", used, f"{cost.waited:.0f} s", str(cost.left))
                    table.add_row(vendor, name, *row)
        return table
