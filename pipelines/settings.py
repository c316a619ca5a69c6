"""The settings of the contract: what is declared, where it comes from, and what is wrong with it.

The environment (upper case) wins over `.dlt/secrets.toml`, that over `.dlt/local.toml`, which holds the user's own, and
that over `.dlt/config.toml`, which stays as it was shipped (lower case, all in the working directory); an empty value
counts as unset. With a tenant, `tenants/NAME.secrets.toml` and `tenants/NAME.toml` stand between the environment and
`.dlt`. Vendors declare theirs in `sources/`.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pipelines import tenants
from pipelines.destination import destination
from pipelines.own_settings import Leadpath, day_of
from pipelines.vendors import BY_NAME
from sources.errors import SettingError
from sources.settings import Declared, Setting, VendorSettings

CONFIG, LOCAL, SECRETS = (Path(".dlt") / name for name in ("config.toml", "local.toml", "secrets.toml"))
"""Where settings stand: as shipped, the user's own, and the secret ones. A later file wins."""
FILES = (CONFIG, LOCAL, SECRETS)
ENVIRONMENT, DEFAULT = "environment", "default"
TENANT, EXPORT = "LEADPATH_TENANT", "LEADPATH_EXPORT_URL"
# what is one for all tenants of an installation, and not read in their files
OF_ALL = (TENANT, "LEADPATH_DATA_DIR", "LEADPATH_CATALOG_URL")

# no vendor is older, and an earlier year is a slip of the finger
EARLIEST = 2000

DECLARED: tuple[type[Declared], ...] = (Leadpath, *(vendor.settings for vendor in BY_NAME.values()))
SETTINGS: tuple[Setting, ...] = tuple(setting for each in DECLARED for setting in each.settings())
NAMES = tuple(setting.variable for setting in SETTINGS)
DEFAULTS = {setting.variable: setting.default for setting in SETTINGS if setting.default}


@dataclass(frozen=True)
class Settings:
    """All settings, checked: Leadpath's own, and those of each vendor by its name. Times are UTC.

    `root` is LEADPATH_DATA_DIR; the data directory of a tenant is inside of it, and its own.
    """

    own: Leadpath
    vendors: Mapping[str, VendorSettings]
    now: datetime
    root: Path

    @property
    def tenant(self) -> str:
        """Whose they are; "" where there is no tenant."""
        return self.own.tenant

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


def load(
    environment: Mapping[str, str] | None = None, folder: Path | None = None, *, is_new_tenant: bool = False
) -> Settings:
    """Read and check every setting. Raises SettingError, which names the setting and shows a valid value.

    A tenant must have a file, unless `is_new_tenant`.
    """
    found = stated(environment, folder)
    values = {name: value for name, (value, _) in found.items()}
    vendors = {vendor.name: vendor.settings.read(values) for vendor in BY_NAME.values()}
    own = Leadpath.read(values)
    if own.tenant and not is_new_tenant:
        tenants.refuse_unknown(own.tenant, folder)
    now = own.now or datetime.now(UTC)
    if own.start_date and own.start_date > now.date():
        raise SettingError(
            f"LEADPATH_START_DATE: {own.start_date} is in the future;"
            f" write for example {now.date() - timedelta(days=90)}"
        )
    if own.start_date and own.start_date.year < EARLIEST:
        raise SettingError(f"LEADPATH_START_DATE: {own.start_date} is before {EARLIEST}; write for example 2026-08-31")
    is_own = found.get(EXPORT, ("", ""))[1] in map(str, tenants.files(own.tenant)) if own.tenant else True
    return Settings(_of_tenant(own, has_own_export=is_own) if own.tenant else own, vendors, now, own.data_dir)


def _of_tenant(own: Leadpath, *, has_own_export: bool) -> Leadpath:
    """With the places that are the tenant's alone: where several tenants are told the same, each has a part of it."""
    places: dict[str, Any] = {"data_dir": own.data_dir / tenants.FOLDER / own.tenant}
    if own.scratch:
        places["scratch"] = own.scratch.with_stem(f"{own.scratch.stem}-{own.tenant}")
    if (url := own.export_url.get_secret_value()) and not has_own_export:
        try:
            places["export_url"] = SecretStr(destination(url).inside(tenants.part(own.tenant)).url)
        except ValueError as error:
            raise SettingError(
                f"{EXPORT}: one database for all tenants would mix them; name one of its own in"
                f" {tenants.files(own.tenant)[1]}"
            ) from error
    return own.model_copy(update=places)


def day(name: str, text: str) -> date:
    """A UTC day, written YYYY-MM-DD. Raises SettingError that names `name`."""
    try:
        return day_of(text.strip())
    except ValueError as error:
        raise SettingError(f"{name}: {error}") from error


def stated(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> dict[str, tuple[str, str]]:
    """Each name of NAMES that is set: its value as it is written, and where that stands (ENVIRONMENT, or the file).

    Not by pydantic-settings: it reads but the process's own environment, and does not say which file cannot be read.
    Raises SettingError.
    """
    environment = os.environ if environment is None else environment
    folder = folder or Path()
    values: dict[str, tuple[str, str]] = {}
    for file in FILES:
        values |= _written(file, folder, NAMES)
    here = {name: (value, ENVIRONMENT) for name in NAMES if (value := environment.get(name, "").strip())}
    if name := (here | values).get(TENANT, ("", ""))[0]:
        own: dict[str, tuple[str, str]] = {}
        try:
            for file in tenants.files(name):
                own |= _written(file, folder, [each for each in NAMES if each not in OF_ALL])
        except ValueError as error:
            raise SettingError(f"{TENANT}: {error}") from error
        values = _without_mixed(values, own) | own
    return values | here


def _written(file: Path, folder: Path, names: Collection[str]) -> dict[str, tuple[str, str]]:
    """What a file says of settings of these names, and that it does."""
    found = {}
    for name, value in read_toml(folder / file).items():
        if name.upper() not in names or not name.islower():
            continue
        if isinstance(value, (dict, list)):
            raise SettingError(f'{name.upper()}: what stands in {folder / file} is no text; write {name} = "..."')
        if str(value).strip():
            found[name.upper()] = (str(value).strip(), str(file))
    return found


def _without_mixed(values: dict[str, tuple[str, str]], own: Collection[str]) -> dict[str, tuple[str, str]]:
    """The values, without credentials of a vendor of which the tenant has one of its own: they belong together."""
    groups = [{each.variable for each in vendor.settings.settings() if each.secret} for vendor in BY_NAME.values()]
    dropped = {name for group in groups if group & set(own) for name in group}
    return {name: value for name, value in values.items() if name not in dropped}


def overruled(
    tenant: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> list[tuple[str, str]]:
    """The credentials of a tenant, each with its file, of which the environment has another. Raises SettingError."""
    environment = os.environ if environment is None else environment
    secrets = [setting.variable for setting in SETTINGS if setting.secret]
    own: dict[str, tuple[str, str]] = {}
    for file in tenants.files(tenant):
        own |= _written(file, folder or Path(), secrets)
    return [(name, file) for name, (value, file) in own.items() if environment.get(name, "").strip() not in ("", value)]


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
