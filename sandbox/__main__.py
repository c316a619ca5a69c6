"""Serve the sandbox until it is told to stop: `python -m sandbox --help`."""

import argparse
import json
import os
import signal
import stat
import threading
from datetime import UTC, datetime

from sandbox.control import Control
from sandbox.sandbox import Sandbox
from sandbox.vendors import switch_table


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE of the command line."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def arguments() -> argparse.Namespace:
    """What the caller asks for; the clock is SANDBOX_NOW or the real one."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Serve the five vendors on 127.0.0.1. Prints one line of JSON when it serves: the settings that"
        " point a client here, and the URL of the control server.",
        epilog="example: python -m sandbox --switch snitcher.form=introduction --limit snitcher=10/second",
    )
    now = os.environ.get("SANDBOX_NOW") or datetime.now(UTC).isoformat(timespec="seconds")
    parser.add_argument("--seed", type=int, default=7, help="of the world (default 7)")
    parser.add_argument("--companies", type=int, default=120, metavar="N", help="in the world (default 120)")
    parser.add_argument("--days", type=int, default=90, metavar="N", help="of history (default 90)")
    parser.add_argument("--now", default=now, metavar="ISO", help="its clock (default SANDBOX_NOW or the real one)")
    parser.add_argument("--switch", type=pair, action="append", default=[], metavar="VENDOR.NAME=VALUE")
    parser.add_argument("--limit", type=pair, action="append", default=[], metavar="VENDOR=N/UNIT")
    parser.add_argument("--list-switches", action="store_true", help="print the table of switches and end")
    return parser.parse_args()


def told_to_stop() -> threading.Event:
    """Set on SIGTERM, SIGINT, or when the pipe that is our standard input closes: our starter is gone then."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())

    def watch() -> None:
        while os.read(0, 4096):
            pass
        over.set()

    try:
        # a terminal would stop us for reading in the background, and /dev/null is always at its end
        piped = stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode)
    except OSError:
        piped = False
    if piped:
        threading.Thread(target=watch, daemon=True).start()
    return over


def main() -> None:
    """Serve until told to stop."""
    given = arguments()
    if given.list_switches:
        print("\n".join(switch_table()))
        return
    try:
        sandbox = Sandbox(given.seed, given.companies, given.days, given.now,
                          switches=dict(given.switch), limits=dict(given.limit))  # fmt: skip
    except ValueError as error:
        raise SystemExit(f"python -m sandbox: {error}") from error
    # before anybody can know that we serve, so that a signal at once ends us in good order
    over = told_to_stop()
    with sandbox, Control(sandbox) as control:
        threading.Thread(target=control.serve_forever, daemon=True).start()
        print(json.dumps({"env": sandbox.env, "control": control.url}), flush=True)
        over.wait()
        control.shutdown()


if __name__ == "__main__":
    main()
