"""The head of the day page: which period, in which unit, and the way to the close of the day."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.till.history_views import Unit
from pos_app.ui.day import dates
from pos_app.ui.day.calendar import Calendar
from pos_app.ui.day.measure import Measure
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.popover import Popover
from pos_app.ui.widgets.segment import Segment


class Header(QWidget):
    """Says what was wanted; the page answers with `show_period`. `over` is what the calendar lies on."""

    moved = Signal(int)
    """One period back or on."""
    day_chosen = Signal(object)
    """Carries a `date`, or None for today."""
    unit_chosen = Signal(str)
    measure_chosen = Signal(str)
    """Carries a currency's code; empty: sat."""
    report_pressed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__()
        self.before = Button("", "chevron-left", height=11.5)
        self.before.clicked.connect(lambda: self.moved.emit(-1))
        self.after = Button("", "chevron-right", height=11.5)
        self.after.clicked.connect(lambda: self.moved.emit(1))
        self.date = Button("", kind="ghost", height=11.5, text_size=5.5)
        self.date.clicked.connect(self._open_calendar)
        self.today = Button(self.tr("Today"), height=11.5, text_size=4.5)
        self.today.clicked.connect(lambda: self.day_chosen.emit(None))
        self.today.hide()
        self.report = Button(self.tr("Close day"), height=11.5, text_size=4.5)
        self.report.clicked.connect(self.report_pressed)
        units = (
            (Unit.DAY, self.tr("Day")), (Unit.WEEK, self.tr("Week")),
            (Unit.MONTH, self.tr("Month")), (Unit.YEAR, self.tr("Year")),
        )  # fmt: skip
        self.units = Segment(self.tr("Period"), units)
        self.units.chosen.connect(self.unit_chosen)
        self.measures: Segment | None = None
        self._currencies: tuple[str, ...] = ()
        self._day = self._today = date(2009, 1, 3)
        self.calendar = Calendar()
        self.calendar.chosen.connect(self._choose_day)
        self.popover = Popover(over, self.tr("Choose a day"), width_u=7 * 12 + 10)
        self.popover.body.addWidget(self.calendar)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for button in (self.before, self.date, self.after, self.today):
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._row.addWidget(self.report)
        self._row.addWidget(self.units)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._row.setSpacing(theme.u(3))
        for arrow in (self.before, self.after):
            arrow.setFixedWidth(theme.u(11.5))

    def show_period(self, unit: Unit, first: date, last: date, day: date, today: date) -> None:
        """The period's name; `day` is the one that it was opened at. There is no way into the future."""
        self._day, self._today = day, today
        words = dates.period_words(unit, first, last, today)
        self.date.setText(words)
        self.date.setAccessibleName(self.tr("{period}, choose a day").format(period=words))
        self.date.updateGeometry()
        self.units.set_value(unit)
        self.after.setEnabled(last < today)
        self.today.setVisible(last < today and (theme.metrics.wide or not self._currencies))
        before, after = {
            Unit.DAY: (self.tr("The day before"), self.tr("The day after")),
            Unit.WEEK: (self.tr("The week before"), self.tr("The week after")),
            Unit.MONTH: (self.tr("The month before"), self.tr("The month after")),
            Unit.YEAR: (self.tr("The year before"), self.tr("The year after")),
        }[unit]
        self.before.setAccessibleName(before)
        self.after.setAccessibleName(after)

    def show_currencies(self, currencies: tuple[str, ...], chosen: str) -> None:
        """Offer these beside sat; without any there is nothing to choose."""
        if currencies != self._currencies:
            self._currencies = currencies
            if self.measures is not None:
                self._row.removeWidget(self.measures)
                self.measures.hide()
                self.measures.deleteLater()
                self.measures = None
            if currencies:
                choices = (*((code, Measure(code).sign) for code in currencies[:3]), ("", "sat"))
                self.measures = Segment(self.tr("Unit"), choices, chosen)
                self.measures.chosen.connect(self.measure_chosen)
                self._row.addWidget(self.measures)
        if self.measures is not None:
            self.measures.set_value(chosen)

    def _open_calendar(self) -> None:
        self.calendar.show_day(min(self._day, self._today), self._today)
        self.popover.open_at(self.date)

    def _choose_day(self, day: date | None) -> None:
        self.popover.close_popover()
        self.day_chosen.emit(day)
