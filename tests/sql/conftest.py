"""One folder for all warehouses of a session: dbt parses its project anew when a path changes."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def warehouse_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warehouse")
