"""Status, history and query results, for people and for programs."""

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from pipelines.status import Count
from pipelines.terminal import console_for, printable, table_of, typed

if TYPE_CHECKING:  # the other commands of this file start without it
    from pipelines.candidates import Candidate

CALLER, STOPPED = 2, 1
SHORT_SHOWN = 5
VALUE_SHOWN = 80
# of a pipe, which has none; and the blanks between two columns
WIDTH, GAP = 80, 2

VERDICTS = {"skip": "not sent", "again": "send again"}


class QueryFailed(Exception):
    """A query could not be run; `status` is the exit status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def show_status(document: dict[str, Any], now: datetime) -> None:
    """Print what `status.json` says."""
    console = console_for()
    run = document["run"]
    console.print(f"{run['command']}: {document['state']}, since {_time(run['started_at'])} UTC")
    table = table_of("vendor", "resource", "rows", "newest row", "last success", "requests", "left", "state")
    for vendor, part in document["vendors"].items():
        if not part["configured"] and not any(r["rows"] for r in part["resources"].values()):
            continue
        for name, resource in part["resources"].items():
            table.add_row(
                vendor,
                name,
                f"{resource['rows']:,}",
                _age(resource["newest"], now),
                _age(resource["last_success"], now),
                str(resource["requests_this_run"]),
                str(resource["left"]),
                _state(resource),
            )
    console.print(table)
    for vendor, part in document["vendors"].items():
        _show_vendor(console, vendor, part)
    for count in document.get("quarantine", []):
        console.print(Count(**count).sentence, soft_wrap=True)
    if run["error"]:
        console.print(f"The run says: {run['error']}", soft_wrap=True)
    publication = document["publication"]
    if publication:
        tests = publication["tests_passed"]
        console.print(f"Published {_time(publication['published_at'])} UTC, {tests} tests passed.")
    else:
        console.print("Nothing was published yet.")


def _show_vendor(console: Console, vendor: str, part: dict[str, Any]) -> None:
    """Budget, leads sent, what stopped and what is missing."""
    if part["budgets"]:
        # some vendors count each endpoint by itself: the fullest is the one that makes us wait
        fullest = max(part["budgets"], key=lambda budget: budget["used"] / budget["allowed"])
        which = " of the busiest endpoint" if len(part["budgets"]) > 1 else ""
        used = f"{fullest['used']} of {fullest['allowed']} requests used{which}"
        console.print(f"{vendor}: {used} ({fullest['limit']})")
    if part.get("pushes"):
        states = ", ".join(f"{count:,} {state}" for state, count in part["pushes"].items())
        console.print(f"{vendor}: leads sent: {states}")
    for sentence in part["errors"]:
        console.print(sentence, soft_wrap=True)
    for name, resource in part["resources"].items():
        for sentence in _short(vendor, name, resource.get("short_windows", [])):
            console.print(sentence, soft_wrap=True)


def show_runs(document: dict[str, Any], now: datetime) -> None:
    """Print the history of runs."""
    table = table_of("started (UTC)", "took", "status", "command", "error")
    for run in document["runs"]:
        took = ""
        if run["ended_at"]:
            seconds = datetime.fromisoformat(run["ended_at"]) - datetime.fromisoformat(run["started_at"])
            took = _duration(seconds)
        table.add_row(_time(run["started_at"]), took, run["status"], run["command"], run["error"] or "")
    console_for().print(table)


def show_query(file: Path, sql: str, output: str) -> None:
    """Run one query on the published file. Raises QueryFailed."""
    if not file.exists():
        raise QueryFailed(f"{file} does not exist yet. Run `leadpath sync` or `leadpath demo` first.", STOPPED)
    try:
        con = duckdb.connect(str(file), read_only=True)
    except duckdb.Error as error:
        raise QueryFailed(f"{file} cannot be read: {_first_line(error)}", STOPPED) from error
    try:
        con.execute("set timezone = 'UTC'")
        statements = con.extract_statements(sql)
        if len(statements) != 1:
            what = (
                f"there are {len(statements)} statements in it; run them"
                if statements
                else "there is no query in it; give"
            )
            raise QueryFailed(f"The query failed: {what} one at a time.", CALLER)
        result = con.execute(statements[0])
        names = [column[0] for column in result.description or ()]
        rows = result.fetchall()
    except duckdb.Error as error:
        raise QueryFailed(f"The query failed: {_words(error)}", CALLER) from error
    finally:
        con.close()
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *([_plain(value) for value in row] for row in rows)])
    elif output == "json":
        # an object holds each name once
        unique = [name if name not in names[:n] else f"{name}_{n + 1}" for n, name in enumerate(names)]
        records = [dict(zip(unique, (_as_json(value) for value in row), strict=True)) for row in rows]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        _print_rows(names, rows)


def _as_json(value: Any) -> Any:
    """A value as JSON has it; null for what it cannot say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _as_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def show_candidates(candidates: "Sequence[Candidate]") -> None:
    """Print who is sent to SnapCRM, what became of them, and why others are not."""
    rows = [
        [typed(text) for text in (each.person.label, VERDICTS.get(each.verdict, each.verdict), each.reason)]
        for each in candidates
    ]
    table = table_of("person", "verdict", "reason")
    for row in rows:
        # as Text, or rich would read [brackets] in a name as its own
        table.add_row(*(Text(cell) for cell in row))
    if rows:
        console_for(max(sum(len(cell) + 20 for cell in row) for row in rows)).print(table)


