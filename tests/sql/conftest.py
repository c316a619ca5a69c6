"""One folder for all warehouses of a session: dbt parses its project again when a path changes."""

from pathlib import Path

import pytest

from tests.sql.memory import Models


@pytest.fixture(scope="session")
def warehouse_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warehouse")


@pytest.fixture(scope="session")
def models(warehouse_folder: Path) -> Models:
    return Models.compile(warehouse_folder)
