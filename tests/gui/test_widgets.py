"""The painted widgets: what they say, what they look like when pressed, and where the focus ring is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import FactState
from pos_app.ui.strip import Strip
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import Chip, state_chip
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.focus import FocusRing
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.segment import Segment
from pos_app.ui.widgets.sheet import Sheet
from pos_app.ui.widgets.switch import SwitchRow
from pos_app.ui.widgets.toast import Toast
from tests.gui.stage import SMALL, click, page_size, pixels, set_device, show
from tests.support.sales import sale_view
from tests.support.window import a_fact, a_status


@pytest.fixture(autouse=True)
def device(qapp: QApplication) -> None:
    set_device()


def _fill(widget: QWidget) -> str:
    return pixels(widget).pixelColor(6, widget.height() // 2).name()


def test_a_button_shows_its_states(qtbot: QtBot) -> None:
    button = Button("Continue", kind="primary")
    show(qtbot, button, (200, 56))
    now = theme.now
    assert _fill(button) == now.accent.name()
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    assert _fill(button) == now.accent_press.name()
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    button.setEnabled(False)
    assert _fill(button) == now.idle_tint.name()


def test_a_quick_tap_stays_visible_for_a_moment(qtbot: QtBot) -> None:
    set_device(still=False)
    button = Button("Continue", kind="primary")
    show(qtbot, button, (200, 56))
    click(button)
    assert _fill(button) == theme.now.accent_press.name()
    qtbot.waitUntil(lambda: _fill(button) == theme.now.accent.name())


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_focused_button_is_pressed_by_keys(qtbot: QtBot, key: Qt.Key) -> None:
    button = Button("Continue")
    show(qtbot, button, (200, 56))
    with qtbot.waitSignal(button.clicked):
        QTest.keyClick(button, key)


def test_a_button_makes_its_words_smaller_before_it_cuts_them(qtbot: QtBot) -> None:
    button = Button("Charge 2 100 000 sat", kind="primary", height=25, text_size=7)
    assert button.minimumSizeHint().width() < button.sizeHint().width()


def test_every_state_has_a_word_an_icon_and_a_tone(qtbot: QtBot) -> None:
    looks = [state_chip(state) for state in SaleState]
    assert len({look.word for look in looks}) == len(looks)
    chip = Chip(looks[0])
    qtbot.addWidget(chip)
    chip.set_look(state_chip(SaleState.PAID_LATE))
    assert chip.accessibleName() == "Paid late"
    assert chip.sizeHint().height() == theme.u(8)


def test_the_amount_is_painted_inside_its_box(qtbot: QtBot) -> None:
    amount = Amount(steps_u=(24, 20, 16, 13))
    amount.set_sat(Sat(888_888))
    show(qtbot, amount, (theme.u(134), amount.sizeHint().height()))
    image = pixels(amount)
    paper = theme.now.bg.name()
    for x in range(image.width()):
        assert image.pixelColor(x, 0).name() == paper
        assert image.pixelColor(x, image.height() - 1).name() == paper
    dark = [y for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).lightness() < 60]
    assert (max(dark) - min(dark)) / SMALL.px_per_mm > 15


def test_labels_show_markup_as_text(qtbot: QtBot) -> None:
    label = Label("<b>not bold</b>")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    plain = Label("not bold")
    qtbot.addWidget(plain)
    assert label.sizeHint().width() > plain.sizeHint().width()


def test_a_long_line_gives_way(qtbot: QtBot) -> None:
    label = ElidedLabel("a long line " * 20)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() == 0


def test_a_short_form_comes_before_an_ellipsis(qtbot: QtBot) -> None:
    label, short = ElidedLabel("At risk · 2 of 20 sales"), ElidedLabel("At risk")
    label.set_short("At risk")
    for one in (label, short):
        qtbot.addWidget(one)
        one.resize(label.sizeHint().width() - 1, label.sizeHint().height())
    assert label.grab().toImage() == short.grab().toImage()
    label.resize(label.sizeHint())
    short.resize(label.size())
    assert label.grab().toImage() != short.grab().toImage()


def test_a_field_keeps_enter_and_tells_it(qtbot: QtBot) -> None:
    outer: list[int] = []

    class Page(QWidget):
        def keyPressEvent(self, event: object) -> None:
            outer.append(1)

    page = Page()
    field = Field("Shop name")
    QHBoxLayout(page).addWidget(field)
    show(qtbot, page, (400, 80))
    entered: list[str] = []
    field.entered.connect(entered.append)
    QTest.keyClicks(field.edit, "Sol")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert entered == ["Sol"]
    assert outer == []


def test_a_segment_is_chosen_by_touch_and_arrows(qtbot: QtBot) -> None:
    segment = Segment("Period", (("day", "Day"), ("week", "Week"), ("month", "Month")))
    show(qtbot, segment, (400, 50))
    chosen: list[str] = []
    segment.chosen.connect(chosen.append)
    QTest.keyClick(segment, Qt.Key.Key_Right)
    QTest.keyClick(segment, Qt.Key.Key_Left)
    QTest.keyClick(segment, Qt.Key.Key_Left)
    assert chosen == ["week", "day", "month"]
    segment.set_value("week")
    segment.set_value("year")
    assert segment.value() == "week"
    assert chosen == ["week", "day", "month"]


def test_the_whole_row_switches(qtbot: QtBot) -> None:
    row = SwitchRow("Sounds", "All of them")
    show(qtbot, row, (600, 60))
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert row.isChecked()


def test_the_ring_is_shown_after_keys_and_never_after_a_touch(qtbot: QtBot) -> None:
    page = QWidget()
    one, two = Button("One"), Button("Two")
    row = QHBoxLayout(page)
    row.addWidget(one)
    row.addWidget(two)
    show(qtbot, page, (400, 80))
    ring = FocusRing(page.window())
    native = page.window().windowHandle()
    ring.watch(native)
    one.setFocus()
    assert not ring.isVisible()
    QTest.keyClick(native, Qt.Key.Key_Tab)
    assert two.hasFocus()
    assert ring.isVisible()
    assert ring.geometry().contains(two.geometry())
    QTest.mouseClick(native, Qt.MouseButton.LeftButton, pos=one.geometry().center())
    assert not ring.isVisible()


def test_a_page_that_listens_for_keys_gets_no_ring(qtbot: QtBot) -> None:
    outer, page, button = QWidget(), QWidget(), Button("One")
    page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    QHBoxLayout(outer).addWidget(page)
    row = QHBoxLayout(page)
    row.addWidget(Button("Two"))
    row.addWidget(button)
    show(qtbot, outer, (400, 100))
    ring = FocusRing(page.window())
    native = page.window().windowHandle()
    ring.watch(native)
    page.setFocus()
    QTest.keyClick(native, Qt.Key.Key_Down)
    assert not ring.isVisible()
    button.setFocus()
    assert ring.isVisible()
    page.setFocus()
    assert not ring.isVisible()
    button.setFocus()
    assert ring.isVisible()


def _strip(qtbot: QtBot, width: int) -> Strip:
    strip = Strip()
    show(qtbot, strip, (width, theme.u(11.5)))
    return strip


def test_the_strip_puts_what_fails_first_and_in_colour(qtbot: QtBot) -> None:
    strip = _strip(qtbot, 1024)
    strip.show_status(a_status())
    assert not _colourful(strip)
    facts = (a_fact("payments", "Payments"), a_fact("lightning", "Lightning away", FactState.DOWN))
    uncertain = (sale_view(SaleState.UNCERTAIN, amount=Sat(500)),)
    strip.show_status(a_status(*facts, uncertain=uncertain))
    assert strip.accessibleName() == "Café Linde. Status: 1 checking · 500 sat, Lightning away, Payments"
    assert _colourful(strip)


def _colourful(widget: QWidget) -> bool:
    image = pixels(widget)
    colours = (image.pixelColor(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2))
    return any(colour.hslSaturationF() > 0.4 and 0.1 < colour.lightnessF() < 0.97 for colour in colours)


@pytest.mark.parametrize("width", [1024, 640, 300])
def test_the_strip_drops_what_finds_no_room(qtbot: QtBot, width: int) -> None:
    set_device(text_scale=1.5)
    strip = _strip(qtbot, width)
    facts = [a_fact(key, key * 2) for key in ("payments", "lightning", "rate", "reader", "printer")]
    strip.show_status(a_status(*facts, shop_name="A shop with a rather long name"))
    assert pixels(strip).width() == width


def test_a_sheet_takes_the_focus_and_gives_it_back(qtbot: QtBot) -> None:
    page = QWidget()
    button = Button("Recent")
    QHBoxLayout(page).addWidget(button)
    show(qtbot, page, page_size(SMALL))
    button.setFocus()
    sheet = Sheet(page, "Recent sales")
    inside = Button("Inside")
    sheet.body.addWidget(inside)
    sheet.open_sheet()
    sheet.open_sheet()
    assert sheet.is_open()
    assert sheet.panel.isAncestorOf(QApplication.focusWidget() or page)
    assert sheet.panel.geometry().right() == page.rect().right()
    assert sheet.panel.width() == theme.u(118)
    QTest.keyClick(inside, Qt.Key.Key_Escape)
    assert not sheet.is_open()
    assert button.hasFocus()


def test_a_touch_on_the_scrim_closes_the_sheet(qtbot: QtBot) -> None:
    page = QWidget()
    show(qtbot, page, page_size(SMALL))
    sheet = Sheet(page, "Recent sales")
    sheet.open_sheet()
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert not sheet.is_open()


def test_a_moving_sheet_arrives_and_takes_input_at_once(qtbot: QtBot) -> None:
    set_device(still=False)
    page = QWidget()
    show(qtbot, page, page_size(SMALL))
    sheet = Sheet(page, edge="top")
    sheet.body.addWidget(Button("Inside"))
    sheet.open_sheet()
    assert sheet.is_open()
    qtbot.waitUntil(lambda: sheet.panel.pos() == QPoint(0, 0))
    sheet.close_sheet()
    assert not sheet.is_open()
    qtbot.waitUntil(lambda: not sheet.isVisible())


def test_a_toast_says_its_word_and_takes_no_touch(qtbot: QtBot) -> None:
    page = QWidget()
    show(qtbot, page, page_size(SMALL))
    toast = Toast(page)
    toast.say("Invoice copied")
    assert toast.isVisible()
    assert toast.accessibleName() == "Invoice copied"
    assert page.rect().contains(toast.geometry())
    assert page.childAt(toast.geometry().center()) is None


def test_the_guard_swallows_presses_for_a_moment(qtbot: QtBot) -> None:
    page = QWidget()
    button = Button("Below")
    QHBoxLayout(page).addWidget(button)
    show(qtbot, page, (300, 80))
    pressed: list[bool] = []
    button.clicked.connect(pressed.append)
    guard = Guard(page)
    guard.shield()
    target = page.childAt(button.geometry().center())
    assert target is guard
    QTest.mouseDClick(target, Qt.MouseButton.LeftButton)
    assert pressed == []
    qtbot.waitUntil(lambda: not guard.isVisible())
    assert page.childAt(button.geometry().center()) is button
