"""Sales without a code, sales that come back from the queue, and what is told of the queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    Phase,
    QueueChanged,
    QueueView,
    Stage,
    TapPhase,
    TapView,
)
from pos_app.ui.pages.scenes import Action
from pos_app.ui.sounds import Sound
from tests.gui.offline_stage import BACK, FULL, NO_CODE, READER, STORED, STORING, Till, item, offline, queue_of
from tests.gui.stage import click, press
from tests.support.queue import some_unassigned
from tests.support.sales import invoice_view, sale_view
from tests.support.window import FACTS, a_status, a_store


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


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
