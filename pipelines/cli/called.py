"""How to call this Leadpath once more: from here, as people type it, and from anywhere, as schedules do."""

import shutil
import sys
from pathlib import Path

NAME = "leadpath"


def as_typed() -> str:
    """Its name where the shell finds it, else the path by which it was called."""
    script = Path(sys.argv[0])
    if script.name != NAME:
        return f"{sys.executable} -m {NAME}"
    found = shutil.which(NAME)
    return NAME if found and Path(found).samefile(script) else str(script)


def from_anywhere() -> list[str]:
    """The program and the arguments before any of ours; its path is absolute."""
    script = Path(sys.argv[0]).absolute()
    return [str(script)] if script.name == NAME else [sys.executable, "-m", NAME]
