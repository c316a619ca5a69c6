"""A chain of evidence, and a company with all that belongs to it, for people to read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from pipelines.explain.companies import called
from pipelines.explain.explain import RULES, RULES_OF_ORGANISATIONS
from pipelines.explain.published import Document
from pipelines.show.terminal import console_for, table_of
from pipelines.texts.printable import typed

# a pipe folds nothing, however long the lines are
ENDLESS = 100_000
LEADS_SHOWN = 10
LINE = 1000

# facts that do not say by themselves what they are; the others stand as they are
FACT_WORDS = {
    "comment": '"{}"',
    "duration_seconds": "{:.0f} s",
    "first_at": "from {}",
    "last_at": "to {}",
    "form_name": "form {}",
    "lead_id": "lead {} in SnapCRM",
    "session_id": "in session {}",
    "is_demo": "a demo",
}
COUNTED = {"event_count": "event", "session_count": "session"}
NOT_SHOWN = ("same_id_count", "visitor_id", "is_internal")


def show_explanation(document: Document) -> None:
    """Print what `explain` found of a record or of a company."""
    console = console_for(ENDLESS)
    if "chain" in document:
        _show_record(console, document)
    else:
        _show_company(console, document)


def _show_record(console: Console, document: Document) -> None:
    company = document["company"]
    for link in document["chain"]:
        _show_link(console, link)
    if company:
        _show_head(console, company)
    else:
        _print(console, "", ("linked to no company", "bold"))
    _list(console, "What spoke against it:", (_claim(claim) for claim in document["against"]))
    _list(console, "It might belong to these, and stays unlinked:", (_claim(claim) for claim in document["candidates"]))
    _list(console, "", document["notes"], indent="")


def _show_link(console: Console, link: Document) -> None:
    further = bool(link["rule"] or link["evidence"])
    _print(console, "", (f"{link['vendor']} {link['entity_type']} {link['entity_id']}", "bold"))
    _print(console, "│ " if further else "", _facts(link["facts"]))
    if link["rule"]:
        words = RULES_OF_ORGANISATIONS if link["entity_type"] == "organisation" else RULES
        confidence = f" ({link['confidence']})" if link["company_key"] else ""
        _print(console, "├ ", (link["rule"], "cyan"), f"{confidence}: {words.get(link['rule'], RULES[link['rule']])}")
    if link["evidence"]:
        _print(console, "│ ", link["evidence"])
    if further:
        console.print("▼", style="dim")


def _show_head(console: Console, company: Document) -> None:
    _print(console, "", (called(company), "bold green"))
    place = ", ".join(part for part in (company["city"], company["country_code"]) if part)
    _print(console, "", _joined([company["industry"], company["size_band"], place, company["phone"]]))
    _print(console, "", f"key {company['company_key']}", _stretch(company["first_seen_at"], company["last_seen_at"]))
    if company["is_internal"]:
        _print(console, "", "Your own company: what it does is no touchpoint and is counted nowhere.")
    for other in company["other_names"]:
        name = other["name"] or f"key {other['old_key']}"
        _print(console, "", f"also {name}" + (f": {other['reason']}" if other["reason"] else ""))


def _show_company(console: Console, document: Document) -> None:
    _show_head(console, document["company"])
    if activity := document["activity"]:
        counts = [
            _count(activity[f"{word}_count"], words)
            for word, words in (("visit", "visit"), ("pageview", "page view"), ("form_submit", "form"))
        ]
        calls = f"{_count(activity['call_count'], 'call')} ({activity['answered_call_count']} answered)"
        rest = [_count(activity[f"{word}_count"], word) for word in ("feedback", "lead")]
        console.print()
        _print(console, "", ", ".join([*counts, calls, *rest]), f"; engagement score {activity['engagement_score']:g}")
    table = table_of("records", "count", "first (UTC)", "last (UTC)", "rule", "such as")
    table.columns[1].justify = "right"
    for row in document["records"]:
        name = f"{row['vendor']} {row['entity_type']}"
        days = (_day(row["first_at"]), _day(row["last_at"]))
        rule = f"{row['rule']} ({row['confidence']})"
        table.add_row(name, f"{row['record_count']:,}", *days, rule, typed(row["examples"][0]))
    console.print()
    console.print(table)
    if leads := document["leads"]:
        table = table_of("asked (UTC)", "lead", "e-mail", "phone", "rule", "key")
        for lead in leads[:LEADS_SHOWN]:
            name = " ".join(part for part in (lead["first_name"], lead["last_name"]) if part)
            cells = (name, lead["email"] or "", lead["phone"] or "", lead["rule"], lead["lead_key"])
            table.add_row(_day(lead["created_at"]), *(typed(cell) for cell in cells))
        console.print()
        console.print(table)
        if len(leads) > LEADS_SHOWN:
            console.print(f"and {_count(len(leads) - LEADS_SHOWN, 'lead')} more; --json has them all")
    _list(
        console,
        "What might belong to it, and stays unlinked:",
        (
            f"{_count(row['record_count'], row['vendor'] + ' ' + row['entity_type'])} by {row['rule']},"
            f" such as {row['examples'][0]}"
            for row in document["candidates"]
        ),
    )


def _claim(claim: Document) -> str:
    company = f", of {called(claim)}" if claim["company_key"] else ""
    if claim["rule"] == "company_name" and not company:
        company = ", by which another company is known"
    return f"{claim['rule']}: {claim['evidence']}{company}"


def _list(console: Console, heading: str, lines: Iterable[str], indent: str = "  ") -> None:
    for place, line in enumerate(lines):
        if place == 0:
            console.print()
            if heading:
                console.print(heading, style="yellow")
        _print(console, indent, line)


def _print(console: Console, prefix: str, *parts: str | tuple[str, str]) -> None:
    """Print a line, folded at the end of the terminal, each time behind the prefix; nothing when it is empty."""
    text = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        # as Text, and printable: [brackets] and control characters in a name are not ours
        text.append(words if words.isprintable() and len(words) < LINE else typed(words, LINE), style)
    if text:
        for line in text.wrap(console, max(console.width - len(prefix), 20)):
            console.print(Text.assemble((prefix, "dim"), line), soft_wrap=True)


def _facts(facts: Document) -> str:
    said = []
    for name, value in facts.items():
        if name in COUNTED:
            said.append(_count(value, COUNTED[name]))
        elif name not in NOT_SHOWN and value not in (None, "", False):
            said.append(FACT_WORDS.get(name, "{}").format(_word(value)))
    return _joined(said)


def _word(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{_time(value)} UTC"
    return typed(value) if isinstance(value, str) else value


def _joined(parts: Iterable[str | None]) -> str:
    return " · ".join(part for part in parts if part)


def _stretch(first: datetime | None, last: datetime | None) -> str:
    return f" · {_time(first)} to {_time(last)} UTC" if first and last else ""


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else ""


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 or word.endswith('feedback') else 's'}"
