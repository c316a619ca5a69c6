"""All tenants, as one table for people."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from pipelines.fleet.status import State
from pipelines.show.tables import age
from pipelines.show.terminal import console_for, table_of
from pipelines.texts.printable import typed


def show_fleet(states: Sequence[State], now: datetime) -> None:
    """Print how each tenant is, and below what is wrong with which."""
    console = console_for()
    table = table_of("tenant", "state", "last success", "newest row", "left", "wrong", "last error")
    for one in states:
        state = f"on {one.host}" if one.state == "elsewhere" else one.state
        cells = (one.tenant, state, age(one.last_success, now), age(one.newest, now), f"{one.left:,}")
        # as Text, or rich would read [brackets] in a value as its own
        table.add_row(*(Text(typed(cell)) for cell in (*cells, str(len(one.wrong) or ""), one.error or "")))
    console.print(table)
    wrong = [(one.tenant, sentence) for one in states for sentence in one.wrong]
    console.print("Wrong:" if wrong else "Nothing is wrong.")
    for tenant, sentence in wrong:
        console.print(f"- {tenant}: {typed(sentence)}", soft_wrap=True)
