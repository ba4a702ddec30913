"""The customer's card on the screen: what each phase says and sounds like, and the reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import CardIgnored, FactState, Phase, SaleChanged, SaleView, StatusChanged, TapPhase, TapView
from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.pages.scenes import Action
from pos_app.ui.sounds import Sound
from pos_app.ui.theme import theme
from pos_app.ui.widgets.keys import BACKSPACE, Key
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, Time, click, page_size, press, read_code, set_device, settle, show
from tests.gui.stage import pixels as picture
from tests.support.sales import PIN, READY, sale_view, tapped
from tests.support.window import FACTS, FakeActions, a_fact, a_status, preferences

READER = a_fact("reader", "Reader", detail="ACR1252U: cards can be tapped.")
LOST = a_fact("reader", "Reader lost", FactState.WARN, "Plug the reader in again.")


@pytest.fixture
def now() -> Time:
    return Time(100.0)


@pytest.fixture
def page(qtbot: QtBot, now: Time) -> InvoicePage:
    set_device()
    made = InvoicePage(now=now)
    show(qtbot, made, page_size(SMALL))
    return made


@pytest.fixture
def heard(page: InvoicePage) -> list[Sound]:
    sounds: list[Sound] = []
    page.sounded.connect(sounds.append)
    return sounds


def wait(page: InvoicePage, now: Time, seconds: float) -> str:
    """Let time pass and the page look at the clock: the words of its card field."""
    now.seconds += seconds
    page._ticking.timeout.emit()
    return page.tap.words()


def shown_buttons(page: InvoicePage) -> list[str]:
    return [button.text() for button in page.buttons.values() if button.isVisible()]


# Each phase in its words.


@pytest.mark.parametrize(
    ("told", "title", "words"),
    [
        (TapView(TapPhase.NO_READER), "No card reader", ["Scan the code"]),
        (
            TapView(TapPhase.NO_READER, "No rights. Install the rule."),
            "No card reader",
            ["No rights. Install the rule"],
        ),
        (TapView(TapPhase.READY), "Tap card", ["Hold it on the reader, or scan the code"]),
        (TapView(TapPhase.CARD_LEFT), "Lift the card", ["Take it away, then tap it"]),
        (TapView(TapPhase.SEEN), "Hold still", ["Card seen, reading"]),
        (TapView(TapPhase.READ), "Card read", ["Take the card away. Not paid yet"]),
        (TapView(TapPhase.PIN), "PIN needed", ["Hand the screen to the customer"]),
        (
            TapView(TapPhase.NOT_REACHED, "The issuer is away.", since_monotonic_s=93.0),
            "Trying again",
            ["The issuer is away. Nothing was sent so far, 7\u202fs"],
        ),
        (
            TapView(TapPhase.NOT_REACHED, "Tap again, or scan the code."),
            "Nothing was sent",
            ["Tap again, or scan the code"],
        ),
        (
            TapView(TapPhase.DECLINED, reason="Daily limit reached"),
            "Card declined",
            ["The issuer says: “Daily limit reached”", "Scan the code, or tap another card"],
        ),
        (TapView(TapPhase.DECLINED, "No PIN was entered."), "Card declined", ["No PIN was entered. Scan the code"]),
        (
            TapView(TapPhase.LIMIT, "The card's limit is 10\u202f000 sat.", limit=Sat(10_000)),
            "Over the card's limit",
            ["The card's limit is 10\u202f000 sat. Scan the code, or tap another card"],
        ),
        (
            TapView(TapPhase.LIMIT, "The card pays no less than 5 sat."),
            "Not for this amount",
            ["The card pays no less than 5 sat. Scan the code"],
        ),
        (
            TapView(TapPhase.TAP_LOST, "This tap was used already."),
            "This tap failed",
            ["This tap was used already. Nothing was paid. Tap again, or scan the code"],
        ),
        (TapView(TapPhase.UNREADABLE), "Could not read", ["Tap again"]),
        (
            TapView(TapPhase.RECEIVE_ADDRESS, "This is a receive address: it can take money, not pay."),
            "Receive-only card",
            ["This is a receive address: it can take money, not pay. Use another card"],
        ),
        (
            TapView(TapPhase.UNUSABLE, "This card is for logging in."),
            "Not a payment card",
            ["This card is for logging in. Use another card"],
        ),
        (
            TapView(TapPhase.UNKNOWN, since_monotonic_s=59.0),
            "Do not charge again",
            ["The answer was lost. Checking, 41\u202fs", "Customer: please wait, you are not charged twice"],
        ),
    ],
)
def test_each_phase_says_its_words(page: InvoicePage, told: TapView, title: str, words: list[str]) -> None:
    page.show_sale(replace(READY, tap=told))
    said = page.tap.accessibleName()
    assert said.startswith(f"{title}.")
    assert [part for part in words if part not in said] == []


def test_every_phase_has_words(page: InvoicePage) -> None:
    for phase in TapPhase:
        page.show_sale(tapped(phase))
        assert page.tap.words()


@pytest.mark.parametrize("phase", list(TapPhase))
def test_the_code_of_the_same_invoice_stays_where_it_is(page: InvoicePage, phase: TapPhase) -> None:
    page.show_sale(READY)
    settle()
    places = [part.geometry() for part in (page.card, page.amount, page.tap)]
    code = read_code(picture(page))
    page.show_sale(tapped(phase))
    settle()
    assert [part.geometry() for part in (page.card, page.amount, page.tap)] == places
    assert read_code(picture(page)) == code
    assert page.count.text() == "8:02"


def test_the_words_of_waiting_follow_the_clock(page: InvoicePage, now: Time, heard: list[Sound]) -> None:
    page.show_sale(tapped(TapPhase.ASKING))
    assert page.tap.words() == "Card read. Take the card away. Not paid yet."
    assert wait(page, now, 2.9).startswith("Card read.")
    assert wait(page, now, 0.1) == "Asking the issuer. 3\u202fs. The card is read, keep it away."
    assert wait(page, now, 6.0).startswith("Asking the issuer. 9\u202fs.")
    assert wait(page, now, 1.0) == "Slow issuer. 10\u202fs. You can also scan the same code."
    assert heard == [Sound.TAP_READ]
    assert wait(page, now, 20.0) == "Do not charge again. No answer so far. Checking, 30\u202fs."
    assert heard == [Sound.TAP_READ, Sound.ATTENTION]
    page.show_sale(tapped(TapPhase.UNKNOWN))
    assert page.tap.words().startswith("Do not charge again. The answer was lost. Checking, 30\u202fs.")
    assert heard == [Sound.TAP_READ, Sound.ATTENTION]


def test_the_tills_advice_stands_beside_the_seconds(page: InvoicePage, now: Time) -> None:
    page.show_sale(tapped(TapPhase.ASKING, words="Another card may be tapped."))
    assert wait(page, now, 16.0) == "Slow issuer. 16\u202fs. Another card may be tapped."
    assert wait(page, now, 15.0) == "Do not charge again. Another card may be tapped. Checking, 31\u202fs."


def test_after_the_pin_the_card_need_not_be_taken_away_again(page: InvoicePage, now: Time) -> None:
    now.seconds = 140.0
    page.show_sale(tapped(TapPhase.ASKING, since_monotonic_s=140.0))
    assert page.tap.words().startswith("Asking the issuer. 0\u202fs.")


def test_nothing_is_painted_while_nothing_changes(page: InvoicePage, now: Time) -> None:
    class Paints(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    page.show_sale(tapped(TapPhase.ASKING))
    wait(page, now, 5.0)
    page.guard.hide()
    settle()
    QApplication.processEvents()
    paints = Paints()
    page.tap.installEventFilter(paints)
    for _ in range(4):
        wait(page, now, 0.2)
        QApplication.processEvents()
    assert paints.count == 0
    wait(page, now, 0.2)
    QApplication.processEvents()
    assert paints.count == 1


def test_the_issuers_words_are_a_short_plain_quotation(page: InvoicePage) -> None:
    page.show_sale(tapped(TapPhase.DECLINED, reason="<b>No</b>\n\u202e{seconds} " + "x" * 500))
    assert "“<b>No</b> {seconds} x" in page.tap.words()
    assert "\u202e" not in page.tap.words() and len(page.tap.words()) < 200


# Sounds, once.


def test_a_read_card_is_heard_once_however_often_it_is_told(page: InvoicePage, heard: list[Sound]) -> None:
    page.show_sale(READY)
    page.show_sale(replace(READY, tap=TapView(TapPhase.SEEN)))
    for phase in (TapPhase.READ, TapPhase.READ, TapPhase.ASKING, TapPhase.ASKING):
        page.show_sale(tapped(phase))
    assert heard == [Sound.TAP_READ]
    page.show_sale(tapped(TapPhase.READ, read_at_monotonic_s=120.0))
    assert heard == [Sound.TAP_READ] * 2


def test_trying_again_is_not_heard_again(page: InvoicePage, now: Time, heard: list[Sound]) -> None:
    page.show_sale(tapped(TapPhase.READ))
    for second in (1.0, 2.0, 4.0):
        page.show_sale(tapped(TapPhase.NOT_REACHED, since_monotonic_s=100.0 + second))
        page.show_sale(tapped(TapPhase.ASKING, since_monotonic_s=100.0 + second))
    assert heard == [Sound.TAP_READ, Sound.ATTENTION]


@pytest.mark.parametrize(
    ("phase", "sound"),
    [
        (TapPhase.DECLINED, Sound.DECLINED),
        (TapPhase.LIMIT, Sound.DECLINED),
        (TapPhase.TAP_LOST, Sound.DECLINED),
        (TapPhase.RECEIVE_ADDRESS, Sound.DECLINED),
        (TapPhase.UNUSABLE, Sound.DECLINED),
        (TapPhase.UNREADABLE, Sound.ATTENTION),
        (TapPhase.PIN, Sound.ATTENTION),
        (TapPhase.UNKNOWN, Sound.ATTENTION),
        (TapPhase.READY, None),
        (TapPhase.SEEN, None),
        (TapPhase.CARD_LEFT, None),
    ],
)
def test_each_change_has_its_sound(page: InvoicePage, heard: list[Sound], phase: TapPhase, sound: Sound | None) -> None:
    page.show_sale(tapped(phase))
    page.show_sale(tapped(phase))
    assert heard == ([sound] if sound else [])


# What can be pressed.


def test_while_a_card_may_pay_cancel_is_stop_waiting_in_the_same_place(page: InvoicePage) -> None:
    asked: list[str] = []
    page.stop_waiting_pressed.connect(asked.append)
    page.cancel_pressed.connect(lambda _: asked.append("cancel"))
    page.show_sale(READY)
    settle()
    place = page.buttons[Action.CANCEL].geometry()
    page.show_sale(tapped(TapPhase.ASKING))
    settle()
    assert shown_buttons(page) == ["Stop waiting", "More"]
    assert page.buttons[Action.STOP_WAITING].geometry() == place
    assert page.guard.isVisible()
    click(page.buttons[Action.STOP_WAITING])
    click(page.buttons[Action.STOP_WAITING])
    press(page, Qt.Key.Key_Escape)
    assert asked == [READY.sale_id]


def test_a_lost_answer_leaves_nothing_but_stop_waiting(page: InvoicePage) -> None:
    page.show_sale(tapped(TapPhase.UNKNOWN))
    settle()
    assert shown_buttons(page) == ["Stop waiting"]
    assert page.spoken().startswith("Do not charge again")
    assert "This sale can be paid only once" in page.spoken()
    assert page.card.has_code()


@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.NO_CODE])
def test_a_card_that_may_pay_outlives_the_code(page: InvoicePage, phase: Phase) -> None:
    page.show_sale(tapped(TapPhase.UNKNOWN, sale=sale_view(phase=phase, safe_in_s=118)))
    settle()
    assert shown_buttons(page) == ["Stop waiting"] and not page.primary.isVisible()
    assert page.tap.isVisible() and page.tap.words().startswith("Do not charge again")
    assert "Nothing was charged" not in page.spoken()


def test_a_card_that_comes_or_goes_answers_no_press(page: InvoicePage) -> None:
    page.show_sale(READY)
    settle()
    page.guard.hide()
    click(page.buttons[Action.CANCEL])
    assert not page.buttons[Action.CANCEL].isEnabled()
    page.show_sale(replace(READY, tap=TapView(TapPhase.SEEN)))
    assert not page.buttons[Action.CANCEL].isEnabled()
    page.show_sale(replace(READY, tap=TapView(TapPhase.SEEN), note="Table 4"))
    assert page.buttons[Action.CANCEL].isEnabled()


def test_no_card_is_asked_for_while_the_sale_is_cancelled(page: InvoicePage) -> None:
    page.show_sale(replace(READY, phase=Phase.CANCELLING, invoice=None))
    assert "No card now" in page.tap.words()


def test_before_the_till_answers_the_reader_is_armed_already(page: InvoicePage) -> None:
    unborn = sale_view(phase=Phase.MAKING, number=0)
    page.show_sale(unborn)
    assert page.tap.words().startswith("No card reader")
    page.show_reader(READER)
    assert page.tap.words().startswith("Tap card")
    page.show_reader(LOST)
    assert page.tap.words() == "No card reader. Plug the reader in again."


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
@pytest.mark.parametrize("phase", list(TapPhase))
def test_every_phase_fits_the_smallest_window(qtbot: QtBot, phase: TapPhase, text_scale: float) -> None:
    set_device(SMALL, text_scale=text_scale)
    page = InvoicePage(now=Time(141.0))
    reason = "Daily limit reached " * 9 if phase in (TapPhase.DECLINED, TapPhase.TAP_LOST) else ""
    page.show_sale(tapped(phase, words="The card's issuer cannot be reached.", reason=reason))
    width, height = page_size(SMALL, banner=True)
    show(qtbot, page, (width, height))
    least = page.minimumSizeHint()
    assert least.width() <= width and least.height() <= height
    icon = theme.u(19 if text_scale < 1.25 else 12)
    room = page.tap.width() - 2 * theme.u(5) - icon - theme.u(6)
    assert page.tap._flow(room, 0.55).height() <= page.tap.height() - 2 * theme.u(4.5) - 2 * theme.u(4)


# In the window.


class Till:
    """A window with a reader, on commands that only note."""

    def __init__(self, qtbot: QtBot, **chosen: object) -> None:
        set_device(SMALL)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light", **chosen))
        self.heard: list[Sound] = []
        self.window.sounds.play = self.heard.append  # type: ignore[method-assign, assignment]
        qtbot.addWidget(self.window)
        self.window.resize(SMALL.width, SMALL.height)
        self.window.show_status(a_status(*FACTS, READER))
        self.window.invoice._now = self.window.pin._now = Time(100.0)
        self.window.show()
        QApplication.processEvents()

    def charge(self) -> None:
        QTest.keyClicks(self.window.charge, "16703")
        click(self.window.charge.pane.charge)
        self.actions.last("charge").job.succeed(READY)

    def tell(self, sale: SaleView) -> None:
        self.window.take(SaleChanged(sale))

    def shows(self, page: QWidget) -> bool:
        return self.window.pages.currentWidget() is page


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


def test_a_tap_from_ready_to_paid(till: Till) -> None:
    till.charge()
    assert till.window.invoice.tap.words().startswith("Tap card")
    till.tell(replace(READY, tap=TapView(TapPhase.SEEN)))
    till.tell(tapped(TapPhase.READ))
    till.tell(tapped(TapPhase.ASKING))
    till.tell(sale_view(SaleState.PAID))
    assert till.heard == [Sound.TAP_READ, Sound.PAID]
    assert till.shows(till.window.result)


def test_a_pin_turns_the_screen_to_the_customer_and_back(till: Till) -> None:
    till.charge()
    till.tell(tapped(TapPhase.READ))
    till.tell(PIN)
    pad = till.window.pin
    assert till.shows(pad) and pad.hasFocus()
    assert not till.window.strip.isVisible() and not till.window.rail.isVisible()
    assert till.heard == [Sound.TAP_READ, Sound.ATTENTION]
    QTest.keyClicks(pad, "1234")
    press(pad, Qt.Key.Key_Return)
    press(pad, Qt.Key.Key_Return)
    assert till.actions.count("enter_pin") == 1
    assert till.actions.last("enter_pin").values == (READY.sale_id, "1234")
    assert till.shows(pad) and not pad.keys["1"].isEnabled()
    till.tell(tapped(TapPhase.ASKING))
    assert till.shows(till.window.invoice) and till.window.strip.isVisible()
    till.tell(tapped(TapPhase.DECLINED, reason="Wrong PIN"))
    assert "“Wrong PIN”" in till.window.invoice.tap.words()
    assert till.heard == [Sound.TAP_READ, Sound.ATTENTION, Sound.DECLINED]


def test_a_dismissed_pin_reaches_the_till_once(till: Till) -> None:
    till.charge()
    till.tell(PIN)
    press(till.window.pin, Qt.Key.Key_Escape)
    press(till.window.pin, Qt.Key.Key_Escape)
    assert till.actions.count("dismiss_pin") == 1
    assert till.actions.last("dismiss_pin").values == (READY.sale_id,)


def test_a_pin_that_could_not_be_handed_over_is_asked_again(till: Till) -> None:
    till.charge()
    till.tell(PIN)
    QTest.keyClicks(till.window.pin, "1234")
    press(till.window.pin, Qt.Key.Key_Return)
    till.actions.last("enter_pin").job.fail(UserError("This is no PIN.", "Try again."))
    assert till.window.pin.keys["1"].isEnabled() and till.window.pin.dots.count == 0


def test_a_code_that_is_paid_or_ends_leaves_the_pin_pad(till: Till) -> None:
    till.charge()
    till.tell(PIN)
    till.tell(replace(PIN, phase=Phase.ENDING, invoice=None))
    assert till.shows(till.window.invoice)
    till.tell(PIN)
    till.tell(sale_view(SaleState.PAID))
    assert till.shows(till.window.result)


def test_the_banner_stays_on_the_customers_side(qtbot: QtBot) -> None:
    till = Till(qtbot, api="practice")
    till.charge()
    till.tell(PIN)
    assert till.window.banner.isVisible() and till.shows(till.window.pin)


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Enter the amount first."), ("500", "Press Charge, then tap the card.")]
)
def test_a_card_before_charge_is_answered_in_a_word(till: Till, typed: str, words: str) -> None:
    QTest.keyClicks(till.window.charge, typed)
    till.window.take(CardIgnored("Enter the amount first."))
    assert till.window.toast.isVisible() and till.window.toast.accessibleName() == words
    assert till.heard == [Sound.ATTENTION]
    assert till.actions.count("charge") == 0 and till.shows(till.window.charge)
    press(till.window.charge, Qt.Key.Key_Escape)
    till.charge()
    assert not till.window.toast.isVisible()


def test_a_card_on_a_paid_sale_is_not_spoken_of(till: Till) -> None:
    till.charge()
    till.tell(sale_view(SaleState.PAID))
    till.window.take(CardIgnored("Enter the amount first."))
    assert not till.window.toast.isVisible()
    assert till.heard == [Sound.PAID]


def test_a_lost_reader_is_heard_and_stands_first_in_the_strip(till: Till) -> None:
    for reader in (READER, LOST, LOST, READER):
        till.window.take(StatusChanged(a_status(*FACTS, reader)))
        name = till.window.strip.accessibleName()
        assert name.startswith("Café Linde. Status: Reader lost") == (reader is LOST)
    assert till.heard == [Sound.ATTENTION]


def test_no_reader_at_all_is_no_fault(till: Till) -> None:
    off = a_fact("reader", "No reader", FactState.OFF, "Plug in a reader to take cards.")
    till.window.take(StatusChanged(a_status(*FACTS, off)))
    assert till.heard == [] and "reader" not in till.window.strip.accessibleName().lower()


def test_the_simulated_card_has_its_button_where_there_is_one(qtbot: QtBot) -> None:
    till = Till(qtbot, api="practice")
    banner = till.window.banner
    assert banner.pay.isVisible() and not banner.tap.isVisible()
    till.window.set_preferences(preferences(api="practice", simulated_card=True))
    assert banner.tap.isVisible()
    till.charge()
    click(banner.tap)
    assert till.actions.count("tap_card") == 1


def test_a_simulated_card_on_real_books_says_that_the_money_is_real(qtbot: QtBot) -> None:
    till = Till(qtbot, simulated_card=True)
    banner = till.window.banner
    assert banner.isVisible() and banner.tap.isVisible() and not banner.pay.isVisible()
    assert banner._words.text() == "The money is real"


def test_the_digit_keys_of_both_pads_are_named(till: Till) -> None:
    till.charge()
    till.tell(PIN)
    names = [key.accessibleName() for key in till.window.pin.findChildren(Key)]
    assert sorted(names) == sorted([*"0123456789", "Delete the last digit"])
    assert till.window.pin.keys[BACKSPACE].accessibleName() == "Delete the last digit"
