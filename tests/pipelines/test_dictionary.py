"""The published file explains itself: every table and column bears its description, also after an increment."""

from pipelines.build.dictionary import described
from tests.conftest import Cli

COLUMNS = """
    select schema_name || '.' || table_name, column_name, comment
    from duckdb_columns() where not internal order by 1, column_index
"""
TABLES = "select schema_name || '.' || table_name, comment from duckdb_tables() where not internal order by 1"


def test_every_table_and_column_says_what_it_means(leadpath: Cli) -> None:
    expected = [(table.full_name, column.name, column.description) for table in described() for column in table.columns]
    for arguments in (["build"], ["build"], ["build", "--full"]):
        leadpath(*arguments)

        assert leadpath.marts(TABLES) == sorted((table.full_name, table.description) for table in described())
        assert leadpath.marts(COLUMNS) == sorted(expected, key=lambda row: row[0])
        assert [row for row in expected if not row[-1].strip()] == []
