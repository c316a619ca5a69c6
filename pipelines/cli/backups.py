"""What cannot be read again: `backup` writes it into one file, `restore` puts it back."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.running import checked_settings, held, say


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Copy what cannot be read again into one file, also while a sync runs: raw, its records, your lists; no secret.

    Example: leadpath backup /backups/leadpath-monday.duckdb --force
    """
    from pipelines.backups.backup import write_backup

    made = write_backup(checked_settings(), file, force=force)
    lists = f", {made.lists} list{'' if made.lists == 1 else 's'} of yours" if made.lists else ""
    say(
        f"Wrote {made.file.absolute()}: {made.size / 1e6:,.1f} MB, {made.rows:,} rows in {made.tables} tables{lists}."
        " It was read to its end. Settings and secrets are not in it."
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `leadpath backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Put it in the place of a warehouse that is there.")] = False,
) -> None:
    """Put the raw file of a backup in its place; what is there is kept aside. `leadpath build` publishes it.

    Example: leadpath restore /backups/leadpath-monday.duckdb
    """
    settings = checked_settings()
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command):
        from pipelines.backups.restore import restore as put_back
        from pipelines.runs.progress import Progress

        restored = put_back(settings, file, Progress(), command=command, over=yes)
    say(f"Restored {restored.rows:,} rows, as of {restored.made_at}. leadpath build publishes them.")
    if restored.aside:
        say(f"What was there is in {restored.aside}; remove it when you are sure.")
    for note in restored.notes:
        say(f"Warning: {note}")
