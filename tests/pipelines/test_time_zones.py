"""DuckDB has zone data of its own: it must agree with the data that `zoneinfo` reads of the locked package."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from pipelines.own_settings import time_zones

DAYS = 2 * 366


def offsets(name: str, since: datetime) -> list[tuple[str, datetime, int]]:
    """Zone, moment and seconds ahead of UTC, for each day, and for each quarter of an hour of a day with a change."""
    path = files("tzdata") / "zoneinfo"
    with path.joinpath(*name.split("/")).open("rb") as file:
        # not by its name: that is read from the system, whose data may be years old
        zone = ZoneInfo.from_file(file)
    days = [since + timedelta(days=day) for day in range(DAYS)]
    ahead = [moment.astimezone(zone).utcoffset() for moment in days]
    moments = list(days)
    for day, before, after in zip(days, ahead, ahead[1:], strict=False):
        if before != after:
            moments += [day + timedelta(minutes=15 * quarter) for quarter in range(1, 96)]
    return [(name, each, round((each.astimezone(zone).utcoffset() or timedelta()).total_seconds())) for each in moments]


def test_duckdb_and_zoneinfo_agree_on_every_report_zone_for_two_years() -> None:
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    names, moments, seconds = zip(*(row for name in time_zones() for row in offsets(name, since)), strict=True)
    zones = pa.table({"zone": names, "moment": pa.array(moments, pa.timestamp("us", "UTC")), "ahead": seconds})
    assert len(set(names)) > 500
    with duckdb.connect() as con:
        con.register("zones", zones)
        apart = con.execute("""
            select zone, min(moment), max(moment) from zones
            where epoch(timezone(zone, moment)) - epoch(moment) != ahead group by zone order by zone
        """).fetchall()
    assert apart == []
