"""One message to LEADPATH_ALERT_WEBHOOK when something is wrong, and one when all is well again.

What was told is kept in `internal/alerts.json`, so that no state is told twice. It is written before a message leaves,
marked as on its way, and again after the answer: a process that is killed in between leaves a message that may have
arrived, and that is not repeated. A message that was refused is not told, and the next run tries again.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from pipelines.runs.wrong import Problem
from pipelines.voice import VOICE
from pipelines.warehouse.counts import Count

# seconds for a connection, and between two bytes: a run does not hang on its alert
PATIENCE = 10
LINES = 20
NAME = "alerts.json"


def tell(folder: Path, url: str, place: Path, problems: Iterable[Problem], aside: Iterable[Count]) -> None:
    """Tell what is new among `problems` and `aside` (what is kept in quarantine), or that all is well again.

    `folder` holds what was told, `place` is the data directory that the message names. Never raises: an alert that
    cannot be sent is said, and is no fault of the run.
    """
    file = folder / NAME
    told = _read(file)
    now = {problem.key: problem for problem in problems}
    counts: dict[str, int] = {}
    for count in aside:
        name = f"raw_{count.vendor}.{count.table}"
        counts[name] = counts.get(name, 0) + count.count
    grown = {name: n for name, n in counts.items() if n > told["aside"].get(name, 0)}
    new = [key for key in now if key not in told["problems"]]
    over = bool(told["problems"]) and not now
    after = {"problems": sorted(now), "aside": counts}
    if not (new or grown or over):
        _keep(file, told, after)
        return
    lines = [now[key].sentence for key in [*new, *(key for key in now if key not in new)]] if new else []
    lines += [_grown(name, n, told["aside"].get(name, 0)) for name, n in sorted(grown.items())]
    head = "all is well again." if over else "something is wrong." if new else "more values do not fit."
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"and {len(lines) - LINES} more; leadpath status shows all."]
    text = "\n".join([f"Leadpath in {_named(place)}: {head}", *(f"• {line}" for line in lines)])
    _keep(file, told, after)
    if not _send(url, text):
        _keep(file, after, told)


def _grown(name: str, count: int, before: int) -> str:
    return f"{count - before:,} more values or rows of {name} are kept aside; leadpath quarantine shows them."


def _named(place: Path) -> str:
    """The folder, without the name of the person whose home it is in; as Slack wants text."""
    place = place.absolute()
    home = Path.home()
    text = f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _read(file: Path) -> dict[str, Any]:
    """What was told; nothing where the file is missing, or is none of ours: it can be made again."""
    try:
        held = json.loads(file.read_text("utf-8"))
        return {
            "problems": [str(key) for key in held["problems"]],
            "aside": {str(name): int(count) for name, count in held["aside"].items()},
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {"problems": [], "aside": {}}


def _keep(file: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    if before == after:
        return
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(after, indent=1) + "\n", "utf-8")
        temporary.replace(file)
    except OSError as error:
        VOICE.say(f"Warning: {file} cannot be written: {error.strerror}. What was told may be told again.")


def _send(url: str, text: str) -> bool:
    """Whether the webhook took it. Nothing of an error's own words is said: the address is in them."""
    try:
        # its status says all: the body is not waited for
        with requests.post(url, json={"text": text}, timeout=PATIENCE, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except (requests.RequestException, ValueError):
        why = "it gave no answer"
    else:
        if 200 <= status < 300:
            return True
        why = f"it answered {status}"
    VOICE.say(f"Warning: LEADPATH_ALERT_WEBHOOK: the alert was not sent, {why}. The next run tries again.")
    return False
