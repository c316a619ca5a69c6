"""The command line, `leadpath --help`: every command, and the one place where an error becomes a sentence."""

import os
import sys
import threading
from contextlib import suppress

import typer

from pipelines.cli import backups, export, fleet, leads, look, pages, people, schedule, setup, sync
from pipelines.cli.everywhere import Command, Interrupted, options_everywhere, take_signals
from pipelines.cli.running import say
from pipelines.voice import ERROR
from sources.errors import SIGNALLED, STOPPED, LeadpathError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From an anonymous company visit to a call, a piece of feedback and a lead, in one DuckDB file.",
)

for command in (
    sync.demo,
    look.check,
    sync.sync,
    sync.build,
    look.status,
    look.runs,
    look.quarantine,
    look.explain,
    pages.report,
    pages.hot,
    pages.docs,
    export.export,
    leads.push_leads,
    leads.import_leads,
    people.access,
    people.forget,
    setup.init,
    setup.settings,
    backups.backup,
    backups.restore,
    schedule.schedule,
):
    app.command(cls=Command)(command)
# SQL may begin with a comment, `-- like this`
app.command(cls=Command, context_settings={"ignore_unknown_options": True})(look.query)
app.callback()(options_everywhere)
app.add_typer(fleet.fleet, name="fleet")

# what is safe when a command is stopped in the middle; all others only look
SAFE = {
    "demo": "The next demo starts from nothing.",
    "sync": "Finished windows are kept; the next sync goes on from there.",
    "build": "Nothing was published.",
    "export": "What was exported before is as it was.",
    "push-leads": "What was answered is on record; the next push goes on from there.",
    "forget": "They are kept out from now on, but not all of it may be erased: run it again.",
    "backup": "No backup was made.",
    "restore": "Restore again: what was there is in its place, or in internal/before-restore-* of the data directory.",
    "import-leads": "Import the file again: what is stored already changes nothing.",
}


def main() -> None:
    """Run the command line. A scheduler's SIGTERM ends it as Ctrl-C does: what is finished is kept and said.

    What no command foresaw ends here, in one sentence.
    """
    take_signals()
    threading.excepthook = lambda found: say(_words(found.exc_value), ERROR) if found.exc_value else None
    try:
        app()
    except LeadpathError as error:
        from pipelines.texts.printable import printable

        say(printable(str(error)), ERROR)
        sys.exit(error.status)
    except Exception as error:
        say(_words(error), ERROR)
        sys.exit(STOPPED)
    except Interrupted as interrupt:
        say(f"Interrupted. {SAFE.get(interrupt.command, 'Nothing was changed.')}", ERROR)
        # threads that are still inside of a library would be torn down with the interpreter, which aborts there
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(SIGNALLED + interrupt.number)


def _words(error: BaseException) -> str:
    from pipelines.failures import sentence_of, unexpected
    from pipelines.settings import load

    try:
        settings = load()
    except LeadpathError as wrong:
        return str(wrong)
    return sentence_of(error, settings.data_dir) or unexpected(error, settings.data_dir, settings.redact)
