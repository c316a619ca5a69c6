"""A warehouse that was synced and published once, and what its published file holds."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from tests.conftest import Cli

Marts = dict[str, list[tuple[Any, ...]]]
BOTH = ("snitcher", "snapcall")
MARTS = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"


@dataclass
class Home:
    """A warehouse that was synced and published once, and a copy of it as it was then."""

    cli: Cli
    sandbox: Sandbox
    kept: Path

    def restore(self) -> None:
        shutil.rmtree(self.cli.data_dir)
        shutil.copytree(self.kept, self.cli.data_dir)


def file_of(cli: Cli) -> Path:
    return cli.data_dir / "leadpath.duckdb"


def identity(cli: Cli) -> tuple[int, int]:
    """Which file it is, and when it was written."""
    found = file_of(cli).stat()
    return found.st_ino, found.st_mtime_ns


def marts(cli: Cli) -> Marts:
    """Every row of every mart."""
    found = {name: cli.marts(f"select * from marts.{name} order by all") for (name,) in cli.marts(MARTS)}
    assert sum(map(len, found.values())) > 100
    return found


def assert_equal(found: Marts, wanted: Marts) -> None:
    assert found.keys() == wanted.keys()
    for name, made in wanted.items():
        assert found[name] == made, f"{name}: {list(set(map(str, found[name])) ^ set(map(str, made)))[:4]}"
