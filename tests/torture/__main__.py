"""Torture the whole: `python -m tests.torture --number 10000 --seed 1`, or `make torture N=10000 SEED=1`.

The number says how long: so many schedules of moving lists, a tenth of it of kills, a fiftieth of it of publications
under eight readers. It ends at the first difference, with exit status 1 and what repeats it.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable

from tests.torture.different import Different
from tests.torture.kills import Kills
from tests.torture.readers import Readers
from tests.torture.schedules import Schedules

READERS = 8
# so many schedules are worth one kill, and one publication
KILL, PUBLICATION = 10, 50
SHOWN_EVERY = 60.0

Say = Callable[[str], None]


def kills(number: int, seed: int, say: Say) -> str:
    """So many kills, round by round."""
    with Kills() as several:
        done = rounds = 0
        while done < number:
            repeatable(seed + rounds, "kills", several.run)
            rounds, done = rounds + 1, several.survived.total()
            say(f"{done} kills")
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(several.survived.items()))
    return f"{done} kills in {rounds} rounds ({kinds}): tables, files, requests and the CRM as undisturbed"


def schedules(number: int, seed: int, say: Say) -> str:
    """So many schedules of moving lists."""
    with Schedules() as several:
        for done in range(number):
            repeatable(seed + done, "schedules", several.run)
            say(f"{done + 1} schedules")
    return f"{number} schedules of moving lists, {several.syncs} syncs: the raw tables hold what the vendors hold"


def readers(number: int, seed: int, say: Say) -> str:
    """So many publications under readers."""
    with Readers(READERS) as several:
        for _ in range(number):
            several.publish()
            say(f"{several.published} publications")
        repeatable(seed, "readers", lambda at: several.end())
    return f"{several.published} publications under {READERS} readers, {several.reads} reads: each whole, of one run"


PARTS = {"readers": (readers, PUBLICATION), "schedules": (schedules, 1), "kills": (kills, KILL)}


def repeatable(seed: int, part: str, work: Callable[[int], object]) -> None:
    """Do something of a seed. Raises Different, which then says how to do it again."""
    try:
        work(seed)
    except Different as error:
        raise Different(f"{error}\nAgain: make torture PARTS={part} SEED={seed}") from error


def main() -> None:
    """Say what was survived, or what was not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=100, help="of schedules; default 100")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the next ones follow")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; default all")
    chosen = parser.parse_args()
    # a job in the background is started without it, and would hand that on
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # between attempts nobody has to wait for a vendor that is ours
    os.environ |= {"RUNTIME__REQUEST_BACKOFF_FACTOR": "0", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    shown = time.monotonic()

    def say(done: str) -> None:
        nonlocal shown
        if time.monotonic() - shown > SHOWN_EVERY:
            shown = time.monotonic()
            print(f"  {done}", flush=True)

    try:
        for name in chosen.parts.split(","):
            part, every = PARTS[name]
            print(part(-(-chosen.number // every), chosen.seed, say), flush=True)
    except Different as error:
        sys.exit(f"Not survived: {error}")


if __name__ == "__main__":
    main()
