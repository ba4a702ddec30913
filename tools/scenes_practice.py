"""The scenes of practice for `tools.pictures`: the practice customer's panel, and what can go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QThreadPool

from pos_app.till.views import FactState, TapPhase, TapView
from pos_app.ui.window import MainWindow
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_fact, a_status


class Stage(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow
    actions: FakeActions

    def answer(self, name: str, value: object) -> None: ...


Scene = Callable[[Stage], None]


def _sale(stage: Stage) -> None:
    now_s = time.monotonic()
    tap = TapView(TapPhase.ASKING, read_at_monotonic_s=now_s - 6)
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    stage.window.flow.open(replace(sale_view(practice=True, now_s=now_s), tap=tap))
    QThreadPool.globalInstance().waitForDone()


def _faults(stage: Stage) -> None:
    _sale(stage)
    stage.window.load()
    stage.answer("faults", frozenset({"issuer_slow"}))
    stage.window.banner.faults_pressed.emit()


def _customer(stage: Stage) -> None:
    _sale(stage)
    stage.window.load()
    stage.answer("faults", frozenset({"card_pin"}))
    stage.window.banner.panel_pressed.emit()


def _no_code(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    stage.window.banner.panel_pressed.emit()


def _many(stage: Stage) -> None:
    away = a_fact("payments", "Payments away", FactState.DOWN, "No new codes.")
    stage.window.show_status(a_status(away, practice=True, api="Practice", network="regtest"))
    stage.window.load()
    stage.answer("faults", frozenset({"server_away", "issuer_down"}))
    stage.window.banner.faults_pressed.emit()


SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "practice-faults": ({"api": "practice", "simulated_card": True}, _faults),
    "practice-customer": ({"api": "practice", "simulated_card": True}, _customer),
    "practice-customer-text-150": ({"api": "practice", "simulated_card": True, "text_scale": 150}, _no_code),
    "practice-faults-text-150": ({"api": "practice", "simulated_card": True, "text_scale": 150}, _many),
}
