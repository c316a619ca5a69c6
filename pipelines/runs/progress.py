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

from pipelines.voice import INFO, VOICE
from sources.http.budget import Budget

# the header, the prompt before and the line after
ROWS_AROUND = 3


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
        """Whether a person looks at a terminal, and wants to see neither less nor more than usual."""
        return self.console.is_terminal and sys.stderr.isatty() and VOICE.plain and not VOICE.verbose

    def say(self, text: str, level: str = INFO, *, vendor: str | None = None, resource: str | None = None) -> None:
        """A line that stays, as `Voice.say` says it; above the table where there is one."""
        if VOICE.plain:
            self.console.print(text, markup=False, soft_wrap=True)
        else:
            VOICE.say(text, level, vendor=vendor, resource=resource)

    def loaded(self, vendor: str, resource: str, window: str, rows: int) -> None:
        """A window was stored."""
        if not self.live:
            self.say(f"{vendor} {resource} {window}: {rows:,} new or changed rows", vendor=vendor, resource=resource)

    def missing(self, vendor: str, resource: str, rows: int) -> None:
        """Rows are held that the vendor no longer has."""
        said = f"{rows:,} {'row is' if rows == 1 else 'rows are'} no longer listed, and marked as missing"
        self.say(f"{vendor} {resource}: {said}", vendor=vendor, resource=resource)

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
        """A line per resource where the terminal has the height for it, else a line per vendor."""
        table = Table(box=None, pad_edge=False)
        for column in ("vendor", "resource", "rows", "requests", "budget", "waited", "left"):
            table.add_column(column, no_wrap=True, justify="left" if column in ("vendor", "resource") else "right")
        with self._lock:
            lines = sum(len(costs) for costs in self._costs.values())
            is_low = lines + ROWS_AROUND > self.console.size.height
            for vendor, costs in self._costs.items():
                # some vendors count each endpoint by itself: the fullest is the one that makes us wait
                fullest = max(self._budgets.get(vendor, []), key=lambda one: one.used / one.allowed, default=None)
                used = f"{fullest.used}/{fullest.allowed}" if fullest else ""
                shown = (
                    {f"{len(costs)} resources": list(costs.values())} if is_low else {n: [c] for n, c in costs.items()}
                )
                for name, part in shown.items():
                    rows, requests = sum(cost.rows for cost in part), sum(cost.requests for cost in part)
                    waited, left = sum(cost.waited for cost in part), sum(cost.left for cost in part)
                    table.add_row(vendor, name, f"{rows:,}", f"{requests:,}", used, f"{waited:.0f} s", f"{left:,}")
        return table
