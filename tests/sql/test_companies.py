"""Which company an organisation is: hosts, registrable domains, anchors over time and the key that comes of them."""

import hashlib
from collections.abc import Sequence

import idna
import pytest
from publicsuffixlist import PublicSuffixList

from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.warehouse import Warehouse

DAY_1 = "2026-03-01T00:00:00Z"
DAY_2 = "2026-03-02T00:00:00Z"
DAY_3 = "2026-03-03T00:00:00Z"

# organisation, website and the domain that its company has; None where the website is no company's own
WEBSITES = [
    ("plain", "https://www.acme.com/", "acme.com"),
    ("upper-case", "HTTPS://WWW.Upper.COM/Path?Query#Hash", "upper.com"),
    ("no-scheme", "bare.example", "bare.example"),
    ("one-slash", "http:/mistyped.example/x", "mistyped.example"),
    ("protocol-relative", "//relative.example/x", "relative.example"),
    ("port", "port.example:8443/x", "port.example"),
    ("user", "https://user:secret@userinfo.example/", "userinfo.example"),
    ("trailing-dot", "https://dotted.example./", "dotted.example"),
    ("blanks", " \t\u00a0https://padded.example\n", "padded.example"),
    ("mail-address", "mailto:info@mailed.example", "mailed.example"),
    ("two-websites", "first.example, second.example", "first.example"),
    ("multi-part-suffix", "shop.north.co.uk", "north.co.uk"),
    ("deep-subdomain", "a.b.c.d.e.f.deep.example", "deep.example"),
    ("wildcard-suffix", "shop.north.any.ck", "north.any.ck"),
    ("suffix-exception", "www.ck", "www.ck"),
    ("idn", "https://www.bücher.example/ü", "xn--bcher-kva.example"),
    ("punycode", "XN--KHLER-JUA.example", "xn--khler-jua.example"),
    ("site-builder", "https://north.myshopify.com", "north.myshopify.com"),
    ("site-builder-of-ours", "https://www.north.wordpress.com/shop", "north.wordpress.com"),
    ("site-builder-itself", "https://www.wordpress.com", None),
    ("social", "https://www.facebook.com/northwind", None),
    ("social-country", "https://nl.linkedin.com/company/northwind", None),
    ("platform", "https://sites.google.com/view/northwind", None),
    ("owner-of-platform", "https://www.google.com", "google.com"),
    ("free-mail", "gmail.com", None),
    ("ip", "http://203.0.113.7/", None),
    ("ip6", "http://[2001:db8::1]:80/", None),
    ("localhost", "http://localhost:3000", None),
    ("intranet", "http://crm.local/", None),
    ("word", "n/a", None),
    ("suffix-alone", "https://co.uk", None),
    ("scheme-alone", "https://", None),
    ("script", "javascript:void(0)", None),
    ("bad-label", "https://-bad-.example", None),
    ("empty-label", "https://a..example", None),
    ("emoji-only", "🎉", None),
    ("too-long", "https://" + "a" * 64 + ".example", None),
    ("blank", "   ", None),
    ("none", None, None),
]


def key(anchor: str) -> str:
    return hashlib.md5(anchor.encode(), usedforsecurity=False).hexdigest()


def load_history(warehouse: Warehouse, rows: Sequence[tuple[str, str, str]], workspace: str = "ws-1") -> None:
    warehouse.load(
        "snitcher.organisation_websites",
        [{"uuid": organisation, "website": website} for organisation, website, _ in rows],
        workspace_uuid=workspace,
        first_loaded_at=[first_loaded_at for _, _, first_loaded_at in rows],
    )


def suffix_hosts() -> list[str]:
    """A host below each rule of the public suffix list, the rule itself, and one deeper."""
    rules = sorted(PublicSuffixList()._publicsuffix)[::12]
    names = [rule.removeprefix("*.").removeprefix("!") for rule in rules]
    return [host for name in names for host in (f"a.b.{name}", f"north.{name}", name)]


