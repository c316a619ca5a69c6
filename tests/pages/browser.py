"""A real browser, without a window: what a page measures, what it complains of, and pictures of it."""

import json
import os
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# how wide and high the windows are
SIZES = {"narrow": (390, 844), "middle": (820, 1180), "wide": (1440, 900)}
SECURITY = '<meta http-equiv="Content-Security-Policy"'

MEASURE = f"<script>{Path(__file__).with_name('measure.js').read_text('utf-8')}</script>"

# a window has a least width, a frame has none
FRAMES = """<!doctype html><pre></pre>
<script>addEventListener("message", said => {{ document.querySelector("pre").append(said.data, "\\n"); }});</script>
{}
"""
FRAME = '<iframe name="{}" src="{}" width="{}" height="{}" style="border: 0"></iframe>'


class Browser:
    """Opens pages that are files; nothing of one page is there for the next."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def measure(self, page: Path, *, dark: bool = False) -> dict[str, dict[str, Any]]:
        """What lies outside its place or over something else, in a window of each size."""
        copy = self._folder / f"{page.stem}.copy.html"
        # the page itself forbids every script
        text = page.read_text("utf-8")
        assert text.count(SECURITY) == 1
        copy.write_text(text.replace(SECURITY, '<meta name="was"').replace("</body>", MEASURE + "</body>"), "utf-8")
        frames = self._folder / "frames.html"
        listed = [FRAME.format(size, copy.name, *extent) for size, extent in SIZES.items()]
        frames.write_text(FRAMES.format("\n".join(listed)), "utf-8")
        out = self._run(frames, "wide", dark, "--virtual-time-budget=10000", "--dump-dom").stdout
        written = out[out.index("<pre>") + 5 : out.index("</pre>")]
        found = [json.loads(line) for line in unescape(written).splitlines()]
        return {each["size"]: each for each in found}

    def picture(self, page: Path, size: str, *, dark: bool = False) -> tuple[Path, list[str]]:
        """A picture of the page as it is, and what the browser's console says."""
        file = self._folder / f"{page.stem}-{size}-{'dark' if dark else 'light'}.png"
        done = self._run(page, size, dark, f"--screenshot={file}")
        return file, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]

    def _run(self, page: Path, size: str, dark: bool, *what: str) -> subprocess.CompletedProcess[str]:
        width, height = SIZES[size]
        return subprocess.run(
            [
                *(self._program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--enable-logging=stderr", "--disable-dev-shm-usage", f"--window-size={width},{height}"),
                f"--user-data-dir={self._folder / 'profile'}",
                *(("--force-dark-mode",) if dark else ()),
                *what,
                page.resolve().as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )


def find_browser(folder: Path) -> Browser:
    """The machine's Chromium. Skips where there is none; where CI is set, that fails."""
    named = os.environ.get("LEADPATH_TEST_BROWSER")
    program = named or next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        reason = "no Chromium here: install Debian's package chromium, or name one in LEADPATH_TEST_BROWSER"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Browser(program, folder)