def _print_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A line per row where that fits, else a line per value."""
    cells = [["" if value is None else printable(str(_plain(value))) for value in row] for row in rows]
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


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]


def _words(error: duckdb.Error) -> str:
    """What DuckDB says, its hint of the right name included, without the picture of the line."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))]
    return " ".join([lines[0], *hints])


def _short(vendor: str, name: str, windows: list[dict[str, Any]]) -> list[str]:
    """Which windows lack how many rows, the newest few."""
    said = [
        f"{vendor} {name} {one['window_start'][:10]}..{one['window_end'][:10]}"
        f"{' of ' + one['scope'] if one['scope'] else ''}: {one['missing']:,} rows are missing"
        f" (last asked {_time(one['tried_at'])} UTC)."
        for one in windows[:SHORT_SHOWN]
    ]
    more = len(windows) - SHORT_SHOWN
    return [*said, f"{vendor} {name}: {more:,} more windows lack rows."] if more > 0 else said


def show_quarantine(held: "Sequence[Mapping[str, Any]]") -> None:
    """Print what is kept aside, and why."""
    table = table_of("table", "row", "column", "value", "reason")
    for one in held:
        place = f"raw_{one['vendor']}.{one['table_name']}"
        value = typed(one["value"])
        shown = value if len(value) <= VALUE_SHOWN else value[: VALUE_SHOWN - 1] + "…"
        cells = (place, typed(one["row_key"]), one["column_name"] or "(whole row)", shown, one["reason"])
        # as Text, or rich would read [brackets] in a value as its own
        table.add_row(*(Text(cell) for cell in cells))
    console_for(200).print(table)


def _state(resource: dict[str, Any]) -> str:
    if short := resource.get("short_windows"):
        return f"{sum(one['missing'] for one in short):,} rows missing"
    if resource["error"]:
        return "failed"
    if resource["incomplete_windows"]:
        return f"{resource['incomplete_windows']} windows incomplete"
    if resource["left"]:
        return "working"
    return "complete" if resource["last_success"] else "not read yet"


def _time(text: str | None) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def _age(text: str | None, now: datetime) -> str:
    return f"{_duration(now - datetime.fromisoformat(text))} ago" if text else ""


def _duration(length: timedelta) -> str:
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
