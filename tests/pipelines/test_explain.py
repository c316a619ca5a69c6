"""`leadpath explain`: the chain from a record to its company, what spoke against, and all that a company has."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.build.reference import write_reference
from pipelines.explain.explain import explain
from pipelines.lists.files import read_lists
from pipelines.settings import load as load_settings
from pipelines.texts.domains import read_domain
from tests.conftest import Cli
from tests.pipelines.published import lead, publish_leads
from tests.sql.test_companies import WEBSITES, key
from tests.sql.test_matching import OVERRIDES, call, form, load, organisation, recording, visit
from tests.sql.warehouse import Warehouse

Document = dict[str, Any]

ACME = key("domain:acme.example")
MORE_OVERRIDES = """link,smartlook,session,r-given,beta.example,,
same,,,,acme.example,acme-brand.example,nobody has shown it yet
"""
EVIL_NAME = "[red]Evil[/red] \x1b[31m:smile: Ltd\u202e"

# what is asked, the records of the chain with their rules, and the domain at its end
CHAINS = [
    ("SnapCall Call 50", ["snapcall call 50: override"], "beta.example"),
    ("snapcall call 1", ["snapcall call 1: email_domain"], "acme.example"),
    ("snapcrm lead cy@gmail.com", ["snapcrm lead cy@gmail.com: website_domain"], "gamma.example"),
    ("snapcrm lead BO@gmail.com", ["snapcrm lead bo@gmail.com: company_name"], "beta.example"),
    (
        "snitcher session s-acme",
        ["snitcher session s-acme: own_organisation", "snitcher organisation acme: website_domain"],
        "acme.example",
    ),
    (
        "snapcall call 2",
        ["snapcall call 2: phone", "snitcher organisation Beta B.V.: website_domain"],
        "beta.example",
    ),
    (
        "usersnap feedback fb-person",
        [
            "usersnap feedback fb-person: person",
            "snapcall call 7: phone",
            "snitcher organisation Beta B.V.: website_domain",
        ],
        "beta.example",
    ),
    (
        "snapcall call 9",
        # of the two vendors that have sessions, it is Smartlook's that knows an address
        ["snapcall call 9: person", "smartlook session r-given: override"],
        "beta.example",
    ),
    (
        "snapcrm lead al@gmail.com",
        [
            "snapcrm lead al@gmail.com: form_session",
            "snitcher session f-free: own_organisation",
            "snitcher organisation Beta B.V.: website_domain",
        ],
        "beta.example",
    ),
    (
        "smartlook session r-match",
        [
            "smartlook session r-match: same_visit",
            "snitcher session s-match: own_organisation",
            "snitcher organisation Beta B.V.: website_domain",
        ],
        "beta.example",
    ),
    ("snitcher organisation acme-holding", ["snitcher organisation acme-holding: phone"], "acme.example"),
    ("snitcher organisation Beta B.V.", ["snitcher organisation Beta B.V.: website_domain"], "beta.example"),
    ("snitcher organisation lone", ["snitcher organisation lone: own_organisation"], None),
    ("smartlook visitor v-known", ["smartlook visitor v-known: email_domain"], "acme.example"),
    # one id that two vendors have
    ("smartlook session s-given", ["smartlook session s-given: email_domain"], "delta.example"),
    ("snitcher session s-given", ["snitcher session s-given: override"], "gamma.example"),
    ("snapcrm lead crm-7", ["snapcrm lead kim@beta.example: email_domain"], "beta.example"),
]

# what is asked, and what is said of a record that no company has
UNLINKED = [
    ("snapcall call 5", "It has no e-mail address. No one visit of a company fits its page, time, city and browser."),
    ("usersnap feedback fb-nobody", "nobody@gmail.com tells no company: gmail.com is a free-mail domain"),
    ("usersnap feedback fb-demo", "It is a demo"),
    ("snapcrm lead us@site.example", "us@site.example is an address of your own"),
    ("snapcrm lead we@second.example", "we@second.example is an address of your own"),
    ("snapcall call 8", "us@site.example is an address of your own"),
    ("snapcall call 11", "No company has the number +31205559999."),
    ("snapcall call 51", "├ override: the operator's list says so │ the operator's list: nobody's ▼ linked to no"),
    ("snitcher session s-nobody", "Snitcher names no organisation for it, and nobody gave"),
    (
        "snitcher session s-isp",
        "│ organisation isp ▼ snitcher organisation isp │ 1 session · from 2026-03-01 10:40 UTC · to 2026-03-01"
        " 10:40 UTC ├ override: the operator's list says so │ the operator's list: nobody's, an internet provider ▼",
    ),
    ("snitcher session s-both", "2 sessions have this id: it has a company when they agree."),
    ("smartlook visitor v-other", "Smartlook was told no one address of a company for it."),
]

# what is asked and the sentence that answers it; … stands for any words
MISTAKES = [
    (
        "",
        "Name a record, or a company: `leadpath explain snapcall call 12345`, or `leadpath explain company acme.com`.",
    ),
    ("acme.org", "Name a record, or a company: … or `leadpath explain company acme.org`."),
    ("snapcal call 1", "There is no vendor 'snapcal'; there are snitcher, … snapcrm, and company."),
    (
        "snitcher",
        "Name … id: `leadpath explain snitcher organisation 12345`, or `leadpath explain snitcher session 12345`.",
    ),
    ("snapcall 77", "Name the kind of record and its id: `leadpath explain snapcall call 77`."),
    ("snapcall call", "Name the kind of record and its id: `leadpath explain snapcall call 12345`."),
    ("snapcall visitor 1", "snapcall has no 'visitor'; it has call."),
    (
        "snitcher organization x",
        "snitcher has no 'organization'; it has organisation and session. Did you mean organisation?",
    ),
    ("company", "Name a company: `leadpath explain company acme.com`."),
]

NOT_THERE = [
    ("snapcall call 99", "No call 99 of snapcall is published. If it is new, run `leadpath sync` and ask again."),
    ("snapcall call fb-person", "No call fb-person … Did you mean `leadpath explain usersnap feedback fb-person`?"),
    (
        "smartlook visitor s-given",
        "… Did you mean `leadpath explain smartlook session s-given` or `leadpath explain snitcher session s-given`?",
    ),
    ("snitcher session S-ACME", "… Did you mean `leadpath explain snitcher session s-acme`?"),
    ("snitcher organisation beta", "… Did you mean `leadpath explain snitcher organisation 'Beta B.V.'`?"),
    ("snapcrm lead 020-5550001", "No lead 020-5550001 …"),
    ("snapcrm lead +31(20)5550001", "2 leads have +31(20)5550001: `leadpath explain snapcrm lead … (Kim Lee)…"),
    (
        "company acme.test",
        "No company is known by acme.test. Did you mean `leadpath explain company acme.example` (acme)?",
    ),
    ("company gama.example", "No company is known by gama.example. Did you mean …gamma.example…?"),
    ("company Quite Unknown", "No company is known by Quite Unknown."),
    ("company quite-unknown.test", "No company is known by quite-unknown.test."),
    ("company me@gmail.com", "gmail.com is a free-mail domain, where anybody … address: it is no company's domain."),
    ("company www.facebook.com/acme", "www.facebook.com is a social network: it is no company's domain."),
    ("company co.uk", "co.uk is a public suffix, …: it is no company's domain."),
    ("company namesake", "2 companies are called namesake. Did you mean …two.example… or …one.example…?"),
]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The command line on a published file: the world of the tests of matching, with what only explaining needs."""
    folder = tmp_path_factory.mktemp("explain")
    warehouse = Warehouse(folder)
    load(warehouse)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-2", "url": "https://second.example"}])
    warehouse.load(
        "snitcher.organisations",
        [
            organisation("evil", "evil.example") | {"name": EVIL_NAME},
            organisation("moved", "new-moved.example"),
            organisation("one", "one.example") | {"name": "Namesake"},
            organisation("two", "two.example") | {"name": "NAMESAKE"},
        ],
        workspace_uuid="ws-1",
    )
    shown = ["old-moved.example", "then-moved.example", "new-moved.example"]
    warehouse.load(
        "snitcher.organisation_websites",
        [{"uuid": "moved", "website": website} for website in shown],
        workspace_uuid="ws-1",
        first_loaded_at=[f"2026-03-0{day}T00:00:00Z" for day in (1, 2, 3)],
    )
    warehouse.load_sessions([visit("s-both", "acme", 54, "/both")], "ws-1")
    warehouse.load_sessions([visit("s-both", "Beta B.V.", 54, "/both")], "ws-2")
    warehouse.load_sessions(
        [
            form("f-evil", None, email="eve@evil.example", name=f"Eve {EVIL_NAME}"),
            form("f-second", None, email="we@second.example", name="We"),
            form("f-named", None, email="pat@gamma.example", name="Pat", company="shared-2"),
        ]
    )
    warehouse.load(
        "snapcall.calls",
        [
            call(9, email="given@gmail.com"),
            call(10, email="jo@beta.example", url="https://site.example/pricing", city="Berlin", browser="Edge 125"),
            call(11, phone=31205559999),
            call(12, email="jo@then-moved.example"),
        ],
    )
    warehouse.load(
        "smartlook.sessions",
        [
            recording("r-given", 40, "/given", "v-given", "given@gmail.com"),
            recording("s-given", 41, "/given", "v-delta", "zoe@delta.example"),
        ],
        project_id="p",
    )
    people = [("crm-7", "Kim", "Lee"), ("crm-8", "Lee", "Kim")]
    warehouse.load(
        "snapcrm.leads",
        [
            {"id": id, "firstName": first, "lastName": last, "email": f"{first}@beta.example", "phone": "+31205550001"}
            for id, first, last in people
        ],
        lead_row=[id for id, _, _ in people],
        known_from="import",
        known_at="2026-03-04T00:00:00Z",
    )
    config = folder / "config"
    config.mkdir()
    (config / "company_overrides.csv").write_text(OVERRIDES + MORE_OVERRIDES)
    with warehouse.connect() as con:
        write_reference(con, read_lists(config))
    warehouse.dbt("run")
    cli = Cli(folder, folder)
    cli.data_dir.mkdir()
    shutil.copyfile(folder / "leadpath.duckdb", cli.data_dir / "leadpath.duckdb")
    (cli.data_dir / "leadpath.duckdb").chmod(0o440)
    yield cli


