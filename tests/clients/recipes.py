"""The code blocks of docs/connect.md as programs that stay: each is asked again and again, and answers as JSON."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "connect.md").read_text("utf-8")
# what a publication says of itself: the number that stands everywhere in it, and how many there were
NUMBERS = """
    select min(number)::integer, max(number)::integer, (select count(*) from leadpath.ops.publications)::integer from (
        select visit_count as number from leadpath.marts.company_360
        union all
        select event_count from leadpath.marts.fct_sessions
        union all
        select max(tests_passed) from leadpath.ops.publications
    ) as told
"""
PYTHON = """

import json, sys
for line in sys.stdin:
    print(json.dumps([list(row) for row in rows(json.loads(line))], default=int), flush=True)
"""
# no number is made of anything here: a BIGINT would stop it
NODE = """

import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await rows(JSON.parse(line))));
}
"""


def recipe(heading: str, language: str = "python") -> str:
    """The first block of code under a heading."""
    found = re.search(rf"^### {heading}\n.*?^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


class Reader:
    """A program that was started once, in the folder that has `data`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, query: str) -> Any:
        """The rows of a query."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(query) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"it ended with {self.process.wait(30)}"
        return json.loads(line)


@contextmanager
def started(command: Sequence[str], code: str, script: Path, folder: Path) -> Iterator[Reader]:
    """Start a program, and end it with the block."""
    script.write_text(code + (NODE if script.suffix == ".mjs" else PYTHON), "utf-8")
    with subprocess.Popen(
        [*command, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        yield Reader(process)
        # its standard input ends, and so does it
