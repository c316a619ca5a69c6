"""A published file made by hand: the leads that a push chooses from, without the models behind them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

COLUMNS = {
    "lead_key": "varchar", "lead_id": "varchar", "company_key": "varchar", "email": "varchar",
    "contact_text": "varchar", "first_name": "varchar",
    "last_name": "varchar", "phone": "varchar", "lead_status": "varchar", "lead_status_as_of": "timestamptz",
    "created_at": "timestamptz", "last_requested_at": "timestamptz", "request_count": "bigint", "known_from": "varchar",
    "first_session_id": "varchar", "last_session_id": "varchar", "sessions_before": "bigint", "calls_before": "bigint",
    "company": "varchar", "website": "varchar", "city": "varchar", "form_name": "varchar", "is_internal": "boolean",
    "is_ignored": "boolean",
}  # fmt: skip


def lead(key: str, name: str, email: str | None = None, **columns: Any) -> dict[str, Any]:
    """A lead from a form; `name` is first word and rest, either may be missing."""
    first, _, last = name.partition(" ")
    row = {"lead_key": key, "first_name": first or None, "last_name": last or None, "email": email}
    asked = {"created_at": "2026-03-01T09:00:00Z", "known_from": "form", "is_internal": False, "is_ignored": False}
    return {**row, **asked, **columns}


def publish_leads(data_dir: Path, leads: Iterable[Mapping[str, Any]]) -> None:
    """Put a published file with these leads in the place of the one that is there."""
    file = data_dir / "leadpath.duckdb"
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with duckdb.connect() as con:
        con.execute(f"attach '{file}' as published (storage_version 'v1.0.0')")
        con.execute(f"create schema published.marts; create table published.marts.fct_leads ({listed})")
        con.begin()
        for row in leads:
            names = ", ".join(row)
            values = ", ".join("?" for _ in row)
            con.execute(f"insert into published.marts.fct_leads ({names}) values ({values})", list(row.values()))
        con.commit()
    file.chmod(0o440)
