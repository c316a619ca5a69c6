"""SnapCRM's raw tables: its API only creates leads, so these hold what we sent and what somebody imported."""

from sources.rows.personal import Personal
from sources.rows.table import Phone, Table, Text
from sources.rows.values import BIGINT, BOOL, JSON, TEXT, TIMESTAMP

LEADS = Table(
    "leads",
    key=("lead_row",),
    ours={"lead_row": TEXT, "known_from": TEXT, "known_at": TIMESTAMP},
    fields={
        "id": TEXT,
        "firstName": TEXT,
        "lastName": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "company": TEXT,
        "website": TEXT,
        "source": TEXT,
        "address": TEXT,
        "city": TEXT,
        "state": TEXT,
        "zipcode": TEXT,
        "status": TEXT,
        "tags": JSON,
        "createdBy": JSON,
        "createdAt": TIMESTAMP,
    },
    texts={
        "first_name": Text.NAME,
        "last_name": Text.NAME,
        "company": Text.NAME,
        "city": Text.NAME,
        "website": Text.HOST,
        "email": Text.ADDRESS,
        "phone": Phone(),
    },
    personal=Personal(tells=("email", "phone", "website", "company", "_extra"), is_erased=True, author="email"),
)

PUSHES = Table(
    "pushes",
    key=("push_id",),
    ours={
        "push_id": TEXT,
        "lead_key": TEXT,
        "payload": JSON,
        "payload_hash": TEXT,
        "state": TEXT,
        "http_status": BIGINT,
        "response": TEXT,
        # the lead may have been created, although no answer says so
        "answer_lost": BOOL,
        "started_at": TIMESTAMP,
        "ended_at": TIMESTAMP,
    },
    fields={},
    personal=Personal(tells=("payload", "response"), is_erased=True),
)

TABLES = (LEADS, PUSHES)
