"""Which earlier sale the next one may stand for, so that the same goods are not paid for twice."""

from __future__ import annotations

from pos_app.till.states import SaleState
from pos_app.till.views import SaleView

UNPAID = (SaleState.OPEN, SaleState.UNCERTAIN, SaleState.CANCELLED, SaleState.EXPIRED, SaleState.WRITTEN_OFF)
PAID = (SaleState.PAID, SaleState.PAID_LATE)


class SoldAgain:
    """Remembers one sale: the last that left the counter unpaid by Stop waiting, Cancel or the end of its code.

    It is forgotten once nobody can pay it any more, once the cashier saw on the screen that it was paid, and with the
    next sale. Paid elsewhere it stays: then its goods must not be charged again.
    """

    def __init__(self) -> None:
        self.sale: SaleView | None = None

    def left(self, sale: SaleView) -> None:
        """The sale on the screen came to an end there, or is left behind."""
        if sale.state in UNPAID and sale.may_be_paid:
            self.sale = sale
        elif self.is_about(sale.sale_id):
            self.sale = None

    def take(self, sale: SaleView) -> None:
        """The till tells of a sale."""
        if self.is_about(sale.sale_id):
            counts = sale.state in PAID or (sale.state in UNPAID and sale.may_be_paid)
            self.sale = sale if counts else None

    def forget(self) -> None:
        """The next sale has begun, or the till opened other books."""
        self.sale = None

    def is_about(self, sale_id: str | None) -> bool:
        """Whether this is the sale that is remembered."""
        return self.sale is not None and self.sale.sale_id == sale_id