@pytest.fixture(scope="module")
def warehouse(models: Models) -> Warehouse:
    warehouse = MemoryWarehouse(models)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://www.northwind.example"}])
    warehouse.load(
        "snitcher.organisations",
        [{"uuid": name, "website": website} for name, website, _ in WEBSITES],
        workspace_uuid="ws-1",
    )
    warehouse.load(
        "snitcher.organisations",
        [{"uuid": f"host {host}", "website": host} for host in suffix_hosts()],
        workspace_uuid="ws-1",
    )
    # one company in two workspaces, which moved from old to new, and another that has had the new domain alone
    moved = {"uuid": "moved", "name": "Moved", "website": "new-moved.example", "last_seen": DAY_3}
    warehouse.load("snitcher.organisations", [moved | {"tags": ["b", " a "]}], workspace_uuid="ws-1")
    other = {"name": " ", "phone": "020 555 1234", "address": {"country": "nl"}, "size": "51-200 employees"}
    warehouse.load(
        "snitcher.organisations", [moved | other | {"last_seen": DAY_1, "tags": ["a", "c"]}], workspace_uuid="ws-2"
    )
    warehouse.load(
        "snitcher.organisations", [{"uuid": "newcomer", "website": "new-moved.example"}], workspace_uuid="ws-1"
    )
    load_history(
        warehouse,
        [
            ("moved", "old-moved.example", DAY_1),
            ("moved", "https://new-moved.example", DAY_3),
            ("newcomer", "new-moved.example", DAY_2),
            # two domains from one load: the alphabet decides
            ("tied", "beta-tied.example", DAY_1),
            ("tied", "alpha-tied.example", DAY_1),
            # a profile first, a website later
            ("grown", "https://facebook.com/grown", DAY_1),
            ("grown", "grown.example", DAY_2),
            # a chain of three domains over two organisations
            ("chain-1", "one-chain.example", DAY_2),
            ("chain-1", "two-chain.example", DAY_3),
            ("chain-2", "two-chain.example", DAY_3),
            ("chain-2", "three-chain.example", DAY_1),
            # more domains than a company has
            *[("portal", f"member-{number:02}.example", DAY_1) for number in range(11)],
        ],
    )
    warehouse.load(
        "snitcher.organisations",
        [{"uuid": name} for name in ("tied", "grown", "chain-1", "chain-2")]
        + [
            {"uuid": "portal", "website": "member-05.example"},
            {"uuid": "ours", "website": "shop.northwind.example"},
            {"uuid": "ours-too", "website": "holding.example"},
        ],
        workspace_uuid="ws-1",
    )
    warehouse.load_sessions([{"uuid": "s-1", "organisation_uuid": "only-in-sessions", "started_at": DAY_1}])
    warehouse.full_build(own_domains=["Holding.example"])
    return warehouse


def test_every_form_of_website_gives_its_domain(warehouse: Warehouse) -> None:
    found = dict(
        warehouse.rows("""
            select links.entity_id, companies.domain
            from leadpath.marts.company_links as links
            inner join leadpath.marts.dim_companies as companies using (company_key)
            where links.entity_type = 'organisation'
        """)
    )

    assert {name: found[name] for name, *_ in WEBSITES} == {name: domain for name, _, domain in WEBSITES}


def test_registrable_domains_are_those_of_the_library(warehouse: Warehouse) -> None:
    library = PublicSuffixList(accept_unknown=True)
    found = dict(warehouse.rows("select host_text, registrable_domain from scratch.intermediate.int_hosts"))
    shared = {domain for (domain,) in warehouse.rows("select domain from build.reference.shared_domains")}
    hosts = [host for host in suffix_hosts() if "." in host and not any(host.endswith(name) for name in shared)]

    assert len(hosts) > 2000
    expected = {host: library.privatesuffix(idna.encode(host, uts46=True).decode()) for host in hosts}
    assert {host: found[host] for host in hosts} == expected


@pytest.mark.parametrize(
    ("organisation", "anchor"),
    [
        ("plain", "domain:acme.com"),
        ("social", "organisation:social"),
        ("only-in-sessions", "organisation:only-in-sessions"),
        ("moved", "domain:old-moved.example"),
        ("newcomer", "domain:old-moved.example"),
        ("tied", "domain:alpha-tied.example"),
        ("grown", "domain:grown.example"),
        ("chain-1", "domain:three-chain.example"),
        ("chain-2", "domain:three-chain.example"),
        ("portal", "domain:member-00.example"),
    ],
)
def test_the_key_is_that_of_the_oldest_anchor(warehouse: Warehouse, organisation: str, anchor: str) -> None:
    assert warehouse.rows(f"""
        select company_key from leadpath.marts.company_links
        where entity_type = 'organisation' and entity_id = '{organisation}'
    """) == [(key(anchor),)]


