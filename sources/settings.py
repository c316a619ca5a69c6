"""Settings, declared once: a name, a type, a default, whether it is secret, and a line that explains it.

A class lists the settings that share a prefix. Everything else follows from it: what is read from the environment and
the files, what is checked, what is never shown, and the tables of the documentation.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from sources.errors import SettingError
from sources.limit import Limit


def listed(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated value, without blanks and empty parts."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parts(value: Any) -> Any:
    return listed(value) if isinstance(value, str) else value


def _address(url: str) -> str:
    if "@" in url:
        # what stands before it may be a password, so the value is not shown
        raise ValueError("an address with a user name cannot be used")
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url)
    except ValueError:
        usable = None
    if not usable:
        raise ValueError(f"{url!r} is no address")
    return url.rstrip("/")


def _limit(text: str) -> str:
    try:
        Limit.parse(text)
    except SettingError as error:
        raise ValueError(str(error)) from error
    return text


def _printable(secret: SecretStr) -> SecretStr:
    # the value itself is never shown
    if not all(re.fullmatch(r"[!-~]+", part) for part in listed(secret.get_secret_value())):
        raise ValueError(
            "it holds a space, a line break or a letter that no credential has; copy it once more, as {name}=abc123"
        )
    return secret


Names = Annotated[tuple[str, ...], BeforeValidator(_parts)]
"""Comma-separated words."""
Url = Annotated[str, AfterValidator(_address)]
"""The root of an API, without a slash at the end."""
RateLimit = Annotated[str, AfterValidator(_limit)]
"""A request budget, as `60/minute`."""
Secret = SecretStr
"""What is never shown."""
Header = Annotated[SecretStr, AfterValidator(_printable)]
"""A secret that is sent in a header as it is. Commas part several."""


def needed(about: str) -> Any:
    """A secret without which the vendor cannot be used."""
    return Field(default=SecretStr(""), description=about, json_schema_extra={"needed": True})


def optional(about: str) -> Any:
    """A secret that few accounts have."""
    return Field(default=SecretStr(""), description=about)


@dataclass(frozen=True)
class Setting:
    """One declared setting: `name` as in a file, `default` as it would be written there, "" when there is none."""

    name: str
    default: str
    about: str
    secret: bool
    needed: bool

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return self.name.upper()


class Declared(BaseModel):
    """Settings that share `prefix`; a subclass declares them as fields."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    prefix: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a field without a default: settings are read whether a vendor is used or not."""
        if bare := [name for name, field in cls.model_fields.items() if field.is_required()]:
            raise TypeError(f"{cls.__name__}: {', '.join(bare)} needs a default; for a secret write needed(...)")

    @classmethod
    def settings(cls) -> Iterator[Setting]:
        """Each declared setting, in order."""
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            secret = field.annotation is SecretStr
            written = extra.get("written", "" if secret or field.default in (None, ()) else field.default)
            inherited = VendorSettings.model_fields.get(name, field)
            yield Setting(
                f"{cls.prefix}_{name}",
                str(written),
                field.description or inherited.description or "",
                secret,
                bool(extra.get("needed")),
            )

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Check `values`, which maps names in the environment to texts; an empty text counts as unset.

        Raises SettingError, which names the setting, says what is wrong and shows a valid value.
        """
        given = {name: values.get(f"{cls.prefix}_{name}".upper(), "").strip() for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            first = error.errors()[0]
            name = f"{cls.prefix}_{first['loc'][0]}".upper()
            said = str(first.get("ctx", {}).get("error", first["msg"])).replace("{name}", name)
            field = cls.model_fields[str(first["loc"][0])]
            example = "" if ";" in said else f"; write for example {(field.examples or [field.default])[0]}"
            raise SettingError(f"{name}: {said}{example}") from error

    @property
    def missing(self) -> list[str]:
        """The names of needed settings that are not set."""
        return [
            f"{self.prefix}_{name}".upper()
            for name, field in type(self).model_fields.items()
            if isinstance(field.json_schema_extra, dict)
            and field.json_schema_extra.get("needed")
            and not getattr(self, name).get_secret_value()
        ]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret text that is set, each part of several by itself."""
        held = [getattr(self, name) for name in type(self).model_fields]
        return tuple(part for one in held if isinstance(one, SecretStr) for part in listed(one.get_secret_value()))


class VendorSettings(Declared):
    """What every vendor has; a vendor's class adds its credentials and gives the defaults."""

    url: Url = Field(default="", description="The root of the API.")
    rate_limit: RateLimit = Field(default="", description="The requests that one credential may send.")
    resources: Names = Field(default=(), description="What to load, comma-separated; all when empty.")
