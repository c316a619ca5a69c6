"""Pages for people, `report`, `docs`; and whom to call: `hot`."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.look import Format
from pipelines.cli.running import checked_settings, say


def report(
    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="DOMAIN", help="Write the page of this company too; may be given again."),
    ] = None,
) -> None:
    """Write the HTML report of what is published, with a page for each of the most engaged accounts.

    It needs no network and no program but a browser. It holds what the published file holds of people.

    Example: leadpath report

    Example: leadpath report --account acme.com
    """
    from pipelines.pages.report import write_report

    page, accounts = write_report(checked_settings(), account or ())
    typer.echo(f"Wrote {page.absolute()}, and {accounts} account page{'' if accounts == 1 else 's'} beside it.")


def hot(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days back to look.")] = 7,
    output: Annotated[Format, typer.Option("--format", help="How to print the list.")] = Format.TABLE,
) -> None:
    """Whom to call: looked at key pages and did not call, calls not returned, feedback of those with an open lead.

    Example: leadpath hot --days 14
    """
    from pipelines.explain.hot import NAMES, as_row
    from pipelines.explain.hot import hot as asked
    from pipelines.show.answers import show_rows

    settings = checked_settings()
    found = [as_row(one) for one in asked(settings.data_dir / "leadpath.duckdb", settings.now, days)]
    if found or output is not Format.TABLE:
        show_rows(NAMES, found, output.value)
    else:
        span = "day" if days == 1 else f"{days} days"
        say(f"Nothing of the last {span} waits for a call. Look further back with --days.")


def docs(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="The folder to write, in place of what is there; <data dir>/docs without."
        ),
    ] = None,
) -> None:
    """Write the data dictionary: every table and column, how they refer to each other, and where they come from.

    Example: leadpath docs --output site/dictionary
    """
    from pipelines.pages.docs import write_docs

    folder = output if output else checked_settings().data_dir / "docs"
    typer.echo(f"Wrote {write_docs(folder).absolute()}.")
