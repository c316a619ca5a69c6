"""Whole syncs by the real command: the raw tables equal the world, for each of the vendors' undocumented answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sources.snapcall import tables as snapcall
from sources.snitcher import tables as snitcher
from tests.conftest import Cli
from tests.expected import Keyed, assert_same, held, of_snapcall, of_snitcher

SINCE = datetime(2026, 2, 18, tzinfo=UTC)
WORLD = {"companies": 10, "days": 14}
Make = Callable[..., Sandbox]

SNITCHER_SWITCHES = [
    *("page_size=fixed", "envelope_single=data", "events=views_only", "day_zone=Pacific/Auckland"),
    *("day_selects=ended", "day_selects=overlap", "sort=oldest", "retry_after=none", "rate_headers=x_ratelimit"),
    *("next_page_url=kept", "segments=paginated", "segments=bare"),
]
OLDER_FORM = [
    (),
    ("company_range=refused",),
    ("organisation_uuid=absent", "sort=oldest"),
    ("company_range=refused", "day_zone=Pacific/Auckland", "day_selects=overlap"),
]
SNAPCALL_SWITCHES = [
    *("envelope=object", "envelope=bare", "envelope=keyed_by_bid", "list_key=data", "list_key=results"),
    *("list_key=rows", "page_base=0", "page_zero=refused", "page_zero=empty", "max_limit=10", "max_limit=50"),
    *("max_limit=1000", "default_limit=10", "order=oldest", "order=id", "end_of_list=repeat_last"),
    *("end_of_list=not_found", "end_of_list=wrap", "window_tests=end", "window_bounds=closed"),
    *("window_bounds=open", "ani=text", "retry_after=none"),
]
# every pair of these appears in one of the sets
SNAPCALL_PAIRS = [
    ("envelope=bare", "page_base=0", "max_limit=10", "end_of_list=repeat_last", "order=oldest"),
    ("envelope=bare", "page_zero=refused", "max_limit=50", "end_of_list=not_found", "order=id"),
    ("envelope=keyed_by_bid", "page_base=0", "max_limit=50", "end_of_list=wrap", "order=newest"),
    ("envelope=keyed_by_bid", "page_zero=empty", "max_limit=10", "end_of_list=not_found", "order=oldest"),
    ("envelope=object", "page_zero=refused", "max_limit=10", "end_of_list=wrap", "order=id", "over_limit=refuse"),
    ("envelope=object", "page_base=0", "max_limit=10", "end_of_list=repeat_last", "window_tests=end"),
]


def compare_snitcher(leadpath: Cli, sandbox: Sandbox, since: datetime = SINCE) -> dict[str, Keyed]:
    wanted = of_snitcher(sandbox, since)
    for table in snitcher.TABLES:
        if table is not snitcher.ORGANISATION_WEBSITES:
            assert_same(held(leadpath, "raw_snitcher", table), wanted[table.name], f"snitcher {table.name}")
    return wanted


def compare_snapcall(leadpath: Cli, sandbox: Sandbox, since: datetime = SINCE) -> dict[str, Keyed]:
    wanted = of_snapcall(sandbox, since)
    for table in snapcall.TABLES:
        assert_same(held(leadpath, "raw_snapcall", table), wanted[table.name], f"snapcall {table.name}")
    return wanted


def test_both_vendors_equal_the_world_and_a_second_sync_asks_for_the_lookback_alone(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "snitcher", "snapcall", "--no-build", sandbox=sandbox)
    compare_snitcher(leadpath, sandbox)
    compare_snapcall(leadpath, sandbox)
    websites = {
        (workspace, row["uuid"], row["website"])
        for workspace, rows in by_workspace(sandbox)
        for row in rows
        if row["website"] and datetime.fromisoformat(row["last_seen"]) >= SINCE
    }
    assert set(leadpath.raw("select workspace_uuid, uuid, website from raw_snitcher.organisation_websites")) == websites
    assert leadpath.raw("select * from ops.quarantine") == []
    before = checksums(leadpath)

    sandbox.clear()
    leadpath("sync", "snitcher", "snapcall", "--no-build", sandbox=sandbox)
    asked = sorted((request.vendor, request.route) for request in sandbox.requests)
    assert asked == [
        ("snapcall", "/calls"),
        ("snitcher", "/workspaces/{ws}/organisations"),
        ("snitcher", "/workspaces/{ws}/organisations"),
        ("snitcher", "/workspaces/{ws}/sessions"),
        ("snitcher", "/workspaces/{ws}/sessions"),
    ]
    assert checksums(leadpath) == before


def by_workspace(sandbox: Sandbox) -> list[tuple[str, list[dict[str, str]]]]:
    workspaces = [row["uuid"] for row in sandbox.records("snitcher", "workspaces")]
    return [(uuid, sandbox.records("snitcher", "organisations", uuid)) for uuid in workspaces]


def checksums(leadpath: Cli) -> dict[str, tuple[int, int]]:
    """Rows and an order-free checksum over all columns, the load's id included, of every raw table."""
    tables = leadpath.raw(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where starts_with(table_schema, 'raw_') and not ends_with(table_schema, '_staging')"
        " and not starts_with(table_name, '_dlt')"
    )
    assert len(tables) == 20
    return {name: leadpath.raw(f"select count(*), sum(hash(t)) from {name} t")[0] for (name,) in tables}


