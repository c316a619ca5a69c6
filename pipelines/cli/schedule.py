"""`leadpath schedule`: prints a schedule for this installation, as its scheduler wants it."""

import getpass
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.called import from_anywhere
from pipelines.cli.running import checked_settings, say

if TYPE_CHECKING:
    from pipelines.settings import Settings


class Kind(StrEnum):
    """What runs it."""

    SYSTEMD = "systemd"
    CRON = "cron"
    GITHUB = "github"
    DAGSTER = "dagster"


# the folders are always named; a moment that stands still is for tests
NOT_CARRIED = {"LEADPATH_DATA_DIR", "LEADPATH_CONFIG_DIR", "LEADPATH_NOW"}


def schedule(
    kind: Annotated[Kind, typer.Argument(help="What is to run it.")],
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="How often, such as 15m, 1h, 6h or 1d.")] = "1h",
) -> None:
    """Print a schedule that syncs this installation: a unit, a crontab line, a workflow or Dagster definitions.

    Example: leadpath schedule systemd --every 30m
    """
    from pipelines.schedules import KINDS, Every, Installation
    from pipelines.settings import ENVIRONMENT, SETTINGS, stated

    interval = Every.read(every)
    settings = checked_settings()
    here = {name: value for name, (value, origin) in stated().items() if origin == ENVIRONMENT}
    secrets = [setting.variable for setting in SETTINGS if setting.secret]
    carried = {
        name: value
        for name, value in here.items()
        # an address may hold a password
        if name not in NOT_CARRIED and name not in secrets and "@" not in value
    }
    folders = {"LEADPATH_DATA_DIR": settings.root}
    if settings.config_dir.is_dir():
        folders["LEADPATH_CONFIG_DIR"] = settings.config_dir
    place = Installation(
        program=from_anywhere(),
        folder=Path.cwd(),
        user=_user(),
        writable=_writable(settings),
        environment={**{name: str(path.absolute()) for name, path in folders.items()}, **carried},
        secrets=[name for name in secrets if name in stated()],
        max_minutes=int(settings.own.max_run.total_seconds() // 60),
        has_alerts=bool(settings.own.alert_webhook.get_secret_value()),
    )
    typer.echo(KINDS[kind](place, interval), nl=False)
    for name in here:
        if name not in carried and name not in NOT_CARRIED and kind is not Kind.GITHUB:
            say(
                f"Warning: {name} stands in this environment alone, which no schedule sees:"
                f" leadpath init --yes --set {name} writes it to where it is read."
            )
    for folder in place.writable:
        if not folder.is_dir():
            say(f"Warning: {folder} is not there yet; run leadpath sync once by hand first.")


def _writable(settings: "Settings") -> list[Path]:
    """The folders that a run writes into."""
    from pipelines.destination import FILE, destination

    # what tenants share stands in the root
    folders = [settings.root]
    if url := settings.own.export_url.get_secret_value():
        exported = destination(url)
        folders += [exported.folder] if exported.kind == FILE else []
    if settings.own.scratch:
        folders.append(settings.own.scratch.parent)
    return list(dict.fromkeys(folder.absolute() for folder in folders))


def _user() -> str:
    """Who runs this; a number where the system has no name for it, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
