"""`leadpath docs`: every table and column, and references that hold in real data."""

import re
from pathlib import Path

from pipelines.build.dictionary import described
from pipelines.pages.docs import references
from pipelines.pages.lineage import lineage
from tests.conftest import Cli


def test_every_table_and_column_stands_there_without_a_warehouse(leadpath: Cli, tmp_path: Path) -> None:
    done = leadpath("docs", "--output", str(tmp_path / "site" / "dictionary"))
    page = tmp_path / "site" / "dictionary" / "index.html"
    assert str(page) in done.stdout
    text = page.read_text("utf-8")
    for table in described():
        part = text.split(f'<section id="{table.full_name}"')[1].split("</section>")[0]
        assert re.findall(r'<th scope="row"><code>(\w+)</code>', part) == [column.name for column in table.columns]


def test_references_lead_to_rows(world: Cli) -> None:
    found = references(described())
    assert len(found) > 15
    for each in found:
        ((rows, lost),) = world.marts(f"""
            select count(*), count(*) - count(there.{each.key})
            from marts.{each.table} as here left join marts.{each.to} as there on there.{each.key} = here.{each.column}
            where here.{each.column} is not null
        """)
        # a vendor may name what it has no record of; our own keys are always there
        assert lost == 0 if each.column.endswith("_key") else lost < rows, each


def test_a_column_is_led_back_to_the_vendor_s_fields() -> None:
    made = lineage()
    assert made.raw_tables("fct_calls")[:1] == ["smartlook.sessions"]
    assert "snapcall.calls" in made.raw_tables("fct_calls")
    assert made.fields("fct_calls", "call_id", "rating") == ["snapcall.calls.rate"]
    assert made.fields("fct_calls", "call_id", "button_id") == ["snapcall.calls.bid", "snapcall.calls.button_bid"]
    assert made.fields("fct_calls", "call_id", "company_key") == []
