"""The real command line, killed at a named point of one of its requests.

`python -m tests.pipelines.killed POINT NUMBER COMMAND...`: POINT is `before_request` (its record is written, nothing
has left) or `before_commit` (the answer is here, its record is not), NUMBER the request of this process, from 1.
"""

import os
import signal
import sys
from typing import Any

import requests

from pipelines.cli.app import main


def die_at(point: str, number: int) -> None:
    """Arrange for SIGKILL at the point."""
    send = requests.Session.send
    sent = 0

    def last_send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        nonlocal sent
        sent += 1
        if sent == number and point == "before_request":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(session, request, **options)
        if sent == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    # the seam between a record and its request
    setattr(requests.Session, "send", last_send)  # noqa: B010 (an assignment would have to repeat requests' types)


if __name__ == "__main__":
    die_at(sys.argv[1], int(sys.argv[2]))
    del sys.argv[1:3]
    main()
