"""The practice customer's panel, and that of the faults."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.practice.faults import CARD_PIN, SLOW_S, Fault
from pos_app.till.views import Problem
from pos_app.ui.fault_switches import FaultSwitches
from pos_app.ui.faults_panel import FaultsPanel
from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.practice_panel import PracticePanel
from tests.gui.stage import SMALL, Time, click, page_size, pixels, press, read_code, set_device, settle, show
from tests.support.sales import sale_view
from tests.support.window import FakeActions


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
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
def switches(actions: FakeActions) -> FaultSwitches:
    return FaultSwitches(actions)


@pytest.fixture
def panel(page: InvoicePage, switches: FaultSwitches) -> PracticePanel:
    made = PracticePanel(page, switches)
    made.set_can_pay(True)
    return made


def test_the_code_stays_visible(page: InvoicePage, panel: PracticePanel, anchor: QWidget) -> None:
    anchor.move(727, 0)  # another button stands at the edge
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


@pytest.fixture
def faults(page: InvoicePage, switches: FaultSwitches) -> FaultsPanel:
    return FaultsPanel(page, switches)


def test_there_is_one_switch_for_each_fault(panel: PracticePanel, faults: FaultsPanel, switches: FaultSwitches) -> None:
    assert set(switches.rows) == set(Fault)
    assert CARD_PIN in panel.cards[0].second_line()
    assert f"{SLOW_S:.0f} s" in faults.rows["issuer_slow"].second_line()


def test_a_switch_acts_at_once_and_the_panel_stays(
    faults: FaultsPanel, switches: FaultSwitches, anchor: QWidget, actions: FakeActions
) -> None:
    counts: list[int] = []
    switches.counted.connect(counts.append)
    faults.open_at(anchor)
    settle()
    row = faults.rows["issuer_down"]
    assert row.accessibleName() == "Issuer down" and row.accessibleDescription() == "No connection"
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))  # the whole row is the target
    assert actions.last("set_fault").values == ("issuer_down", True)
    assert row.isChecked() and faults.is_open()
    actions.last("set_fault").job.succeed(frozenset({"issuer_down"}))
    assert counts == [1]
    press(row, Qt.Key.Key_Space)
    assert actions.last("set_fault").values == ("issuer_down", False)
    actions.last("set_fault").job.succeed(frozenset())
    assert counts == [1, 0] and not row.isChecked()


def test_an_older_answer_does_not_switch_back(faults: FaultsPanel, anchor: QWidget, actions: FakeActions) -> None:
    faults.open_at(anchor)
    row = faults.rows["issuer_slow"]
    click(row)
    first = actions.last("set_fault").job
    click(row)
    first.succeed(frozenset({"issuer_slow"}))
    assert not row.isChecked()
    actions.last("set_fault").job.succeed(frozenset())
    assert not row.isChecked()


def test_a_switch_that_failed_goes_back_and_says_so(
    faults: FaultsPanel, switches: FaultSwitches, anchor: QWidget, actions: FakeActions
) -> None:
    said: list[Problem] = []
    switches.failed.connect(said.append)
    faults.open_at(anchor)
    click(faults.rows["issuer_slow"])
    actions.last("set_fault").job.fail(UserError("There are no practice faults here.", "Use practice."))
    assert not faults.rows["issuer_slow"].isChecked()
    assert said == [Problem("There are no practice faults here.", "Use practice.")]


def test_what_is_on_is_asked_for_and_shown_also_by_a_panel_that_is_made_later(
    page: InvoicePage, switches: FaultSwitches, actions: FakeActions
) -> None:
    switches.load()
    actions.last("faults").job.succeed(frozenset({"server_away", "card_pin"}))
    assert FaultsPanel(page, switches).rows["server_away"].isChecked()
    assert PracticePanel(page, switches).cards[0].isChecked()


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_all_faults_can_be_reached_on_a_small_screen(
    page: InvoicePage, faults: FaultsPanel, anchor: QWidget, text_scale: float
) -> None:
    set_device(SMALL, text_scale=text_scale)
    faults.open_at(anchor)
    settle()
    last = faults.rows["issuer_pays_late"]
    page.window().activateWindow()
    faults.rows["server_away"].setFocus()
    for row in tuple(faults.rows.values())[:-1]:
        press(row, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is last
    settle()
    corner = last.mapTo(faults, last.rect().bottomLeft())
    assert page.rect().contains(faults.panel.geometry())
    assert faults.panel.geometry().contains(corner)
    assert last.height() >= 10 * SMALL.px_per_mm


def test_without_a_code_all_fits_on_a_small_screen_with_large_text(
    page: InvoicePage, panel: PracticePanel, anchor: QWidget
) -> None:
    set_device(SMALL, text_scale=1.5)
    panel.set_can_pay(False)
    panel.open_at(anchor)
    settle()
    assert panel._hint.isVisible()
    assert page.rect().contains(panel.panel.geometry())


def test_the_code_stays_visible_beside_the_faults(page: InvoicePage, faults: FaultsPanel, anchor: QWidget) -> None:
    faults.open_at(anchor)
    settle()
    assert read_code(pixels(page)).startswith("LIGHTNING:LNBCRT")