@pytest.mark.parametrize("switch", SNITCHER_SWITCHES)
def test_each_snitcher_switch_gives_the_same_tables(leadpath: Cli, make_sandbox: Make, switch: str) -> None:
    name, _, chosen = switch.partition("=")
    sandbox = make_sandbox(**WORLD, switches={f"snitcher.{name}": chosen})
    leadpath("sync", "snitcher", "--no-build", sandbox=sandbox)
    wanted = compare_snitcher(leadpath, sandbox)
    if switch != "events=views_only":
        assert wanted == of_snitcher(make_sandbox(**WORLD), SINCE)


@pytest.mark.parametrize("switches", OLDER_FORM, ids=" ".join)
def test_the_introduction_form_gives_what_it_can_express(
    leadpath: Cli, make_sandbox: Make, switches: tuple[str, ...]
) -> None:
    chosen = dict(switch.split("=") for switch in ("form=introduction", *switches))
    sandbox = make_sandbox(**WORLD, switches={f"snitcher.{name}": value for name, value in chosen.items()})
    leadpath("sync", "snitcher", "--no-build", sandbox=sandbox)
    wanted = of_snitcher(make_sandbox(**WORLD), SINCE)
    listed = {(workspace, row["uuid"]) for workspace, rows in by_workspace(sandbox) for row in rows}
    # what the older form cannot express: sessions of no company, and of companies that no list shows
    reachable = {key: row for key, row in wanted["sessions"].items() if (key[0], row["organisation_uuid"]) in listed}
    assert {row["organisation_uuid"] is None for key, row in wanted["sessions"].items() if key not in reachable}
    assert_same(held(leadpath, "raw_snitcher", snitcher.SESSIONS), reachable, "sessions")
    events = {key: row for key, row in wanted["session_events"].items() if key[:2] in reachable}
    assert_same(held(leadpath, "raw_snitcher", snitcher.SESSION_EVENTS), events, "session_events")
    for table in (snitcher.WORKSPACES, snitcher.ORGANISATIONS, snitcher.SEGMENTS):
        assert_same(held(leadpath, "raw_snitcher", table), wanted[table.name], table.name)


@pytest.mark.parametrize("switches", [*((one,) for one in SNAPCALL_SWITCHES), *SNAPCALL_PAIRS], ids=" ".join)
def test_each_snapcall_switch_gives_the_same_tables(
    leadpath: Cli, make_sandbox: Make, switches: tuple[str, ...]
) -> None:
    chosen = dict(switch.split("=") for switch in switches)
    sandbox = make_sandbox(**WORLD, switches={f"snapcall.{name}": value for name, value in chosen.items()})
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    compare_snapcall(leadpath, sandbox)


