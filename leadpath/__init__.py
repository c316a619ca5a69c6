"""Leadpath as one package: what an installed Leadpath is found under. In a checkout its rooms stand beside it.

For programs that read what is published there is `leadpath.connect()`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.explain.connection import connect

__all__ = ["connect"]


def __getattr__(name: str) -> Any:
    """What is offered here, imported when it is first asked for: commands start without it."""
    if name == "connect":
        from pipelines.explain.connection import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
