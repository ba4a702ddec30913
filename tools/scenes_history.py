"""The scenes of the history page for `tools.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtWidgets import QApplication

from pos_app.core.errors import UserError
from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import (
    HistoryChanged,
    HistoryRow,
    HistorySums,
    RowState,
    SyncChanged,
    SyncPhase,
    SyncView,
)
from pos_app.till.views import Problem, Tender
from pos_app.ui.history.ranges import DateRange, Preset
from pos_app.ui.pages.history import HistoryPage
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.records_actions import FakeWallet, a_detail
from tests.support.sales import NOON_S
from tests.support.window import FakeActions, a_status


class Stage(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow
    actions: FakeActions


Scene = Callable[[Stage], None]
WEEK = replace(DateRange(), preset=Preset.WEEK)


class FiatWallet(FakeWallet):
    """The same rows, with prices in euro."""

    def row(self, at: int) -> HistoryRow:
        row = super().row(at)
        if row.number is None:
            return row
        cents = abs(row.amount_msat) // 11_520
        return replace(row, fiat=Fiat(cents, "EUR"), rate="€86 812.40")

    def sums(self) -> HistorySums:
        return replace(super().sums(), fiat=(Fiat(51_240, "EUR"),))


def page(stage: Stage, wallet: FakeWallet, *, chosen: DateRange | None = None) -> HistoryPage:
    """The history with these rows."""
    stage.window.rail.chosen.emit("sales")
    shown = stage.window.side.sales
    shown.filters.now_s = lambda: NOON_S
    shown.filters.set_range(chosen or DateRange())
    while wallet.answer(stage.actions):
        pass
    return shown


def history(stage: Stage) -> None:
    page(stage, FakeWallet(61))


def history_fiat(stage: Stage) -> None:
    page(stage, FiatWallet(61))


def _opened(stage: Stage, wallet: FakeWallet, at: int) -> HistoryPage:
    shown = page(stage, wallet)
    shown.body.table.setCurrentIndex(shown.model.index(at, 0))
    row = shown.model.row(at)
    assert row is not None
    shown.side.open_row(row)
    wallet.answer(stage.actions)
    return shown


def history_detail(stage: Stage) -> None:
    _opened(stage, FakeWallet(61), 0)


def history_detail_fiat(stage: Stage) -> None:
    _opened(stage, FiatWallet(61), 3)


def history_detail_stored(stage: Stage) -> None:
    _opened(stage, FakeWallet(61), 2)


def history_detail_refund(stage: Stage) -> None:
    shown = _opened(stage, FakeWallet(61), 0)
    row = replace(FakeWallet(61).row(0), state=RowState.REFUND_DUE)
    shown.side.pane.show_detail(a_detail(row))


def history_detail_late_checked(stage: Stage) -> None:
    wallet = FakeWallet(61)
    shown = _opened(stage, wallet, 7)
    shown.side.pane.check_button.click()
    wallet.answer(stage.actions)


def history_week_filtered(stage: Stage) -> None:
    wallet = FakeWallet(1_204)
    shown = page(stage, wallet, chosen=WEEK)
    base = replace(
        shown.filters.base,
        states=frozenset({RowState.PAID, RowState.PAID_LATE, RowState.OWED}),
        tenders=frozenset({Tender.CARD}),
        least=Sat(1_000),
        most=Sat(20_000),
        tag="tpos",
    )
    shown.filters.set_base(base)
    while wallet.answer(stage.actions):
        pass


def history_dates(stage: Stage) -> None:
    page(stage, FakeWallet(61)).filters.bar.dates.click()


def history_states(stage: Stage) -> None:
    page(stage, FakeWallet(61)).filters.bar.states.click()


def history_tenders(stage: Stage) -> None:
    page(stage, FakeWallet(61)).filters.bar.tenders.click()


def history_more(stage: Stage) -> None:
    wallet = FakeWallet(61)
    shown = page(stage, wallet)
    shown.filters.bar.more.click()
    wallet.answer(stage.actions)
    shown.filters.more.least.set_text("20 000x")
    shown.filters.more.least.changed.emit("20 000x")


def history_loading(stage: Stage) -> None:
    stage.window.rail.chosen.emit("sales")


def history_empty(stage: Stage) -> None:
    page(stage, FakeWallet(0))


def history_no_match(stage: Stage) -> None:
    wallet = FakeWallet(0)
    shown = page(stage, wallet, chosen=WEEK)
    shown.filters.bar.set_search("table 9")
    shown.filters.changed.emit()
    none = HistorySums(0, Sat(0), Sat(0), Sat(0), 0)
    stage.actions.last("history_sums").job.succeed(none)
    stage.actions.last("history_rows").job.succeed(())
    stage.actions.last("history_sums").job.succeed(FakeWallet(61).sums())


def history_trouble(stage: Stage) -> None:
    stage.window.rail.chosen.emit("sales")
    error = UserError("The copy of the wallet's payments cannot be read.", "Try again.")
    stage.actions.last("history_sums").job.fail(error)


def history_first_fill(stage: Stage) -> None:
    shown = page(stage, FakeWallet(12_400), chosen=DateRange(Preset.ALL))
    shown.take(SyncChanged(SyncView(SyncPhase.FILLING, 12_400, 61_000)))


def history_stopped(stage: Stage) -> None:
    shown = page(stage, FakeWallet(12_400), chosen=DateRange(Preset.ALL))
    shown.take(SyncChanged(SyncView(SyncPhase.STOPPED, 12_400, 61_000)))


def history_away(stage: Stage) -> None:
    shown = page(stage, FakeWallet(61))
    shown.take(SyncChanged(SyncView(SyncPhase.AWAY, as_of_s=NOON_S)))


def history_lost_rows(stage: Stage) -> None:
    shown = page(stage, FakeWallet(61))
    problem = Problem("The server has lost 3 payments that it had.", "Ask whoever runs the server.")
    shown.take(SyncChanged(SyncView(SyncPhase.FRESH, as_of_s=NOON_S, problem=problem)))


def history_export(stage: Stage) -> None:
    shown = page(stage, FakeWallet(61))
    shown.export.folder = Path("/home/linde/Documents")
    shown.filters.bar.export.click()


def history_exported(stage: Stage) -> None:
    history_export(stage)
    shown = stage.window.side.sales
    shown.export.save.click()
    stage.actions.last("export_history").job.succeed(61)


def history_new_above(stage: Stage) -> None:
    wallet = FakeWallet(61)
    shown = page(stage, wallet)
    QApplication.processEvents()
    shown.body.table.verticalScrollBar().setValue(500)
    wallet.added = 2
    shown.take(HistoryChanged())
    shown.news_pause.timeout.emit()
    while wallet.answer(stage.actions):
        pass


def history_practice(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    page(stage, FakeWallet(61))


def history_text_150(stage: Stage) -> None:
    page(stage, FiatWallet(61), chosen=WEEK)


def history_high_contrast(stage: Stage) -> None:
    history_week_filtered(stage)


_CHOSEN: dict[str, dict[str, Any]] = {
    "history_practice": {"api": "practice"},
    "history_text_150": {"text_scale": 150},
    "history_high_contrast": {"theme": Mode.CONTRAST_LIGHT},
}
_SHOWN: tuple[Scene, ...] = (
    history,
    history_fiat,
    history_detail,
    history_detail_fiat,
    history_detail_stored,
    history_detail_refund,
    history_detail_late_checked,
    history_week_filtered,
    history_dates,
    history_states,
    history_tenders,
    history_more,
    history_loading,
    history_empty,
    history_no_match,
    history_trouble,
    history_first_fill,
    history_stopped,
    history_away,
    history_lost_rows,
    history_export,
    history_exported,
    history_new_above,
    history_practice,
    history_text_150,
    history_high_contrast,
)
SCENES: dict[str, tuple[dict[str, Any], Scene]] = {
    show.__name__.replace("_", "-"): (_CHOSEN.get(show.__name__, {}), show) for show in _SHOWN
}
