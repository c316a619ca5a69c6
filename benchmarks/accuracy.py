"""How right the links are: worlds whose truth is known, against what the models say. `make accuracy` prints it.

The sandbox decides which company each record belongs to, and whether the evidence that it planted can tell, before any
matcher sees the world. Precision is over all links, recall over the records whose evidence can tell.
"""

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.worlds import write_raw
from pipelines.build.build import build
from pipelines.settings import load
from sandbox import Sandbox
from sandbox.world.dirt import Dirt
from sandbox.world.truth import Truth

# each world has one kind of dirt turned up
WORLDS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("usual dirt", {}),
    ("odd companies", {"special_companies": 0.9}),
    ("free mail", {"free_mail": 0.6}),
    ("missing fields", {"missing": 0.3}),
    ("odd text", {"odd_text": 0.3, "long_text": 0.02}),
    ("no organisation", {"no_organisation": 0.3}),
    ("foreign networks", {"foreign_network": 0.2}),
    ("far skew", {"far_skew": 0.4}),
    ("Smartlook alone", {"smartlook_only": 0.3}),
    ("crowded visits", {"twins": 0.1}),
)
FEW = 30
# how often each kind of trouble that chance does not make is planted in each world
ODDITIES = 2
# what is promised of each kind of record
PRECISION, RECALL = 0.99, 0.95

Record = tuple[str, str, str]


@dataclass
class Tally:
    """Counts by name: links, those that are right, records whose evidence can tell, those of them that were found."""

    links: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    tellable: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Sum two tallies."""
        for name in ("links", "right", "tellable", "found"):
            getattr(self, name).update(getattr(other, name))

    def note(self, name: str, *, linked: bool, right: bool, tellable: bool) -> None:
        """Count one record."""
        self.links[name] += linked
        self.right[name] += linked and right
        self.tellable[name] += tellable
        self.found[name] += tellable and right

    def short(self, few: int = 1) -> list[str]:
        """Names of which fewer are right or found than is promised; those with too few records say nothing."""
        return [
            f"{name}: {what} {share:.4f}"
            for what, least, hits, counts in (
                ("precision", PRECISION, self.right, self.links),
                ("recall", RECALL, self.found, self.tellable),
            )
            for name, count in counts.items()
            if count >= few and (share := hits[name] / count) < least
        ]


@dataclass
class Score:
    """One or more worlds: tallies by rule (links) and planted evidence (records), by kind of record, and by oddity."""

    words: Tally = field(default_factory=Tally)
    kinds: Tally = field(default_factory=Tally)
    oddities: Tally = field(default_factory=Tally)
    joined: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Right links of all links; 1 when there are none."""
        return self.words.right.total() / self.words.links.total() if self.words.links.total() else 1.0

    @property
    def recall(self) -> float:
        """Records found of those whose evidence can tell; 1 when there are none."""
        return self.words.found.total() / self.words.tellable.total() if self.words.tellable.total() else 1.0

    def add(self, other: "Score") -> None:
        """Sum two worlds."""
        for name in ("words", "kinds", "oddities"):
            getattr(self, name).add(getattr(other, name))
        for name in ("joined", "wrong", "missed"):
            getattr(self, name).extend(getattr(other, name))


def score(seed: int, companies: int, days: int, dirt: Mapping[str, Any]) -> Score:
    """Build one world and hold its links against its truth."""
    sandbox = Sandbox(seed=seed, companies=companies, days=days, dirt=Dirt(**{"oddities": ODDITIES, **dirt}))
    try:
        with tempfile.TemporaryDirectory() as folder:
            warehouse = write_raw(sandbox, Path(folder) / "data")
            environment = {
                "LEADPATH_DATA_DIR": str(warehouse.data_dir),
                "LEADPATH_OWN_DOMAINS": sandbox.env["LEADPATH_OWN_DOMAINS"],
            }
            settings = load({**environment, "LEADPATH_NOW": sandbox.now.isoformat()}, Path(folder))
            run = {"run_id": "accuracy", "ended_at": sandbox.now, "status": "ok", "error": None}
            build(warehouse, settings, run, sandbox.now, full=True)
            with duckdb.connect(str(warehouse.published), read_only=True) as con:
                return judge(sandbox, Links(con))
    finally:
        sandbox.close()