def ask(cli: Cli, words: str) -> Document:
    """The document of an explanation, which is all that is on standard output."""
    run = cli("explain", *words.split(), "--json")
    assert run.stderr == ""
    document: Document = json.loads(run.stdout)
    return document


def explained(cli: Cli, *words: str) -> Document:
    """The same document, without a process."""
    return explain(load_settings({"LEADPATH_DATA_DIR": str(cli.data_dir)}, cli.data_dir), words)


def read(cli: Cli, words: str) -> str:
    """What a pipe gets, in one line."""
    run = cli("explain", *words.split())
    assert run.stderr == ""
    return " ".join(run.stdout.split())


def assert_says(text: str, sentence: str) -> None:
    assert re.fullmatch(".*".join(re.escape(part) for part in sentence.split("…")), text.removesuffix("\n")), text


def name_of(link: Document) -> str:
    known = link["facts"]["email"] if link["entity_type"] == "lead" else link["entity_id"]
    return f"{link['vendor']} {link['entity_type']} {known}"


@pytest.mark.parametrize(("words", "chain", "domain"), CHAINS, ids=[words for words, _, _ in CHAINS])
def test_a_chain_ends_at_the_company(cli: Cli, words: str, chain: list[str], domain: str | None) -> None:
    document = ask(cli, words)

    assert [f"{name_of(link)}: {link['rule']}" for link in document["chain"]] == chain
    assert document["company"]["domain"] == domain
    assert {link["company_key"] for link in document["chain"]} == {document["company"]["company_key"]}
    assert document["candidates"] == []


