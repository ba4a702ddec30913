"""The invoice page: each state says the right words, nothing can be done twice, nothing moves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, Problem, SaleView
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.pages.scenes import Action
from pos_app.ui.theme import Mode, theme
from pos_app.ui.widgets.qr import code_text
from pos_app.ui.widgets.tap_state import TapState
from tests.gui.stage import (
    BETWEEN,
    SMALL,
    WIDE,
    Time,
    click,
    page_size,
    pixels,
    press,
    read_code,
    set_device,
    settle,
    show,
)
from tests.support.sales import NOON_S, invoice_view, sale_view

AWAY = Problem("The payments server does not answer.", "Look at the network, then try again.")
WRONG = Problem("The server answered with a wrong invoice.", "Call whoever runs the server")
LOST = Problem("The answer of the payments server was lost.", "The till is looking it up.")
STATES: dict[str, SaleView] = {
    "unborn": sale_view(phase=Phase.MAKING, number=0, can_cancel=False),
    "making": sale_view(phase=Phase.MAKING),
    "ready": sale_view(note="Table 4"),
    "checking": sale_view(phase=Phase.CHECKING, problem=LOST),
    "no code": sale_view(phase=Phase.NO_CODE, problem=AWAY, retry_in_s=8),
    "ending": sale_view(phase=Phase.ENDING, safe_in_s=118),
    "cancelling": sale_view(phase=Phase.CANCELLING),
    "expired": sale_view(SaleState.EXPIRED),
    "cancelled": sale_view(SaleState.CANCELLED),
    "wrong": sale_view(phase=Phase.NO_CODE, problem=WRONG),
    "worry": sale_view(problem=AWAY),
    "refund due": replace(sale_view(SaleState.REFUND_DUE), received=Sat(33_406)),
    "written off": sale_view(SaleState.WRITTEN_OFF),
    "uncertain": sale_view(SaleState.UNCERTAIN, uncertain_until_s=NOON_S + 600),
}


class Presses:
    """Everything that the page asked for."""

    def __init__(self, page: InvoicePage) -> None:
        self.asked: list[tuple[str, object]] = []
        for name in ("cancel", "stop_waiting", "retry", "new_code", "check_now", "back"):
            getattr(page, f"{name}_pressed").connect(lambda value, name=name: self.asked.append((name, value)))
        page.new_sale_pressed.connect(lambda: self.asked.append(("new_sale", None)))
        page.said.connect(lambda text: self.asked.append(("said", text)))


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def page(qtbot: QtBot, now: Time) -> InvoicePage:
    set_device()
    made = InvoicePage(now=now)
    show(qtbot, made, page_size(SMALL))
    return made


@pytest.fixture
def presses(page: InvoicePage) -> Presses:
    return Presses(page)


def shown_buttons(page: InvoicePage) -> list[str]:
    shown = [page.primary, *page.buttons.values()]
    return [button.text() for button in shown if button.isVisible()]


@pytest.mark.parametrize(
    ("name", "words", "buttons"),
    [
        ("unborn", ["One moment"], ["Cancel", "More"]),
        ("making", ["One moment"], ["Cancel", "More"]),
        ("ready", ["Scan with a Lightning wallet"], ["Cancel", "More"]),
        (
            "checking",
            ["Do not charge again", "The answer was lost. Checking", LOST.message, LOST.cure[:-1]],
            ["Stop waiting"],
        ),
        ("no code", ["No code now", AWAY.message, AWAY.cure, "Trying again by itself"], ["Cancel", "Try again"]),
        ("ending", ["The code has ended", "still watches", "Paid late"], ["Show a new code", "Cancel", "New sale"]),
        ("cancelling", ["Cancelling", "no longer shown"], ["Cancel", "More"]),
        (
            "expired",
            ["The code has expired", "within 10 minutes", "Paid late"],
            ["Show a new code", "Back to the sale", "New sale"],
        ),
        ("cancelled", ["Sale cancelled", "Paid late"], ["New sale", "Back to the sale"]),
        ("wrong", ["No code now", WRONG.message, WRONG.cure, "Nothing was charged"], ["Cancel", "Try again"]),
        ("worry", [AWAY.message[:-1]], ["Cancel", "More"]),
        (
            "refund due",
            ["Refund due", "More was paid than is due. 33\u202f406 sat arrived"],
            ["New sale", "Back to the sale"],
        ),
        ("written off", ["Written off"], ["New sale", "Back to the sale"]),
        (
            "uncertain",
            ["Do not charge again", "Not certain yet", "16\u202f703 sat may still be paid until 12:14"],
            ["New sale", "Check now"],
        ),
    ],
)
def test_each_state_says_its_words(page: InvoicePage, name: str, words: list[str], buttons: list[str]) -> None:
    page.show_sale(STATES[name])
    spoken = page.spoken()
    assert [word for word in words if word not in spoken] == []
    assert sorted(shown_buttons(page)) == sorted(buttons)


@pytest.mark.parametrize("name", [name for name in STATES if name not in ("ready", "worry")])
def test_no_state_but_ready_shows_a_code(page: InvoicePage, name: str) -> None:
    page.show_sale(STATES["ready"])
    settle()
    assert page.card.has_code()
    page.show_sale(STATES[name])
    settle()
    assert not page.card.has_code()
    assert page.count.text() == ("0:08" if name == "no code" else "")


def test_only_the_uncertain_states_forbid_to_charge_again(page: InvoicePage) -> None:
    for name, sale in STATES.items():
        page.show_sale(sale)
        loud = page.tap.isVisible() and page.tap.state is TapState.ANSWER_LOST
        assert loud == (name in ("checking", "uncertain"))
        assert ("Do not charge again" in page.spoken()) == loud


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT, Mode.CONTRAST_DARK])
@pytest.mark.parametrize("metrics", [SMALL, WIDE])
def test_the_code_on_the_screen_is_the_invoice(qtbot: QtBot, metrics: Metrics, mode: Mode) -> None:
    set_device(metrics, mode)
    page = InvoicePage(now=Time())
    page.show_sale(STATES["ready"])
    show(qtbot, page, page_size(metrics))
    assert read_code(pixels(page)) == code_text(invoice_view().bolt11)
    page.set_qr_prefix(False)
    page.show_sale(STATES["ready"])
    settle()
    assert read_code(pixels(page)) == invoice_view().bolt11.upper()


def test_a_touch_on_the_code_shows_it_as_high_as_the_page(qtbot: QtBot, page: InvoicePage) -> None:
    page.show_sale(STATES["ready"])
    settle()
    small = page.card.width()
    click(page.card)
    settle()
    assert page.card.height() == page.height() - 2 * theme.u(3) > small
    assert page.count.isVisible() and page.count.text() == "9:42"
    assert not page.count.geometry().intersects(page.card.geometry())
    assert read_code(pixels(page)) == code_text(invoice_view().bolt11)
    press(page, Qt.Key.Key_Escape)
    assert page.card.width() == small
    assert page.count.geometry().top() > page.card.geometry().bottom()


def test_the_larger_code_goes_when_the_code_goes(qtbot: QtBot, page: InvoicePage) -> None:
    page.show_sale(STATES["ready"])
    settle()
    small = page.card.width()
    click(page.card)
    page.show_sale(STATES["checking"])
    settle()
    assert page.card.width() == small
    assert page.count.geometry().top() > page.card.geometry().bottom()
    assert page.more_size.text() == "Show the code larger"


@pytest.mark.parametrize("metrics", [SMALL, BETWEEN, WIDE])
def test_nothing_that_the_eye_rests_on_moves(qtbot: QtBot, metrics: Metrics) -> None:
    set_device(metrics)
    page = InvoicePage(now=Time())
    show(qtbot, page, page_size(metrics))
    places: set[tuple[object, ...]] = set()
    for sale in STATES.values():
        page.show_sale(sale)
        settle()
        places.add(
            (page.amount.geometry().topLeft().toTuple(), page.card.geometry().topLeft().toTuple(), page.card.width())
        )
        if page.tap.isVisible():
            places.add(("tap", page.tap.geometry().top(), page.tap.geometry().bottom()))
    assert len(places) == 2


@pytest.mark.parametrize(
    ("name", "action", "asked"),
    [
        ("making", Action.CANCEL, ("cancel", "sale-147")),
        ("ready", Action.CANCEL, ("cancel", "sale-147")),
        ("checking", Action.STOP_WAITING, ("stop_waiting", "sale-147")),
        ("no code", Action.TRY_AGAIN, ("retry", "sale-147")),
        ("ending", Action.CANCEL, ("cancel", "sale-147")),
        ("ending", Action.NEW_SALE, ("new_sale", None)),
        ("expired", Action.BACK, ("back", STATES["expired"])),
        ("uncertain", Action.CHECK_NOW, ("check_now", "sale-147")),
        ("uncertain", Action.NEW_SALE, ("new_sale", None)),
    ],
)
def test_a_second_click_does_nothing(
    qtbot: QtBot, page: InvoicePage, presses: Presses, name: str, action: Action, asked: tuple[str, object]
) -> None:
    page.show_sale(STATES[name])
    settle()
    click(page.buttons[action])
    click(page.buttons[action])
    press(page, Qt.Key.Key_Escape)
    assert presses.asked == [asked]


def test_the_buttons_come_back_with_the_answer_or_by_themselves(
    qtbot: QtBot, page: InvoicePage, presses: Presses
) -> None:
    page.show_sale(STATES["no code"])
    button = page.buttons[Action.TRY_AGAIN]
    click(button)
    assert not button.isEnabled()
    page.show_sale(STATES["no code"])
    assert button.isEnabled()
    click(button)
    page.bar._lock.start(1)
    qtbot.waitUntil(button.isEnabled)
    click(button)
    assert presses.asked == [("retry", "sale-147")] * 3


def test_the_second_half_of_a_double_tap_presses_nothing_new(page: InvoicePage, presses: Presses) -> None:
    page.show_sale(STATES["ready"])
    page.guard.hide()
    settle()
    place = page.buttons[Action.CANCEL].mapTo(page, page.buttons[Action.CANCEL].rect().center())
    assert page.childAt(place) is page.buttons[Action.CANCEL]
    page.show_sale(STATES["cancelled"])
    settle()
    assert page.childAt(place) is page.guard
    page.guard._timer.timeout.emit()
    assert page.childAt(place) is page.buttons[Action.BACK]
    assert presses.asked == []


def test_a_sale_that_cannot_be_cancelled_can_only_be_left_waiting(page: InvoicePage) -> None:
    page.show_sale(sale_view(can_cancel=False))
    assert "Stop waiting" in shown_buttons(page) and "Cancel" not in shown_buttons(page)


def test_while_cancelling_nothing_can_be_pressed(qtbot: QtBot, page: InvoicePage, presses: Presses) -> None:
    page.show_sale(STATES["cancelling"])
    press(page, Qt.Key.Key_Escape)
    click(page.buttons[Action.CANCEL])
    assert presses.asked == [] and not page.buttons[Action.CANCEL].isEnabled()


def test_a_new_code_waits_until_the_old_one_is_dead(
    qtbot: QtBot, page: InvoicePage, presses: Presses, now: Time
) -> None:
    page.show_sale(STATES["ending"])
    assert page.primary.accessibleName() == "Show a new code, possible in 1:58"
    now.seconds = 60.0
    page._ticking.timeout.emit()
    assert page.primary.accessibleName() == "Show a new code, possible in 0:58"
    click(page.primary)
    press(page, Qt.Key.Key_Return)
    now.seconds = 200.0
    page._ticking.timeout.emit()
    assert page.primary.accessibleName() == "Show a new code, as soon as the server says it is unpaid"
    click(page.primary)
    assert presses.asked == []
    page.show_sale(STATES["expired"])
    click(page.primary)
    assert presses.asked == [("new_code", "sale-147")]


@pytest.mark.parametrize(
    ("name", "key", "asked"),
    [
        ("ready", Qt.Key.Key_Escape, ["cancel"]),
        ("ready", Qt.Key.Key_Return, []),
        ("checking", Qt.Key.Key_Escape, ["stop_waiting"]),
        ("no code", Qt.Key.Key_Enter, ["retry"]),
        ("expired", Qt.Key.Key_Enter, ["new_code"]),
        ("expired", Qt.Key.Key_Escape, ["new_sale"]),
        ("cancelled", Qt.Key.Key_Return, ["new_sale"]),
        ("uncertain", Qt.Key.Key_Return, []),
    ],
)
def test_the_keyboard_does_what_the_buttons_do(
    qtbot: QtBot, page: InvoicePage, presses: Presses, name: str, key: Qt.Key, asked: list[str]
) -> None:
    page.show_sale(STATES[name])
    press(page, key)
    assert [name for name, _ in presses.asked] == asked


def test_copy_puts_the_invoice_on_the_clipboard_and_says_so(qtbot: QtBot, page: InvoicePage, presses: Presses) -> None:
    page.show_sale(STATES["making"])
    press(page, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert presses.asked == []
    page.show_sale(STATES["ready"])
    settle()
    click(page.buttons[Action.MORE])
    assert page.more.is_open()
    click(page.more_copy)
    assert not page.more.is_open()
    assert QGuiApplication.clipboard().text() == invoice_view().bolt11
    assert presses.asked == [("said", "Invoice copied")]


def test_more_closes_with_escape_and_cancels_nothing(qtbot: QtBot, page: InvoicePage, presses: Presses) -> None:
    page.show_sale(STATES["ready"])
    press(page.buttons[Action.MORE], Qt.Key.Key_Return)
    assert page.more.is_open() and page.more_copy.hasFocus()
    press(page.more_copy, Qt.Key.Key_Escape)
    assert not page.more.is_open() and presses.asked == []


def test_wide_windows_have_copy_beside_more(qtbot: QtBot) -> None:
    set_device(WIDE)
    page = InvoicePage(now=Time())
    page.show_sale(STATES["ready"])
    show(qtbot, page, page_size(WIDE))
    assert shown_buttons(page) == ["Cancel", "Copy", "More"]


def test_the_count_down_follows_the_tills_clock(page: InvoicePage, now: Time) -> None:
    page.show_sale(STATES["ready"])
    assert page.count.text() == "9:42"
    now.seconds = 470.0
    page._ticking.timeout.emit()
    assert page.count.text() == "1:52" and page.count.is_hurrying()


def test_a_worry_stands_in_amber_beside_the_time(page: InvoicePage) -> None:
    page.show_sale(STATES["worry"])
    settle()
    assert page.card.has_code()
    assert page.count.accessibleName() == f"{AWAY.message}, 9:42 left"
    inks = {pixels(page.count).pixelColor(x, y).name() for x in range(60) for y in range(20)}
    assert theme.now.attn.name() in inks


def test_an_ending_that_nobody_can_check_does_not_say_unpaid(page: InvoicePage) -> None:
    page.show_sale(replace(STATES["ending"], problem=AWAY))
    assert "Nobody has paid" not in page.spoken() and AWAY.message in page.spoken()


def test_it_ticks_only_while_it_is_seen(page: InvoicePage) -> None:
    assert page._ticking.isActive()
    page.hide()
    assert not page._ticking.isActive()


def test_what_a_screen_reader_says(page: InvoicePage) -> None:
    page.show_sale(STATES["ready"])
    settle()
    assert page.amount.accessibleName() == "16703 sat"
    assert page.card.accessibleName() == "QR code to pay 16703 sat. Press to see it larger."
    assert page.count.accessibleName() == "Scan with a Lightning wallet, 9:42 left"
    assert page.tap.accessibleName().startswith("No card reader")
    assert page.buttons[Action.CANCEL].text() == "Cancel"


def test_the_focus_goes_cancel_more_code(qtbot: QtBot, page: InvoicePage) -> None:
    page.show_sale(STATES["ready"])
    settle()
    page.activateWindow()
    page.setFocus()
    order: list[QWidget | None] = []
    for _ in range(3):
        press(page.window(), Qt.Key.Key_Tab)
        order.append(page.window().focusWidget())
    assert order == [page.buttons[Action.CANCEL], page.buttons[Action.MORE], page.card]


def test_a_strangers_note_stays_plain(page: InvoicePage) -> None:
    page.show_sale(sale_view(note="<b>Table</b>\n4\u202e"))
    assert page.note.text() == "<b>Table</b> 4"
    assert page.note.textFormat() == Qt.TextFormat.PlainText


def test_amounts_of_every_length_fit(page: InvoicePage) -> None:
    for amount in (1, 999, 1_000_000, 2_100_000_000_000_000):
        page.show_sale(sale_view(amount=Sat(amount), phase=Phase.MAKING))
        settle()
        assert page.amount.geometry().right() <= page.width()


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
@pytest.mark.parametrize("name", list(STATES))
def test_every_state_fits_the_smallest_window(qtbot: QtBot, name: str, text_scale: float) -> None:
    set_device(SMALL, text_scale=text_scale)
    page = InvoicePage(now=Time())
    page.show_sale(STATES[name])
    width, height = page_size(SMALL, banner=True)
    show(qtbot, page, (width, height))
    assert page.minimumSizeHint().width() <= width and page.minimumSizeHint().height() <= height
    parts = page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    shown = [part for part in parts if part.isVisible()]
    assert [part for part in shown if not page.rect().contains(part.geometry())] == []
    for one, other in combinations(shown, 2):
        assert not one.geometry().intersects(other.geometry()), (one, other)
