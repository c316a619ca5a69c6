"""The settings of the contract: where they come from, what they default to, and what is wrong with them.

The environment (upper case) wins over `.dlt/secrets.toml`, that over `.dlt/config.toml` (lower case), both in the
working directory; an empty value counts as unset.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sources.errors import SettingError
from sources.http.budget import Limit

VENDORS = ("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm")

# what must be set for a vendor to be used
SECRETS: Mapping[str, tuple[str, ...]] = {
    "snitcher": ("SNITCHER_API_TOKEN",),
    "snapcall": ("SNAPCALL_API_KEY",),
    "smartlook": ("SMARTLOOK_API_TOKEN",),
    "usersnap": ("USERSNAP_JWT_ID", "USERSNAP_JWT_SECRET"),
    "snapcrm": ("SNAPCRM_API_KEY",),
}

DEFAULTS: Mapping[str, str] = {
    "SNITCHER_URL": "https://api.snitcher.com/v1",
    "SNAPCALL_URL": "https://api.snapcall.io/v2",
    "SMARTLOOK_URL": "https://api.eu.smartlook.cloud",
    "USERSNAP_URL": "https://platform.usersnap.com/v0.1",
    "SNAPCRM_URL": "https://snapcrm.app/api/v1",
    "LEADPATH_DATA_DIR": "data",
    "LEADPATH_CONFIG_DIR": "config",
    "LEADPATH_LOOKBACK_DAYS": "3",
    "LEADPATH_REREAD_DAYS": "30",
    "LEADPATH_MAX_RUN": "45m",
    "LEADPATH_REPORT_TIMEZONE": "UTC",
    "SNITCHER_RATE_LIMIT": "60/minute",
    "SNAPCALL_RATE_LIMIT": "120/minute",
    "SMARTLOOK_RATE_LIMIT": "500/30minutes",
    "USERSNAP_RATE_LIMIT": "120/minute",
    "SNAPCRM_RATE_LIMIT": "200/minute",
}

# no vendor is older, and an earlier year is a slip of the finger
EARLIEST = 2000

# credentials that are sent in a header as they are
SENT_AS_THEY_ARE = ("SNITCHER_API_TOKEN", "SNAPCALL_API_KEY", "SMARTLOOK_API_TOKEN", "SNAPCRM_API_KEY")

OTHERS = (
    "SNAPCALL_API_SECRET",
    "LEADPATH_START_DATE",
    "LEADPATH_OWN_DOMAINS",
    "LEADPATH_NOW",
    "LEADPATH_SCRATCH",
    *(f"{vendor.upper()}_RESOURCES" for vendor in VENDORS),
)

# what the user's own files may be called
LISTS = tuple(
    f"{name}.csv"
    for name in (
        *("call_status", "channels", "company_overrides", "form_fields", "forms"),
        *("free_mail_domains", "ignored_emails", "shared_domains"),
    )
)

NAMES = (*(name for names in SECRETS.values() for name in names), *DEFAULTS, *OTHERS)


@dataclass(frozen=True)
class Settings:
    """All settings, checked. `values` holds each set name; times are UTC."""

    values: Mapping[str, str]
    now: datetime
    data_dir: Path
    config_dir: Path
    start_date: date | None
    lookback_days: int
    reread_days: int
    max_run: timedelta
    timezone: str
    own_domains: tuple[str, ...]

    def has(self, vendor: str) -> bool:
        """Whether the vendor's secrets are set."""
        return all(name in self.values for name in SECRETS[vendor])

    def missing(self, vendor: str) -> list[str]:
        """The vendor's secrets that are not set."""
        return [name for name in SECRETS[vendor] if name not in self.values]

    def redact(self, text: str) -> str:
        """The text without any secret that is set."""
        for name in (*(name for names in SECRETS.values() for name in names), "SNAPCALL_API_SECRET"):
            for secret in _list(self.values.get(name, "")):
                text = text.replace(secret, "***")
        return text

    def resources(self, vendor: str) -> tuple[str, ...] | None:
        """The vendor's resources to load; None for all."""
        names = _list(self.values.get(f"{vendor.upper()}_RESOURCES", ""))
        return tuple(names) or None


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read and check every setting. Raises SettingError, which names the setting and shows a valid value."""
    values = _values(os.environ if environment is None else environment, (folder or Path()) / ".dlt")
    for vendor in VENDORS:
        name = f"{vendor.upper()}_RATE_LIMIT"
        try:
            Limit.parse(values[name])
        except SettingError as error:
            raise SettingError(f"{name}: {error}") from error
        _check_url(f"{vendor.upper()}_URL", values[f"{vendor.upper()}_URL"])
    for name in SENT_AS_THEY_ARE:
        # the value itself is never shown
        if not all(re.fullmatch(r"[!-~]+", part) for part in _list(values.get(name, ""))):
            raise SettingError(
                f"{name}: it holds a space, a line break or a letter that no credential has;"
                f" copy it once more, as {name}=abc123"
            )
    scratch = Path(values.get("LEADPATH_SCRATCH", "scratch.duckdb"))
    if scratch.is_dir() or not scratch.parent.is_dir():
        raise SettingError(
            f"LEADPATH_SCRATCH: {scratch} is no file in a folder that is there; write for example scratch.duckdb"
        )
    start = values.get("LEADPATH_START_DATE")
    now = _moment("LEADPATH_NOW", values.get("LEADPATH_NOW"))
    first = day("LEADPATH_START_DATE", start) if start else None
    if first and first > now.date():
        raise SettingError(
            f"LEADPATH_START_DATE: {first} is in the future; write for example {now.date() - timedelta(days=90)}"
        )
    if first and first.year < EARLIEST:
        raise SettingError(f"LEADPATH_START_DATE: {first} is before {EARLIEST}; write for example 2026-08-31")
    return Settings(
        values=values,
        now=now,
        data_dir=Path(values["LEADPATH_DATA_DIR"]),
        config_dir=Path(values["LEADPATH_CONFIG_DIR"]),
        start_date=first,
        lookback_days=_days("LEADPATH_LOOKBACK_DAYS", values["LEADPATH_LOOKBACK_DAYS"]),
        reread_days=_days("LEADPATH_REREAD_DAYS", values["LEADPATH_REREAD_DAYS"]),
        max_run=_duration("LEADPATH_MAX_RUN", values["LEADPATH_MAX_RUN"]),
        timezone=_timezone(values["LEADPATH_REPORT_TIMEZONE"]),
        own_domains=_domains(values.get("LEADPATH_OWN_DOMAINS", "")),
    )


def day(name: str, text: str) -> date:
    """A UTC day, written YYYY-MM-DD. Raises SettingError that names `name`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingError(f"{name}: {text!r} is no date; write it as 2026-08-31") from error


