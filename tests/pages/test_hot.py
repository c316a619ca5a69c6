"""`leadpath hot`: what the questions find in the last days, as a table, CSV and JSON."""

import csv
import io
import json

import pytest

from pipelines.explain.hot import ANALYSES
from tests.conftest import Cli

REASONS = {
    "looked_and_not_called": ("key_pages_without_a_call", "last_key_page_at"),
    "call_not_returned": ("calls_not_returned", "called_at"),
    "feedback_with_open_lead": ("feedback_with_an_open_lead", "said_at"),
}


@pytest.mark.parametrize("days", [3, 7, 14])
def test_it_lists_what_the_questions_find_in_the_last_days(world: Cli, days: int) -> None:
    found = json.loads(world("hot", "--days", str(days), "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(world("hot", "--days", str(days), "--format", "csv").stdout)))
    assert [{name: value or "" for name, value in one.items()} for one in found] == rows
    for reason, (analysis, when) in REASONS.items():
        query = (ANALYSES / f"{analysis}.sql").read_text("utf-8")
        wanted = world.marts(f"""
            select company_name, {when}::varchar from (\n{query}\n) as answer
            where {when} > '2026-03-02T12:00:00Z'::timestamptz - to_days({days}) and {when} <= '2026-03-02T12:00:00Z'
        """)
        mine = [(one["company_name"], one["at"][:19]) for one in found if one["reason"] == reason]
        assert sorted(map(str, mine)) == sorted(str((name, at[:19])) for name, at in wanted)
        assert [at for _, at in mine] == sorted((at for _, at in mine), reverse=True)
    if days == 14:
        assert {one["reason"] for one in found} == set(REASONS)


def test_nothing_to_do_is_a_sentence_and_an_empty_list(empty: Cli) -> None:
    assert "Nothing of the last 7 days waits for a call" in empty("hot").stderr
    assert empty("hot", "--format", "json").stdout == "[]\n"
    assert empty("hot", "--format", "csv").stdout == "reason,at,company_name,domain,what,page_url,contact\n"
    assert "Nothing of the last day" in empty("hot", "--days", "1").stderr
    empty("hot", "--days", "0", status=2)
