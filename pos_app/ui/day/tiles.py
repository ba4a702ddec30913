"""The tiles of the day page: one figure each, with its change; what is not paid yet stands apart, and last."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pos_app.core.money import grouped
from pos_app.till.history_views import DaySettings, PeriodView
from pos_app.till.mirror.days import Calendar
from pos_app.ui import fonts, icons
from pos_app.ui.day import change, dates
from pos_app.ui.day.change import Change
from pos_app.ui.day.measure import Measure
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton

HEIGHT_U = 27.5
FIGURE_STEPS_U = (7.0, 6.0, 5.0, 4.5, 4.0, 3.5, 3.0)


class Tile(PressedButton):
    """A caption, a figure, and a line below. Only an amber tile can be pressed."""

    def __init__(self, caption: str) -> None:
        super().__init__(caption)
        self._figure: tuple[str, str] | None = None
        self._icon = ""
        self._lines: tuple[str, ...] = ()
        self._amber = False
        self.setEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(HEIGHT_U), theme.metrics.text(21)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(40), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(30), self.height())

    def wait(self) -> None:
        """Nothing is known yet."""
        self._figure = None
        self._amber = False
        self.setEnabled(False)
        self.setAccessibleName(self.text())
        self.update()

    def say(self, figure: str, icon: str, lines: tuple[str, ...], sentence: str, *, amber: bool = False) -> None:
        """Show a figure, its unit smaller; `lines` are wordings of the line below, the longest that fits is shown."""
        number, gap, unit = figure.rpartition(" ")
        self._figure = (number, gap + unit) if number else (figure, "")
        self._icon, self._lines, self._amber = icon, lines, amber
        self.setEnabled(amber)
        self.setAccessibleName(f"{self.text()}: {figure}, {sentence}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.now, QPainter(self)
        fill, border = (now.attn_tint, now.attn) if self._amber else (now.surface, now.line)
        if self._amber and self.is_shown_pressed():
            fill = now.press
        paint.box(painter, self.rect(), theme.u(4), fill, border, 2 if now.high_contrast else 1)
        pad = theme.u(3.25)
        inner = self.rect().adjusted(pad, theme.u(2.5), -pad, -theme.u(2.5))
        line = inner.height() // 4
        caption, words = theme.font(4), theme.font(4)
        painter.setFont(caption)
        painter.setPen(now.ink2)
        row = QRect(inner.x(), inner.y(), inner.width(), line)
        painter.drawText(row.x(), paint.baseline(row, caption), paint.elided(self.text(), caption, row.width()))
        middle = QRect(inner.x(), inner.y() + line, inner.width(), inner.height() - 2 * line)
        foot = QRect(inner.x(), inner.bottom() + 1 - line, inner.width(), line)
        if self._figure is None:
            high = theme.u(5)
            place = QRect(middle.x(), middle.center().y() - high // 2, middle.width() * 2 // 3, high)
            paint.box(painter, place, theme.u(1.5), now.sunken, now.ink if now.high_contrast else None)
            return
        self._paint_figure(painter, middle)
        ink = now.attn if self._amber else now.ink2
        side = theme.u(4.5)
        icons.draw(painter, self._icon, foot.x(), foot.y() + (line - side) / 2, side, ink)
        room = foot.width() - side - theme.u(1.5)
        text = next((text for text in self._lines if paint.width_of(text, words) <= room), self._lines[-1])
        painter.setFont(words)
        painter.setPen(ink)
        painter.drawText(foot.x() + side + theme.u(1.5), paint.baseline(foot, words), paint.elided(text, words, room))

    def _paint_figure(self, painter: QPainter, area: QRect) -> None:
        assert self._figure is not None
        now, (number, unit) = theme.now, self._figure
        for size in FIGURE_STEPS_U:
            font = theme.font(size, fonts.SEMIBOLD, tabular=True, spacing=-0.01)
            small = theme.font(min(4.5, size), fonts.MEDIUM)
            wide = paint.width_of(number, font)
            if wide + paint.width_of(unit, small) <= area.width():
                break
        base = paint.baseline(area, font)
        painter.setFont(font)
        painter.setPen(now.ink)
        painter.drawText(area.x(), base, number)
        painter.setFont(small)
        painter.setPen(now.ink2)
        painter.drawText(area.x() + wide, base, unit)


class Tiles(QWidget):
    """`show_period` fills them; `pending_pressed` is the amber one."""

    pending_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sales = Tile(self.tr("Sales"))
        self.count = Tile(self.tr("Count"))
        self.average = Tile(self.tr("Average"))
        self.tips = Tile(self.tr("Tips"))
        self.pending = Tile(self.tr("Not paid yet"))
        self.pending.clicked.connect(self.pending_pressed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for tile in self.all():
            self._row.addWidget(tile, 1)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._row.setSpacing(theme.u(2.5))

    def all(self) -> tuple[Tile, ...]:
        return (self.sales, self.count, self.average, self.tips, self.pending)

    def wait(self) -> None:
        """Nothing is known yet."""
        for tile in self.all():
            tile.wait()

    def show_period(self, view: PeriodView, measure: Measure, settings: DaySettings, now_s: float) -> None:
        """Show the period's totals. Averages and tips are in sat: not every sale has a rate."""
        today = Calendar(settings).day_of(now_s)
        is_current = view.first <= today <= view.last
        long = dates.before_words(view.unit, view.first, is_current=is_current)
        short = dates.before_short(view.unit, view.first)
        now, before, sat = view.now, view.before, Measure()
        then = before.count > 0
        now_sum, before_sum = measure.sum(now), measure.sum(before)

        def say(tile: Tile, figure: str, moved: Change) -> None:
            lines: tuple[str, ...] = (moved.words,)
            if moved.link:
                lines = (*(f"{moved.words} {moved.link} {then}" for then in (long, short)), *lines)
            sentence = f"{moved.sentence} {long}" if moved.link else moved.sentence
            tile.say(figure, moved.icon, lines, sentence)

        sums = change.percent(now_sum, before_sum) if then and before_sum else change.none_then()
        say(self.sales, measure.words(now_sum), sums)
        say(self.count, grouped(now.count), change.number(now.count, before.count) if then else change.none_then())
        averages = (now.average.value, before.average.value)
        say(self.average, str(now.average), change.percent(*averages) if then and averages[1] else change.none_then())
        tips = (now.tips.value, before.tips.value)
        difference = sat.words(abs(tips[0] - tips[1]))
        say(self.tips, str(now.tips), change.amount(*tips, difference) if then else change.none_then())
        self._say_pending(view)

    def _say_pending(self, view: PeriodView) -> None:
        if view.pending_count:
            words = self.tr("{count} open").format(count=grouped(view.pending_count))
            self.pending.say(str(view.pending), "clock", (words,), words, amber=True)
        else:
            words = self.tr("nothing open")
            self.pending.say(str(view.pending), change.SAME, (words,), words)