def test_a_chain_is_printed_link_by_link(cli: Cli) -> None:
    text = cli("explain", "usersnap", "feedback", "fb-person").stdout

    assert text.splitlines() == [
        "usersnap feedback fb-person",
        "│ 2026-03-03 10:00 UTC · fay@gmail.com",
        "├ person (0.85): the same e-mail address as another record",
        "│ e-mail fay@gmail.com is also that of call 7",
        "▼",
        "snapcall call 7",
        "│ 2026-03-01 10:02 UTC · answered · +31205550001 · fay@gmail.com",
        "├ phone (0.85): a phone number that no other company has",
        "│ number +31205550001 is that of organisation Beta B.V.",
        "▼",
        "snitcher organisation Beta B.V.",
        "│ 2 sessions · from 2026-03-01 10:20 UTC · to 2026-03-02 10:00 UTC",
        "├ website_domain (0.95): the website that Snitcher knows of it",
        "│ website beta.example",
        "▼",
        "Beta B.V. (beta.example)",
        "NL · +31205550001",
        f"key {key('domain:beta.example')} · 2026-03-01 10:20 to 2026-03-02 10:00 UTC",
    ]


RESTING = {"own_organisation", "phone", "person", "form_session", "same_visit", "same_visitor"}


def test_every_link_that_rests_on_a_record_leads_to_it(cli: Cli) -> None:
    resting = cli.marts("""
        select rule, rests_on_type, vendor, entity_type, entity_id from marts.company_links
        where entity_type != 'organisation' and rule is not null
    """)

    assert {rule for rule, rests_on, *_ in resting if rests_on} >= RESTING
    assert [record for rule, rests_on, *record in resting if rule in RESTING and not rests_on] == []
    length = {tuple(record): len(explained(cli, *record)["chain"]) for _, rests_on, *record in resting if rests_on}
    assert [record for record, links in length.items() if links < 2] == []


