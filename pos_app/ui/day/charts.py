"""The three charts of the day page, side by side."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.till.history_views import DaySettings, PeriodView, Unit
from pos_app.ui.charts.bars import BarChart
from pos_app.ui.charts.card import ChartCard
from pos_app.ui.charts.heat import HeatMap
from pos_app.ui.charts.legend import Legend
from pos_app.ui.charts.mix import MixBar
from pos_app.ui.day.figures import bars_of, bars_title
from pos_app.ui.day.measure import Measure
from pos_app.ui.day.shares import heat_of, mix_of, shown_parts
from pos_app.ui.day.wanted import behind_bar, behind_tender
from pos_app.ui.theme import theme


class Charts(QWidget):
    """`show_period` fills them; `over` is the page that the choice of files lies on."""

    filter_pressed = Signal(object)
    """Carries the `HistoryFilter` of the bar or the tender that was touched."""

    def __init__(self, over: QWidget) -> None:
        super().__init__()
        self._view: PeriodView | None = None
        self.bars, self.heat, self.mix = BarChart(), HeatMap(), MixBar()
        self._legend = Legend()
        self.bars_card = ChartCard(self.bars, over, self._legend)
        self.heat_card = ChartCard(self.heat, over)
        self.mix_card = ChartCard(self.mix, over)
        self.bars.chosen.connect(self._choose_bar)
        self.mix.chosen.connect(self._choose_part)
        self._right = QVBoxLayout()
        self._right.addWidget(self.heat_card, 1)
        self._right.addWidget(self.mix_card)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.bars_card, 136)
        self._row.addLayout(self._right, 88)
        self.wait(Unit.DAY)
        theme.follow(self.fit)

    def fit(self) -> None:
        gap = theme.u(2.5)
        self._row.setSpacing(gap)
        self._right.setSpacing(gap)

    def cards(self) -> tuple[ChartCard, ...]:
        return (self.bars_card, self.heat_card, self.mix_card)

    def show_period(self, view: PeriodView, measure: Measure, settings: DaySettings, now_s: float) -> None:
        """Show the period."""
        self._view = view
        bars = bars_of(view, measure, settings, now_s)
        heat = heat_of(view, settings, now_s)
        mix = mix_of(view, measure, settings, now_s)
        for chart_card, figure in zip(self.cards(), (bars, heat, mix), strict=True):
            chart_card.show_figure(figure)
        self._legend.show_figure(bars)
        self.bars.show_figure(bars)
        self.heat.show_figure(heat)
        self.mix.show_figure(mix)

    def wait(self, unit: Unit) -> None:
        """Nothing is known yet."""
        self._view = None
        self._legend.wait()
        for chart in (self.bars, self.heat, self.mix):
            chart.wait()
        titles = (bars_title(unit), self.tr("Busy hours, 8 weeks"), self.tr("Paid by"))
        for chart_card, title in zip(self.cards(), titles, strict=True):
            chart_card.wait(title)

    def set_owner(self, words: str) -> None:
        """Whose figures they are, for saved pictures."""
        for chart_card in self.cards():
            chart_card.owner = words

    def _choose_bar(self, at: int) -> None:
        assert self._view is not None
        self.filter_pressed.emit(behind_bar(self._view.bars[at]))

    def _choose_part(self, at: int) -> None:
        assert self._view is not None
        tender = shown_parts(self._view)[at].tender
        assert tender is not None
        self.filter_pressed.emit(behind_tender(self._view, tender))
