"""A device to draw on and a till's clock, for the tests of single widgets."""

from __future__ import annotations

from dataclasses import replace

import zxingcpp
from PIL import Image
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.ui.metrics import Metrics
from pos_app.ui.theme import Mode, apply, theme

SMALL = Metrics(117 / 25.4, 1024, 600)
BETWEEN = Metrics(96 / 25.4, 1024, 600)
WIDE = Metrics(141 / 25.4, 1920, 1080)
STRIP_U = 11.5
BANNER_U = 12
_kept: list[QWidget] = []
"""The window of the running test; Qt's owner of the widget would else be collected."""


class Time:
    """Monotonic seconds in a test's hand."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def set_device(
    metrics: Metrics = SMALL, mode: Mode = Mode.LIGHT, *, text_scale: float = 1.0, still: bool = True
) -> None:
    """Draw on this device from now on."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.set_metrics(replace(metrics, text_scale=text_scale))
    apply(app, mode, still=still)


def page_size(metrics: Metrics, *, banner: bool = False) -> tuple[int, int]:
    """What the strip, and the practice banner where there is one, leave to a page."""
    bars = metrics.u(STRIP_U) + (metrics.u(BANNER_U) if banner else 0)
    return metrics.width, metrics.height - bars


def show(qtbot: QtBot, widget: QWidget, size: tuple[int, int]) -> None:
    """Show the widget at that size as part of a window, with what is made beside the GUI thread."""
    window = QWidget()
    qtbot.addWidget(window)
    _kept[:] = [window]
    window.resize(*size)
    widget.setParent(window)
    widget.setGeometry(window.rect())
    widget.show()
    window.show()
    settle()


def settle() -> None:
    """Wait for the pictures of codes, and paint."""
    QApplication.processEvents()
    QThreadPool.globalInstance().waitForDone()
    QApplication.processEvents()


def click(widget: QWidget) -> None:
    """A touch in the widget's middle."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def press(widget: QWidget, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, down and up."""
    QTest.keyClick(widget, key, held)


def pixels(widget: QWidget) -> QImage:
    """The widget as it is on the screen."""
    return widget.grab().toImage()


def read_code(image: QImage) -> str:
    """What an independent decoder reads in the picture; it must hold exactly one code."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    picture = Image.frombytes("RGBX", (rgb.width(), rgb.height()), bytes(rgb.constBits())).convert("L")
    codes = zxingcpp.read_barcodes(picture)
    assert len(codes) == 1
    return str(codes[0].text)
