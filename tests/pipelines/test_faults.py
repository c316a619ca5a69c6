"""What goes wrong at a vendor or on the way: one clear sentence, the right exit status, and everything else goes on."""

import json
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sandbox import Sandbox
from sources.snapcall import tables as snapcall
from sources.snitcher import tables as snitcher
from tests.conftest import Cli
from tests.expected import assert_same, held, of_snapcall, of_snitcher
from tests.pipelines.outcome import assert_no_secret, said, status
from tests.pipelines.test_sync_raw import compare_snapcall, compare_snitcher
from tests.sources.scripted import Prepared, scripted

Make = Callable[..., Sandbox]

WORLD = {"companies": 8, "days": 10}
BOTH = ("snitcher", "snapcall")
VENDORS = (*BOTH, "smartlook", "usersnap", "snapcrm")
SINCE = datetime(2026, 2, 18, tzinfo=UTC)
SESSIONS = "/workspaces/{ws}/sessions"
ORGANISATIONS = "/workspaces/{ws}/organisations"
WRONG = "wrong-but-still-a-secret"
LATER = "Nothing of this window was kept; run the sync again later."
HINT = "Check SNITCHER_API_TOKEN: make a token in Snitcher under Settings > Account > API."


def tables_are_empty(leadpath: Cli, schema: str) -> bool:
    tables = {"raw_snitcher": snitcher.TABLES, "raw_snapcall": snapcall.TABLES}[schema]
    return all(leadpath.raw(f"select count(*) from {schema}.{table.name}") == [(0,)] for table in tables)