def test_an_organisation_with_many_domains_joins_none(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select count(*), count(distinct company_key)
        from scratch.intermediate.int_company_anchors where company_domain like 'member-%'
    """) == [(11, 11)]
    assert warehouse.rows("""
        select links.evidence, companies.domain
        from leadpath.marts.company_links as links
        inner join leadpath.marts.dim_companies as companies using (company_key)
        where links.entity_id = 'portal'
    """) == [("earlier website member-00.example", "member-00.example")]


def test_keys_that_stood_before_lead_to_the_company(warehouse: Warehouse) -> None:
    assert set(warehouse.rows("select * from leadpath.marts.company_key_changes")) == {
        # the newcomer had the new domain for itself before the other organisation showed it
        (key("domain:new-moved.example"), key("domain:old-moved.example"), "one organisation shows both domains"),
        (key("domain:one-chain.example"), key("domain:three-chain.example"), "one organisation shows both domains"),
        (key("organisation:grown"), key("domain:grown.example"), "the organisation has a domain now"),
    }


def test_a_company_is_described_by_what_was_seen_last(warehouse: Warehouse) -> None:
    assert warehouse.rows(f"""
        select company_name, domain, size_band, country_code, phone, tags, segments, is_visitor, is_internal,
            last_seen_at = timestamptz '{DAY_3}'
        from leadpath.marts.dim_companies where company_key = '{key("domain:old-moved.example")}'
    """) == [("Moved", "new-moved.example", "51-200", "NL", "+31205551234", ["a", "b", "c"], None, True, False, True)]


def test_our_own_companies_are_internal_and_not_in_360(warehouse: Warehouse) -> None:
    internal = warehouse.rows("select domain, company_key from leadpath.marts.dim_companies where is_internal")

    assert sorted(domain for domain, _ in internal) == ["holding.example", "northwind.example"]
    assert warehouse.rows("select count(*) from leadpath.marts.company_360 where domain like '%northwind.example'") == [
        (0,)
    ]
    assert warehouse.rows("""
        select (select count(*) from leadpath.marts.dim_companies) - (select count(*) from leadpath.marts.company_360)
    """) == [(2,)]


def test_a_uuid_has_no_case(models: Models) -> None:
    """One organisation in two spellings is one; ids that are no uuids are told apart by case."""
    warehouse = MemoryWarehouse(models)
    organisations = [
        {"uuid": "ab12-cd", "name": "Casewell", "website": "https://casewell.example"},
        {"uuid": "0F-11", "name": "Named in capitals", "website": "https://capital.example"},
        {"uuid": "ee-22", "name": "First"},
        {"uuid": "word X", "website": "https://upper.example"},
        {"uuid": "word x", "website": "https://lower.example"},
    ]
    again = [{"uuid": "EE-22", "name": "Second", "website": "https://second.example"}]
    for rows in (organisations, again):
        warehouse.load("snitcher.organisations", rows, workspace_uuid="ws-1")
    named = ("AB12-CD", "0f-11", "Ee-22", "word X", "word x")
    sessions = [
        {"uuid": f"S-{number}", "organisation_uuid": uuid, "started_at": DAY_1} for number, uuid in enumerate(named)
    ]
    warehouse.load_sessions(sessions)
    warehouse.full_build(
        overrides=[
            {
                "action": "link",
                "vendor": "snitcher",
                "entity_type": "organisation",
                "entity_id": "0F-11",
                "domain": "given.example",
            }
        ]
    )

    found = warehouse.rows(
        """
        select session_id, domain
        from leadpath.marts.fct_sessions
        left join leadpath.marts.dim_companies using (company_key)
        where session_id is not null
        order by session_id
        """
    )
    assert found == [
        ("S-0", "casewell.example"),
        ("S-1", "given.example"),
        ("S-2", "second.example"),
        ("S-3", "upper.example"),
        ("S-4", "lower.example"),
    ]
    names = "select company_name from leadpath.marts.dim_companies where domain = 'second.example'"
    assert warehouse.rows(names) == [("Second",)]
    warehouse.close()
