"""The count-down under the code."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from pos_app.ui.theme import theme
from pos_app.ui.widgets.countdown import CountDown, clock_text
from tests.gui.stage import Time, pixels, set_device, show


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(600, "10:00"), (582.2, "9:43"), (60, "1:00"), (59.1, "1:00"), (0.2, "0:01"), (0, "0:00"), (-3, "0:00")],
)
def test_the_clock_rounds_up(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def make(qtbot: QtBot, now: Time) -> CountDown:
    set_device()
    made = CountDown(now=now)
    made.show_words("qr-code", "Scan with a Lightning wallet")
    show(qtbot, made, (428, made.sizeHint().height()))
    return made


def bar(made: CountDown) -> tuple[int, str]:
    """Length and colour of the bar as painted."""
    image = pixels(made)
    y = made.height() - theme.u(1.5) // 2 - 1
    row = [image.pixelColor(x, y).name() for x in range(made.width())]
    ink = row[made.width() // 100]
    return sum(colour == ink for colour in row), ink


def test_it_counts_with_the_tills_clock(qtbot: QtBot) -> None:
    now = Time(100.0)
    made = make(qtbot, now)
    made.show_time(700.0, 600)
    assert made.text() == "10:00"
    now.seconds = 400.0
    made.tick()
    assert made.text() == "5:00"
    assert made.accessibleName() == "Scan with a Lightning wallet, 5:00 left"
    length, colour = bar(made)
    assert abs(length - 214) < 5
    assert colour == theme.now.accent.name()


def test_the_last_two_minutes_are_amber(qtbot: QtBot) -> None:
    now = Time()
    made = make(qtbot, now)
    made.show_time(600.0, 600)
    now.seconds = 479.0
    assert not made.is_hurrying()
    now.seconds = 480.0
    made.tick()
    assert made.is_hurrying()
    assert bar(made)[1] == theme.now.attn.name()


def test_quiet_it_never_hurries(qtbot: QtBot) -> None:
    now = Time()
    made = make(qtbot, now)
    made.show_words("shield-check", "This sale can be paid only once", quiet=True)
    made.show_time(10.0, 600)
    assert not made.is_hurrying()
    assert bar(made)[1] == theme.now.line_strong.name()


def test_without_a_moment_there_are_only_words(qtbot: QtBot) -> None:
    made = make(qtbot, Time())
    made.show_time(None, 0)
    assert made.text() == ""
    assert made.accessibleName() == "Scan with a Lightning wallet"
