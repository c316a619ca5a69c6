"""A terminal or a pipe to print to, and the words of strangers made fit for either."""

from functools import partial

from rich.console import Console
from rich.table import Table

CELL = 200


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


def typed(text: str, longest: int = CELL) -> str:
    """What a stranger typed into a form, in one line that is not too long and without a word to the terminal."""
    line = printable(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def printable(text: str) -> str:
    """The text in one line, without a word to the terminal."""
    letters = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(letters.split())
