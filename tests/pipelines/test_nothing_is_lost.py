"""What a vendor miscounts, cuts short or gives another type is loaded as far as it comes; what is missing is said."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from sandbox import Sandbox
from sandbox.http.server import Service
from sandbox.http.vendor import Row
from sandbox.snapcall.service import SnapCall
from sandbox.usersnap.service import Usersnap
from tests.conftest import Cli
from tests.expected import snitcher_sessions
from tests.pipelines.outcome import said, status
from tests.pipelines.test_sync_raw import SINCE

Make = Callable[..., Sandbox]
WORLD = {"companies": 10, "days": 14}


def calls_of(sandbox: Sandbox) -> set[str]:
    rows = sandbox.records("snapcall", "calls")
    return {str(row["id"]) for row in rows if row["call_start"] >= SINCE.isoformat()[:10]}


def change_pages(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[int, list[Row], int], tuple[list[Row], int]]
) -> None:
    """SnapCall's lists of calls with other pages: `change` is given a page's number from 1, its rows and the total."""
    whole = SnapCall._enveloped

    def changed(self: SnapCall, entity: str, rows: list[Row], total: int, page: int, size: int) -> Any:
        if entity == "calls":
            rows, total = change(page, rows, total)
        return whole(self, entity, rows, total, page, size)

    monkeypatch.setattr(SnapCall, "_enveloped", changed)


@pytest.mark.parametrize("most", ["10", "50"])
def test_a_page_that_is_short_in_the_middle_is_no_end(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.envelope": "bare", "snapcall.max_limit": most})
    lost: set[str] = set()

    def change(page: int, rows: list[Row], total: int) -> tuple[list[Row], int]:
        if page == 2 and len(rows) == int(most):
            lost.add(str(rows[-1]["id"]))
            rows = rows[:-1]
        return rows, total

    change_pages(monkeypatch, change)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert {name for (name,) in leadpath.raw("select id from raw_snapcall.calls")} == calls_of(sandbox) - lost


@pytest.mark.parametrize("rows_a_page", [1, 3, 12])
def test_a_list_that_takes_no_limit_is_read_whatever_its_pages_hold(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch, rows_a_page: int
) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.envelope": "bare"})
    whole = SnapCall._list
    templates = [{"id": number, "name": f"T{number}", "schedule": []} for number in range(4)]

    def paged(self: SnapCall, request: Any, entity: str, rows: list[Row], *, limit: bool = True) -> Any:
        if entity != "schedule_templates":
            return whole(self, request, entity, rows, limit=limit)
        page = max(int(request.arg("page") or 1), 1)
        part = templates[(page - 1) * rows_a_page : page * rows_a_page]
        return self._enveloped(entity, part, len(templates), page, rows_a_page)

    monkeypatch.setattr(SnapCall, "_list", paged)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    found = leadpath.raw("select id from raw_snapcall.schedule_templates order by id")
    assert found == [(str(number),) for number in range(4)]


def test_an_empty_page_beside_a_larger_total_is_no_end(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.max_limit": "10"})
    whole = SnapCall._list

    def holed(self: SnapCall, request: Any, entity: str, rows: list[Row], *, limit: bool = True) -> Any:
        page = int(request.arg("page") or 1)
        if entity == "calls" and page == 2:
            return self._enveloped(entity, [], len(self.listing(request, entity, rows)), page, 10)
        if entity == "calls" and page > 2:
            request.query["page"] = [str(page - 1)]
        return whole(self, request, entity, rows, limit=limit)

    monkeypatch.setattr(SnapCall, "_list", holed)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert {name for (name,) in leadpath.raw("select id from raw_snapcall.calls")} == calls_of(sandbox)


def test_a_total_that_is_capped_is_not_believed(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(**WORLD, switches={"snapcall.max_limit": "10"})
    assert len(calls_of(sandbox)) > 20
    change_pages(monkeypatch, lambda page, rows, total: (rows, min(total, 20)))
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert {name for (name,) in leadpath.raw("select id from raw_snapcall.calls")} == calls_of(sandbox)


def test_an_empty_page_that_names_the_next_is_followed(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer names the cursor: no row of the page is there to tell it."""
    sandbox = make_sandbox(companies=30, days=30)
    whole = Usersnap._page

    def holed(self: Usersnap, request: Any, wanted: Any) -> Any:
        answer = whole(self, request, wanted)
        data = answer.body["data"]
        if data["feedbacks"] and request.arg("after") is None and data["has_more"] is False:
            last = data["feedbacks"][-1]["feedback_id"]
            hole = {"feedbacks": [], "has_more": True, "next": {"after": "hole", "limit": 100}}
            return type(answer)(200, {**answer.body, "data": {**data, **hole}}) if last else answer
        return answer

    def filled(self: Usersnap, request: Any, wanted: Any) -> Any:
        if request.arg("after") == "hole":
            request.query.pop("after")
            return whole(self, request, wanted)
        return holed(self, request, wanted)

    monkeypatch.setattr(Usersnap, "_page", filled)
    leadpath("sync", "usersnap", "--no-build", sandbox=sandbox, LEADPATH_START_DATE="2026-01-31")
    projects = sandbox.records("usersnap", "projects")
    rows = [row for one in projects for row in sandbox.records("usersnap", "feedbacks", one["project_id"])]
    wanted = {row["feedback_id"] for row in rows if row["created_at"] >= "2026-01-31"}
    assert wanted
    assert {name for (name,) in leadpath.raw("select feedback_id from raw_usersnap.feedbacks")} == wanted


