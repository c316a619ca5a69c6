"""What would be erased, as a table for people."""

from collections.abc import Mapping

from pipelines.show.terminal import console_for, table_of


def show_erasure(counts: Mapping[str, tuple[int, int]]) -> None:
    """Print how many rows of each raw table would go, and how many would lose values."""
    table = table_of("table", "rows erased", "rows emptied of them")
    for relation, (gone, changed) in sorted(counts.items()):
        table.add_row(relation, f"{gone:,}", f"{changed:,}")
    if counts:
        console_for().print(table)
