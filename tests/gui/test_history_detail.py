"""One payment: its facts, its timeline, copying, checking, the ways on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import HistoryDetail, RowState
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, Tender
from pos_app.ui.history.detail import DetailPane
from pos_app.ui.history.explain import explained
from pos_app.ui.history.facts import facts, identities
from pos_app.ui.history.words import fiat_words, memo_words, row_look
from tests.gui.stage import click, press, set_device, settle, show
from tests.support.records_actions import a_detail, a_row
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FakeActions

SIZE = (528, 554)


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
def pane(qtbot: QtBot, actions: FakeActions) -> DetailPane:
    set_device()
    made = DetailPane(actions)
    show(qtbot, made, SIZE)
    return made


def shown(pane: DetailPane, actions: FakeActions, detail: HistoryDetail) -> None:
    pane.show_row(detail.row)
    actions.last("history_detail").job.succeed(detail)
    settle()


def test_what_the_row_knows_is_there_at_once(pane: DetailPane, actions: FakeActions) -> None:
    assert pane.nothing.isVisible()
    pane.show_row(a_row())
    assert pane.title.text() == "Sale 147" and pane.amount.figure() == "18\u202f431"
    assert pane.chip.accessibleName() == "Paid" and not pane.story.isVisible()
    actions.last("history_detail").job.succeed(a_detail(a_row()))
    assert pane.story.isVisible() and "12:04:31 Paid" in pane.story.accessibleName()


def test_all_facts_of_a_sale() -> None:
    row = a_row(tip=Sat(1_500), fiat=Fiat(1_600, "EUR"), rate="€86 812.40", memo="Table 4", fee_msat=1_500)
    assert [(fact.name, fact.value) for fact in facts(a_detail(row))] == [
        ("Price", "€16.00"),
        ("Rate", "1 BTC = €86 812.40"),
        ("Without tip", "16\u202f931 sat"),
        ("Tip", "1\u202f500 sat"),
        ("Fee", "1.500 sat"),
        ("Charged", "14 March, 12:03"),
        ("Paid at", "12:04:12"),
        ("Paid by", "Card, boltcard.example"),
        ("Note", "Table 4"),
    ]


def test_the_issuer_of_a_card_that_did_not_pay_is_not_named_as_the_payer() -> None:
    by = {fact.name: fact.value for fact in facts(a_detail(a_row(tender=Tender.QR)))}
    assert by["Paid by"] == "QR"


@pytest.mark.parametrize(
    ("amount", "shown_as"),
    [
        (Fiat(124_850, "EUR"), "€1\u202f248.50"),
        (Fiat(-5, "USD"), "\u2212$0.05"),
        (Fiat(1_600, "JPY"), "¥1\u202f600"),
        (Fiat(1_600, "CHF"), "16.00\u00a0CHF"),
    ],
)
def test_prices_wear_their_sign(amount: Fiat, shown_as: str) -> None:
    assert fiat_words(amount) == shown_as


def test_the_reference_is_no_part_of_the_note() -> None:
    assert memo_words(a_row(memo="Table 4 R0000147")) == "Table 4"
    assert memo_words(a_row(memo="R0000147")) == ""
    assert memo_words(a_row(memo="Terrace", reference="")) == "Terrace"


def test_what_the_server_has_lost_is_not_green() -> None:
    assert row_look(a_row(is_gone=True)).tone == "attn"


def test_facts_of_another_till() -> None:
    row = a_row(number=None, sale_id=None, tender=None, reference="", tag="tpos", memo="Terrace\u202e<b>")
    assert [(fact.name, fact.value) for fact in facts(a_detail(row))] == [
        ("Time", "14 March, 12:04"),
        ("Note", "Terrace<b>"),
        ("Tag", "tpos"),
    ]


def test_a_touch_copies_and_says_so(pane: DetailPane, actions: FakeActions) -> None:
    detail = a_detail(a_row())
    shown(pane, actions, detail)
    assert [row.fact.name for row in pane.identities.rows] == ["Reference", "Payment hash", "Preimage", "Invoice"]
    for row, value in zip(pane.identities.rows, ("R0000147", "a" * 64, detail.preimage, detail.bolt11), strict=True):
        row.click()
        assert QGuiApplication.clipboard().text() == value
        assert row.shown_value() == "Copied"
    first = pane.identities.rows[0]
    first._told.stop()
    first._settle()
    assert first.shown_value() == "R0000147"
    assert first.accessibleName() == "Copy the reference, R0000147"


def test_an_answer_without_news_keeps_the_rows(pane: DetailPane, actions: FakeActions) -> None:
    shown(pane, actions, a_detail(a_row()))
    before = list(pane.identities.rows)
    pane.reload()
    actions.last("history_detail").job.succeed(a_detail(a_row()))
    assert pane.identities.rows == before


def test_check_now_is_busy_once_and_says_what_it_found(pane: DetailPane, actions: FakeActions) -> None:
    row = a_row(state=RowState.EXPIRED, tender=None)
    shown(pane, actions, a_detail(row))
    click(pane.check_button)
    click(pane.check_button)
    assert actions.count("check_row") == 1 and not pane.check_button.isEnabled()
    assert pane.check_button.text() == "Checking…"
    pane.check_button._seconds.timeout.emit()
    assert pane.check_button.text() == "Checking… 0 s"
    actions.last("check_row").job.succeed(a_detail(row))
    assert "nothing has changed" in pane.checked.text() and pane.check_button.text() == "Check now"
    click(pane.check_button)
    actions.last("check_row").job.succeed(a_detail(replace(row, state=RowState.PAID_LATE)))
    assert pane.chip.accessibleName() == "Paid late" and "nothing" not in pane.checked.text()


def test_a_check_that_fails_says_why(pane: DetailPane, actions: FakeActions) -> None:
    shown(pane, actions, a_detail(a_row()))
    click(pane.check_button)
    actions.last("check_row").job.fail(UserError("The server cannot be reached.", "Try again later."))
    assert pane.checked.text() == "The server cannot be reached. Try again later."
    assert pane.check_button.isEnabled()


def test_another_row_drops_the_answers_of_the_first(pane: DetailPane, actions: FakeActions) -> None:
    pane.show_row(a_row())
    click(pane.check_button)
    older = [call.job for call in actions.calls]
    pane.show_row(a_row(key="b" * 64, number=146))
    assert all(job.ended for job in older)
    assert pane.check_button.isEnabled() and not pane.checked.isVisible()
    pane.clear()
    assert pane.nothing.isVisible() and pane.key() is None


def test_what_could_not_be_read_can_be_asked_again(pane: DetailPane, actions: FakeActions) -> None:
    pane.show_row(a_row())
    actions.last("history_detail").job.fail(UserError("It is gone.", "Look again."))
    assert pane.notice.accessibleName() == "It is gone. Look again."
    settle()
    before = actions.count("history_detail")
    click(pane.notice.findChildren(type(pane.check_button).__mro__[1])[0])
    assert actions.count("history_detail") == before + 1


@pytest.mark.parametrize("state", [RowState.OWED, RowState.UNCERTAIN, RowState.REFUND_DUE, RowState.PAID_LATE])
def test_what_waits_for_a_person_leads_to_the_queue(pane: DetailPane, actions: FakeActions, state: RowState) -> None:
    asked: list[str] = []
    pane.queue_pressed.connect(asked.append)
    shown(pane, actions, a_detail(a_row(state=state)))
    click(pane.queue_button)
    assert asked == ["sale-147"]


def test_an_open_sale_leads_to_the_counter(pane: DetailPane, actions: FakeActions) -> None:
    asked: list[object] = []
    pane.counter_pressed.connect(asked.append)
    detail = a_detail(a_row(state=RowState.OPEN, tender=None))
    shown(pane, actions, detail)
    assert not pane.queue_button.isVisible()
    click(pane.counter_button)
    assert asked == [detail.sale]


def test_a_sale_without_a_payment_cannot_be_checked(pane: DetailPane, actions: FakeActions) -> None:
    shown(pane, actions, a_detail(a_row(key="sale:x", payment_hash=None, state=RowState.CANCELLED)))
    assert not pane.check_button.isVisible()
    assert [fact.name for fact in identities(a_detail(a_row(payment_hash=None)))] == [
        "Reference",
        "Preimage",
        "Invoice",
    ]


def test_escape_closes(pane: DetailPane, actions: FakeActions) -> None:
    closed: list[bool] = []
    pane.closed.connect(lambda: closed.append(True))
    shown(pane, actions, a_detail(a_row()))
    press(pane, Qt.Key.Key_Escape)
    assert closed == [True]


LATE = replace(sale_view(SaleState.PAID_LATE), paid_at_s=NOON_S + 900)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (a_detail(a_row(state=RowState.OWED)), ["Stored, NOT paid"]),
        (a_detail(a_row(state=RowState.UNCERTAIN)), ["Do not charge again", "may still be paid"]),
        (
            a_detail(a_row(state=RowState.OPEN), sale=sale_view(phase=Phase.CHECKING)),
            ["Do not charge again", "answer was lost"],
        ),
        (a_detail(a_row(state=RowState.EXPIRED)), ["Nothing was paid", "Paid late"]),
        (a_detail(a_row(state=RowState.CANCELLED)), ["Nothing was paid", "Paid late"]),
        (a_detail(a_row(state=RowState.WRITTEN_OFF)), ["given up", "Paid late"]),
        (a_detail(a_row(state=RowState.PAID_LATE), sale=LATE), ["came late: 14 March, 12:19", "goods"]),
        (a_detail(a_row(state=RowState.REFUND_DUE)), ["due back", "queue"]),
        (a_detail(a_row(state=RowState.REFUNDED)), ["given back"]),
        (a_detail(a_row(state=RowState.PAID_OTHERWISE, tender=Tender.OTHER)), ["something else"]),
        (HistoryDetail(a_row(state=RowState.PENDING, amount_msat=-5_000), None, ()), ["On its way"]),
        (HistoryDetail(a_row(is_gone=True), None, ()), ["does not know this payment", "in no sum"]),
        (HistoryDetail(a_row(state=RowState.FAILED), None, ()), ["failed", "No money moved"]),
    ],
)
def test_a_state_that_needs_words_has_them(detail: HistoryDetail, words: list[str]) -> None:
    said = explained(detail)
    assert said is not None
    assert [word for word in words if word not in f"{said.title} {said.text}"] == []


def test_what_is_paid_or_pending_needs_none() -> None:
    assert explained(a_detail(a_row())) is None
    assert explained(HistoryDetail(a_row(state=RowState.PENDING), None, ())) is None
