"""What holds of every world: of small ones that collide wherever they can, and of dirty ones of the sandbox."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pytest

from benchmarks.accuracy import Links, judge
from benchmarks.worlds import batches
from sandbox import Sandbox
from sandbox.world.dirt import Dirt
from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.small_worlds import ENTITIES, Record, SmallWorld, load, overrides
from tests.sql.warehouse import Marts

SMALL_WORLDS = 120
# from one record to another that it tells something of
STEPS = 4

# what any rule says of a record, and of a lead by the ids of the records that it was made from
CANDIDATES = """
    with candidates as (
        select entity_id, company_key from scratch.intermediate.int_link_candidates where company_key is not null
        union
        select entity_id, company_key from leadpath.marts.company_links where company_key is not null
    )
    from candidates
    union
    select coalesce(requests.session_id, requests.lead_id), company_key
    from scratch.intermediate.int_lead_requests as requests
    inner join scratch.intermediate.int_leads as leads using (person)
    inner join candidates on lead_key = entity_id
"""
# domain, key of its company, and whether an organisation says since when it is known
DOMAINS = """
    select company_domain, company_key, first_known_at is not null
    from scratch.intermediate.int_company_anchors where company_domain is not null
"""


class Built:
    """Small worlds and what is made of them."""

    def __init__(self, models: Models, worlds: Sequence[SmallWorld]) -> None:
        self.worlds = worlds
        self.overrides = overrides(worlds)
        self.warehouse = MemoryWarehouse(models)
        load(self.warehouse, worlds)
        self.warehouse.full_build(overrides=self.overrides)
        self.marts = self.warehouse.marts()
        self.domains = {domain: (key, dated) for domain, key, dated in self.warehouse.rows(DOMAINS)}
        self._links = {
            (row["vendor"], row["entity_type"], row["entity_id"]): row for row in self.marts["company_links"]
        }
        self._candidates: dict[str, set[str]] = defaultdict(set)
        for record, company in self.warehouse.rows(CANDIDATES):
            self._candidates[record].add(company)

    def link(self, world: SmallWorld, record: Record) -> Mapping[str, Any]:
        """The row of a record that is no lead."""
        return self._links[*ENTITIES[record.kind], world.id_of(record)]

    def companies(self, world: SmallWorld, records: Sequence[Record]) -> set[str]:
        """Those that any rule names for any of these records of a world, and those of the domains that they name."""
        ids = {name for each in records for name in world.ids_of(each)}
        named = {world.domain(number) for each in records for what, number in each.values if what == "domain"}
        owners = {self.domains[domain][0] for domain in named if domain in self.domains}
        return owners | {company for name in ids for company in self._candidates.get(name, ())}


@pytest.fixture(scope="module", params=range(3))
def grown(models: Models, request: pytest.FixtureRequest) -> Iterator[tuple[Built, Built]]:
    """Small worlds, and the same worlds with one record more each."""
    rng = random.Random(request.param)
    worlds = [SmallWorld.make(rng, number) for number in range(SMALL_WORLDS)]
    before = Built(models, worlds)
    after = Built(models, [world.with_one_more(rng) for world in worlds])
    yield before, after
    before.warehouse.close()
    after.warehouse.close()


def near(world: SmallWorld, values: frozenset[tuple[str, Any]]) -> list[Record]:
    """The records that say any of these things."""
    return [each for each in world.records if each.values & values]


def test_a_record_moves_no_company_that_it_does_not_touch(grown: tuple[Built, Built]) -> None:
    before, after = grown
    may_move: set[str] = set()
    for world, more in zip(before.worlds, after.worlds, strict=True):
        added = more.records[-1].values
        touched = near(world, added)
        # what is better known of these may tell whose others are, over a form, its visit, its recording and the visitor
        # of that, and companies that become one free what is between
        further = touched
        for _ in range(STEPS):
            further = near(world, added.union(*(each.values for each in further)))
        joins = len(before.companies(world, touched)) > 1
        may_move |= before.companies(world, world.records if joins else further)

    rows_before, rows_after = by_company(before.marts), by_company(after.marts)

    kept = rows_before.keys() - may_move
    assert len(kept) > len(rows_before) / 3
    for key in kept:
        assert rows_after.get(key) == rows_before[key]


def by_company(marts: Marts) -> Mapping[str, list[tuple[str, Any]]]:
    """The rows of all marts by their company."""
    leads = {row["lead_key"]: row["company_key"] for row in marts["fct_leads"]}
    found: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for mart, rows in marts.items():
        for row in rows:
            if company := row["company_key"] if "company_key" in row else leads.get(row.get("lead_key")):
                found[company].append((mart, row))
    return found


def test_a_key_stands_or_leads_to_the_one_that_stands_now(grown: tuple[Built, Built]) -> None:
    before, after = grown
    published = {row["company_key"] for row in before.marts["dim_companies"]}
    standing = {key for key, _ in after.domains.values()} | {
        row["old_key"] for row in after.marts["company_key_changes"]
    }
    found = {domain for domain in before.domains if domain in after.domains and before.domains[domain][0] in published}

    assert len(found) > 20
    assert {before.domains[domain][0] for domain in found} - standing == set()


def test_what_is_found_later_leaves_a_company_its_key(grown: tuple[Built, Built]) -> None:
    before, after = grown
    for world, more in zip(before.worlds, after.worlds, strict=True):
        if len(before.companies(world, near(world, more.records[-1].values))) < 2:
            for domain, (key, dated) in before.domains.items():
                if f"-{world.number}-" in domain and dated:
                    assert after.domains[domain][0] == key


def test_domains_are_one_company_where_somebody_says_so(grown: tuple[Built, Built]) -> None:
    for built in grown:
        given = {line["entity_id"] for line in built.overrides if line["entity_type"] == "organisation"}
        shown: dict[str, set[str]] = defaultdict(set)
        for world in built.worlds:
            for name, row in world.rows():
                domain = str(row.get("website")).removeprefix("https://www.").rstrip("/")
                if name == "snitcher.organisation_websites" and domain in built.domains and row["uuid"] not in given:
                    shown[row["uuid"]].add(domain)
        stated = [{line["domain"], line["other_domain"]} for line in built.overrides if line["action"] == "same"]
        apart = [{line["domain"], line["other_domain"]} for line in built.overrides if line["action"] == "different"]
        told = groups([*shown.values(), *stated])
        companies = defaultdict(set)
        for domain, (key, _) in built.domains.items():
            companies[key].add(domain)
        for domains in companies.values():
            assert any(domains <= group for group in (*told, *({domain} for domain in domains)))
            assert not any(pair <= domains for pair in apart)
        for group in told:
            if not any(pair <= group for pair in apart):
                assert len({built.domains[domain][0] for domain in group}) == 1


def groups(sets: Sequence[set[str]]) -> list[set[str]]:
    """The sets, those that share anything as one."""
    found: list[set[str]] = []
    for each in sets:
        apart = [group for group in found if not group & each]
        found = [*apart, each.union(*(group for group in found if group & each))]
    return found


def test_no_link_is_a_guess(grown: tuple[Built, Built]) -> None:
    rules: Counter[str] = Counter()
    for built in grown:
        for world in built.worlds:
            links = {each: built.link(world, each) for each in world.records if each.kind in ENTITIES}
            for record, link in links.items():
                # all that a call's number, or an organisation's without a domain, may stand for
                owners = {
                    links[each]["company_key"]
                    for each in links
                    if each.kind == "organisation" and each.phone == record.phone is not None
                    if record.kind == "call" or links[each]["rule"] != "override"
                }
                visits = [each for each in links if each.kind in ("session", "form") and each.slot == record.slot]
                if link["rule"] == "phone":
                    assert owners <= {link["company_key"], None}
                recordings = [each for each in links if each.kind == "recording" and each.slot == record.slot]
                if link["rule"] == "same_visit" and record.kind != "visitor":
                    # what a session does not know itself, its recording does, and the other way round
                    others = recordings if record.kind in ("session", "form") else visits
                    assert len(others) == 1
                    assert links[others[0]]["company_key"] == link["company_key"]
                if link["rule"] == "same_visitor" or (record.kind == "visitor" and link["company_key"]):
                    owned = [
                        links[each]["company_key"]
                        for each in links
                        if each.kind == "recording"
                        if each.visitor == record.visitor and links[each]["rule"] not in (None, "same_visitor")
                    ]
                    # nothing but what the visitor's own record states may tell more
                    told = link["evidence"].startswith("e-mail") or link["rule"] in ("override", "person")
                    assert told or set(owned) <= {link["company_key"]}
                rules[link["rule"]] += 1
    assert min(rules["phone"], rules["same_visit"]) > 20


def test_rows_stand_in_any_order_and_come_with_any_load(grown: tuple[Built, Built]) -> None:
    _, after = grown
    after.warehouse.shuffle(1)
    after.warehouse.full_build(overrides=after.overrides)

    assert after.warehouse.marts() == after.marts


@pytest.mark.parametrize("seed", range(5))
def test_no_dirt_joins_companies_or_shifts_rows(models: Models, seed: int) -> None:
    sandbox = dirty_sandbox(seed)
    own_domains = [sandbox.env["LEADPATH_OWN_DOMAINS"]]
    warehouse = MemoryWarehouse(models)
    warehouse.fill(batches(sandbox))
    warehouse.full_build(own_domains=own_domains)
    before = warehouse.marts()
    with warehouse.connect() as con:
        con.execute("use leadpath")
        found = judge(sandbox, Links(con))

    assert found.joined == []
    assert found.missed == []
    assert found.words.links.total() > 100
    warehouse.shuffle(seed)
    warehouse.full_build(own_domains=own_domains)
    assert warehouse.marts() == before
    warehouse.close()


def dirty_sandbox(seed: int) -> Sandbox:
    """A small world with any share of each kind of dirt, up to a half; nobody is served."""
    rng = random.Random(seed)
    kinds: dict[str, Any] = {
        kind.name: rng.uniform(0, 0.5) for kind in fields(Dirt) if kind.name not in ("long_text", "oddities")
    }
    sandbox = Sandbox(seed=seed, companies=15, days=10, dirt=Dirt(**kinds))
    sandbox.close()
    return sandbox