# the caller's mistakes


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("SNITCHER_RATE_LIMIT", "60 per minute", "60/minute"),
        ("SNITCHER_RATE_LIMIT", "0/minute", "60/minute"),
        ("USERSNAP_RATE_LIMIT", "120/day", "60/minute"),
        ("LEADPATH_MAX_RUN", "45", "45m"),
        ("LEADPATH_MAX_RUN", "99999999999999h", "45m"),
        ("LEADPATH_REPORT_TIMEZONE", "Europe/Atlantis", "Europe/Prague"),
        ("LEADPATH_REPORT_TIMEZONE", "../../etc/passwd", "Europe/Prague"),
        ("SNITCHER_URL", "api.snitcher.com/v1", "https://api.snitcher.com/v1"),
        ("SNAPCALL_URL", "https://api.snapcall.io:port/v2", "https://api.snapcall.io/v2"),
        ("SNAPCALL_URL", "https://api.snapcall.io/v2?a=b", "https://api.snapcall.io/v2"),
        ("SNAPCALL_URL", "https://[::1", "https://api.snapcall.io/v2"),
        ("LEADPATH_LOOKBACK_DAYS", "three", "3"),
        ("LEADPATH_LOOKBACK_DAYS", "-1", "3"),
        ("LEADPATH_REREAD_DAYS", "99999", "30"),
        ("LEADPATH_START_DATE", "31.08.2026", "2026-08-31"),
        ("LEADPATH_START_DATE", "2026-02-30", "2026-08-31"),
        ("LEADPATH_START_DATE", "2099-01-01", "2025-12-02"),
        ("LEADPATH_START_DATE", "0226-01-01", "2026-08-31"),
        ("LEADPATH_DATA_DIR", "da?ta", "data"),
        ("LEADPATH_DATA_DIR", "customer#1/data", "data"),
        ("LEADPATH_NOW", "now", "2026-08-31T12:00:00Z"),
        ("LEADPATH_OWN_DOMAINS", "acme", "acme.com"),
        ("SNITCHER_RESOURCES", "sessions,visits", "workspaces,sessions"),
    ],
)
def test_a_malformed_setting_stops_before_any_request(
    leadpath: Cli, make_sandbox: Make, name: str, value: str, valid: str
) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    run = leadpath("sync", sandbox=sandbox, only=BOTH, status=2, **{name: value})
    (sentence,) = said(run)
    assert sentence.startswith(f"{name}: ")
    wrong = value.partition(",")[2] or value
    assert f"'{wrong}'" in sentence or wrong in sentence
    assert f"write for example {valid}" in sentence or f"write it as {valid}" in sentence
    assert sandbox.requests == []
    assert not (leadpath.data_dir / "status.json").exists()


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SNITCHER_API_TOKEN", "one-secret\nline", "one-secret"),
        ("SNAPCALL_API_KEY", "sécret", "sécret"),
        ("SMARTLOOK_API_TOKEN", "first,second-secret and", "second-secret"),
        ("SNITCHER_URL", "https://somebody:password@api.snitcher.com/v1", "password"),
    ],
)
def test_a_setting_that_holds_a_secret_is_named_and_not_shown(
    leadpath: Cli, make_sandbox: Make, name: str, value: str, secret: str
) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    run = leadpath("sync", sandbox=sandbox, only=VENDORS, status=2, **{name: value})
    (sentence,) = said(run)
    assert sentence.startswith(f"{name}: ")
    assert secret not in run.stdout + run.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("config.toml", 'leadpath_lookback_days = "three"', "LEADPATH_LOOKBACK_DAYS: 'three' is no number of days"),
        ("config.toml", "snitcher_url = https://x", 'config.toml cannot be read: .*Write settings as name = "value"'),
        ("secrets.toml", 'snitcher_api_token = "hidden-secret', "secrets.toml cannot be read: Unterminated string"),
    ],
)
def test_a_wrong_settings_file_is_one_sentence(leadpath: Cli, file: str, content: str, words: str) -> None:
    folder = leadpath.data_dir.parent / ".dlt"
    folder.mkdir()
    (folder / file).write_text(content)
    run = leadpath("sync", status=2)
    (sentence,) = said(run)
    assert re.search(words, sentence)
    assert "hidden-secret" not in sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sync", "hubspot"), "There is no vendor 'hubspot'; there are snitcher, snapcall,"),
        (("check", "Snitcher"), "There is no vendor 'Snitcher'"),
        (("sync", "--from", "2026-02-30", "--to", "2026-03-01"), "--from: '2026-02-30' is no date; write it as 2026-"),
        (("sync", "--from", "2026-02-20", "--to", "tomorrow"), "--to: 'tomorrow' is no date; write it as 2026-"),
        (("sync", "--from", "2026-02-20"), "Give --from and --to together, for example --from 2026-"),
        (("sync", "--to", "2026-02-20"), "Give --from and --to together, for example --from 2026-"),
        (("sync", "--from", "2026-03-01", "--to", "2026-02-01"), "--from 2026-03-01 is after --to 2026-02-01."),
        (("sync", "--from", "2026-03-03", "--to", "2026-03-04"), "is in the future; today is 2026-03-02 (UTC)."),
        (("sync", "--full-refresh", "snitcher.visits"), "there is no such resource; there are snitcher.workspaces,"),
        (("sync", "--full-refresh", "snapcrm.leads"), "is never thrown away."),
    ],
)
def test_a_wrong_argument_stops_before_any_request(
    leadpath: Cli, make_sandbox: Make, arguments: tuple[str, ...], words: str
) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    run = leadpath(*arguments, sandbox=sandbox, only=BOTH, status=2)
    (sentence,) = said(run)
    assert words in sentence
    assert sandbox.requests == []


