"""The settings of the contract: what is declared, where it comes from, and what is wrong with it.

The environment (upper case) wins over `.dlt/secrets.toml`, that over `.dlt/local.toml`, which holds the user's own, and
that over `.dlt/config.toml`, which stays as it was shipped (lower case, all in the working directory); an empty value
counts as unset. Vendors declare theirs in `sources/`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import tzdata
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from pipelines.destination import destination
from pipelines.vendors import BY_NAME
from sources.errors import SettingError
from sources.settings import Declared, Setting, VendorSettings, listed, optional

CONFIG, LOCAL, SECRETS = (Path(".dlt") / name for name in ("config.toml", "local.toml", "secrets.toml"))
"""Where settings stand: as shipped, the user's own, and the secret ones. A later file wins."""
FILES = (CONFIG, LOCAL, SECRETS)
ENVIRONMENT, DEFAULT = "environment", "default"

# no vendor is older, and an earlier year is a slip of the finger
EARLIEST = 2000


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write it as 2026-08-31") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time; write for example 2026-08-31T12:00:00Z") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text):
        raise ValueError(f"{text!r} is no number of days")
    return int(text)


def _duration(text: str) -> timedelta:
    parts = re.fullmatch(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text.replace(" ", ""))
    if not parts or not any(parts.groups()):
        raise ValueError(f"{text!r} is no duration; write for example 45m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def time_zones() -> list[str]:
    """The names of zones that a day can be of: those that DuckDB knows too, and not what else a system has."""
    return Path(tzdata.__file__).with_name("zones").read_text("utf-8").split()


def _time_zone(text: str) -> str:
    if text not in time_zones():
        raise ValueError(f"{text!r} is no time zone; write for example Europe/Prague")
    return text


def _domains(text: str) -> tuple[str, ...]:
    domains = tuple(domain.lower().removeprefix("www.") for domain in listed(text))
    for domain in domains:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain):
            raise ValueError(f"{domain!r} is no domain; write for example acme.com,acme.de")
    return domains


def _new_file(path: Path) -> Path:
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"{path} is no file in a folder that is there; write for example scratch.duckdb")
    return path


def _log(text: str) -> str:
    if text.lower() not in ("text", "json"):
        raise ValueError(f"{text!r} is no way to log: there are text and json")
    return text.lower()


def _personal_data(text: str) -> str:
    if text.lower() not in ("keep", "hash", "drop"):
        raise ValueError(f"{text!r} is nothing to do with personal data: there are keep, hash and drop")
    return text.lower()


def _webhook(secret: SecretStr) -> SecretStr:
    # it is a secret as a whole: who knows it may write there
    if not re.fullmatch(r"https?://[!-?A-~]+", secret.get_secret_value()):
        raise ValueError("it is no address of a webhook; copy it once more, as {name}=https://hooks.example.com/abc123")
    return secret


def _export(secret: SecretStr) -> SecretStr:
    destination(secret.get_secret_value())
    return secret


def _folder(path: Path) -> Path:
    # DuckDB and dbt take what follows these in a path for options
    if wrong := sorted(set(str(path.absolute())) & set("?#")):
        raise ValueError(f"{path.absolute()} has {' and '.join(wrong)} in its name; write for example data")
    return path


Days = Annotated[int, BeforeValidator(_days)]


class Leadpath(Declared):
    """What Leadpath itself must be told."""

    prefix = "leadpath"
    data_dir: Annotated[Path, AfterValidator(_folder)] = Field(
        default=Path("data"), validate_default=True, description="Where everything that Leadpath writes lives."
    )
    config_dir: Path = Field(default=Path("config"), description="Where your own lists are.")
    start_date: Annotated[date | None, BeforeValidator(_day)] = Field(
        default=None, description="First UTC day of the history; 90 days before the first run when empty, then fixed."
    )
    lookback_days: Days = Field(default=3, description="Days that each sync reads again, for late and changed rows.")
    reread_days: Days = Field(default=30, description="Days that are read again once a week.")
    max_run: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        default=timedelta(minutes=45),
        description="After this a sync finishes its windows, publishes, and says what is left.",
        json_schema_extra={"written": "45m"},
    )
    report_timezone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="UTC", description="Zone of the `day` columns."
    )
    own_domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = Field(
        default=(), description="The domains of your own company."
    )
    alert_webhook: Annotated[SecretStr, AfterValidator(_webhook)] = optional(
        "Where one message is sent when something is wrong, and one when all is well again; Slack understands it."
    )
    export_url: Annotated[SecretStr, AfterValidator(_export)] = optional(
        "Where the marts go after each publication: a folder, a bucket (as Parquet) or a Postgres database."
    )
    log: Annotated[str, AfterValidator(_log)] = Field(
        default="text", description="How a run says what it does: lines of `text`, or each as an object of `json`."
    )
    personal_data: Annotated[str, AfterValidator(_personal_data)] = Field(
        default="keep",
        description="What of people is published: `keep` all, `hash` it with a key that stays here, or `drop` it.",
    )
    now: Annotated[datetime | None, BeforeValidator(_moment)] = Field(
        default=None, description="The moment that a run takes for now."
    )
    scratch: Annotated[Path | None, AfterValidator(_new_file)] = Field(
        default=None,
        description="A file that keeps what a build makes on its way, for you to look at; memory when empty.",
    )


