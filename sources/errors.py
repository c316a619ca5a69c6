"""All errors that a person can act on: one root, with a sentence and an exit status.

LeadpathError           what stops a command; `status` is its exit status
├── Mistaken            our caller's mistake, exit 2: what was asked for cannot be done as it is written
│   └── SettingError    a value that cannot be used
└── SourceError         a vendor or the network; all else that can be read goes on
    ├── VendorRefused       the vendor understood and said no; retrying will not help
    ├── ScopeGone           the vendor no longer has this scope; what was loaded of it stays
    ├── VendorUnavailable   the vendor or the network gave no usable answer, after retries
    ├── ContractBroken      the vendor answered in a shape that nothing documents
    └── OutOfTime           the run's time is up while the request budget makes us wait

What the disk, DuckDB and the system raise becomes a sentence in `pipelines/failures.py`; the one handler is `main` in
`pipelines/cli/app.py`.
"""

DONE, STOPPED, CALLER = 0, 1, 2
"""Exit statuses: all done; something stopped, and the sentence says what to do; the caller's mistake."""
SIGNALLED = 128
"""And this with a signal's number added: 130 after Ctrl-C, 143 after SIGTERM."""


class LeadpathError(Exception):
    """One sentence that says what was wrong, where, and what to do."""

    status = STOPPED


class Mistaken(LeadpathError):
    """What was asked for cannot be done as it is written."""

    status = CALLER


class SourceError(LeadpathError):
    """A vendor, or the way to it."""


class SettingError(Mistaken):
    """A setting cannot be used; the message names it and shows a valid value."""


class VendorRefused(SourceError):
    """The vendor understood the request and said no (4xx).

    `status` is the HTTP status, `path` the request's path without its query, `body` the start of the answer.
    """

    def __init__(self, message: str, *, status: int, path: str, body: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.path = path
        self.body = body


class ScopeGone(SourceError):
    """The vendor no longer has what we read: a project that was deleted, for example."""


class VendorUnavailable(SourceError):
    """No usable answer after all retries: network, 5xx, or a body that is not what it should be.

    `unreached`: no connection could be made, so another request will not fare better.
    """

    def __init__(self, message: str, *, unreached: bool = False) -> None:
        super().__init__(message)
        self.unreached = unreached


class ContractBroken(SourceError):
    """The answer has a shape that no document and no known alternative explains."""


class OutOfTime(SourceError):
    """Waiting for the request budget would take longer than the run may last."""
