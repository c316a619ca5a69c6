"""Schedules of this installation, as text: for systemd, cron, GitHub's workflows and Dagster.

Each runs in the folder where the settings' files are, names the data directory as a whole, and makes way for a run that
is on. None holds a secret.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.errors import Mistaken

# not on the hour, when everybody asks the vendors; by night where it is once a day
MINUTE, HOUR = 17, 3
# minutes that a run may take after LEADPATH_MAX_RUN: windows in hand, a full build
AFTER_MAX_RUN = 45


class BadInterval(Mistaken):
    """An interval that not every scheduler knows."""


@dataclass(frozen=True)
class Every:
    """How often: a number of minutes, hours or days that divides an hour, a day, or is one day."""

    number: int
    unit: str

    @classmethod
    def read(cls, text: str) -> "Every":
        """`15m`, `1h`, `1d`. Raises BadInterval."""
        found = re.fullmatch(r"([1-9]\d?)([mhd])", text.strip().lower())
        if found:
            number, unit = int(found[1]), found[2]
            if unit == "m" and number == 60:
                number, unit = 1, "h"
            if unit == "h" and number == 24:
                number, unit = 1, "d"
            divides = {"m": number >= 5 and 60 % number == 0, "h": 24 % number == 0, "d": number == 1}
            if divides[unit]:
                return cls(number, unit)
        raise BadInterval(
            f"--every: {text!r} is no interval that each scheduler knows; write for example 15m, 1h, 6h or 1d."
        )

    @property
    def cron(self) -> str:
        """Its five fields."""
        if self.unit == "m":
            return f"*/{self.number} * * * *"
        if self.unit == "h":
            return f"{MINUTE} {'*' if self.number == 1 else f'*/{self.number}'} * * *"
        return f"{MINUTE} {HOUR} * * *"

    @property
    def calendar(self) -> str:
        """As systemd's OnCalendar."""
        if self.unit == "m":
            return f"*:0/{self.number}"
        if self.unit == "h":
            return f"{'*' if self.number == 1 else f'0/{self.number}'}:{MINUTE}:00"
        return f"*-*-* {HOUR:02}:{MINUTE}:00"


@dataclass(frozen=True)
class Installation:
    """What a schedule has to know. Paths are absolute.

    `writable` are the folders that a run writes into. `environment` are settings that stand in no file, and no secrets;
    `secrets` the names of those that are set.
    """

    program: Sequence[str]
    folder: Path
    user: str
    writable: Sequence[Path]
    environment: Mapping[str, str]
    secrets: Sequence[str]
    max_minutes: int
    has_alerts: bool

    @property
    def alerts(self) -> str:
        """What becomes of problems."""
        if self.has_alerts:
            return "Problems go to LEADPATH_ALERT_WEBHOOK, and stand in `leadpath status`."
        return "Set LEADPATH_ALERT_WEBHOOK to be told of problems; `leadpath status` exits with 1 while there are any."


SYNC = ("sync", "--if-running", "skip")


def systemd(place: Installation, every: Every) -> str:
    """A service and its timer, to be cut in two."""
    names = "".join(f"Environment={_unit(f'{name}={value}')}\n" for name, value in place.environment.items())
    command = " ".join(_unit(word).replace("$", "$$") for word in (*place.program, *SYNC))
    return f"""\
# {place.alerts}
# Put the two parts into the files that they name, then: systemctl daemon-reload; systemctl enable --now leadpath.timer

# /etc/systemd/system/leadpath.service
[Unit]
Description=Leadpath reads the vendors and publishes
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={place.user}
WorkingDirectory={str(place.folder).replace("%", "%%")}
{names}ExecStart={command}
# after SIGTERM it drops the windows in hand, and ends with 143
SuccessExitStatus=143
TimeoutStopSec=2min
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={" ".join(_unit(str(path)) for path in place.writable)}

# /etc/systemd/system/leadpath.timer
[Unit]
Description=Leadpath, every {every.number}{every.unit}

[Timer]
OnCalendar={every.calendar}
# a run that was missed while the machine was off
Persistent=true

[Install]
WantedBy=timers.target
"""


