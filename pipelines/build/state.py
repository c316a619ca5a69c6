"""What a build stands on: the raw file and its loads, complete days, SQL, lists, zone, what of people is published."""

import hashlib
from pathlib import Path

import duckdb

from pipelines.settings import Settings
from pipelines.vendors import TABLES
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.records import Records
from pipelines.warehouse.windows import midnight, union
from sources.window import Window

SQL = Path(__file__).resolve().parents[2] / "sql"
State = dict[str, str]
# the newest load up to a moment, and a hash of the whole line of loads that leads to it
LINE = f"""
select coalesce(max(load_id), ''), coalesce(md5(string_agg(load, ' ' order by load)), '') from (
{" union all ".join(f"select load_id, load_id || ' {name}' as load from raw_{name}._dlt_loads" for name in TABLES)}
) where load_id <= ?
"""
END_OF_TIME = "~"


def state_of(warehouse: Warehouse, settings: Settings, lists: str) -> State:
    """All that a build depends on: which raw file, its loads, the complete days, SQL, lists, zone."""
    with warehouse.turn() as con:
        records = Records(con)
        generation = records.fact("generation")
        last_load, line = records.rows(LINE, [END_OF_TIME])[0]
        windows = records.rows(
            "select vendor, resource, scope, window_start, window_end, finished_at from ops.windows"
            " where reason <> 'daily'"
        )
    days: dict[tuple[str, str, str], list[Window]] = {}
    for vendor, resource, scope, start, end, finished_at in windows:
        # a day counts when it was read after it ended
        days.setdefault((vendor, resource, scope), []).append(Window(start, min(end, midnight(finished_at))))
    complete = {key: [(str(w.start), str(w.end)) for w in union(part)] for key, part in sorted(days.items())}
    return {
        "generation": str(generation),
        "last_load": last_load,
        "line": line,
        "days": hashlib.sha256(repr(complete).encode()).hexdigest(),
        "sql": sql_hash(SQL),
        "lists": lists,
        "timezone": settings.own.report_timezone,
        "personal": settings.own.personal_data,
        "forgotten": warehouse.forgotten.digest,
    }


def sql_hash(folder: Path) -> str:
    """The hash of the dbt project in a folder, without its analyses: they only read what is published."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".sql", ".yml", ".csv") and not file.is_relative_to(folder / "analyses"):
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def fits(warehouse: Warehouse, before: State, state: State) -> bool:
    """Whether what was built before is the beginning of what is loaded now, by the same SQL and lists.

    It is not where the raw file is another one, or where a load that it stands on is not in the raw file, or one that
    it does not know is older than its newest: a raw file from a backup, or a clock that was wrong at one load.
    """
    whole = ("generation", "sql", "lists", "timezone", "personal", "forgotten")
    if any(before.get(name) != state[name] for name in whole):
        return False
    with warehouse.turn() as con:
        ((last_load, line),) = con.execute(LINE, [before["last_load"]]).fetchall()
    return bool(last_load) and (last_load, line) == (before["last_load"], before.get("line"))


def state_of_build_file(warehouse: Warehouse) -> State:
    """What the intermediate models were built from; empty when no build came to its end since they were touched."""
    with duckdb.connect(str(warehouse.build)) as con:
        try:
            return dict(con.execute("select name, value from reference.build_state").fetchall())
        except duckdb.CatalogException:
            return {}


def note_in_build_file(warehouse: Warehouse, state: State) -> None:
    """Remember what the build file was built from: an increment needs it and the published file of one build."""
    with warehouse.loading(), duckdb.connect(str(warehouse.build)) as con:
        con.execute("create schema if not exists reference")
        con.execute("create or replace table reference.build_state (name varchar, value varchar)")
        for item in state.items():
            con.execute("insert into reference.build_state values (?, ?)", list(item))
