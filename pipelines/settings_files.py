"""Settings written into `.dlt/local.toml` and `.dlt/secrets.toml`, beside what else stands there."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pipelines.settings import LOCAL, SECRETS, SETTINGS, read_toml
from sources.errors import SettingError

SECRET_NAMES = {setting.variable for setting in SETTINGS if setting.secret}
HEADS = {
    LOCAL: "# Your own settings; those of config.toml stand behind them.\n",
    SECRETS: "# Secrets, for your eyes alone.\n",
}


def file_of(name: str) -> Path:
    """Where the setting of this name (upper case) is written, from the working directory."""
    return SECRETS if name in SECRET_NAMES else LOCAL


def write(values: Mapping[str, str], folder: Path | None = None) -> None:
    """Write settings (by names in upper case) to their files, in place of older values; comments and the rest stay.

    Each file is replaced as a whole; that of secrets is for its owner alone. Raises SettingError where a file cannot be
    changed safely.
    """
    for file in (SECRETS, LOCAL):
        own = {name.lower(): value for name, value in values.items() if file_of(name) == file}
        if own:
            _write_file((folder or Path()) / file, own, HEADS[file], 0o600 if file == SECRETS else None)


def _write_file(path: Path, values: Mapping[str, str], head: str, mode: int | None) -> None:
    # it may be a link to where secrets are kept
    path = path.resolve()
    try:
        before = path.read_text("utf-8") if path.exists() else head
        after = changed(before, values)
        if after is None:
            raise SettingError(
                f"{path} is written in a way that is not changed safely; write the settings there by hand"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        kept = path.stat().st_mode & 0o777 if path.exists() else 0o666
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, kept if mode is None else mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(after)
        temporary.replace(path)
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror}. Check its folder and rights") from error


def changed(text: str, values: Mapping[str, str]) -> str | None:
    """TOML in which these keys, above all sections, hold these texts, and which is otherwise as before.

    None where that cannot be done by lines, as inside of a text of several lines.
    """
    lines = text.removesuffix("\n").split("\n")
    end = next((n for n, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        found = [n for n in range(end) if re.match(rf"\s*{re.escape(key)}\s*=", lines[n])]
        if found:
            lines[found[0]] = line
        else:
            lines.insert(end, line)
            end += 1
    after = "\n".join(lines) + "\n"
    try:
        if tomllib.loads(after) == {**tomllib.loads(text), **values}:
            return after
    except tomllib.TOMLDecodeError:
        pass
    return None


def written(name: str, folder: Path | None = None) -> str:
    """What the file of a setting says of it now; "" when nothing."""
    return str(read_toml((folder or Path()) / file_of(name)).get(name.lower(), "")).strip()
