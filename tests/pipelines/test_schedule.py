"""Each printed schedule is held against the tool that is to take it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from croniter import croniter

from pipelines.schedules import Every
from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.outcome import status

INTERVALS = {
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
}
ODD = "a b%c $x's"


@pytest.fixture
def odd(tmp_path: Path, empty_warehouse: Path) -> Cli:
    """An installation in a folder whose name has all that some scheduler reads otherwise."""
    folder = tmp_path / ODD
    folder.mkdir()
    cli = Cli(folder, empty_warehouse)
    cli.use_empty_warehouse()
    return cli


def tool(name: str) -> str:
    """A program that the test needs: one of Python's is beside ours. Without it the test is skipped, but not in CI."""
    found = shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if not found and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    assert found, f"{name} is not installed"
    return found


def checked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_the_unit_and_its_timer(odd: Cli, tmp_path: Path) -> None:
    verify = tool("systemd-analyze")
    (tmp_path / "lake").mkdir()
    lake = (tmp_path / "lake").as_uri()
    printed = odd("schedule", "systemd", "--every", "15m", LEADPATH_EXPORT_URL=lake).stdout
    parts = re.findall(
        r"^# /etc/systemd/system/(leadpath\.\w+)\n(.*?)(?=^# /etc|\Z)", printed, re.MULTILINE | re.DOTALL
    )
    units = [tmp_path / name for name, _ in parts]
    for unit, (_, text) in zip(units, parts, strict=True):
        unit.write_text(text)
    assert [unit.name for unit in units] == ["leadpath.service", "leadpath.timer"]
    complaints = [line for line in checked(verify, "verify", *map(str, units)).splitlines() if str(tmp_path) in line]
    assert complaints == []
    folder = str(odd.data_dir).replace("%", "%%")
    assert f'Environment="LEADPATH_DATA_DIR={folder}"' in printed
    assert f'ReadWritePaths="{folder}" {tmp_path / "lake"}\n' in printed
    # the tool sees what is wrong
    units[0].write_text(units[0].read_text().replace("ExecStart=", "ExecStart=-nowhere/"))
    broken = subprocess.run([verify, "verify", str(units[0])], capture_output=True, text=True, timeout=60, check=False)
    assert broken.returncode


@pytest.mark.parametrize("every", INTERVALS)
def test_systemd_and_cron_agree_when_it_is_time(every: str) -> None:
    began = datetime(2026, 3, 1, tzinfo=UTC)
    times = croniter(Every.read(every).cron, began)
    due = [times.get_next(datetime) for _ in range(4)]
    assert {later - sooner for sooner, later in pairwise(due)} == {INTERVALS[every]}
    said = checked(
        tool("systemd-analyze"),
        *(
            "calendar",
            "--iterations=4",
            f"--base-time={began:%Y-%m-%d %H:%M:%S} UTC",
            f"{Every.read(every).calendar} UTC",
        ),
    )
    found = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", said.partition("Next elapse")[2])
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in due] == found


@pytest.mark.parametrize("every", ["7m", "1m", "0h", "5h", "2d", "soon", ""])
def test_an_interval_that_some_scheduler_does_not_know_is_refused(leadpath: Cli, every: str) -> None:
    with pytest.raises(Exception, match="15m, 1h, 6h or 1d"):
        Every.read(every)
    if every == "7m":
        assert leadpath("schedule", "cron", "--every", every, status=2).stderr.count("\n") == 1


