"""The questions in sql/analyses, asked of a published file by the real command line: exact answers."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from tests.conftest import LEADPATH, ROOT
from tests.sql.planted import ANNA, BOB, SITE, plant
from tests.sql.warehouse import SQL, Warehouse

README = (ROOT / "README.md").read_text("utf-8")
ANALYSES = sorted((SQL / "analyses").glob("*.sql"))
# analysis -> the columns that are looked at, and the rows that they have
EXPECTED: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "key_pages_without_a_call": (
        "domain last_key_page_at last_key_page key_page_views visits last_call_at lead_count",
        [
            ("new.example", "2026-03-05 08:00:00+00:00", f"{SITE}/pricing", 1, 1, None, 0),
            ("acme.com", "2026-03-04 11:05:00+00:00", f"{SITE}/book-a-demo", 2, 2, "2026-03-03 13:00:00+00:00", 1),
        ],
    ),
    "back_after_an_unanswered_call": (
        "domain called_at status called_from came_back_at visits_afterwards answered_at call_id",
        [
            (
                *("gamma.example", "2026-03-03 08:00:00+00:00", "voicemail", None),
                *("2026-03-05 09:00:00+00:00", 1, None, "6"),
            ),
            (
                *("acme.com", "2026-03-03 09:00:00+00:00", "abandoned", f"{SITE}/imprint"),
                *("2026-03-04 11:00:00+00:00", 1, "2026-03-03 12:00:00+00:00", "1"),
            ),
            (
                *("acme.com", "2026-03-03 10:00:00+00:00", "missed", None),
                *("2026-03-04 11:00:00+00:00", 1, "2026-03-03 12:00:00+00:00", "11"),
            ),
        ],
    ),
    "days_from_first_visit": (
        "step size_band companies reached reached_share quartile_1_days median_days quartile_3_days",
        [
            ("first call", "all", 6, 2, 0.333, 0.25, 0.5, 0.75),
            ("first call", "51-200", 1, 1, 1.0, 1.0, 1.0, 1.0),
            ("first call", "201-500", 1, 0, 0.0, None, None, None),
            ("first call", "501-1000", 1, 1, 1.0, 0.0, 0.0, 0.0),
            ("first call", "1001-5000", 1, 0, 0.0, None, None, None),
            ("first call", "unknown", 2, 0, 0.0, None, None, None),
            ("first lead", "all", 6, 2, 0.333, 0.75, 1.5, 2.25),
            ("first lead", "51-200", 1, 1, 1.0, 3.0, 3.0, 3.0),
            ("first lead", "201-500", 1, 0, 0.0, None, None, None),
            ("first lead", "501-1000", 1, 0, 0.0, None, None, None),
            ("first lead", "1001-5000", 1, 0, 0.0, None, None, None),
            ("first lead", "unknown", 2, 1, 0.5, 0.0, 0.0, 0.0),
        ],
    ),
    "unhappy_with_an_open_lead": (
        "domain occurred_at complaint rating priority labels status"
        " comment page_url open_leads last_requested_at entity_id",
        [
            (
                *("acme.com", "2026-03-05 00:00:00+00:00", "feedback", None, None, "BUG", "waiting-for-customer"),
                *("It broke", f"{SITE}/cart", 1, "2026-03-04 11:10:00+00:00", "bug"),
            ),
            (
                *("acme.com", "2026-03-03 12:00:00+00:00", "call", 2.0, None, None, "answered"),
                *(None, None, 1, "2026-03-04 11:10:00+00:00", "2"),
            ),
            (
                *("acme.com", None, "feedback", None, "High", None, None),
                *(None, None, 1, "2026-03-04 11:10:00+00:00", "undated"),
            ),
        ],
    ),
    "calls_not_returned": (
        "domain called_at status caller_email lead_count call_id",
        [
            ("late.example", "2026-03-06 08:00:00+00:00", "missed", "x@late.example", 0, "4"),
            ("gamma.example", "2026-03-03 08:00:00+00:00", "voicemail", "x@gamma.example", 1, "6"),
        ],
    ),
    "feedback_with_an_open_lead": (
        "domain said_at priority labels status comment page_url open_leads last_requested_at feedback_id",
        [
            (
                *("acme.com", "2026-03-05 00:00:00+00:00", None, "BUG", "waiting-for-customer"),
                *("It broke", f"{SITE}/cart", 1, "2026-03-04 11:10:00+00:00", "bug"),
            ),
            ("acme.com", None, "low", "Idea", None, None, None, 1, "2026-03-04 11:10:00+00:00", "idea"),
            ("acme.com", None, "High", None, None, None, None, 1, "2026-03-04 11:10:00+00:00", "undated"),
        ],
    ),
    "answer_rate_by_agent_and_size": (
        "agent_email size_band calls answered not_answered outcome_unknown answer_rate",
        [
            (ANNA, "all", 4, 0, 4, 0, 0.0),
            (ANNA, "51-200", 2, 0, 2, 0, 0.0),
            (ANNA, "unknown", 2, 0, 2, 0, 0.0),
            (BOB, "all", 5, 5, 0, 0, 1.0),
            (BOB, "51-200", 2, 2, 0, 0, 1.0),
            (BOB, "501-1000", 1, 1, 0, 0, 1.0),
            (BOB, "unknown", 2, 2, 0, 0, 1.0),
            ("nobody", "all", 1, 0, 0, 1, None),
            ("nobody", "unknown", 1, 0, 0, 1, None),
        ],
    ),
    "channels_of_leads": (
        "channel visiting_companies lead_companies first_touch_leads linear_leads time_decay_leads last_touch_leads",
        [
            ("lead", 0, 1, 1.0, 1.0, 1.0, 1.0),
            ("paid", 1, 1, 1.0, 0.17, 0.14, 0.0),
            ("call", 0, 1, 0.0, 0.67, 0.68, 0.0),
            ("direct", 5, 0, 0.0, 0.0, 0.0, 0.0),
            ("organic_search", 1, 1, 0.0, 0.17, 0.19, 1.0),
        ],
    ),
    "before_the_first_call": (
        "occurred_at touch_type channel page_url summary",
        [
            (
                *("2026-03-01 10:00:00+00:00", "session", "paid", f"{SITE}/?utm_medium=cpc"),
                "visit of site.example, pages seen: 2",
            ),
            ("2026-03-01 10:06:00+00:00", "form_submit", "paid", f"{SITE}/form", "form F"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(warehouse_folder: Path) -> Warehouse:
    warehouse = Warehouse(warehouse_folder)
    plant(warehouse)
    warehouse.build()
    return warehouse


def ask(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    """What `leadpath query` prints, as a process of its own on the published file."""
    done = subprocess.run(
        [*LEADPATH, "query", sql, "--format", "json"],
        env={**os.environ, "LEADPATH_DATA_DIR": str(warehouse.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda path: path.stem)
def test_an_analysis_gives_the_planted_companies_alone(warehouse: Warehouse, analysis: Path) -> None:
    columns, expected = EXPECTED[analysis.stem]
    found = ask(warehouse, analysis.read_text("utf-8"))

    assert [tuple(row[name] for name in columns.split()) for row in found] == expected
    assert set(columns.split()) <= set(found[0])


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda path: path.stem)
def test_an_analysis_explains_itself_and_needs_nothing_but_the_published_file(analysis: Path) -> None:
    text = analysis.read_text("utf-8")
    head = re.match(r"(?:-- .*\n)+", text)
    assert head
    question, grain, *rest = head[0].splitlines()
    assert question.endswith("?")
    assert grain.startswith("-- One row per ")
    assert "Grain: " in grain
    assert [line.split(":")[0] for line in rest if re.match(r"-- (How to read it|Settings):", line)] == [
        "-- How to read it",
        "-- Settings",
    ]
    assert not re.search(r"\{[{%#]", text), "an analysis runs unchanged, in any tool"
    assert "\norder by" in text, "the same rows come in the same order"
    assert not re.search(r"\b(now|today|current_\w+|random|get_current_\w+)\b", text), "today is that of the data"
    assert {table.db for table in tables(text)} == {"marts"}


def test_the_queries_of_the_readme_run_and_every_analysis_is_named_there(warehouse: Warehouse) -> None:
    figures, path = re.findall(r'leadpath query "(\s*select .*?)"', README, re.DOTALL)
    columns, expected = EXPECTED["before_the_first_call"]
    places = [columns.split().index(name) for name in ("occurred_at", "touch_type", "channel", "summary")]

    assert ask(warehouse, figures)
    found = ask(warehouse, path.replace("dornvikacademy.com", "acme.com"))
    assert [tuple(row.values()) for row in found] == [tuple(row[place] for place in places) for row in expected]
    assert [each.stem for each in ANALYSES if f"`{each.stem}`" not in README] == []


def tables(sql: str) -> list[exp.Table]:
    """The tables that a query reads, its own CTEs aside."""
    query = sqlglot.parse_one(sql, read="duckdb")
    own = {cte.alias for cte in query.find_all(exp.CTE)}
    return [table for table in query.find_all(exp.Table) if table.db or table.name not in own]
