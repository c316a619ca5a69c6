"""What the operator's list of overrides may not say: two things that cannot both be true."""

from collections.abc import Mapping, Sequence
from functools import cache

from publicsuffixlist import PublicSuffixList

Numbered = Sequence[tuple[int, Mapping[str, str | bool | None]]]


def contradiction(rows: Numbered) -> tuple[int, str] | None:
    """The first line that contradicts an earlier one, and how; None when the list holds together.

    `rows` are (line number, row) of `company_overrides`. A record has one company or none. Two domains are not both the
    same company, by however many steps of `same`, and different ones. Domains are compared as registrable ones.
    """
    return _two_companies_of_a_record(rows) or _same_and_different(rows)


def _two_companies_of_a_record(rows: Numbered) -> tuple[int, str] | None:
    seen: dict[tuple[str, ...], tuple[int, str]] = {}
    for number, row in rows:
        if row["action"] not in ("link", "unlink"):
            continue
        record = tuple(str(row[name]) for name in ("vendor", "entity_type", "entity_id"))
        company = _registrable(row["domain"]) if row["action"] == "link" else ""
        first, other = seen.setdefault(record, (number, company))
        if other != company:
            return number, f"it gives {' '.join(record)} to {company or 'nobody'}, line {first} to {other or 'nobody'}"
    return None


def _same_and_different(rows: Numbered) -> tuple[int, str] | None:
    lines: dict[str, list[int]] = {}
    group: dict[str, str] = {}
    pairs = [
        (number, str(row["action"]), _registrable(row["domain"]), _registrable(row["other_domain"]))
        for number, row in rows
        if row["action"] in ("same", "different")
    ]
    for number, action, one, other in pairs:
        if one == other:
            return number, f"{one} is one domain, which is neither the same as nor different from itself"
        if action == "same":
            kept, gone = group.setdefault(one, one), group.setdefault(other, other)
            lines[kept] = sorted({*lines.get(kept, []), *lines.get(gone, []), number})
            group = {domain: kept if own == gone else own for domain, own in group.items()}
    for number, action, one, other in pairs:
        if action == "different" and one in group and group[one] == group.get(other):
            same = ", ".join(map(str, lines[group[one]]))
            return number, f"it says that {one} and {other} are different companies, and line {same} makes them one"
    return None


def _registrable(domain: str | bool | None) -> str:
    """The registrable domain, or the name itself where it is a public suffix."""
    return _suffixes().privatesuffix(str(domain)) or str(domain)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
