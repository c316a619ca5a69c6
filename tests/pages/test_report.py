"""`leadpath report` and `leadpath docs` in a real browser, of worlds of every kind; and what they say."""

import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.pages.browser import SIZES, Browser

WORLDS = ("world", "empty", "hostile", "huge")
LINE = re.compile(r"Wrote (.*), and (\d+) account pages? beside it")


def report(cli: Cli, *arguments: str) -> Path:
    """The folder of the report."""
    found = LINE.match(cli("report", *arguments).stdout)
    assert found
    folder = Path(found[1]).parent
    assert len(list((folder / "accounts").glob("*.html"))) == int(found[2])
    return folder


class Outline(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def pages(cli: Cli) -> list[Path]:
    """The first page, an account's page and the data dictionary."""
    folder = report(cli)
    cli("docs")
    return [folder / "index.html", *sorted((folder / "accounts").glob("*"))[:1], cli.data_dir / "docs" / "index.html"]


@pytest.mark.parametrize("kind", WORLDS)
def test_nothing_is_cut_or_lies_over_something_else_at_three_sizes(
    kind: str, request: pytest.FixtureRequest, browser: Browser
) -> None:
    cli = request.getfixturevalue(kind)
    for page in pages(cli):
        measured = browser.measure(page)
        assert {size: found["width"] for size, found in measured.items()} == {
            size: width for size, (width, _) in SIZES.items()
        }
        for size, found in measured.items():
            assert found["texts"] > 10
            assert (found["cut"], found["over"]) == ([], []), (page.name, size)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", ["world", "hostile"])
def test_pictures_are_drawn_without_a_complaint_in_light_and_dark(
    kind: str, dark: bool, request: pytest.FixtureRequest, browser: Browser
) -> None:
    cli = request.getfixturevalue(kind)
    page, account, _ = pages(cli)
    shown = [(page, size) for size in SIZES] + [(account, "narrow")]
    for file, size in shown:
        picture, complaints = browser.picture(file, size, dark=dark)
        assert complaints == []
        assert picture.stat().st_size > 5_000
    assert {found["dark"] for found in browser.measure(page, dark=dark).values()} == {dark}


@pytest.mark.parametrize("kind", WORLDS)
def test_a_page_needs_nothing_else_and_can_be_heard(kind: str, request: pytest.FixtureRequest) -> None:
    cli = request.getfixturevalue(kind)
    for page in pages(cli):
        outline = Outline(page)
        assert not outline.of("script", "link", "img", "iframe", "object", "form", "base")
        links = [each["href"] or "" for each in outline.of("a")]
        anchors = {each.get("id") for _, each in outline.tags}
        for link in links:
            file, _, anchor = link.partition("#")
            assert (page.parent / file).exists(), link
            assert file or anchor in anchors, link
        assert [len(outline.of(name)) for name in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
        assert all(each.get("scope") for each in outline.of("th"))
        assert len(outline.of("caption")) == len(outline.of("table"))
        pictures = [each for each in outline.of("svg") if each.get("aria-hidden") != "true"]
        assert all(each.get("role") == "img" for each in pictures)
        assert len(outline.of("title")) == len(outline.of("desc")) + 1 == len(pictures) + 1
        identities = [each["id"] for _, each in outline.tags if each.get("id")]
        assert len(identities) == len(set(identities))


def test_words_of_strangers_are_text(hostile: Cli) -> None:
    folder = report(hostile)
    for page in (folder / "index.html", *(folder / "accounts").glob("*")):
        text = page.read_text("utf-8")
        assert "&lt;script&gt;alert(1)" in text
        assert "{{ 7*7 }}" in text
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x1b]", text)


def test_of_many_companies_the_page_stays_small(huge: Cli) -> None:
    page = report(huge) / "index.html"
    assert page.stat().st_size < 200_000
    (count,) = huge.marts("select count(*) from marts.company_360 where engagement_score > 0")[0]
    assert f"50 of {count:,} accounts" in page.read_text("utf-8")
    assert f"And {count - 50:,} more" in page.read_text("utf-8")


def test_figures_are_those_of_the_marts(world: Cli) -> None:
    text = re.sub(r"<[^>]*>", " ", (report(world) / "index.html").read_text("utf-8"))
    text = " ".join(text.split())
    calls = world.marts("""
        select count(*) filter (is_answered), count(is_answered) from marts.fct_calls
        left join marts.dim_companies using (company_key) where not coalesce(is_internal, false)
    """)[0]
    assert f"{calls[0]} of {calls[1]}." in text
    (leads,) = world.marts("select count(distinct lead_key) from marts.lead_attribution")[0]
    assert f"{leads} leads, shared" in text
    visited = world.marts("select count(distinct company_key) from marts.fct_touchpoints where touch_type = 'session'")
    assert f"{visited[0][0]} visited" in text
    assert "incomplete" in text


def test_an_account_page_says_why_each_record_is_linked(world: Cli) -> None:
    (domain, key) = world.marts("""
        select domain, company_key from marts.company_360 where domain is not null and visit_count > 0
        order by engagement_score desc, last_touch_at desc, company_key limit 1
    """)[0]
    text = (report(world) / "accounts" / f"{domain}.html").read_text("utf-8")
    (touches,) = world.marts(f"select count(*) from marts.fct_touchpoints where company_key = '{key}'")[0]
    assert text.count("<time ") == touches
    assert text.count("Linked by ") == touches


def test_a_page_is_made_for_an_account_that_is_asked_for(huge: Cli) -> None:
    ((domain,),) = huge.marts(
        "select domain from marts.company_360 where domain is not null order by engagement_score limit 1"
    )
    listed = {page.name for page in (report(huge) / "accounts").glob("*")}
    folder = report(huge, "--account", domain.upper())
    assert {page.name for page in (folder / "accounts").glob("*")} == listed | {f"{domain}.html"}
    assert "Asked for besides" in (folder / "index.html").read_text("utf-8")

    done = huge("report", "--account", "nobody.example", status=1)
    assert "No company is known by nobody.example" in done.stderr
    assert (folder / "accounts" / f"{domain}.html").exists()


def test_the_folder_is_its_owners_and_swapped_whole(world: Cli) -> None:
    folder = report(world)
    (folder / "accounts" / "left.html").touch()
    report(world)
    assert not (folder / "accounts" / "left.html").exists()
    assert [path.name for path in world.data_dir.iterdir() if path.name.startswith(".")] == []
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_folder_with_other_things_in_it_is_left_alone(leadpath: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "letters.txt").write_text("mine")
    done = leadpath("docs", "--output", str(folder), status=1)
    assert "holds letters.txt, which is none of ours" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["letters.txt"]
    done = leadpath("docs", "--output", str(folder / "letters.txt" / "deep"), status=1)
    assert "cannot be written" in done.stderr
    assert (folder / "letters.txt").read_text() == "mine"


def test_before_anything_is_published_there_is_a_sentence(leadpath: Cli) -> None:
    for command in ("report", "hot"):
        done = leadpath(command, status=1)
        assert "does not exist yet. Run `leadpath sync`" in done.stderr
    assert not (leadpath.data_dir / "report").exists()
