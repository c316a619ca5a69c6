"""A full build in memory: every model as dbt compiled it, half a second a time, where a test needs many builds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from pipelines.build.reference import write_reference
from pipelines.lists.files import read_lists
from sources.rows.table import Row
from tests.sql.warehouse import FILES, Warehouse


class Models:
    """The SQL of every model, in the order of their references, and of every data test that blocks a publication."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        nodes: Mapping[str, Any] = manifest["nodes"]
        self.selects: dict[str, str] = {}
        self.tests: dict[str, str] = {}
        for name, node in nodes.items():
            if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error":
                self.tests[node["name"]] = node["compiled_code"]
            else:
                self._add(nodes, name)

    @classmethod
    def compile(cls, folder: Path) -> Self:
        """Compile the project as for a full build, in the folder of a warehouse."""
        Warehouse(folder).dbt("compile", "--full-refresh", "--exclude", "resource_type:unit_test")
        return cls(json.loads((folder / "target" / "manifest.json").read_text()))

    def _add(self, nodes: Mapping[str, Any], name: str) -> None:
        node = nodes.get(name, {})
        if node.get("resource_type") != "model" or node["relation_name"] in self.selects:
            return
        for parent in node["depends_on"]["nodes"]:
            self._add(nodes, parent)
        self.selects[node["relation_name"]] = node["compiled_code"]


class MemoryWarehouse(Warehouse):
    """The three files of a warehouse as databases in memory."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.loads = 0
        self._con = duckdb.connect(config={"threads": 1})
        for catalog in FILES:
            self._con.execute(f"attach ':memory:' as {catalog}")
        self._create_raw()
        for schema in sorted({relation.rpartition(".")[0] for relation in models.selects}):
            self._con.execute(f"create schema if not exists {schema}")

    def connect(self) -> duckdb.DuckDBPyConnection:
        con = self._con.cursor()
        con.execute("set TimeZone = 'UTC'")
        return con

    def close(self) -> None:
        self._con.close()

    def fill(self, batches: Iterable[tuple[str, str, pa.Table]]) -> None:
        """Add rows of raw tables, by vendor and table, as one load."""
        self.loads += 1
        with self.connect() as con:
            for vendor, name, rows in batches:
                con.register("loaded", rows)
                con.execute(
                    f"insert into raw.raw_{vendor}.{name} by name select *, ? as _dlt_load_id from loaded",
                    [self.load_id],
                )

    def take(self, raw: Path) -> None:
        """Hold the rows of a raw file instead of any of its own."""
        with self.connect() as con:
            con.execute(f"attach '{raw}' as taken (read_only)")
            for name in self._raw_tables(con):
                con.execute(f"create or replace table raw.{name} as from taken.{name}")
            con.execute("detach taken")

    def shuffle(self, seed: int) -> None:
        """Put the rows of every raw table into another order, and let each have come with a load of its own."""
        with self.connect() as con:
            for name in self._raw_tables(con):
                con.execute(f"""
                    create or replace table raw.{name} as
                    select * replace (printf('%d.125', 1790000000 + row_number() over ()) as _dlt_load_id)
                    from (select * from raw.{name} order by hash(rowid, {seed}))
                """)

    def full_build(self, *, own_domains: Sequence[str] = (), overrides: Sequence[Row] = ()) -> None:
        """Make every model, as a table, and run the data tests that block."""
        with self.connect() as con:
            lists = {**read_lists(), "company_overrides": list(overrides)}
            write_reference(con, lists, own_domains=own_domains)
            for relation, select in self.models.selects.items():
                con.execute(f"create or replace table {relation} as {select}")
            for name, failures in self.models.tests.items():
                assert con.execute(failures).fetchall() == [], name

    @staticmethod
    def _raw_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
        found = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'raw' and schema_name != 'ops'"
        ).fetchall()
        return [name for (name,) in found]
