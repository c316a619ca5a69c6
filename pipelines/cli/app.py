"""The command line: `leadpath --help`. The only place that prints."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sources.errors import CALLER, DONE, STOPPED, LeadpathError

if TYPE_CHECKING:
    from pipelines.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From an anonymous company visit to a call, a piece of feedback and a lead, in one DuckDB file.",
)


class WhenRunning(StrEnum):
    """What to do when another process holds the warehouse."""

    FAIL = "fail"
    SKIP = "skip"


class Format(StrEnum):
    """How `query` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Vendors = Annotated[list[str] | None, typer.Argument(metavar="[VENDOR...]", help="Only these vendors.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")]


def say(text: str) -> None:
    """A line for people, on standard error, so that standard output holds results alone."""
    typer.echo(text, err=True)


def fail(sentence: str, status: int) -> NoReturn:
    """End with a sentence and an exit status."""
    say(sentence)
    raise typer.Exit(status)


def checked_settings() -> "Settings":
    """The settings. Names that nothing is called are warned of."""
    from pipelines.settings import load
    from pipelines.unread import unread_names

    settings = load()
    for sentence in unread_names(settings):
        say(f"Warning: {sentence}")
    return settings


def refuse_lost_warehouse(settings: "Settings", *, anew: bool = False) -> None:
    """Exit 1 when the raw file is gone although something was synced: with it goes what vendors no longer have."""
    raw = settings.data_dir / "internal" / "raw.duckdb"
    left = [settings.data_dir / name for name in ("leadpath.duckdb", "status.json")]
    if anew or raw.exists() or not any(file.exists() for file in left):
        return
    shows = next(file for file in left if file.exists())
    fail(
        f"{raw} is gone, but {shows} shows that it was there. It alone holds what vendors no longer have, and who was"
        " sent to SnapCRM. Restore it from a backup, or begin anew with leadpath"
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
def held(settings: "Settings", command: str, when_running: WhenRunning = WhenRunning.FAIL) -> Iterator[None]:
    """Hold the warehouse, or exit at once."""
    from pipelines.runs.lock import Held, exclusive
    from pipelines.warehouse.files import Warehouse

    try:
        with exclusive(Warehouse(settings.data_dir).lock_file, command):
            yield
    except Held as error:
        if when_running is WhenRunning.SKIP:
            say(f"Skipped: {error}")
            raise typer.Exit(DONE) from None
        hint = ", or use --if-running skip" if command.startswith("leadpath sync") else ""
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
            say(f"{name} is skipped: {' and '.join(settings.missing(name))} is not set.")
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


@app.command()
def sync(
    vendors: Vendors = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Re-read from this UTC day on.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Re-read up to and with this day.")] = None,
    no_build: Annotated[bool, typer.Option("--no-build", help="Load only; build and publish nothing.")] = False,
    full_refresh: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR.RESOURCE", help="Read all of it again and merge; deletes nothing."),
    ] = None,
    if_running: Annotated[WhenRunning, typer.Option(help="When another run holds the warehouse.")] = WhenRunning.FAIL,
    new_warehouse: Annotated[
        bool, typer.Option("--new-warehouse", help="Begin anew although the raw file of earlier runs is gone.")
    ] = False,
) -> None:
    """Load what is new or changed, build the models, test them, publish.

    Example: leadpath sync snitcher --from 2026-08-01 --to 2026-08-07
    """
    settings = checked_settings()
    check_resources(settings)
    orders = _orders(settings, first, last, full_refresh or [], vendors)
    names = chosen(settings, vendors)
    refuse_lost_warehouse(settings, anew=new_warehouse)
    command = "leadpath " + " ".join(sys.argv[1:])
    with held(settings, command, if_running):
        from pipelines.runs.progress import Progress
        from pipelines.sync.sync import sync as run_sync

        progress = Progress()
        warned = warn_of_lists(settings)
        try:
            outcome = run_sync(settings, names, orders, progress, command=command, with_build=not no_build)
        except KeyboardInterrupt:
            fail("Interrupted. Finished windows are kept; the next sync goes on from there.", STOPPED)
    _report(settings, outcome, built=not no_build, warned=warned)


def _orders(
    settings: "Settings", first: str | None, last: str | None, refresh: list[str], vendors: list[str] | None
) -> dict[str, Any]:
    from pipelines.settings import day
    from pipelines.sync.vendor import Order
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


