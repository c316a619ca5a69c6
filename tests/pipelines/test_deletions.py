"""The whole way of a deletion, by the real command: found, marked, out of every count, explained, and never removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.conftest import QUICK, Cli, seal
from tests.pipelines.outcome import status

# vendor, resource, its columns of ids and times, and its word for explain
SWEPT = [
    ("snitcher", "sessions", "uuid", "started_at", "session"),
    ("snapcall", "calls", "id", "call_start", "call"),
    ("smartlook", "sessions", "id", "started_at", "session"),
    ("usersnap", "feedbacks", "feedback_id", "created_at", "feedback"),
]
COUNTED = """
    select
        (select count(*) from marts.fct_sessions where vendor = 'snitcher'),
        (select count(*) from marts.fct_calls),
        (select count(*) from marts.fct_sessions where vendor = 'smartlook'),
        (select count(*) from marts.fct_feedback where missing_since is null)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[tuple[Cli, Sandbox]]:
    """A small world of all vendors that was loaded."""
    folder = tmp_path_factory.mktemp("deletions")
    with pytest.MonkeyPatch.context() as patch, Sandbox(companies=8, days=12, limits=QUICK) as sandbox:
        seal(folder, patch)
        cli = Cli(folder, empty_warehouse)
        cli.use_empty_warehouse()
        cli.env["LEADPATH_OWN_DOMAINS"] = sandbox.env["LEADPATH_OWN_DOMAINS"]
        cli("sync", "--no-build", sandbox=sandbox)
        yield cli, sandbox


def test_a_sweep_finds_what_vendors_deleted(world: tuple[Cli, Sandbox]) -> None:
    cli, sandbox = world
    gone: dict[str, Any] = {}
    for vendor, resource, column, moment, _ in SWEPT:
        demo = "where not is_demo" if vendor == "usersnap" else ""
        # what is older than all that Smartlook gives may have gone by age
        chosen = "max_by" if vendor == "smartlook" else "min_by"
        ((gone[vendor],),) = cli.raw(f"select {chosen}({column}, {moment}) from raw_{vendor}.{resource} {demo}")
        key = next(row[column] for row in sandbox.records(vendor, resource) if str(row[column]) == gone[vendor])
        sandbox.vendor(vendor).remove(resource, key)
    held = [count for v, resource, *_ in SWEPT for ((count,),) in [cli.raw(f"select count(*) from raw_{v}.{resource}")]]
    sweeps = [word for vendor, *_ in SWEPT for word in ("--sweep", vendor)]

    run = cli("sync", *sweeps, sandbox=sandbox)

    assert cli.marts(COUNTED) == [tuple(count - 1 for count in held)]
    told = status(cli)["vendors"]
    for vendor, resource, column, *_ in SWEPT:
        assert f"{vendor} {resource}: 1 row is no longer listed" in run.stderr
        marked = cli.raw(f"select {column}, missing_since from raw_{vendor}.{resource} where missing_since is not null")
        assert marked == [(gone[vendor], sandbox.now)]
        assert told[vendor]["resources"][resource]["missing_at_vendor"] == 1
    for vendor, *_, kind in (SWEPT[0], SWEPT[-1]):
        explained = cli("explain", vendor, kind, gone[vendor]).stdout
        assert f"no longer has it: a reading of {sandbox.now:%Y-%m-%d %H:%M} UTC did not list it" in explained
    assert "snitcher sessions: 1 row is kept that the vendor no longer has." in cli("status", status=None).stdout
    # what happened in a session goes with it, and stays in raw
    ids = f"('{gone['snitcher']}', '{gone['smartlook']}')"
    assert cli.marts(f"select count(*) from marts.fct_events where session_id in {ids}") == [(0,)]
    assert cli.raw(f"select count(*) from raw_snitcher.session_events where session_uuid in {ids}") != [(0,)]
    # a feedback can still be read, and counts for nobody
    touched = "select count(*) from marts.fct_touchpoints where entity_id = '{}'"
    assert cli.marts(touched.format(gone["usersnap"])) == [(0,)]
    assert cli.marts("select sum(feedback) from marts.daily_activity") == cli.marts(
        "select count(*) from marts.fct_feedback f left join marts.dim_companies c using (company_key)"
        " where not f.is_demo and f.missing_since is null and not coalesce(c.is_internal, false)"
    )
    # the next sweep has nothing to do, and changes no mark
    assert "Nothing new" in cli("sync", *sweeps, sandbox=sandbox).stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--sweep", "snapcrm"], "there is nothing to read from it; there are snitcher"),
        (["--sweep", "snitcher", "--from", "2026-02-20", "--to", "2026-02-21"], "leave out --from and --to"),
    ],
)
def test_a_sweep_that_cannot_be_meant(world: tuple[Cli, Sandbox], options: list[str], why: str) -> None:
    cli, sandbox = world
    assert why in cli("sync", *options, sandbox=sandbox, status=2).stderr


def test_a_sweep_that_breaks_off_marks_nothing(world: tuple[Cli, Sandbox]) -> None:
    cli, sandbox = world
    marks = "select id, missing_since from raw_snapcall.calls order by id"
    before = cli.raw(marks)
    sandbox.vendor("snapcall").remove("calls", sandbox.records("snapcall", "calls")[0]["id"])
    sandbox.plan("snapcall", "500", route="/calls", times=None)
    cli("sync", "snapcall", "--sweep", "snapcall", "--no-build", sandbox=sandbox, status=1)
    sandbox.heal("snapcall")
    assert cli.raw(marks) == before