@pytest.mark.parametrize(("words", "said"), UNLINKED, ids=[words for words, _ in UNLINKED])
def test_an_unlinked_record_says_why(cli: Cli, words: str, said: str) -> None:
    text = read(cli, words)

    assert "linked to no company" in text
    assert said in text


def test_what_an_ambiguous_record_might_belong_to(cli: Cli) -> None:
    text = read(cli, "snapcall call 3")

    assert text.endswith(
        "linked to no company It might belong to these, and stays unlinked:"
        " phone: number +31205550009 is that of organisation shared-1, of shared-1 (gamma.example)"
        " phone: number +31205550009 is that of organisation shared-2, of shared-2 (delta.example)"
        " A line in company_overrides.csv decides, for example: link,snapcall,call,3,gamma.example,,"
    )
    domains = [claim["domain"] for claim in ask(cli, "smartlook session r-twin")["candidates"]]
    assert domains == ["acme.example", None]


def test_what_spoke_against_names_the_other_company(cli: Cli) -> None:
    against = {claim["rule"]: claim["domain"] for claim in ask(cli, "snapcall call 50")["against"]}

    # the page of call 50 is not known, so no visit speaks
    assert against == {"email_domain": "acme.example", "person": "acme.example"}
    assert read(cli, "snapcall call 10").endswith(
        "What spoke against it: same_visit: same page, time, city and browser as session s-acme, of acme (acme.example)"
    )
    assert read(cli, "snapcrm lead pat@gamma.example").endswith(
        "What spoke against it: company_name: the name shared-2, of shared-2 (delta.example)"
    )
    assert ask(cli, "snapcall call 1")["against"] == []


def test_a_form_from_another_network_is_said_on_both_sides(cli: Cli) -> None:
    assert ask(cli, "snapcrm lead jo@acme.example")["notes"] == [
        "It was sent in session f-corporate, a visit of lone: people visit from other networks."
    ]
    (note,) = ask(cli, "snitcher session f-corporate")["notes"]
    assert note.startswith("In it lead ") and note.endswith(" was made, which is linked to acme (acme.example).")


def test_a_company_shows_all_that_belongs_to_it(cli: Cli) -> None:
    document = ask(cli, "company acme.example")

    counts = {(each["vendor"], each["entity_type"], each["rule"]): each["record_count"] for each in document["records"]}
    assert counts == {
        ("snitcher", "organisation", "website_domain"): 2,
        ("snitcher", "organisation", "phone"): 1,
        ("snitcher", "session", "own_organisation"): 3,
        ("smartlook", "session", "email_domain"): 2,
        ("smartlook", "visitor", "email_domain"): 1,
        ("snapcall", "call", "email_domain"): 1,
        ("snapcall", "call", "same_visit"): 1,
        ("snapcrm", "lead", "email_domain"): 1,
    }
    sessions = next(each for each in document["records"] if each["rule"] == "own_organisation")
    assert sessions["examples"] == ["f-own", "s-twin-1", "s-acme"]
    assert (sessions["first_at"], sessions["last_at"]) == ("2026-03-01T10:00:00+00:00", "2026-03-02T10:00:00+00:00")
    assert [each["email"] for each in document["leads"]] == ["jo@acme.example"]
    assert document["activity"]["lead_count"] == 1
    assert [(each["vendor"], each["rule"], each["examples"]) for each in document["candidates"]] == [
        ("smartlook", "same_visit", ["r-twin"])
    ]
    assert {each["name"]: each["reason"] for each in document["company"]["other_names"]} == {
        "acme-group.example": "the operator's list says so",
        None: "the operator's list says so",
        "organisation acme-holding": "one phone number, which no other company has",
    }


def test_a_company_is_printed(cli: Cli) -> None:
    text = read(cli, "company acme.example")

    assert text.startswith(f"acme (acme.example) NL · +31205551234 key {ACME} · 2026-03-01 10:00 to ")
    assert "also acme-group.example: the operator's list says so also organisation acme-holding: one phone" in text
    assert "1 lead; engagement score " in text
    assert "snitcher session 3 2026-03-01 2026-03-02 own_organisation (0.95) f-own" in text
    assert "jo@acme.example email_domain" in text
    assert text.endswith("stays unlinked: 1 smartlook session by same_visit, such as r-twin")


