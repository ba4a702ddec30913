"""From a sale and what is known of its invoice at this moment to the view that the cashier sees."""

from __future__ import annotations

from pos_app.till.books import Books
from pos_app.till.invoicing import Making
from pos_app.till.sale import Sale
from pos_app.till.states import SaleState
from pos_app.till.views import InvoiceView, Phase, Problem, SaleView, TapView
from pos_app.till.watcher import Standing, Watched


def picture(
    sale: Sale,
    *,
    making: Making | None,
    watched: tuple[Watched, ...],
    at_counter: bool,
    cancelling: bool,
    storing: bool,
    tap: TapView,
    card_may_pay: bool,
    lightning_away: bool,
    expiry_s: int,
    books: Books,
    now_monotonic_s: float,
) -> SaleView:
    """The view of one sale. `watched` are its live invoices; `expiry_s` is the life of an invoice not yet made.

    `at_counter`: an OPEN one, or one that was taken back. `storing`: its next card is stored.
    """
    phase, problem = Phase.CLOSED, None
    if at_counter and (cancelling or storing):
        phase = Phase.CANCELLING if cancelling else Phase.STORING
    elif at_counter:
        phase, problem = _phase(making, watched, now_monotonic_s)
    if phase is Phase.READY and lightning_away:
        phase, problem = Phase.NO_CODE, _LIGHTNING_AWAY
    only = watched[0] if len(watched) == 1 else None
    invoices = [one.invoice for one in watched] or list(sale.invoices)
    return SaleView(
        sale_id=sale.id,
        number=sale.number,
        reference=sale.reference,
        state=sale.state,
        phase=phase,
        amount=sale.amount,
        tip=sale.tip,
        total=sale.total,
        fiat=sale.fiat,
        note=sale.note,
        tender=sale.tender,
        made_at_s=sale.made_at_s,
        closed_at_s=sale.closed_at_s,
        paid_at_s=sale.paid_at_s,
        received=sale.received,
        invoice=_invoice(only) if only is not None and phase is Phase.READY else None,
        expiry_s=invoices[-1].expiry_s if invoices else expiry_s,
        deadline_monotonic_s=only.ends_at_s if only is not None and phase is Phase.READY else None,
        safe_at_monotonic_s=max((one.life.safe_at_monotonic_s for one in watched), default=None),
        problem=problem,
        can_cancel=sale.state is SaleState.OPEN and not cancelling and not card_may_pay,
        replaces=sale.replaces,
        uncertain_until_s=_uncertain_until_s(sale),
        practice=books.wears_banner,
        retry_at_monotonic_s=making.retry_at_s if making is not None and phase is Phase.NO_CODE else None,
        tap=tap if at_counter else None,
        may_be_paid=bool(sale.live_invoices),
    )


def _phase(making: Making | None, watched: tuple[Watched, ...], now_monotonic_s: float) -> tuple[Phase, Problem | None]:
    if not watched:
        return (making.phase, making.problem) if making is not None else (Phase.NO_CODE, _STOPPED)
    if len(watched) > 1:
        return Phase.CHECKING, _SEVERAL
    match watched[0]:
        case Watched(standing=Standing.NOT_KNOWN):
            return Phase.CHECKING, _NOT_KNOWN
        case Watched(standing=Standing.DOES_NOT_ADD_UP):
            return Phase.CHECKING, _DOES_NOT_ADD_UP
        case Watched(standing=Standing.UNASKED) | Watched(ends_at_s=None):
            return Phase.CHECKING, _UNASKED
        case Watched(standing=Standing.PAYABLE, ends_at_s=float(ends_at_s)) if now_monotonic_s < ends_at_s:
            return Phase.READY, watched[0].problem
        case _:
            return Phase.ENDING, watched[0].problem


def _invoice(watched: Watched) -> InvoiceView:
    invoice = watched.invoice
    return InvoiceView(
        payment_hash=invoice.payment_hash,
        bolt11=invoice.bolt11,
        made_at_s=invoice.made_at_s,
        expires_at_s=invoice.made_at_s + invoice.expiry_s,
    )


def _uncertain_until_s(sale: Sale) -> float | None:
    if sale.state is not SaleState.UNCERTAIN or not sale.invoices:
        return None
    return max(invoice.made_at_s + invoice.expiry_s for invoice in sale.invoices)


_LIGHTNING_AWAY = Problem(
    "Lightning is away. Nobody could pay a code.", "The same code comes back when Lightning does."
)
_UNASKED = Problem("The till was started anew while this sale was open.", "It is being checked. Do not charge again.")
_NOT_KNOWN = Problem("The payments server does not know this invoice.", "The till keeps asking. Do not charge again.")
_DOES_NOT_ADD_UP = Problem(
    "The payments server says “paid”, but less than the sum.", "Look at the wallet on the server. Do not charge again."
)
_SEVERAL = Problem("This sale has several invoices that may be paid.", "The till keeps asking. Do not charge again.")
_STOPPED = Problem("This sale has no code.", "Try again, or cancel the sale.")
