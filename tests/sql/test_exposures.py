"""Who reads the marts: the exposures name what the readers' own files name."""

import re

from dbt.clients.yaml_helper import load_yaml_text

from tests.conftest import ROOT
from tests.sql.test_analyses import ANALYSES, tables
from tests.sql.warehouse import SQL

MARTS = {path.stem for path in (SQL / "models" / "marts").glob("*.sql")}
EXPOSURES = (load_yaml_text((SQL / "models" / "exposures.yml").read_text("utf-8")) or {})["exposures"]
READ_BY = {each["name"]: set(re.findall(r"ref\('(\w+)'\)", " ".join(each["depends_on"]))) for each in EXPOSURES}
# what these print to people is for a look, and no reader of its own
SHOWN = "cli"


def test_every_exposure_says_who_reads_and_what_for() -> None:
    assert [each["name"] for each in EXPOSURES if not (each["description"] and each["owner"]["name"])] == []


def test_the_exposure_of_the_analyses_names_what_they_read() -> None:
    assert READ_BY["analyses"] == {table.name for path in ANALYSES for table in tables(path.read_text("utf-8"))}


def test_the_published_file_is_every_mart() -> None:
    assert READ_BY["published_file"] == MARTS


def test_commands_read_no_mart_that_no_exposure_names() -> None:
    written = [path for path in (ROOT / "pipelines").rglob("*.*") if path.suffix in (".py", ".sql")]
    files = [path for path in written if path.parent.name != SHOWN]
    named = {name for path in files for name in re.findall(r"\bmarts\.(\w+)", path.read_text("utf-8"))} & MARTS
    applications = [each["name"] for each in EXPOSURES if each["type"] == "application"]

    assert "fct_leads" in named
    assert named <= set().union(*(READ_BY[name] for name in applications))
