"""Pages for people, made of the published file: `report`."""

from typing import Annotated

import typer

from pipelines.cli.running import checked_settings


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
