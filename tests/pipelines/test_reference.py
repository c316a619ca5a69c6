"""Reference tables: what Python looks up for SQL, and how little of it a later run does again."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines.build.reference import public_suffixes, time_zones, write_reference
from pipelines.lists.files import read_lists
from pipelines.texts import phones
from pipelines.texts.phones import read_phone
from tests.sql.warehouse import TABLES, sql_type


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as raw")
        con.execute("attach ':memory:' as build")
        for name, table in TABLES.items():
            con.execute(f"create schema if not exists raw.raw_{name.split('.')[0]}")
            columns = ", ".join(f'"{column}" {sql_type(kind)}' for column, kind in table.columns.items())
            con.execute(f"create table raw.raw_{name} ({columns})")
        yield con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("number", "region", "expected"),
    [
        ("+31 20 555 1234", "NL", "+31205551234"),
        ("+31 20 555 1234", "FR", "+31205551234"),
        ("0031 20 555 1234", "ZZ", "+31205551234"),
        ("020 555 1234", "NL", "+31205551234"),
        ("(020) 555-1234 ext. 7", "NL", "+31205551234"),
        ("020 555 1234", "ZZ", None),
        # what is left of a national number when the vendor stores it as an integer
        ("123456789", "FR", "+33123456789"),
        ("123456789", "ZZ", None),
        ("33123456789", "FR", "+33123456789"),
        ("33123456789", "ZZ", "+33123456789"),
        ("4155552671", "US", "+14155552671"),
        # a Singapore number, and one of Yorkshire: nobody can tell
        ("6581234567", "SG", "+6581234567"),
        ("7", "FR", None),
        ("0", "FR", None),
        ("not a number", "NL", None),
        ("🎉", "NL", None),
        ("1" * 300, "NL", None),
    ],
)
def test_numbers_are_read_as_the_contract_says(number: str, region: str, expected: str | None) -> None:
    assert read_phone(number, region).e164 == expected


def test_digits_that_are_two_valid_numbers_are_none() -> None:
    # read with a plus sign these are a number of another country
    candidates = [
        f"{prefix}{rest}" for prefix in ("3120", "4420", "3312", "4930", "6591") for rest in range(100000, 999999, 9973)
    ]
    ambiguous = [
        (digits, region)
        for digits in candidates
        for region in ("US", "DE", "AT", "CN")
        if (abroad := read_phone(f"+{digits}", "ZZ").e164)
        and (home := read_phone(f"{digits} ", region).e164)
        and abroad != home
    ]

    assert ambiguous
    assert {read_phone(digits, region).e164 for digits, region in ambiguous} == {None}


def test_the_suffix_table_says_what_each_kind_of_rule_means() -> None:
    rules = {(row["suffix"], row["suffix_labels"]): row for row in public_suffixes().to_pylist()}

    assert len(rules) > 10_000
    assert rules["co.uk", 2] == {
        **{"suffix": "co.uk", "matched_labels": 2, "suffix_labels": 2, "is_exception": False, "section": "icann"}
    }
    assert rules["ck", 2]["matched_labels"] == 1
    assert rules["ck", 1]["is_exception"] is False
    assert rules["www.ck", 1]["is_exception"] is True
    assert rules["myshopify.com", 2]["section"] == "private"
    assert ("xn--55qx5d.cn", 2) in rules
    assert all(suffix.isascii() for suffix, _ in rules)


def test_old_names_of_zones_have_a_country() -> None:
    regions = {row["time_zone"]: row["region"] for row in time_zones().to_pylist()}

    assert (regions["Europe/Paris"], regions["Europe/Kiev"], regions["US/Pacific"]) == ("FR", "UA", "US")
    assert "UTC" not in regions


def test_numbers_are_read_once(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    con.execute("""
        insert into raw.raw_snitcher.organisations (website, phone, address_country) values
            (null, ' 020 555 1234 ', 'nl'), (null, '020 555 1234', 'NL'), (null, '020 7946 0000', 'uk'),
            (null, ' ', 'NL'),
            (null, '020 555 1234', 'Netherlands');
        insert into raw.raw_snapcall.buttons (bid, timezone) values (' b ', 'Europe/Paris'), ('c', 'Nowhere/Else');
        insert into raw.raw_snapcall.calls (ani, bid, button_bid) values
            (123456789, 'b', null), (123456789, null, 'b'), (123456789, 'c', null), (null, 'b', null);
    """)
    write_reference(con, read_lists())
    first = rows(con, "select number_text, region, e164 from build.reference.phone_numbers order by all")

    assert first == [
        ("020 555 1234", "NL", "+31205551234"),
        ("020 555 1234", "ZZ", None),
        ("020 7946 0000", "GB", "+442079460000"),
        ("123456789", "FR", "+33123456789"),
        ("123456789", "ZZ", None),
    ]

    asked: list[tuple[str, str]] = []

    def remember(number: str, region: str) -> phones.Phone:
        asked.append((number, region))
        return read_phone(number, region)

    monkeypatch.setattr(phones, "read_phone", remember)
    con.execute("insert into raw.raw_snapcall.calls (ani, bid, button_bid) values (33123456789, 'b', null)")
    write_reference(con, read_lists())

    assert asked == [("33123456789", "FR")]
    assert len(rows(con, "select * from build.reference.phone_numbers")) == 6

    asked.clear()
    con.execute("update build.reference.phone_numbers set read_by = 'phonenumbers 1' where region = 'GB'")
    write_reference(con, read_lists())

    assert asked == [("020 7946 0000", "GB")]


def test_numbers_of_forms_and_leads_are_read(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        insert into raw.raw_snitcher.organisations (phone, address_country, uuid) values (null, 'GB', 'o');
        insert into raw.raw_snitcher.sessions (workspace_uuid, uuid, organisation_uuid, location_country) values
            ('w', 'dutch', null, 'nl'), ('w', 'british', 'o', null), ('w', 'nowhere', null, null);
        insert into raw.raw_snitcher.session_events (workspace_uuid, session_uuid, event_type, fields, properties)
        values
            ('w', 'dutch', 'form_submit', '[{"name": "Téléphone *", "value": " 020 555 1234 "}]', null),
            ('w', 'british', 'form_submit', '{"form[phone]": "020 7946 0000", "name": "020 7946 0001"}', null),
            ('w', 'nowhere', 'form_submit', null, '[{"name": "tel-2", "value": 31205551234}, "odd"]'),
            ('w', 'nowhere', 'track', null, '[{"name": "tel", "value": "020 7946 0002"}]'),
            ('w', 'nowhere', 'form_submit', '"odd"', null);
        insert into raw.raw_snapcrm.leads (phone) values ('+31 20 555 0000'), (' ');
        insert into raw.raw_snapcrm.pushes (payload) values ('{"phone": "+31205550001"}'), ('{}'), (null);
    """)
    write_reference(con, read_lists())

    assert rows(con, "select number_text, region, e164 from build.reference.phone_numbers order by all") == [
        ("+31 20 555 0000", "ZZ", "+31205550000"),
        ("+31205550001", "ZZ", "+31205550001"),
        ("020 555 1234", "NL", "+31205551234"),
        ("020 555 1234", "ZZ", None),
        ("020 7946 0000", "GB", "+442079460000"),
        ("020 7946 0000", "ZZ", None),
        ("31205551234", "ZZ", "+31205551234"),
    ]