def test_a_window_that_the_api_miscounts_stops_nothing_else(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ninety days of history, and the count of the newest window is one too high."""
    sandbox = make_sandbox(companies=10, days=90)
    leadpath.env = {"LEADPATH_START_DATE": "2025-12-02", "LEADPATH_MAX_RUN": "30m"}
    whole = Service.answer

    def miscounted(self: Service, request: Any) -> Any:
        answer = whole(self, request)
        newest = request.path.endswith("/sessions") and (request.arg("date_to") or "") >= "2026-03-02"
        if newest and isinstance(answer.body, dict) and "total" in answer.body:
            answer.body["total"] += 1
        return answer

    monkeypatch.setattr(Service, "answer", miscounted)
    asked = len(sandbox.requests)
    first = leadpath("sync", "snitcher", "--no-build", sandbox=sandbox, status=1)
    since = SINCE.replace(month=12, year=2025, day=2)
    wanted = {(workspace, row["uuid"]) for workspace, row in snitcher_sessions(sandbox, since)}
    assert set(leadpath.raw("select workspace_uuid, uuid from raw_snitcher.sessions")) == wanted
    workspaces = len(sandbox.records("snitcher", "workspaces"))
    sentences = [line for line in said(first) if "the API counts" in line]
    assert len(sentences) == workspaces
    assert all("up to 3 times a day" in sentence for sentence in sentences)
    cost = len(sandbox.requests) - asked

    short = status(leadpath)["vendors"]["snitcher"]["resources"]["sessions"]["short_windows"]
    assert [one["missing"] for one in short] == [1] * workspaces
    assert "rows missing" in leadpath("status", status=1).stdout
    assert leadpath.raw("select count(*) > 1 from ops.windows where resource = 'sessions'") == [(True,)]
    # the rest of the history is done: what is asked again is that window, and at most a few times a day
    tries = 0
    for _ in range(5):
        before = len(sandbox.requests)
        run = leadpath("sync", "snitcher", "--no-build", sandbox=sandbox, status=None)
        tries += any("the API counts" in line for line in said(run))
        assert len(sandbox.requests) - before < cost
    assert 0 < tries <= 5

    monkeypatch.setattr(Service, "answer", whole)
    sandbox.advance(timedelta(days=1))
    leadpath("sync", "snitcher", "--no-build", sandbox=sandbox)
    assert leadpath.raw("select * from ops.short_windows") == []


def test_a_vendor_may_change_the_type_of_its_keys(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    before = calls_of(sandbox)
    change_pages(monkeypatch, lambda page, rows, total: ([{**row, "id": f"call_{row['id']}"} for row in rows], total))
    sandbox.advance(timedelta(days=2))
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    found = {name for (name,) in leadpath.raw("select id from raw_snapcall.calls")}
    new = {f"call_{name}" for name in calls_of(sandbox) - before}
    assert new
    assert new | before <= found
    assert leadpath.raw("select * from ops.quarantine") == []


def test_one_id_in_two_spellings_is_one_row_and_two_large_ones_are_two(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(**WORLD)
    large = [2**65, 2**65 + 1]

    def change(page: int, rows: list[Row], total: int) -> tuple[list[Row], int]:
        rows = [dict(row) for row in rows]
        for row, name in zip(rows, [123, 123.0, *large], strict=False):
            row["id"] = name
        return rows, total

    change_pages(monkeypatch, change)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox, status=None)
    found = {name for (name,) in leadpath.raw("select id from raw_snapcall.calls")}
    assert {"123", *map(str, large)} <= found
    assert not {"123.0", "3.6893488147419103e+19"} & found


def test_a_raw_file_with_keys_as_numbers_is_taken_over(leadpath: Cli, make_sandbox: Make) -> None:
    """As versions before kept them."""
    sandbox = make_sandbox(**WORLD)
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    before = leadpath.raw("select id, ani from raw_snapcall.calls order by id")
    with duckdb.connect(str(leadpath.data_dir / "internal" / "raw.duckdb")) as con:
        for table, column in (("calls", "id"), ("calls", "ani"), ("schedule_templates", "id")):
            con.execute(f"alter table raw_snapcall.{table} alter column {column} type bigint")
    leadpath("sync", "snapcall", "--no-build", sandbox=sandbox)
    assert leadpath.raw("select id, ani from raw_snapcall.calls order by id") == before


def test_what_did_not_fit_is_counted_listed_and_published_without_values(
    leadpath: Cli, make_sandbox: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(**WORLD)
    rates: list[Any] = ["very good"]
    change_pages(monkeypatch, lambda page, rows, total: ([{**row, "rate": rates[-1]} for row in rows], total))
    run = leadpath("sync", "snapcall", sandbox=sandbox)
    count = len(calls_of(sandbox))
    sentence = f"{count} values of raw_snapcall.calls.rate kept aside: not a number"
    assert f"Quarantine: {sentence}. leadpath quarantine shows it." in said(run)
    assert sentence in leadpath("status", status=1).stdout
    assert leadpath.marts("select * from ops.quarantine_counts") == [
        ("snapcall", "calls", "rate", "not a number", count)
    ]
    held = json.loads(leadpath("quarantine", "--json").stdout)
    assert len(held) == count
    assert {(one["vendor"], one["table_name"], one["column_name"], one["value"]) for one in held} == {
        ("snapcall", "calls", "rate", '"very good"')
    }
    shown = leadpath("quarantine").stdout
    assert "raw_snapcall.calls" in shown
    assert "not a number" in shown

    # what the vendor sends right later is held no more
    rates.append(4)
    leadpath("sync", "snapcall", "--no-build", "--full-refresh", "snapcall.calls", sandbox=sandbox)
    assert leadpath("quarantine").stderr.startswith("Nothing is kept aside")
    assert leadpath.raw("select distinct rate from raw_snapcall.calls") == [(4.0,)]


def test_nothing_is_kept_aside_before_the_first_sync(leadpath: Cli, tmp_path: Any) -> None:
    run = leadpath("quarantine", LEADPATH_DATA_DIR=str(tmp_path / "none"))
    assert run.stderr == f"Nothing is kept aside in {tmp_path / 'none'}.\n"
    assert json.loads(leadpath("quarantine", "--json", LEADPATH_DATA_DIR=str(tmp_path / "none")).stdout) == []
