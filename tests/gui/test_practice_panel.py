"""The practice customer's panel."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.practice_panel import PracticePanel
from tests.gui.stage import SMALL, Time, click, page_size, pixels, press, read_code, set_device, settle, show
from tests.support.sales import sale_view


@pytest.fixture
def page(qtbot: QtBot) -> InvoicePage:
    set_device()
    made = InvoicePage(now=Time())
    made.show_sale(sale_view(practice=True))
    show(qtbot, made, page_size(SMALL, banner=True))
    return made


@pytest.fixture
def anchor(page: InvoicePage) -> QWidget:
    made = QWidget(page)
    made.setGeometry(900, 0, 108, 1)
    made.show()
    return made


@pytest.fixture
def panel(page: InvoicePage) -> PracticePanel:
    made = PracticePanel(page)
    made.set_can_pay(True)
    return made


def test_the_code_stays_visible(page: InvoicePage, panel: PracticePanel, anchor: QWidget) -> None:
    panel.open_at(anchor)
    settle()
    assert panel.is_open() and read_code(pixels(page)).startswith("LIGHTNING:LNBCRT")
    assert not panel.panel.geometry().intersects(page.card.geometry())


@pytest.mark.parametrize("how", ["now", "late", "never", "fail"])
def test_each_choice_is_said_once_and_closes(panel: PracticePanel, anchor: QWidget, how: str) -> None:
    said: list[str] = []
    panel.chosen.connect(said.append)
    panel.open_at(anchor)
    settle()
    click(panel.rows[how])
    assert said == [how] and not panel.is_open()


def test_without_a_code_there_is_nothing_to_pay(panel: PracticePanel, anchor: QWidget) -> None:
    said: list[str] = []
    panel.chosen.connect(said.append)
    panel.set_can_pay(False)
    panel.open_at(anchor)
    settle()
    click(panel.rows["now"])
    assert said == [] and panel.is_open()
    assert panel._hint.isVisible()


def test_it_closes_by_escape_by_a_touch_outside_and_by_its_button(panel: PracticePanel, anchor: QWidget) -> None:
    closed: list[bool] = []
    panel.closed.connect(lambda: closed.append(True))
    panel.open_at(anchor)
    press(panel, Qt.Key.Key_Escape)
    panel.open_at(anchor)
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(30, 400))
    panel.open_at(anchor)
    panel.open_at(anchor)
    assert closed == [True] * 3


def test_the_focus_goes_in_and_comes_back(page: InvoicePage, panel: PracticePanel, anchor: QWidget) -> None:
    page.window().activateWindow()
    before = next(iter(page.buttons.values()))
    before.setFocus()
    panel.open_at(anchor)
    assert QApplication.focusWidget() is panel.rows["now"]
    assert panel.rows["now"].accessibleDescription() == "As a customer who scans the code"
    press(panel.rows["now"], Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is before
