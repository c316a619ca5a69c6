"""Leads into and out of SnapCRM: `push-leads`, `import-leads`."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.running import checked_settings, fail, held, refuse_lost_warehouse, say, warn_of_lists
from pipelines.cli.sync import report
from sources.errors import CALLER

if TYPE_CHECKING:
    from pipelines.settings import Settings


def push_leads(
    yes: Annotated[bool, typer.Option("--yes", help="Send them; without it nothing is sent or written.")] = False,
    no_build: Annotated[bool, typer.Option("--no-build", help="Build and publish nothing afterwards.")] = False,
) -> None:
    """Send new lead candidates to SnapCRM; without --yes show who would be sent and why the others are not.

    Example: leadpath push-leads --yes
    """
    from pipelines.leads.push import preview, push
    from pipelines.show.tables import show_candidates

    settings = checked_settings()
    if yes and (missing := settings.missing("snapcrm")):
        fail(f"Nothing was sent: {' and '.join(missing)} is not set.", CALLER)
    refuse_lost_warehouse(settings)
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command):
        if not yes:
            candidates = preview(settings)
            show_candidates(candidates)
            sendable = sum(candidate.verdict != "skip" for candidate in candidates)
            say(
                f"{sendable:,} would be sent, {len(candidates) - sendable:,} not. Nothing was sent;"
                " leadpath push-leads --yes sends them."
            )
            return
        from pipelines.runs.progress import Progress

        warned = [] if no_build else warn_of_lists(settings)
        pushed = push(settings, Progress(), command=command, with_build=not no_build)
    # those created need no second look; everybody else is on the list
    show_candidates([candidate for candidate in pushed.candidates if candidate.verdict != "created"])
    say(f"SnapCRM: {pushed.summary}.")
    _report_build(settings, pushed.outcome, warned)


def import_leads(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Leads as SnapCRM has them.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="HEADER=FIELD", help="What a column holds; HEADER= leaves it out."),
    ] = None,
    no_build: Annotated[bool, typer.Option("--no-build", help="Build and publish nothing afterwards.")] = False,
) -> None:
    """Load leads that exist in SnapCRM already, since its API cannot list them.

    Example: leadpath import-leads export.csv --map "Vorname=firstName" --map "Nachname=lastName"
    """
    from pipelines.leads.delimited import FileError
    from pipelines.leads.import_file import read_leads, store_leads

    settings = checked_settings()
    try:
        found = read_leads(file, columns or [], now=settings.now)
    except FileError as error:
        for note in error.notes:
            say(note)
        fail(f"{error} Nothing was imported.", CALLER)
    refuse_lost_warehouse(settings)
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command):
        from pipelines.runs.progress import Progress

        warned = [] if no_build else warn_of_lists(settings)
        outcome = store_leads(settings, Progress(), found, command=command, with_build=not no_build)
    for note in found.notes:
        say(note)
    say(f"{len(found.leads):,} leads in {file.name}: {outcome.rows:,} new or changed.")
    _report_build(settings, outcome, warned)


def _report_build(settings: "Settings", outcome: Any, warned: Collection[str]) -> None:
    """Say what stopped, what is left and what was published, and exit with the run's status."""
    if outcome.left:
        say(f"{outcome.left:,} are left; LEADPATH_MAX_RUN was reached. The same command goes on from there.")
    # what was stored is in the summary already
    report(settings, outcome, built=True, warned=warned)
