"""Leads into and out of SnapCRM: `push-leads`, `import-leads`."""

import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.running import AsJson, checked_settings, fail, held, refuse_lost_warehouse, say, warn_of_lists
from pipelines.cli.sync import report
from sources.errors import CALLER

if TYPE_CHECKING:
    from pipelines.settings import Settings

NoBuild = Annotated[bool, typer.Option("--no-build", help="Build and publish nothing afterwards.")]


def push_leads(
    yes: Annotated[bool, typer.Option("--yes", help="Send them; without it nothing is sent or written.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help="Send at most so many.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="LEAD", help="This one, by address or key; may be repeated.")
    ] = None,
    settle: Annotated[
        tuple[str, str] | None,
        typer.Option("--settle", metavar="LEAD created|other", help="Of a conflict: who is the lead in SnapCRM?"),
    ] = None,
    as_json: AsJson = False,
    no_build: NoBuild = False,
) -> None:
    """Send new lead candidates to SnapCRM; without --yes show who would be sent and why the others are not.

    Example: leadpath push-leads --yes --limit 10

    Example: leadpath push-leads --settle jane@acme.com created
    """
    from pipelines.leads.choice import Choice
    from pipelines.leads.push import preview, push
    from pipelines.show.tables import candidates_document, show_candidates

    settings = checked_settings()
    if settle:
        _settle(settings, *settle, with_build=not no_build)
        return
    choice = Choice(limit, tuple(only or ()))
    if yes and (missing := settings.missing("snapcrm")):
        fail(f"Nothing was sent: {' and '.join(missing)} is not set.", CALLER)
    refuse_lost_warehouse(settings)
    # whom it is about is not noted of a run
    words = [next(("--only" for one in choice.only if one in word), word) for word in sys.argv[1:]]
    command = " ".join(["leadpath", *dict.fromkeys(words)])
    with held(settings, command):
        if not yes:
            candidates = preview(settings, choice)
            if as_json:
                typer.echo(json.dumps(candidates_document(candidates), ensure_ascii=False))
            else:
                show_candidates(candidates)
            sendable = sum(candidate.verdict != "skip" for candidate in candidates)
            say(
                f"{sendable:,} would be sent, {len(candidates) - sendable:,} not. Nothing was sent;"
                " leadpath push-leads --yes sends them."
            )
            return
        from pipelines.runs.progress import Progress

        if choice.only:
            preview(settings, choice)
        warned = [] if no_build else warn_of_lists(settings)
        pushed = push(settings, Progress(), choice, command=command, with_build=not no_build)
    if as_json:
        typer.echo(json.dumps(candidates_document(pushed.candidates), ensure_ascii=False))
    else:
        # those created need no second look; everybody else is on the list
        show_candidates([candidate for candidate in pushed.candidates if candidate.verdict != "created"])
    say(f"SnapCRM: {pushed.summary}.")
    _report_build(settings, pushed.outcome, warned)


def _settle(settings: "Settings", lead: str, what: str, *, with_build: bool) -> None:
    from pipelines.leads.choice import SETTLED, settle

    if what not in SETTLED:
        fail(f"--settle: {what!r} is no answer; write --settle {lead} {' or '.join(SETTLED)}.", CALLER)
    refuse_lost_warehouse(settings)
    command = f"leadpath push-leads --settle {what}"
    with held(settings, command):
        from pipelines.runs.progress import Progress

        warned = warn_of_lists(settings) if with_build else []
        outcome = settle(settings, Progress(), lead, what, command=command, with_build=with_build)
    if outcome.rows:
        now = "is in SnapCRM" if what == "created" else "is sent again by the next push"
        say(f"Settled: {lead} {now}.")
    _report_build(settings, outcome, warned)


def import_leads(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Leads as SnapCRM has them.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="HEADER=FIELD", help="What a column holds; HEADER= leaves it out."),
    ] = None,
    no_build: NoBuild = False,
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
