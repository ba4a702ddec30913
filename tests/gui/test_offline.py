"""Selling without a line at the counter: the bar, Store a card, the capture, the stored sale, and what comes after."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    CardIgnored,
    FactState,
    Phase,
    Problem,
    QueueChanged,
    QueueItem,
    QueueView,
    SaleChanged,
    SaleView,
    Stage,
    StatusChanged,
    StatusView,
    TapPhase,
    TapView,
)
from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.pages.scenes import Action
from pos_app.ui.sounds import Sound
from pos_app.ui.widgets.keys import Key
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, Time, click, page_size, press, set_device, settle, show
from tests.support.queue import some_unassigned
from tests.support.sales import NOON_S, invoice_view, sale_view
from tests.support.window import FACTS, FakeActions, a_fact, a_status, a_store, preferences

READER = a_fact("reader", "Reader", detail="ACR1252U: cards can be tapped.")
DOWN = a_fact("payments", "Offline since 12:04", FactState.DOWN, "No new codes.")
AWAY = a_fact("lightning", "Lightning away", FactState.DOWN, "No codes: nobody could pay them.")
FULL = Problem("20 of 20 sales are stored.", "Go online before the next one.")


def offline(**store: Any) -> StatusView:
    """The payments server is away, and two cards are stored."""
    usual: dict[str, Any] = {"offered": True, "count": 2, "sum": Sat(41_200)}
    return a_status(DOWN, READER, store=a_store(**{**usual, **store}), queue_count=2)


STORING = sale_view(phase=Phase.STORING, tap=TapView(TapPhase.READY))
STORED = sale_view(SaleState.OWED)
BACK = replace(sale_view(SaleState.OWED), phase=Phase.READY, invoice=invoice_view(), tap=TapView(TapPhase.READY))
NO_CODE = sale_view(
    phase=Phase.NO_CODE, problem=Problem("Lightning is away.", "Nobody could pay a code."), tap=TapView(TapPhase.READY)
)


class Till:
    """A window without a line, on commands that only note."""

    def __init__(self, qtbot: QtBot, **chosen: object) -> None:
        set_device(SMALL)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light", **chosen))
        self.heard: list[Sound] = []
        self.window.sounds.play = self.heard.append  # type: ignore[method-assign, assignment]
        qtbot.addWidget(self.window, before_close_func=lambda window: window.close_now())
        self.window.resize(SMALL.width, SMALL.height)
        self.status(offline())
        self.window.show()
        QApplication.processEvents()

    def status(self, status: StatusView) -> None:
        self.window.take(StatusChanged(status))

    def type(self, text: str) -> None:
        QTest.keyClicks(self.window.charge, text)

    def store(self, sale: SaleView = STORING) -> None:
        """Type, and press Store a card; the till takes it."""
        self.type("16703")
        click(self.window.charge.pane.charge)
        self.actions.last("charge").job.succeed(sale)

    def tell(self, sale: SaleView) -> None:
        self.window.take(SaleChanged(sale))

    def shows(self, page: QWidget) -> bool:
        return self.window.pages.currentWidget() is page

    def past_the_guards(self) -> None:
        self.window.guard.hide()
        self.window.invoice.guard.hide()

    def button(self, action: Action) -> QAbstractButton:
        return self.window.invoice.buttons[action]

    @property
    def risk(self) -> str:
        pane = self.window.charge.pane
        return pane.risk.text() if pane.risk.isVisible() else ""


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


# The bar and the strip.


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            offline(),
            "Offline since 12:04. No QR codes. Cards are stored up to 20\u202f000 sat. 2 stored · 41\u202f200 sat.",
        ),
        (offline(accepted=False, count=0), "Offline since 12:04. No QR codes. Cards are not stored. 2 open."),
        (
            offline(refusal=FULL),
            "Offline since 12:04. No QR codes. 20 of 20 sales are stored. 2 stored · 41\u202f200 sat.",
        ),
        (
            replace(offline(), attention=1),
            "Offline since 12:04. No QR codes. Cards are stored up to 20\u202f000 sat. 2 open · 41\u202f200 sat.",
        ),
        (a_status(FACTS[0], AWAY), "Lightning away since 12:04. No QR codes. Cards are not stored. Nothing stored."),
    ],
)
def test_the_bar_says_since_when_what_works_and_what_is_stored(till: Till, status: StatusView, words: str) -> None:
    till.status(status)
    assert till.window.offline.isVisible()
    assert till.window.offline.accessibleName() == words


def test_the_bar_stays_until_the_line_is_back_and_leads_to_the_queue(till: Till) -> None:
    click(till.window.offline)
    assert till.shows(till.window.side.queue)
    assert till.window.offline.isVisible()
    till.status(a_status())
    assert not till.window.offline.isVisible()


def test_nothing_moves_while_a_sale_is_on_the_screen(till: Till) -> None:
    till.status(a_status())
    till.type("16703")
    click(till.window.charge.pane.charge)
    till.actions.last("charge").job.succeed(sale_view())
    till.status(offline())
    assert not till.window.offline.isVisible()
    assert till.window.strip.accessibleName().startswith("Café Linde. Status: Offline since 12:04")


def test_the_strip_counts_the_queue_where_no_bar_does(till: Till) -> None:
    assert "open" not in till.window.strip.accessibleName()
    till.status(a_status(store=a_store(count=2, sum=Sat(41_200)), queue_count=2))
    assert "2 open · 41\u202f200 sat" in till.window.strip.accessibleName()


def test_the_rails_badge_tells_what_waits_for_a_person(till: Till) -> None:
    queue = next(button for button in till.window.rail.findChildren(QAbstractButton) if button.text() == "Queue")
    assert queue.accessibleName() == "Queue, 2 open"
    calm = queue.grab().toImage()
    till.status(replace(offline(), attention=1))
    assert queue.accessibleName() == "Queue, 2 open, 1 wait for you"
    assert queue.grab().toImage() != calm
    till.status(replace(offline(), queue_count=0))
    assert queue.accessibleName() == "Queue"


def test_the_sheet_shows_the_issuer_the_reader_and_the_queue(till: Till) -> None:
    issuer = a_fact("issuer", "Card issuer down", FactState.WARN, "Pay by QR.")
    till.status(replace(offline(), facts=(DOWN, issuer, READER), attention=1))
    click(till.window.strip)
    sheet = till.window.sheet
    names = [widget.accessibleName() for widget in sheet.findChildren(QWidget) if widget.isVisible()]
    assert "Card issuer: Not reachable. Pay by QR." in names
    assert "Reader: ACR1252U: cards can be tapped." in names
    queued = "Queue: 2 open · 41\u202f200 sat of 100\u202f000 sat · 1 wait for you"
    assert queued in names
    click(sheet.queue_cell)
    assert till.shows(till.window.side.queue)
    assert not sheet.is_open()


def test_the_sheet_leads_nowhere_while_a_sale_is_open(till: Till) -> None:
    till.store()
    click(till.window.strip)
    assert not till.window.sheet.queue_cell.isEnabled()
    assert not till.window.sheet.settings_button.isVisible()


# Store a card.


def test_charge_becomes_store_a_card_and_says_whose_risk_it_is(till: Till) -> None:
    charge = till.window.charge.pane.charge
    assert (charge.text(), charge.isEnabled()) == ("Store a card", False)
    till.type("16703")
    assert charge.accessibleName() == "Store a card, 16\u202f703 sat, not paid yet"
    assert till.risk == "Not paid until online. You carry the risk."
    till.status(a_status(store=a_store()))
    assert charge.text() == "Charge 16\u202f703 sat"
    assert till.risk == ""


def test_each_stored_sale_is_a_press_of_its_own(till: Till) -> None:
    till.store()
    assert till.actions.last("charge").values == (Sat(16_703), "", None, True)
    assert till.shows(till.window.invoice)
    till.tell(STORED)
    till.window.stored.new_sale.click()
    till.type("500")
    click(till.window.charge.pane.charge)
    assert till.actions.last("charge").values == (Sat(500), "", None, True)
    till.window.flow.charge(Sat(500), "", store=True)
    assert till.actions.count("charge") == 2


def test_a_touch_on_its_way_to_charge_does_not_store(till: Till) -> None:
    till.status(a_status(store=a_store()))
    till.type("500")
    till.status(offline())
    pane = till.window.charge.pane
    assert pane.guard.isVisible()
    assert pane.charge.childAt(pane.charge.rect().center()) is pane.guard


@pytest.mark.parametrize(
    ("store", "typed", "reason"),
    [
        ({"refusal": FULL}, "500", "20 of 20 sales are stored. Go online before the next one."),
        ({}, "20001", "A stored card is good for up to 20\u202f000 sat."),
        ({"sum": Sat(99_000)}, "1001", "Only 1\u202f000 sat of 100\u202f000 sat are left for stored cards."),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_reason(
    till: Till, store: dict[str, Any], typed: str, reason: str
) -> None:
    till.status(offline(**store))
    till.type(typed)
    assert not till.window.charge.pane.charge.isEnabled()
    assert till.risk == reason
    press(till.window.charge, Qt.Key.Key_Return)
    assert till.actions.count("charge") == 0


def test_the_limits_themselves_can_be_stored(till: Till) -> None:
    till.status(offline(sum=Sat(80_000)))
    till.type("20000")
    assert till.window.charge.pane.charge.isEnabled()


def test_codes_come_first_while_only_an_issuer_is_away(till: Till) -> None:
    till.status(a_status(*FACTS, READER, store=a_store(offered=True)))
    till.type("500")
    assert till.window.charge.pane.charge.text() == "Charge 500 sat"
    assert till.risk == ""
    assert not till.window.offline.isVisible()


def test_a_card_before_its_time_hears_which_button_comes_first(till: Till) -> None:
    till.type("500")
    till.window.take(CardIgnored("Enter the amount first."))
    assert till.window.toast.isVisible()
    assert till.window.toast.accessibleName() == "Press Store a card, then tap the card."


def test_an_owner_who_has_not_accepted_is_shown_where(till: Till) -> None:
    till.status(offline(accepted=False))
    till.type("500")
    assert till.window.charge.pane.charge.text() == "Charge 500 sat"
    assert "switch it on" in till.risk
    click(till.window.charge.pane.risk)
    assert till.shows(till.window.settings)


def test_a_large_amount_is_asked_for_once_more_and_then_stored(qtbot: QtBot) -> None:
    till = Till(qtbot, ceiling_sat=10_000)
    till.type("15000")
    click(till.window.charge.pane.charge)
    notice = till.window.charge.pane.notice
    assert "Store a card for 15\u202f000 sat?" in notice.accessibleName()
    assert till.risk == ""
    yes = next(button for button in notice.findChildren(QAbstractButton) if button.text() == "Store it")
    click(yes)
    assert till.actions.last("charge").values == (Sat(15_000), "", None, True)


def test_a_question_about_charging_does_not_outlive_the_line(qtbot: QtBot) -> None:
    till = Till(qtbot, ceiling_sat=10_000)
    till.status(a_status(store=a_store()))
    till.type("15000")
    click(till.window.charge.pane.charge)
    till.status(offline())
    assert not till.window.charge.pane.notice.isVisible()
    assert till.window.charge.pane.charge.isEnabled()


# The capture.


def test_the_capture_screen_asks_for_the_card_in_amber(till: Till) -> None:
    till.type("16703")
    click(till.window.charge.pane.charge)
    page = till.window.invoice
    assert page.tap.words() == "Hold the card to the reader. It is stored and pays later. Nothing is paid now."
    till.actions.last("charge").job.succeed(STORING)
    assert page.spoken().startswith("Hold the card to the reader. It is stored")
    assert "Not paid until online" in page.spoken()
    assert "You carry the risk" in page.spoken()
    till.past_the_guards()
    click(till.button(Action.CANCEL))
    assert till.actions.last("cancel").values == (STORING.sale_id,)


@pytest.mark.parametrize(
    ("tap", "words"),
    [
        (TapView(TapPhase.SEEN), "Hold still. Card seen, reading."),
        (TapView(TapPhase.UNREADABLE), "Could not read. Hold the card flat and still. Tap again."),
        (
            TapView(TapPhase.RECEIVE_ADDRESS, "It can take money, not pay."),
            "It can take money, not pay. Use another card.",
        ),
        (TapView(TapPhase.UNUSABLE, "It can be copied."), "Not a payment card. It can be copied. Use another card."),
        (TapView(TapPhase.NO_READER), "No card reader. A card can be stored once a reader is connected."),
        (TapView(TapPhase.NO_READER, "pcscd does not run."), "No card reader. pcscd does not run."),
    ],
)
def test_a_capture_never_speaks_of_a_code(till: Till, tap: TapView, words: str) -> None:
    till.store(replace(STORING, tap=tap))
    assert till.window.invoice.tap.words().endswith(words)


def test_a_code_is_offered_once_the_line_is_back(till: Till) -> None:
    till.store()
    assert not till.button(Action.CODE).isVisible()
    till.status(a_status(READER, store=a_store()))
    till.past_the_guards()
    click(till.button(Action.CODE))
    assert till.actions.last("retry").values == (STORING.sale_id,)


def test_a_card_that_is_stored_fills_the_window_in_amber_and_is_never_green(till: Till) -> None:
    till.store()
    till.tell(STORED)
    page = till.window.stored
    assert till.shows(page)
    assert not till.window.strip.isVisible() and not till.window.rail.isVisible()
    assert till.heard == [Sound.ATTENTION]
    assert page.accessibleName() == (
        "Stored offline, NOT paid, 16703 sat. You carry the risk until the card pays. · Sale 147. "
        "Customer: Card stored. Payment follows when we are online. Up to 16\u202f703 sat."
    )
    assert page.meter.accessibleName() == "41\u202f200 of 100\u202f000 sat, 2 of 20 sales"
    settle()
    image = page.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(2, image.width(), 8) for y in range(2, image.height(), 8)}
    assert "#ffc14d" in colours
    assert "#0e642c" not in colours
    till.tell(STORED)
    assert till.heard == [Sound.ATTENTION]


def test_the_limits_on_the_stored_page_follow_the_till(till: Till) -> None:
    till.store()
    till.tell(STORED)
    till.status(offline(count=3, sum=Sat(57_903)))
    assert till.window.stored.meter.accessibleName() == "57\u202f903 of 100\u202f000 sat, 3 of 20 sales"


def test_from_the_stored_page_to_the_next_sale(till: Till) -> None:
    till.store()
    till.tell(STORED)
    till.window.take(CardIgnored("Enter the amount first."))
    assert till.heard == [Sound.ATTENTION]
    press(till.window.stored, Qt.Key.Key_Return)
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.is_empty
    assert till.window.offline.isVisible()


def test_a_touch_on_the_stored_page_counts_after_two_seconds(till: Till) -> None:
    till.store()
    till.tell(STORED)
    page = till.window.stored
    moment = page._now()
    page._now = lambda: moment
    page._shown_at_s = moment - 1.9
    click(page)
    assert till.shows(page)
    page._shown_at_s = moment - 2.1
    click(page)
    assert till.shows(till.window.charge)


def test_the_pending_slip_of_the_stored_sale(till: Till) -> None:
    till.store()
    till.tell(STORED)
    till.past_the_guards()
    click(till.window.stored.slip)
    assert till.window.slip.is_open()


def test_a_stored_sale_that_is_paid_before_the_cashiers_eyes_turns_green(till: Till) -> None:
    till.store()
    till.tell(STORED)
    till.tell(sale_view(SaleState.PAID))
    assert till.shows(till.window.result)
    assert till.heard == [Sound.ATTENTION, Sound.PAID]


def test_a_card_that_fails_before_the_cashiers_eyes_says_so(till: Till) -> None:
    till.window.take(queue_of())
    till.store()
    till.tell(STORED)
    till.past_the_guards()
    page = till.window.stored
    till.window.take(queue_of(item(Stage.DECLINED)))
    assert page.word.text() == "Stored offline, NOT paid"
    till.window.take(queue_of(item(Stage.DECLINED), item(Stage.DECLINED, number=147)))
    assert page.accessibleName() == "Declined, NOT paid, 16703 sat. The card's issuer refused it. · Sale 147."
    assert not page.customer.isVisible()
    assert till.heard[-1] is Sound.DECLINED
    click(page.slip)
    assert till.shows(till.window.side.queue)
    till.window.side.queue.counter_pressed.emit(BACK)
    till.tell(STORED)
    assert till.shows(page)
    assert page.word.text() == "Stored offline, NOT paid"
    assert page.slip.text() == "Pending slip"


# Without a code, and with a tap that was not sent.


def test_where_no_code_can_be_had_a_card_can_be_stored(till: Till) -> None:
    till.store(NO_CODE)
    page = till.window.invoice
    assert page.tap.words() == "Store a card. Not paid until online. You carry the risk, up to 20\u202f000 sat."
    till.past_the_guards()
    click(till.button(Action.STORE))
    click(till.button(Action.STORE))
    assert till.actions.count("store_card") == 1
    assert till.actions.last("store_card").values == (NO_CODE.sale_id,)
    till.tell(STORING)
    assert page.tap.words().startswith("Hold the card to the reader")


@pytest.mark.parametrize(
    ("store", "note"),
    [
        ({"refusal": FULL}, "20 of 20 sales are stored. Go online before the next one."),
        ({"tap_max": Sat(10_000)}, "A stored card is good for up to 10\u202f000 sat."),
        ({"accepted": False}, "A card can be stored for later once that is switched on in Settings."),
    ],
)
def test_without_a_code_it_says_why_no_card_can_be_stored(till: Till, store: dict[str, Any], note: str) -> None:
    till.store(NO_CODE)
    assert till.button(Action.STORE).isVisible()
    till.status(offline(**store))
    assert not till.button(Action.STORE).isVisible()
    assert till.button(Action.TRY_AGAIN).isVisible()
    assert till.window.invoice.advice.text() == note


def test_nothing_is_offered_where_an_answer_is_out(till: Till) -> None:
    till.store(replace(NO_CODE, can_cancel=False))
    assert not till.button(Action.STORE).isVisible()
    assert till.button(Action.STOP_WAITING).isVisible()


def test_a_card_in_hand_comes_before_the_offer(till: Till) -> None:
    kept = TapView(TapPhase.NOT_REACHED, "The card's issuer cannot be reached.", can_store=True)
    till.store(replace(NO_CODE, tap=kept))
    assert "cannot be reached" in till.window.invoice.tap.words()
    assert till.button(Action.STORE_TAP).isVisible()
    assert not till.button(Action.STORE).isVisible()


def test_a_tap_that_was_not_sent_can_be_stored_beside_the_code(till: Till) -> None:
    till.status(a_status(READER, store=a_store()))
    till.type("16703")
    click(till.window.charge.pane.charge)
    words = "Card issuer not reachable. Pay by QR."
    kept = TapView(TapPhase.NOT_REACHED, words, can_store=True, since_monotonic_s=1.0)
    till.actions.last("charge").job.succeed(sale_view(tap=kept))
    assert f"{words} Nothing was sent so far" in till.window.invoice.tap.words()
    till.past_the_guards()
    click(till.button(Action.STORE_TAP))
    assert till.actions.last("store_card").values == ("sale-147",)
    till.tell(STORED)
    assert till.shows(till.window.stored)


def test_a_tap_whose_request_left_cannot_be_stored(till: Till) -> None:
    till.status(a_status(READER, store=a_store()))
    till.window.flow.open(sale_view(tap=TapView(TapPhase.ASKING), can_cancel=False))
    assert not till.button(Action.STORE_TAP).isVisible()
    assert not till.button(Action.STORE).isVisible()


def test_storing_that_fails_says_so_and_can_be_tried_again(till: Till) -> None:
    till.store(NO_CODE)
    till.past_the_guards()
    click(till.button(Action.STORE))
    till.actions.last("store_card").job.fail(UserError("The keys are locked.", "Unlock them in the queue."))
    assert till.window.news.isVisible()
    assert till.shows(till.window.invoice)


# A sale of the queue comes back to the counter.


def test_a_sale_taken_back_shows_its_one_code_and_can_only_be_put_back(till: Till) -> None:
    till.status(a_status(*FACTS, READER, store=a_store(count=2, sum=Sat(41_200)), queue_count=2))
    till.window.rail.chosen.emit("queue")
    till.window.side.queue.counter_pressed.emit(BACK)
    page = till.window.invoice
    assert till.shows(page)
    assert page.number.text() == "Sale 147 · Stored card of 12:04, same sale"
    assert page.chip.isVisible()
    visible = {action for action, button in page.buttons.items() if button.isVisible()}
    assert visible == {Action.PUT_BACK, Action.MORE}
    assert till.window.flow.is_open
    till.past_the_guards()
    press(page, Qt.Key.Key_Escape)
    assert till.actions.last("put_back").values == (BACK.sale_id,)
    assert till.shows(till.window.side.queue)
    till.tell(STORED)
    assert till.shows(till.window.side.queue)


def test_a_sale_taken_back_is_paid_by_its_code(till: Till) -> None:
    till.window.flow.open(BACK)
    till.tell(sale_view(SaleState.PAID))
    assert till.shows(till.window.result)
    assert till.heard == [Sound.PAID]


@pytest.mark.parametrize("phase", [Phase.MAKING, Phase.CHECKING, Phase.NO_CODE, Phase.ENDING, Phase.STORING])
@pytest.mark.parametrize("state", [SaleState.OWED, SaleState.UNCERTAIN])
def test_a_sale_taken_back_is_never_cancelled_or_begun_anew(till: Till, state: SaleState, phase: Phase) -> None:
    sale = replace(sale_view(state), phase=phase, can_cancel=False, tap=TapView(TapPhase.READY))
    till.window.flow.open(sale)
    page = till.window.invoice
    visible = {action for action, button in page.buttons.items() if button.isVisible()}
    assert Action.PUT_BACK in visible
    assert not visible & {Action.CANCEL, Action.STOP_WAITING, Action.NEW_CODE, Action.BACK, Action.NEW_SALE}
    assert not page.primary.isVisible()
    assert "same sale" in page.number.text()


def test_a_further_card_for_the_same_sale_can_be_stored(till: Till) -> None:
    sale = replace(BACK, phase=Phase.NO_CODE, invoice=None, can_cancel=False)
    till.window.flow.open(sale)
    till.past_the_guards()
    click(till.button(Action.STORE))
    assert till.actions.last("store_card").values == (sale.sale_id,)


def test_a_sale_is_closed_as_paid_otherwise_by_a_second_press(till: Till) -> None:
    till.status(a_status(*FACTS, READER))
    till.window.flow.open(sale_view())
    till.past_the_guards()
    page = till.window.invoice
    click(till.button(Action.MORE))
    click(page.more_paid)
    assert till.actions.count("paid_otherwise") == 0
    assert page.more_paid.text() == "Yes, it is paid"
    page.more.close_popover()
    assert page.more_paid.text() == "Paid otherwise"
    click(till.button(Action.MORE))
    click(page.more_paid)
    click(page.more_paid)
    assert till.actions.last("paid_otherwise").values == ("sale-147",)
    till.tell(sale_view(SaleState.PAID_OTHERWISE))
    assert "Paid otherwise" in page.spoken()
    assert Sound.PAID not in till.heard


def test_no_cash_is_taken_while_a_card_may_pay(till: Till) -> None:
    till.status(a_status(*FACTS, READER))
    till.window.flow.open(sale_view(tap=TapView(TapPhase.ASKING), can_cancel=False))
    till.past_the_guards()
    click(till.button(Action.MORE))
    assert till.window.invoice.more_copy.isVisible()
    assert not till.window.invoice.more_paid.isVisible()


# What happens to the queue elsewhere.


def item(stage: Stage, number: int = 149) -> QueueItem:
    sale = sale_view(SaleState.OWED, number=number, amount=Sat(7_142))
    return QueueItem(sale, stage, "The card's issuer refused it.", "", frozenset(), "card.example", NOON_S, Sat(0))


def queue_of(*items: QueueItem) -> QueueChanged:
    return QueueChanged(QueueView(items, a_store()))


def test_the_newest_sale_beside_charge_wears_its_place_in_the_queue(till: Till) -> None:
    stored = item(Stage.STORED)
    till.tell(stored.sale)
    last = till.window.charge.pane.last
    assert "Stored" in last.accessibleName()
    till.window.take(queue_of(replace(stored, stage=Stage.DECLINED)))
    assert "Declined" in last.accessibleName()
    till.tell(replace(stored.sale, state=SaleState.PAID))
    till.window.take(queue_of())
    assert "Paid" in last.accessibleName()


def test_a_sale_taken_back_wears_its_place_in_the_queue(till: Till) -> None:
    till.window.take(queue_of(replace(item(Stage.DECLINED), sale=BACK)))
    till.window.flow.open(BACK)
    chip = till.window.invoice.chip
    assert chip.isVisible() and chip.accessibleName() == "Declined"
    till.window.take(queue_of(replace(item(Stage.ASKING), sale=BACK)))
    assert chip.accessibleName() == "Asking issuer"
    till.tell(replace(BACK, state=SaleState.UNCERTAIN))
    assert chip.accessibleName() == "Checking"


def test_a_stored_sale_that_was_declined_is_told_once(till: Till) -> None:
    till.window.take(queue_of(item(Stage.STORED)))
    till.window.take(queue_of(item(Stage.ASKING)))
    assert not till.window.news.isVisible()
    till.window.take(queue_of(item(Stage.DECLINED)))
    till.window.take(queue_of(item(Stage.DECLINED)))
    words = till.window.news.findChildren(QAbstractButton)[0]
    assert words.accessibleName() == "Declined. Sale 149 · 7\u202f142 sat · The card's issuer refused it."
    assert till.heard == [Sound.DECLINED]
    click(words)
    assert till.shows(till.window.side.queue)
    assert not till.window.news.isVisible()


def test_what_was_declined_before_the_start_is_no_news(till: Till) -> None:
    till.window.load()
    till.actions.last("queue").job.succeed(QueueView((item(Stage.DECLINED),), a_store()))
    assert not till.window.news.isVisible()
    till.window.take(queue_of(item(Stage.DECLINED), item(Stage.TAP_LOST, number=150)))
    assert till.window.news.isVisible()
    assert till.heard == [Sound.ATTENTION]


def test_money_without_a_sale_is_told_once(till: Till) -> None:
    second, first = some_unassigned()  # the older one comes later
    till.window.take(QueueChanged(QueueView((), a_store(), (first,))))
    assert not till.window.news.isVisible()
    for _ in range(2):
        till.window.take(QueueChanged(QueueView((), a_store(), (second, first))))
    words = till.window.news.findChildren(QAbstractButton)[0].accessibleName()
    assert words.startswith("4\u202f200 sat came for sales that were lost with the restore. They are listed")
    till.window.news.dismiss()
    assert not till.window.news.isVisible()


def test_the_sale_at_the_counter_is_no_news(till: Till) -> None:
    till.window.take(queue_of(item(Stage.CHECKING)))
    till.window.flow.open(replace(item(Stage.CHECKING).sale, phase=Phase.READY, invoice=invoice_view()))
    till.window.take(queue_of(item(Stage.NOT_PAID)))
    till.window.flow.leave()
    till.window._show_page(till.window.charge)
    assert not till.window.news.isVisible()


def test_a_stored_sale_that_was_paid_elsewhere_is_told(till: Till) -> None:
    till.tell(sale_view(SaleState.OWED, number=149))
    till.tell(sale_view(SaleState.PAID, number=149))
    assert till.window.news.isVisible()
    assert till.heard == [Sound.PAID]
    click(till.window.news.findChildren(QAbstractButton)[0])
    assert till.shows(till.window.result)


# Nothing is cut.

SCENES = {
    "storing": STORING,
    "storing without a reader": replace(STORING, tap=TapView(TapPhase.NO_READER)),
    "no code": NO_CODE,
    "too much": replace(NO_CODE, total=Sat(20_001), amount=Sat(20_001)),
    "tap kept": sale_view(tap=TapView(TapPhase.NOT_REACHED, "The card's issuer cannot be reached.", can_store=True)),
    "taken back": BACK,
    "taken back, no code": replace(BACK, phase=Phase.NO_CODE, invoice=None, can_cancel=False),
    "taken back, ending": replace(BACK, phase=Phase.ENDING, invoice=None),
}


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
@pytest.mark.parametrize("name", list(SCENES))
def test_every_scene_fits_the_smallest_window(qtbot: QtBot, name: str, text_scale: float) -> None:
    set_device(SMALL, text_scale=text_scale)
    page = InvoicePage(now=Time())
    page.show_status(offline())
    page.show_sale(SCENES[name])
    width, height = page_size(SMALL, banner=True)
    show(qtbot, page, (width, height))
    assert page.minimumSizeHint().width() <= width and page.minimumSizeHint().height() <= height
    parts = page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    shown = [part for part in parts if part.isVisible()]
    assert [part for part in shown if not page.rect().contains(part.geometry())] == []
    for one, other in combinations(shown, 2):
        assert not one.geometry().intersects(other.geometry()), (one, other)


@pytest.mark.parametrize("text_scale", [100, 150])
def test_the_counter_fits_below_all_its_bars(qtbot: QtBot, text_scale: int) -> None:
    till = Till(qtbot, api="practice", text_scale=text_scale)
    till.type("7142")
    till.window.news.show_item(item(Stage.DECLINED))
    QApplication.processEvents()
    window = till.window
    assert window.banner.isVisible() and window.offline.isVisible() and window.news.isVisible()
    places = {}
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            place = QRect(button.mapTo(window, QPoint(0, 0)), button.size())
            assert window.rect().contains(place), button.accessibleName() or button.text()
            places[button] = place
    keys = [places[key] for key in window.findChildren(Key) if key.isVisible()]
    assert min(place.height() for place in keys) >= SMALL.u(15)
    entries = [places[button] for button in window.rail.findChildren(QAbstractButton)]
    assert len(entries) == 5 and min(place.height() for place in entries) >= SMALL.u(14)
