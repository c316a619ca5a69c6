"""`init` and `settings`: what is written where, what is never overwritten, and what is never shown."""

import json
import os
import pty
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.settings import SETTINGS
from pipelines.settings_files import changed
from sandbox import Sandbox
from tests.conftest import LEADPATH, Cli
from tests.pipelines.outcome import said

Make = Callable[..., Sandbox]
TOKEN = "snitcher-t0ken"


def shown(cli: Cli) -> dict[str, tuple[str | None, str | None]]:
    """What `settings --json` prints: value and place of each."""
    document = json.loads(cli("settings", "--json").stdout)
    assert [one["name"] for one in document] == [setting.variable for setting in SETTINGS]
    return {one["name"]: (one["value"], one["from"]) for one in document}


def test_settings_say_where_each_value_comes_from_and_mask_secrets(leadpath: Cli, tmp_path: Path) -> None:
    folder = tmp_path / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text(
        'leadpath_max_run = "45m"\nleadpath_lookback_days = "3"\nsnitcher_url = "http://a"\n'
    )
    (folder / "local.toml").write_text(f'leadpath_max_run = "20m"\nleadpath_config_dir = "lists {TOKEN}"\n')
    (folder / "secrets.toml").write_text(f'snitcher_api_token = "{TOKEN}"\nleadpath_reread_days = "40"\n')
    env = {"SNAPCALL_API_KEY": "from-outside", "USERSNAP_URL": " "}
    leadpath.env.update(env)
    found = shown(leadpath)
    assert found["LEADPATH_MAX_RUN"] == ("20m", ".dlt/local.toml")
    assert found["LEADPATH_LOOKBACK_DAYS"] == ("3", ".dlt/config.toml")
    assert found["LEADPATH_REREAD_DAYS"] == ("40", ".dlt/secrets.toml")
    assert found["LEADPATH_REPORT_TIMEZONE"] == ("UTC", "default")
    assert found["LEADPATH_DATA_DIR"] == (str(leadpath.data_dir), "environment")
    assert found["SNITCHER_API_TOKEN"] == ("***", ".dlt/secrets.toml")
    assert found["SNAPCALL_API_KEY"] == ("***", "environment")
    assert found["SMARTLOOK_API_TOKEN"] == (None, None)
    assert found["USERSNAP_URL"] == ("https://platform.usersnap.com/v0.1", "default")
    assert found["LEADPATH_CONFIG_DIR"] == ("***", ".dlt/local.toml"), "a secret that slipped into another setting"
    table = leadpath("settings").stdout
    assert "20m" in table
    assert TOKEN not in table
    assert "from-outside" not in table

    # all are shown, and what is wrong is said
    wrong = leadpath("settings", status=2, SNITCHER_URL="https://me:pass-word@api.example", LEADPATH_MAX_RUN="soon")
    assert "pass-word" not in wrong.stdout + wrong.stderr
    assert "soon" in wrong.stdout
    assert "SNITCHER_URL: an address with a user name cannot be used" in wrong.stderr


def test_init_without_a_terminal_writes_and_checks_and_never_overwrites_without_a_word(
    leadpath: Cli, make_sandbox: Make, tmp_path: Path
) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    leadpath.env.update({name: sandbox.env[name] for name in ("SNITCHER_URL", "LEADPATH_NOW")})
    token = sandbox.env["SNITCHER_API_TOKEN"]
    folder = tmp_path / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text("# as shipped\n")
    (folder / "local.toml").write_text('# mine\nleadpath_lookback_days = "5"  # a week\n')

    def init(*sets: str, status: int = 0, own: str = "") -> list[str]:
        options = [part for each in sets for part in ("--set", each)]
        run = leadpath("init", *options, status=status, SNITCHER_API_TOKEN=own)
        assert token not in run.stdout + run.stderr
        return said(run)

    lines = init("SNITCHER_API_TOKEN", "leadpath_own_domains=acme.com,acme.de", own=token)
    assert lines[:2] == [
        "SNITCHER_API_TOKEN is in .dlt/secrets.toml.",
        "LEADPATH_OWN_DOMAINS is in .dlt/local.toml.",
    ]
    assert lines[2].startswith("snitcher: ok, http://127.0.0.1:")
    assert any("  Snitcher: " in line and "requests or more" in line and "1000/second" in line for line in lines)
    assert (folder / "config.toml").read_text() == "# as shipped\n"
    local = (folder / "local.toml").read_text()
    assert local.startswith("# mine\n")
    assert tomllib.loads(local) == {"leadpath_lookback_days": "5", "leadpath_own_domains": "acme.com,acme.de"}
    secrets = folder / "secrets.toml"
    assert tomllib.loads(secrets.read_text()) == {"snitcher_api_token": token}
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert list(folder.glob(".*")) == []
    before = {file: file.read_bytes() for file in folder.iterdir()}

    (line,) = init("LEADPATH_LOOKBACK_DAYS=4", status=2)
    assert (
        line == "LEADPATH_LOOKBACK_DAYS has another value in .dlt/local.toml; --yes replaces it. Nothing was written."
    )
    (line,) = init("LEADPATH_MAX_RUN=soon", "SNAPCALL_API_KEY=k", status=2)
    assert line.startswith("LEADPATH_MAX_RUN: 'soon' is no duration")
    (line,) = init("SNITCHER_TOKEN=hidden-thing", status=2)
    assert "Did you mean SNITCHER_API_TOKEN?" in line
    assert "hidden-thing" not in line
    (line,) = init("SNAPCALL_API_KEY", status=2)
    assert "write SNAPCALL_API_KEY=VALUE" in line
    assert {file: file.read_bytes() for file in folder.iterdir()} == before

    # what is refused by the vendor is written, and said
    run = leadpath("init", "--yes", "--set", "SNITCHER_API_TOKEN=wrong-t0ken", status=1)
    assert "SNITCHER_API_TOKEN in .dlt/secrets.toml is replaced." in run.stderr
    assert "snitcher: FAILED, " in run.stderr
    assert "wrong-t0ken" not in run.stderr
    run = leadpath("init", "--yes", "--set", f"SNITCHER_API_TOKEN={token}", SNITCHER_API_TOKEN="other", status=1)
    assert "Warning: SNITCHER_API_TOKEN is set in the environment too, with another value, which wins." in run.stderr
    assert "SNITCHER_API_TOKEN" in (secrets).read_text().upper()


