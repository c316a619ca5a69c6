"""How patient a client is: dlt's own settings, under dlt's names, read without dlt.

To import dlt takes longer than most runs take to find that there is nothing new.
"""

import os
import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field

from sources.errors import SettingError
from sources.settings import Declared


class Runtime(Declared):
    """`RUNTIME__REQUEST_TIMEOUT` and its like in the environment, or `[runtime]` in `.dlt/config.toml`. In seconds."""

    prefix = "runtime_"
    request_timeout: float = Field(default=60, gt=0, description="For a connection, and between two bytes.")
    request_max_attempts: int = Field(default=5, ge=1, description="Requests that fail before one is given up.")
    request_backoff_factor: float = Field(default=1, ge=0, description="The first wait; each further one is doubled.")
    request_max_retry_delay: float = Field(default=300, ge=0, description="The longest wait.")

    @classmethod
    def here(cls) -> Self:
        """What is set for this process. Raises SettingError."""
        file = Path(".dlt") / "config.toml"
        try:
            section = tomllib.loads(file.read_text("utf-8")).get("runtime", {})
        except FileNotFoundError:
            section = {}
        except (OSError, ValueError) as error:
            raise SettingError(f"{file} cannot be read: {error}") from error
        stated = {f"RUNTIME__{name.upper()}": str(value) for name, value in section.items()}
        return cls.read(stated | {name: value for name, value in os.environ.items() if value.strip()})