def test_vendors_without_secret(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    run = leadpath("sync", "snitcher", sandbox=sandbox, status=2, SNITCHER_API_TOKEN=" ")
    assert said(run) == ["snitcher was asked for, but SNITCHER_API_TOKEN is not set."]
    (sentence,) = said(leadpath("sync", status=2))
    assert "No vendor is configured. Set the secret of at least one, for example SNITCHER_API_TOKEN" in sentence
    run = leadpath("check", sandbox=sandbox, only=("snapcall",))
    assert "snitcher is skipped: SNITCHER_API_TOKEN is not set." in run.stderr
    assert sandbox.count("snitcher") == 0


def test_a_data_directory_that_cannot_be_used_is_said(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    file = tmp_path / "file"
    file.write_text("no folder")
    for command in ("sync", "build", "status"):
        run = leadpath(command, sandbox=sandbox, only=BOTH, status=1, LEADPATH_DATA_DIR=str(file))
        (sentence,) = said(run)
        assert str(file) in sentence
    # somebody looks into the private file with a tool of their own
    with duckdb.connect(str(leadpath.data_dir / "internal" / "raw.duckdb")):
        run = leadpath("sync", sandbox=sandbox, only=BOTH, status=1)
    (sentence,) = said(run)
    assert sentence.startswith(f"{leadpath.data_dir / 'internal'} cannot be used: ")
    assert sentence.endswith("Close the program that has a file of this folder open, or check the folder.")
    assert sandbox.requests == []


# the vendors' and the network's


@pytest.mark.parametrize("refusal", ["401", "403"])
def test_a_wrong_token_stops_its_vendor_at_once_and_nothing_else(
    leadpath: Cli, make_sandbox: Make, refusal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what dlt logs by itself is not for people who run leadpath, also where no .dlt/config.toml says so
    monkeypatch.delenv("RUNTIME__LOG_LEVEL")
    sandbox = make_sandbox(**WORLD, switches={"snitcher.auth_refusal": refusal})
    run = leadpath(
        *("sync", "--no-build"), sandbox=sandbox, only=BOTH, status=1,
        SNITCHER_API_TOKEN=WRONG,
    )  # fmt: skip
    what = "the credential was refused" if refusal == "401" else "access was denied"
    sentence = f"Snitcher GET /v1/workspaces: {what} ({refusal}). {HINT}"
    assert said(run) == [sentence]
    assert sandbox.count("snitcher") == 1
    assert tables_are_empty(leadpath, "raw_snitcher")
    compare_snapcall(leadpath, sandbox)
    document = status(leadpath)
    assert (document["state"], document["run"]["error"]) == ("partial", sentence)
    assert document["vendors"]["snitcher"]["errors"] == [sentence]
    assert document["vendors"]["snitcher"]["resources"]["workspaces"]["error"] == sentence
    assert document["vendors"]["snapcall"]["errors"] == []
    assert document["vendors"]["snapcall"]["resources"]["calls"]["last_success"]
    if refusal == "401":
        checked = leadpath("check", sandbox=sandbox, only=BOTH, status=1, SNITCHER_API_TOKEN=WRONG)
        assert f"snitcher: FAILED, Snitcher GET /v1/me: the credential was refused (401). {HINT}" in said(checked)
        assert [line for line in said(checked) if line.startswith("snapcall: ok, ")]
        run.stderr += checked.stderr
    assert_no_secret(leadpath, sandbox, run, more=(WRONG,))


def test_hosts_that_cannot_be_reached(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        run = leadpath(
            *("sync", "--no-build"), sandbox=sandbox, only=BOTH, status=1,
            SNITCHER_URL=closed, SNAPCALL_URL="http://no-such-host.invalid/v2", LEADPATH_NOW="2026-03-03T12:00:00Z",
            RUNTIME__REQUEST_MAX_ATTEMPTS="2",
        )  # fmt: skip
    assert sorted(said(run)) == [
        "SnapCall GET /v2/calls cannot be found (the host name does not resolve), 2 times."
        " Check the network and SNAPCALL_URL, then run the sync again.",
        "Snitcher GET /v1/workspaces cannot be reached (connection refused), 2 times."
        " Check the network and SNITCHER_URL, then run the sync again.",
    ]
    document = status(leadpath)
    assert document["state"] == "failed"
    # nothing else of the vendor is tried at a host that is not there
    assert [len(document["vendors"][vendor]["errors"]) for vendor in BOTH] == [1, 1]
    assert_no_secret(leadpath, sandbox, run)


def test_a_vendor_that_goes_down_after_half_the_pages_loses_nothing_that_was_finished(
    leadpath: Cli, make_sandbox: Make
) -> None:
    # fifteen rows to a page, so that windows have several
    sandbox = make_sandbox(companies=6, days=120, switches={"snitcher.page_size": "fixed"})
    since, start = datetime(2025, 11, 3, tzinfo=UTC), {"LEADPATH_START_DATE": "2025-11-03"}
    wanted = of_snitcher(sandbox, since)["sessions"]
    pages = -(-len(wanted) // 15)
    sandbox.plan("snitcher", "down", route=SESSIONS, after=pages // 2)
    run = leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=1, **start)
    (sentence,) = said(run)
    assert re.fullmatch(rf"Snitcher GET /v1/workspaces/[0-9a-f-]+/sessions answered 503, 5 times\. {LATER}", sentence)
    compare_snapcall(leadpath, sandbox, since)

    # what is recorded as finished is there, all of it, and of the other windows there is nothing
    windows = leadpath.raw(
        "select scope, window_start, window_end from ops.windows where vendor = 'snitcher' and resource = 'sessions'"
    )

    def within(key: tuple[Any, ...], row: dict[str, Any], slack: timedelta) -> bool:
        return any(key[0] == s and start - slack <= row["started_at"] < end + slack for s, start, end in windows)

    reached = {key: row for key, row in wanted.items() if within(key, row, timedelta(0))}
    found = held(leadpath, "raw_snitcher", snitcher.SESSIONS)
    assert 0 < len(reached) < len(wanted)
    assert_same({key: found[key] for key in reached if key in found}, reached, "sessions of finished windows")
    # a window is asked for with a day on either side
    assert all(within(key, row, timedelta(days=2)) for key, row in found.items())
    document = status(leadpath)
    assert document["state"] == "partial"
    assert document["vendors"]["snitcher"]["resources"]["sessions"]["error"] == sentence
    assert document["vendors"]["snitcher"]["resources"]["sessions"]["left"] > 0
    assert_no_secret(leadpath, sandbox, run)

    sandbox.heal("snitcher")
    sandbox.clear()
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=0, **start)
    compare_snitcher(leadpath, sandbox, since)
    document = status(leadpath)
    assert (document["state"], document["vendors"]["snitcher"]["errors"]) == ("ok", [])


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_forbidden_workspace_does_not_stop_the_other(leadpath: Cli, make_sandbox: Make, which: str) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snitcher.forbidden": which})
    run = leadpath("sync", "snitcher", "--no-build", sandbox=sandbox, status=1)
    forbidden = sandbox.records("snitcher", "workspaces")[0 if which == "first" else 1]["uuid"]
    assert said(run) == [f"Snitcher GET /v1/workspaces/{forbidden}/sessions: access was denied (403). {HINT}"]
    sandbox.switch("snitcher.forbidden", "none")
    for table in (snitcher.SESSIONS, snitcher.SESSION_EVENTS, snitcher.ORGANISATIONS, snitcher.SEGMENTS):
        wanted = of_snitcher(sandbox, SINCE)[table.name]
        reached = {key: row for key, row in wanted.items() if key[0] != forbidden}
        assert_same(held(leadpath, "raw_snitcher", table), reached, table.name)
    assert status(leadpath)["state"] == "partial"
    leadpath("sync", "snitcher", "--no-build", sandbox=sandbox)
    compare_snitcher(leadpath, sandbox)


def test_passing_faults_are_waited_out_counted_and_leave_no_trace_in_the_tables(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**WORLD)
    sandbox.plan("snitcher", 429, route=SESSIONS, retry_after=2)
    sandbox.plan("snitcher", 429, route=SESSIONS, after=1)
    sandbox.plan("snitcher", 500, route=SESSIONS, after=2)
    sandbox.plan("snitcher", "reset", route=ORGANISATIONS)
    sandbox.plan("snitcher", "truncated", route=ORGANISATIONS, after=1, cut="length")
    sandbox.plan("snitcher", "slow", route="/workspaces", seconds=2.0)
    sandbox.plan("snapcall", 503, route="/calls")
    sandbox.plan("snapcall", "truncated", route="/calls", after=1, cut="json")
    sandbox.plan("snapcall", "html", route="/buttons", times=3)
    run = leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, RUNTIME__REQUEST_TIMEOUT="1")
    assert [line for line in said(run) if not line.startswith("Loaded ")] == []
    compare_snitcher(leadpath, sandbox)
    compare_snapcall(leadpath, sandbox)
    loads = {
        (vendor, resource): (requests, retries, waited)
        for vendor, resource, requests, retries, waited in leadpath.raw(
            "select vendor, resource, requests, retries, waited_seconds from ops.loads"
        )
    }
    assert {key: retries for key, (_, retries, _) in loads.items() if retries} == {
        ("snitcher", "sessions"): 3,
        ("snitcher", "organisations"): 2,
        ("snitcher", "workspaces"): 1,
        ("snapcall", "calls"): 2,
        ("snapcall", "buttons"): 3,
    }
    assert 2.0 <= loads["snitcher", "sessions"][2] < 10
    for vendor in BOTH:
        counted = sum(requests for (name, _), (requests, _, _) in loads.items() if name == vendor)
        assert counted == sandbox.count(vendor)
    asked = [request for request in sandbox.requests if request.route == SESSIONS]
    refused = next(number for number, request in enumerate(asked) if request.status == 429)
    assert asked[refused + 1].started - asked[refused].ended >= 2.0
    resources = status(leadpath)["vendors"]["snitcher"]["resources"]
    assert (resources["sessions"]["retries_this_run"], resources["sessions"]["requests_this_run"]) == (
        3,
        loads["snitcher", "sessions"][0],
    )


def test_a_body_that_is_never_json_stops_that_resource_alone(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)
    sandbox.plan("snitcher", "html", route="/workspaces/{ws}/segments", times=None)
    sandbox.plan("snapcall", "truncated", route="/buttons", times=None, cut="json")
    run = leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=1)
    uuid = sandbox.records("snitcher", "workspaces")[0]["uuid"]
    unread = f"answered 200 with a body that is not JSON, 5 times. {LATER}"
    assert sorted(said(run)) == [
        f"SnapCall GET /v2/buttons {unread}",
        f"Snitcher GET /v1/workspaces/{uuid}/segments {unread}",
    ]
    for table in (snitcher.SESSIONS, snitcher.SESSION_EVENTS, snitcher.ORGANISATIONS, snitcher.WORKSPACES):
        assert_same(held(leadpath, "raw_snitcher", table), of_snitcher(sandbox, SINCE)[table.name], table.name)
    assert_same(held(leadpath, "raw_snapcall", snapcall.CALLS), of_snapcall(sandbox, SINCE)["calls"], "calls")
    document = status(leadpath)
    assert document["state"] == "partial"
    assert document["vendors"]["snapcall"]["resources"]["buttons"]["error"]
    assert_no_secret(leadpath, sandbox, run)


@pytest.mark.parametrize("how", ["remove", "insert"])
def test_a_row_that_moves_between_two_pages_hides_no_other(leadpath: Cli, make_sandbox: Make, how: str) -> None:
    sandbox = make_sandbox(companies=12, days=14, switches={"snitcher.page_size": "fixed", "snapcall.max_limit": "10"})
    sandbox.plan("snitcher", "shift", route=SESSIONS, after=1, how=how)
    sandbox.plan("snapcall", "shift", route="/calls", after=1, how=how)
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
    assert {request.planned for request in sandbox.requests if request.planned} == {f"shift:{how}"}
    for schema, table, wanted in (
        ("raw_snitcher", snitcher.SESSIONS, of_snitcher(sandbox, SINCE)["sessions"]),
        ("raw_snapcall", snapcall.CALLS, of_snapcall(sandbox, SINCE)["calls"]),
    ):
        found = held(leadpath, schema, table)
        if how == "remove":
            # the row that was deleted under the walk had arrived, and stays
            assert len(set(found) - set(wanted)) == 1, table.name
        # a row that came under the walk has the next sync's turn
        late = set(wanted) - set(found)
        assert len(late) <= (1 if how == "insert" else 0), table.name
        there = {key: row for key, row in wanted.items() if key not in late}
        assert_same({key: found[key] for key in there}, there, table.name)
    walks = leadpath.raw("select vendor, resource, api_count, received_count from ops.completeness")
    assert {(vendor, resource) for vendor, resource, *_ in walks} >= {("snitcher", "sessions"), ("snapcall", "calls")}
    assert not [walk for walk in walks if walk[2] is not None and walk[3] < walk[2]]
    if how == "insert":
        leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
        compare_snitcher(leadpath, sandbox)
        compare_snapcall(leadpath, sandbox)


def test_fields_and_values_that_nobody_expects_lose_nothing_and_block_nothing(
    leadpath: Cli, make_sandbox: Make
) -> None:
    sandbox = make_sandbox(**WORLD)
    sandbox.plan("snitcher", "new_field", route=ORGANISATIONS, times=None, name="mood", value={"today": ["sunny"]})
    sandbox.plan("snapcall", "new_field", route="/buttons", times=None, name="colour", value="red")
    for number, to in enumerate(("text", "float", "huge")):
        sandbox.plan("snapcall", "drifted_type", route="/calls", field="rate", to=to, row=number, times=None)
    sandbox.plan("snitcher", "drifted_type", route=SESSIONS, field="started_at", to="list", row=1, times=None)
    run = leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
    assert [line for line in said(run) if not line.startswith(("Loaded ", "Quarantine: "))] == []
    assert any(
        re.search(r"values? of raw_snapcall\.calls\.rate kept aside: not a number\.", line) for line in said(run)
    )

    assert {
        extra for (extra,) in leadpath.raw("select _extra->>'$.mood.today[0]' from raw_snitcher.organisations")
    } == {"sunny"}
    assert {extra for (extra,) in leadpath.raw("select _extra->>'colour' from raw_snapcall.buttons")} == {"red"}
    unknown = dict(leadpath.raw("select resource, unknown_fields from ops.loads where unknown_fields is not null"))
    assert "organisations.mood" in unknown["organisations"].split(", ")
    assert "buttons.colour" in unknown["buttons"].split(", ")
    told = "snapcall buttons: the vendor sends fields that no column has, kept in _extra: "
    (line,) = [line for line in leadpath("status", status=None).stdout.splitlines() if line.startswith(told)]
    assert "buttons.colour" in line

    misfits = leadpath.raw("select vendor, table_name, column_name, value, row_key from ops.quarantine order by all")
    assert ("snapcall", "calls", "rate", '"n/a"') in {row[:4] for row in misfits}
    assert [row for row in misfits if row[:3] == ("snitcher", "sessions", "started_at")]
    # every row stays, with an unknown value in place of the misfit
    wanted = of_snapcall(sandbox, SINCE)["calls"]
    found = held(leadpath, "raw_snapcall", snapcall.CALLS)
    assert set(found) == set(wanted)
    drifted = {tuple(json.loads(key)) for _, table, _, _, key in misfits if table == "calls"}
    assert drifted
    assert_same(
        {key: row for key, row in found.items() if key not in drifted},
        {key: row for key, row in wanted.items() if key not in drifted},
        "calls that did not drift",
    )
    assert all(found[key] == {**wanted[key], "rate": None} for key in drifted)
    assert set(held(leadpath, "raw_snitcher", snitcher.SESSIONS)) == set(of_snitcher(sandbox, SINCE)["sessions"])

    # the same misfit again is no second row, and when the vendor is well again the value comes
    leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH)
    again = leadpath.raw("select vendor, table_name, column_name, value, row_key from ops.quarantine order by all")
    assert len(set(again)) == len(again)
    sandbox.heal("snapcall")
    sandbox.heal("snitcher")
    leadpath("sync", "--no-build", "--from", "2026-02-18", "--to", "2026-03-02", sandbox=sandbox, only=BOTH)
    assert_same(held(leadpath, "raw_snapcall", snapcall.CALLS), wanted, "calls")
    assert_same(held(leadpath, "raw_snitcher", snitcher.SESSIONS), of_snitcher(sandbox, SINCE)["sessions"], "sessions")


def test_a_row_without_a_usable_key_is_set_aside(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(**WORLD)
    sandbox.plan("snitcher", "drifted_type", route=ORGANISATIONS, field="uuid", to="list", times=None)
    sandbox.plan("snapcall", "drifted_type", route="/buttons", field="bid", to="list", times=None)
    run = leadpath("sync", "--no-build", sandbox=sandbox, only=BOTH, status=1)
    assert any("1 row has no bid for raw_snapcall.buttons, which is its key" in line for line in said(run))
    aside = leadpath.raw("select table_name, reason from ops.quarantine where column_name is null")
    assert ("organisations", "the row has no key") in aside
    assert ("buttons", "the row has no key") in aside
    buttons = held(leadpath, "raw_snapcall", snapcall.BUTTONS)
    assert len(buttons) == len(sandbox.records("snapcall", "buttons")) - 1


@pytest.mark.parametrize("command", [("check",), ("sync", "--no-build")], ids=lambda words: words[0])
def test_a_vendor_that_asks_to_wait_longer_than_anybody_does_is_named(leadpath: Cli, command: tuple[str, ...]) -> None:
    with scripted(Prepared(503, headers={"Retry-After": "3600"})) as server:
        run = leadpath(*command, status=1, SNAPCALL_API_KEY="a-key", SNAPCALL_URL=server.url)
    assert "answered 503 and asks to wait 3600 s, 1 times" in run.stdout + run.stderr
