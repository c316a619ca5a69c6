"""All that is held about a person or a company, for them to see."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.settings import Settings
from pipelines.texts.marks import Mark
from pipelines.vendors import TABLES
from pipelines.warehouse.erase import QUARANTINE, Aside, aside_of, is_aside, judge, relations, remember_ids, rule_of
from pipelines.warehouse.files import Warehouse, quoted
from pipelines.warehouse.forgotten import Forgotten
from sources.rows.personal import Personal

# published rows of the records that are theirs: the column that names the record, in these tables and in others
FOLLOWED = {"lead_key": "lead", "call_id": "call", "feedback_id": "feedback"}
# of published tables whose key is not their first column
KEYS = {
    "ambiguous_links": ("vendor", "entity_type", "entity_id", "company_key"),
    "company_links": ("vendor", "entity_type", "entity_id"),
    "lead_attribution": ("lead_key", "touchpoint_key"),
    "dim_feedback_assignees": ("project_id", "assignee_id"),
}
Document = dict[str, Any]


def held_about(settings: Settings, marks: frozenset[Mark]) -> Document:
    """A document for JSON: `subject`, and `held`, a list of `file`, `table`, `key` and `columns` (without NULLs).

    The caller holds the warehouse's lock. Rows are those of the raw file, quarantine among them, and of the published
    one.
    """
    warehouse = Warehouse(settings.data_dir)
    sought = Forgotten(None)
    sought.add(marks)
    held: list[Document] = []
    if warehouse.raw.exists():
        with warehouse.turn() as con:
            held += [{"file": "internal/raw.duckdb", **row} for row in of_raw(con, sought)]
    for file in (warehouse.published, warehouse.unmasked):
        if file.exists():
            name = str(file.relative_to(warehouse.data_dir))
            held += [{"file": name, **row} for row in _published(file, sought)]
    subject = {kind: sorted(mark.value for mark in marks if mark.kind == kind) for kind in {m.kind for m in marks}}
    return {"subject": subject, "held": held}


def of_raw(con: duckdb.DuckDBPyConnection, sought: Forgotten) -> Iterator[Document]:
    """Rows of an open raw file that are the person's, or that name them."""
    there = relations(con)
    aside: list[Aside] = []
    known = {(f"raw_{vendor}", table.name): table for vendor, each in TABLES.items() for table in each}
    for place in there:
        if place in known:
            remember_ids(con, known[place], ".".join(place), sought)
    for place, columns in there.items():
        table = known.get(place)
        relation = ".".join(place)
        verdict = judge(con, relation, columns, rule_of(place, table), sought)
        if verdict is None or place == QUARANTINE:
            continue
        aside += aside_of(con, place, table, verdict)
        query = f"select * from {relation} where {verdict.is_touched}"
        yield from _documents(con, relation, query, table.key if table else ())
    if QUARANTINE in there:
        verdict = judge(con, "ops.quarantine", there[QUARANTINE], rule_of(QUARANTINE, None), sought)
        named = f" or {verdict.is_touched}" if verdict else ""
        query = f"select * from ops.quarantine where {is_aside(con, aside)}{named}"
        yield from _documents(con, "ops.quarantine", query, Aside._fields)


def _documents(con: duckdb.DuckDBPyConnection, relation: str, query: str, key: tuple[str, ...]) -> Iterator[Document]:
    result = con.execute(query)
    names = [column[0] for column in result.description or ()]
    for row in result.fetchall():
        values = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        yield {
            "table": relation,
            "key": {name: values.get(name) for name in key},
            "columns": {name: value for name, value in values.items() if name not in key},
        }


def _published(file: Path, sought: Forgotten) -> Iterator[Document]:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"attach '{quoted(file)}' as held (read_only); use held")
        there = relations(con)
        conditions = {
            place: [verdict.is_touched]
            for place, columns in there.items()
            if (verdict := judge(con, ".".join(place), columns, Personal(), sought)) is not None
        }
        columns_of = {
            (schema, table): names
            for schema, table, names in con.execute(
                "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns()"
                " where database_name = current_database() and not internal group by all"
            ).fetchall()
        }
        for column, entity in FOLLOWED.items():
            owners = [place for place in conditions if column in columns_of[place]]
            ids: set[str] = set()
            for place in owners:
                query = f"select {column} from {'.'.join(place)} where {' or '.join(conditions[place])}"
                ids |= {value for (value,) in con.execute(query).fetchall() if value}
            if not ids:
                continue
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(ids))
            for place, names in columns_of.items():
                if column in names:
                    conditions.setdefault(place, []).append(f"{column} in ({listed})")
                for kind in ("entity_type", "touch_type"):
                    if {"entity_id", kind} <= set(names):
                        found = f"(entity_id in ({listed}) and {kind} = '{entity}')"
                        conditions.setdefault(place, []).append(found)
        for place, alternatives in sorted(conditions.items()):
            relation = ".".join(place)
            key = KEYS.get(place[1], (columns_of[place][0],))
            yield from _documents(con, relation, f"select * from {relation} where {' or '.join(alternatives)}", key)