def cron(place: Installation, every: Every) -> str:
    """A line of a crontab, with what it says before it."""
    names = [f"{name}={shlex.quote(value)}" for name, value in place.environment.items()]
    words = [shlex.quote(word) for word in (*place.program, "--quiet", *SYNC)]
    # cron takes a bare % for the end of the line
    command = f"cd {shlex.quote(str(place.folder))} && {' '.join([*names, *words])}".replace("%", "\\%")
    return f"""\
# {place.alerts}
# Add it with: crontab -e. cron mails what is printed, and --quiet prints problems alone.
{every.cron}  {command}
"""


def github(place: Installation, every: Every) -> str:
    """A workflow for a runner of one's own, which keeps the data directory."""
    held = {**place.environment, **{name: f"${{{{ secrets.{name} }}}}" for name in place.secrets}}
    names = "".join(f"          {name}: {json.dumps(value)}\n" for name, value in held.items())
    command = " ".join(shlex.quote(word) for word in (*place.program, *SYNC))
    return f"""\
# .github/workflows/leadpath.yml
# {place.alerts}
name: leadpath
on:
  schedule:
    - cron: "{every.cron}"
  workflow_dispatch: {{}}
permissions: {{}}
concurrency:
  group: leadpath
  cancel-in-progress: false
jobs:
  sync:
    # A runner on the machine of this installation. GitHub's own machines forget all after each job, and with it what
    # vendors no longer have.
    runs-on: self-hosted
    timeout-minutes: {place.max_minutes + AFTER_MAX_RUN}
    steps:
      - name: Read the vendors and publish
        working-directory: {json.dumps(str(place.folder))}
        # a secret that is not set in the repository is that of .dlt/secrets.toml
        env:
{names}        run: {json.dumps(command)}
"""


def dagster(place: Installation, every: Every) -> str:
    """Definitions with one asset, the published file, and its schedule."""
    return f'''\
"""Leadpath in Dagster: one asset, the published file. Try it with: dagster dev -f leadpath_dagster.py"""

# {place.alerts}
import json
import os
import subprocess

import dagster as dg

PROGRAM = {json.dumps(list(place.program))}
FOLDER = {json.dumps(str(place.folder))}
ENVIRONMENT = {json.dumps(dict(place.environment))}


def run(*arguments, log=None):
    """Run a command of Leadpath, and log what it says; what it prints, and its exit status."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=FOLDER,
        env={{**os.environ, **ENVIRONMENT}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if log else None,
        text=True,
    )
    with process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if log:
                log.info(line.rstrip())
    return "".join(lines), process.returncode


@dg.asset(description="Companies and their visits, calls, feedback and leads, in one DuckDB file.")
def leadpath(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    said, status = run({", ".join(json.dumps(word) for word in SYNC)}, log=context.log)
    if status:
        raise dg.Failure((said.strip().splitlines() or ["it said nothing"])[-1])
    # `status` exits with 1 where something is wrong, and says the same
    publication = json.loads(run("status", "--json")[0])["publication"]
    return dg.MaterializeResult(metadata={{"rows": publication["rows"], "published_at": publication["published_at"]}})


defs = dg.Definitions(
    assets=[leadpath],
    schedules=[
        dg.ScheduleDefinition(
            name="leadpath_schedule",
            target=[leadpath],
            cron_schedule="{every.cron}",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ],
)
'''


KINDS: Mapping[str, Callable[[Installation, Every], str]] = {
    "systemd": systemd,
    "cron": cron,
    "github": github,
    "dagster": dagster,
}


def _unit(word: str) -> str:
    """A word in a unit file: quoted where it must be, and without specifiers."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
