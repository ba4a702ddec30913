"""Which sale is on the screen."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase
from pos_app.ui.sale_flow import SaleFlow
from tests.support.sales import sale_view
from tests.support.window import FakeActions


def test_the_till_is_asked_before_the_page_is_painted(qapp: QApplication) -> None:
    actions = FakeActions()
    flow = SaleFlow(actions)
    seen: list[tuple[int, Phase]] = []
    flow.shown.connect(lambda sale: seen.append((actions.count("charge"), sale.phase)))
    flow.charge(Sat(21), "")
    assert seen == [(1, Phase.MAKING)]


def test_cards_are_for_the_open_sale_that_comes_back_to_the_screen(qapp: QApplication) -> None:
    actions = FakeActions()
    sale = sale_view()
    SaleFlow(actions).open(sale)
    assert actions.last("take_back").values == (sale.sale_id,)
    SaleFlow(actions).open(sale_view(state=SaleState.UNCERTAIN))
    assert actions.count("take_back") == 1
