"""The PIN pad on the customer's side: typed masked, sent once, kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from pos_app.till.views import TapPhase
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.pin import PinPage
from tests.gui.stage import SMALL, WIDE, Time, click, press, set_device, settle, show
from tests.support.sales import PIN, tapped


@pytest.fixture
def now() -> Time:
    return Time(100.0)


@pytest.fixture
def pad(qtbot: QtBot, now: Time) -> PinPage:
    set_device()
    made = PinPage(now=now)
    made.show_sale(PIN, "Café Linde")
    show(qtbot, made, (SMALL.width, SMALL.height))
    return made


class Pin:
    """What the pad said."""

    def __init__(self, pad: PinPage) -> None:
        self.said: list[tuple[str, ...]] = []
        pad.entered.connect(lambda sale_id, pin: self.said.append((sale_id, pin)))
        pad.dismissed.connect(lambda sale_id: self.said.append((sale_id,)))


def test_the_pin_is_typed_masked_and_sent_once(pad: PinPage) -> None:
    pin = Pin(pad)
    assert not pad.ok.isEnabled()
    for digit in "12":
        QTest.mousePress(pad.keys[digit], Qt.MouseButton.LeftButton)
    QTest.keyClicks(pad, "39")
    press(pad, Qt.Key.Key_Backspace)
    click(pad.keys["4"])
    assert pad.dots.count == 4 and pad.dots.accessibleName() == "4 digits entered"
    assert all("1234" not in text for text in texts(pad))
    click(pad.ok)
    click(pad.ok)
    press(pad, Qt.Key.Key_Return)
    press(pad, Qt.Key.Key_Escape)
    assert pin.said == [(PIN.sale_id, "1234")]


def texts(pad: PinPage) -> list[str]:
    """All that the page's widgets say."""
    said = [widget.accessibleName() for widget in pad.findChildren(QWidget)]
    said += [label.text() for label in pad.findChildren(QLabel)]
    return said + [button.text() for button in pad.findChildren(QAbstractButton)]


@pytest.mark.parametrize(
    "end",
    [lambda pad: press(pad, Qt.Key.Key_Return), lambda pad: press(pad, Qt.Key.Key_Escape), PinPage.hide],
    ids=["sent", "dismissed", "hidden"],
)
def test_the_pin_is_kept_nowhere(pad: PinPage, end: Callable[[PinPage], None]) -> None:
    QTest.keyClicks(pad, "1234")
    assert pad._digits == "1234"
    end(pad)
    assert "1234" not in vars(pad).values() and pad.dots.count == 0


def test_too_short_a_pin_is_not_sent_and_too_long_a_one_cannot_be_typed(pad: PinPage) -> None:
    pin = Pin(pad)
    QTest.keyClicks(pad, "123")
    press(pad, Qt.Key.Key_Enter)
    assert pin.said == [] and not pad.ok.isEnabled()
    QTest.keyClicks(pad, "456789")
    assert pad.dots.count == 8
    press(pad, Qt.Key.Key_Enter)
    assert pin.said == [(PIN.sale_id, "12345678")]


def test_only_digits_count(pad: PinPage) -> None:
    QTest.keyClicks(pad, "1a-+.²")
    press(pad, Qt.Key.Key_Backspace)
    press(pad, Qt.Key.Key_Backspace)
    assert pad.dots.count == 0


def test_ok_acts_on_release_inside(pad: PinPage) -> None:
    pin = Pin(pad)
    QTest.keyClicks(pad, "1234")
    QTest.mousePress(pad.ok, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(pad.ok, Qt.MouseButton.LeftButton, pos=QPoint(-20, -20))
    assert pin.said == []
    click(pad.ok)
    assert pin.said == [(PIN.sale_id, "1234")]


def test_cancel_is_said_once(pad: PinPage) -> None:
    pin = Pin(pad)
    QTest.keyClicks(pad, "12")
    click(pad.cancel)
    click(pad.cancel)
    press(pad, Qt.Key.Key_Escape)
    assert pin.said == [(PIN.sale_id,)]


def test_the_time_for_the_pin_counts_down(pad: PinPage, now: Time) -> None:
    assert pad.left.text() == "1:30"
    now.seconds = 175.5
    pad._ticking.timeout.emit()
    assert (pad.left.text(), pad.left.accessibleName()) == ("0:15", "0:15 left")
    pad.hide()
    assert not pad._ticking.isActive()


def test_news_of_the_same_tap_keep_what_is_typed_and_another_tap_does_not(pad: PinPage) -> None:
    QTest.keyClicks(pad, "12")
    pad.show_sale(replace(PIN, note="Table 4"), "Café Linde")
    assert pad.dots.count == 2
    pad.show_sale(tapped(TapPhase.PIN, pin_deadline_monotonic_s=400.0), "Café Linde")
    assert pad.dots.count == 0


def test_the_customers_side_tells_nothing_of_the_till(pad: PinPage) -> None:
    said = " ".join(texts(pad))
    assert "Sale 147" not in said and "Lightning" not in said
    for words in ("Café Linde", "16703 sat", "Enter your card's PIN", "is not stored", "one try", "to the customer"):
        assert words in said


@pytest.mark.parametrize("metrics", [SMALL, WIDE])
@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_the_pad_fits_and_its_keys_are_large(qtbot: QtBot, metrics: Metrics, text_scale: float) -> None:
    set_device(metrics, text_scale=text_scale)
    pad = PinPage(now=Time(100.0))
    pad.show_sale(PIN, "Café Linde")
    height = metrics.height - metrics.u(12)
    show(qtbot, pad, (metrics.width, height))
    QTest.keyClicks(pad, "12345678")
    settle()
    least = pad.minimumSizeHint()
    assert least.width() <= metrics.width and least.height() <= height
    parts = [*pad.keys.values(), pad.ok]
    assert all(min(part.width(), part.height()) >= 19.5 * metrics.px_per_mm for part in parts)
    assert pad.cancel.height() >= 12 * metrics.px_per_mm
    inside = [*parts, pad.dots, pad.prompt, pad.cancel, pad.amount, pad.turn]
    places = [part.rect().translated(part.mapTo(pad, part.rect().topLeft())) for part in inside]
    assert all(pad.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for at, a in enumerate(places) for b in places[:at])
