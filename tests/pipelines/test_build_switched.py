"""One world served in two ways, both built whole: the published tables are the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from sandbox import Sandbox
from tests.conftest import Cli

WORLD: dict[str, Any] = {"companies": 10, "days": 14}

# every switch that changes how an API answers and not what it says
SWITCHED = {
    "snitcher": "page_size=fixed envelope_single=data day_zone=Pacific/Auckland day_selects=overlap sort=oldest"
    " retry_after=none rate_headers=x_ratelimit next_page_url=kept segments=bare",
    "snapcall": "envelope=bare page_base=0 max_limit=10 default_limit=10 order=id end_of_list=repeat_last"
    " window_tests=end window_bounds=open retry_after=none",
}


def test_everything_switched_publishes_the_same_tables(
    tmp_path: Path, empty_warehouse: Path, make_sandbox: Callable[..., Sandbox]
) -> None:
    switches = {
        f"{vendor}.{name}": value
        for vendor, text in SWITCHED.items()
        for name, value in (part.split("=", 1) for part in text.split())
    }
    files = []
    for name, sandbox in (("usual", make_sandbox(**WORLD)), ("switched", make_sandbox(**WORLD, switches=switches))):
        (tmp_path / name).mkdir()
        cli = Cli(tmp_path / name, empty_warehouse)
        cli.use_empty_warehouse()
        cli("sync", sandbox=sandbox, only=("snitcher", "snapcall"))
        files.append(cli.data_dir / "leadpath.duckdb")
    with duckdb.connect() as con:
        for name, file in zip(("usual", "switched"), files, strict=True):
            con.execute(f"attach '{file}' as {name} (read_only)")
        tables = [
            table
            for (table,) in con.execute(
                "select table_name from duckdb_tables() where database_name = 'usual' and schema_name = 'marts'"
            ).fetchall()
        ]
        for table in ("dim_companies", "company_links", "fct_sessions", "fct_events", "fct_calls", "company_360"):
            assert con.execute(f"select count(*) from usual.marts.{table}").fetchone() != (0,), "this proves nothing"
        for table in tables:
            for one, other in (("usual", "switched"), ("switched", "usual")):
                surplus = f"select * from {one}.marts.{table} except all select * from {other}.marts.{table}"
                assert con.execute(surplus).fetchall() == [], f"{table}: {one} has what {other} lacks"