def test_ongoing_calls_are_taken_and_completed_later(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.ongoing": "shown"})
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    compare_snapcall(leadpath, sandbox)
    assert leadpath.raw("select count(*) from raw_snapcall.calls where call_end is null") != [(0,)]
    sandbox.advance(timedelta(days=1))
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    found = held(leadpath, "raw_snapcall", snapcall.CALLS)
    wanted = of_snapcall(sandbox, SINCE)["calls"]
    changes = sandbox.world.changes[-1]
    # what changed before the lookback waits for the weekly re-read, and what is deleted at the vendor stays
    beyond = {(str(number),) for number in (*changes["old_calls"], *changes["deleted_calls"])}
    assert_same(
        {key: row for key, row in found.items() if key not in beyond},
        {key: row for key, row in wanted.items() if key not in beyond},
        "calls",
    )
    assert {(str(number),) for number in changes["ended_calls"]} & found.keys()


def test_basic_authentication_with_a_secret(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.auth": "key_and_secret"})
    assert sandbox.env["SNAPCALL_API_SECRET"]
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    compare_snapcall(leadpath, sandbox)


def test_a_withdrawn_button_list_is_survived(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.buttons": "missing"})
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert leadpath.raw("select count(*) from raw_snapcall.buttons") == [(0,)]
    assert_same(held(leadpath, "raw_snapcall", snapcall.CALLS), of_snapcall(sandbox, SINCE)["calls"], "calls")


def test_ignored_paging_is_worked_round_by_smaller_windows(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=30, days=14, switches={"snapcall.paging": "ignored", "snapcall.max_limit": "10"})
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, SNAPCALL_RESOURCES="calls")
    wanted = of_snapcall(sandbox, SINCE)["calls"]
    assert len(wanted) > 10
    assert_same(held(leadpath, "raw_snapcall", snapcall.CALLS), wanted, "calls")


def test_changes_inside_the_lookback_come_with_the_next_sync_and_older_ones_with_the_weekly_re_read(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(companies=12, days=25)
    begin: dict[str, Any] = {"LEADPATH_START_DATE": "2026-02-05"}
    since = datetime(2026, 2, 5, tzinfo=UTC)
    leadpath("sync", "snitcher", "snapcall", "--no-build", sandbox=sandbox, **begin)
    gone: dict[str, set[str]] = {"sessions": set(), "calls": set()}
    old: dict[str, set[str]] = {"sessions": set(), "calls": set()}
    for _ in range(2):
        changes = sandbox.advance(timedelta(days=1))
        for kind in ("sessions", "calls"):
            gone[kind] |= set(changes[f"deleted_{kind}"])
            old[kind] |= set(changes[f"old_{kind}"])
        leadpath("sync", "snitcher", "snapcall", "--no-build", sandbox=sandbox, **begin)
        assert all(changes[kind] for kind in ("new_sessions", "late_sessions", "grown_sessions", "emptied_sessions"))
        compare_but(leadpath, sandbox, since, gone, old)
    assert old["sessions"]
    assert old["calls"]

    # nothing happens in the world for the rest of the week: only the clock of the caller moves
    week: dict[str, Any] = {"LEADPATH_NOW": (sandbox.now + timedelta(days=5, hours=1)).isoformat()}
    sandbox.clear()
    leadpath("sync", "snitcher", "snapcall", "--no-build", sandbox=sandbox, **begin, **week)
    compare_but(leadpath, sandbox, since, gone, {"sessions": set(), "calls": set()})
    organisations = held(leadpath, "raw_snitcher", snitcher.ORGANISATIONS)
    wanted = of_snitcher(sandbox, since)["organisations"]
    assert_same({key: row for key, row in organisations.items() if key in wanted}, wanted, "organisations")
    listings = [r for r in sandbox.requests if r.route == "/workspaces/{ws}/organisations"]
    assert [request.query.get("date_from") for request in listings] == [None, None], "the weekly list has no dates"
    assert leadpath.raw(
        "select distinct reason from ops.windows where as_of > timestamptz '2026-03-06' order by 1"
    ) == [
        ("daily",),
        ("reread",),
    ]


def compare_but(
    leadpath: Cli, sandbox: Sandbox, since: datetime, gone: dict[str, set[str]], old: dict[str, set[str]]
) -> None:
    """Equal to the world, but for rows that the vendors deleted (they stay) or changed before the lookback."""
    snitcher_wanted, snapcall_wanted = of_snitcher(sandbox, since), of_snapcall(sandbox, since)
    but = gone["sessions"] | old["sessions"]
    for table in (snitcher.SESSIONS, snitcher.SESSION_EVENTS):
        found = held(leadpath, "raw_snitcher", table)
        wanted = snitcher_wanted[table.name]
        assert_same(without(found, but), without(wanted, but), table.name)
    but = gone["calls"] | old["calls"]
    found = held(leadpath, "raw_snapcall", snapcall.CALLS)
    assert_same(without(found, but), without(snapcall_wanted["calls"], but), "calls")


def without(rows: Keyed, ids: set[str]) -> Keyed:
    """The rows whose keys name none of the ids."""
    return {key: row for key, row in rows.items() if not ids & {str(part) for part in key}}
