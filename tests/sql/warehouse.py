"""Raw tables by hand, and the dbt project run on them as the pipeline does: a process of its own, over three files."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build.reference import write_reference
from pipelines.lists.files import read_lists
from sources.rows.table import Row, Table
from sources.rows.values import Kind

SQL = Path(__file__).parents[2] / "sql"
VENDORS = ("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm")
FILES = {"raw": "raw.duckdb", "build": "build.duckdb", "scratch": "scratch.duckdb", "leadpath": "leadpath.duckdb"}
CATALOGS = {
    "LEADPATH_RAW": "raw",
    "LEADPATH_BUILD": "build",
    "LEADPATH_SCRATCH": "scratch",
    "LEADPATH_CANDIDATE": "leadpath",
}

TABLES: dict[str, Table] = {
    f"{vendor}.{table.name}": table for vendor in VENDORS for table in import_module(f"sources.{vendor}.tables").TABLES
}

WINDOWS = """create table raw.ops.windows (
    vendor text, resource text, scope text, window_start timestamptz, window_end timestamptz, finished_at timestamptz,
    rows bigint
)"""

Marts = dict[str, list[dict[str, Any]]]


class Warehouse:
    """Empty files with all raw tables. `load` merges rows as the pipeline would, `build` runs dbt.

    Files have the same names in every test of a session, so that dbt parses the project once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loads = 0
        for file in FILES.values():
            (folder / file).unlink(missing_ok=True)
        self._create_raw()

    def _create_raw(self) -> None:
        with self.connect() as con:
            for vendor in VENDORS:
                con.execute(f"create schema raw.raw_{vendor}")
            for name, table in TABLES.items():
                columns = ", ".join(f'"{column}" {sql_type(kind)}' for column, kind in table.columns.items())
                con.execute(f"create table raw.raw_{name} ({columns}, _dlt_load_id text)")
            con.execute("create schema raw.ops")
            con.execute(WINDOWS)

    def connect(self) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        con.execute("set TimeZone = 'UTC'")
        for catalog, file in FILES.items():
            con.execute(f"attach '{self.folder / file}' as {catalog} (storage_version 'v1.0.0')")
        return con

    def load(self, name: str, rows: Sequence[Row], **ours: Any) -> None:
        """Merge rows on the table's key under a load of their own; `replaced_by` tables lose the whole set first."""
        table = TABLES[name]
        batch = table.batch(rows, **ours)
        assert not batch.misfits, batch.misfits
        self.loads += 1
        match = " and ".join(f'stored."{column}" = loaded."{column}"' for column in table.replaced_by or table.key)
        with self.connect() as con:
            con.register("loaded", batch.arrow)
            con.execute(f"delete from raw.raw_{name} as stored using loaded where {match}")
            con.execute(f"insert into raw.raw_{name} by name select *, ? as _dlt_load_id from loaded", [self.load_id])
            if whole := table.part_of:
                # as the pipeline does: a row is stored again with the set that is part of it
                pairs = zip(whole.key, table.replaced_by, strict=True)
                match = " and ".join(f'stored."{column}" = loaded."{ours}"' for column, ours in pairs)
                vendor = name.partition(".")[0]
                con.execute(
                    f"update raw.raw_{vendor}.{whole.name} as stored set _dlt_load_id = ? from loaded where {match}",
                    [self.load_id],
                )

    def load_sessions(self, rows: Iterable[Row], workspace: str = "ws-1") -> None:
        """Load sessions in the vendor's shape, with their events; a session without events loses those that it had."""
        rows = list(rows)
        self.load("snitcher.sessions", rows, workspace_uuid=workspace)
        self.execute(
            "delete from raw.raw_snitcher.session_events where workspace_uuid = ? and list_contains(?, session_uuid)",
            [workspace, [row["uuid"] for row in rows]],
        )
        events = [(row["uuid"], place, event) for row in rows for place, event in enumerate(row.get("events", []), 1)]
        if events:
            self.load(
                "snitcher.session_events",
                [event for _, _, event in events],
                workspace_uuid=workspace,
                session_uuid=[session for session, _, _ in events],
                position=[place for _, place, _ in events],
            )

    @property
    def raw(self) -> Path:
        """The file of the raw tables."""
        return self.folder / FILES["raw"]

    @property
    def load_id(self) -> str:
        """The id of the last load, as dlt writes it: epoch seconds as text."""
        return f"{1_790_000_000 + self.loads}.125"

    def build(self, *, full: bool = False, since: str = "", own_domains: Sequence[str] = (), **variables: str) -> None:
        """Write the reference tables and run every model and data test; fails with dbt's words."""
        with self.connect() as con:
            write_reference(con, read_lists(), own_domains=own_domains)
        chosen = ["--exclude-resource-type", "unit_test", *(["--full-refresh"] if full else [])]
        self.dbt("build", *chosen, since=since, **variables)

    def dbt(self, command: str, *arguments: str, since: str = "", **variables: str) -> str:
        """Run dbt and return what it printed."""
        environment = {
            **os.environ,
            **{name: str(self.folder / FILES[catalog]) for name, catalog in CATALOGS.items()},
            "LEADPATH_SINCE_LOAD": since,
            "DO_NOT_TRACK": "1",
        }
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("dbt")), command, *arguments),
                *("--project-dir", str(SQL), "--profiles-dir", str(SQL)),
                *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
                *("--vars", str({"report_timezone": "UTC", **variables})),
                # two threads of dbt's own cost more than they save on a few rows
                *(["--threads", "1"] if command == "build" else []),
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def marts(self) -> Marts:
        """What was built."""
        with self.connect() as con:
            return marts(con)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connect() as con:
            return con.execute(query).fetchall()

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        with self.connect() as con:
            con.execute(statement, list(parameters))


def marts(con: duckdb.DuckDBPyConnection) -> Marts:
    """Every row of every mart of the catalog `leadpath`, by its columns' names and in one order."""
    tables = con.execute(
        "select table_name, list(column_name order by column_name) from duckdb_columns()"
        " where database_name = 'leadpath' and schema_name = 'marts' group by table_name order by table_name"
    ).fetchall()
    return {
        name: [
            dict(zip(columns, row, strict=True))
            for row in con.execute(f"select {', '.join(columns)} from leadpath.marts.{name} order by all").fetchall()
        ]
        for name, columns in tables
    }


def sql_type(kind: Kind) -> str:
    """The type that DuckDB gives a raw column of this kind."""
    return "timestamptz" if kind is Kind.TIMESTAMP else kind.value