def _report(settings: "Settings", outcome: Any, *, built: bool, warned: Collection[str] = ()) -> None:
    """Say how a run ended, but for what was warned of when it began, and exit with its status."""
    for sentence in outcome.sentences:
        say(sentence)
    for count in outcome.quarantined:
        say(f"Quarantine: {count.sentence}. leadpath quarantine shows it.")
    if outcome.out_of_time:
        left = f"{outcome.left} windows are left" if outcome.left else "not everything that is due was read"
        say(f"LEADPATH_MAX_RUN was reached: {left}. The next sync goes on from there.")
    if outcome.built and not outcome.built.skipped:
        kind = "rebuilt" if outcome.built.full else "brought up to date"
        tests = outcome.built.tests_passed
        file = settings.data_dir / "leadpath.duckdb"
        say(f"Published {file}: {kind}, {tests} tests passed, {outcome.rows:,} rows new or changed.")
        for warning in outcome.built.warnings:
            if warning not in warned:
                say(f"Warning: {warning}")
    elif outcome.built:
        say("Nothing new: the published file is as it was.")
    elif not built and outcome.status == "ok":
        say(f"Loaded {outcome.rows:,} new or changed rows; nothing was built.")
    if outcome.status != "ok":
        raise typer.Exit(STOPPED)


@app.command()
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
        try:
            outcome = build_alone(settings, Progress(), command=command, full=full)
        except KeyboardInterrupt:
            fail("Interrupted. Nothing was published.", STOPPED)
    _report(settings, outcome, built=True, warned=warned)


@app.command()
def check(
    vendors: Vendors = None,
    as_json: AsJson = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Prove SnapCRM's key too, by an empty lead that it must refuse.")
    ] = False,
) -> None:
    """One cheap read per credential: reach, credential, clock. Writes nothing.

    Example: leadpath check snitcher
    """
    from pipelines.lists.files import read_lists
    from pipelines.sync.check import check_vendor
    from pipelines.vendors import BY_NAME

    settings = checked_settings()
    check_resources(settings)
    read_lists(settings.config_dir)
    results = [check_vendor(settings, name, probe=probe) for name in chosen(settings, vendors, BY_NAME)]
    if as_json:
        typer.echo(json.dumps(results))
    else:
        for result in results:
            say(f"{result['vendor']}: {'ok' if result['ok'] else 'FAILED'}, {result['sentence']}")
    if not all(result["ok"] for result in results):
        raise typer.Exit(STOPPED)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Per vendor and resource: last success, rows, freshness, requests, work left. Also while a sync runs.

    Example: leadpath status --json
    """
    from pipelines.show.tables import show_status

    _show(as_json, show_status, lambda document: document)


@app.command()
def runs(as_json: AsJson = False) -> None:
    """History of runs, newest first.

    Example: leadpath runs
    """
    from pipelines.show.tables import show_runs

    _show(as_json, show_runs, lambda document: document["runs"])


def _show(as_json: bool, show: Callable[[Any, datetime], None], part: Callable[[Any], Any]) -> None:
    from pipelines.runs.status import read

    settings = checked_settings()
    try:
        document = read(settings.data_dir)
    except ValueError as error:
        fail(f"{settings.data_dir / 'status.json'} cannot be read ({error}). The next sync writes it anew.", STOPPED)
    if document is None:
        if as_json:
            typer.echo(json.dumps({"state": "never", "runs": [], "vendors": {}} if part({"runs": 0}) else []))
        say(f"Nothing was synced into {settings.data_dir} yet. Start with `leadpath sync`, or try `leadpath demo`.")
        return
    if as_json:
        typer.echo(json.dumps(part(document), ensure_ascii=False))
    else:
        show(document, settings.now)


@app.command()
def quarantine(as_json: AsJson = False) -> None:
    """Values and rows that did not fit, with reason and place. They are kept until a later reading makes them good.

    Example: leadpath quarantine --json
    """
    import duckdb

    from pipelines.failures import ended, is_locked
    from pipelines.show.tables import show_quarantine
    from pipelines.warehouse.files import Warehouse
    from pipelines.warehouse.quarantine import listed

    settings = checked_settings()
    warehouse = Warehouse(settings.data_dir)
    held = []
    if warehouse.raw.exists():
        try:
            with warehouse.turn(read_only=True) as con:
                held = listed(con)
        except duckdb.Error as error:
            if not is_locked(error):
                raise
            words = ended(str(error).splitlines()[0])
            fail(f"{warehouse.raw} cannot be read now: {words} If a sync runs, ask again when it is done.", STOPPED)
    if as_json:
        typer.echo(settings.redact(json.dumps(held, ensure_ascii=False)))
    elif held:
        show_quarantine([{**one, "value": settings.redact(one["value"])} for one in held])
    else:
        say(f"Nothing is kept aside in {settings.data_dir}.")


@app.command(context_settings={"ignore_unknown_options": True})  # SQL may begin with a comment, `-- like this`
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="What to run on the published file.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
) -> None:
    """Run SQL that reads the published file, which is all it sees, and print the rows.

    In CSV and tables nested values are JSON; in CSV NULL is empty, and an empty text is "".

    Example: leadpath query "select company_name, visit_count from marts.company_360 order by 2 desc limit 5"
    """
    from pipelines.show.tables import show_query

    show_query(checked_settings().data_dir / "leadpath.duckdb", sql, output.value)


@app.command()
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="VENDOR ENTITY_TYPE ID | company DOMAIN",
            help="A record (snitcher organisation or session, snapcall call, smartlook session or visitor, usersnap"
            " feedback, snapcrm lead; a lead also by its e-mail address, phone number or id in SnapCRM), or a company"
            " by its domain.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Why a record is linked to its company, and what spoke against; or all that belongs to a company.

    Example: leadpath explain snapcall call 12345

    Example: leadpath explain company acme.com
    """
    from pipelines.explain.explain import explain as explained

    document = explained(checked_settings(), words or [])
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, default=datetime.isoformat))
    else:
        from pipelines.show.explanation import show_explanation

        show_explanation(document)


