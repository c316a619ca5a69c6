"""The dbt project itself: it builds on nothing, its unit tests pass, and its files say what they hold."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from dbt.clients.yaml_helper import load_yaml_text
from dbt.jsonschemas.jsonschemas import CustomDraft7Validator, project_schema, resources_schema

from pipelines.build.dbt import contact_vendors
from pipelines.build.state import sql_hash
from tests.conftest import rows
from tests.sql.warehouse import SQL, TABLES, Warehouse

MODELS = sorted((SQL / "models").rglob("*.sql"))
ANALYSES = sorted((SQL / "analyses").glob("*.sql"))
PROPERTIES = [path for folder in ("models", "analyses") for path in sorted((SQL / folder).rglob("*.yml"))]
MARTS = sorted(path.stem for path in MODELS if path.parent.name == "marts")
OUR_WORDS = {"rule", "channel", "known_from"}
UNIT_TESTS = sum(path.read_text().count("\n    model: ") for path in (SQL / "models").rglob("*.yml"))


@pytest.fixture(scope="module")
def warehouse(warehouse_folder: Path) -> Warehouse:
    """Built from raw tables without a row, dbt's unit tests included."""
    warehouse = Warehouse(warehouse_folder)
    warehouse.build()
    printed = warehouse.dbt("test", "--select", "test_type:unit")
    passed = re.search(r"PASS=(\d+) ", printed)
    assert passed and int(passed[1]) == UNIT_TESTS > 8, printed[-300:]
    return warehouse


def test_empty_raw_tables_give_empty_marts(warehouse: Warehouse) -> None:
    names = [name for (name,) in warehouse.rows("select table_name from duckdb_tables() where schema_name = 'marts'")]

    assert sorted(names) == MARTS
    assert {name for name in names if warehouse.rows(f"select count(*) from leadpath.marts.{name}") != [(0,)]} == set()


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda path: path.stem)
def test_an_analysis_of_empty_marts_is_empty(warehouse: Warehouse, analysis: Path) -> None:
    assert rows(warehouse.folder / "leadpath.duckdb", analysis.read_text("utf-8")) == []


def test_what_is_built_does_not_depend_on_the_analyses(tmp_path: Path) -> None:
    project = shutil.copytree(SQL, tmp_path / "sql")
    before = sql_hash(project)
    for analysis in project.glob("analyses/*"):
        analysis.write_text("-- edited")
    assert sql_hash(project) == before == sql_hash(SQL)
    for pattern in ("models/marts/*.sql", "models/marts/*.yml", "macros/*.sql", "tests/*.sql", "dbt_project.yml"):
        with next(project.glob(pattern)).open("a") as file:
            file.write("\n")
        assert sql_hash(project) != before, pattern
        before = sql_hash(project)


def test_the_published_file_holds_tables_of_the_marts_alone(warehouse: Warehouse) -> None:
    schemas = warehouse.rows("select distinct schema_name from duckdb_tables() where database_name = 'leadpath'")
    views = warehouse.rows("select view_name from duckdb_views() where database_name = 'leadpath' and not internal")

    assert (schemas, views) == ([("marts",)], [])


def test_every_published_time_has_a_zone(warehouse: Warehouse) -> None:
    kinds = warehouse.rows("""
        select distinct data_type from duckdb_columns()
        where database_name = 'leadpath' and (column_name like '%_at' or data_type like 'TIME%')
    """)

    assert kinds == [("TIMESTAMP WITH TIME ZONE",)]


def test_a_number_of_ours_is_one_in_javascript_too(warehouse: Warehouse) -> None:
    """Clients in JavaScript read BIGINT as text, or as what cannot be written as JSON. These four a vendor states."""
    wide = warehouse.rows("""
        select table_name, column_name from duckdb_columns()
        where database_name = 'leadpath' and data_type in ('BIGINT', 'UBIGINT', 'HUGEINT') order by all
    """)
    counts = warehouse.rows("""
        select count(*) from duckdb_columns() where database_name = 'leadpath' and data_type = 'INTEGER'
    """)

    assert wide == [
        ("dim_feedback_projects", "feedback_count"),
        ("dim_feedback_projects", "open_feedback_count"),
        ("fct_feedback", "feedback_number"),
        ("fct_smartlook_funnels", "visitor_count"),
    ]
    assert counts[0][0] > 20


def test_every_raw_table_has_a_staging_view(warehouse: Warehouse) -> None:
    views = {name for (name,) in warehouse.rows("select view_name from duckdb_views() where not internal")}

    assert {f"stg_{name.replace('.', '__')}" for name in TABLES} <= views


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_says_its_grain_and_stays_short(model: Path) -> None:
    text = model.read_text()
    head = re.match(r"(?:-- .*\n)+", text)

    assert head
    assert head[0].startswith("-- One row per ")
    assert "Grain: " in head[0].replace("\n-- ", " ")
    assert len(text.splitlines()) <= 150


def test_there_are_few_models() -> None:
    """Each costs every build 50 ms of CPU, and a reader a file: one that has a single reader is part of it."""
    between = [
        model
        for model in MODELS
        if model.is_relative_to(SQL / "models/intermediate") or model.parent.name == "this_build"
    ]

    assert len(MODELS) <= 90
    assert len(between) <= 45


