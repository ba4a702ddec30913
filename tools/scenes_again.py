"""The scenes of a sale that follows one which may still be paid, for `tools.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pos_app.core.errors import UserError
from pos_app.till.states import SaleState
from pos_app.till.views import FactState, Phase, Problem, SaleChanged, SaleView
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FakeActions, a_fact, a_status


class Stage(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    actions: FakeActions
    window: MainWindow

    def press(self, keys: str) -> None: ...

    def recent(self, *sales: SaleView) -> None: ...


Scene = Callable[[Stage], None]
DOWN = a_fact("payments", "Offline since 12:04", FactState.DOWN, "No new codes.")
AWAY = Problem("The payments server cannot be reached.", "The till tries again by itself.")
PAID_MEANWHILE = UserError("The first sale has been paid meanwhile.", "Do not charge again: look at the recent sales.")


def _earlier(state: SaleState, phase: Phase | None = None) -> SaleView:
    sale = sale_view(state, phase, number=146, uncertain_until_s=NOON_S + 540, made_at_s=NOON_S - 60)
    return replace(sale, may_be_paid=state not in (SaleState.PAID, SaleState.PAID_LATE))


def _ask(stage: Stage, earlier: SaleView) -> None:
    stage.window.same_goods.sheet.now_s = lambda: NOON_S
    stage.window.flow.sold_again.left(earlier)
    stage.window.charge.pane.charge.click()
    stage.window.same_goods.sheet.guard.hide()


def _asked(earlier: SaleView, keys: str = "16703") -> Scene:
    def show(stage: Stage) -> None:
        stage.window.show_status(a_status())
        stage.recent(earlier)
        stage.press(keys)
        _ask(stage, earlier)

    return show


def _paid_meanwhile(stage: Stage) -> None:
    _asked(_earlier(SaleState.UNCERTAIN))(stage)
    stage.window.take(SaleChanged(_earlier(SaleState.PAID)))
    stage.window.same_goods.sheet.guard.hide()


def _refused(stage: Stage) -> None:
    _asked(_earlier(SaleState.UNCERTAIN))(stage)
    stage.window.same_goods.sheet.same.click()
    stage.window.take(SaleChanged(_earlier(SaleState.PAID)))
    stage.actions.last("charge").job.fail(PAID_MEANWHILE)
    stage.window.guard.hide()


def _crowded(stage: Stage) -> None:
    """All three bars over the page."""
    earlier = _earlier(SaleState.UNCERTAIN)
    stage.window.show_status(a_status(DOWN, practice=True, api="Practice", network="regtest", queue_count=1))
    stage.window.news.show_sale(sale_view(SaleState.PAID_LATE, number=140))
    stage.press("16703")
    _ask(stage, earlier)


def _no_code(stage: Stage) -> None:
    stage.window.show_status(a_status(DOWN))
    stage.window.flow.open(sale_view(phase=Phase.NO_CODE, problem=AWAY))


_PRACTICE: dict[str, object] = {"api": "practice"}
_LARGE_TEXT: dict[str, object] = {"text_scale": 150}

SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "again-uncertain": ({}, _asked(_earlier(SaleState.UNCERTAIN))),
    "again-cancelled": ({}, _asked(_earlier(SaleState.CANCELLED), "14000")),
    "again-ending": ({}, _asked(_earlier(SaleState.OPEN, Phase.ENDING))),
    "again-text-150": (_LARGE_TEXT, _asked(_earlier(SaleState.UNCERTAIN))),
    "again-crowded": (_PRACTICE, _crowded),
    "again-crowded-text-150": ({**_PRACTICE, **_LARGE_TEXT}, _crowded),
    "again-high-contrast": ({"theme": Mode.CONTRAST_LIGHT}, _asked(_earlier(SaleState.UNCERTAIN))),
    "again-paid-meanwhile": ({}, _paid_meanwhile),
    "again-refused": ({}, _refused),
    "invoice-no-code-server": ({}, _no_code),
}
