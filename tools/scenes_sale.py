"""The scenes of one sale for `tools.pictures`: invoice page, result page, recent sales, practice customer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QThreadPool

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import CardIgnored, Fact, FactState, Phase, Problem, SaleView, TapPhase, TapView
from pos_app.ui.recent import RecentPane
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FACTS, a_fact, a_status


class Stage(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow

    def recent(self, *sales: SaleView) -> None: ...


Scene = Callable[[Stage], None]
AWAY = Problem("The payments server cannot be reached.", "The till tries again by itself.")
WRONG = Problem("The server answered with a wrong invoice.", "Call whoever runs the server.")
LOST = Problem("The answer of the payments server was lost.", "The till is looking it up. Do not charge again.")


def _shown(
    state: SaleState = SaleState.OPEN,
    phase: Phase | None = None,
    *,
    left_s: float | None = None,
    retry_in_s: float | None = None,
    **changes: Any,
) -> Scene:
    """A sale on the screen; its count-downs begin when it is drawn."""

    def show(stage: Stage) -> None:
        now_s = time.monotonic()
        sale = sale_view(state, phase, left_s=left_s, safe_in_s=118, retry_in_s=retry_in_s, now_s=now_s)
        sale = replace(sale, **changes)
        if sale.practice:
            stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
        stage.window.flow.open(sale)
        QThreadPool.globalInstance().waitForDone()

    return show


def _recent_sales() -> tuple[SaleView, ...]:
    states = [SaleState.PAID, SaleState.PAID, SaleState.EXPIRED, SaleState.PAID_LATE, SaleState.CANCELLED]
    first = [
        sale_view(number=147, amount=Sat(4_200)),
        sale_view(
            SaleState.UNCERTAIN,
            number=146,
            amount=Sat(7_142),
            made_at_s=NOON_S - 180,
            uncertain_until_s=NOON_S + 420,
        ),
        sale_view(SaleState.REFUND_DUE, number=145, amount=Sat(27_416), made_at_s=NOON_S - 300),
    ]
    rest = [
        sale_view(
            states[at % 5],
            number=144 - at,
            amount=Sat(3_100 + 7_919 * at % 40_000),
            made_at_s=NOON_S - 540 - 300 * at,
            note="Table 4" if at == 1 else "",
        )
        for at in range(17)
    ]
    return (*first, *rest)


def _recent(act: Callable[[MainWindow], None]) -> Scene:
    def show(stage: Stage) -> None:
        act(stage.window)
        stage.recent(*_recent_sales())

    return show


def _no_match(stage: Stage) -> None:
    _none_yet(stage)
    for pane in stage.window.findChildren(RecentPane):
        pane.search.set_text("9999")
        pane.show_sales((), "9999")


def _none_yet(stage: Stage) -> None:
    stage.window.recent.open()
    stage.recent()


def _practice(stage: Stage) -> None:
    _shown(practice=True)(stage)
    stage.window.banner.panel_pressed.emit()


def _larger(stage: Stage) -> None:
    _shown()(stage)
    stage.window.invoice.card.pressed.emit()


READER = a_fact("reader", "Reader", detail="ACR1252U: cards can be tapped.")
READER_LOST = a_fact(
    "reader",
    "Reader lost",
    FactState.DOWN,
    "The ACR1252U works through PC/SC. The smart card service does not run. Start it: systemctl start pcscd.socket",
)


def _tap(
    phase: TapPhase, *, waited_s: float | None = None, reader: Fact = READER, sale: Any = None, **told: Any
) -> Scene:
    """A sale with its card in that phase, for which it has waited so long."""

    def show(stage: Stage) -> None:
        now_s = time.monotonic()
        since_s = None if waited_s is None else now_s - waited_s
        deadline_s = now_s + 72 if phase is TapPhase.PIN else None
        tap = TapView(phase, since_monotonic_s=since_s, pin_deadline_monotonic_s=deadline_s, **told)
        stage.window.show_status(a_status(*FACTS, reader))
        _shown(tap=tap, **(sale or {}))(stage)

    return show


def _pin(stage: Stage) -> None:
    _tap(TapPhase.PIN, waited_s=18)(stage)
    for digit in "27":
        stage.window.pin.press(digit)


def _pin_practice(stage: Stage) -> None:
    _tap(TapPhase.PIN, waited_s=18, sale={"practice": True})(stage)


def _early(stage: Stage) -> None:
    stage.window.show_status(a_status(*FACTS, READER))
    stage.recent(*_recent_sales())
    stage.window.take(CardIgnored("Enter the amount first."))


def _reader_lost(stage: Stage) -> None:
    _tap(TapPhase.NO_READER, reader=READER_LOST, words=READER_LOST.detail)(stage)
    stage.window.strip.click()


_OUT: dict[str, object] = {"can_cancel": False}
_CARD: dict[str, object] = {"api": "practice", "simulated_card": True}
_PRACTICE: dict[str, object] = {"api": "practice"}
_LARGE_TEXT: dict[str, object] = {"text_scale": 150}

SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "invoice-skeleton": ({}, _shown(phase=Phase.MAKING)),
    "invoice-ready": ({}, _shown(note="Table 4")),
    "invoice-hurry": ({}, _shown(left_s=97)),
    "invoice-larger": ({}, _larger),
    "invoice-text-150": (_LARGE_TEXT, _shown(note="Table 4")),
    "invoice-high-contrast": ({"theme": Mode.CONTRAST_LIGHT}, _shown()),
    "invoice-practice": (_PRACTICE, _shown(practice=True)),
    "invoice-practice-customer": (_PRACTICE, _practice),
    "invoice-checking": ({}, _shown(phase=Phase.CHECKING, problem=LOST)),
    "invoice-checking-text-150": (_LARGE_TEXT, _shown(phase=Phase.CHECKING, problem=LOST)),
    "invoice-no-code": ({}, _shown(phase=Phase.NO_CODE, problem=AWAY, retry_in_s=8)),
    "invoice-wrong": ({}, _shown(phase=Phase.NO_CODE, problem=WRONG)),
    "invoice-worry": ({}, _shown(problem=AWAY)),
    "invoice-ending": ({}, _shown(phase=Phase.ENDING)),
    "invoice-ending-text-150": (_LARGE_TEXT, _shown(phase=Phase.ENDING)),
    "invoice-cancelling": ({}, _shown(phase=Phase.CANCELLING)),
    "tap-ready": ({}, _tap(TapPhase.READY)),
    "tap-left": ({}, _tap(TapPhase.CARD_LEFT)),
    "tap-seen": ({}, _tap(TapPhase.SEEN)),
    "tap-read": (_CARD, _tap(TapPhase.READ, sale={"practice": True})),
    "tap-asking": ({}, _tap(TapPhase.ASKING, waited_s=4.5, sale=_OUT)),
    "tap-slow": ({}, _tap(TapPhase.ASKING, waited_s=12.5, sale=_OUT)),
    "tap-no-answer": (
        {},
        _tap(
            TapPhase.ASKING,
            waited_s=41.5,
            sale=_OUT,
            words="The money has not come yet. Another card may be tapped: only one of them can pay.",
        ),
    ),
    "tap-trying": ({}, _tap(TapPhase.NOT_REACHED, waited_s=6.5, words="The card's issuer cannot be reached.")),
    "tap-not-sent": ({}, _tap(TapPhase.NOT_REACHED, words="Tap again, or scan the code.")),
    "tap-declined": ({}, _tap(TapPhase.DECLINED, reason="Daily limit reached")),
    "tap-declined-text-150": (_LARGE_TEXT, _tap(TapPhase.DECLINED, reason="Daily limit reached " * 5)),
    "tap-no-pin": ({}, _tap(TapPhase.DECLINED, words="No PIN was entered.")),
    "tap-limit": ({}, _tap(TapPhase.LIMIT, words="The card's limit is 10\u202f000 sat.", limit=Sat(10_000))),
    "tap-lost": ({}, _tap(TapPhase.TAP_LOST, words="This tap was used already.")),
    "tap-unreadable": ({}, _tap(TapPhase.UNREADABLE)),
    "tap-receive": ({}, _tap(TapPhase.RECEIVE_ADDRESS, words="This is a receive address: it can take money, not pay.")),
    "tap-unusable": ({}, _tap(TapPhase.UNUSABLE, words="This card is for logging in: it cannot pay.")),
    "tap-unknown": ({}, _tap(TapPhase.UNKNOWN, waited_s=41.5, sale=_OUT)),
    "tap-unknown-text-150": (_LARGE_TEXT, _tap(TapPhase.UNKNOWN, waited_s=41.5, sale=_OUT)),
    "tap-unknown-ended": ({}, _tap(TapPhase.UNKNOWN, waited_s=580.5, sale={**_OUT, "phase": Phase.ENDING})),
    "tap-no-reader": ({}, _tap(TapPhase.NO_READER, words=READER_LOST.detail, reader=READER_LOST)),
    "tap-reader-lost-sheet": ({}, _reader_lost),
    "tap-too-early": ({}, _early),
    "tap-high-contrast": ({"theme": Mode.CONTRAST_DARK}, _tap(TapPhase.DECLINED, reason="Daily limit reached")),
    "pin": ({}, _pin),
    "pin-practice-text-150": ({**_PRACTICE, **_LARGE_TEXT}, _pin_practice),
    "sale-expired": ({}, _shown(SaleState.EXPIRED)),
    "sale-cancelled": ({}, _shown(SaleState.CANCELLED)),
    "sale-uncertain": ({}, _shown(SaleState.UNCERTAIN, uncertain_until_s=NOON_S + 600)),
    "paid": ({}, _shown(SaleState.PAID, note="Table 4")),
    "paid-practice": (_PRACTICE, _shown(SaleState.PAID, practice=True)),
    "paid-late": ({}, _shown(SaleState.PAID_LATE)),
    "paid-text-150": (_LARGE_TEXT, _shown(SaleState.PAID)),
    "recent": ({}, _recent(lambda window: window.recent.open())),
    "recent-none": ({}, _none_yet),
    "recent-no-match": ({}, _no_match),
    "recent-sale": ({}, _recent(lambda window: window.recent.open_sale(_recent_sales()[4]))),
    "recent-uncertain": ({}, _recent(lambda window: window.recent.open_sale(_recent_sales()[1]))),
    "recent-paid-late": ({}, _recent(lambda window: window.recent.open_sale(_recent_sales()[6]))),
}
