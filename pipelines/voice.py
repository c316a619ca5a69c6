"""What a command says to people beside its results: lines on standard error, as text or as JSON.

It imports nothing that takes time, since every command speaks.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

INFO, WARNING, ERROR = "info", "warning", "error"
# a line that begins so is of level `warning`
WARNING_SIGN = "Warning: "


@dataclass
class Voice:
    """How this process speaks: as JSON, with problems alone (`quiet`), or with more than usual (`verbose`).

    As JSON each line says which `tenant` it is about.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    tenant: str = ""

    @property
    def plain(self) -> bool:
        """Whether all is said as text, as people at a terminal want it."""
        return not (self.as_json or self.quiet)

    def says(self, level: str) -> bool:
        """Whether lines of this level are said at all."""
        return level != INFO or not self.quiet

    def say(self, text: str, level: str = INFO, *, vendor: str | None = None, resource: str | None = None) -> None:
        """Say a line, unless nothing but problems is to be said.

        As JSON it is one object: `time` (UTC), `level`, `message`, and `tenant`, `vendor` and `resource` where they are
        known.
        """
        if text.startswith(WARNING_SIGN):
            level = WARNING
        if not self.says(level):
            return
        if self.as_json:
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "level": level,
                "message": text.removeprefix(WARNING_SIGN).strip(),
                **({"tenant": self.tenant} if self.tenant else {}),
                **({"vendor": vendor} if vendor else {}),
                **({"resource": resource} if resource else {}),
            }
            text = json.dumps(line, ensure_ascii=False)
        # one write, or the lines of threads would mix
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


# the setting may say so too, but what is wrong with settings is said before they are read
VOICE = Voice(
    as_json=os.environ.get("LEADPATH_LOG", "").strip().lower() == "json",
    tenant=os.environ.get("LEADPATH_TENANT", "").strip(),
)
