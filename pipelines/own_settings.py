"""What Leadpath itself must be told, and how the text of each setting is read."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import tzdata
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from pipelines import tenants
from pipelines.destination import destination
from sources.settings import Declared, listed, optional


def day_of(text: str) -> date:
    """A day, written YYYY-MM-DD. Raises ValueError."""
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


def _catalog(secret: SecretStr) -> SecretStr:
    # it holds a password, so nothing of it is shown; one with a bare / would be taken for a host and a port
    part = r"[^\s@/?#:]+"
    if not re.fullmatch(rf"postgres(ql)?://({part}(:{part})?@)?[\w.:,\[\]%-]*(/[^\s@]*)?", secret.get_secret_value()):
        raise ValueError(
            "it is no address of a Postgres; write {name}=postgresql://user:password@host/database, with %40 and %2F"
            " for @ and / in the password"
        )
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
    tenant: Annotated[str, AfterValidator(tenants.checked)] = Field(
        default="",
        description="Whose settings and data these are, of `tenants/NAME.toml`; empty without tenants.",
    )
    config_dir: Path = Field(default=Path("config"), description="Where your own lists are.")
    start_date: Annotated[date | None, BeforeValidator(day_of)] = Field(
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
    catalog_url: Annotated[SecretStr, AfterValidator(_catalog)] = optional(
        "A Postgres by which several hosts keep off each other's tenants and share request budgets."
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