class Links:
    """What the published file says: the company of each record, by rule, and the domain of each company."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            "select vendor, entity_type, entity_id, company_key, rule from marts.company_links"
        ).fetchall()
        self.of: dict[Record, tuple[str | None, str | None]] = {tuple(row[:3]): (row[3], row[4]) for row in rows}
        self.domains: dict[str, str | None] = dict(
            con.execute("select company_key, domain from marts.dim_companies").fetchall()
        )
        people: Iterable[tuple[str, ...]] = con.execute(
            "select lead_key, email, phone, trim(concat_ws(' ', first_name, last_name)) from marts.fct_leads"
        ).fetchall()
        # the world names people as the contract tells them apart
        self.leads = {email or phone or name: key for key, email, phone, name in people}


def judge(sandbox: Sandbox, links: Links) -> Score:
    """Every link and every record that can be told."""
    world, found = sandbox.world, Score()
    owners = defaultdict(set)
    by_domain = {domain: company.key for company in world.companies.values() for domain in company.domains}
    truths = list(_named(world.truth, links))
    for record, truth in truths:
        if truth.entity_type == "organisation" and (key := links.of.get(record, (None, None))[0]):
            owners[key].add(truth.company)
    for key, domain in links.domains.items():
        if domain in by_domain:
            owners[key].add(by_domain[domain])
    found.joined = [f"{key}: {sorted(map(str, companies))}" for key, companies in owners.items() if len(companies) > 1]
    odd = {record: kind for kind, records in world.oddities.items() for record in records}
    for record, truth in truths:
        oddity = odd.get((truth.vendor, truth.entity_type, truth.id))
        key, rule = links.of.get(record, (None, None))
        linked, tellable = key is not None, truth.decidable and truth.company is not None
        right = linked and truth.company is not None and truth.company in owners[str(key)]
        found.words.note(str(rule), linked=linked, right=right, tellable=False)
        found.words.note(truth.evidence, linked=False, right=right, tellable=tellable)
        found.kinds.note(f"{truth.vendor} {truth.entity_type}", linked=linked, right=right, tellable=tellable)
        if oddity:
            found.oddities.note(oddity, linked=linked, right=right, tellable=tellable)
        said = f"{' '.join(record)}: planted {truth.evidence}{' in ' + oddity if oddity else ''}"
        if linked and not right:
            found.wrong.append(f"{said}, linked by {rule}")
        if tellable and not right:
            found.missed.append(said)
    return found


def _named(truths: Iterable[Truth], links: Links) -> Iterator[tuple[Record, Truth]]:
    for truth in truths:
        name = links.leads.get(truth.id, truth.id) if truth.entity_type == "lead" else truth.id
        yield (truth.vendor, truth.entity_type, str(name)), truth


def table(title: str, counts: Counter[str], hits: Counter[str], few: int = FEW) -> Iterator[str]:
    """Lines with share and count, those with few records marked as untested."""
    yield f"{title:<22}{'share':>8}{'count':>9}"
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        if count:
            share = f"{hits[name] / count:.4f}" if count >= few else "untested"
            yield f"  {name:<20}{share:>8}{count:>9,}"


def main() -> None:
    """Print precision and recall per rule and overall, for ten worlds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=100, help="the first of the seeds")
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--worlds", type=int, default=len(WORLDS), help="how many of the worlds")
    parser.add_argument("--examples", type=int, default=0, help="show so many wrong and missed records")
    chosen: Any = parser.parse_args()
    total = Score()
    for number, (name, dirt) in enumerate(WORLDS[: chosen.worlds]):
        one = score(chosen.seed + number, chosen.companies, chosen.days, dirt)
        total.add(one)
        print(
            f"{name:<18} precision {one.precision:.4f}  recall {one.recall:.4f}  joined {len(one.joined)}", flush=True
        )
    tables = (("kind", "kind", total.kinds, FEW), ("rule", "evidence", total.words, FEW))
    for of_links, of_records, tally, few in (*tables, ("oddity", "oddity", total.oddities, 1)):
        print("\n" + "\n".join(table(f"precision by {of_links}", tally.links, tally.right, few)))
        print("\n" + "\n".join(table(f"recall by {of_records}", tally.tellable, tally.found, few)))
    links, tellable = total.words.links.total(), total.words.tellable.total()
    print(f"\noverall: precision {total.precision:.4f} over {links:,} links, recall {total.recall:.4f} over")
    print(f"{tellable:,} records whose evidence can tell, {len(total.joined)} companies joined wrongly")
    for line in (*total.joined, *total.wrong[: chosen.examples], *total.missed[: chosen.examples]):
        print(line)
    if short := [*total.joined, *total.kinds.short(FEW)]:
        sys.exit(f"less than promised: {', '.join(short)}")


if __name__ == "__main__":
    main()
