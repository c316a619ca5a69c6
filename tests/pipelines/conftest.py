"""Fixtures of several files here. A file has a home of its own: what its tests do to the sandbox stays with them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Cli, synced
from tests.pipelines.home import BOTH, Home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Home]:
    """A small world of two vendors, synced once."""
    folder = tmp_path_factory.mktemp("home")
    with synced(folder, empty_warehouse, only=BOTH, companies=8, days=10) as (cli, sandbox):
        shutil.copytree(cli.data_dir, folder / "kept")
        yield Home(cli, sandbox, folder / "kept")
        assert sandbox.violations == []


@pytest.fixture
def published(home: Home) -> Cli:
    """The command line on the published warehouse, as if nothing else had used it."""
    home.restore()
    return home.cli
