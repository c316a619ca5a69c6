"""Usersnap's raw tables. `missing_since` is ours: when a full reading no longer found what an earlier one had."""

from sources.rows.personal import Personal
from sources.rows.table import Table, Text
from sources.rows.values import BIGINT, BOOL, JSON, TEXT, TIMESTAMP

PROJECTS = Table(
    "projects",
    key=("project_id",),
    ours={"missing_since": TIMESTAMP},
    fields={
        "project_id": TEXT,
        "api_key": TEXT,
        "company_id": TEXT,
        "space_id": TEXT,
        "created_at": TIMESTAMP,
        "updated_at": TIMESTAMP,
        "archived_at": TIMESTAMP,
        "owner_id": TEXT,
        "default_assignee_id": TEXT,
        "name": TEXT,
        "is_live": BOOL,
        "feedback_count": BIGINT,
        "open_feedback_count": BIGINT,
    },
)

FEEDBACKS = Table(
    "feedbacks",
    key=("feedback_id",),
    ours={"missing_since": TIMESTAMP},
    fields={
        "feedback_id": TEXT,
        "feedback_number": BIGINT,
        "public_link": TEXT,
        "project_id": TEXT,
        "created_at": TIMESTAMP,
        "updated_at": TIMESTAMP,
        "status_type": TEXT,
        "priority": TEXT,
        "assignee_id": TEXT,
        "is_demo": BOOL,
        "email": TEXT,
        "client.url": TEXT,
        "client.client_type": TEXT,
        "client.city_name": TEXT,
        "client.country_name": TEXT,
        "client.screen_width": BIGINT,
        "client.screen_height": BIGINT,
        "client.browser_full_name": TEXT,
        "client.browser_os": TEXT,
        "client.browser_name": TEXT,
        "client.browser_version": TEXT,
        "custom_data": JSON,
        "screenshot.annotated_image_url": TEXT,
        "screenshot.comments": JSON,
        "screen_recording.file_resource_url": TEXT,
        "screen_recording.mime_type": TEXT,
        "ordered_inputs": JSON,
        "labels": JSON,
    },
    texts={"email": Text.ADDRESS},
    personal=Personal(
        columns=(
            *("email", "public_link", "custom_data", "screenshot_annotated_image_url", "screenshot_comments"),
            *("screen_recording_file_resource_url", "ordered_inputs", "_extra"),
        ),
        tells=("email", "client_url", "custom_data", "ordered_inputs", "_extra"),
        author="email",
    ),
)

ASSIGNEES = Table(
    "assignees",
    key=("project_id", "user_id"),
    ours={"project_id": TEXT, "missing_since": TIMESTAMP},
    fields={"user_id": TEXT, "first_name": TEXT, "last_name": TEXT, "gravatar_url": TEXT},
    personal=Personal(tells=("gravatar_url", "_extra"), is_erased=True),
)

TABLES = (PROJECTS, FEEDBACKS, ASSIGNEES)
