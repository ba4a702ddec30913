"""What the queue page says of one sale: where it stands, in words, and what a person may do."""

from __future__ import annotations

from dataclasses import replace

from pos_app.core.money import Sat
from pos_app.till.sale import NOTHING, Held, Sale, Tap, Unassigned
from pos_app.till.states import SaleState
from pos_app.till.tap_answers import PIN_UNATTENDED
from pos_app.till.tap_states import TapState
from pos_app.till.views import Act, QueueItem, SaleView, Stage, UnassignedView

NEEDS_A_PERSON = frozenset(
    {
        Stage.HELD,
        Stage.DECLINED,
        Stage.TAP_LOST,
        Stage.NOT_PAID,
        Stage.EXPIRED,
        Stage.VOIDED,
        Stage.PAID_LATE,
        Stage.REFUND_DUE,
    }
)
"""Stages that nothing but a person ends."""

_ENDED = {
    TapState.DECLINED: (Stage.DECLINED, "The card's issuer refused. Not paid."),
    TapState.TAP_LOST: (Stage.TAP_LOST, "This tap was used up without an offer. No money moved: not paid."),
    TapState.NOT_PAID: (Stage.NOT_PAID, "The card's issuer took the invoice and did not pay it. Not paid."),
    TapState.EXPIRED: (Stage.EXPIRED, "The stored card is too old and was not sent. Not paid."),
    TapState.VOIDED: (Stage.VOIDED, "The card was given up. Not paid."),
}
_HELD = {
    Held.KEYS: "The key of the stored cards cannot be read, so nothing is sent. Unlock the keyring, then press Unlock.",
    Held.CLOCK: "The clocks differ by more than an hour, so the age of the card is not known. The manager decides.",
    Held.RESTORED: "It came back with a backup and may have been sent since. It is being checked. Do not charge again.",
}
_PIN_NEEDED = (Stage.DECLINED, "The card needs its PIN, and nobody was there to enter it. Not paid.")
_RESTORED_UNPAID = (Stage.NOT_PAID, "The card came back with a backup, and no money came for it. Not paid.")
_OF_A_PERSON = frozenset({Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF})
_UNPAID = (Stage.NOT_PAID, "Its invoice has ended unpaid.")
_ANSWER_LOST = "Answer lost. Checking. Do not charge again."
_MAY_BE_PAID = "It may still be paid. Do not charge again."


def is_queued(sale: Sale) -> bool:
    """Whether the sale stands in the queue."""
    if sale.state is SaleState.PAID_LATE:
        return not sale.goods_given
    return sale.state in (SaleState.OWED, SaleState.UNCERTAIN, SaleState.REFUND_DUE)


def queue_item(sale: Sale, view: SaleView) -> QueueItem:
    """The item of a sale that is queued; `view` is its picture."""
    stage, words = _stage(sale)
    last = sale.taps[-1] if sale.taps else None
    quotes = stage in (Stage.DECLINED, Stage.TAP_LOST) and words != _PIN_NEEDED[1]
    return QueueItem(
        sale=view,
        stage=stage,
        words=words,
        reason=last.reason if last is not None and quotes else "",
        acts=_acts(sale),
        host=last.host if last is not None else "",
        stored_at_s=next((tap.captured_at_s for tap in sale.taps if tap.is_stored), None),
        refund=sale.due if sale.state is SaleState.REFUND_DUE else NOTHING,
    )


def not_compared(item: QueueItem, words: str) -> QueueItem:
    """The same while nobody knows what happened to it since the backup that the books came back from."""
    if item.sale.state.is_closed:
        return item
    return replace(item, stage=Stage.CHECKING, words=words, reason="", acts=item.acts & _OF_A_PERSON)


def unassigned_views(payments: tuple[Unassigned, ...]) -> tuple[UnassignedView, ...]:
    """Those of them that brought money."""
    return tuple(
        UnassignedView(one.reference, one.number, Sat(one.amount.value // 1000), one.memo, one.made_at_s)
        for one in payments
        if one.is_paid
    )


def _stage(sale: Sale) -> tuple[Stage, str]:
    if sale.state is SaleState.PAID_LATE:
        return Stage.PAID_LATE, "The money came late. Were the goods given?"
    if sale.state is SaleState.REFUND_DUE:
        return Stage.REFUND_DUE, f"{sale.due} are to be given back."
    living = _living(sale)
    if unknown := [tap for tap in living if tap.state is TapState.UNKNOWN]:
        return Stage.CHECKING, _HELD[Held.RESTORED] if unknown[-1].held is Held.RESTORED else _ANSWER_LOST
    if any(tap.state is TapState.SUBMITTED and not tap.request_out for tap in living):
        return Stage.ASKING, "The card's issuer took the invoice. The money has not come yet."
    if any(tap.request_out or tap.state is TapState.SUBMITTED for tap in living):
        return Stage.ASKING, "Asking the card's issuer…"
    if living:
        return _waiting(living)
    if sale.state is SaleState.UNCERTAIN and sale.live_invoices:
        return Stage.CHECKING, _MAY_BE_PAID
    if sale.taps and sale.taps[-1].state is TapState.NOT_PAID and sale.taps[-1].reason == Held.RESTORED:
        return _RESTORED_UNPAID
    if sale.taps and sale.taps[-1].state is TapState.DECLINED and sale.taps[-1].reason == PIN_UNATTENDED.words:
        return _PIN_NEEDED
    return _ENDED.get(sale.taps[-1].state, _UNPAID) if sale.taps else _UNPAID


def _waiting(living: list[Tap]) -> tuple[Stage, str]:
    held = [tap.held for tap in living if tap.held is not None]
    if len(held) == len(living):
        return Stage.HELD, _HELD[held[0]]
    if any(tap.state is TapState.AUTHORISED for tap in living):
        return Stage.STORED, "The card's issuer is ready to pay. Not paid yet."
    return Stage.STORED, "Stored, not paid. The card's issuer is asked when the line is back."


def _acts(sale: Sale) -> frozenset[Act]:
    if sale.state is SaleState.PAID_LATE:
        return frozenset({Act.GOODS_GIVEN, Act.GOODS_NOT_GIVEN})
    if sale.state is SaleState.REFUND_DUE:
        return frozenset({Act.REFUNDED})
    acts = {Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF}
    living = _living(sale)
    held = {tap.held for tap in living}
    is_out = any(tap.request_out for tap in living)
    if sale.live_invoices:
        acts.add(Act.CHECK)
    if not is_out and not sale.card_may_pay:
        acts.add(Act.SHOW_CODE)
        if None not in held:  # no card of it is on its way
            acts.add(Act.NEW_TAP)
    if sale.state is SaleState.UNCERTAIN and not sale.live_invoices and not is_out:
        acts.add(Act.NOTHING_HANDED_OVER)
    if Held.KEYS in held:
        acts.add(Act.UNLOCK)
    if Held.CLOCK in held:
        acts.add(Act.RELEASE)
    return frozenset(acts)


def _living(sale: Sale) -> list[Tap]:
    return [tap for tap in sale.taps if not tap.state.is_final]
