"""Status, history and lists, as tables for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from pipelines.show.terminal import console_for, table_of
from pipelines.texts.printable import typed
from pipelines.warehouse.counts import Count

if TYPE_CHECKING:  # the other commands of this file start without it
    from pipelines.leads.prospects import Candidate

SHORT_SHOWN = 5
VALUE_SHOWN = 80

VERDICTS = {"skip": "not sent", "again": "send again"}


def show_status(document: dict[str, Any], now: datetime) -> None:
    """Print what `status.json` says."""
    console = console_for()
    run = document["run"]
    console.print(f"Data in {document['data_dir']}", soft_wrap=True)
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
    console.print("Wrong:" if document["problems"] else "Nothing is wrong.")
    for problem in document["problems"]:
        console.print(f"- {problem['sentence']}", soft_wrap=True)


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
        if gone := resource.get("missing_at_vendor"):
            are = "row is" if gone == 1 else "rows are"
            console.print(f"{vendor} {name}: {gone:,} {are} kept that the vendor no longer has.", soft_wrap=True)
        if fields := resource.get("unknown_fields"):
            # the names are the vendor's words
            named = typed(", ".join(fields))
            said = Text(f"{vendor} {name}: the vendor sends fields that no column has, kept in _extra: {named}")
            console.print(said, soft_wrap=True)
        for sentence in _short(vendor, name, resource.get("short_windows", [])):
            console.print(sentence, soft_wrap=True)


def show_settings(settings: "Sequence[Mapping[str, Any]]") -> None:
    """Print each setting with its value and where that stands."""
    table = table_of("setting", "value", "from")
    for one in settings:
        # as Text, or rich would read [brackets] in a value as its own
        table.add_row(*(Text(typed(one[name] or "")) for name in ("name", "value", "from")))
    console_for().print(table)


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


def candidates_document(candidates: "Sequence[Candidate]") -> list[dict[str, Any]]:
    """The same for JSON: each lead with its verdict and reason, and what is sent of it."""
    return [
        {
            "lead_key": each.person.lead_key,
            "person": each.person.label,
            "verdict": each.verdict,
            "reason": each.reason,
            "payload": dict(each.payload),
        }
        for each in candidates
    ]


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
    return age(datetime.fromisoformat(text) if text else None, now)


def age(moment: datetime | None, now: datetime) -> str:
    """How long ago that was."""
    return f"{_duration(now - moment)} ago" if moment else ""


def _duration(length: timedelta) -> str:
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
