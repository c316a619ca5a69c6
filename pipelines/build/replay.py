"""An increment without dbt: the statements that dbt ran for an earlier one, in one connection.

dbt's start, its account of each node and its templates cost several times what DuckDB needs for an increment. They lead
to the same statements each time, but for the load since which rows are new: so dbt's first increment is noted, and the
later ones say the same with another load. A recording is of one version of the SQL, the packages and the settings; and
where a query decides which statements follow, it has to answer as it did then. Else dbt runs, and is noted again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipelines.build.state import State
from pipelines.warehouse.files import Warehouse, quoted

PACKAGES = ("dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb")
COMMENT = re.compile(r"\s*/\*.*?\*/\s*", re.DOTALL)
# what dbt asks to know its way, and what a cursor of ours does by itself
ASKS = ("select", "describe", "with", "show")
CREATES_SCHEMA = "create schema if not exists"


@dataclass(frozen=True)
class Recording:
    """The statements of an increment by node, in the order in which the nodes began.

    `since` is the load that they name; `decisions` are queries with the answers that led to them; `severities` those of
    the tests. `key` says what they hold for.
    """

    key: str
    since: str
    nodes: list[tuple[str, list[str]]]
    decisions: list[tuple[str, Any]]
    severities: dict[str, str]


def key_of(state: State) -> str:
    """What a recording holds for: the SQL, the zone, and the packages that make statements of it."""
    parts = [state["sql"], state["timezone"], *(version(name) for name in PACKAGES)]
    parts += [file.read_text("utf-8") for file in (Path(__file__), Path(__file__).with_name("dbt_process.py"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def keep(
    file: Path, state: State, since: str, said: Iterable[tuple[str, str, Any]], manifest: Mapping[str, Any]
) -> None:
    """Keep what dbt said in an increment: `said` holds node, statement, and the answer of one that decides."""
    nodes: dict[str, list[str]] = {}
    decisions = []
    for node, text, answer in said:
        statement = COMMENT.sub("", text, count=1).strip()
        begins, kind = statement.lower(), node.partition(".")[0]
        if answer is not None:
            decisions.append((statement, answer))
        elif begins.startswith(CREATES_SCHEMA):
            nodes.setdefault(CREATES_SCHEMA, []).append(statement)
        elif kind == "test":
            # its transaction is not ours
            nodes.setdefault(node, []).extend([statement] if begins.startswith("select") else [])
        elif kind == "model" and not begins.startswith(ASKS):
            nodes.setdefault(node, []).append(statement)
    severities = {name: manifest["nodes"][name]["config"]["severity"].lower() for name in nodes if name[:5] == "test."}
    recording = Recording(key_of(state), since, list(nodes.items()), decisions, severities)
    temporary = file.with_name(f".{file.name}")
    temporary.write_text(json.dumps(asdict(recording)), "utf-8")
    temporary.replace(file)


def kept(file: Path, state: State) -> Recording | None:
    """The recording that holds for this build, if there is one."""
    try:
        found = Recording(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.key == key_of(state) else None


def replay(recording: Recording, warehouse: Warehouse, candidate: Path, since: str) -> list[dict[str, Any]] | None:
    """Say the statements of a recording since another load; what became of each node, as dbt says it.

    None, with nothing done, where a decision is another one today.
    """
    with duckdb.connect(str(candidate)) as con:
        con.execute(
            "set timezone = 'UTC'; set threads = 1; set memory_limit = '640MB'; set checkpoint_threshold = '16GB'"
        )
        con.execute(f"attach '{quoted(warehouse.raw)}' as raw (read_only)")
        con.execute(f"attach '{quoted(warehouse.build)}' as build")
        con.execute("attach ':memory:' as scratch")

        def now(statement: str) -> str:
            return statement.replace(f"'{recording.since}'", f"'{since}'")

        for query, answer in recording.decisions:
            if con.execute(now(query)).fetchall()[0][0] != answer:
                return None
        results = []
        for node, statements in recording.nodes:
            with con.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
                result = {"unique_id": node, "status": "success", "message": ""}
                try:
                    for statement in statements:
                        rows = cursor.execute(now(statement)).fetchall()
                    if node in recording.severities:
                        result |= _judged(rows[0], recording.severities[node])
                except duckdb.Error as error:
                    result |= {"status": "error", "message": str(error)}
            results.append(result)
            # what stands on it would fail for the same reason
            if result["status"] in ("error", "fail"):
                break
    return results


def _judged(row: tuple[Any, ...], severity: str) -> dict[str, str]:
    """A test's verdict: how many failures, whether to warn, whether to stop."""
    failures, should_warn, should_error = row
    status = "fail" if severity == "error" and should_error else "warn" if should_warn else "pass"
    many = "result" if failures == 1 else "results"
    words = f"Got {failures} {many}, configured to {status} if != 0" if status != "pass" else ""
    return {"status": status, "message": words}
