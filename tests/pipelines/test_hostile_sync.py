"""Hostile values from every vendor, through the real command: each row is kept, and what does not fit is told."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.http.vendor import Answer
from tests.conftest import Cli
from tests.pipelines.outcome import said, status

# what a walk or a child's request stands on stays as it is
KEPT = re.compile(
    r"^events$|id|uuid|key|token|next|cursor|more|email|agent|project|total|page|count|limit|number|bid", re.I
)
DEEP: Any = None
for _ in range(700):
    DEEP = [DEEP]
ODD: tuple[Any, ...] = (
    *(
        {"half": "\ud83d"},
        "\ud800",
        "nul\0",
        {"nul\0": "\0"},
        DEEP,
        2**70,
        "9999-12-31T23:59:59-14:00",
        253402300800000,
    ),
    *("0001-01-01T00:00:00+14:00", "0001-01-01", "x" * 50_000, [], {}, -1, "\x1b[31m"),
)


def poisoned(body: Any, odd: Iterator[Any]) -> Any:
    """The body, with every fourth value of its rows replaced."""
    if isinstance(body, list):
        return [spoilt(each, odd) if isinstance(each, dict) else each for each in body]
    return {name: poisoned(value, odd) for name, value in body.items()} if isinstance(body, dict) else body


def spoilt(row: dict[str, Any], odd: Iterator[Any]) -> dict[str, Any]:
    return {
        name: next(odd) if not KEPT.search(name) and number % 4 == 0 else value
        for number, (name, value) in enumerate(row.items())
    }


def test_hostile_values_stop_no_vendor_and_lose_no_row(
    leadpath: Cli, make_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(companies=4, days=3)
    leadpath("sync", "--no-build", sandbox=sandbox)
    tables = [
        f"{schema}.{table}"
        for schema, table in leadpath.raw(
            "select table_schema, table_name from information_schema.tables where table_schema like 'raw_%'"
            " and table_name not like '\\_dlt%' escape '\\'"
        )
    ]
    before = {table: leadpath.raw(f"select count(*) from {table}") for table in tables}
    odd = itertools.chain(["x" * 5_000_000], itertools.cycle(ODD))
    whole = Answer.encoded
    monkeypatch.setattr(
        Answer,
        "encoded",
        lambda answer: whole(replace(answer, body=poisoned(answer.body, odd)) if answer.status == 200 else answer),
    )

    leadpath.data_dir.rename(leadpath.data_dir.with_name("before"))
    leadpath.use_empty_warehouse()
    run = leadpath("sync", "--no-build", sandbox=sandbox)

    assert {table: leadpath.raw(f"select count(*) from {table}") for table in tables} == before, said(run)
    reasons = {each["reason"] for each in status(leadpath)["quarantine"]}
    assert {"holds half of a surrogate pair", "nested too deeply", "before the year 2000", "not a time"} <= reasons