DECLARED: tuple[type[Declared], ...] = (Leadpath, *(vendor.settings for vendor in BY_NAME.values()))
SETTINGS: tuple[Setting, ...] = tuple(setting for each in DECLARED for setting in each.settings())
NAMES = tuple(setting.variable for setting in SETTINGS)
DEFAULTS = {setting.variable: setting.default for setting in SETTINGS if setting.default}


@dataclass(frozen=True)
class Settings:
    """All settings, checked: Leadpath's own, and those of each vendor by its name. Times are UTC."""

    own: Leadpath
    vendors: Mapping[str, VendorSettings]
    now: datetime

    @property
    def data_dir(self) -> Path:
        """Where everything that Leadpath writes lives."""
        return self.own.data_dir

    @property
    def config_dir(self) -> Path:
        """Where the user's own lists are; it may be absent."""
        return self.own.config_dir

    def has(self, vendor: str) -> bool:
        """Whether the vendor's needed secrets are set."""
        return not self.vendors[vendor].missing

    def missing(self, vendor: str) -> list[str]:
        """The vendor's needed secrets that are not set."""
        return self.vendors[vendor].missing

    def redact(self, text: str) -> str:
        """The text without any secret that is set."""
        held = (each for one in (self.own, *self.vendors.values()) for each in one.secrets)
        for secret in sorted(held, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def resources(self, vendor: str) -> tuple[str, ...] | None:
        """The vendor's resources to load; None for all."""
        return self.vendors[vendor].resources or None


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read and check every setting. Raises SettingError, which names the setting and shows a valid value."""
    values = {name: value for name, (value, _) in stated(environment, folder).items()}
    vendors = {vendor.name: vendor.settings.read(values) for vendor in BY_NAME.values()}
    own = Leadpath.read(values)
    now = own.now or datetime.now(UTC)
    if own.start_date and own.start_date > now.date():
        raise SettingError(
            f"LEADPATH_START_DATE: {own.start_date} is in the future;"
            f" write for example {now.date() - timedelta(days=90)}"
        )
    if own.start_date and own.start_date.year < EARLIEST:
        raise SettingError(f"LEADPATH_START_DATE: {own.start_date} is before {EARLIEST}; write for example 2026-08-31")
    return Settings(own, vendors, now)


def day(name: str, text: str) -> date:
    """A UTC day, written YYYY-MM-DD. Raises SettingError that names `name`."""
    try:
        return _day(text.strip())
    except ValueError as error:
        raise SettingError(f"{name}: {error}") from error


def stated(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> dict[str, tuple[str, str]]:
    """Each name of NAMES that is set: its value as it is written, and where that stands (ENVIRONMENT, or the file).

    Not by pydantic-settings: it reads but the process's own environment, and does not say which file cannot be read.
    Raises SettingError.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, tuple[str, str]] = {}
    for file in FILES:
        path = (folder or Path()) / file
        for name, value in read_toml(path).items():
            if name.upper() not in NAMES or not name.islower():
                continue
            if isinstance(value, (dict, list)):
                raise SettingError(f'{name.upper()}: what stands in {path} is no text; write {name} = "..."')
            if str(value).strip():
                values[name.upper()] = (str(value).strip(), str(file))
    set_here = ((name, environment.get(name, "").strip()) for name in NAMES)
    return values | {name: (value, ENVIRONMENT) for name, value in set_here if value}


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
