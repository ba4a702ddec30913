"""The rows of the history in the words of the shop: chips, tenders, times, notes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import MINUS, Fiat, grouped
from pos_app.core.text import plain
from pos_app.till.history_views import HistoryRow, RowState
from pos_app.till.states import SaleState
from pos_app.till.views import Tender
from pos_app.ui.widgets.chip import ChipLook, state_chip
from pos_app.ui.words import clock, day_short, tender_word

_SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
MSAT_PER_SAT = 1000


def state_look(state: RowState) -> ChipLook:
    """The chip of a state."""
    match state:
        case RowState.PENDING:
            return ChipLook("accent", "clock", QCoreApplication.translate("State", "Pending"))
        case RowState.FAILED:
            return ChipLook("fail", "circle-x", QCoreApplication.translate("State", "Failed"))
        case _:
            return state_chip(SaleState(state.value))


def row_look(row: HistoryRow) -> ChipLook:
    """The chip of a row: money that has left, or that the server does not know any more, is not green."""
    if row.is_gone:
        return ChipLook("attn", "circle-question-mark", QCoreApplication.translate("State", "Gone"))
    if row.amount_msat < 0 and row.state is RowState.PAID:
        return ChipLook("idle", "arrow-up-right", QCoreApplication.translate("State", "Sent"))
    return state_look(row.state)


def tender_icon(tender: Tender) -> str:
    """Lucide's name for how something was paid."""
    return {Tender.QR: "qr-code", Tender.OTHER: "hand-coins"}.get(tender, "credit-card")


def paid_by(row: HistoryRow) -> tuple[str, str]:
    """Icon and word for how the row's money moved; both are empty where none has."""
    if row.tender is not None:
        return tender_icon(row.tender), tender_word(row.tender)
    if row.number is None:
        return "zap", plain(row.tag, 40) or QCoreApplication.translate("Tender", "Lightning")
    return "", ""


def sat_words(amount_msat: int) -> str:
    """Whole sats with a true minus; a rest below one sat stands behind a point."""
    whole, rest = divmod(abs(amount_msat), MSAT_PER_SAT)
    text = grouped(whole) + (f".{rest:03}" if rest else "")
    return f"{MINUS}{text}" if amount_msat < 0 else text


def fiat_words(amount: Fiat) -> str:
    """An amount of a currency with its sign where it has one that everybody knows: €1 248.50."""
    symbol = _SIGNS.get(amount.currency)
    if symbol is None:
        return str(amount)
    figure = Fiat(abs(amount.minor), amount.currency).decimal()
    return f"{MINUS if amount.minor < 0 else ''}{symbol}{figure}"


def moment(at_s: float, *, with_day: bool) -> str:
    """12:04, or with its day: 14 Mar 12:04."""
    if not with_day:
        return clock(at_s)
    return f"{day_short(at_s)} {clock(at_s)}"


def sale_words(row: HistoryRow) -> str:
    """Whose row it is: the sale's number, or another till's. Money that was sent is nobody's sale."""
    if row.number is not None:
        return str(row.number)
    return "" if row.amount_msat < 0 else QCoreApplication.translate("History", "Other till")


def memo_words(row: HistoryRow) -> str:
    """What somebody wrote: the memo without the sale's reference, which stands on its own."""
    memo = plain(row.memo)
    return memo.removesuffix(row.reference).strip() if row.reference else memo


def note_words(row: HistoryRow) -> str:
    """Tip and memo in one line."""
    tip = ""
    if row.tip:
        tip = QCoreApplication.translate("History", "tip {amount}").format(amount=grouped(row.tip.value))
    return " · ".join(part for part in (tip, memo_words(row)) if part)
