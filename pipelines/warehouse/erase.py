"""Taking out of raw rows those who were forgotten: before a load is stored, and out of the whole file.

One verdict for both: which rows are the person's, which values name them elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import pyarrow as pa

from pipelines.texts.marks import DIGEST, EMAIL, Mark
from pipelines.warehouse.forgotten import ERASED, Forgotten
from sources.rows.json_text import dump
from sources.rows.personal import Personal
from sources.rows.table import Batch, Misfit, Table

CELLS = "forgotten_{}"
QUARANTINE = ("ops", "quarantine")
TABLES = """
select schema_name, table_name from duckdb_tables() where database_name = current_database() and not internal
"""
TEXTS = f"""
select schema_name, table_name, column_name, is_nullable from duckdb_columns() semi join ({TABLES})
using (schema_name, table_name)
where database_name = current_database() and data_type in ('VARCHAR', 'JSON', 'VARCHAR[]') order by all
"""


@dataclass
class Verdict:
    """What becomes of the rows of a relation: SQL conditions and, by column, what stands there afterwards."""

    is_theirs: str
    is_gone: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def is_touched(self) -> str:
        """The condition of rows that are theirs, or of which a value is not as it was."""
        changed = [f"{value} is distinct from {name}::varchar" for name, value in self.values.items()]
        return " or ".join([f"({self.is_theirs})", *changed])


class Aside(NamedTuple):
    """The row of which something is kept in quarantine."""

    vendor: str
    table_name: str
    row_key: str


def remember_ids(con: duckdb.DuckDBPyConnection, table: Table, relation: str, memory: Forgotten) -> None:
    """Remember the vendors' ids of those who are named in these rows, so that all that bears the id is theirs."""
    rule = table.personal
    if not (rule.of and rule.known_by and memory):
        return
    cells = _cells(con, relation, rule.known_by, memory)
    where = " or ".join(_names(name) for name in cells)
    if where:
        found = con.execute(f"select distinct {_id(rule)} from {relation} where {where}").fetchall()
        memory.add({Mark(rule.of, value) for (value,) in found if value})


def judge(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, bool], rule: Personal, memory: Forgotten
) -> Verdict | None:
    """What becomes of a relation's rows; None when it has nobody who was forgotten.

    `columns` are its columns of text, and whether each may be NULL.
    """
    cells = _cells(con, relation, list(columns), memory)
    theirs = [_tells(name, rule) for name in rule.tells if name in cells]
    verdict = Verdict("false", "false")
    if rule.of and memory.knows(rule.of):
        value = _id(rule) if rule.ids else f"lower({rule.links[0]})"
        held = con.execute(f"select distinct {value} from {relation}").fetchall()
        known = [text for (text,) in held if text and memory.has(Mark(rule.of, text))]
        if known:
            con.register(CELLS.format("ids"), pa.table({"id": pa.array(known, pa.string())}))
            is_known = f"coalesce({value} in (select id from {CELLS.format('ids')}), false)"
            if rule.ids:
                theirs.append(is_known)
            verdict.values |= {name: f"case when {is_known} then null else {name} end" for name in rule.links}
    if not (cells or theirs or verdict.values):
        return None
    verdict.is_theirs = " or ".join(theirs) or "false"
    verdict.is_gone = verdict.is_theirs if rule.is_erased else "false"
    for name, may_be_null in columns.items():
        rest = f"(select any_value(rest) from {CELLS.format(name)} as f where f.text = {name}::varchar)"
        emptied = "null" if may_be_null else f"'{ERASED}'"
        cases = f"when {verdict.is_theirs} then {emptied}" if name in rule.columns and theirs else ""
        if name in cells:
            cases += f" when {_names(name)} then coalesce({rest}, {emptied})"
        if cases:
            verdict.values[name] = f"case {cases} else {name}::varchar end"
    return verdict


def _cells(
    con: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str], memory: Forgotten
) -> dict[str, list[str]]:
    """By column, the texts that name somebody; each with what is left of it in a table of its own."""
    signs = memory.signs()
    found: dict[str, list[str]] = {}
    for name in names if signs else ():
        query = f"select distinct {name}::varchar from {relation} where regexp_matches({name}::varchar, $signs)"
        texts = [text for (text,) in con.execute(query, {"signs": signs}).fetchall() if memory.kinds_in(text)]
        if texts:
            kinds = [memory.kinds_in(text) for text in texts]
            rows = {
                "text": pa.array(texts, pa.string()),
                "rest": pa.array([memory.without(text) for text in texts], pa.string()),
                "is_address": pa.array([each <= {EMAIL, DIGEST} for each in kinds], pa.bool_()),
            }
            con.register(CELLS.format(name), pa.table(rows))
            found[name] = texts
    return found


def _names(name: str) -> str:
    return f"coalesce({name}::varchar in (select text from {CELLS.format(name)}), false)"


def _tells(name: str, rule: Personal) -> str:
    """Whether the column makes the row theirs. An address beside that of an author names somebody else."""
    if not rule.author or name == rule.author:
        return _names(name)
    return (
        f"coalesce(case when coalesce({rule.author}, '') like '%@%' then {name}::varchar in"
        f" (select text from {CELLS.format(name)} where not is_address)"
        f" else {name}::varchar in (select text from {CELLS.format(name)}) end, false)"
    )


