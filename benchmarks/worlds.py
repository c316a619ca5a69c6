"""The sandbox's worlds straight into raw tables, without HTTP: what matching is measured on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.leads.columns import FIELDS
from pipelines.leads.persons import lead_row
from pipelines.vendors import TABLES
from pipelines.warehouse.files import Warehouse
from sandbox import Sandbox
from sources.rows.table import Row
from sources.rows.values import Kind
from sources.snitcher import session_batches

LOAD_ID = "1790000000.125"


def write_raw(sandbox: Sandbox, folder: Path) -> Warehouse:
    """Every record that the vendors state now, as one load, in a new warehouse in `folder`."""
    warehouse = create_raw(folder)
    with warehouse.turn() as con:
        for vendor, name, rows in batches(sandbox):
            con.register("loaded", rows)
            con.execute(f"insert into raw_{vendor}.{name} by name select *, '{LOAD_ID}' as _dlt_load_id from loaded")
            con.unregister("loaded")
    return warehouse


def create_raw(folder: Path) -> Warehouse:
    """A new warehouse in `folder` with all raw tables, empty, after one load."""
    warehouse = Warehouse(folder)
    warehouse.create()
    with warehouse.turn() as con:
        for vendor, tables in TABLES.items():
            con.execute(f"create schema raw_{vendor}")
            con.execute(f"create table raw_{vendor}._dlt_loads as select '{LOAD_ID}' as load_id")
            for table in tables:
                columns = ", ".join(f'"{name}" {_sql_type(kind)}' for name, kind in table.columns.items())
                con.execute(f"create table raw_{vendor}.{table.name} ({columns}, _dlt_load_id varchar)")
    return warehouse


def batches(sandbox: Sandbox) -> Iterator[tuple[str, str, pa.Table]]:
    """Vendor, table and rows of everything that the vendors state now, and of the leads that somebody imported."""
    for workspace in sandbox.records("snitcher", "workspaces"):
        scope = workspace["uuid"]
        organisations = sandbox.records("snitcher", "organisations", scope)
        websites = [{"uuid": row["uuid"], "website": row["website"]} for row in organisations if row["website"]]
        yield _plain("snitcher", "workspaces", [workspace])
        yield _plain("snitcher", "organisations", organisations, workspace_uuid=scope)
        first = sandbox.now.isoformat()
        yield _plain("snitcher", "organisation_websites", websites, workspace_uuid=scope, first_loaded_at=first)
        segments = sandbox.records("snitcher", "segments", scope)
        yield _plain("snitcher", "segments", segments, workspace_uuid=scope)
        sessions, events = session_batches(sandbox.records("snitcher", "sessions", scope), scope)
        gone = pa.compute.is_null(events.arrow.column("_gone"))
        yield "snitcher", "sessions", sessions.arrow.drop_columns("_row")
        yield "snitcher", "session_events", events.arrow.drop_columns("_row").filter(gone)
    for entity in ("calls", "buttons", "agents", "schedule_templates"):
        yield _plain("snapcall", entity, sandbox.records("snapcall", entity))
    for project in sandbox.vendor("smartlook").project("visitors"):
        for entity in ("visitors", "sessions", "visitor_events"):
            rows = sandbox.records("smartlook", entity, project)
            yield _plain("smartlook", entity, rows, project_id=project)
    yield _plain("usersnap", "projects", sandbox.records("usersnap", "projects"))
    yield _plain("usersnap", "feedbacks", sandbox.records("usersnap", "feedbacks"))
    leads = _imported(sandbox.records("snapcrm", "leads"))
    keys = [lead_row(lead) for lead in leads]
    yield _plain("snapcrm", "leads", leads, lead_row=keys, known_from="import", known_at=sandbox.now.isoformat())


def _plain(vendor: str, entity: str, rows: list[Row], **ours: Any) -> tuple[str, str, pa.Table]:
    table = next(table for table in TABLES[vendor] if table.name == entity)
    return vendor, entity, table.batch(rows, **ours).arrow


def _imported(leads: list[Row]) -> list[Row]:
    """What of the CRM's leads an exported file has: the fields of a lead, without those that are empty."""
    return [{name: lead[name] for name in FIELDS if lead.get(name)} for lead in leads]


def _sql_type(kind: Kind) -> str:
    return "timestamptz" if kind is Kind.TIMESTAMP else kind.value