def _check_url(name: str, url: str) -> None:
    if "@" in url:
        # what stands before it may be a password
        raise SettingError(f"{name}: an address with a user name cannot be used; write for example {DEFAULTS[name]}")
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url)
    except ValueError:
        usable = None
    if not usable:
        raise SettingError(f"{name}: {url!r} is no address; write for example {DEFAULTS[name]}")


def _values(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    values = dict(DEFAULTS)
    for file in (folder / "config.toml", folder / "secrets.toml"):
        for name, value in read_toml(file).items():
            if name.upper() not in NAMES or not name.islower():
                continue
            if isinstance(value, (dict, list)):
                raise SettingError(f'{name.upper()}: what stands in {file} is no text; write {name} = "..."')
            if str(value).strip():
                values[name.upper()] = str(value).strip()
    values |= {name: environment[name].strip() for name in NAMES if environment.get(name, "").strip()}
    return values


def read_toml(file: Path) -> dict[str, Any]:
    """What a settings file says; nothing where there is none. Raises SettingError when it cannot be read."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f'{file} cannot be read: {error}. Write settings as name = "value"') from error
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error


def _moment(name: str, text: str | None) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"{name}: {text!r} is no time; write for example 2026-08-31T12:00:00Z") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _days(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text):
        raise SettingError(f"{name}: {text!r} is no number of days; write for example {DEFAULTS[name]}")
    return int(text)


def _duration(name: str, text: str) -> timedelta:
    parts = re.fullmatch(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text.replace(" ", ""))
    if not parts or not any(parts.groups()):
        raise SettingError(f"{name}: {text!r} is no duration; write for example 45m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise SettingError(
            f"LEADPATH_REPORT_TIMEZONE: {text!r} is no time zone; write for example Europe/Prague"
        ) from error
    return text


def _domains(text: str) -> tuple[str, ...]:
    domains = [domain.lower().removeprefix("www.") for domain in _list(text)]
    for domain in domains:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain):
            raise SettingError(f"LEADPATH_OWN_DOMAINS: {domain!r} is no domain; write for example acme.com,acme.de")
    return tuple(domains)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
