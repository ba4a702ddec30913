"""Selling without a line: the bar, Store a card, the capture, and the stored sale."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    CardIgnored,
    FactState,
    Phase,
    Stage,
    StatusView,
    TapPhase,
    TapView,
)
from pos_app.ui.pages.invoice import InvoicePage
from pos_app.ui.pages.scenes import Action
from pos_app.ui.sounds import Sound
from pos_app.ui.widgets.keys import Key
from tests.gui.offline_stage import (
    AWAY,
    BACK,
    DOWN,
    FULL,
    NO_CODE,
    READER,
    STORED,
    STORING,
    Till,
    item,
    offline,
    queue_of,
)
from tests.gui.stage import SMALL, Time, click, page_size, press, set_device, settle, show
from tests.support.sales import sale_view
from tests.support.window import FACTS, a_fact, a_status, a_store


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
