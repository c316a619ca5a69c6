"""Clients that are in this environment read through ten publications, each as the guide says."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.recipes import NUMBERS, recipe, started
from tests.pipelines.publications import Publisher

CLIENTS = {"Python": "duckdb", "duckdb": "duckdb", "SQLAlchemy": "duckdb_engine", "polars": "polars"}


def test_each_of_ten_publications_is_read_by_programs_that_stay(tmp_path: Path, empty_warehouse: Path) -> None:
    for module in CLIENTS.values():
        if not os.environ.get("CI"):
            pytest.importorskip(module)
    publisher = Publisher(tmp_path / "data", empty_warehouse)
    publisher.publish(1)
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(started([sys.executable], recipe(name), tmp_path / f"reads-{name}.py", tmp_path))
            for name in CLIENTS
        }
        for number in range(1, 11):
            if number > 1:
                publisher.publish(number)
            for name, reader in readers.items():
                assert reader.ask(NUMBERS) == [[number, number, number]], name
