"""The least that this job costs: fetch the answers, write them as lines, let DuckDB read, unnest and merge by key.

Run as `python -m benchmarks.floor <job.json>`; `job` says what is in that file. Nothing is checked, set aside,
remembered or recorded, and what a vendor would have to change to break it is everything.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import requests

PAGE = 100
TYPES = {"text": "varchar", "bigint": "bigint", "double": "double", "bool": "boolean", "json": "json",
         "timestamp": "timestamptz"}  # fmt: skip
# a time is text that is cast: read as a time, one with an offset would lose it
READ = {**TYPES, "timestamp": "varchar"}
Job = dict[str, Any]


def job(tables: Mapping[str, Any], url: str, file: Path, start: datetime, now: datetime, *, first: bool) -> Job:
    """What the script is given: Leadpath's columns, the server, its file, and the days; lists are read `first`."""
    return {
        "tables": {
            name: {
                "key": table.key,
                "ours": {column: kind.value for column, kind in table.ours.items()},
                "fields": {path: kind.value for path, kind in table.fields.items()},
            }
            for name, table in tables.items()
        },
        "url": url,
        "file": str(file),
        "start": start.isoformat(),
        "now": now.isoformat(),
        "first": first,
    }


def numbered(session: requests.Session, url: str, **given: Any) -> Iterator[list[Any]]:
    """Snitcher's pages of a list."""
    number, last = 1, 1
    while number <= last:
        body = orjson.loads(session.get(url, params={**given, "page": number, "per_page": PAGE, "size": PAGE}).content)
        yield body["data"]
        number, last = number + 1, body["last_page"]


def until_short(session: requests.Session, url: str, **given: Any) -> Iterator[list[Any]]:
    """SnapCall's pages of a list, which is a bare array."""
    number, length = 0, PAGE
    while length == PAGE:
        rows = orjson.loads(session.get(url, params={**given, "page": number, "limit": PAGE}).content)
        yield rows
        number, length = number + 1, len(rows)


def types(fields: Mapping[str, str]) -> dict[str, str]:
    """The type of each value of a row with these fields, of which some are in objects."""
    plain = {path: READ[kind] for path, kind in fields.items() if "." not in path}
    for head in dict.fromkeys(path.split(".")[0] for path in fields if "." in path):
        below = {path.removeprefix(f"{head}."): kind for path, kind in fields.items() if path.startswith(f"{head}.")}
        plain[head] = struct(below)
    return plain


def struct(fields: Mapping[str, str]) -> str:
    """The type of an object with these fields."""
    return "struct(" + ", ".join(f'"{name}" {kind}' for name, kind in types(fields).items()) + ")"


def columns(fields: Mapping[str, str], row: str) -> str:
    """The fields of a row as columns."""
    quoted = {path: ".".join(f'"{part}"' for part in path.split(".")) for path in fields}
    return ", ".join(
        f'{row}.{quoted[path]}::{TYPES[kind]} as "{path.replace(".", "_")}"' for path, kind in fields.items()
    )


class Floor:
    """One run."""

    def __init__(self, given: Job) -> None:
        self.job = given
        self.tables = given["tables"]
        self.session = requests.Session()
        self.con = duckdb.connect(given["file"])
        self.lines = Path(given["file"]).with_suffix(".jsonl")
        self.now = datetime.fromisoformat(given["now"])
        self.start = datetime.fromisoformat(given["start"])
        for name, table in self.tables.items():
            kinds = table["ours"] | {path.replace(".", "_"): kind for path, kind in table["fields"].items()}
            listed = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in kinds.items())
            self.con.execute(f"create table if not exists {name} ({listed})")

    def run(self) -> None:
        """Everything that is due."""
        snitcher, snapcall = f"{self.job['url']}/v1/workspaces", f"{self.job['url']}/v2"
        if self.job["first"]:
            self.store("workspaces", numbered(self.session, snitcher))
        days = {
            "date_from": (self.start - timedelta(days=1)).date().isoformat(),
            "date_to": (self.now + timedelta(days=1)).date().isoformat(),
        }
        for (workspace,) in self.con.execute("select uuid from workspaces").fetchall():
            ours = f"'{workspace}' as workspace_uuid, "
            route = f"{snitcher}/{workspace}"
            self.store("organisations", numbered(self.session, f"{route}/organisations", **days), ours)
            self.con.execute(
                "insert into organisation_websites by name select workspace_uuid, uuid, website from organisations"
                " where website is not null except select workspace_uuid, uuid, website from organisation_websites"
            )
            self.store("sessions", numbered(self.session, f"{route}/sessions", **days), ours)
            if self.job["first"]:
                self.store("segments", numbered(self.session, f"{route}/segments"), ours)
        stretch = {"start": (self.start - timedelta(days=1)).isoformat(), "end": self.now.isoformat()}
        self.store("calls", until_short(self.session, f"{snapcall}/calls", **stretch))
        if self.job["first"]:
            for name in ("buttons", "schedule-templates"):
                self.store(name.replace("-", "_"), until_short(self.session, f"{snapcall}/{name}"))
            named = "select agent from calls union select agent from buttons"
            emails = [email for (email,) in self.con.execute(named).fetchall()]
            agents = (orjson.loads(self.session.get(f"{snapcall}/agents/{email}").content) for email in emails)
            self.store("agents", ([agent] for agent in agents))

    def store(self, name: str, pages: Iterator[list[Any]], ours: str = "") -> None:
        """Write the rows as lines, read them, and merge them into the table."""
        with self.lines.open("wb") as file:
            file.writelines(orjson.dumps(row) + b"\n" for page in pages for row in page)
        fields = self.tables[name]["fields"]
        row = types(fields)
        if name == "sessions":
            row["events"] = f"{struct(self.tables['session_events']['fields'])}[]"
        self.con.execute(
            "create or replace temp table page as select r from"
            f" read_json('{self.lines}', format = 'newline_delimited', columns = {row}) as r"
        )
        self.merge(name, self.tables[name]["key"], f"select {ours}{columns(fields, 'r')} from page")
        if name == "sessions":
            below = columns(self.tables["session_events"]["fields"], "e")
            self.merge(
                "session_events",
                ("workspace_uuid", "session_uuid"),
                f"select {ours}session_uuid, position, {below} from (select r.uuid as session_uuid,"
                " unnest(r.events) as e, generate_subscripts(r.events, 1) as position from page)",
            )

    def merge(self, name: str, key: tuple[str, ...], query: str) -> None:
        """Put rows in the place of those with the same key."""
        if self.job["first"]:
            self.con.execute(f"insert into {name} by name {query}")
            return
        self.con.execute(f"create or replace temp table incoming as {query}")
        same = " and ".join(f"stored.{column} = incoming.{column}" for column in key)
        self.con.execute(f"delete from {name} as stored using incoming where {same}")
        self.con.execute(f"insert into {name} by name select * from incoming")


def main() -> None:
    """Do the job that the first argument's file describes."""
    floor = Floor(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    floor.run()
    floor.con.close()


if __name__ == "__main__":
    main()