def test_a_dbt_run_by_hand_knows_the_same_vendors_as_the_program() -> None:
    project: dict[str, Any] = load_yaml_text((SQL / "dbt_project.yml").read_text()) or {}

    assert project["vars"]["contact_vendors"] == contact_vendors() != []


@pytest.mark.parametrize("file", [SQL / "dbt_project.yml", *PROPERTIES], ids=lambda path: path.name)
def test_no_form_is_used_that_dbt_deprecates(file: Path) -> None:
    """dbt itself holds files against these schemas for the adapters of some vendors only, and warns."""
    schema = project_schema() if file.name == "dbt_project.yml" else resources_schema()
    # the schema of 1.11 has one spelling of this word, dbt reads all
    text = file.read_text().replace("severity: warn", "severity: Warn")

    assert [error.message for error in CustomDraft7Validator(schema).iter_errors(load_yaml_text(text))] == []


def test_every_model_and_every_column_that_it_has_is_described(warehouse: Warehouse) -> None:
    models = nodes(warehouse, "model")
    built = warehouse.rows("""
        select table_name, column_name from duckdb_columns()
        where database_name in ('build', 'scratch', 'leadpath') and schema_name not in ('main', 'reference')
    """)
    columns = [(name, *column) for name, model in models.items() for column in model["columns"].items()]

    assert set(models) == {model.stem for model in MODELS} == {table for table, _ in built}
    assert [name for name, model in models.items() if not model["description"]] == []
    assert {(name, column) for name, column, properties in columns if properties["description"]} == set(built)
    assert [name for name, analysis in nodes(warehouse, "analysis").items() if not analysis["description"]] == []
    assert [name for name, table in nodes(warehouse, "source").items() if not described(table)] == []


def described(source: dict[str, Any]) -> bool:
    """A raw table is described with its schema, a reference table by itself."""
    return bool(source["description"] if source["source_name"] == "reference" else source["source_description"])


def test_a_list_of_words_blocks_where_the_words_are_ours_alone(warehouse: Warehouse) -> None:
    lists = [test for test in nodes(warehouse, "test").values() if kind(test) == "accepted_values"]

    assert {test["column_name"] for test in lists if test["config"]["severity"].lower() != "warn"} == OUR_WORDS


def test_a_data_test_says_what_it_guards_against(warehouse: Warehouse) -> None:
    for name, test in nodes(warehouse, "test").items():
        if kind(test) == "singular":
            word = "Warns of" if test["config"]["severity"].lower() == "warn" else "Fails (when|with)"
            assert re.search(rf"\A\s*-- {word} ", test["raw_code"]), name
        else:
            # the tests of a key say that the model has the grain that its first line states
            assert test["description"] or kind(test) in ("is_key", "unique_together"), name


def kind(test: dict[str, Any]) -> str:
    return str(test["test_metadata"]["name"]) if test.get("test_metadata") else "singular"


def test_what_reads_the_last_state_of_a_table_runs_before_the_table_changes(warehouse: Warehouse) -> None:
    read = [
        (path.stem, table)
        for path in MODELS
        for table in re.findall(r"\b(?:previous|some_are_gone)\('(\w+)'", path.read_text("utf-8"))
    ]
    assert len(read) > 8
    models = nodes(warehouse, "model")
    assert [(reader, table) for reader, table in read if reader not in {table, *ancestors(models, table)}] == []


def test_what_an_increment_makes_again_is_known_to_the_graph(warehouse: Warehouse) -> None:
    models = nodes(warehouse, "model")
    growing = {name: model for name, model in models.items() if model["config"]["materialized"] == "incremental"}
    changed = {name: model["config"]["meta"]["changed"] for name, model in growing.items()}

    assert len(growing) > 5
    assert {name for name, table in changed.items() if table not in ancestors(models, name)} == set()
    # what no model names is `replace_changed`
    assert {model["config"]["incremental_strategy"] for model in growing.values()} == {None}
    # a hook would name a relation that the graph cannot see
    assert [name for name, model in models.items() if model["config"]["pre-hook"] or model["config"]["post-hook"]] == []
    texts = [path.read_text("utf-8") for path in [*MODELS, *(SQL / "macros").rglob("*.sql")]]
    assert [text for text in texts if re.search(r"\b(?:scratch|build)\.\w", text)] == []


def ancestors(models: dict[str, dict[str, Any]], name: str) -> set[str]:
    """Every model that a model reads, at any distance."""
    found, left = set[str](), [name]
    while left:
        parents = {key.split(".")[-1] for key in models[left.pop()]["depends_on"]["nodes"] if key.startswith("model.")}
        left += parents - found
        found |= parents
    return found


def nodes(warehouse: Warehouse, kind: str) -> dict[str, dict[str, Any]]:
    """What dbt knows of every node of a kind, by name."""
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    found = {**manifest["nodes"], **manifest["sources"]}
    return {key.split(".", 2)[2]: node for key, node in found.items() if node["resource_type"] == kind}
