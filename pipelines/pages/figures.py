"""What the report shows, asked of the published file: one question per figure, each in a file of questions/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.explain.companies import find
from pipelines.explain.published import Document, Published
from pipelines.lists.files import Lists
from pipelines.texts.printable import printable

QUESTIONS = Path(__file__).parent / "questions"

# so many accounts are listed, and have a page each; the rest are counted
ACCOUNTS_SHOWN = 50
# the latest contacts of an account's page
TOUCHES_SHOWN = 300
# the newest periods of a chart
WEEKS_SHOWN, MONTHS_SHOWN = 26, 12
# lines of a table of words that vendors and people choose
WORDS_SHOWN = 10
RECENT_DAYS = 28
# the width of the line on which an account's contacts stand
PATH_WIDTH = 240

# a name that is a file's name on every system
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,199}")


@dataclass(frozen=True)
class Account:
    """An account with its page: its row, its contacts on a line, the latest of them in full, its links by rule."""

    row: Document
    page: str
    path: dict[str, list[int]]
    touches: int
    timeline: list[Document]
    links: list[Document]


class Asked:
    """The published file, asked by the names of the questions. Dates and times are those of the report's zone."""

    def __init__(self, published: Published) -> None:
        self._published = published
        found = published.row("select value from ops.build_state where name = 'timezone'")
        self.zone = str(found["value"]) if found else "UTC"

    def all(self, question: str, **values: object) -> list[Document]:
        """Every row of the answer."""
        sql = _text(question)
        if "$zone" in sql:
            values["zone"] = self.zone
        rows = self._published.rows(sql, **values)
        # no page is to be turned around or broken by a character that is not seen
        return [
            {name: printable(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
        ]

    def one(self, question: str, **values: object) -> Document:
        """The only row; empty when there is none."""
        return next(iter(self.all(question, **values)), {})

    def account_keys(self, names: Sequence[str], lists: Lists) -> list[str]:
        """The companies that domains, addresses or names stand for. Raises LeadpathError for one that nothing is."""
        return [find(self._published, name, lists) for name in names]


@cache
def _text(question: str) -> str:
    return (QUESTIONS / f"{question}.sql").read_text("utf-8")


def report_of(asked: Asked) -> dict[str, Any]:
    """All figures of the first page, by name."""
    funnel = asked.all("funnel")
    months = asked.all("months")
    complete = {row["period"]: row["is_complete"] for row in months}
    periods = sorted({*complete, *(row["period"] for row in funnel)})[-MONTHS_SHOWN:]
    moods, states, agents = (asked.all(name) for name in ("moods", "feedback_states", "agents"))
    return {
        "zone": asked.zone,
        "publication": asked.one("publication"),
        "history": asked.one("history"),
        "recent": asked.one("recent", days=RECENT_DAYS),
        "recent_days": RECENT_DAYS,
        "weeks": asked.all("weeks")[-WEEKS_SHOWN:],
        "all": asked.one("all_accounts"),
        "funnel": _sum(funnel),
        "months": [
            {"period": period, "is_complete": complete.get(period, False), **_sum(_of(funnel, period=period))}
            for period in periods
        ],
        "channels": _channels(funnel, periods),
        "hours": asked.all("hours"),
        "agents": _folded(agents, "agent_email", ("calls", "answered", "not_answered")),
        "moods": _folded(moods, "mood", ("feedback_count",)),
        "states": _folded(states, "status", ("feedback_count",)),
        "attribution": _folded(
            asked.all("attribution"), "channel", ("first_touch", "linear", "time_decay", "last_touch")
        ),
        "freshness": asked.all("freshness"),
    }


def accounts_of(asked: Asked, history: Document, more: Sequence[str] = ()) -> list[Account]:
    """The accounts with the most engagement, and after them those of the keys in `more`, with all for a page each."""
    listed = asked.all("accounts", shown=ACCOUNTS_SHOWN)
    known = {row["company_key"] for row in listed}
    listed += [asked.one("account", key=key) for key in dict.fromkeys(more) if key not in known]
    keys = [row["company_key"] for row in listed]
    days = {name: history.get(name) for name in ("first_day", "last_day")}
    paths = asked.all("paths", keys=keys, width=PATH_WIDTH, **days)
    timelines = asked.all("timelines", keys=keys, shown=TOUCHES_SHOWN)
    links = asked.all("links", keys=keys)
    by_company = [_by_company(rows) for rows in (paths, timelines, links)]
    accounts = []
    for row in listed:
        path, timeline, why = (rows.get(row["company_key"], []) for rows in by_company)
        places = {each["touch_type"]: each["places"] for each in path if each["places"] != [None]}
        touches = sum(each["touches"] for each in path)
        accounts.append(Account(row, page_name(row), places, touches, timeline, why))
    return accounts


def page_name(row: Document) -> str:
    """The file of an account's page: its domain, or its key where that is no name for a file."""
    domain = row["domain"] or ""
    return f"{domain if PLAIN_NAME.fullmatch(domain) else row['company_key']}.html"


def _by_company(rows: Sequence[Document]) -> dict[str, list[Document]]:
    grouped: dict[str, list[Document]] = {}
    for row in rows:
        grouped.setdefault(row["company_key"], []).append(row)
    return grouped


def _of(rows: Sequence[Document], **values: object) -> list[Document]:
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


STEPS = ("visited", "called", "asked", "called_and_asked", "called_only")


def _sum(rows: Sequence[Document], names: Sequence[str] = STEPS) -> dict[str, Any]:
    return {name: sum(row[name] or 0 for row in rows) for name in names}


def _channels(funnel: Sequence[Document], periods: Sequence[object]) -> list[Document]:
    names = sorted({row["channel"] for row in funnel})
    channels = [
        {
            "channel": name,
            **_sum(_of(funnel, channel=name)),
            "months": [{"period": period, **_sum(_of(funnel, channel=name, period=period))} for period in periods],
        }
        for name in names
    ]
    return sorted(channels, key=lambda row: (-row["visited"], row["channel"]))[:WORDS_SHOWN]


def _folded(rows: list[Document], word: str, names: Sequence[str]) -> list[Document]:
    """The first rows; the others become one."""
    first, rest = rows[:WORDS_SHOWN], rows[WORDS_SHOWN:]
    return [*first, {word: f"{len(rest)} more", **_sum(rest, names)}] if rest else first
