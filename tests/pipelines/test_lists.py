"""Reading the reviewed lists: what Leadpath ships, what the user adds, and what is said of a wrong line."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.lists.files import CHANNELS, REVIEWED, SHIPPED, ListError, Row, lists_hash, read_lists
from pipelines.lists.values import field_word


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def test_shipped_lists_are_valid_and_not_empty() -> None:
    lists = read_lists()

    assert {path.stem for path in SHIPPED.glob("*.csv")} == {reviewed.name for reviewed in REVIEWED} == set(lists)
    assert {name for name, rows in lists.items() if not rows} == {"company_overrides"}
    assert len(lists["free_mail_domains"]) > 150
    assert {row["channel"] for row in lists["channels"]} >= set(CHANNELS) - {"direct"}
    shared = {str(row["domain"]) for row in lists["shared_domains"]}
    assert not shared & {str(row["domain"]) for row in lists["free_mail_domains"]}


def test_a_folder_that_is_absent_is_fine(tmp_path: Path) -> None:
    assert read_lists(tmp_path / "nowhere") == read_lists()


def test_the_users_file_adds_and_wins(config: Path) -> None:
    (config / "call_status.csv").write_text("status,is_answered\nMissed,true\nhologram,\nnew,FALSE\n")

    found = {row["status"]: row["is_answered"] for row in read_lists(config)["call_status"]}
    shipped = {row["status"]: row["is_answered"] for row in read_lists()["call_status"]}

    assert found == shipped | {"missed": True, "hologram": None, "new": False}


@pytest.mark.parametrize(
    "text",
    [
        "domain,kind\nacme-shops.example,site_builder\n",
        "\ufeffdomain,kind\r\nacme-shops.example,site_builder\r\n",
        '"domain","kind"\n"acme-shops.example","site_builder"\n',
        "\n\n Domain , KIND \n\n,\n ACME-shops.example. , Site_Builder \n\n",
        "kind,domain\nsite_builder,acme-shops.example",
        "domain,kind\nacme-shops.example,site_builder\nacme-shops.example,site_builder\n",
    ],
    ids=["plain", "BOM and CRLF", "quoted", "blank lines and case", "other order", "a line twice"],
)
def test_forms_of_a_file_make_no_difference(config: Path, text: str) -> None:
    (config / "shared_domains.csv").write_bytes(text.encode())

    assert read_lists(config)["shared_domains"][-1] == {"domain": "acme-shops.example", "kind": "site_builder"}


@pytest.mark.parametrize("reviewed", REVIEWED, ids=lambda reviewed: reviewed.name)
def test_the_example_of_every_list_is_valid(config: Path, reviewed: object) -> None:
    assert reviewed in REVIEWED
    for each in REVIEWED:
        (config / f"{each.name}.csv").write_text(f"{each.header}\n{each.example}\n")

    assert read_lists(config)["company_overrides"][0]["other_domain"] == "acme.de"


OVERRIDES = "action,vendor,entity_type,entity_id,domain,other_domain,reason\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("call_status", "status\nmissed\n", "line 1: the header has to be status,is_answered"),
        ("call_status", "", "line 1: the header has to be status,is_answered"),
        (
            "call_status",
            "status,is_answered\n\nmissed,perhaps\n",
            "line 3: is_answered: 'perhaps' is neither true nor false",
        ),
        ("call_status", "status,is_answered\nmissed\n", "line 2: 1 values where the header has 2"),
        ("call_status", "status,is_answered\na,true\nA,false\n", "line 3: it contradicts line 2"),
        ("call_status", 'status,is_answered\n"a,true\n', "line 2: unexpected end of data"),
        ("free_mail_domains", "domain\nhttps://acme.com/\n", "line 2: domain: 'https://acme.com/' is not a domain"),
        ("free_mail_domains", "domain\nlocalhost\n", "line 2: domain: 'localhost' is not a domain"),
        ("free_mail_domains", "domain\nbü cher.example\n", "is not a domain"),
        ("shared_domains", "domain,kind\na.example,shop\n", "'shop' is not one of site_builder, social, platform"),
        (
            "channels",
            "matches,value,channel\nreferrer_domain,google,paid\n",
            "neither a domain nor a name with every ending",
        ),
        ("channels", "matches,value,channel\nutm_medium,,paid\n", "line 2: value: it is empty"),
        ("forms", "form_id,form_name,purpose\n , ,lead\n", "needs a form_id or a form_name"),
        ("form_fields", "field_name,maps_to\nx,mobile\n", "'mobile' is not one of email, first_name"),
        ("ignored_emails", "email\nnobody\n", "no e-mail address, nor @domain, nor mailbox@"),
        (
            "company_overrides",
            "action,vendor,entity_type,entity_id,domain,other_domain,reason\nlink,snapcall,call,1,,,\n",
            "line 2: action link needs domain",
        ),
        (
            "company_overrides",
            f"{OVERRIDES}link,snapcall,call,1,acme.com,,\nlink,snapcall,call,1,shop.acme.com,,x\nunlink,snapcall,call,1,,,\n",
            "line 4: it contradicts another line: it gives snapcall call 1 to nobody, line 2 to acme.com",
        ),
        (
            "company_overrides",
            f"{OVERRIDES}different,,,,a.com,www.c.com,\nsame,,,,a.com,b.com,\nsame,,,,c.com,b.com,\n",
            "line 2: it contradicts another line: it says that a.com and c.com are different companies",
        ),
        (
            "company_overrides",
            f"{OVERRIDES}same,,,,acme.co.uk,shop.acme.co.uk,\n",
            "line 2: it contradicts another line: acme.co.uk is one domain",
        ),
    ],
)
def test_a_wrong_line_is_named_with_a_valid_one(config: Path, name: str, text: str, said: str) -> None:
    (config / f"{name}.csv").write_text(text)

    with pytest.raises(ListError) as failure:
        read_lists(config)

    message = str(failure.value)
    assert said in message
    assert str(config / f"{name}.csv") in message
    example = next(reviewed.example for reviewed in REVIEWED if reviewed.name == name)
    assert example in message or "header has to be" in message or "contradicts" in message


def test_a_file_that_is_no_text_is_named(config: Path) -> None:
    (config / "forms.csv").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ListError, match=r"forms\.csv: it is not UTF-8 text"):
        read_lists(config)


def test_a_file_that_cannot_be_read_is_named(config: Path) -> None:
    (config / "forms.csv").mkdir()

    with pytest.raises(ListError, match=r"forms\.csv: it cannot be read"):
        read_lists(config)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.sampled_from(["alpha.example", "beta.example", "gamma.example"]), min_size=1))
def test_order_and_repetition_do_not_change_the_hash(config: Path, domains: list[str]) -> None:
    def read(lines: list[str]) -> dict[str, list[Row]]:
        (config / "free_mail_domains.csv").write_text("\n".join(["domain", *lines]))
        return dict(read_lists(config))

    once = lists_hash(read(sorted(set(domains))), "a setting")

    assert lists_hash(read(domains), "a setting") == lists_hash(read(domains * 2), "a setting") == once
    assert lists_hash(read(domains), "another setting") != once
    assert lists_hash(read_lists(), "a setting") != once


def test_names_of_fields_are_one_name_however_they_are_written(config: Path) -> None:
    (config / "form_fields.csv").write_text("field_name,maps_to\nE-Mail *,ignore\nLieblingsfarbe 2,message\n")

    shipped = {row["field_name"]: row["maps_to"] for row in read_lists()["form_fields"]}
    found = {row["field_name"]: row["maps_to"] for row in read_lists(config)["form_fields"]}

    assert found == shipped | {"email": "ignore", "lieblingsfarbe": "message"}
    assert {shipped[field_word(name)] for name in ("Prénom", "first-name", "FIRST_NAME", "VORNAME 1")} == {"first_name"}


# DuckDB's function ends at a zero byte, and knows other letters of the last planes
@given(st.text(st.characters(min_codepoint=1, max_codepoint=0xFFFF, exclude_categories=["Cs", "Cn"])))
def test_names_of_fields_are_read_alike_by_both_languages(name: str) -> None:
    # as the macro field_word of the models has it
    query = r"""select regexp_replace(
        regexp_replace(strip_accents(lower(?)), '[^\p{L}\p{N}]', '', 'g'), '[0-9]+$', ''
    )"""
    with duckdb.connect() as con:
        ((found,),) = con.execute(query, [name]).fetchall()
    try:
        assert field_word(name) == found
    except ValueError:
        assert found == ""
