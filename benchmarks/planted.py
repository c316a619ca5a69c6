"""Records of the kinds that real data is made of and the sandbox's world has not, each with its company.

Platforms that are companies themselves, their customers and tenants, forwarders, addresses and websites as people write
them, and numbers that are withheld, shared, a service's, or of an older plan.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipelines.vendors import TABLES
from sources.schema import Row

LOAD_ID = "1790000000.125"
WORKSPACE = "planted"
# zendesk.com is not among them: the page is every customer's, and so nobody's
PLATFORMS = ("gitlab.com", "ebay.com", "amazon.com")
TENANTS = ("onmicrosoft.com", "atlassian.net", "myshopify.com", "zendesk.com")
NOBODYS = ("duck.com", "privaterelay.appleid.com", "aleeas.com", "mailinator.com", "users.noreply.github.com")
WITHHELD = ("7378742833", "2562533", "8656696", "266696687", "86282452253")
# as a vendor keeps an older number without its plus sign, and today's of the same subscriber; {} is three digits
RENUMBERED = (
    ("22997123{}", "+229 01 97 12 3{}"),
    ("22507123{}", "+225 07 07 12 3{}"),
    ("5215512345{}", "+52 55 1234 5{}"),
    ("551187654{}", "+55 11 98765 4{}"),
)
ADDRESSES = (
    "{}", "Jo Roe <{}>", "({})", "mailto:{}?subject=Demo", "{}.", "'{}'", "{}; other@elsewhere.example", "{}".upper(),
)  # fmt: skip
WEBSITES = ("https://{}", "http://https://{}/", "https//{}", "http:{}/en?x=1", "{}:443/", "HTTPS://WWW.{}")


@dataclass
class Planted:
    """Rows by table; per record the kind of dirt and its company: a domain, an organisation or none."""

    rng: random.Random
    rows: dict[str, list[Row]] = field(default_factory=dict)
    truths: list[tuple[tuple[str, str, str], str, str | None]] = field(default_factory=list)

    def organisation(self, kind: str, website: str | None, company: str | None, phone: str | None = None) -> None:
        """An organisation with a session; without a domain of its own it is a company by itself."""
        uuid = f"planted-{len(self.truths)}"
        row = {"uuid": uuid, "name": f"Planted {uuid}", "website": website, "phone": phone}
        self.rows.setdefault("snitcher.organisations", []).append(row)
        if website:
            self.rows.setdefault("snitcher.organisation_websites", []).append({"uuid": uuid, "website": website})
        session = {"uuid": f"s-{uuid}", "organisation_uuid": uuid, "started_at": "2026-02-20T10:00:00Z"}
        self.rows.setdefault("snitcher.sessions", []).append(session)
        owner = company or f"organisation:{uuid}"
        self.truths.append((("snitcher", "organisation", uuid), kind, owner))
        self.truths.append((("snitcher", "session", f"s-{uuid}"), kind, owner))

    def call(
        self, kind: str, company: str | None, *, client: str | None = None, ani: str | None = None, **ctx: str
    ) -> None:
        """A call from a page that no visit has."""
        name = f"planted-{len(self.truths)}"
        row: dict[str, Any] = {"id": name, "bid": "planted", "client": client, "ani": ani, "status": "answered"}
        row |= {"call_start": "2026-02-21T10:00:00Z", "context": {"external": ctx or None}}
        self.rows.setdefault("snapcall.calls", []).append(row)
        self.truths.append((("snapcall", "call", name), kind, company))

    def company(self) -> str:
        """A domain that nobody else has."""
        return f"planted-{self.rng.getrandbits(40):010x}.example"


def plant(seed: int) -> Planted:
    """Some of each kind."""
    planted = Planted(random.Random(f"{seed}/planted"))
    for step in (_platforms, _tenants, _addresses, _numbers):
        step(planted)
    return planted


def _platforms(planted: Planted) -> None:
    for host in PLATFORMS:
        planted.organisation("platform", f"https://www.{host}/", host)
        planted.call("platform", host, client=f"staff{planted.rng.randrange(99)}@{host}")
        planted.organisation("page below a platform", f"https://facebook.com/{host.partition('.')[0]}", None)
    for number in range(4):
        host = f"customer{number}-{planted.rng.randrange(10**6)}.gitlab.io"
        planted.organisation("customer of a platform", f"https://{host}/about", host)


def _tenants(planted: Planted) -> None:
    for host in TENANTS:
        for _ in range(2):
            tenant = f"t{planted.rng.randrange(10**8)}.{host}"
            for person in ("a", "b"):
                planted.call("tenant", tenant, client=f"{person}@{tenant}")
    for host in NOBODYS:
        for _ in range(2):
            planted.call("forwarder", None, client=f"x{planted.rng.randrange(10**6)}@{host}")


def _addresses(planted: Planted) -> None:
    for form in ADDRESSES:
        domain = planted.company()
        planted.call("address as people write it", domain, client=form.format(f"jo@{domain}"))
    for form in WEBSITES:
        domain = planted.company()
        planted.organisation("website as people write it", form.format(domain), domain)
    domain = planted.company()
    planted.call("address of our own people", domain, employee=f"me@{planted.company()}", email=f"jo@{domain}")
    planted.call("address of our own people", None, agent=f"me@{planted.company()}")
    idn = f"müller{planted.rng.randrange(10**6)}.example"
    for host in (idn, idn.encode("idna").decode(), idn.upper()):
        planted.call("letters and punycode", idn.encode("idna").decode(), client=f"max@{host}")


def _numbers(planted: Planted) -> None:
    for code in WITHHELD:
        domain = planted.company()
        planted.call("withheld number", domain, client=f"kim@{domain}", ani=code)
        planted.call("withheld number", None, ani=code)
        planted.call("withheld number", None, ani=f"1{code}")
    for _ in range(3):
        shared = f"4930{planted.rng.randrange(10**6):06}1"
        for _ in range(2):
            domain = planted.company()
            planted.call("shared number", domain, client=f"kim@{domain}", ani=shared)
        planted.call("shared number", None, ani=shared)
        domain = planted.company()
        planted.call(
            "a service's number", domain, client=f"kim@{domain}", ani=f"1800253{planted.rng.randrange(10**4):04}"
        )
        planted.call("a service's number", None, ani=planted.rows["snapcall.calls"][-1]["ani"])
    for old, today in RENUMBERED:
        digits = f"{planted.rng.randrange(1000):03}"
        domain = planted.company()
        planted.organisation("renumbered", f"https://{domain}", domain, today.format(digits))
        planted.call("renumbered", domain, ani=old.format(digits))


def load(con: duckdb.DuckDBPyConnection, planted: Planted) -> None:
    """Add the rows to the raw tables."""
    tables = {f"{vendor}.{table.name}": table for vendor, several in TABLES.items() for table in several}
    for name, rows in planted.rows.items():
        table = tables[name]
        given: dict[str, Any] = {"workspace_uuid": WORKSPACE, "first_loaded_at": "2026-02-20T10:00:00Z"}
        ours = {column: value for column, value in given.items() if column in table.ours}
        con.register("loaded", table.batch(rows, **ours).arrow)
        con.execute(f"insert into raw_{name} by name select *, '{LOAD_ID}' as _dlt_load_id from loaded")
        con.unregister("loaded")


def judged(planted: Planted, con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str | None, bool, bool, bool]]:
    """Per record: kind of dirt, kind of record, its rule, whether it can be told, has a company, and the right one."""
    links = {
        tuple(row[:3]): (row[3], row[4])
        for row in con.execute(
            "select vendor, entity_type, entity_id, company_key, rule from marts.company_links"
        ).fetchall()
    }
    domains = dict(
        con.execute("select domain, company_key from marts.dim_companies where domain is not null").fetchall()
    )
    for record, kind, company in planted.truths:
        key, rule = links[record]
        wanted = None
        if company is not None and company.startswith("organisation:"):
            wanted = links["snitcher", "organisation", company.partition(":")[2]][0] or ""
        elif company is not None:
            wanted = domains.get(company, "")
        yield kind, f"{record[0]} {record[1]}", rule, company is not None, key is not None, key == wanted
