"""Whom to call this week: three of the questions of sql/analyses, each of its last days, as one list."""

from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.explain.published import opened
from pipelines.lists.files import SHIPPED

ANALYSES = SHIPPED.with_name("analyses")

# the analysis, the column that says when, and what the list says of each of its rows
QUESTIONS = {
    "looked_and_not_called": (
        "key_pages_without_a_call",
        "last_key_page_at",
        "concat('looked at key pages, ', key_page_views, ' views, has not called since') as what,"
        " last_key_page as page_url, null as contact",
    ),
    "call_not_returned": (
        "calls_not_returned",
        "called_at",
        "concat('call ', replace(status, '_', ' '), ', not spoken with since') as what, page_url,"
        " coalesce(caller_phone, caller_email) as contact",
    ),
    "feedback_with_open_lead": (
        "feedback_with_an_open_lead",
        "said_at",
        "concat_ws(': ', concat_ws(', ', 'feedback', mood, labels), comment) as what, page_url, null as contact",
    ),
}


@dataclass(frozen=True)
class Hot:
    """Something to act on. `at` is UTC; `contact` is how to reach who called, where that is known."""

    reason: str
    at: datetime
    company_name: str | None
    domain: str | None
    what: str
    page_url: str | None
    contact: str | None


NAMES = [field.name for field in fields(Hot)]


def hot(published: Path, now: datetime, days: int) -> list[Hot]:
    """What happened in the `days` before `now` that somebody should act on: by reason, the latest first.

    Personal: `contact`, and what people wrote in `what`. Raises Unpublished.
    """
    found = []
    with opened(published) as file:
        for reason, (analysis, when, said) in QUESTIONS.items():
            query = (ANALYSES / f"{analysis}.sql").read_text("utf-8")
            rows = file.rows(
                f"select {when} as at, company_name, domain, {said} from (\n{query}\n) as answer"
                f" where {when} > $since and {when} <= $now order by {when} desc, company_name, domain",
                since=now - timedelta(days=days),
                now=now,
            )
            found += [Hot(reason, **row) for row in rows]
    return found


def as_row(one: Hot) -> list[str | None]:
    """Its values as texts, in the order of NAMES."""
    return [value.isoformat(" ", "seconds") if isinstance(value, datetime) else value for value in astuple(one)]
