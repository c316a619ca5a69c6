"""Looking without changing anything: `check`, `status`, `runs`, `quarantine`, `query`, `explain`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.everywhere import apart
from pipelines.cli.running import AsJson, Vendors, check_resources, checked_settings, chosen, fail, say
from pipelines.voice import ERROR, VOICE
from sources.errors import STOPPED

if TYPE_CHECKING:
    from pipelines.settings import Settings

UNREAD = "{} cannot be read ({}). The next sync writes it again."


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


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


def status(as_json: AsJson = False) -> None:
    """Per vendor and resource: last success, rows, freshness, requests, work left. Also while a sync runs.

    Exit status 1 when something is wrong: the last run failed, a list is stale or incomplete, or a vendor may soon
    forget what was not read.

    Example: leadpath status --json
    """
    from pipelines.runs.wrong import problems
    from pipelines.show.tables import show_status

    settings = checked_settings()
    document = _document(settings)
    if document is None:
        if as_json:
            typer.echo(json.dumps({"state": "never", "runs": [], "vendors": {}}))
        return
    document["data_dir"] = str(settings.data_dir.absolute())
    with _of_ours(settings):
        wrong = problems(document, settings)
        document["problems"] = [problem.document for problem in wrong]
        if as_json:
            typer.echo(json.dumps(document, ensure_ascii=False))
        elif VOICE.quiet:
            for problem in wrong:
                say(problem.sentence, ERROR, vendor=problem.vendor, resource=problem.resource)
        else:
            show_status(document, settings.now)
    _warn_of_log(settings)
    if wrong:
        raise typer.Exit(STOPPED)


def runs(as_json: AsJson = False) -> None:
    """History of runs, newest first.

    Example: leadpath runs
    """
    from pipelines.show.tables import show_runs

    settings = checked_settings()
    document = _document(settings)
    if as_json:
        typer.echo(json.dumps(document["runs"] if document else [], ensure_ascii=False))
    elif document:
        with _of_ours(settings):
            show_runs(document, settings.now)
    _warn_of_log(settings)


def _document(settings: "Settings") -> dict[str, Any] | None:
    """What `status.json` says; None, with a word, before the first run."""
    from pipelines.runs.status import read

    try:
        document = read(settings.data_dir)
    except ValueError as error:
        fail(UNREAD.format(settings.data_dir.absolute() / "status.json", error), STOPPED)
    if document is None:
        folder = settings.data_dir.absolute()
        say(f"Nothing was synced into {folder} yet. Start with `leadpath sync`, or try `leadpath demo`.")
    return document


@contextmanager
def _of_ours(settings: "Settings") -> Iterator[None]:
    """Exit 1 where a document turns out to be of another shape."""
    from pipelines.runs.status import FOREIGN

    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError):
        fail(UNREAD.format(settings.data_dir.absolute() / "status.json", FOREIGN), STOPPED)


def _warn_of_log(settings: "Settings") -> None:
    from pipelines.data_dir import log_beside

    if log := log_beside(settings.data_dir / "leadpath.duckdb"):
        say(
            f"Warning: {log} was left by a program that has, or had, the published file open for writing: what it"
            " changed is read as if it were published. Close that program; the next run moves the log aside."
        )


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


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="What to run on the published file.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
    allow_files: Annotated[
        bool, typer.Option("--allow-files", help="Let it read other files too, such as read_csv('mine.csv').")
    ] = False,
) -> None:
    """Run SQL that reads the published file, which is all it sees, and print the rows.

    In CSV and tables nested values are JSON; in CSV NULL is empty, and an empty text is "".

    Example: leadpath query "select company_name, visit_count from marts.company_360 order by 2 desc limit 5"
    """
    from pipelines.show.answers import show_query

    file = checked_settings().data_dir / "leadpath.duckdb"
    apart(lambda: show_query(file, sql, output.value, allow_files=allow_files))


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
        typer.echo(json.dumps(document, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    else:
        from pipelines.show.explanation import show_explanation

        show_explanation(document)
