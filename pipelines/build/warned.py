"""What data tests warn of, as sentences for the person who can act.

A test that warns has its sentence in its `meta`, with the columns of the rows that it finds in braces; `config_dir` is
where the user's own lists are. A sentence is said for each row, the first few.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.texts.printable import typed
from pipelines.warehouse.files import quoted

SHOWN = 5
WORD = 60


def sentences(
    nodes: Sequence[Mapping[str, Any]], target: Path, files: Mapping[str, Path], config_dir: Path
) -> list[str]:
    """What the tests of these nodes of dbt's results found.

    `target` is the folder of dbt's artifacts, `files` maps the catalogs that tests name to their files.

    A test without a sentence, or whose rows cannot be read again, is named with dbt's own words.
    """
    if not nodes:
        return []
    try:
        known = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    except (OSError, ValueError, KeyError):
        return [_bare(node) for node in nodes]
    said: list[str] = []
    with duckdb.connect() as con:
        for name, file in files.items():
            con.execute(f"attach '{quoted(file)}' as {name} (read_only)")
        for node in nodes:
            declared = known.get(node["unique_id"], {})
            sentence = declared.get("config", {}).get("meta", {}).get("sentence")
            # where dbt did not run itself, what it ran last is the same
            sql = node.get("compiled_code") or declared.get("compiled_code")
            try:
                said += _of_rows(con, sql, sentence, config_dir) if sentence and sql else [_bare(node)]
            except (duckdb.Error, KeyError, ValueError):
                said.append(_bare(node))
    return said


def _of_rows(con: duckdb.DuckDBPyConnection, sql: str, sentence: str, config_dir: Path) -> Iterator[str]:
    found = con.execute(f"select * from ({sql}) order by all")
    names = [column[0] for column in found.description or ()]
    rows = found.fetchall()
    for row in rows[:SHOWN]:
        # a vendor may have written anything
        values = {
            name: typed(value, WORD) if isinstance(value, str) else value
            for name, value in zip(names, row, strict=True)
        }
        yield f"{sentence.format(**values, config_dir=config_dir)}."
    if len(rows) > SHOWN:
        yield f"{len(rows) - SHOWN:,} more like the last one."


def _bare(node: Mapping[str, Any]) -> str:
    name = str(node["unique_id"]).split(".")[2]
    return f"{name}: {' '.join(str(node.get('message') or '').split())[:200]}"
