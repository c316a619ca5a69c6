"""Tenants: customers whose settings and data stand apart from each other. Each is `tenants/NAME.toml`, by its name."""

import difflib
import re
from pathlib import Path

from sources.errors import SettingError

FOLDER = Path("tenants")
"""Where their settings stand, from the working directory; below the data directory, where their data is."""
SECRETS = ".secrets"
PART = "tenant="
# what is a part of a host's name in DNS, and so a name everywhere: in a path, a lake, a Kubernetes object
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NO_NAME = "is no name of a tenant, which has a to z, 0 to 9 and - inside"


def checked(name: str) -> str:
    """The name, where it is one. Raises ValueError."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} {NO_NAME}; write for example acme")
    return name


def names(folder: Path | None = None) -> list[str]:
    """All tenants by name; a file of secrets alone is one too. A file with another name is no tenant (`misnamed`)."""
    return sorted({name for name in _written(folder) if NAME.fullmatch(name)})


def misnamed(folder: Path | None = None) -> list[str]:
    """A sentence about each file that looks like a tenant's and cannot be one."""
    wrong = sorted(name for name in _written(folder) if not NAME.fullmatch(name))
    return [f"{FOLDER / name}.toml is not read: {name!r} {NO_NAME}." for name in wrong]


def files(name: str) -> tuple[Path, Path]:
    """Where a tenant's settings stand, and its secrets; one wins over the other. Raises ValueError for no name."""
    return FOLDER / f"{checked(name)}.toml", FOLDER / f"{name}{SECRETS}.toml"


def part(name: str) -> str:
    """The folder of a tenant in what several tenants share, as engines read it."""
    return f"{PART}{checked(name)}"


def refuse_unknown(name: str, folder: Path | None = None) -> None:
    """Raise SettingError where there is no such tenant."""
    known = names(folder)
    if name in known:
        return
    near = difflib.get_close_matches(name, known, 1)
    there = f"Did you mean {near[0]}?" if near else f"There {_listed(known)}."
    raise SettingError(
        f"There is no tenant {name}: write {FOLDER / name}.toml, or leadpath --tenant {name} init. {there}"
    )


def _listed(known: list[str]) -> str:
    shown = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
    return f"is {shown}" if len(known) == 1 else f"are {shown}" if known else "is none yet"


def _written(folder: Path | None) -> set[str]:
    return {path.stem.removesuffix(SECRETS) for path in ((folder or Path()) / FOLDER).glob("*.toml")}
