"""What looks like ours and is read by nothing: names in the environment, `.dlt` and a tenant's files, and lists."""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines import tenants
from pipelines.lists.files import LISTS
from pipelines.settings import DEFAULTS, FILES, LOCAL, NAMES, OF_ALL, Settings, overruled, read_toml
from pipelines.vendors import BY_NAME

PREFIXES = tuple(name.upper() for name in ("leadpath", *BY_NAME))

# What dlt reads in the same files. Below its sections stands what dlt, its sources and destinations name; of `runtime`
# all names are known.
DLT_SECTIONS = (
    *("sources", "destination", "destinations", "pipelines", "datasets", "load", "normalize", "extract", "schema"),
    *("providers", "data_writer", "dbt_package_runner", "dbt_cloud", "dashboard", "workspace", "runtime"),
    # those of one pipeline
    *(f"leadpath_{vendor}" for vendor in BY_NAME),
)
DLT_RUNTIME = (
    *("pipeline_name", "sentry_dsn", "slack_incoming_hook", "dlthub_telemetry", "dlthub_telemetry_endpoint"),
    *("dlthub_telemetry_segment_write_key", "log_format", "log_level", "request_timeout", "request_max_attempts"),
    *("request_backoff_factor", "request_max_retry_delay", "config_files_storage_path", "dlthub_dsn", "run_id"),
    *("http_show_error_body", "http_max_error_body_length", "pluggable_run_context", "intercept_signals"),
)
# a pipeline's own, which need no section, as those of `runtime` do not
DLT_PIPELINE = (
    *("pipelines_dir", "destination_type", "destination_name", "staging_type", "staging_name", "import_schema_path"),
    *("export_schema_path", "dataset_name", "dataset_name_layout", "pipeline_salt", "restore_from_destination"),
    *("enable_runtime_trace", "use_single_dataset", "full_refresh", "dev_mode", "progress", "refresh"),
)

# how like two names are, from 0 to 1
NEAR, VERY_NEAR = 0.75, 0.85
# of a name's letters, what a part of its words has at least
PART = 0.4


