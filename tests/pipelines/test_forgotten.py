"""What is loaded after somebody was forgotten: what names them is taken out, and nothing else changes."""

import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.texts.marks import DOMAIN, EMAIL, PHONE, Mark
from pipelines.vendors import TABLES
from pipelines.warehouse.clean import clean
from pipelines.warehouse.files import Warehouse
from pipelines.warehouse.forgotten import KeyLost
from pipelines.warehouse.load import Loader
from sources.rows.table import Batch

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
JANE = Mark(EMAIL, "jane@acme.com")
FEEDBACK = {"feedback_id": "f1", "email": "Jane@Acme.com", "ordered_inputs": [{"label": "Name", "value": "Jane"}]}
OTHERS = {"feedback_id": "f2", "email": "joe@x.example", "custom_data": {"cc": "jane@acme.com", "plan": "free"}}


@pytest.fixture
def warehouse(tmp_path: Path, empty_warehouse: Path) -> Warehouse:
    made = Warehouse(tmp_path / "data")
    made.internal.mkdir(parents=True)
    shutil.copy(empty_warehouse, made.raw)
    return made


def load(warehouse: Warehouse, vendor: str, rows: Rows, **ours: Any) -> list[Batch]:
    tables = {table.name: table for table in TABLES[vendor]}
    batches = [tables[name].batch(given, **{k: v for k, v in ours.items() if k in tables[name].ours})
               for name, given in rows.items()]  # fmt: skip
    Loader(warehouse, vendor, TABLES[vendor]).load(batches)
    return batches


def raw(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.turn(read_only=True) as con:
        return con.execute(query).fetchall()


def test_what_a_person_wrote_is_emptied_and_a_mention_goes_from_what_others_wrote(warehouse: Warehouse) -> None:
    load(warehouse, "usersnap", {"feedbacks": [FEEDBACK, OTHERS]})
    warehouse.forgotten.add([JANE])
    counts = clean(warehouse, TABLES)
    assert counts == {"raw_usersnap.feedbacks": (0, 2)}
    columns = "feedback_id, email, ordered_inputs::varchar, custom_data::varchar"
    held = f"select {columns} from raw_usersnap.feedbacks order by 1"
    cleaned = [("f1", None, None, None), ("f2", "joe@x.example", None, '{"cc":null,"plan":"free"}')]
    assert raw(warehouse, held) == cleaned
    # the same rows come again, and are as they are held
    before = raw(warehouse, "select * from raw_usersnap.feedbacks order by 1")
    load(warehouse, "usersnap", {"feedbacks": [FEEDBACK, OTHERS]})
    assert raw(warehouse, "select * from raw_usersnap.feedbacks order by 1") == before
    assert clean(warehouse, TABLES) is None
    for file in warehouse.forgotten.files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"jane" not in file.read_bytes().lower()


def test_a_company_goes_with_what_ties_visits_to_it_also_where_it_comes_later(warehouse: Warehouse) -> None:
    warehouse.forgotten.add([Mark(DOMAIN, "acme.com")])
    organisations = [{"uuid": "AA-1", "name": "Acme", "website": "https://www.Acme.com/"},
                     {"uuid": "bb-2", "name": "Other", "website": "acme.com.au", "email": "jane@acme.com"}]  # fmt: skip
    sessions = [{"uuid": "s1", "organisation_uuid": "aa-1"}, {"uuid": "s2", "organisation_uuid": "bb-2"}]
    websites = [{"uuid": one["uuid"], "website": one["website"]} for one in organisations]
    # the sessions first: whose they are is not known before the organisation came
    load(warehouse, "snitcher", {"sessions": sessions}, workspace_uuid="w")
    load(warehouse, "snitcher", {"organisations": organisations, "organisation_websites": websites}, workspace_uuid="w")
    assert raw(warehouse, "select uuid, email from raw_snitcher.organisations") == [("bb-2", None)]
    assert raw(warehouse, "select uuid from raw_snitcher.organisation_websites") == [("bb-2",)]
    assert clean(warehouse, TABLES) == {"raw_snitcher.sessions": (0, 1)}
    assert raw(warehouse, "select * from raw_snitcher.sessions where organisation_uuid = 'aa-1'") == []
    load(warehouse, "snitcher", {"sessions": sessions}, workspace_uuid="w")
    held = "select uuid, organisation_uuid from raw_snitcher.sessions order by 1"
    assert raw(warehouse, held) == [("s1", None), ("s2", "bb-2")]


def test_a_visitor_is_known_by_what_a_site_told_and_goes_from_all_recordings(warehouse: Warehouse) -> None:
    def visit(visitor: str, ip: str, **who: Any) -> dict[str, Any]:
        return {"id": f"s-{visitor}", "visitorId": visitor, "identification": {"visitorIp": ip, **who}}

    warehouse.forgotten.add([JANE])
    told = [{"name": "mail", "value": "JANE@acme.com"}]
    visitors = [{"id": "v1", "identification": {"uid": "7", "properties": told}},
                {"id": "v2", "identification": {"uid": "8"}}]  # fmt: skip
    rows: Rows = {"visitors": visitors, "sessions": [visit("v1", "192.0.2.1"), visit("v2", "192.0.2.2")],
                  "visitor_events": [{"id": "e1", "visitorId": "v1", "type": "input", "value": "Jane"}]}  # fmt: skip
    load(warehouse, "smartlook", rows, project_id="p")
    assert raw(warehouse, "select id, identification_uid from raw_smartlook.visitors order by 1") == [
        ("v1", None),
        ("v2", "8"),
    ]
    held = "select identification_visitor_ip from raw_smartlook.sessions order by id"
    assert raw(warehouse, held) == [(None,), ("192.0.2.2",)]
    assert raw(warehouse, "select type, value from raw_smartlook.visitor_events") == [("input", None)]
    # another project has a visitor of that name
    load(warehouse, "smartlook", {"sessions": [visit("v1", "192.0.2.3")]}, project_id="q")
    assert raw(warehouse, f"{held}, project_id") == [(None,), ("192.0.2.3",), ("192.0.2.2",)]


def test_calls_stay_counted_and_values_kept_aside_go_with_their_row(warehouse: Warehouse) -> None:
    warehouse.forgotten.add([Mark(PHONE, "+491701234567")])
    calls = [{"id": "1", "ani": 491701234567, "status": "answered", "rate": "none: ask 0170 1234567", "client": "Jane"},
             {"id": "2", "ani": 491701234568, "rate": "high"}]  # fmt: skip
    (batch,) = load(warehouse, "snapcall", {"calls": calls})
    assert [misfit.key for misfit in batch.misfits] == ['["2"]']
    held = "select id, ani, client, status from raw_snapcall.calls order by 1"
    assert raw(warehouse, held) == [("1", None, None, "answered"), ("2", "491701234568", None, None)]


def test_without_its_key_a_memory_stops_a_load(warehouse: Warehouse) -> None:
    warehouse.forgotten.add([JANE])
    (warehouse.internal / "personal.key").unlink()
    with pytest.raises(KeyLost, match="forget those people again"):
        load(Warehouse(warehouse.data_dir), "usersnap", {"feedbacks": [FEEDBACK]})
    (warehouse.internal / "forgotten.json").write_text("{}")
    with pytest.raises(KeyLost, match="not as Leadpath wrote it"):
        load(Warehouse(warehouse.data_dir), "usersnap", {"feedbacks": [FEEDBACK]})
