"""What every command needs: settings, the warehouse held, sentences and exit statuses."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pipelines.voice import ERROR, VOICE
from sources.errors import CALLER, DONE, STOPPED

if TYPE_CHECKING:
    from pipelines.settings import Settings


class WhenRunning(StrEnum):
    """What to do when another process holds the warehouse."""

    FAIL = "fail"
    SKIP = "skip"


Vendors = Annotated[list[str] | None, typer.Argument(metavar="[VENDOR...]", help="Only these vendors.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")]


# a line for people, on standard error, so that standard output holds results alone
say = VOICE.say


def fail(sentence: str, status: int) -> NoReturn:
    """End with a sentence and an exit status."""
    say(sentence, ERROR)
    raise typer.Exit(status)


def checked_settings() -> "Settings":
    """The settings. Names that nothing is called are warned of."""
    from pipelines.settings import load
    from pipelines.unread import unread_names

    settings = load()
    VOICE.as_json, VOICE.tenant = settings.own.log == "json", settings.tenant
    for sentence in unread_names(settings):
        say(f"Warning: {sentence}")
    return settings


def refuse_lost_warehouse(settings: "Settings", *, is_new: bool = False) -> None:
    """Exit 1 when the raw file is gone although something was synced: with it goes what vendors no longer have."""
    raw = settings.data_dir / "internal" / "raw.duckdb"
    left = [settings.data_dir / name for name in ("leadpath.duckdb", "status.json")]
    if is_new or raw.exists() or not any(file.exists() for file in left):
        return
    shows = next(file for file in left if file.exists())
    fail(
        f"{raw} is gone, but {shows} shows that it was there. It alone holds what vendors no longer have, and who was"
        " sent to SnapCRM. Restore it from a backup, or begin again with leadpath"
        " sync --new-warehouse.",
        STOPPED,
    )


def warn_of_lists(settings: "Settings", *, builds_at_once: bool = False) -> list[str]:
    """Say what is wrong with the user's lists before work begins, and return it. The caller holds the warehouse.

    A wrong line stops a build, which says so itself where nothing comes before it.
    """
    from pipelines.build.idle_overrides import before_work
    from pipelines.lists.files import ListError

    try:
        sentences = before_work(settings)
    except ListError as error:
        sentences = [] if builds_at_once else [f"{error} The build will stop there; what is loaded is kept."]
    for sentence in sentences:
        say(f"Warning: {sentence}")
    return sentences


@contextmanager
def held(
    settings: "Settings", command: str, when_running: WhenRunning = WhenRunning.FAIL, *, is_new: bool = False
) -> Iterator[None]:
    """Hold the warehouse, here and among the hosts of a catalogue, or exit at once.

    A tenant whose raw file is on another host is not worked on here, unless the warehouse `is_new`.
    """
    from pipelines.runs.catalog import held_among_hosts
    from pipelines.runs.lock import Held, exclusive
    from pipelines.warehouse.files import Warehouse

    try:
        with exclusive(Warehouse(settings.data_dir).lock_file, command), held_among_hosts(settings, is_new=is_new):
            yield
    except Held as error:
        if when_running is WhenRunning.SKIP:
            say(f"Skipped: {error}")
            raise typer.Exit(DONE) from None
        hint = ", or use --if-running skip" if "sync" in command.split() else ""
        fail(f"Not started: {error}{hint}.", STOPPED)


def chosen(settings: "Settings", names: list[str] | None, among: Collection[str] | None = None) -> list[str]:
    """The vendors to work on: those named, else all whose secret is set. Exits 2 when that is none.

    They are taken from `among`: those that can be read, when not given.
    """
    from pipelines.vendors import BY_NAME, READABLE

    among = READABLE if among is None else among
    for name in names or ():
        if name not in BY_NAME:
            fail(f"There is no vendor {name!r}; there are {', '.join(BY_NAME)}.", CALLER)
        if missing := settings.missing(name):
            fail(f"{name} was asked for, but {' and '.join(missing)} is not set.", CALLER)
    for name in names or ():
        if name not in among:
            say(f"{name} cannot be read: its API only creates leads. See `leadpath push-leads` and `import-leads`.")
    if names:
        return [name for name in dict.fromkeys(names) if name in among]
    found = []
    for name in BY_NAME:
        if settings.has(name):
            found.append(name)
        elif name in among:
            say(f"{name} is skipped: {' and '.join(settings.missing(name))} is not set.", vendor=name)
    if not [name for name in found if name in among]:
        fail(
            "No vendor is configured. Set the secret of at least one, for example SNITCHER_API_TOKEN, in the"
            " environment or in .dlt/secrets.toml; or try `leadpath demo`.",
            CALLER,
        )
    return [name for name in found if name in among]


def check_resources(settings: "Settings") -> None:
    """Exit 2 when a `<VENDOR>_RESOURCES` setting names something that the vendor does not have."""
    from pipelines.vendors import READABLE

    for vendor in READABLE.values():
        known = [resource.name for resource in vendor.resources]
        for name in settings.resources(vendor.name) or ():
            if name not in known:
                setting = f"{vendor.name.upper()}_RESOURCES"
                fail(f"{setting}: there is no {name!r}; write for example {','.join(known[:2])}.", CALLER)
