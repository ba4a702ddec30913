"""Sales of the queue as the till shows them, for tests and pictures of the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Act, QueueItem, QueueView, Stage, StoryLine, TermsView, Tone, UnassignedView
from tests.support.sales import NOON_S, sale_view
from tests.support.window import a_store

UNRESOLVED = frozenset({Act.SHOW_CODE, Act.NEW_TAP, Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF})
STATES = {
    Stage.CHECKING: SaleState.UNCERTAIN,
    Stage.PAID_LATE: SaleState.PAID_LATE,
    Stage.REFUND_DUE: SaleState.REFUND_DUE,
}
ACTS = {
    Stage.CHECKING: UNRESOLVED | {Act.CHECK, Act.NOTHING_HANDED_OVER},
    Stage.ASKING: UNRESOLVED | {Act.CHECK},
    Stage.HELD: UNRESOLVED | {Act.UNLOCK},
    Stage.PAID_LATE: frozenset({Act.GOODS_GIVEN, Act.GOODS_NOT_GIVEN}),
    Stage.REFUND_DUE: frozenset({Act.REFUNDED}),
}
WORDS = {
    Stage.STORED: "Stored, not paid. The card's issuer is asked when the line is back.",
    Stage.HELD: "The key of the stored cards cannot be read, so nothing is sent. "
    "Unlock the keyring, then press Unlock.",
    Stage.ASKING: "Asking the card's issuer…",
    Stage.CHECKING: "Answer lost. Checking. Do not charge again.",
    Stage.DECLINED: "The card's issuer refused. Not paid.",
    Stage.TAP_LOST: "This tap was used up without an offer. No money moved: not paid.",
    Stage.NOT_PAID: "The card's issuer took the invoice and did not pay it. Not paid.",
    Stage.EXPIRED: "The stored card is too old and was not sent. Not paid.",
    Stage.VOIDED: "The card was given up. Not paid.",
    Stage.PAID_LATE: "The money came late. Were the goods given?",
    Stage.REFUND_DUE: "7\u202f142 sat are to be given back.",
}


def queue_item(
    stage: Stage = Stage.STORED, *, number: int = 149, amount: int = 7_142, ago_s: float = 360, **changes: Any
) -> QueueItem:
    """One sale of the queue."""
    sale = sale_view(STATES.get(stage, SaleState.OWED), number=number, amount=Sat(amount), made_at_s=NOON_S - ago_s)
    usual = QueueItem(
        sale=sale,
        stage=stage,
        words=f"{sale.total} are to be given back." if stage is Stage.REFUND_DUE else WORDS[stage],
        reason="",
        acts=ACTS.get(stage, UNRESOLVED),
        host="cards.bank.example",
        stored_at_s=NOON_S - ago_s + 12,
        refund=Sat(amount) if stage is Stage.REFUND_DUE else Sat(0),
    )
    return replace(usual, **changes)


def some_items() -> tuple[QueueItem, ...]:
    """The queue of a bad quarter of an hour, oldest first."""
    return (
        queue_item(Stage.DECLINED, number=149, ago_s=360, reason="Insufficient balance"),
        queue_item(Stage.CHECKING, number=150, amount=11_289, ago_s=240),
        queue_item(Stage.ASKING, number=151, amount=4_723, ago_s=180),
        queue_item(Stage.STORED, number=152, amount=4_378, ago_s=120),
        queue_item(Stage.STORED, number=153, amount=10_310, ago_s=60),
    )


def queue_view(*items: QueueItem, unassigned: tuple[UnassignedView, ...] = (), **store: Any) -> QueueView:
    """The queue; what is at risk is counted from the items, unless told otherwise."""
    at_risk = [item.sale for item in items if not item.sale.state.is_closed]
    counted = {"count": len(at_risk), "sum": Sat(sum(sale.total.value for sale in at_risk))}
    return QueueView(items, a_store(**{**counted, **store}), unassigned)


def some_unassigned() -> tuple[UnassignedView, ...]:
    """Two payments whose sales were lost with a restore."""
    return (
        UnassignedView("K7M2QWXZ", 158, Sat(4_200), "Table 4 K7M2QWXZ", NOON_S - 5_400),
        UnassignedView("P3RTB8NH", 159, Sat(16_703), "P3RTB8NH", NOON_S - 2_400),
    )


STORY = (
    StoryLine(NOON_S - 353, "Card stored", Tone.ATTENTION),
    StoryLine(NOON_S - 80, "Line back, issuer asked", Tone.WAITING),
    StoryLine(NOON_S - 76, "Declined", Tone.FAILED),
)


def a_terms(**changes: Any) -> TermsView:
    """The limits as they are at first, accepted by the owner."""
    usual = TermsView(
        accepted_at_s=NOON_S - 86_400,
        tap_max=Sat(20_000),
        sum_max=Sat(100_000),
        count_max=20,
        session_max_s=4 * 3600,
        tap_age_max_s=24 * 3600,
    )
    return replace(usual, **changes)
