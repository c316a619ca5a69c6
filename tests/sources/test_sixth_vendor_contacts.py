"""A sixth vendor who knows people: one staging model, and its records are matched, shown and credited."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cli, seal
from tests.sources.meetwise import FILES, KEY, served

CONTACTS = """
-- One row per meeting, as what is known of somebody who got in touch. Grain: vendor, entity_type, entity_id.

select
    'meetwise' as vendor,
    'meeting' as entity_type,
    meetings.id as entity_id,
    meetings.starts_at as occurred_at,
    addresses.email,
    phone_numbers.e164 as phone,
    cast(null as varchar) as website,
    cast(null as varchar) as company_text,
    cast(null as varchar) as page_url,
    cast(null as varchar) as city,
    cast(null as varchar) as browser,
    false as is_demo,
    'meeting of ' || meetings.minutes || ' minutes' as summary,
    meetings._dlt_load_id as load_id

from {{ source('raw_meetwise', 'meetings') }} as meetings
left join {{ source('reference', 'addresses') }} as addresses
    on {{ clean('meetings.email') }} = addresses.address_text
left join {{ source('reference', 'phone_numbers') }} as phone_numbers
    on
        {{ clean('meetings.phone') }} = phone_numbers.number_text
        and coalesce({{ country_code('meetings.country') }}, 'ZZ') = phone_numbers.region
"""
SOURCES = """
version: 2
sources:
  - {name: raw_meetwise, database: raw, schema: raw_meetwise, tables: [{name: meetings}]}
"""
LEADS = """firstName,lastName,email,phone,createdAt
Lee,Acme,lee@acme.example,,2026-02-26T08:00:00Z
Kim,Beta,kim@beta.example,+31 20 555 0001,2026-02-20T08:00:00Z
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Cli]:
    """A copy of the program with the folders that the vendor needs, and one sync of it, with two imported leads."""
    folder = tmp_path_factory.mktemp("sixth")
    program = folder / "program"
    for room in ("pipelines", "sources", "sql"):
        shutil.copytree(ROOT / room, program / room, ignore=shutil.ignore_patterns("__pycache__"))
    files = {program / "sources/meetwise" / name: text for name, text in FILES.items()}
    staging = program / "sql/models/staging/meetwise"
    files |= {staging / "stg_meetwise__contacts.sql": CONTACTS, staging / "sources.yml": SOURCES}
    files |= {
        folder / "leads.csv": LEADS,
        folder / "config/company_overrides.csv": (
            "action,vendor,entity_type,entity_id,domain,other_domain,reason\nlink,meetwise,meeting,5,gamma.example,,\n"
        ),
    }
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip())
    with pytest.MonkeyPatch.context() as patch, served() as service:
        seal(folder, patch)
        service.meetings[1]["email"] = "Jo <JO2@Acme.example>"
        # known by the number that a lead gave
        service.meetings[2] |= {"email": "jo@gmail.com", "phone": "020 555 0001", "country": "nl"}
        service.meetings[3]["email"] = None
        cli = Cli(folder, empty_warehouse)
        cli.use_empty_warehouse()
        cli.env |= {
            "PYTHONPATH": str(program),
            "LEADPATH_CONFIG_DIR": str(folder / "config"),
            "LEADPATH_NOW": "2026-02-26T12:00:00Z",
            "MEETWISE_URL": service.url,
            "MEETWISE_API_KEY": KEY,
        }
        cli("import-leads", str(folder / "leads.csv"), "--no-build")
        cli("sync", "meetwise")
        yield cli


def test_its_records_are_matched(built: Cli) -> None:
    links = built.marts("""
        select entity_id, rule, domain, met_value from marts.company_links
        left join marts.dim_companies using (company_key)
        where vendor = 'meetwise' and entity_type = 'meeting' order by entity_id
    """)

    of_acme = ("email_domain", "acme.example", "acme.example")
    assert links == [
        ("1", *of_acme),
        ("2", *of_acme),
        ("3", "phone", "beta.example", "+31205550001"),
        ("4", None, None, None),
        ("5", "override", "gamma.example", "gamma.example"),
        ("6", *of_acme),
        ("7", *of_acme),
    ]


def test_they_are_touchpoints_and_are_credited(built: Cli) -> None:
    touchpoints = built.marts("""
        select touch_type, vendor, entity_id, summary, domain, occurred_at::varchar from marts.fct_touchpoints
        left join marts.dim_companies using (company_key) where touch_type != 'lead' order by entity_id
    """)
    assert [row[2] for row in touchpoints] == ["1", "2", "3", "5", "6", "7"]
    assert touchpoints[0] == (
        *("meeting", "meetwise", "1", "meeting of 30 minutes", "acme.example", "2026-02-19 10:00:00+00"),
    )
    # of acme four before its lead; beta's was after its own
    assert built.marts("""
        select domain, touch_type, count(*), sum(linear_weight), sum(first_touch_weight) from marts.lead_attribution
        inner join marts.fct_touchpoints using (touchpoint_key)
        inner join marts.dim_companies on dim_companies.company_key = lead_attribution.company_key
        group by all order by all
    """) == [("acme.example", "meeting", 4, 1, 1), ("beta.example", "lead", 1, 1, 1)]
    assert built.marts("""
        select domain, first_touch_type, engagement_score from marts.company_360 order by domain
    """) == [("acme.example", "meeting", 4 * 3 + 10), ("beta.example", "lead", 3 + 10), ("gamma.example", "meeting", 3)]


def test_they_are_explained(built: Cli) -> None:
    found = json.loads(built("explain", "meetwise", "meeting", "3", "--json").stdout)
    assert [(link["entity_type"], link["rule"]) for link in found["chain"]] == [
        ("meeting", "phone"),
        ("lead", "email_domain"),
    ]
    assert found["chain"][0]["facts"]["summary"] == "meeting of 30 minutes"
    assert found["company"]["domain"] == "beta.example"

    said = built("explain", "meetwise", "meeting", "4").stdout
    assert "No address, number or website that it names is one company's." in said
    assert "No one visit of a company fits" in said

    company = json.loads(built("explain", "company", "acme.example", "--json").stdout)
    (meetings,) = [row for row in company["records"] if row["vendor"] == "meetwise"]
    assert (meetings["entity_type"], meetings["record_count"], meetings["first_at"][:10]) == (
        "meeting",
        4,
        "2026-02-19",
    )
    assert "meetwise has no 'call'; it has meeting." in built("explain", "meetwise", "call", "1", status=2).stderr
