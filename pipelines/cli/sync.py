"""Reading the vendors and building what is published: `sync`, `build`, `demo`."""

import sys
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.running import (
    Vendors,
    WhenRunning,
    check_resources,
    checked_settings,
    chosen,
    fail,
    held,
    refuse_lost_warehouse,
    say,
    warn_of_lists,
)
from pipelines.voice import ERROR, VOICE, WARNING
from sources.errors import CALLER, STOPPED

if TYPE_CHECKING:
    from pipelines.settings import Settings


def sync(
    vendors: Vendors = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Re-read from this UTC day on.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Re-read up to and with this day.")] = None,
    no_build: Annotated[bool, typer.Option("--no-build", help="Load only; build and publish nothing.")] = False,
    full_refresh: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR.RESOURCE", help="Read all of it again and merge; deletes nothing."),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR", help="Read everything it still has, to find what it has deleted."),
    ] = None,
    if_running: Annotated[WhenRunning, typer.Option(help="When another run holds the warehouse.")] = WhenRunning.FAIL,
    new_warehouse: Annotated[
        bool, typer.Option("--new-warehouse", help="Begin again although the raw file of earlier runs is gone.")
    ] = False,
) -> None:
    """Load what is new or changed, build the models, test them, publish.

    Example: leadpath sync snitcher --from 2026-08-01 --to 2026-08-07
    """
    settings = checked_settings()
    check_resources(settings)
    orders = _orders(settings, first, last, full_refresh or [], vendors)
    names = chosen(settings, vendors)
    _sweep(orders, sweep or [], names, days=first is not None)
    refuse_lost_warehouse(settings, is_new=new_warehouse)
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command, if_running, is_new=new_warehouse):
        from pipelines.runs.progress import Progress
        from pipelines.sync.sync import sync as run_sync

        progress = Progress()
        warned = warn_of_lists(settings)
        outcome = run_sync(settings, names, orders, progress, command=command, with_build=not no_build)
    report(settings, outcome, built=not no_build, warned=warned)


def _orders(
    settings: "Settings", first: str | None, last: str | None, refresh: list[str], vendors: list[str] | None
) -> dict[str, Any]:
    from pipelines.settings import day
    from pipelines.sync.reading import Order
    from pipelines.vendors import READABLE
    from sources.window import Window

    if (first is None) != (last is None):
        fail("Give --from and --to together, for example --from 2026-08-01 --to 2026-08-07.", CALLER)
    days = None
    if first is not None and last is not None:
        begin, end = day("--from", first), day("--to", last)
        if begin > end:
            fail(f"--from {begin} is after --to {end}.", CALLER)
        if begin > settings.now.date():
            fail(f"--from {begin} is in the future; today is {settings.now.date()} (UTC).", CALLER)
        start = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
        days = Window(start, datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=1))
    orders = {name: Order(days=days) for name in READABLE}
    for path in refresh:
        vendor, _, resource = path.partition(".")
        if vendor == "snapcrm" and resource in ("leads", "pushes"):
            fail(
                f"--full-refresh {path}: SnapCRM cannot be read, so what is known of its leads is never thrown away.",
                CALLER,
            )
        known = [r.name for r in READABLE[vendor].resources] if vendor in READABLE else []
        if resource not in known:
            listed = ", ".join(f"{vendor}.{name}" for name in known) or ", ".join(f"{v}.…" for v in READABLE)
            fail(f"--full-refresh {path}: there is no such resource; there are {listed}.", CALLER)
        orders[vendor] = Order(days=days, refresh=(*orders[vendor].refresh, resource))
    return orders


def _sweep(orders: dict[str, Any], sweeps: list[str], names: Collection[str], *, days: bool) -> None:
    from dataclasses import replace

    for vendor in sweeps:
        if vendor not in orders:
            fail(f"--sweep {vendor}: there is nothing to read from it; there are {', '.join(orders)}.", CALLER)
        if vendor not in names:
            fail(f"--sweep {vendor}: this sync does not read it; name it, and set it up.", CALLER)
        if days:
            fail(f"--sweep {vendor} reads all days: leave out --from and --to.", CALLER)
        orders[vendor] = replace(orders[vendor], sweep=True)


def report(settings: "Settings", outcome: Any, *, built: bool, warned: Collection[str] = ()) -> None:
    """Say how a run ended, but for what was warned of when it began, and exit with its status."""
    if VOICE.verbose:
        for (vendor, resource), cost in outcome.costs.items():
            spent = f"{cost.requests:,} requests, {cost.retries:,} repeated, {cost.waited:.0f} s waited"
            say(f"{vendor} {resource}: {spent}, {cost.rows:,} rows new or changed", vendor=vendor, resource=resource)
    for sentence in outcome.sentences:
        vendor, resource = outcome.places.get(sentence, (None, None))
        say(sentence, ERROR, vendor=vendor, resource=resource)
    for count in outcome.quarantined:
        say(f"Quarantine: {count.sentence}. leadpath quarantine shows it.", WARNING, vendor=count.vendor)
    if outcome.out_of_time:
        left = f"{outcome.left} windows are left" if outcome.left else "not everything that is due was read"
        say(f"LEADPATH_MAX_RUN was reached: {left}. The next sync goes on from there.")
    _say_built(settings, outcome, built=built, warned=warned)
    if outcome.exported and outcome.exported.rows:
        say(f"Exported {sum(outcome.exported.rows.values()):,} rows to {outcome.exported.to.shown}.")
    if outcome.status != "ok":
        raise typer.Exit(STOPPED)


def _say_built(settings: "Settings", outcome: Any, *, built: bool, warned: Collection[str]) -> None:
    if outcome.built and not outcome.built.skipped:
        kind = "rebuilt" if outcome.built.full else "brought up to date"
        tests = outcome.built.tests_passed
        file = settings.data_dir / "leadpath.duckdb"
        if outcome.built.cleaned:
            changed = sum(gone + emptied for gone, emptied in outcome.built.cleaned.values())
            say(f"Those who were forgotten were taken out of {changed:,} rows that came back with the raw file.")
        say(f"Published {file}: {kind}, {tests} tests passed, {outcome.rows:,} rows new or changed.")
        for warning in outcome.built.warnings:
            if warning not in warned:
                say(f"Warning: {warning}")
    elif outcome.built:
        say("Nothing new: the published file is as it was.")
    elif not built and outcome.status == "ok":
        say(f"Loaded {outcome.rows:,} new or changed rows; nothing was built.")


def build(
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything from raw.")] = False,
) -> None:
    """Build and test the models on what is loaded; publish if every test passes.

    Example: leadpath build --full
    """
    settings = checked_settings()
    refuse_lost_warehouse(settings)
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command):
        from pipelines.runs.progress import Progress
        from pipelines.sync.sync import build_alone

        warned = warn_of_lists(settings, builds_at_once=True)
        outcome = build_alone(settings, Progress(), command=command, full=full)
    report(settings, outcome, built=True, warned=warned)


def demo() -> None:
    """Sync five sandboxed vendors into <data dir>/demo, publish, and say what to look at next.

    Example: leadpath demo
    """
    from pipelines.cli.demo import run_demo

    raise typer.Exit(run_demo(checked_settings()))