def unread_names(
    settings: Settings, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> list[str]:
    """A sentence about each, with the nearest right name where there is one."""
    environment = os.environ if environment is None else environment
    said = []
    for name, value in environment.items():
        near = nearest(name)
        if value.strip() and name not in NAMES and _is_ours(name, near):
            said.append(_sentence(name, "the environment", near))
    for file in FILES:
        path = (folder or Path()) / file
        for place, key in _leaves(read_toml(path)):
            # dlt does not know the file of the user's own settings
            if not _is_read(place, key) or (file == LOCAL and key.upper() not in NAMES):
                said.append(_unread_key(path, place, key))
    said += _of_tenant(settings.tenant, environment, folder or Path()) if settings.tenant else []
    return said + _unread_files(settings, environment)


def _of_tenant(tenant: str, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """What is wrong with a tenant's files, and with credentials of it that are not used."""
    for file in map(folder.__truediv__, tenants.files(tenant)):
        for place, key in _leaves(read_toml(file)):
            if not place and key.upper() in OF_ALL:
                yield f"{key} in {file} is not read: it is one for all tenants."
            elif place or not _is_read(place, key) or key.upper() not in NAMES:
                yield _unread_key(file, place, key)
    # a group may be meant to read it, as in a container
    if file.exists() and file.stat().st_mode & 0o007:
        yield f"{file} can be read by every user of this machine; run chmod 600 {file}"
    for name, own in overruled(tenant, environment, folder):
        yield f"{name} in the environment wins over the one in {own}, so tenant {tenant} is read with it."


def nearest(name: str) -> str | None:
    """The setting that was meant by a name, in upper case: None when none is near, or several are.

    Only what follows the prefix is compared: what is said of LEADPATH_HOME is not that it has as many letters in common
    with LEADPATH_NOW as the prefix has.
    """
    written = "_".join(part for part in name.upper().replace("-", "_").split("_") if part)
    if written in NAMES:
        return written
    first, _, rest = written.partition("_")
    prefixes = difflib.get_close_matches(first, PREFIXES, 1, VERY_NEAR)
    if prefixes and rest:
        own = {setting.partition("_")[2]: setting for setting in NAMES if setting.startswith(f"{prefixes[0]}_")}
        if close := difflib.get_close_matches(rest, own, 1, NEAR):
            return own[close[0]]
        words = set(rest.split("_"))
        parts = [each for each in own if words < set(each.split("_")) and len(rest) > PART * len(each)]
        if len(parts) == 1:
            return own[parts[0]]
    # without its prefix, or with another's
    ends = {setting.partition("_")[2] for setting in NAMES}
    for text in (written, rest if prefixes else ""):
        close = difflib.get_close_matches(text, ends, 1, VERY_NEAR)
        meant = [setting for setting in NAMES if close and setting.partition("_")[2] == close[0]]
        if len(meant) == 1:
            return meant[0]
    return None


def _is_ours(name: str, near: str | None) -> bool:
    """Whether a name in the environment is meant for us: it has our prefix, or nearly so and a known name after it."""
    upper = name.upper()
    if upper.startswith(tuple(f"LEADPATH_{vendor.upper()}__" for vendor in BY_NAME)):
        return False  # dlt's, for the pipeline of one vendor
    first = upper.partition("_")[0]
    return upper.startswith(tuple(f"{prefix}_" for prefix in PREFIXES)) or bool(
        near and "_" in name and difflib.get_close_matches(first, PREFIXES, 1, VERY_NEAR)
    )


def _leaves(document: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every key of a file with the sections round it; a section without keys counts as one."""
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*place, key))
        else:
            yield place, key


def _is_read(place: tuple[str, ...], key: str) -> bool:
    if not place:
        return (key.islower() and key.upper() in NAMES) or key in (*DLT_RUNTIME, *DLT_PIPELINE, *DLT_SECTIONS)
    if place[0] not in DLT_SECTIONS:
        return False
    if place == ("runtime",):
        return key in DLT_RUNTIME
    # what was added to the end of the file has slipped into its last section
    if key.upper().startswith("LEADPATH_"):
        return False
    # sources that run alone are given secrets, and destinations have such of their own
    return place[0] in ("sources", "destination", "destinations") or not nearest(key)


def _unread_key(path: Path, place: tuple[str, ...], key: str) -> str:
    section = f"[{'.'.join(place)}] " if place else ""
    if place == ("runtime",) and not nearest(key):
        close = difflib.get_close_matches(key, DLT_RUNTIME, 1, NEAR)
        return _sentence(f"{section}{key}", str(path), close[0] if close else None)
    path_of_key = (*place, key)
    texts = ["_".join(path_of_key[n:]) for n in range(len(path_of_key))] + ["_".join(place)]
    near = next((found for text in texts if (found := nearest(text))), None)
    sentence = _sentence(f"{section}{key}", str(path), near and near.lower())
    return sentence.removesuffix("?") + ", above the first section?" if place and near else sentence


def _sentence(name: str, place: str, meant: str | None) -> str:
    return f"{name} in {place} is no setting and is not read." + (f" Did you mean {meant}?" if meant else "")


def _unread_files(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    folder = settings.config_dir
    if not folder.is_dir():
        # the committed file states the default, and to have no list of one's own is fine
        default = str(settings.config_dir) == DEFAULTS["LEADPATH_CONFIG_DIR"]
        if default and not environment.get("LEADPATH_CONFIG_DIR", "").strip():
            return []
        beside = [str(each) for each in _entries(folder.parent) if each.is_dir()]
        close = difflib.get_close_matches(str(folder), beside, 1, VERY_NEAR)
        meant = f" Did you mean {close[0]}?" if close else ""
        return [f"LEADPATH_CONFIG_DIR: there is no folder {folder}, so no list of your own is read.{meant}"]
    said = []
    for file in _entries(folder):
        if file.suffix.lower() == ".csv" and file.name not in LISTS:
            near = difflib.get_close_matches(file.name.lower(), LISTS, 1)
            meant = f" Did you mean {near[0]}?" if near else f" Lists are {', '.join(LISTS)}."
            said.append(f"{file} is no list and is not read.{meant}")
    return said


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []  # who reads a list there says what is wrong
