"""dlt's part of loading: it makes the raw tables as vendors declare them, and adds the columns that are missing."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pipelines.warehouse.files import Warehouse
from sources.rows.table import Table
from sources.rows.values import Kind

if TYPE_CHECKING:
    from dlt.common.data_types import TDataType
    from dlt.common.schema.typing import TColumnSchema

# what dlt must do, also against a config file
DLT = {"restore_from_destination": False, "runtime.dlthub_telemetry": False, "runtime.log_level": "ERROR"}

TYPES: "Mapping[Kind, TDataType]" = {
    Kind.TEXT: "text",
    Kind.BIGINT: "bigint",
    Kind.DOUBLE: "double",
    Kind.BOOL: "bool",
    Kind.TIMESTAMP: "timestamp",
    Kind.JSON: "json",
}


def make_tables(warehouse: Warehouse, vendor: str, tables: Sequence[Table]) -> None:
    """Have dlt make a vendor's tables, and the columns that are missing. Raises what dlt raises.

    Only the schema is brought to the file: an extract of no rows makes the same tables at several times the cost.
    """
    import dlt
    from dlt.common.schema.utils import new_table

    configure()
    # what an earlier run or version left there would be taken for the schema; nothing is needed of it afterwards
    folder = warehouse.internal / "dlt"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        pipeline = dlt.pipeline(
            f"leadpath_{vendor}",
            destination=dlt.destinations.duckdb(str(warehouse.raw)),
            dataset_name=f"raw_{vendor}",
            pipelines_dir=str(folder),
        )
        with warehouse.loading(), pipeline.destination_client() as client:
            for table in tables:
                client.schema.update_table(new_table(table.name, columns=columns_for_dlt(table)))
            # dlt asks for it where a schema comes from no package
            client.schema._bump_version()
            client.initialize_storage()
            client.update_stored_schema()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def configure() -> None:
    """Tell dlt what Leadpath relies on; once per process, before the first pipeline.

    dlt is imported where tables are to be made: it takes longer than most runs take to find that nothing is new.
    """
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
    from dlt.common.runtime.telemetry import stop_telemetry

    for name, value in DLT.items():
        dlt.config[name] = value
    # dlt has read its settings while it was imported: in a folder without .dlt/config.toml its telemetry was begun
    stop_telemetry()
    Container()[PluggableRunContext].initialize_runtime()
    # an error that dlt notes as frames is raised to us as well, and said in a sentence
    logger = logging.getLogger("dlt")
    logger.setLevel(max(logger.level, logging.CRITICAL if logger.level >= logging.ERROR else logger.level))


def columns_for_dlt(table: Table) -> "list[TColumnSchema]":
    """The columns of a table as dlt names them, with the number of the load."""
    ours: list[TColumnSchema] = [
        {"name": name, "data_type": TYPES[kind], "nullable": name not in table.key}
        for name, kind in table.columns.items()
    ]
    return [*ours, {"name": "_dlt_load_id", "data_type": "text", "nullable": False}]
