"""Feedback and its projects: a few raw rows in, exact rows out; what the vendor no longer has stays and is marked."""

import json
from typing import Any

import pytest

from tests.sql.memory import MemoryWarehouse, Models
from tests.sql.test_companies import key
from tests.sql.warehouse import Warehouse

GONE = "2026-03-05T00:00:00Z"
FEEDBACK: list[dict[str, Any]] = [
    {
        "feedback_id": "normal",
        "feedback_number": 7,
        "project_id": "shop",
        "created_at": "2026-03-02T10:00:00.123456Z",
        "updated_at": "2026-03-03T10:00:00Z",
        "status_type": "in_progress",
        "priority": "high",
        "assignee_id": "u-1",
        "is_demo": False,
        "email": " Anna@Acme.Example ",
        "client": {
            "url": "https://Shop.northwind.example/cart?x=1",
            "city_name": "Linz",
            "country_name": "Austria",
            "browser_name": "Firefox",
            "browser_os": "Macintosh",
        },
        "custom_data": {"Release Version": "0.2"},
        "ordered_inputs": [
            {"order": 0, "label": "Mood", "boolean_value": None, "text_value": "fine", "value": "fine"},
            {"order": 1, "label": "Comment", "boolean_value": None, "text_value": "It broke\n🎉", "value": "It broke"},
        ],
        "labels": [{"identifier": "bug", "name": "Bug"}, {"identifier": "idea", "name": " Idea "}],
        "public_link": "https://app.usersnap.example/f/normal",
        "screenshot": {"annotated_image_url": "https://pictures.example/1.png"},
        "screen_recording": {"file_resource_url": "https://pictures.example/1.mp4"},
    },
    {"feedback_id": "empty"},
    {
        "feedback_id": "ugly",
        "project_id": "nowhere",
        "created_at": "2026-03-04T23:30:00Z",
        "status_type": "waiting-for-customer ⏳",
        "priority": "",
        "email": "no address",
        "client": {"url": "::", "browser_name": " "},
        "custom_data": {},
        "ordered_inputs": [{"order": 0, "label": None, "boolean_value": True, "value": True}],
        "labels": [],
    },
    {"feedback_id": "demo", "project_id": "shop", "created_at": "2026-03-02T12:00:00Z", "is_demo": True},
]


@pytest.fixture(scope="module")
def warehouse(models: Models) -> Warehouse:
    warehouse = MemoryWarehouse(models)
    warehouse.load("usersnap.feedbacks", FEEDBACK)
    warehouse.load(
        "usersnap.feedbacks",
        [{"feedback_id": "deleted", "project_id": "old", "created_at": "2026-03-02T23:59:59Z"}],
        missing_since=GONE,
    )
    warehouse.load(
        "usersnap.projects",
        [{"project_id": "shop", "name": " Shop ", "is_live": True, "feedback_count": 3, "api_key": "widget-key"}],
    )
    warehouse.load("usersnap.projects", [{"project_id": "old", "name": ""}], missing_since=GONE)
    warehouse.load("usersnap.assignees", [{"user_id": "u-1", "first_name": "A"}, {"user_id": "u-2"}], project_id="shop")
    warehouse.load("usersnap.assignees", [{"user_id": "u-1", "last_name": "B "}], project_id="old")
    warehouse.execute("""
        insert into raw.ops.windows values
        ('usersnap', 'feedbacks', 'shop', '2026-03-02', '2026-03-04', '2026-03-06', 1),
        ('usersnap', 'feedbacks', 'shop', '2026-03-04', '2026-03-05', '2026-03-04 12:00:00', 1),
        ('usersnap', 'feedbacks', 'old', '2026-03-02', '2026-03-03', '2026-03-06', 1)
    """)
    warehouse.full_build()
    return warehouse


def test_feedback_is_what_was_said(warehouse: Warehouse) -> None:
    found = warehouse.rows("""
        select feedback_id, company_key, project_name, site, created_at::text, updated_at::text, status, priority,
            email, page_url, comment, is_demo, project_id, feedback_number, assignee_id, labels, city, country_name,
            browser, operating_system, custom_data::text, public_link, screenshot_url, recording_url,
            missing_since::text
        from leadpath.marts.fct_feedback order by feedback_id
    """)
    none = [None] * 5

    assert found == [
        (
            *("deleted", None, None, None, "2026-03-02 23:59:59+00", None, None, None, None, None, None, False, "old"),
            *(*none, *none, None, "2026-03-05 00:00:00+00"),
        ),
        (
            *("demo", None, "Shop", None, "2026-03-02 12:00:00+00", None, None, None, None, None, None, True, "shop"),
            *(*none, *none, None, None),
        ),
        ("empty", *none, *none, False, None, *none, *none, None, None),
        (
            *("normal", key("domain:acme.example"), "Shop", "shop.northwind.example", "2026-03-02 10:00:00.123456+00"),
            *("2026-03-03 10:00:00+00", "in_progress", "high", "anna@acme.example"),
            *("https://Shop.northwind.example/cart?x=1", "It broke\n🎉", False, "shop", 7, "u-1", ["Bug", "Idea"]),
            *("Linz", "Austria", "Firefox", "Macintosh", '{"Release Version":"0.2"}'),
            *("https://app.usersnap.example/f/normal", "https://pictures.example/1.png"),
            *("https://pictures.example/1.mp4", None),
        ),
        (
            *("ugly", None, None, None, "2026-03-04 23:30:00+00", None, "waiting-for-customer ⏳", None, None),
            *("::", None, False, "nowhere", None, None, [], None, None, None, None, "{}"),
            *(None, None, None, None),
        ),
    ]


def test_inputs_are_all_there(warehouse: Warehouse) -> None:
    ((inputs,),) = warehouse.rows("select inputs from leadpath.marts.fct_feedback where feedback_id = 'normal'")

    assert [each["label"] for each in json.loads(inputs)] == ["Mood", "Comment"]


def test_projects_and_assignees_are_cleaned(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select project_id, project_name, is_live, feedback_count, missing_since::text
        from leadpath.marts.dim_feedback_projects order by project_id
    """) == [("old", None, None, None, "2026-03-05 00:00:00+00"), ("shop", "Shop", True, 3, None)]
    assert warehouse.rows("from leadpath.marts.dim_feedback_assignees order by project_id, assignee_id") == [
        ("old", "u-1", None, None, "B", None),
        ("shop", "u-1", "Shop", "A", None, None),
        ("shop", "u-2", "Shop", None, None, None),
    ]
    assert "widget-key" not in str(warehouse.rows("from leadpath.marts.dim_feedback_projects"))


def test_days_count_feedback_and_wait_for_its_projects(warehouse: Warehouse) -> None:
    # the vendor's demo and what it no longer has are no feedback, and a project that is gone keeps no day open
    assert warehouse.rows(
        "select day::text, visits, feedback, leads, is_complete from leadpath.marts.daily_activity order by day"
    ) == [("2026-03-02", None, 1, 0, None), ("2026-03-03", None, 0, 0, None), ("2026-03-04", None, 1, 0, None)]
