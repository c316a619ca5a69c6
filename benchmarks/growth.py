"""What a long life costs: hourly syncs of thin days, the file that they leave, and merging into a large table.

Takes hours for a year: `make bench ARGS=--growth` simulates 60 days, `--days` says otherwise.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import pyarrow as pa

from benchmarks.cost import LEADPATH, cost_of
from benchmarks.rendered import START, calls, organisations, sessions, write
from benchmarks.server import Vendors, served
from pipelines.vendors import READABLE, TABLES
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.load import Loader
from sources.rows.table import Batch
from sources.rows.values import Kind
from sources.snitcher.tables import SESSIONS

WEEK = 7
SESSIONS_A_DAY, CALLS_A_DAY, COMPANIES = 24, 6, 200
CHANGED = 1_000
FEW, MANY = 10_000, 5_000_000
STORED = """
insert into raw_snitcher.sessions by name
select
    'ws' as workspace_uuid, md5('s' || n) as uuid, md5('o' || (n % 1000)) as organisation_uuid,
    timestamptz '2025-09-01 00:00:00+00' + to_seconds(n * 6) as started_at, started_at + interval 10 minute as ended_at,
    'DE' as location_country, 'Berlin' as location_city, 'Chrome' as browser, 'desktop' as device_type,
    '1790000000.5' as _dlt_load_id
from range(?) as numbers (n)
"""


@dataclass(frozen=True)
class Life:
    """Of a simulated time: what a run of the last week costs for each second of one of the first, and the size of the
    file for each byte of one that was loaded at once.
    """

    cpu: float
    size: float
    days: int


def hourly(days: int, folder: Path, said: Callable[[str], None] = print) -> Life:
    """Sync every hour of these days, without builds, after a day that is loaded at first."""
    end = START + timedelta(days=days)
    seen = list(sessions(SESSIONS_A_DAY * days, COMPANIES, START, end))
    world = folder / "thin"
    write(world, seen, organisations(COMPANIES, seen), calls(CALLS_A_DAY * days, START, end))
    spent: list[float] = []
    with served(folder) as vendors:
        for hour in range(24, 24 * days + 1):
            spent.append(_synced(vendors, world, START + timedelta(hours=hour), folder / "lived"))
            if hour % (24 * WEEK) == 0:
                said(f"day {hour // 24}: {median(spent[-24 * WEEK :]):.2f} s of CPU a run, {_size(folder / 'lived')}")
        _synced(vendors, world, end, folder / "fresh")
    week = 24 * WEEK
    # the first run makes the tables
    cpu = sum(spent[-week:]) / sum(spent[1 : week + 1])
    return Life(cpu, _size(folder / "lived") / _size(folder / "fresh"), days)


def _synced(vendors: Vendors, world: Path, now: datetime, folder: Path) -> float:
    vendors.show(world, now)
    own = {
        "LEADPATH_DATA_DIR": str(folder / "data"),
        "LEADPATH_START_DATE": START.date().isoformat(),
        "LEADPATH_NOW": now.isoformat(),
    }
    return cost_of([*LEADPATH, "sync", "--no-build"], {**vendors.settings, **own}, folder).seconds


def _size(folder: Path) -> int:
    return (folder / "data" / "internal" / "raw.duckdb").stat().st_size


def merging(rounds: int, few: int = FEW, many: int = MANY) -> float:
    """CPU of storing 1,000 changed sessions among `many`, for each second of storing them among `few`."""
    with tempfile.TemporaryDirectory() as temporary:
        stores = {}
        for count in (few, many):
            warehouse = Warehouse(Path(temporary) / str(count))
            warehouse.create()
            for vendor, tables in TABLES.items():
                Loader(warehouse, vendor, tables).prepare()
            with warehouse.turn() as con:
                con.execute(STORED, [count])
            stores[count] = (warehouse, Loader(warehouse, "snitcher", READABLE["snitcher"].tables))
        # what is imported and made once is no part of a merge
        spent = {count: [_merged(*stores[count], number) for number in range(rounds + 1)][1:] for count in stores}
    return median(large / small for large, small in zip(spent[many], spent[few], strict=True))


def _merged(warehouse: Warehouse, loader: Loader, number: int) -> float:
    """CPU seconds of this process in which 1,000 sessions, spread over the whole table, change their browser."""
    held = {name: f"{name}::varchar" if kind is Kind.JSON else name for name, kind in SESSIONS.columns.items()}
    listed = ", ".join(f"{value} as {name}" for name, value in {**held, "browser": f"'changed {number}'"}.items())
    with warehouse.turn() as con:
        rows: pa.Table = con.sql(
            f"select {listed} from raw_snitcher.sessions order by hash(uuid || '{number}') limit {CHANGED}"
        ).to_arrow_table()
    before = time.process_time()
    stored = loader.load([Batch(SESSIONS, rows.cast(SESSIONS.arrow_schema))])
    if stored != CHANGED:
        raise SystemExit(f"{stored} rows were stored where {CHANGED} had changed.")
    return time.process_time() - before