@app.command()
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
    try:
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
    except KeyboardInterrupt:
        fail("Interrupted. What was answered is on record; the next push goes on from there.", STOPPED)
    # those created need no second look; everybody else is on the list
    show_candidates([candidate for candidate in pushed.candidates if candidate.verdict != "created"])
    say(f"SnapCRM: {pushed.summary}.")
    _report_build(settings, pushed.outcome, warned)


@app.command()
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
        try:
            outcome = store_leads(settings, Progress(), found, command=command, with_build=not no_build)
        except KeyboardInterrupt:
            fail("Interrupted. Import the file again: what is stored already changes nothing.", STOPPED)
    for note in found.notes:
        say(note)
    say(f"{len(found.leads):,} leads in {file.name}: {outcome.rows:,} new or changed.")
    _report_build(settings, outcome, warned)


def _report_build(settings: "Settings", outcome: Any, warned: Collection[str]) -> None:
    """Say what stopped, what is left and what was published, and exit with the run's status."""
    if outcome.left:
        say(f"{outcome.left:,} are left; LEADPATH_MAX_RUN was reached. The same command goes on from there.")
    # whatever was stored is in the summary already
    _report(settings, outcome, built=True, warned=warned)


@app.command()
def demo() -> None:
    """Sync five sandboxed vendors into <data dir>/demo, publish, and say what to look at next.

    Example: leadpath demo
    """
    from pipelines.cli.demo import run_demo

    settings = checked_settings()
    try:
        raise typer.Exit(run_demo(settings))
    except KeyboardInterrupt:
        fail("Interrupted. The next demo starts anew.", STOPPED)


def main() -> None:
    """Run the command line. A scheduler's SIGTERM ends it as Ctrl-C does: what is finished is kept and said.

    Whatever no command foresaw ends here, in one sentence.
    """
    signal.signal(signal.SIGTERM, _stop)
    threading.excepthook = lambda found: say(_words(found.exc_value)) if found.exc_value else None
    try:
        app()
    except LeadpathError as error:
        from pipelines.texts.printable import printable

        say(printable(str(error)))
        sys.exit(error.status)
    except Exception as error:
        say(_words(error))
        sys.exit(STOPPED)


def _words(error: BaseException) -> str:
    from pipelines.failures import sentence_of, unexpected
    from pipelines.settings import load

    try:
        settings = load()
    except LeadpathError as wrong:
        return str(wrong)
    return sentence_of(error, settings.data_dir) or unexpected(error, settings.data_dir, settings.redact)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
