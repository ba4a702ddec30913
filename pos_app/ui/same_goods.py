"""Before a sale that follows one which may still be paid: are these the same goods? Asked once, and never by a slip."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Problem, SaleView
from pos_app.ui.pages.charge import ChargePage
from pos_app.ui.sale_flow import SaleFlow
from pos_app.ui.sold_again import PAID

if TYPE_CHECKING:
    from pos_app.ui.same_goods_sheet import SameGoodsSheet

IN_THE_WAY = (SaleState.OPEN, *PAID)
"""An earlier sale in one of these states cannot be replaced."""


class SameGoodsDesk(QObject):
    """Takes what the charge page wants and hands it to the flow, after the question where there is one to ask."""

    look_pressed = Signal(object)
    """The `SaleView` of the earlier sale is to be seen."""

    def __init__(self, charge: ChargePage, flow: SaleFlow, over: QWidget) -> None:
        super().__init__(over)
        self._charge = charge
        self._flow = flow
        self._over = over
        self._go: Callable[[str | None], None] | None = None

    @cached_property
    def sheet(self) -> SameGoodsSheet:
        from pos_app.ui.same_goods_sheet import SameGoodsSheet

        sheet = SameGoodsSheet(self._over)
        sheet.same_pressed.connect(lambda sale: self._answer(sale.sale_id))
        sheet.other_pressed.connect(lambda: self._answer(None))
        sheet.look_pressed.connect(self._look)
        sheet.closed.connect(self._closed)
        return sheet

    def charge(self, amount: Sat, note: str, *, store: bool = False) -> None:
        """Begin this sale; first ask about the earlier one that may still be paid."""
        earlier = self._flow.sold_again.sale
        if earlier is None:
            self._flow.charge(amount, note, store=store)
            return
        self._go = lambda replaces: self._flow.charge(amount, note, replaces, store=store)
        self.sheet.ask(earlier, amount)

    def refresh(self) -> None:
        """The till told of a sale: the question may have become a warning."""
        earlier = self._flow.sold_again.sale
        if self._go is not None and earlier is not None:
            self.sheet.show_sale(earlier)

    def show_refusal(self, problem: Problem) -> None:
        """The till did not take the sale. Where the earlier one is the reason, it can be looked at."""
        earlier = self._flow.sold_again.sale
        is_reason = earlier is not None and self._flow.replaced == earlier.sale_id and earlier.state in IN_THE_WAY
        self._charge.show_problem(problem, earlier if is_reason else None)

    def close(self) -> None:
        """Close the sheet together with the page below it."""
        if self._go is not None:
            self.sheet.close_sheet(slide=False)

    def _answer(self, replaces: str | None) -> None:
        go, self._go = self._go, None
        self.sheet.close_sheet(slide=False)
        if go is not None:
            go(replaces)

    def _look(self, sale: SaleView) -> None:
        self.close()
        self.look_pressed.emit(sale)

    def _closed(self) -> None:
        """Without an answer: what was typed is still there."""
        if self._go is not None:
            self._go = None
            self._charge.set_busy(False)
