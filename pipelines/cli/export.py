"""`leadpath export`: the published marts, for others to read."""

from typing import Annotated

import typer

from pipelines.cli.running import checked_settings, fail, say
from sources.errors import CALLER


def export(
    url: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help="file:///FOLDER, s3://BUCKET/PATH or postgres://USER@HOST/DATABASE."),
    ] = None,
) -> None:
    """Write the published marts as Parquet into a folder or bucket, or load them into Postgres.

    Without URL it is that of LEADPATH_EXPORT_URL, which a sync exports to by itself.

    Example: leadpath export file:///srv/exports/leadpath
    """
    from pipelines.destination import EXAMPLES, destination
    from pipelines.export.export import export as run_export

    settings = checked_settings()
    try:
        to = destination(url or settings.own.export_url.get_secret_value())
    except ValueError as error:
        if url or settings.own.export_url.get_secret_value():
            fail(f"The URL cannot be used: {error}.", CALLER)
        fail(f"Say where to: give a URL, or set LEADPATH_EXPORT_URL, for example {EXAMPLES}.", CALLER)
    done = run_export(settings, to)
    say(f"Exported {sum(done.rows.values()):,} rows of {len(done.rows)} tables to {to.shown}.")
