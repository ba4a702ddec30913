"""The QR card: the code on the screen is the invoice, in whole pixels, black on white in every theme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pos_app.ui.theme import Mode
from pos_app.ui.widgets.qr import QrCard, code_image, code_text
from tests.conftest import LogWatch
from tests.gui.stage import SMALL, WIDE, click, pixels, press, read_code, set_device, settle, show
from tests.support.sales import invoice_view

BOLT11 = invoice_view().bolt11


def card(qtbot: QtBot, side: int = 428) -> QrCard:
    made = QrCard()
    show(qtbot, made, (side, side))
    return made


def grey(image: QImage) -> QImage:
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


def test_the_text_is_upper_case_with_and_without_the_scheme() -> None:
    assert code_text("lnbc1x") == "LIGHTNING:LNBC1X"
    assert code_text("lnbc1x", prefix=False) == "LNBC1X"


def test_upper_case_fits_the_alphanumeric_mode() -> None:
    assert code_image(code_text(BOLT11)).width() < code_image(code_text(BOLT11).lower()).width()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("side", [428, 792, 301])
def test_a_grabbed_code_decodes_to_the_invoice(qtbot: QtBot, mode: Mode, side: int) -> None:
    set_device(SMALL if side < 500 else WIDE, mode)
    made = card(qtbot, side)
    made.show_code(code_text(BOLT11))
    settle()
    assert made.has_code()
    assert read_code(pixels(made)) == code_text(BOLT11)


def test_modules_are_whole_pixels_with_a_white_margin_of_four(qtbot: QtBot) -> None:
    set_device(mode=Mode.DARK)
    made = card(qtbot)
    made.show_code(code_text(BOLT11))
    settle()
    modules = code_image(code_text(BOLT11)).width()
    per_module = 428 // (modules + 8)
    image = grey(pixels(made))
    margin = (428 - modules * per_module) // 2
    assert margin >= 4 * per_module
    line = [image.pixelColor(x, margin + per_module // 2).value() for x in range(margin - 4 * per_module, 428 - margin)]
    assert line[: 4 * per_module] == [255] * (4 * per_module)
    assert line[4 * per_module : 11 * per_module] == [0] * (7 * per_module)
    assert set(line) == {0, 255}
    changes = [i for i in range(1, len(line)) if line[i] != line[i - 1]]
    assert all(change % per_module == 0 for change in changes)


def test_the_card_is_white_in_the_dark_only_around_a_code(qtbot: QtBot) -> None:
    set_device(mode=Mode.DARK)
    made = card(qtbot)
    assert pixels(made).pixelColor(20, 214) != QColor("white")
    made.show_code(code_text(BOLT11))
    settle()
    assert pixels(made).pixelColor(20, 214) == QColor("white")


def test_a_new_code_never_shows_the_old_one_meanwhile(qtbot: QtBot) -> None:
    set_device()
    made = card(qtbot)
    made.show_code(code_text(BOLT11))
    settle()
    made.show_code("LIGHTNING:LNBC2")
    assert not made.has_code()
    settle()
    assert read_code(pixels(made)) == "LIGHTNING:LNBC2"


def test_a_code_that_comes_too_late_is_dropped(qtbot: QtBot) -> None:
    set_device()
    made = card(qtbot)
    made.show_code(code_text(BOLT11))
    made.show_message("timer-off", "idle", "The code has expired", "Nobody paid it.")
    settle()
    assert not made.has_code()
    assert made.accessibleName() == "The code has expired. Nobody paid it."


def test_shown_is_said_once_for_each_code(qtbot: QtBot) -> None:
    set_device()
    made = card(qtbot)
    said: list[bool] = []
    made.shown.connect(lambda: said.append(True))
    made.show_code(code_text(BOLT11))
    settle()
    made.repaint()
    made.show_code(code_text(BOLT11))
    settle()
    assert said == [True]


def test_a_text_that_no_code_can_hold_is_reported(qtbot: QtBot, expect_log: LogWatch) -> None:
    set_device()
    expect_log.expect("pos_app.ui.widgets.qr", "do not become a QR code")
    made = card(qtbot)
    with qtbot.waitSignal(made.failed):
        made.show_code("A" * 5000)
    assert not made.has_code()


def test_only_a_code_can_be_pressed(qtbot: QtBot) -> None:
    set_device()
    made = card(qtbot)
    pressed: list[bool] = []
    made.pressed.connect(lambda: pressed.append(True))
    click(made)
    assert pressed == []
    assert made.focusPolicy() == Qt.FocusPolicy.NoFocus
    made.show_code(code_text(BOLT11))
    settle()
    click(made)
    press(made, Qt.Key.Key_Space)
    QTest.mouseRelease(made, Qt.MouseButton.LeftButton, pos=QPoint(-5, -5))
    assert pressed == [True, True]
    assert made.focusPolicy() == Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_on_dense_screens_modules_are_whole_device_pixels(qtbot: QtBot, ratio: float) -> None:
    set_device()
    made = card(qtbot, 401)
    made.show_code(code_text(BOLT11))
    settle()
    side = round(401 * ratio)
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    made.render(image)
    assert read_code(image) == code_text(BOLT11)
    assert {image.pixelColor(x, side // 2).value() for x in range(side // 4, side - side // 4)} == {0, 255}
