"""The command line, `leadpath --help`: every command, and the one place where an error becomes a sentence."""

import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

import typer

from pipelines.cli import leads, look, pages, sync
from pipelines.cli.running import say
from sources.errors import STOPPED, LeadpathError

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
    leads.push_leads,
    leads.import_leads,
):
    app.command()(command)
# SQL may begin with a comment, `-- like this`
app.command(context_settings={"ignore_unknown_options": True})(look.query)


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
