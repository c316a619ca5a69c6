"""A terminal or a pipe to print to."""

from functools import partial

from rich.console import Console
from rich.table import Table


def console_for(width: int = 160) -> Console:
    """The terminal, or a pipe: that has no width of its own, so nothing is cut or folded."""
    # what stands in brackets or between colons is data
    plain = partial(Console, highlight=False, markup=False, emoji=False)
    console = plain()
    return console if console.is_terminal else plain(width=width)


def table_of(*names: str) -> Table:
    """A table without lines, with these columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table
