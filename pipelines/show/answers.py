"""What a query gave: a table, CSV or JSON."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from pipelines.explain.query import ask
from pipelines.show.terminal import console_for, table_of
from pipelines.texts.printable import printable

# of a pipe, which has none; and the blanks between two columns
WIDTH, GAP = 80, 2


def show_query(file: Path, sql: str, output: str, *, allow_files: bool = False) -> None:
    """Run one query on the published file. Raises QueryFailed."""
    answer = ask(file, sql, exact=output == "json", allow_files=allow_files)
    if answer.is_plan and output == "table":
        _print_plan(answer.rows)
    else:
        show_rows(answer.names, answer.rows, output)


def show_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], output: str) -> None:
    """Print rows as a table, CSV or JSON. In tables and CSV values are texts, or None."""
    if output == "csv":
        sys.stdout.writelines(_csv_line(line) for line in (names, *rows))
    elif output == "json":
        # an object holds each name once
        unique = [name if name not in names[:n] else f"{name}_{n + 1}" for n, name in enumerate(names)]
        records = [dict(zip(unique, row, strict=True)) for row in rows]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        _print_rows(names, rows)


def _csv_line(cells: Sequence[str | None]) -> str:
    """A line of CSV as DuckDB writes it, in which an empty text is not what is unknown."""
    return ",".join("" if cell is None else _csv_cell(cell) for cell in cells) + "\n"


def _csv_cell(text: str) -> str:
    plain = text and text == text.strip() and not any(letter in text for letter in ',"\r\n')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _print_plan(rows: Sequence[Sequence[Any]]) -> None:
    """What `explain` says: drawn in lines, which stay as they are."""
    console = console_for()
    for _, plan in rows:
        for line in str(plan).rstrip().split("\n"):
            text = "".join(letter if letter.isprintable() else " " for letter in line)
            console.print(Text(text), soft_wrap=True)


def _print_rows(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    """A line per row where that fits, else a line per value."""
    cells = [["" if value is None else printable(value) for value in row] for row in rows]
    widths = [max([cell_len(name), *(cell_len(row[n]) for row in cells)]) for n, name in enumerate(names)]
    console = console_for(WIDTH)
    if sum(widths) + GAP * (len(names) - 1) <= console.width:
        table = table_of(*names)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    else:
        longest = max(cell_len(name) for name in names)
        for number, row in enumerate(cells, 1):
            console.print(f"-- row {number}")
            for name, cell in zip(names, row, strict=True):
                console.print(Text(f"{name}{' ' * (longest - cell_len(name))}  {cell}"), soft_wrap=True)
    console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
