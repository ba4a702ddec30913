"""The scenes of selling without a line for `tools.pictures`: the counter, a stored card, the warnings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QThreadPool
from PySide6.QtGui import QCloseEvent

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    Act,
    FactState,
    Phase,
    Problem,
    QueueItem,
    SaleView,
    Stage,
    StatusView,
    TapPhase,
    TapView,
)
from pos_app.ui.pages.scenes import Action
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FACTS, a_fact, a_status, a_store


class Seat(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow

    def press(self, keys: str) -> None: ...

    def recent(self, *sales: SaleView) -> None: ...


Scene = Callable[[Seat], None]
SINCE_S = NOON_S - 750
READER = a_fact("reader", "Reader", detail="ACR1252U: cards can be tapped.")
RATE = a_fact("rate", "Sat only", FactState.OFF, "Prices are in sat: there are no exchange rates yet.")
OFFLINE = replace(
    a_fact(
        "payments",
        "Offline since 11:52",
        FactState.DOWN,
        "No new codes. An open code stays and is checked when the server answers again.",
    ),
    since_s=SINCE_S,
)
LIGHTNING = a_fact("lightning", "Lightning", FactState.UNKNOWN, "Known when the next code is made.")
AWAY = replace(
    a_fact("lightning", "Lightning away", FactState.DOWN, "No codes: nobody could pay them."), since_s=SINCE_S
)
ISSUER = replace(
    a_fact("issuer", "Card issuer down", FactState.WARN, "Pay by QR. Cards can be stored."), since_s=SINCE_S
)
USED = {"count": 3, "sum": Sat(41_200), "offline_since_s": SINCE_S}
FULL = Problem("20 of 20 sales are stored.", "Go online before the next one.")


def offline(**store: Any) -> StatusView:
    """The payments server is away, and three cards are stored."""
    facts = (OFFLINE, LIGHTNING, RATE, READER)
    return a_status(*facts, store=a_store(offered=True, **{**USED, **store}), queue_count=3)


def away() -> StatusView:
    """Lightning is away."""
    return a_status(FACTS[0], AWAY, RATE, READER, store=a_store(offered=True, **USED), queue_count=3)


def _counter(keys: str = "7142", status: StatusView | None = None) -> Scene:
    def show(stage: Seat) -> None:
        stage.window.show_status(status or offline())
        stage.recent(sale_view(SaleState.OWED, number=151, amount=Sat(14_000), made_at_s=NOON_S - 300))
        stage.press(keys)

    return show


def _counter_practice(stage: Seat) -> None:
    _counter(status=replace(offline(), practice=True, api="Practice", network="regtest"))(stage)


def _counter_news(stage: Seat) -> None:
    _counter_practice(stage)
    stage.window.news.show_item(_declined(149))


def _declined(number: int) -> QueueItem:
    sale = sale_view(SaleState.OWED, number=number, amount=Sat(7_142))
    words = "The card’s issuer refused. Not paid."
    return QueueItem(sale, Stage.DECLINED, words, "", frozenset({Act.SHOW_CODE}), "card.example", NOON_S, Sat(0))


def _large(stage: Seat) -> None:
    _counter("15000")(stage)
    stage.window.charge.pane.charge.click()


def _sheet(status: StatusView) -> Scene:
    def show(stage: Seat) -> None:
        stage.window.show_status(status)
        stage.recent()
        stage.window.strip.click()

    return show


def _sale(
    status: StatusView,
    state: SaleState = SaleState.OPEN,
    phase: Phase | None = None,
    *,
    retry_in_s: float | None = None,
    waited_s: float | None = None,
    **changes: Any,
) -> Scene:
    """A sale on the screen; its count-downs begin when it is drawn."""

    def show(stage: Seat) -> None:
        now_s = time.monotonic()
        sale = replace(sale_view(state, phase, now_s=now_s, retry_in_s=retry_in_s), **changes)
        if waited_s is not None and sale.tap is not None:
            sale = replace(sale, tap=replace(sale.tap, since_monotonic_s=now_s - waited_s))
        stage.window.show_status(status)
        stage.window.flow.open(sale)
        QThreadPool.globalInstance().waitForDone()

    return show


def _ready(state: SaleState) -> dict[str, Any]:
    """A sale that was taken back from the queue, with its code."""
    ready = sale_view()
    return {"state": state, "phase": Phase.READY, "invoice": ready.invoice}


def _paid_otherwise(stage: Seat) -> None:
    _sale(a_status(*FACTS, RATE, READER), tap=TapView(TapPhase.READY))(stage)
    stage.window.invoice.buttons[Action.MORE].click()


def _stored_declined(stage: Seat) -> None:
    _sale(offline(), SaleState.OWED)(stage)
    stage.window.stored.show_failed(_declined(147))


def _quit(stage: Seat) -> None:
    _counter()(stage)
    stage.window.closeEvent(QCloseEvent())


def _other_server(stage: Seat) -> None:
    _counter()(stage)
    stage.window.rail.chosen.emit("settings")
    stage.window.settings.open(stage.window.settings.api)
    stage.window.settings.api.choices()[0].click()


_PRACTICE: dict[str, object] = {"api": "practice"}
_LARGE_TEXT: dict[str, object] = {"text_scale": 150}
_NO_CODE = Problem("Lightning is away since 11:52.", "Nobody could pay a code.")
_TAP_KEPT = TapView(TapPhase.NOT_REACHED, "The card's issuer cannot be reached.", can_store=True)

SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "offline": ({}, _counter()),
    "offline-empty": ({}, _counter("")),
    "offline-practice": (_PRACTICE, _counter_practice),
    "offline-news": (_PRACTICE, _counter_news),
    "offline-over-limit": ({}, _counter("70000")),
    "offline-full": ({}, _counter(status=offline(count=20, refusal=FULL))),
    "offline-not-accepted": ({}, _counter(status=offline(accepted=False, count=0, sum=Sat(0)))),
    "offline-large": ({"ceiling_sat": 10_000}, _large),
    "offline-lightning": ({}, _counter(status=away())),
    "offline-text-150": ({**_PRACTICE, **_LARGE_TEXT}, _counter_practice),
    "offline-high-contrast": ({"theme": Mode.CONTRAST_LIGHT}, _counter()),
    "strip-offline": ({}, _sheet(offline())),
    "strip-issuer": ({}, _sheet(a_status(*FACTS, ISSUER, RATE, READER, store=a_store()))),
    "strip-queue": (
        {},
        _sheet(a_status(*FACTS, RATE, READER, store=a_store(**USED), queue_count=5, attention=1)),
    ),
    "storing": ({}, _sale(offline(), phase=Phase.STORING, tap=TapView(TapPhase.READY))),
    "storing-seen": ({}, _sale(offline(), phase=Phase.STORING, tap=TapView(TapPhase.SEEN))),
    "storing-unusable": (
        {},
        _sale(
            offline(),
            phase=Phase.STORING,
            tap=TapView(TapPhase.UNUSABLE, "This card has no one-time code: it can be copied, so it is not stored."),
        ),
    ),
    "storing-no-reader": ({}, _sale(offline(), phase=Phase.STORING, tap=TapView(TapPhase.NO_READER))),
    "stored": ({}, _sale(offline(), state=SaleState.OWED)),
    "stored-declined": ({}, _stored_declined),
    "stored-practice": (_PRACTICE, _sale(replace(offline(), practice=True), state=SaleState.OWED, practice=True)),
    "stored-text-150": ({**_PRACTICE, **_LARGE_TEXT}, _sale(offline(), state=SaleState.OWED, note="Table 4")),
    "invoice-no-code-store": (
        {},
        _sale(away(), phase=Phase.NO_CODE, problem=_NO_CODE, retry_in_s=8, tap=TapView(TapPhase.READY)),
    ),
    "invoice-no-code-store-text-150": (
        _LARGE_TEXT,
        _sale(away(), phase=Phase.NO_CODE, problem=_NO_CODE, retry_in_s=8, tap=TapView(TapPhase.READY)),
    ),
    "invoice-no-code-not-accepted": (
        {},
        _sale(offline(accepted=False), phase=Phase.NO_CODE, problem=_NO_CODE, retry_in_s=8),
    ),
    "tap-can-store": (
        {},
        _sale(a_status(*FACTS, ISSUER, RATE, READER, store=a_store()), tap=_TAP_KEPT, waited_s=6.5),
    ),
    "invoice-taken-back": ({}, _sale(a_status(*FACTS, READER, store=a_store(**USED)), **_ready(SaleState.OWED))),
    "invoice-paid-otherwise": ({}, _paid_otherwise),
    "quit-warning": ({}, _quit),
    "server-warning": ({}, _other_server),
}