def _id(rule: Personal) -> str:
    return f"lower(concat_ws('|', {', '.join(rule.ids)}))"


def _texts_of(table: Table) -> dict[str, bool]:
    return {name: name not in table.key for name, kind in table.columns.items() if pa.types.is_string(kind.arrow)}


def _keys(table: Table) -> str:
    return ", ".join(table.key)


def strip(con: duckdb.DuckDBPyConnection, batches: Sequence[Batch], memory: Forgotten) -> None:
    """Take who was forgotten out of rows that are to be stored, and out of what is kept aside of them."""
    if not memory:
        return
    for batch in batches:
        con.register("incoming", batch.arrow)
        remember_ids(con, batch.table, "incoming", memory)
    for batch in batches:
        table = batch.table
        con.register("incoming", batch.arrow)
        theirs: set[str] = set()
        if (verdict := judge(con, "incoming", _texts_of(table), table.personal, memory)) is not None:
            keys = con.execute(f"select {_keys(table)} from incoming where {verdict.is_theirs}").fetchall()
            theirs = {dump(list(key)) for key in keys}
            replaced = ", ".join(f"{value} as {name}" for name, value in verdict.values.items())
            kept = con.sql(
                f"select * {f'replace ({replaced})' if replaced else ''} from incoming where not ({verdict.is_gone})"
            )
            batch.arrow = kept.to_arrow_table().cast(table.arrow_schema)
        batch.misfits = [one for one in batch.misfits if not _is_theirs(one, theirs, memory)]
    con.unregister("incoming")


def _is_theirs(misfit: Misfit, keys: set[str], memory: Forgotten) -> bool:
    return misfit.key in keys or bool(memory.kinds_in(misfit.value) or memory.kinds_in(misfit.key))


def erase(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Table]], memory: Forgotten
) -> dict[str, tuple[int, int]]:
    """Take who was forgotten out of an open raw file; by table, how many rows went and how many changed.

    `tables` are the raw tables by vendor. The caller commits.
    """
    known = {(f"raw_{vendor}", table.name): table for vendor, each in tables.items() for table in each}
    there = relations(con)
    for place in there:
        if place in known:
            remember_ids(con, known[place], ".".join(place), memory)
    done: dict[str, tuple[int, int]] = {}
    aside: list[Aside] = []
    for place, columns in there.items():
        relation, table = ".".join(place), known.get(place)
        verdict = judge(con, relation, columns, rule_of(place, table), memory)
        if verdict is None:
            continue
        aside += aside_of(con, place, table, verdict)
        done[relation] = _apply(con, relation, verdict)
    if gone := con.execute(f"delete from ops.quarantine where {is_aside(con, aside)}").fetchall()[0][0]:
        went, changed = done.get("ops.quarantine", (0, 0))
        done["ops.quarantine"] = (went + gone, changed)
    return {relation: counts for relation, counts in done.items() if any(counts)}


def rule_of(place: tuple[str, str], table: Table | None) -> Personal:
    """What is personal in a table of the raw file."""
    if place == QUARANTINE:
        return Personal(tells=("value", "row_key"), is_erased=True)
    return table.personal if table else Personal()


def relations(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, bool]]:
    """The tables of the current catalog by schema and name: their columns of text, and whether each may be NULL."""
    there: dict[tuple[str, str], dict[str, bool]] = {}
    for schema, table, column, may_be_null in con.execute(TEXTS).fetchall():
        there.setdefault((schema, table), {})[column] = may_be_null
    return there


def _apply(con: duckdb.DuckDBPyConnection, relation: str, verdict: Verdict) -> tuple[int, int]:
    gone = con.execute(f"delete from {relation} where {verdict.is_gone}").fetchall()[0][0]
    changed = 0
    if verdict.values:
        assigned = ", ".join(f"{name} = {value}" for name, value in verdict.values.items())
        changed = con.execute(f"update {relation} set {assigned} where {verdict.is_touched}").fetchall()[0][0]
    return int(gone), int(changed)


def aside_of(
    con: duckdb.DuckDBPyConnection, place: tuple[str, str], table: Table | None, verdict: Verdict
) -> list[Aside]:
    """The rows that are theirs, as quarantine names them: what is kept aside of these is theirs too."""
    if table is None:
        return []
    found = con.execute(f"select {_keys(table)} from {'.'.join(place)} where {verdict.is_theirs}").fetchall()
    return [Aside(place[0].removeprefix("raw_"), table.name, dump(list(key))) for key in found]


def is_aside(con: duckdb.DuckDBPyConnection, rows: Sequence[Aside]) -> str:
    """The condition of what is kept aside of these rows; the connection then knows them."""
    held = list(zip(*rows, strict=True)) or [()] * len(Aside._fields)
    con.register("aside", pa.table([pa.array(each, pa.string()) for each in held], list(Aside._fields)))
    listed = ", ".join(Aside._fields)
    return f"({listed}) in (select ({listed}) from aside)"
