"""A thousand people through faults, lost answers and kills: each is in the CRM once, and nobody falls off the list."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.published import lead, publish_leads

PEOPLE, NAMESAKES = 1000, 25
FAULTS = ("429", "500", "503", "reset", "lost_answer", "truncated", "html")
LIMIT = "200/second"
COMMAND = ("push-leads", "--yes", "--no-build")
FINAL = ("created", "created_unconfirmed", "conflict")


def people(rng: random.Random) -> list[dict[str, Any]]:
    """People of distinct names, some without an address or a phone, and namesakes of some of them."""
    found = []
    for number in range(PEOPLE):
        marks: dict[str, Any] = {"email": f"p{number}@x{number % 50}.example", "phone": f"+3120{number:07}"}
        marks |= rng.choice(({}, {"email": None}, {"phone": None}))
        found.append(lead(f"lead{number:04}", f"Ada{number} Person{number}", **marks))
    namesakes = [
        {**row, "lead_key": f"like-{row['lead_key']}", "email": f"other-{row['email']}", "phone": None}
        for row in rng.sample([row for row in found if row["email"]], NAMESAKES)
    ]
    return found + namesakes


@pytest.fixture
def crm(make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    sandbox = make_sandbox(companies=2, days=2, limits={"snapcrm": LIMIT})
    rng = random.Random(3)
    for position in sorted(rng.sample(range(2500), 500)):
        kind = rng.choice(FAULTS)
        options: dict[str, Any] = {"cut": rng.choice(("json", "length"))} if kind == "truncated" else {}
        sandbox.plan("snapcrm", kind, after=position, **options)
    return sandbox


def test_a_thousand_people_are_created_once_through_faults_and_kills(
    leadpath: Cli, crm: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(5)
    wanted = people(rng)
    publish_leads(leadpath.data_dir, wanted)
    leadpath.env["SNAPCRM_RATE_LIMIT"] = LIMIT

    for point in ("before_request", "before_commit") * 2:
        assert killed(leadpath, crm, point, rng.randint(20, 60)) == -signal.SIGKILL
    assert killed_while_it_waits_for_the_answer(leadpath, crm, monkeypatch, rng.randint(20, 60)) == -signal.SIGKILL
    for _ in range(3):
        assert killed_from_outside(leadpath, crm, rng) == -signal.SIGKILL
    for _ in range(4):
        if leadpath(*COMMAND, sandbox=crm, only=("snapcrm",), status=None).returncode == 0:
            break
    else:
        pytest.fail("the push does not come to its end")

    there = [row for row in crm.records("snapcrm", "leads") if row["source"] == "website"]
    names = Counter((row["firstName"], row["lastName"]) for row in there)
    assert names == {(row["first_name"], row["last_name"]): 1 for row in wanted}
    # every person has one final state, and it is true
    ended = leadpath.raw(f"select lead_key, state from raw_snapcrm.pushes where state in {FINAL} order by 1")
    assert [key for key, _ in ended] == sorted(row["lead_key"] for row in wanted)
    marks = {(row["email"], row["phone"]) for row in there}
    truth = {row["lead_key"]: (row["email"], row["phone"]) in marks for row in wanted}
    assert {key: state != "conflict" for key, state in ended} == truth
    assert Counter(state for _, state in ended)["conflict"] == NAMESAKES
    # the list has them all, and nothing is left to send
    shown = leadpath("push-leads")
    assert f"0 would be sent, {PEOPLE + NAMESAKES:,} not" in shown.stderr
    assert shown.stdout.count("  conflict: ") == NAMESAKES
    planned = [request for request in crm.requests if request.status == 429]
    assert len(planned) < 500
    assert crm.violations == []


def start(leadpath: Cli, crm: Sandbox, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env=leadpath.environment(crm, {}, ("snapcrm",)),
        cwd=leadpath.data_dir.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def killed(leadpath: Cli, crm: Sandbox, point: str, number: int) -> int:
    return start(leadpath, crm, "tests.pipelines.killed", point, str(number), *COMMAND).wait(60)


def killed_while_it_waits_for_the_answer(
    leadpath: Cli, crm: Sandbox, monkeypatch: pytest.MonkeyPatch, number: int
) -> int:
    """The lead is created; before the answer leaves, its reader is dead."""
    vendor: Any = crm.vendor("snapcrm")
    create, count = vendor.create, 0

    def create_and_kill(request: Any) -> Any:
        nonlocal count
        answer = create(request)
        count += 1
        if count == number:
            process.kill()
            process.wait(10)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(vendor, "create", create_and_kill)
        process = start(leadpath, crm, "pipelines.cli", *COMMAND)
        return process.wait(60)


def killed_from_outside(leadpath: Cli, crm: Sandbox, rng: random.Random) -> int:
    """At a random moment, after some requests."""
    enough = crm.count("snapcrm") + rng.randint(5, 80)
    process = start(leadpath, crm, "pipelines.cli", *COMMAND)
    while crm.count("snapcrm") < enough and process.poll() is None:
        time.sleep(0.01)
    time.sleep(rng.random() / 50)
    process.kill()
    return process.wait(60)
