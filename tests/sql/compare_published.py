"""Say where the marts of two published files differ: `python -m tests.sql.compare_published FILE FILE`.

Build one world by the code before a change and by the code after it: a change of form alone leaves no difference.
"""

import argparse
import sys
from pathlib import Path

import duckdb

COLUMNS = """
    select table_name, list(column_name || ' ' || data_type order by column_index)
    from duckdb_columns() where database_name = ? and schema_name = 'marts' group by all
"""


def differences(one: Path, other: Path) -> list[str]:
    """A sentence for every mart that only one file has, or whose columns or rows are not the same in both."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for name, file in (("one", one), ("other", other)):
            con.execute(f"attach '{file}' as {name} (read_only)")
        tables = [dict(con.execute(COLUMNS, [name]).fetchall()) for name in ("one", "other")]
        found = []
        for mart in sorted(tables[0].keys() | tables[1].keys()):
            columns, others = (each.get(mart) for each in tables)
            if columns != others:
                found.append(f"{mart}: {columns or 'not there'} and {others or 'not there'}")
                continue
            lost, added = (
                con.execute(f"from {left}.marts.{mart} except all from {right}.marts.{mart}").fetchall()
                for left, right in (("one", "other"), ("other", "one"))
            )
            if lost or added:
                found.append(f"{mart}: {len(lost)} rows only in the first, {len(added)} only in the second,")
                found += [f"  such as {min(rows, key=str)}" for rows in (lost, added) if rows]
    return found


def main() -> None:
    """Name what differs on standard error, with exit status 1; say nothing where nothing does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs=2, type=Path, metavar="FILE")
    found = differences(*parser.parse_args().files)
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
