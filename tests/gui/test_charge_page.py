"""The charge page: every press counts once, Charge says what it does, and asks again above the ceiling."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Problem
from pos_app.ui.pages.charge import ChargePage
from pos_app.ui.widgets.keys import ADD, BACKSPACE, CLEAR, DIGITS, HOLD_MS
from tests.gui.stage import SMALL, click, page_size, set_device, show
from tests.support.sales import sale_view

THIN = "\u202f"


class Page:
    """The page and what it said."""

    def __init__(self, qtbot: QtBot) -> None:
        set_device()
        self.page = ChargePage()
        show(qtbot, self.page, (SMALL.width - SMALL.u(21), page_size(SMALL)[1]))
        self.page.setFocus()
        self.charged: list[tuple[Sat, str]] = []
        self.page.charge.connect(lambda amount, note: self.charged.append((amount, note)))

    def key(self, name: str) -> QWidget:
        return self.page.keypad.keys[name]

    def touch(self, *names: str) -> None:
        for name in names:
            click(self.key(name))

    def type(self, text: str) -> None:
        QTest.keyClicks(self.page, text)

    @property
    def total(self) -> Sat:
        return self.page.entry.total

    @property
    def charge_words(self) -> str:
        return self.page.pane.charge.text()


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    return Page(qtbot)


def test_every_digit_key_types_its_digits(page: Page) -> None:
    for name in DIGITS:
        page.touch(CLEAR, CLEAR, "1", name)
        assert page.total == Sat(int(f"1{name}"))


def test_a_digit_acts_on_press_and_charge_on_release(page: Page) -> None:
    QTest.mousePress(page.key("7"), Qt.MouseButton.LeftButton)
    assert page.total == Sat(7)
    QTest.mouseRelease(page.key("7"), Qt.MouseButton.LeftButton)
    charge = page.page.pane.charge
    QTest.mousePress(charge, Qt.MouseButton.LeftButton)
    assert page.charged == []
    QTest.mouseRelease(charge, Qt.MouseButton.LeftButton)
    assert page.charged == [(Sat(7), "")]


def test_charge_released_outside_does_nothing(page: Page) -> None:
    page.type("7")
    charge = page.page.pane.charge
    QTest.mousePress(charge, Qt.MouseButton.LeftButton)
    QTest.mouseMove(charge, QPoint(-50, -50))
    QTest.mouseRelease(charge, Qt.MouseButton.LeftButton, pos=QPoint(-50, -50))
    assert page.charged == []


def test_fast_presses_all_count(page: Page) -> None:
    for _ in range(10):
        QTest.mousePress(page.key("1"), Qt.MouseButton.LeftButton)
        QTest.mouseRelease(page.key("1"), Qt.MouseButton.LeftButton)
    assert page.total == Sat(1_111_111_111)


def test_a_double_click_is_two_presses(page: Page) -> None:
    key = page.key("4")
    QTest.mouseClick(key, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(key, Qt.MouseButton.LeftButton)
    assert page.total == Sat(44)


def test_two_thumbs_type_at_once(page: Page, touch_screen: QPointingDevice) -> None:
    one, two = page.key("1"), page.key("2")
    QTest.touchEvent(one, touch_screen).press(0, one.rect().center(), one).commit()
    both = QTest.touchEvent(two, touch_screen)
    both.stationary(0).press(1, two.rect().center(), two).commit()
    last = QTest.touchEvent(two, touch_screen)
    last.release(0, one.rect().center(), one).release(1, two.rect().center(), two).commit()
    assert page.total == Sat(12)


@pytest.fixture
def touch_screen(qapp: QApplication) -> QPointingDevice:
    return QTest.createTouchDevice()


def test_the_keyboard_types_the_same(page: Page) -> None:
    page.type("12000+43")
    assert page.total == Sat(12_043)
    QTest.keyClick(page.page, Qt.Key.Key_Backspace)
    assert page.total == Sat(12_004)
    QTest.keyClick(page.page, Qt.Key.Key_Escape)
    assert page.total == Sat(12_000)
    QTest.keyClick(page.page, Qt.Key.Key_Escape)
    assert page.total == Sat(0)


def test_the_numpad_types_the_same(page: Page) -> None:
    pad = Qt.KeyboardModifier.KeypadModifier
    for key in (Qt.Key.Key_5, Qt.Key.Key_0, Qt.Key.Key_Plus, Qt.Key.Key_7):
        QTest.keyClick(page.page, key, pad)
    QTest.keyClick(page.page, Qt.Key.Key_Enter, pad)
    assert page.charged == [(Sat(57), "")]


@pytest.mark.parametrize("name", ["1", ADD, CLEAR, BACKSPACE])
def test_digits_and_enter_work_from_a_focused_key(page: Page, name: str) -> None:
    page.key(name).setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(page.key(name), "42")
    QTest.keyClick(page.key(name), Qt.Key.Key_Return)
    assert page.charged == [(Sat(42), "")]


def test_a_press_takes_no_focus(page: Page) -> None:
    page.touch("1")
    click(page.page.pane.note_button)
    assert page.page.pane.note_field.edit.hasFocus()
    click(page.page.pane.charge)
    assert not page.page.pane.charge.hasFocus()


def test_holding_c_clears_the_sale(page: Page, qtbot: QtBot) -> None:
    page.type("12+34")
    with qtbot.waitSignal(page.page.keypad.held, timeout=HOLD_MS + 2000):
        QTest.mousePress(page.key(CLEAR), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(page.key(CLEAR), Qt.MouseButton.LeftButton)
    assert page.page.entry.is_empty


@pytest.mark.parametrize("amount", ["", "12", "12+34"])
def test_c_once_more_clears_the_note_with_the_sale(page: Page, amount: str) -> None:
    page.page.pane.set_note("Table 4")
    page.type(amount)
    if amount:
        QTest.keyClick(page.page, Qt.Key.Key_Escape)
        assert page.page.pane.note() == "Table 4"
    QTest.keyClick(page.page, Qt.Key.Key_Escape)
    assert page.page.entry.is_empty and page.page.pane.note() == ""


def test_charge_says_what_it_will_do(page: Page) -> None:
    assert page.charge_words == "Charge"
    assert not page.page.pane.charge.isEnabled()
    page.type("21000")
    assert page.charge_words == f"Charge 21{THIN}000 sat"
    assert page.page.pane.charge.isEnabled()
    page.type("+")
    assert page.charge_words == f"Charge 21{THIN}000 sat"


def test_nothing_typed_cannot_be_charged(page: Page) -> None:
    QTest.keyClick(page.page, Qt.Key.Key_Return)
    click(page.page.pane.charge)
    assert page.charged == []


def test_a_second_charge_does_nothing_until_the_till_answered(page: Page) -> None:
    page.type("21")
    click(page.page.pane.charge)
    click(page.page.pane.charge)
    QTest.keyClick(page.page, Qt.Key.Key_Return)
    page.type("9")
    assert page.charged == [(Sat(21), "")]
    assert page.total == Sat(21)
    page.page.reset()
    assert page.total == Sat(0)


def test_a_refused_charge_keeps_what_was_typed(page: Page) -> None:
    page.type("21")
    click(page.page.pane.charge)
    page.page.show_problem(Problem("The disk is full.", "Free some space."))
    assert page.page.pane.notice.accessibleName() == "The disk is full. Free some space."
    assert page.total == Sat(21)
    click(page.page.pane.charge)
    assert len(page.charged) == 2


def _click_yes(page: Page) -> None:
    yes = [b for b in _buttons(page) if b.accessibleName() == "Charge it" or b.property("text") == "Charge it"]
    click(yes[0])


def _buttons(page: Page) -> list[QWidget]:
    return [w for w in page.page.pane.notice.findChildren(QWidget) if w.isVisible() and w.property("text")]


def test_above_the_ceiling_it_asks_once_more(page: Page) -> None:
    page.page.set_ceiling(Sat(1000))
    page.type("1000")
    click(page.page.pane.charge)
    assert page.charged == [(Sat(1000), "")]
    page.page.reset()
    page.type("1001")
    for _ in range(3):
        click(page.page.pane.charge)
    QTest.keyClick(page.page, Qt.Key.Key_Return)
    assert len(page.charged) == 1
    assert page.page.pane.is_asking()
    _click_yes(page)
    assert page.charged[1:] == [(Sat(1001), "")]


def test_a_key_takes_the_question_back(page: Page) -> None:
    page.page.set_ceiling(Sat(1000))
    page.type("5000")
    click(page.page.pane.charge)
    page.touch(BACKSPACE)
    assert not page.page.pane.is_asking()
    click(page.page.pane.charge)
    assert page.charged == [(Sat(500), "")]


def test_enter_after_the_question_does_not_charge(page: Page) -> None:
    page.page.set_ceiling(Sat(1000))
    page.type("5000")
    QTest.keyClick(page.page, Qt.Key.Key_Return)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Return)
    assert page.charged == []
    assert not page.page.pane.is_asking()
    assert page.page.hasFocus()


def _with_enter(page: Page) -> None:
    QTest.keyClick(page.page.pane.note_field.edit, Qt.Key.Key_Return)


def _with_charge(page: Page) -> None:
    click(page.page.pane.charge)


@pytest.mark.parametrize("keep", [_with_enter, _with_charge])
def test_a_note_is_kept(page: Page, keep: Callable[[Page], None]) -> None:
    page.type("21")
    click(page.page.pane.note_button)
    QTest.keyClicks(page.page.pane.note_field.edit, "Table 4")
    keep(page)
    assert page.page.pane.note() == "Table 4"
    assert page.total == Sat(21)
    if page.charged:
        assert page.charged == [(Sat(21), "Table 4")]
    else:
        assert page.page.hasFocus()


def test_escape_leaves_the_note_as_it_was(page: Page) -> None:
    page.type("21")
    page.page.pane.set_note("Table 4")
    click(page.page.pane.note_button)
    QTest.keyClicks(page.page.pane.note_field.edit, "4")
    QTest.keyClick(page.page.pane.note_field.edit, Qt.Key.Key_Escape)
    assert page.page.pane.note() == "Table 4" and page.total == Sat(21)
    assert page.page.hasFocus()


def test_the_last_sale_is_one_touch_away(page: Page) -> None:
    opened: list[object] = []
    page.page.last_pressed.connect(opened.append)
    sale = sale_view(SaleState.PAID)
    page.page.show_last(sale)
    click(page.page.pane.last)
    assert opened == [sale]
    page.type("1")
    assert not page.page.pane.last.isVisible()


def test_a_touched_line_is_typed_on(page: Page) -> None:
    page.type("12+34+56")
    lines = page.page.pane.lines
    QTest.mouseClick(lines, Qt.MouseButton.LeftButton, pos=QPoint(20, SMALL.u(7)))
    page.type("0")
    assert page.page.entry.amounts == (Sat(120), Sat(34), Sat(56))


def test_the_amount_shrinks_in_steps(page: Page) -> None:
    amount = page.page.amount
    page.type("21000")
    assert amount.step_u() == 24
    page.type("0000000")
    assert amount.step_u() in (20, 16, 13)
    assert amount.accessibleName() == "210000000000 sat"


def test_a_loaded_sale_stands_as_if_typed(page: Page) -> None:
    page.page.load(Sat(500), "Table 4")
    assert page.total == Sat(500)
    assert page.page.pane.note() == "Table 4"
    assert page.charge_words == "Charge 500 sat"
