"""The scenes of the day page and the close of the day for `tools.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from pos_app.core.errors import UserError
from pos_app.till.history_views import PeriodView, Unit
from pos_app.till.report_views import Agreement, ReportView
from pos_app.till.views import SaleView
from pos_app.ui.pages.day import DayPage
from pos_app.ui.pages.report import ReportPage
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.days import DAY, LONG_DAY, NOW_S, SETTINGS, a_period, empty, one_sale
from tests.support.reports import DIFFERENCE, a_report, z_reports
from tests.support.window import a_status


class Stage(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow

    def answer(self, name: str, value: object) -> None: ...

    def recent(self, *sales: SaleView) -> None: ...


Scene = Callable[[Stage], None]


def _open(stage: Stage) -> DayPage:
    """The page, before the till has answered."""
    page = stage.window.side.day
    page.now_s = lambda: NOW_S
    stage.window.rail.chosen.emit("day")
    stage.answer("day_settings", SETTINGS)
    return page


def _day(view: PeriodView, act: Callable[[DayPage], object] | None = None) -> Scene:
    """The page with these figures."""

    def show(stage: Stage) -> None:
        page = _open(stage)
        if view.unit is not Unit.DAY:
            page.header.units.chosen.emit(view.unit)
        elif view.first != DAY:
            page.header.day_chosen.emit(view.first)
        stage.answer("period", view)
        if act is not None:
            act(page)

    return show


def _loading(stage: Stage) -> None:
    _open(stage)._wait()


def _failed(stage: Stage) -> None:
    page = _open(stage)
    page._fail(UserError("The books cannot be read.", "Look whether the disk is full, then try again."))


def _practice(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    _day(a_period(is_partial=True))(stage)


def _table(page: DayPage) -> None:
    for card in page.charts.cards():
        card.table_button.click()


def _settings(stage: Stage) -> None:
    stage.window.rail.chosen.emit("settings")
    stage.window.settings.open(stage.window.settings.day)
    stage.answer("day_settings", SETTINGS)
    stage.window.settings.day.zone.click()


def _report(report: ReportView, act: Callable[[Stage, ReportPage], object] | None = None) -> Scene:
    """The close of the day with this report of now."""

    def show(stage: Stage) -> None:
        _open(stage).report_pressed.emit()
        stage.answer("report", report)
        stage.answer("reports", z_reports())
        if act is not None:
            act(stage, stage.window.side.report)

    return show


def _closed(stage: Stage, page: ReportPage) -> None:
    page._close()
    stage.answer("close_day", a_report(326))


def _differs(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    words = "The payments server knows nothing of one payment of 8 400 sat."
    report = a_report(practice=True, agreement=Agreement.NO, agreement_words=words, differences=(DIFFERENCE,))
    _report(report)(stage)


_PRACTICE: dict[str, object] = {"api": "practice"}

SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "day": ({}, _day(a_period())),
    "day-empty": ({}, _day(a_period(sales=empty))),
    "day-one-sale": ({}, _day(a_period(sales=one_sale))),
    "day-25-hours": ({}, _day(a_period(day=LONG_DAY), lambda page: page.charts.bars.select(22))),
    "day-fiat": ({}, _day(a_period(currency="EUR"))),
    "day-week": ({}, _day(a_period(Unit.WEEK))),
    "day-month": ({}, _day(a_period(Unit.MONTH))),
    "day-year": ({}, _day(a_period(Unit.YEAR, date(2025, 6, 1)))),
    "day-read-out": ({}, _day(a_period(), lambda page: page.charts.bars.select(8))),
    "day-table": ({}, _day(a_period(), _table)),
    "day-calendar": ({}, _day(a_period(), lambda page: page.header.date.click())),
    "day-loading": ({}, _loading),
    "day-failed": ({}, _failed),
    "day-practice-partial": (_PRACTICE, _practice),
    "day-text-150": ({"text_scale": 150}, _day(a_period())),
    "day-high-contrast": ({"theme": Mode.CONTRAST_LIGHT}, _day(a_period())),
    "day-high-contrast-dark": ({"theme": Mode.CONTRAST_DARK}, _day(a_period())),
    "report": ({}, _report(a_report())),
    "report-asks": ({}, _report(a_report(), lambda _, page: page.pane.close_button.click())),
    "report-closed": ({}, _report(a_report(), _closed)),
    "report-list": ({}, _report(a_report(), lambda _, page: page.pane.list.click())),
    "report-differs-practice": (_PRACTICE, _differs),
    "report-text-150": ({"text_scale": 150}, _report(a_report())),
    "report-high-contrast": ({"theme": Mode.CONTRAST_DARK}, _report(a_report())),
    "settings-day": ({}, _settings),
}
