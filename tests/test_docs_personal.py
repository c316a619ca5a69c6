"""What the guide about personal data says, is so."""

import re

from pipelines.build.masking import KINDS
from pipelines.vendors import TABLES
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "personal-data.md").read_text("utf-8")


def test_tables_and_tags_of_the_guide_are_those_of_the_program() -> None:
    """Every table of which rows are a person's stands there, and every tag."""
    rows = [line.split("|")[1:-1] for line in GUIDE.splitlines() if line.startswith("|")]
    listed: dict[str, str] = {}
    for cells in rows:
        names = re.findall(r"`([\w.]+)`", cells[0])
        if len(cells) == 3 and names and "." in names[0]:
            vendor = names[0].partition(".")[0]
            listed |= {(f"{vendor}{name}" if name.startswith(".") else name): cells[1] for name in names}
    rules = {f"{vendor}.{table.name}": table.personal for vendor, each in TABLES.items() for table in each}
    assert listed.keys() <= rules.keys()
    assert {name for name, rule in rules.items() if rule.columns or rule.tells or rule.links} == listed.keys()
    for name, words in listed.items():
        assert ("erased" in words) == rules[name].is_erased, name
    tags = {tag for cells in rows if "hash" in "".join(cells) for tag in re.findall(r"`([a-z]+)`", cells[0])}
    assert tags >= KINDS - {"text", "url"}
