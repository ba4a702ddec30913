"""What there is to say about the state of a payment, where the chip alone does not say it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import Sat
from pos_app.till.history_views import HistoryDetail, RowState
from pos_app.till.views import Phase
from pos_app.ui.words import clock, day_and_clock

IN_QUEUE = (RowState.OWED, RowState.UNCERTAIN, RowState.REFUND_DUE, RowState.PAID_LATE)
"""States that a person settles in the queue."""


@dataclass(frozen=True, slots=True)
class Words:
    """`tone` is attn, fail or accent."""

    tone: str
    title: str
    text: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("HistoryState", text)


def explained(detail: HistoryDetail) -> Words | None:
    """The words, or None for a payment whose chip says all."""
    row, sale = detail.row, detail.sale
    if row.is_gone:
        text = _tr("It is in no sum. Ask whoever runs the server.")
        return Words("attn", _tr("The server does not know this payment any more."), text)
    late = _tr("If money still arrives, it is booked as “Paid late”.")
    match row.state:
        case RowState.OPEN if sale is not None and sale.phase is Phase.CHECKING:
            return Words("attn", _tr("Do not charge again"), _tr("The answer was lost. The till is checking."))
        case RowState.OWED:
            return Words("attn", _tr("Stored, NOT paid"), _tr("You carry the risk. The queue shows what can be done."))
        case RowState.UNCERTAIN:
            return _uncertain(detail)
        case RowState.CANCELLED | RowState.EXPIRED:
            return Words("accent", _tr("Nothing was paid."), late)
        case RowState.WRITTEN_OFF:
            return Words("accent", _tr("This money was given up."), late)
        case RowState.PAID_OTHERWISE:
            return Words("accent", _tr("Paid with something else."), _tr("Nothing arrived in this wallet for it."))
        case RowState.PAID_LATE:
            return _paid_late(detail)
        case RowState.REFUND_DUE:
            arrived = _tr("{amount} arrived in all.").format(amount=sale.received if sale is not None else Sat(0))
            text = _tr("Give it back, then say so in the queue.")
            return Words("fail", _tr("Money is due back."), f"{arrived} {text}" if sale is not None else text)
        case RowState.REFUNDED:
            return Words("accent", _tr("The money was given back."))
        case RowState.PENDING if row.amount_msat < 0:
            return Words("accent", _tr("On its way."), _tr("The server does not know yet whether it arrived."))
        case RowState.FAILED:
            return Words("fail", _tr("It failed."), _tr("No money moved."))
        case _:
            return None


def _uncertain(detail: HistoryDetail) -> Words:
    sale = detail.sale
    text = _tr("It may still be paid.")
    if sale is not None and sale.uncertain_until_s is not None:
        text = _tr("It may still be paid until {time}.").format(time=clock(sale.uncertain_until_s))
    return Words("attn", _tr("Do not charge again"), text)


def _paid_late(detail: HistoryDetail) -> Words:
    sale = detail.sale
    title = _tr("The money came after the code had ended.")
    if sale is not None and sale.paid_at_s is not None:
        title = _tr("The money came late: {time}.").format(time=day_and_clock(sale.paid_at_s))
    return Words("accent", title, _tr("If the goods were not given, the queue shows how to give it back."))