def test_hosts_beyond_ascii_are_given_as_dns_has_them(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        insert into raw.raw_snitcher.organisations (website) values ('https://WWW.Bücher.example:80/größe.html');
        insert into raw.raw_snitcher.organisation_websites (website) values
            ('user@straße.example.'), ('ascii.example/ü'), (null);
        insert into raw.raw_snitcher.sessions (referrer) values ('https://公司.cn/'), ('🎉🎉🎉 ü');
        insert into raw.raw_smartlook.sessions (referrer) values ('https://größe.example/');
    """)
    write_reference(con, read_lists(), own_domains=["MÜLLER.example"])
    hosts = dict(rows(con, "select host_text, host from build.reference.idn_hosts"))

    assert hosts["www.bücher.example"] == "www.xn--bcher-kva.example"
    assert hosts["straße.example"] == "xn--strae-oqa.example"
    assert hosts["公司.cn"] == "xn--55qx5d.cn"
    assert hosts["größe.example"] == "xn--gre-6ka8i.example"
    assert hosts["müller.example"] == "xn--mller-kva.example"
    assert "ascii.example" not in hosts


def test_the_hash_follows_lists_and_own_domains(con: duckdb.DuckDBPyConnection) -> None:
    lists = read_lists()
    first = write_reference(con, lists)
    assert write_reference(con, lists) == first

    con.execute("insert into raw.raw_snitcher.workspaces (uuid, url) values ('w', 'https://site.example'), ('v', ' ')")
    tracked = write_reference(con, lists)
    with_setting = write_reference(con, lists, own_domains=["acme.example", " "])
    without_list = write_reference(con, {**lists, "free_mail_domains": []})

    assert len({first, tracked, with_setting, without_list}) == 4
    write_reference(con, lists, own_domains=["acme.example", " "])
    assert rows(con, "select site, origin from build.reference.own_domains") == [
        ("acme.example", "setting"),
        ("https://site.example", "workspace w"),
    ]
