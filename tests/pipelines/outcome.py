"""What a run of the command line left behind: what it said, what `status` knows, and that no secret is in it."""

import json
import re
from typing import Any

import duckdb

from sandbox import Sandbox
from tests.conftest import Cli, Run

PROGRESS = re.compile(r"\w+ \w+ .*: [\d,]+ new or changed rows")
SECRETS = ("TOKEN", "KEY", "SECRET")
TABLES = "select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE'"


def said(run: Run) -> list[str]:
    """The lines on standard error, without those of progress and about vendors that are not set up."""
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    return [line for line in lines if not PROGRESS.fullmatch(line) and " is skipped: " not in line]


def status(cli: Cli) -> dict[str, Any]:
    """What `status --json` prints: one document, and nothing else on standard output."""
    document: dict[str, Any] = json.loads(cli("status", "--json", status=None).stdout)
    if document["state"] not in ("running", "interrupted"):
        written = json.loads((cli.data_dir / "status.json").read_text())
        # what is wrong depends on when it is asked
        assert {**document, "problems": []} == {**written, "problems": []}
    return document


def assert_no_secret(cli: Cli, sandbox: Sandbox, *runs: Run, more: tuple[str, ...] = ()) -> None:
    """No credential is in what was printed, in any byte of any file, or in any value of any table."""
    found = {value for name, value in {**sandbox.env, **cli.env}.items() if name.rpartition("_")[2] in SECRETS}
    secrets = {part for value in found | set(more) for part in value.split(",")}
    assert len(secrets) >= 5
    for run in runs:
        assert not [secret for secret in secrets if secret in run.stdout + run.stderr]
    files = [path for path in cli.data_dir.rglob("*") if path.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file
        if file.suffix == ".duckdb":
            # the values too: a column may be stored in a packed form
            with duckdb.connect(str(file), read_only=True) as con:
                for (table,) in con.execute(TABLES).fetchall():
                    for secret in secrets:
                        query = f"select count(*) from {table} as t where contains(t::varchar, ?)"
                        assert con.execute(query, [secret]).fetchone() == (0,), (file, table)
