"""The meter of a limit: what is filled, and what is said of it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from pos_app.ui.theme import Mode, theme
from pos_app.ui.widgets.meter import Meter
from tests.gui.stage import pixels, set_device


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 100, 0.0), (25, 100, 0.25), (100, 100, 1.0), (140, 100, 1.0), (0, 0, 0.0), (5, 0, 1.0)],
)
def test_more_than_all_is_all(qtbot: QtBot, part: int, whole: int, share: float) -> None:
    set_device()
    meter = Meter()
    qtbot.addWidget(meter)
    meter.show_part(part, whole)
    assert meter.share() == share and meter.accessibleName() == f"{part} of {whole}"


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT])
def test_little_can_be_seen_and_nothing_is_empty(qtbot: QtBot, mode: Mode) -> None:
    set_device(mode=mode)
    meter = Meter()
    qtbot.addWidget(meter)
    meter.resize(400, theme.u(2))
    meter.show_part(0, 100_000)
    empty = pixels(meter)
    middle = meter.height() // 2
    meter.show_part(1, 100_000)
    image = pixels(meter)
    assert image != empty
    assert image.pixelColor(middle, middle) == theme.now.attn and image.pixelColor(200, middle) == theme.now.sunken
