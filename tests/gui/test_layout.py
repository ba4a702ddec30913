"""Nothing scrolls and nothing is cut: each page fits 1024×600, also with large text and banners."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.till.views import Stage
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.charge import ChargePage
from pos_app.ui.pages.queue import QueuePage
from pos_app.ui.pages.settings import Settings
from pos_app.ui.theme import theme
from pos_app.ui.widgets.keys import Key
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, page_size, set_device
from tests.support.queue import queue_item, queue_view
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_status, preferences

HEAVY = ("pydantic", "httpx", "fastapi", "bolt11", "qrcode", "cryptography", "keyring", "uvicorn", "sqlite3", "asyncio")
DEVICES = {
    "10.1 inch": (117, 1024, 600),
    "11.6 inch": (135, 1366, 768),
    "15.6 inch": (141, 1920, 1080),
    "21.5 inch": (102, 1920, 1080),
    "7 inch": (170, 1024, 600),
}


def _make_charge() -> QWidget:
    page = ChargePage()
    page.entry.load(page.entry.total.__class__(999_999_999_999))
    page.pane.set_note("Table 4")
    page.press("add")
    page.show_last(sale_view())
    return page


def _make_settings() -> QWidget:
    return Settings(FakeActions(), preferences())


def _make_queue() -> QWidget:
    page = QueuePage(FakeActions())
    page.show_queue(queue_view(queue_item(Stage.CHECKING, reason="Try again later " * 20)))
    return page


@pytest.mark.parametrize("make", [_make_charge, _make_settings, _make_queue])
@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
def test_pages_fit_the_smallest_screen(qtbot: QtBot, make: object, text_scale: float) -> None:
    set_device(text_scale=text_scale)
    assert callable(make)
    page = make()
    qtbot.addWidget(page)
    width, height = page_size(SMALL, banner=True)
    least = page.minimumSizeHint()
    assert least.width() <= width - SMALL.u(21)
    assert least.height() <= height


class Window(MainWindow):
    """On a device made by hand."""

    density = 4.0

    def px_per_mm(self) -> float:
        return self.density


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("text_scale", [100, 150])
def test_everything_on_the_charge_page_lies_inside_the_window(qtbot: QtBot, device: str, text_scale: int) -> None:
    dpi, width, height = DEVICES[device]
    set_device()
    Window.density = dpi / 25.4
    window = Window(FakeActions(), preferences(text_scale=text_scale, api="practice", still=True))
    qtbot.addWidget(window)
    window.resize(width, height)
    window.show_status(a_status(practice=True))
    window.show()
    QApplication.processEvents()
    assert theme.metrics == Metrics(dpi / 25.4, width, height, text_scale / 100)
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            assert window.rect().contains(_place(button, window)), button.accessibleName() or button.text()
    keys = [key for key in window.findChildren(Key) if key.isVisible()]
    places = [_place(key, window) for key in keys]
    assert len(keys) == 15
    assert not any(a.intersects(b) for at, a in enumerate(places) for b in places[:at])
    narrow = device == "7 inch"
    assert min(place.height() for place in places) / Window.density >= (12.9 if narrow else 14.9)
    assert min(place.width() for place in places) / Window.density >= 15


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def test_every_control_has_a_name_and_tab_reaches_it_in_order(qtbot: QtBot) -> None:
    set_device()
    window = MainWindow(FakeActions(), preferences(still=True))
    qtbot.addWidget(window)
    window.resize(1024, 600)
    window.show()
    QApplication.processEvents()
    window.charge.press("1")
    named = [button for button in window.findChildren(QAbstractButton) if button.isVisible()]
    assert all(button.accessibleName() or button.text() for button in named)
    order: list[str] = []
    focused: QWidget | None = window.charge
    for _ in range(40):
        assert focused is not None
        focused = focused.nextInFocusChain()
        if isinstance(focused, QAbstractButton) and focused.isVisible() and focused.isEnabled():
            order.append(focused.text() or focused.accessibleName())
    on_page = [name for name in order if name not in ("Sell", "Settings")]
    first = on_page.index("1")
    assert on_page[first : first + 12] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0", "000"]
    assert on_page.index("Note") > first
    assert on_page.index("Charge 1 sat") > on_page.index("Recent sales") > on_page.index("Note")


def test_the_window_imports_nothing_heavy() -> None:
    code = f"import sys, pos_app.ui.window; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
