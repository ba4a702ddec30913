"""The settings that the window's first paint needs, read without the weight of all settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Theme = Literal["system", "light", "dark", "contrast_light", "contrast_dark"]

ENVIRONMENT_PREFIX = "POS_"
PRACTICE = "practice"
TEXT_SCALE_RANGE = (100, 150)
SCREEN_INCHES_MAX = 100


@dataclass(frozen=True, slots=True)
class EarlySettings:
    """A part of `Settings`, with the same names, units and defaults."""

    api: str = PRACTICE
    shop_name: str = ""
    theme: Theme = "system"
    text_scale: int = 100
    screen_inches: float = 0.0
    still: bool = False
    fullscreen: bool = False


def early_settings(file: Path, environment: Mapping[str, str] = os.environ) -> EarlySettings:
    """By the same file and variables as the settings; what does not fit stays at its default.

    The settings themselves, read a moment later, say what is wrong with it.
    """
    kept = _kept(file)
    values = {}
    for name, fitting in _FITTING.items():
        given = environment.get(ENVIRONMENT_PREFIX + name.upper()) or kept.get(name)
        try:
            if given is not None:
                values[name] = fitting(str(given))
        except ValueError:
            continue
    return EarlySettings(**values)  # type: ignore[arg-type]


def _kept(file: Path) -> dict[str, object]:
    try:
        text = file.read_text(encoding="utf-8")
        import tomllib  # not loaded where there is no file

        return tomllib.loads(text)
    except (OSError, ValueError):
        return {}


def _theme(text: str) -> str:
    if text not in get_args(Theme):
        raise ValueError(text)
    return text


def _text_scale(text: str) -> int:
    if not TEXT_SCALE_RANGE[0] <= (scale := int(text)) <= TEXT_SCALE_RANGE[1]:
        raise ValueError(text)
    return scale


def _inches(text: str) -> float:
    if not 0 <= (inches := float(text)) <= SCREEN_INCHES_MAX:
        raise ValueError(text)
    return inches


def _switch(text: str) -> bool:
    if (word := text.lower()) not in _ON + _OFF:
        raise ValueError(text)
    return word in _ON


_ON = ("true", "1", "on", "yes")
_OFF = ("false", "0", "off", "no")
_FITTING: dict[str, Callable[[str], object]] = {
    "api": str,
    "shop_name": str,
    "theme": _theme,
    "text_scale": _text_scale,
    "screen_inches": _inches,
    "still": _switch,
    "fullscreen": _switch,
}
