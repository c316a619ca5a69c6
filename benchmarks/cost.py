"""What a command costs: CPU of the whole process with those that it started, and the peak memory of the largest.

A small process of its own starts the command and waits for it: a process takes over the peak memory of the one that
started it, and what measures has DuckDB and Arrow loaded.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEADPATH = (sys.executable, "-m", "pipelines.cli")


@dataclass(frozen=True)
class Cost:
    """CPU seconds, user and system; peak memory in MiB."""

    seconds: float
    mebibytes: float


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a measured process sees: nothing of the developer's settings, and no telemetry."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT)}
    return {**kept, **quiet, **settings}


def cost_of(command: Sequence[str], settings: Mapping[str, str], folder: Path) -> Cost:
    """Run a command in `folder` and say what it cost. Raises SystemExit with what it wrote when it failed."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    started = [sys.executable, "-S", str(Path(__file__)), str(log), *command]
    done = subprocess.run(started, env=environment(settings), cwd=folder, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if said["status"]:
        raise SystemExit(f"{' '.join(command)} failed:\n{log.read_text('utf-8')[-3000:]}")
    return Cost(said["seconds"], said["mebibytes"])


def main() -> None:
    """Run the command of the arguments, its output into the file that the first one names; print its cost as JSON."""
    with Path(sys.argv[1]).open("wb") as log:
        process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
    # kibibytes, but bytes on macOS
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    seconds = used.ru_utime + used.ru_stime
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "seconds": seconds, "mebibytes": peak}))


if __name__ == "__main__":
    main()
