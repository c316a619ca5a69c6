"""`leadpath report`: the pages, written beside the ones that are read and put in their place as one folder."""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.explain.explain import RULES
from pipelines.explain.published import opened
from pipelines.lists.files import read_lists
from pipelines.pages.figures import ACCOUNTS_SHOWN, PATH_WIDTH, Account, Asked, accounts_of, report_of
from pipelines.pages.words import FILTERS, day, month, whole
from pipelines.settings import Settings
from sources.errors import LeadpathError

TEMPLATES = Path(__file__).parent / "templates"
# what a folder of ours has in it
OURS = {"index.html", "accounts"}
# where a folder is written, and after how long nobody writes it any more
BESIDE = ".{}.leadpath-"
LEFT_SECONDS = 3600


class NotWritten(LeadpathError):
    """The pages could not be put in their place; those that were there are as they were."""


def environment() -> Environment:
    """The templates. What is put into them is text: markup in it is shown, not obeyed."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters |= FILTERS
    return made


def write_report(settings: Settings, accounts: Sequence[str] = ()) -> tuple[Path, int]:
    """Write the report of what is published, with pages for `accounts` too: domains, addresses or names.

    Returns the first page, and how many account pages there are. Raises Unpublished, NotThere or NotWritten.
    """
    with opened(settings.data_dir / "leadpath.duckdb") as published:
        asked = Asked(published)
        more = asked.account_keys(accounts, read_lists(settings.config_dir)) if accounts else []
        figures = report_of(asked)
        found = accounts_of(asked, figures["history"], more)
    folder = settings.data_dir / "report"
    replace_folder(folder, pages(figures, found))
    return folder / "index.html", len(found)


def pages(figures: Mapping[str, Any], accounts: Sequence[Account]) -> dict[str, str]:
    """Every page by its path in the folder."""
    templates = environment()
    shared = {"zone": figures["zone"], "path_width": PATH_WIDTH, "rules": RULES}
    first = templates.get_template("report.html").render(
        **_with_parts(figures),
        path_width=PATH_WIDTH,
        accounts=accounts,
        listed=accounts[:ACCOUNTS_SHOWN],
        others=accounts[ACCOUNTS_SHOWN:],
        notices=_notices(figures),
        week_label=lambda row: day(row["period"]),
        month_label=lambda row: month(row["period"]),
        hour_label=lambda row: f"{row['hour']:02.0f}:00",
    )
    page = templates.get_template("account.html")
    each = {f"accounts/{account.page}": page.render(account=account, **shared) for account in accounts}
    return {"index.html": first, **each}


def replace_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, for their owner alone, beside the folder and put them in its place: all of them or none.

    Raises NotWritten, also for a folder with other things in it.
    """
    folder = folder.resolve()
    new = old = None
    try:
        if other := sorted({path.name for path in folder.iterdir()} - OURS if folder.exists() else ()):
            raise NotWritten(f"{folder} holds {other[0]}, which is none of ours. Choose a new or an empty folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        new = Path(tempfile.mkdtemp(prefix=BESIDE.format(folder.name), dir=folder.parent))
        for name, text in files.items():
            file = new / name
            file.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write(text)
        if folder.exists():
            old = new.with_name(f"{new.name}-old")
            folder.rename(old)
        new.rename(folder)
    except OSError as error:
        if old and old.exists() and not folder.exists():
            old.rename(folder)
        raise NotWritten(
            f"{folder} cannot be written: {error.strerror or error}. What was there is as it was."
        ) from error
    finally:
        for made in (new, old):
            if made:
                shutil.rmtree(made, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Remove what a run left that was killed while it wrote."""
    for left in folder.parent.glob(BESIDE.format(folder.name) + "*"):
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _with_parts(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures, with what the stacked columns show above their first part."""
    weeks = [{**row, "other_calls": row["calls"] - row["answered_calls"]} for row in figures["weeks"]]
    hours = [{**row, "other": row["calls"] - row["answered"]} for row in figures["hours"]]
    complete = {row["period"]: row["is_complete"] for row in figures["months"]}
    channels = [
        {**channel, "months": [_stacked(row, complete[row["period"]]) for row in channel["months"]]}
        for channel in figures["channels"]
    ]
    return {**figures, "weeks": weeks, "hours": hours, "channels": channels}


def _stacked(row: Mapping[str, Any], is_complete: bool) -> dict[str, Any]:
    only_called = row["called_only"]
    only_visited = row["visited"] - row["asked"] - only_called
    return {**row, "only_called": only_called, "only_visited": only_visited, "is_complete": is_complete}


def _notices(figures: Mapping[str, Any]) -> list[str]:
    """What a reader should know before the figures."""
    notices = []
    months = [month(row["period"]) for row in figures["months"] if not row["is_complete"]]
    if months:
        listed = " and ".join([", ".join(months[:-1]), months[-1]] if len(months) > 1 else months)
        notices.append(
            f"{listed} {'is' if len(months) == 1 else 'are'} not complete: some days are not loaded or not over."
        )
    publication = figures["publication"]
    if publication.get("status") not in (None, "ok"):
        notices.append("The run behind this page did not read everything; leadpath status says what is missing.")
    if missing := sum(row["missing"] for row in figures["freshness"]):
        notices.append(f"{whole(missing)} rows that vendors count have not come yet.")
    if aside := publication.get("kept_aside"):
        notices.append(f"{whole(aside)} values or rows did not fit and are kept aside; leadpath quarantine shows them.")
    return notices
