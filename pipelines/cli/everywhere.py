"""What every command has: options that stand before or after its name, and an end when somebody stops it."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from importlib.metadata import version
from types import FrameType
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand
from typer.main import get_command

from pipelines.voice import VOICE

Result = TypeVar("Result")


class Interrupted(BaseException):
    """A signal ended a command. No Exception, since typer has an end of its own for KeyboardInterrupt."""

    def __init__(self, command: str, number: int) -> None:
        super().__init__(command)
        self.command = command
        self.number = number


def _be_quiet(chosen: bool) -> None:
    VOICE.quiet = VOICE.quiet or chosen


def _be_verbose(chosen: bool) -> None:
    VOICE.verbose = VOICE.verbose or chosen


def _choose_tenant(chosen: str | None) -> None:
    if chosen is not None:
        # the processes that a command starts are of the same tenant
        os.environ["LEADPATH_TENANT"] = chosen


def _show_version(chosen: bool) -> None:
    if chosen:
        typer.echo(f"leadpath {version('leadpath')}")
        raise typer.Exit


def options_everywhere(
    quiet: Annotated[
        bool,
        typer.Option("--quiet", callback=_be_quiet, expose_value=False, help="Say nothing but problems: for cron."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", callback=_be_verbose, expose_value=False, help="Say more.")
    ] = False,
    tenant: Annotated[
        str | None,
        typer.Option(metavar="NAME", callback=_choose_tenant, expose_value=False, help="Work for tenants/NAME.toml."),
    ] = None,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, expose_value=False, is_eager=True, help="Say which this is."),
    ] = False,
) -> None:
    """From an anonymous company visit to a call, a piece of feedback and a lead, in one DuckDB file."""


def _options() -> list[Any]:
    bare = typer.Typer(add_completion=False)
    bare.command()(options_everywhere)
    return [option for option in get_command(bare).params if option.name != "help"]


class Command(TyperCommand):
    """A command with these options, which ends with Interrupted when a signal ends it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "params": [*(options.get("params") or ()), *_options()]})

    def invoke(self, ctx: Any) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            done = isinstance(error, (typer.Exit, SystemExit)) and not getattr(error, "exit_code", 1)
            # DuckDB and others make errors of their own of it
            if _signals and not done:
                raise Interrupted(str(self.name), _signals[0]) from error
            raise


def apart(work: Callable[[], Result]) -> Result:
    """Do what may take long inside of a library in a thread of its own, so that a signal ends the command at once."""
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result()


_signals: list[int] = []


def take_signals() -> None:
    """Let SIGTERM and Ctrl-C end a command in the same way. A process that was told to ignore Ctrl-C still does."""
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    _signals.append(number)
    raise KeyboardInterrupt
