"""Settings written into `.dlt/local.toml` and `.dlt/secrets.toml`, or a tenant's files; the rest of them stays."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pipelines import tenants
from pipelines.settings import LOCAL, OF_ALL, SECRETS, SETTINGS, read_toml
from sources.errors import SettingError

SECRET_NAMES = {setting.variable for setting in SETTINGS if setting.secret}
HEAD = "# Your own settings; those of config.toml stand behind them.\n"
HEAD_OF_SECRETS = "# Secrets, for your eyes alone.\n"


def file_of(name: str, tenant: str = "") -> Path:
    """Where the setting of this name (upper case) is written, from the working directory."""
    own, secret = tenants.files(tenant) if tenant and name not in OF_ALL else (LOCAL, SECRETS)
    return secret if name in SECRET_NAMES else own


def write(values: Mapping[str, str], folder: Path | None = None, tenant: str = "") -> None:
    """Write settings (by names in upper case) to their files, in place of older values; comments and the rest stay.

    Each file is replaced as a whole; that of secrets is for its owner alone. A tenant has a file of settings from then
    on. Raises SettingError where a file cannot be changed safely.
    """
    named = {file_of(name, tenant) for name in values} | ({tenants.files(tenant)[0]} if tenant else set())
    for file in sorted(named, key=lambda file: not _is_secret(file)):
        own = {name.lower(): value for name, value in values.items() if file_of(name, tenant) == file}
        is_secret = _is_secret(file)
        if own or not ((folder or Path()) / file).exists():
            head = HEAD_OF_SECRETS if is_secret else HEAD
            _write_file((folder or Path()) / file, own, head, 0o600 if is_secret else None)


def _is_secret(file: Path) -> bool:
    return file == SECRETS or file.stem.endswith(tenants.SECRETS)


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


def written(name: str, folder: Path | None = None, tenant: str = "") -> str:
    """What the file of a setting says of it now; "" when nothing."""
    return str(read_toml((folder or Path()) / file_of(name, tenant)).get(name.lower(), "")).strip()
