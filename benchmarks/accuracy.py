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

from benchmarks import planted
from benchmarks.worlds import write_raw
from pipelines.build import build
from pipelines.settings import load
from sandbox import Sandbox
from sandbox.dirt import Dirt
from sandbox.model import Truth

# each world has one kind of dirt turned up
WORLDS: tuple[tuple[str, Mapping[str, float]], ...] = (
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
# what is promised of each kind of record
PRECISION, RECALL = 0.99, 0.95

Record = tuple[str, str, str]


@dataclass
class Score:
    """Counts over one or more worlds. `links` and `right` by rule, `tellable` and `found` by planted evidence.

    `kinds` holds the same four counts by kind of record, under their names.
    """

    links: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    tellable: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    joined: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Right links of all links; 1 when there are none."""
        return self.right.total() / self.links.total() if self.links else 1.0

    @property
    def recall(self) -> float:
        """Records found of those whose evidence can tell; 1 when there are none."""
        return self.found.total() / self.tellable.total() if self.tellable else 1.0

    def add(self, other: "Score") -> None:
        """Sum two worlds."""
        for name in ("links", "right", "tellable", "found"):
            getattr(self, name).update(getattr(other, name))
        for name in ("joined", "wrong", "missed"):
            getattr(self, name).extend(getattr(other, name))
        for name, counts in other.kinds.items():
            self.kinds[name].update(counts)

    def short(self) -> list[str]:
        """The kinds of records of which fewer are right or found than is promised."""
        return [
            f"{kind}: {what} {share:.4f}"
            for what, least, hits, counts in (
                ("precision", PRECISION, self.kinds["right"], self.kinds["links"]),
                ("recall", RECALL, self.kinds["found"], self.kinds["tellable"]),
            )
            for kind, count in counts.items()
            if count >= FEW and (share := hits[kind] / count) < least
        ]


def score(seed: int, companies: int, days: int, dirt: Mapping[str, float]) -> Score:
    """Build one world and hold its links against its truth."""
    sandbox = Sandbox(seed=seed, companies=companies, days=days, dirt=Dirt(**dirt))
    try:
        with tempfile.TemporaryDirectory() as folder:
            warehouse = write_raw(sandbox, Path(folder) / "data")
            extra = planted.plant(seed)
            with warehouse.turn() as con:
                planted.load(con, extra)
            environment = {
                "LEADPATH_DATA_DIR": str(warehouse.data_dir),
                "LEADPATH_OWN_DOMAINS": sandbox.env["LEADPATH_OWN_DOMAINS"],
            }
            settings = load({**environment, "LEADPATH_NOW": sandbox.now.isoformat()}, Path(folder))
            run = {"run_id": "accuracy", "ended_at": sandbox.now, "status": "ok", "error": None}
            build(warehouse, settings, run, sandbox.now, full=True)
            with duckdb.connect(str(warehouse.published), read_only=True) as con:
                found = judge(sandbox, Links(con))
                judge_planted(found, extra, con)
                return found
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
    for record, truth in truths:
        key, rule = links.of.get(record, (None, None))
        right = key is not None and truth.company is not None and truth.company in owners[key]
        kind = f"{truth.vendor} {truth.entity_type}"
        if key is not None:
            found.links[str(rule)] += 1
            found.right[str(rule)] += right
            found.kinds["links"][kind] += 1
            found.kinds["right"][kind] += right
            if not right:
                found.wrong.append(f"{' '.join(record)}: {rule}, planted {truth.evidence}")
        if truth.decidable and truth.company is not None:
            found.tellable[truth.evidence] += 1
            found.found[truth.evidence] += right
            found.kinds["tellable"][kind] += 1
            found.kinds["found"][kind] += right
            if not right:
                found.missed.append(f"{' '.join(record)}: planted {truth.evidence}")
    return found


def judge_planted(found: Score, extra: planted.Planted, con: duckdb.DuckDBPyConnection) -> None:
    """Add what was planted beside the world: a company where none should be counts as a wrong link."""
    for dirt, kind, rule, is_told, is_linked, is_right in planted.judged(extra, con):
        if is_linked:
            found.links[str(rule)] += 1
            found.right[str(rule)] += is_right
            found.kinds["links"][kind] += 1
            found.kinds["right"][kind] += is_right
            if not is_right:
                found.wrong.append(f"{kind}: {rule}, planted {dirt}")
        if is_told:
            found.tellable[dirt] += 1
            found.found[dirt] += is_right
            found.kinds["tellable"][kind] += 1
            found.kinds["found"][kind] += is_right
            if not is_right:
                found.missed.append(f"{kind}: planted {dirt}")


def _named(truths: Iterable[Truth], links: Links) -> Iterator[tuple[Record, Truth]]:
    for truth in truths:
        name = links.leads.get(truth.id, truth.id) if truth.entity_type == "lead" else truth.id
        yield (truth.vendor, truth.entity_type, str(name)), truth


def table(title: str, counts: Counter[str], hits: Counter[str]) -> Iterator[str]:
    """Lines with share and count, those with few records marked as untested."""
    yield f"{title:<22}{'share':>8}{'count':>9}"
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        share = f"{hits[name] / count:.4f}" if count >= FEW else "untested"
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
    print("\n" + "\n".join(table("precision by kind", total.kinds["links"], total.kinds["right"])))
    print("\n" + "\n".join(table("recall by kind", total.kinds["tellable"], total.kinds["found"])))
    print("\n" + "\n".join(table("precision by rule", total.links, total.right)))
    print("\n" + "\n".join(table("recall by evidence", total.tellable, total.found)))
    print(
        f"\noverall: precision {total.precision:.4f} over {total.links.total():,} links, recall {total.recall:.4f} over"
    )
    print(f"{total.tellable.total():,} records whose evidence can tell, {len(total.joined)} companies joined wrongly")
    for line in (*total.joined, *total.wrong[: chosen.examples], *total.missed[: chosen.examples]):
        print(line)
    if total.joined or (short := total.short()):
        sys.exit(f"less than promised: {', '.join(total.joined or short)}")


if __name__ == "__main__":
    main()
