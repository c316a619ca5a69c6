"""The same job by dlt alone, with dictionaries, tuned as its documentation advises.

Run as `python -m benchmarks.dicts <job.json>` with the job of the floor script. Tuned: parquet to the destination,
large buffers, bodies parsed by orjson, whole pages yielded, incremental cursors with a lag, lists of values as JSON.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import orjson
from dlt.sources.helpers import requests

PAGE = 100
LAG = timedelta(days=3).total_seconds()
TUNED = {
    "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
    "NORMALIZE__LOADER_FILE_FORMAT": "parquet",
    "EXTRACT__WORKERS": "2",
    "LOAD__WORKERS": "2",
    "SCHEMA__NAMING": "snake_case",
}
JSON_COLUMNS: Any = {
    name: {"data_type": "json"}
    for name in ("profiles", "tags", "segments", "visitor_locations", "pages_visited", "available_tags")
}


def snitcher(url: str, **given: Any) -> Iterator[list[dict[str, Any]]]:
    """Pages of a list of Snitcher."""
    number, last = 1, 1
    while number <= last:
        answer = requests.get(url, params={**given, "page": number, "per_page": PAGE, "size": PAGE})
        body = orjson.loads(answer.content)
        yield body["data"]
        number, last = number + 1, body["last_page"]


def snapcall(url: str, **given: Any) -> Iterator[list[dict[str, Any]]]:
    """Pages of a list of SnapCall."""
    number, length = 0, PAGE
    while length == PAGE:
        rows = orjson.loads(requests.get(url, params={**given, "page": number, "limit": PAGE}).content)
        yield rows
        number, length = number + 1, len(rows)


def source(job: dict[str, Any]) -> Any:
    """The resources that are due: lists the first time, and what has days since the cursor."""
    base, phone, now = f"{job['url']}/v1/workspaces", f"{job['url']}/v2", datetime.fromisoformat(job["now"])
    workspace = job["workspace"]

    def since(field: str) -> Any:
        # a time of a first run; later ones go on from the newest that was seen, some days back
        return dlt.sources.incremental(field, initial_value=job["history"], lag=LAG, primary_key=())

    def days(cursor: Any) -> dict[str, str]:
        begin = date.fromisoformat(str(cursor.last_value)[:10])
        return {"date_from": begin.isoformat(), "date_to": (now + timedelta(days=1)).date().isoformat()}

    @dlt.resource(primary_key="uuid", write_disposition="merge", max_table_nesting=1,
                  columns={"referrer": {"data_type": "text"}})  # fmt: skip
    def sessions(cursor: Any = since("started_at")) -> Any:  # noqa: B008 (how dlt is told of a cursor)
        yield from snitcher(f"{base}/{workspace}/sessions", **days(cursor))

    @dlt.resource(primary_key="uuid", write_disposition="merge", max_table_nesting=0, columns=JSON_COLUMNS)
    def organisations(cursor: Any = since("last_seen")) -> Any:  # noqa: B008 (how dlt is told of a cursor)
        yield from snitcher(f"{base}/{workspace}/organisations", **days(cursor))

    @dlt.resource(primary_key="id", write_disposition="merge", max_table_nesting=0)
    def calls(cursor: Any = since("call_start")) -> Any:  # noqa: B008 (how dlt is told of a cursor)
        yield from snapcall(f"{phone}/calls", start=str(cursor.last_value), end=now.isoformat())

    @dlt.resource(write_disposition="replace", max_table_nesting=0, columns=JSON_COLUMNS)
    def workspaces() -> Any:
        yield from snitcher(base)

    @dlt.resource(write_disposition="replace", max_table_nesting=0)
    def segments() -> Any:
        yield from snitcher(f"{base}/{workspace}/segments")

    @dlt.resource(write_disposition="replace", max_table_nesting=0)
    def buttons() -> Any:
        yield from snapcall(f"{phone}/buttons")

    @dlt.resource(write_disposition="replace", max_table_nesting=0)
    def schedule_templates() -> Any:
        yield from snapcall(f"{phone}/schedule-templates")

    @dlt.resource(write_disposition="replace", max_table_nesting=0)
    def agents() -> Any:
        for email in job["agents"]:
            yield orjson.loads(requests.get(f"{phone}/agents/{email}").content)

    dated = [sessions, organisations, calls]
    lists = [workspaces, segments, buttons, schedule_templates, agents]

    @dlt.source(name="dicts")
    def whole() -> Any:
        return [*dated, *(lists if job["first"] else [])]

    return whole()


def main() -> None:
    """Do the job that the first argument's file describes."""
    os.environ.update(TUNED)
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    file = Path(job["file"])
    pipeline = dlt.pipeline("dicts", destination=dlt.destinations.duckdb(str(file)), dataset_name="raw",
                            pipelines_dir=str(file.parent / "dlt"))  # fmt: skip
    pipeline.run(source(job), loader_file_format="parquet").raise_on_failed_jobs()


if __name__ == "__main__":
    main()
