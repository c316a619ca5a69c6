"""The command line of one tenant of a fleet, in a process that ends with the one that started it."""

import os
import signal
import threading

from pipelines.cli.app import main


def _end_with_fleet() -> None:
    """When the fleet's process is gone, its end of our standard input is closed: end as by SIGTERM."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_fleet, daemon=True).start()
    main()