def test_a_crontab_line_runs_in_its_folder(odd: Cli) -> None:
    (odd.data_dir.parent / ".dlt").mkdir()
    (odd.data_dir.parent / ".dlt" / "local.toml").write_text('leadpath_log = "json"\n')
    printed = odd("schedule", "cron", LEADPATH_OWN_DOMAINS="acme.com", LEADPATH_START_DATE="").stdout
    (line,) = [line for line in printed.splitlines() if not line.startswith("#")]
    assert croniter.is_valid(" ".join(line.split()[:5]))
    assert "--quiet sync --if-running skip" in line and "LEADPATH_OWN_DOMAINS=acme.com" in line
    assert not re.search(r"(?<!\\)%", line)
    # as cron runs it: in another folder, with next to nothing in the environment
    command = line.split(None, 5)[5].replace("\\%", "%")
    path = {"PATH": os.defpath, "PYTHONPATH": os.environ["PYTHONPATH"]}
    done = subprocess.run(
        ["sh", "-c", command], cwd="/", env=path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith('{"time"') and "No vendor is configured" in done.stderr


def test_a_tenant_has_a_schedule_of_its_own(odd: Cli) -> None:
    (odd.data_dir.parent / "tenants").mkdir()
    (odd.data_dir.parent / "tenants" / "acme.toml").write_text("")
    printed = odd("--tenant", "acme", "schedule", "dagster").stdout
    assert f'"LEADPATH_DATA_DIR": {json.dumps(str(odd.data_dir))}' in printed
    assert '"LEADPATH_TENANT": "acme"' in printed


def test_secrets_are_named_and_never_printed(odd: Cli) -> None:
    for kind in ("systemd", "cron", "github", "dagster"):
        done = odd("schedule", kind, SNITCHER_API_TOKEN="hidden-one", LEADPATH_ALERT_WEBHOOK="https://x/hidden-two")
        assert "hidden" not in done.stdout + done.stderr
        assert ("SNITCHER_API_TOKEN stands in this environment alone" in done.stderr) == (kind != "github")


def test_a_workflow_is_as_github_wants_it(odd: Cli, tmp_path: Path) -> None:
    check = tool("check-jsonschema")
    file = tmp_path / "leadpath.yml"
    file.write_text(odd("schedule", "github", "--every", "6h", SNITCHER_API_TOKEN="hidden").stdout)
    document = yaml.safe_load(file.read_text())
    (step,) = document["jobs"]["sync"]["steps"]
    assert step["working-directory"] == str(odd.data_dir.parent)
    assert step["env"]["LEADPATH_DATA_DIR"] == str(odd.data_dir)
    assert step["env"]["SNITCHER_API_TOKEN"] == "${{ secrets.SNITCHER_API_TOKEN }}"
    assert shlex.split(step["run"]) == [sys.executable, "-m", "leadpath", "sync", "--if-running", "skip"]
    # yaml 1.1 reads `on` as true
    assert croniter.is_valid(document[True]["schedule"][0]["cron"])
    checked(check, "--builtin-schema", "vendor.github-workflows", str(file))
    file.write_text(file.read_text().replace("runs-on", "runs-at"))
    wrong = [check, "--builtin-schema", "vendor.github-workflows", str(file)]
    assert subprocess.run(wrong, capture_output=True, timeout=60, check=False).returncode


# loads the file as Dagster does, and makes its asset
MATERIALIZE = """
import sys
import dagster as dg
import importlib.util
spec = importlib.util.spec_from_file_location("definitions", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
dg.Definitions.validate_loadable(module.defs)
(schedule,) = module.defs.schedules
print(schedule.cron_schedule)
result = dg.materialize([module.leadpath], raise_on_error=False)
print(result.success)
if result.success:
    print(result.asset_materializations_for_node("leadpath")[0].metadata["rows"].value["fct_sessions"])
"""


@pytest.mark.skipif("LEADPATH_DAGSTER" not in os.environ, reason="LEADPATH_DAGSTER names a Python that has Dagster")
def test_dagster_loads_the_definitions_and_makes_the_asset(
    odd: Cli, tmp_path: Path, make_sandbox: Callable[..., Sandbox]
) -> None:
    file = tmp_path / "leadpath_dagster.py"
    file.write_text(odd("schedule", "dagster", "--every", "6h").stdout)
    command = [os.environ["LEADPATH_DAGSTER"], "-c", MATERIALIZE, str(file)]
    env = odd.environment(make_sandbox(companies=5, days=7), {"DAGSTER_HOME": str(tmp_path)}, ("snitcher",))
    made = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=True).stdout.split("\n")
    assert made[:2] == ["17 */6 * * *", "True"]
    assert int(made[2]) == status(odd)["publication"]["rows"]["fct_sessions"] > 0
    # what stops the sync fails the asset
    wrong = env | {"SNITCHER_API_TOKEN": "wrong"}
    made = subprocess.run(command, env=wrong, capture_output=True, text=True, timeout=300, check=True).stdout.split(
        "\n"
    )
    assert made[1] == "False"
