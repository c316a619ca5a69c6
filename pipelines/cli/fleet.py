"""All tenants at once: `fleet sync`, `fleet status`, `fleet export`."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.everywhere import Command
from pipelines.cli.running import AsJson, checked_settings, fail, say
from pipelines.voice import ERROR, VOICE
from sources.errors import CALLER, STOPPED

if TYPE_CHECKING:
    from pipelines.settings import Settings

HELP = """All tenants of tenants/: sync them, see how they are, export them into one lake.

Example: leadpath fleet sync --jobs 4
"""

fleet = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=HELP)

InShard = Annotated[
    str | None,
    typer.Option("--shard", metavar="2/8", help="Only the second of eight parts of the tenants: this host's."),
]


def _chosen(shard: str | None) -> tuple["Settings", list[str]]:
    """The settings without a tenant, and the tenants of this host. Exits 2 where there is none."""
    from pipelines.fleet.shard import Shard
    from pipelines.tenants import misnamed, names

    settings = checked_settings()
    if settings.tenant:
        fail("A fleet is all tenants: leave --tenant and LEADPATH_TENANT out.", CALLER)
    part = Shard.parse(shard or "1/1")
    for sentence in misnamed():
        say(f"Warning: {sentence}")
    if not (found := names()):
        fail("There is no tenant yet: write tenants/NAME.toml, or leadpath --tenant NAME init.", CALLER)
    return settings, part.of_these(found)


@fleet.command(cls=Command)
def sync(
    jobs: Annotated[
        int | None, typer.Option(min=1, max=64, help="So many tenants side by side; as many as there are processors.")
    ] = None,
    shard: InShard = None,
    no_build: Annotated[bool, typer.Option("--no-build", help="Load only; build and publish nothing.")] = False,
) -> None:
    """Sync every tenant that is due on this host, longest since its last success first, each in its own process.

    One that fails stops no other. Exit status 1 when any failed.

    Example: leadpath fleet sync --jobs 4 --shard 2/8
    """
    from pipelines.fleet.sync import Fleet

    settings, names = _chosen(shard)
    options = [
        *(["--no-build"] if no_build else []),
        *(["--quiet"] if VOICE.quiet else []),
        *(["--verbose"] if VOICE.verbose else []),
    ]
    command = ["-m", f"{__package__}.of_fleet", "sync", "--if-running", "skip", *options]
    outcome = Fleet(settings, names, jobs or os.cpu_count() or 1, command, _relay).run()
    counts = ", ".join(
        f"{len(part)} {word}"
        for part, word in ((outcome.synced, "synced"), (outcome.passed, "passed by"), (outcome.failed, "failed"))
        if part
    )
    say(f"Of {len(names)} tenants: {counts or 'nothing to do'}.")
    if outcome.failed:
        fail(f"Failed: {', '.join(sorted(outcome.failed))}. leadpath fleet status says why.", STOPPED)


def _relay(tenant: str, line: str) -> None:
    """What the process of a tenant says: an object says itself whose it is."""
    if VOICE.as_json and line.startswith("{"):
        sys.stderr.write(line + "\n")
    elif line.strip():
        # it was said already, so it is not weighed again
        sys.stderr.write(f"{tenant}: {line}\n")
    sys.stderr.flush()


@fleet.command(cls=Command)
def status(as_json: AsJson = False, shard: InShard = None) -> None:
    """One table of all tenants: state, last success, newest row, work left, last error.

    Exit status 1 when something is wrong with one.

    Example: leadpath fleet status --json
    """
    from pipelines.fleet.status import states

    settings, names = _chosen(shard)
    found = states(settings, names, os.environ)
    if as_json:
        documents = [one.document for one in found]
        typer.echo(json.dumps({"tenants": documents}, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    elif VOICE.quiet:
        for one in found:
            for sentence in one.wrong:
                say(f"{one.tenant}: {sentence}", ERROR)
    else:
        from pipelines.show.fleet import show_fleet

        show_fleet(found, settings.now)
    if any(one.wrong for one in found):
        raise typer.Exit(STOPPED)


@fleet.command(cls=Command)
def export(
    lake: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help="The lake, file:///FOLDER or s3://BUCKET/PATH; LEADPATH_EXPORT_URL, or lake in the data directory.",
        ),
    ] = None,
    shard: InShard = None,
) -> None:
    """Write what each tenant published as Parquet below URL/tenant=NAME, and then a manifest of all.

    Tenants that published nothing since are not written again.

    Example: leadpath fleet export file:///srv/lake
    """
    from pipelines.destination import destination
    from pipelines.fleet.lake import export_all
    from pipelines.runs.lock import Held

    settings, names = _chosen(shard)
    url = lake or settings.own.export_url.get_secret_value() or (settings.root / "lake").absolute().as_uri()
    try:
        to = destination(url)
        to.inside("lake")
    except ValueError:
        fail("The lake must be a folder or a bucket; write for example file:///srv/lake.", CALLER)
    try:
        exported, failed = export_all(settings, names, to, os.environ)
    except Held as error:
        fail(f"Not started: {error}.", STOPPED)
    for name, rows in exported.items():
        say(f"{name}: {rows:,} rows.")
    say(f"{to.shown}/manifest.json: {len(exported)} of {len(names)} tenants are new in it.")
    for name, sentence in failed.items():
        say(f"{name}: {sentence}", ERROR)
    if failed:
        raise typer.Exit(STOPPED)
