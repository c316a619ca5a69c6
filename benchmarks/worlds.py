"""The sandbox's worlds straight into raw tables, without HTTP: what matching is measured on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.vendors import TABLES
from pipelines.warehouse import Warehouse
from sandbox import Sandbox
from sources.schema import Batch, Kind, Row
from sources.snitcher import session_batches

LOAD_ID = "1790000000.125"


def write_raw(sandbox: Sandbox, folder: Path) -> Warehouse:
    """Every record that the vendors state now, as one load, in a new warehouse in `folder`."""
    warehouse = Warehouse(folder)
    warehouse.create()
    with warehouse.turn() as con:
        for vendor, tables in TABLES.items():
            con.execute(f"create schema raw_{vendor}")
            con.execute(f"create table raw_{vendor}._dlt_loads as select '{LOAD_ID}' as load_id")
            for table in tables:
                columns = ", ".join(f'"{name}" {_sql_type(kind)}' for name, kind in table.columns.items())
                con.execute(f"create table raw_{vendor}.{table.name} ({columns}, _dlt_load_id varchar)")
        for vendor, batch in _batches(sandbox):
            con.register("loaded", batch)
            name = batch.schema.metadata[b"table"].decode()
            con.execute(f"insert into raw_{vendor}.{name} by name select *, '{LOAD_ID}' as _dlt_load_id from loaded")
            con.unregister("loaded")
    return warehouse


def _batches(sandbox: Sandbox) -> Iterator[tuple[str, pa.Table]]:
    for workspace in sandbox.records("snitcher", "workspaces"):
        scope = workspace["uuid"]
        organisations = sandbox.records("snitcher", "organisations", scope)
        websites = [{"uuid": row["uuid"], "website": row["website"]} for row in organisations if row["website"]]
        yield "snitcher", _plain("snitcher", "workspaces", [workspace])
        yield "snitcher", _plain("snitcher", "organisations", organisations, workspace_uuid=scope)
        first = sandbox.now.isoformat()
        yield (
            "snitcher",
            _plain("snitcher", "organisation_websites", websites, workspace_uuid=scope, first_loaded_at=first),
        )
        segments = sandbox.records("snitcher", "segments", scope)
        yield "snitcher", _plain("snitcher", "segments", segments, workspace_uuid=scope)
        sessions, events = session_batches(sandbox.records("snitcher", "sessions", scope), scope, 0)
        gone = pa.compute.is_null(events.arrow.column("_gone"))
        yield "snitcher", _named(sessions, sessions.arrow.drop_columns("_row"))
        yield "snitcher", _named(events, events.arrow.drop_columns("_row").filter(gone))
    for entity in ("calls", "buttons", "agents", "schedule_templates"):
        yield "snapcall", _plain("snapcall", entity, sandbox.records("snapcall", entity))
    for project in sandbox.vendor("smartlook").project("visitors"):
        for entity in ("visitors", "sessions", "visitor_events"):
            rows = sandbox.records("smartlook", entity, project)
            yield "smartlook", _plain("smartlook", entity, rows, project_id=project)
    yield "usersnap", _plain("usersnap", "projects", sandbox.records("usersnap", "projects"))
    yield "usersnap", _plain("usersnap", "feedbacks", sandbox.records("usersnap", "feedbacks"))


def _plain(vendor: str, entity: str, rows: list[Row], **ours: Any) -> pa.Table:
    table = next(table for table in TABLES[vendor] if table.name == entity)
    batch = table.batch(rows, **ours)
    return _named(batch, batch.arrow)


def _named(batch: Batch, arrow: pa.Table) -> pa.Table:
    return arrow.replace_schema_metadata({"table": batch.table.name})


def _sql_type(kind: Kind) -> str:
    return "timestamptz" if kind is Kind.TIMESTAMP else kind.value
