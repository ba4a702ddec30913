"""The day page: what came in on a business day, or in its week, month or year, against the one before."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QStackedWidget, QVBoxLayout, QWidget

from pos_app.till.history_views import DaySettings, HistoryChanged, PeriodView, SyncChanged, SyncPhase, Unit
from pos_app.till.mirror.days import Calendar, period_of
from pos_app.till.views import Event, SaleChanged, StatusView
from pos_app.ui.actions import problem_of
from pos_app.ui.day import dates
from pos_app.ui.day.charts import Charts
from pos_app.ui.day.header import Header
from pos_app.ui.day.hour_clock import HourClock
from pos_app.ui.day.measure import Measure, currencies
from pos_app.ui.day.notes import Notes
from pos_app.ui.day.tiles import Tiles
from pos_app.ui.day.wanted import behind_pending
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.empty import Empty

PATIENCE_MS = 100
"""So long the figures of another period may stay while the new ones are looked up."""
GATHER_MS = 400
"""Changes within this time are shown together."""


class DayPage(QWidget):
    """Call `activate` when it is shown, and `take` with every event: it keeps itself up to date."""

    filter_pressed = Signal(object)
    """Carries the `HistoryFilter` of what was touched: a bar, a tender, the sales that are not paid yet."""
    report_pressed = Signal()
    failed = Signal(object)
    """Carries a `Problem`: the figures on the screen could not be renewed."""

    def __init__(self, actions: RecordActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.now_s: Callable[[], float] = time.time
        self._settings: DaySettings | None = None
        self._unit = Unit.DAY
        self._day: date | None = None
        """None follows today."""
        self._currency: str | None = None
        """None: the commonest, or sat where there is none."""
        self._view: PeriodView | None = None
        self._view_of: tuple[Unit, date | None] = (Unit.DAY, None)
        """What the figures were asked for."""
        self._job: Job | None = None
        self._sync: SyncPhase | None = None
        self._api = ""
        self.header = Header(self)
        self.header.moved.connect(self._move)
        self.header.day_chosen.connect(self._choose_day)
        self.header.unit_chosen.connect(lambda unit: self._show(Unit(unit), self._day))
        self.header.measure_chosen.connect(self._choose_measure)
        self.header.report_pressed.connect(self.report_pressed)
        self.tiles = Tiles()
        self.tiles.pending_pressed.connect(self._choose_pending)
        self.notes = Notes()
        self.charts = Charts(self)
        self.charts.filter_pressed.connect(self.filter_pressed)
        self.retry = Button(self.tr("Try again"), "refresh-cw")
        self.retry.clicked.connect(self.activate)
        self.trouble = Empty("triangle-alert", self.retry)
        self._lay_out()
        self._patience = self._timer(PATIENCE_MS, self._wait)
        self._gather = self._timer(GATHER_MS, self._load)
        self._clock = HourClock(self)
        self._clock.timeout.connect(self._hour_is_over)
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        content = QWidget()
        self._content = QVBoxLayout(content)
        self._content.addWidget(self.tiles)
        self._content.addWidget(self.notes)
        self._content.addWidget(self.charts, 1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        self._scroll.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        QScroller.grabGesture(self._scroll.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self.trouble)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.header)
        self._column.addWidget(self._stack, 1)

    def _timer(self, ms: int, heard: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(heard)
        return timer

    def fit(self) -> None:
        pad = theme.u(6 if theme.metrics.wide else 4)
        self._column.setContentsMargins(pad, theme.u(3), pad, theme.u(3))
        self._column.setSpacing(theme.u(3))
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(theme.u(3))
        self._scroll.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())

    def minimumSizeHint(self) -> QSize:
        """The content scrolls where the page is lower than it."""
        return QSize(theme.u(180), theme.u(80))

    # What the window says.

    def activate(self) -> None:
        """The page is shown now: load, also what the settings are."""
        job = self._actions.day_settings()
        job.succeeded.connect(self._take_settings)
        job.on_trouble(self._fail)
        self._load()

    def take(self, event: Event | SyncChanged | HistoryChanged) -> None:
        """One event of the till, or of its copy of the wallet. What comes while the page is hidden is loaded later."""
        if isinstance(event, SyncChanged):
            moved, self._sync = event.sync.phase is not self._sync, event.sync.phase
            if not moved:
                return
        elif not isinstance(event, SaleChanged | HistoryChanged):
            return
        if self.isVisible() and not self._gather.isActive():
            self._gather.start()

    def show_status(self, status: StatusView) -> None:
        """Figures of other books go at once. Saved charts say whose they are, and that practice is practice."""
        if self._api not in ("", status.api):
            self._wait()
        self._api = status.api
        practice = self.tr("Practice, not real money")
        self.charts.set_owner(practice if status.practice else status.shop_name)

    # What a person wants.

    def _move(self, steps: int) -> None:
        if self._settings is not None:
            self._choose_day(dates.moved(self._unit, self._day or self._today(), steps))

    def _choose_day(self, day: date | None) -> None:
        """A period that holds today follows today."""
        if day is not None and self._settings is not None:
            today = self._today()
            day = None if period_of(self._unit, day) == period_of(self._unit, today) or day > today else day
        self._show(self._unit, day)

    def _show(self, unit: Unit, day: date | None) -> None:
        self._unit, self._day = unit, day
        self._name_period()
        self._patience.start()
        self._load()

    def _choose_measure(self, currency: str) -> None:
        self._currency = currency
        self._show_view()

    def _choose_pending(self) -> None:
        if self._view is not None:
            self.filter_pressed.emit(behind_pending(self._view))

    # What the till answers.

    def _load(self) -> None:
        self._gather.stop()
        if self._job is not None:
            self._job.abandon()
        if self._view is None:
            self._patience.start()
        asked = (self._unit, self._day)
        self._job = self._actions.period(*asked)
        self._job.succeeded.connect(lambda view: self._take_view(asked, view))
        self._job.on_trouble(self._fail)

    def _take_settings(self, settings: DaySettings) -> None:
        self._settings = settings
        self._name_period()
        self._show_view()

    def _take_view(self, asked: tuple[Unit, date | None], view: PeriodView) -> None:
        self._job = None
        self._view, self._view_of = view, asked
        self._show_view()

    def _show_view(self) -> None:
        view, settings = self._view, self._settings
        if view is None or settings is None or not self._is_wanted():
            return
        self._patience.stop()
        offered = currencies(view)
        if self._currency is not None and self._currency not in ("", *offered):
            self._currency = None
        chosen = self._currency if self._currency is not None else next(iter(offered), "")
        self.header.show_currencies(offered, chosen)
        measure, now_s = Measure(chosen), self.now_s()
        self._name_period()
        self.tiles.show_period(view, measure, settings, now_s)
        self.notes.show_period(view, measure)
        self.charts.show_period(view, measure, settings, now_s)
        self._stack.setCurrentWidget(self._scroll)
        self._clock.watch(view, now_s)

    def _is_wanted(self) -> bool:
        """Whether there are figures of the period that the header names."""
        return self._view is not None and self._view_of == (self._unit, self._day)

    def _fail(self, error: BaseException) -> None:
        """Without figures the page says why; with figures of before they stay, and the window says it."""
        self._job = None
        problem = problem_of(error)
        self._patience.stop()
        if self._settings is not None and self._is_wanted():
            self.failed.emit(problem)
            return
        self._view = None
        self.trouble.say(problem.message, problem.cure)
        self._stack.setCurrentWidget(self.trouble)

    def _wait(self) -> None:
        """The answer takes its time: no figure of another period may stand under this one's name."""
        self._view = None
        self._stack.setCurrentWidget(self._scroll)
        self.tiles.wait()
        self.charts.wait(self._unit)

    # Time goes on.

    def _today(self) -> date:
        assert self._settings is not None
        return Calendar(self._settings).day_of(self.now_s())

    def _name_period(self) -> None:
        if self._settings is None:
            return
        view, today = self._view, self._today()
        if view is not None and self._is_wanted():
            self.header.show_period(self._unit, view.first, view.last, self._day or view.last, today)
        else:
            day = self._day or today
            period = period_of(self._unit, day)
            self.header.show_period(self._unit, period.first, period.last, day, today)

    def _hour_is_over(self) -> None:
        if self.isVisible():
            self._load()
