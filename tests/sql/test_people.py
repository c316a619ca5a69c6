"""Who is one person, whose number is whose, and what is said of it: small cases of real forms, imports and calls."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.test_leads import fields, session
from tests.sql.warehouse import Warehouse


@pytest.fixture
def warehouse(models: Models) -> Iterator[MemoryWarehouse]:
    warehouse = MemoryWarehouse(models)
    warehouse.load("snitcher.workspaces", [{"uuid": "ws-1", "url": "https://site.example"}])
    yield warehouse
    warehouse.close()


def form(at: str, **typed: str) -> dict[str, Any]:
    return {"event_type": "form_submit", "triggered_at": at, "fields": fields(message="hi", **typed)}


def ask(warehouse: Warehouse, *forms: dict[str, Any], country: str = "DE") -> None:
    warehouse.load_sessions([session(f"s-{n}", one, country=country) for n, one in enumerate(forms)])


def people(warehouse: Warehouse, columns: str = "email, first_name, last_name, phone, request_count") -> list[Any]:
    return sorted(warehouse.rows(f"select {columns} from leadpath.marts.fct_leads"), key=str)


NUMBER = "+49 40 5566770"
ANNA = form("2026-03-01T10:00:00Z", name="Anna Schmidt", email="anna@kranich.example", phone=NUMBER)
BOB = form("2026-03-03T10:00:00Z", name="Bob Miller", email="", phone=NUMBER)


def test_two_names_are_two_people_who_share_a_number(warehouse: MemoryWarehouse) -> None:
    ask(warehouse, ANNA, BOB)
    warehouse.full_build()
    assert people(warehouse) == [
        ("anna@kranich.example", "Anna", "Schmidt", "+49405566770", 1),
        (None, "Bob", "Miller", "+49405566770", 1),
    ]


def test_two_extensions_are_two_people(warehouse: MemoryWarehouse) -> None:
    ask(
        warehouse,
        form("2026-03-01T10:00:00Z", name="Petra Lang", email="", phone=f"{NUMBER} ext. 12"),
        form("2026-03-02T10:00:00Z", name="Jens Wolf", email="", phone=f"{NUMBER} ext. 34"),
    )
    warehouse.full_build()
    assert people(warehouse, "first_name, last_name, phone") == [
        ("Jens", "Wolf", "+49405566770"),
        ("Petra", "Lang", "+49405566770"),
    ]


def test_the_same_name_with_the_number_first_and_the_address_later_is_one(warehouse: MemoryWarehouse) -> None:
    ask(
        warehouse,
        form("2026-03-01T10:00:00Z", name="Ono Same", email="", phone=NUMBER),
        form("2026-03-02T10:00:00Z", name="Ono Same", email="ono@kranich.example", phone=NUMBER),
    )
    warehouse.full_build()
    assert people(warehouse) == [("ono@kranich.example", "Ono", "Same", "+49405566770", 2)]


def test_people_do_not_depend_on_the_order_of_their_requests(models: Models) -> None:
    who = [
        {"name": "Anna Schmidt", "email": "anna@kranich.example"},
        {"name": "Anna", "email": ""},
        {"name": "Bob Miller", "email": ""},
        {"name": "Berta Schmidt", "email": ""},
    ]
    found = set()
    for order in itertools.permutations(who):
        warehouse = MemoryWarehouse(models)
        ask(warehouse, *(form(f"2026-03-0{n}T10:00:00Z", phone=NUMBER, **one) for n, one in enumerate(order, 1)))
        warehouse.full_build()
        found.add(tuple(people(warehouse, "email, last_name, request_count")))
        warehouse.close()
    assert found == {(("anna@kranich.example", "Schmidt", 2), (None, "Miller", 1), (None, "Schmidt", 1))}


@pytest.mark.parametrize("first", ["one field", "two fields"])
def test_fields_for_both_parts_of_a_name_beat_one_that_was_split(warehouse: MemoryWarehouse, first: str) -> None:
    forms = [
        {"name": "María José Visser", "email": "mj@kranich.example"},
        {"first_name": "María José", "last_name": "Visser", "email": "mj@kranich.example"},
    ]
    forms = forms if first == "one field" else forms[::-1]
    ask(warehouse, *(form(f"2026-03-0{n}T10:00:00Z", **one) for n, one in enumerate(forms, 1)))
    warehouse.full_build()
    assert people(warehouse, "first_name, last_name") == [("María José", "Visser")]


def test_a_date_without_time_beats_no_form_of_that_day(warehouse: MemoryWarehouse) -> None:
    visit = session("s-1", form("2026-03-05T14:00:00Z", name="Lena Orchard", email="lena@orchard.example"))
    visit |= {"started_at": "2026-03-05T13:50:00Z"}
    page = {"event_type": "pageview", "url": "https://site.example/?utm_medium=cpc&utm_campaign=spring"}
    visit["events"].insert(0, page | {"triggered_at": "2026-03-05T13:50:00Z"})
    warehouse.load_sessions([visit])
    lead = {"id": "7", "email": "lena@orchard.example", "createdAt": "2026-03-05"}
    warehouse.load("snapcrm.leads", [lead], lead_row="7", known_from="import", known_at="2026-03-09T00:00:00Z")
    warehouse.full_build()
    assert people(
        warehouse, "created_at::text, known_from, request_count, sessions_before, lead_id, channel, utm_campaign"
    ) == [("2026-03-05 14:00:00+00", "form", 1, 1, "7", "paid", "spring")]
    assert warehouse.rows("select last_touch_weight, channel, utm_campaign from leadpath.marts.lead_attribution") == [
        (1.0, "paid", "spring")
    ]


def test_a_lead_whose_id_changed_is_one_that_asked_once(warehouse: MemoryWarehouse) -> None:
    leads = [{"id": name, "email": "a@orchard.example", "createdAt": "2026-03-05T10:00:00Z"} for name in ("77", "99")]
    for day, lead in enumerate(leads, 6):
        known_at = f"2026-03-0{day}T00:00:00Z"
        warehouse.load("snapcrm.leads", [lead], lead_row=lead["id"], known_from="import", known_at=known_at)
    warehouse.full_build()
    assert people(warehouse, "lead_id, request_count") == [("99", 1)]


@pytest.mark.parametrize("word", ["undefined", "null", "N/A", "{{name}}", "[object Object]", "%FIRSTNAME%", "${name}"])
def test_what_a_template_prints_for_nothing_is_nothing(warehouse: MemoryWarehouse, word: str) -> None:
    ask(
        warehouse,
        form("2026-03-01T10:00:00Z", name=word, email="", phone=""),
        form("2026-03-02T10:00:00Z", name=word, email="", phone=""),
        form("2026-03-03T10:00:00Z", name=word, company=word, email="tom@birchwood.example"),
    )
    warehouse.full_build()
    assert people(warehouse, "email, first_name, last_name, company") == [("tom@birchwood.example", None, None, None)]


def test_an_address_that_cannot_be_read_loses_no_request(warehouse: MemoryWarehouse) -> None:
    ask(
        warehouse,
        form("2026-03-01T10:00:00Z", email="uma at birchwood"),
        form("2026-03-02T10:00:00Z", email="call me", name="Vic Oak", phone=NUMBER),
        form("2026-03-03T10:00:00Z", email="Wes <wes@birchwood.example>,", name="Wes Elm"),
    )
    warehouse.full_build()
    assert people(warehouse, "email, contact_text, first_name, phone") == [
        ("wes@birchwood.example", None, "Wes", None),
        (None, "call me", "Vic", "+49405566770"),
        (None, "uma at birchwood", None, None),
    ]


def test_a_withheld_or_a_service_s_number_links_nobody(warehouse: MemoryWarehouse) -> None:
    warehouse.load("snapcall.buttons", [{"bid": "b-us", "timezone": "America/Chicago", "caller_id": "+1 312 665 0100"}])
    numbers = {101: 7378742833, 201: 18002530000, 301: 13126650100, 401: 13125550199, 501: 13126650142}
    calls: list[dict[str, Any]] = []
    for first, number in numbers.items():
        calls.append({"id": first, "bid": "b-us", "ani": number, "client": "kim@ridgewayfoods.example"})
        calls += [{"id": first + more, "bid": "b-us", "ani": number} for more in (1, 2)]
    warehouse.load("snapcall.calls", calls)
    warehouse.full_build()
    linked = warehouse.rows("select call_id from leadpath.marts.fct_calls where company_key is not null order by 1")
    assert [name for (name,) in linked] == ["101", "201", "301", "401", "501", "502", "503"]
    withheld = "select distinct caller_phone from leadpath.marts.fct_calls where call_id in ('101', '102', '103')"
    assert warehouse.rows(withheld) == [(None,)]
