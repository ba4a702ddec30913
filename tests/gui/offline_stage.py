"""A window without a line, for the tests of the counter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    FactState,
    Phase,
    Problem,
    QueueChanged,
    QueueItem,
    QueueView,
    SaleChanged,
    SaleView,
    Stage,
    StatusChanged,
    StatusView,
    TapPhase,
    TapView,
)
from pos_app.ui.pages.scenes import Action
from pos_app.ui.sounds import Sound
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, click, set_device
from tests.support.sales import NOON_S, invoice_view, sale_view
from tests.support.window import FakeActions, a_fact, a_status, a_store, preferences

READER = a_fact("reader", "Reader", detail="ACR1252U: cards can be tapped.")
DOWN = a_fact("payments", "Offline since 12:04", FactState.DOWN, "No new codes.")
AWAY = a_fact("lightning", "Lightning away", FactState.DOWN, "No codes: nobody could pay them.")
FULL = Problem("20 of 20 sales are stored.", "Go online before the next one.")


def offline(**store: Any) -> StatusView:
    """The payments server is away, and two cards are stored."""
    usual: dict[str, Any] = {"offered": True, "count": 2, "sum": Sat(41_200)}
    return a_status(DOWN, READER, store=a_store(**{**usual, **store}), queue_count=2)


STORING = sale_view(phase=Phase.STORING, tap=TapView(TapPhase.READY))
STORED = sale_view(SaleState.OWED)
BACK = replace(sale_view(SaleState.OWED), phase=Phase.READY, invoice=invoice_view(), tap=TapView(TapPhase.READY))
NO_CODE = sale_view(
    phase=Phase.NO_CODE, problem=Problem("Lightning is away.", "Nobody could pay a code."), tap=TapView(TapPhase.READY)
)


def item(stage: Stage, number: int = 149) -> QueueItem:
    sale = sale_view(SaleState.OWED, number=number, amount=Sat(7_142))
    return QueueItem(sale, stage, "The card's issuer refused it.", "", frozenset(), "card.example", NOON_S, Sat(0))


def queue_of(*items: QueueItem) -> QueueChanged:
    return QueueChanged(QueueView(items, a_store()))


class Till:
    """A window without a line, on commands that only note."""

    def __init__(self, qtbot: QtBot, **chosen: object) -> None:
        set_device(SMALL)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light", **chosen))
        self.heard: list[Sound] = []
        self.window.sounds.play = self.heard.append  # type: ignore[method-assign, assignment]
        qtbot.addWidget(self.window, before_close_func=lambda window: window.close_now())
        self.window.resize(SMALL.width, SMALL.height)
        self.status(offline())
        self.window.show()
        QApplication.processEvents()

    def status(self, status: StatusView) -> None:
        self.window.take(StatusChanged(status))

    def type(self, text: str) -> None:
        QTest.keyClicks(self.window.charge, text)

    def store(self, sale: SaleView = STORING) -> None:
        """Type, and press Store a card; the till takes it."""
        self.type("16703")
        click(self.window.charge.pane.charge)
        self.actions.last("charge").job.succeed(sale)

    def tell(self, sale: SaleView) -> None:
        self.window.take(SaleChanged(sale))

    def shows(self, page: QWidget) -> bool:
        return self.window.pages.currentWidget() is page

    def past_the_guards(self) -> None:
        self.window.guard.hide()
        self.window.invoice.guard.hide()

    def button(self, action: Action) -> QAbstractButton:
        return self.window.invoice.buttons[action]

    @property
    def risk(self) -> str:
        pane = self.window.charge.pane
        return pane.risk.text() if pane.risk.isVisible() else ""