def test_init_asks_on_a_terminal_and_echoes_no_secret(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(companies=4, days=4)
    key = sandbox.env["SNAPCALL_API_KEY"]
    outside = {name: value for name, value in sandbox.env.items() if name in ("SNAPCALL_URL", "LEADPATH_NOW")}
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*LEADPATH, "init"], env=leadpath.environment(None, outside, ()), cwd=tmp_path, stdin=follower, stdout=follower,
        stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    seen = ""
    answers = [
        *(("Snitcher?", "n"), ("SnapCall?", "y"), ("SNAPCALL_API_KEY", key)),
        *(("Smartlook?", "n"), ("Usersnap?", "n"), ("SnapCRM?", "")),
    ]
    for question, answer in answers:
        end = time.monotonic() + 60
        while question not in seen and time.monotonic() < end:
            seen += os.read(leader, 10_000).decode()
        # a prompt that hides its answer turns the echo off just after it was written
        time.sleep(0.2)
        os.write(leader, f"{answer}\n".encode())
    try:
        while part := os.read(leader, 10_000):
            seen += part.decode()
    except OSError:
        pass  # it has ended
    os.close(leader)
    assert process.wait(60) == 0, seen
    assert key not in seen
    assert "snapcall: ok" in seen
    assert tomllib.loads((tmp_path / ".dlt" / "secrets.toml").read_text()) == {"snapcall_api_key": key}
    assert not (tmp_path / ".dlt" / "local.toml").exists()


def test_what_cannot_be_written_is_said(leadpath: Cli, tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "local.toml").write_text('leadpath_own_domains = """\nacme.com\n"""\n')
    (line,) = said(leadpath("init", "--yes", "--set", "LEADPATH_OWN_DOMAINS=acme.de", status=2))[-1:]
    assert line.endswith("is written in a way that is not changed safely; write the settings there by hand")
    (tmp_path / ".dlt" / "local.toml").write_text("")
    (tmp_path / ".dlt" / "secrets.toml").mkdir()
    assert "cannot be read: Is a directory" in said(leadpath("init", "--set", "SNITCHER_API_TOKEN=x", status=2))[-1]


KEYS = st.sampled_from(["a", "leadpath_max_run", "b_c"])
LINES = (
    *("# a comment", "", 'a = "1"', "  leadpath_max_run='x' # why", "b_c = 3", "[runtime]", 'log = "x"', "[[t]]"),
    *("x = [", "1,", "]", 'text = """', '"""'),
)
FILES = st.lists(st.sampled_from(LINES), max_size=8).map("\n".join)


@given(text=FILES, values=st.dictionaries(KEYS, st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_a_changed_file_holds_the_new_values_and_all_else(text: str, values: dict[str, str]) -> None:
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    after = changed(text, values)
    if after is not None:
        assert tomllib.loads(after) == {**before, **values}
        comments = [line for line in text.splitlines() if line.startswith("#")]
        assert [line for line in after.splitlines() if line.startswith("#")] == comments


@pytest.mark.parametrize("text", ["", "# mine\n", '[runtime]\nlog_level = "ERROR"\n', 'a = "1"\n\n[x]\na = "2"'])
def test_plain_files_are_always_changed(text: str) -> None:
    values = {"a": 'quoted " and \\ and ü', "b": ""}
    after = changed(text, values)
    assert after is not None
    assert tomllib.loads(after) == {**tomllib.loads(text), **values}
