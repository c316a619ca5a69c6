"""What the documents show, exists."""

import re

import pytest
from typer.main import get_command

from pipelines.cli.app import app
from pipelines.settings import NAMES
from pipelines.vendors import BY_NAME
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]  # a click group, which typer types as a command


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_an_example_and_is_in_the_readme(name: str) -> None:
    assert "Example: leadpath " + name in (COMMANDS[name].help or "")
    assert f"`leadpath {name}" in README


def test_commands_and_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?! it| sure)", README)) <= targets
    assert set(re.findall(r"leadpath ([a-z][a-z-]+)", README)) - set(COMMANDS) == set()


@pytest.mark.parametrize("guide", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_commands_and_their_options_in_the_guides_exist(guide: str) -> None:
    text = (ROOT / guide).read_text("utf-8")
    for name, words in re.findall(r"leadpath (?:--quiet |--tenant \w+ )?([a-z][a-z-]*[a-z])((?: [^\s`|&;#]+)*)", text):
        assert name in COMMANDS, f"{guide}: leadpath {name}"
        # of a group, such as fleet, each of its commands
        commands = getattr(COMMANDS[name], "commands", {"": COMMANDS[name]}).values()
        known = {option for command in commands for parameter in command.params for option in parameter.opts}
        used = {word.partition("=")[0].rstrip(".,:)") for word in words.split() if word.startswith("--")}
        assert used <= known, f"{guide}: leadpath {name} {used - known}"


def test_every_setting_of_the_readme_exists_and_the_other_way_round() -> None:
    named = set(re.findall(r"`((?:LEADPATH|SNITCHER|SNAPCALL|SMARTLOOK|USERSNAP|SNAPCRM)_[A-Z_]+)`", README))
    assert named <= set(NAMES)
    patterns = {f"{vendor.upper()}_{part}" for vendor in BY_NAME for part in ("URL", "RATE_LIMIT", "RESOURCES")}
    assert set(NAMES) - named - patterns - {"LEADPATH_NOW"} == set()


def test_every_folder_of_the_tree_is_there() -> None:
    tree = re.search(r"```text\n(sources/.*?)```", README, re.DOTALL)
    assert tree
    for line in tree[1].splitlines():
        folder = line.split()[0].replace("<vendor>", "snitcher")
        assert (ROOT / folder).is_dir(), line


def test_nothing_that_is_committed_names_an_index_or_a_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > 100
