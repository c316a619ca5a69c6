"""Published files of every kind, made once: a synced world, an empty one, a hostile one, a huge one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Cli, seal, synced
from tests.pages.browser import Browser, find_browser

HOSTILE = "</title></style><script>alert(1)</script><b data-hostile>\"'&{{ 7*7 }}{% raw %} \u202e\u2066\x1b[31m"
LONG = "Donaudampfschifffahrtsgesellschaft" * 6


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Cli]:
    """A synced world of all vendors."""
    folder, now = tmp_path_factory.mktemp("pages"), {"LEADPATH_NOW": "2026-03-02T12:00:00Z"}
    with synced(folder, empty_warehouse, env=now, companies=30, days=12) as (cli, _):
        yield cli


@pytest.fixture(scope="package")
def empty(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Cli:
    """A published file without a row."""
    folder = tmp_path_factory.mktemp("pages-empty")
    with pytest.MonkeyPatch.context() as patch:
        seal(folder, patch)
        cli = Cli(folder, empty_warehouse)
        cli.use_empty_warehouse()
        cli("build")
    return cli


@pytest.fixture(scope="package")
def hostile(world: Cli, tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Cli:
    """The world in which every text is an attack, a very long word, or both."""

    def spoil(con: duckdb.DuckDBPyConnection) -> None:
        texts = con.execute("""
            select table_name, column_name from duckdb_columns()
            where schema_name = 'marts' and data_type = 'VARCHAR' and column_name not like '%\\_key' escape '\\'
            and column_name not like '%\\_id' escape '\\' and column_name not in ('vendor', 'entity_type', 'touch_type')
        """).fetchall()
        for table, column in texts:
            con.execute(f"""update marts.{table} set {column} =
                case hash({column}) % 3 when 0 then $evil when 1 then $long else $evil || $long end
                where {column} is not null""", {"evil": HOSTILE, "long": LONG})  # fmt: skip

    return changed(world, tmp_path_factory.mktemp("pages-hostile"), empty_warehouse, spoil)


@pytest.fixture(scope="package")
def huge(world: Cli, tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Cli:
    """The world with 10,000 companies more, each with a score."""

    def grow(con: duckdb.DuckDBPyConnection) -> None:
        for table in ("dim_companies", "company_360"):
            con.execute(f"""insert into marts.{table} select * exclude (n) replace (
                md5(concat(company_key, n)) as company_key, concat(n, '.', coalesce(domain, 'none.example')) as domain)
                from (select * from marts.{table} order by company_key limit 20) cross join range(500) as numbers(n)""")
        con.execute("""insert into marts.fct_touchpoints select * exclude (n) replace (
            concat(touchpoint_key, n) as touchpoint_key, md5(concat(company_key, n)) as company_key)
            from marts.fct_touchpoints cross join range(500) as numbers(n)""")

    return changed(world, tmp_path_factory.mktemp("pages-huge"), empty_warehouse, grow)


def changed(
    world: Cli, folder: Path, empty_warehouse: Path, change: Callable[[duckdb.DuckDBPyConnection], None]
) -> Cli:
    """A copy of the world's published file with a change."""
    cli = Cli(folder, empty_warehouse)
    cli.env |= world.env
    cli.data_dir.mkdir()
    file = cli.data_dir / "leadpath.duckdb"
    shutil.copyfile(world.data_dir / "leadpath.duckdb", file)
    with duckdb.connect(str(file)) as con:
        change(con)
    return cli


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A real browser."""
    return find_browser(tmp_path_factory.mktemp("browser"))
