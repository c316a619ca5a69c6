"""What the tables and columns of the published file mean, so that the file can say so itself.

Of the marts it is read from the .yml beside each model; of the run records it stands here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines.build.state import SQL

GRAIN = re.compile(r"Grain: (\w+(?:, \w+)*)\.")


@dataclass(frozen=True)
class Column:
    """A column: its name, its meaning, its type where a contract fixes one, and what of people it holds, and where.

    `personal` is the tag of the model's .yml, one of the kinds of `pipelines/build/masking.py`.
    """

    name: str
    description: str
    data_type: str = ""
    personal: str = ""
    personal_where: str = ""


@dataclass(frozen=True)
class Described:
    """A published table, its meaning and its columns in their order."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Of a mart, the columns that tell its rows apart."""

    @property
    def full_name(self) -> str:
        """Schema and name, as they are written in a query."""
        return f"{self.schema}.{self.name}"


RUN, VENDOR, RESOURCE = "The run that did it.", "Vendor.", "Resource of that vendor."
SCOPE = "Workspace, project or token that was read; empty where a vendor has one only."
OPS: dict[str, tuple[str, dict[str, str]]] = {
    "runs": (
        "Every run of a command that loads or builds. One row per run_id.",
        {
            "run_id": "Key: when it began, and a few random letters.",
            "started_at": "When it began.",
            "ended_at": "When it ended; NULL while it goes on.",
            "status": "What became of it: running, ok, partial, failed or interrupted.",
            "command": "The command line.",
            "error": "What went wrong, in words; NULL when nothing did.",
        },
    ),
    "loads": (
        "What each run read of each resource. One row per run_id, vendor, resource.",
        {
            "run_id": RUN,
            "vendor": VENDOR,
            "resource": RESOURCE,
            "rows_loaded": "New and changed rows.",
            "requests": "Requests sent, retries included.",
            "retries": "Requests that had to be sent again.",
            "waited_seconds": "Seconds of waiting for the vendor's request budget.",
            "unknown_fields": "Fields that no description of the API names; they are kept in _extra of the raw table.",
        },
    ),
    "windows": (
        "Stretches of time that were asked for. One row per vendor, resource, scope, window_start, window_end, run_id.",
        {
            "vendor": VENDOR,
            "resource": RESOURCE,
            "scope": SCOPE,
            "window_start": "Begin of the stretch.",
            "window_end": "End of the stretch, which does not belong to it.",
            "finished_at": "When all of it was loaded; NULL when it was not.",
            "rows": "Rows that came of it.",
            "reason": "Why it was asked for, or why it is not finished.",
            "run_id": RUN,
        },
    ),
    "completeness": (
        "What an API says that it has, beside what came. One row per window of a vendor that states a total.",
        {
            "run_id": RUN,
            "vendor": VENDOR,
            "resource": RESOURCE,
            "scope": SCOPE,
            "window_start": "Begin of the stretch.",
            "window_end": "End of the stretch, which does not belong to it.",
            "api_count": "Rows that the API said there were.",
            "received_count": "Different rows that came.",
        },
    ),
    "publications": (
        "Every publication of this file. One row per publication.",
        {
            "run_id": RUN,
            "published_at": "When the file was put in place.",
            "tests_passed": "Data tests that had passed before.",
            "mart_rows": "Rows of each mart then, as a JSON object.",
        },
    ),
    "quarantine_counts": (
        "Values and rows that did not fit and were kept aside. One row per vendor, table, column and reason.",
        {
            "vendor": VENDOR,
            "table_name": "Raw table of that vendor.",
            "column_name": "Column of the value; NULL when the whole row was kept aside.",
            "reason": "Why it did not fit.",
            "row_count": "How many there are.",
        },
    ),
    "missing_rows": (
        "Records that their vendor no longer has and raw holds. One row per vendor, resource, scope, entity_id.",
        {
            "vendor": VENDOR,
            "resource": RESOURCE,
            "scope": SCOPE,
            "entity_id": "The vendor's id.",
            "missing_since": "When a whole reading first did not list it.",
        },
    ),
    "build_state": (
        "What the marts were built from: a build that finds the same has nothing to do. One row per name.",
        {
            "name": "What it is: raw file, last load, SQL, lists, time zone and so on.",
            "value": "Its id, hash or value.",
        },
    ),
}


def described() -> list[Described]:
    """Every table of the published file, in the order of their names; types are those of the contracts."""
    marts = [
        Described(
            "marts",
            model["name"],
            _flat(model["description"]),
            tuple(_column(column) for column in model["columns"]),
            _grain(file.with_suffix(".sql")),
        )
        for file in sorted((SQL / "models" / "marts").glob("*.yml"))
        for model in yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["models"]
    ]
    ops = [
        Described("ops", name, text, tuple(Column(column, words) for column, words in columns.items()))
        for name, (text, columns) in sorted(OPS.items())
    ]
    return marts + ops


def _grain(model: Path) -> tuple[str, ...]:
    """What the first lines of a model say of its grain."""
    found = GRAIN.search(model.read_text("utf-8").replace("\n-- ", " "))
    return tuple(found[1].split(", ")) if found else ()


def _column(declared: Mapping[str, Any]) -> Column:
    meta = declared.get("config", {}).get("meta", {})
    return Column(
        declared["name"],
        _flat(declared["description"]),
        declared["data_type"],
        meta.get("personal", ""),
        meta.get("personal_where", ""),
    )


def comment(con: duckdb.DuckDBPyConnection, tables: Iterable[Described]) -> None:
    """Write the descriptions into the open file as comments of its tables and columns, where they are not there yet."""
    there = con.execute("""
        select schema_name, table_name, '', comment from duckdb_tables() where not internal
        union all
        select schema_name, table_name, column_name, comment from duckdb_columns() where not internal
    """).fetchall()
    written = {(schema, table, column): text for schema, table, column, text in there}
    statements = []
    for table in tables:
        place = (table.schema, table.name)
        if written.get((*place, "")) != table.description:
            statements.append(f"comment on table {table.full_name} is {_literal(table.description)}")
        statements += [
            f'comment on column {table.full_name}."{column.name}" is {_literal(column.description)}'
            for column in table.columns
            if written.get((*place, column.name)) != column.description
        ]
    con.execute("; ".join(["begin", *statements, "commit"]))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
