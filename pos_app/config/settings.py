"""The owner's settings: `settings.toml` in the config folder, and `POS_…` variables that go before it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from pos_app.config.early import ENVIRONMENT_PREFIX, PRACTICE, SCREEN_INCHES_MAX, TEXT_SCALE_RANGE, Theme
from pos_app.config.files import write_whole
from pos_app.core.bolt11 import Network
from pos_app.core.errors import UserError

EMBEDDED = "embedded"
INVOICE_KEY_VARIABLE = "POS_INVOICE_KEY"
"""Not a setting, but of the same family: the invoice key of a remote API."""

_HEAD = "# Settings of pos-app. The program writes this file anew when a setting is changed.\n\n"


class SettingsWrong(UserError):
    """The file or a variable says something that is no setting. The file was left as it is."""


def _known_zone(name: str) -> str:
    """An IANA name, or nothing for this computer's zone."""
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no time zone of this name") from None
    return name


class Remote(BaseModel):
    """What `connect` learnt about one payments API.

    `practice`: its money is practice money. `pin_sha256` is its certificate, where only that is trusted,
    `plain_http` that a person trusts the way to it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Network = Network.MAINNET
    practice: bool = False
    pin_sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    plain_http: bool = False


class Settings(BaseModel):
    """All settings; each has a default, so an empty file is a good one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shop_name: Annotated[str, Field(max_length=60)] = ""
    api: Annotated[str, Field(pattern="^(practice|embedded|https?://.+)$")] = PRACTICE
    invoice_expiry_s: Annotated[int, Field(ge=30, le=86_400)] = 600
    ceiling_sat: Annotated[int, Field(ge=1, le=10_000_000_000)] = 1_000_000
    theme: Theme = "system"
    text_scale: Annotated[int, Field(ge=TEXT_SCALE_RANGE[0], le=TEXT_SCALE_RANGE[1])] = 100
    screen_inches: Annotated[float, Field(ge=0, le=SCREEN_INCHES_MAX)] = 0.0
    still: bool = False
    fullscreen: bool = False
    sound: bool = True
    volume: Annotated[int, Field(ge=0, le=100)] = 100
    qr_prefix: bool = False
    day_start_hour: Annotated[int, Field(ge=0, le=23)] = 4
    time_zone: Annotated[str, AfterValidator(_known_zone)] = ""
    remotes: dict[str, Remote] = Field(default_factory=dict)

    def remote(self, url: str) -> Remote:
        """What is known about the API at this address."""
        return self.remotes.get(url, Remote())


class _Variables(BaseSettings, Settings):
    """Names the variables; an empty one counts as absent."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, env_ignore_empty=True)


class SettingsFile:
    """The file and what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Settings:
        """The settings in force. Raises SettingsWrong."""
        values = self._values()
        try:
            return Settings.model_validate(values | EnvSettingsSource(_Variables)())
        except ValidationError as error:
            names = ", ".join(ENVIRONMENT_PREFIX + name.upper() for name in _wrong_names(error))
            raise SettingsWrong(f"{names} is no good: {_reasons(error)}.", "Correct or unset the variable.") from error
        except SettingsError as error:
            raise SettingsWrong(f"A variable is no good: {error}.", "Correct or unset it.") from error

    def change(self, **changes: Any) -> Settings:
        """Write the changed values and return the settings in force. Raises SettingsWrong or CannotWrite.

        A value that a variable sets stays as the variable says.
        """
        values = self._values() | changes
        try:
            wanted = Settings.model_validate(values)
        except ValidationError as error:
            raise SettingsWrong(f"This does not fit: {_reasons(error)}.", "Nothing was changed.") from error
        write_whole(self.path, _HEAD + _toml(wanted.model_dump(mode="json", include=set(values))))
        return self.load()

    def _values(self) -> dict[str, Any]:
        """The file's values, checked."""
        try:
            values = tomllib.loads(self.path.read_text(encoding="utf-8"))
            Settings.model_validate(values)
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise SettingsWrong(
                f"{self.path} has a mistake: {_reasons(error)}.", "Correct or remove the line."
            ) from error
        except ValueError as error:  # not TOML, not UTF-8
            raise SettingsWrong(
                f"{self.path} is damaged: {error}.", "Correct it, or move it away to start with the defaults."
            ) from error
        except OSError as error:
            raise SettingsWrong(f"{self.path} cannot be read: {error.strerror}.", "Check its rights.") from error
        return values


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are none."""
    known = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields} | {INVOICE_KEY_VARIABLE}
    return sorted(name for name in environment if name.startswith(ENVIRONMENT_PREFIX) and name not in known)


def _wrong_names(error: ValidationError) -> list[str]:
    return [".".join(str(part) for part in each["loc"]) for each in error.errors()]


def _reasons(error: ValidationError) -> str:
    """What is wrong, without the values."""
    reasons = []
    for name, each in zip(_wrong_names(error), error.errors(), strict=True):
        unknown = each["type"] == "extra_forbidden"
        reasons.append(f"there is no setting “{name}”" if unknown else f"“{name}”: {_lower(each['msg'])}")
    return "; ".join(reasons)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _toml(values: Mapping[str, Any]) -> str:
    """Values, then tables, as TOML."""
    plain = {name: value for name, value in values.items() if not isinstance(value, dict)}
    lines = [*_lines(plain.items())]
    for name, entries in values.items():
        if isinstance(entries, dict):
            for key, table in entries.items():
                lines += ["", f"[{name}.{_text(key)}]", *_lines(table.items())]
    return "\n".join(lines) + "\n"


def _lines(items: Iterable[tuple[str, Any]]) -> list[str]:
    return [f"{name} = {_text(value) if isinstance(value, str) else json.dumps(value)}" for name, value in items]


def _text(text: str) -> str:
    """A basic string of TOML: as JSON's, but that DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