@pytest.mark.parametrize(
    "pasted",
    [
        "https://www.Acme.EXAMPLE:8443/pricing?x=1",
        "shop.acme.example",
        "jo@acme.example",
        "acme-group.example",
        "acme-brand.example",
        "ACME",
        ACME,
        key("domain:acme-group.example"),
        key("organisation:acme-holding"),
    ],
)
def test_a_company_is_found_by_what_people_paste(cli: Cli, pasted: str) -> None:
    assert explained(cli, "company", pasted)["company"]["company_key"] == ACME


def test_a_company_is_found_by_every_domain_that_it_showed(cli: Cli) -> None:
    found = [explained(cli, "company", f"{when}-moved.example")["company"] for when in ("old", "then", "new")]

    assert {(company["company_name"], company["domain"]) for company in found} == {("moved", "new-moved.example")}
    assert [each["name"] for each in found[0]["other_names"]] == ["then-moved.example"]


def test_our_own_company_is_called_so(cli: Cli) -> None:
    assert "Your own company: what it does is no touchpoint and is counted nowhere." in read(
        cli, "company site.example"
    )
    assert "Your own company: " in read(cli, "snitcher session s-own")


@pytest.mark.parametrize(
    "words", ["snitcher organisation evil", "company evil.example", "snapcrm lead eve@evil.example"]
)
def test_a_strangers_words_are_words(cli: Cli, words: str) -> None:
    text = cli("explain", *words.split(), FORCE_COLOR="", COLUMNS="60").stdout
    document = cli("explain", *words.split(), "--json").stdout

    assert "[red]Evil[/red] [31m:smile: Ltd" in text
    assert not {letter for letter in text if not letter.isprintable() and letter != "\n"}
    assert "\x1b" not in document
    assert EVIL_NAME in json.dumps(json.loads(document), ensure_ascii=False).replace("\\u001b", "\x1b")


def test_a_terminal_gets_no_line_that_it_has_to_fold(cli: Cli) -> None:
    text = cli("explain", "usersnap", "feedback", "fb-person", FORCE_COLOR="1", NO_COLOR="1", COLUMNS="40").stdout

    assert "\x1b[" in text, "a name stands out"
    plain = re.sub(r"\x1b\[\d+m", "", text).splitlines()
    assert max(map(len, plain)) <= 40
    assert [line for line in plain if "organisation Beta B.V." in line]


@pytest.mark.parametrize(("words", "sentence"), MISTAKES)
def test_a_mistake_is_answered_with_what_would_be_right(leadpath: Cli, words: str, sentence: str) -> None:
    run = leadpath("explain", *words.split(), status=2)

    assert run.stdout == ""
    assert_says(run.stderr, sentence)


@pytest.mark.parametrize(("words", "sentence"), NOT_THERE)
def test_what_is_not_there_is_answered_with_what_comes_near(cli: Cli, words: str, sentence: str) -> None:
    run = cli("explain", *words.split(), "--json", status=1)

    assert run.stdout == ""
    assert_says(run.stderr, sentence)


def test_a_file_that_cannot_be_asked_is_answered_with_what_to_do(leadpath: Cli) -> None:
    file = leadpath.data_dir / "leadpath.duckdb"
    asked = ("explain", "snapcall", "call", "1")

    none = leadpath(*asked, status=1).stderr
    publish_leads(leadpath.data_dir, [lead("k", "Kim Lee")])
    other = leadpath(*asked, status=1).stderr
    file.unlink()
    file.write_bytes(b"no database at all" * 1000)
    broken = leadpath(*asked, status=1).stderr

    assert none.strip() == f"{file} does not exist yet. Run `leadpath sync` or `leadpath demo` first."
    assert other.startswith(f"{file} was published by another version of Leadpath (")
    assert other.endswith("). Run `leadpath build` first.\n")
    assert broken.startswith(f"{file} cannot be read: ")


def test_it_reads_while_others_read_and_leaves_nothing_behind(cli: Cli) -> None:
    before = sorted(path.name for path in cli.data_dir.iterdir())
    with duckdb.connect(str(cli.data_dir / "leadpath.duckdb"), read_only=True):
        ask(cli, "snapcall call 1")

    assert sorted(path.name for path in cli.data_dir.iterdir()) == before


def test_a_wrong_list_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "free_mail_domains.csv").write_text("domain\nno domain\n")

    run = cli("explain", "company", "acme.example", status=1, LEADPATH_CONFIG_DIR=str(tmp_path))

    assert f"{tmp_path / 'free_mail_domains.csv'}, line 2" in run.stderr


def test_domains_are_read_as_the_models_read_websites() -> None:
    lists = read_lists()
    read = {text: read_domain(text, lists) for _, text, _ in WEBSITES if text}

    assert {text: named and named.company_domain for text, named in read.items()} == {
        text: domain for _, text, domain in WEBSITES if text
    }
