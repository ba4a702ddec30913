"""Bars from a zero line, and the period before as a thin line over them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from pos_app.core.money import grouped
from pos_app.ui import fonts
from pos_app.ui.charts import scale
from pos_app.ui.charts.chart import Chart, mixed
from pos_app.ui.charts.model import BarsFigure
from pos_app.ui.charts.scale import Span
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

RADIUS_PX = 3
FUTURE_STRENGTH = 0.7
CASING_PX, LINE_PX = 5, 2


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things stand: the rectangle between the top line and the zero line, and the place of each bar."""

    rect: QRectF
    slots: tuple[Span, ...]


class BarChart(Chart):
    """`show_figure` gives it what to show; numbers of bars count from the left."""

    def __init__(self) -> None:
        super().__init__()
        self._figure: BarsFigure | None = None
        self._bars_before: tuple[float, ...] = ()
        self._line_before: tuple[float | None, ...] = ()

    def show_figure(self, figure: BarsFigure) -> None:
        """Show these figures. As many bars as before grow from where they are, others from the zero line."""
        if figure == self._figure:
            return
        old = self._figure
        alike = old is not None and len(old.bars) == len(figure.bars)
        self._bars_before = self._shares(self.progress) if alike else (0.0,) * len(figure.bars)
        self._line_before = self._line(self.progress) if alike else ()
        self._figure = figure
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.sentence)
        self.grow()

    def wait(self) -> None:
        self._figure = None
        self.select(None)
        self.update()

    def count(self) -> int:
        return len(self._figure.bars) if self._figure else 0

    def read_out(self, at: int) -> tuple[str, ...]:
        assert self._figure is not None
        return self._figure.bars[at].words

    def can_choose(self, at: int) -> bool:
        return self._figure is not None and self._figure.bars[at].has_sales

    def first(self) -> int:
        """The newest bar that has begun."""
        assert self._figure is not None
        return max(0, self._figure.future_from - 1)

    def place(self, at: int, area: QRect, ratio: float) -> QRect:
        """The whole height: small bars are no smaller targets."""
        slot = self._plot(area).slots[at]
        left, right = round(slot.x), round(slot.x + slot.width)
        return QRect(left, area.y(), right - left, area.height())

    def sizeHint(self) -> QSize:
        return QSize(theme.u(124), theme.u(70))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(80), theme.u(28))

    def bar_rect(self, at: int, area: QRect, ratio: float, progress: float = 1.0) -> QRectF:
        """The bar itself, standing on the zero line."""
        return self._bar(self._plot(area), at, self._shares(progress)[at], ratio)

    @staticmethod
    def _bar(plot: _Plot, at: int, share: float, ratio: float) -> QRectF:
        span = scale.bar_in(plot.slots[at], ratio)
        height = scale.bar_height(share, plot.rect.height(), ratio)
        return QRectF(span.x, scale.snap(plot.rect.bottom(), ratio) - height, span.width, height)

    def _shares(self, progress: float) -> tuple[float, ...]:
        figure = self._figure
        assert figure is not None
        new = (figure.axis.share(bar.value) for bar in figure.bars)
        return tuple(old + (share - old) * progress for old, share in zip(self._bars_before, new, strict=True))

    def _line(self, progress: float) -> tuple[float | None, ...]:
        figure = self._figure
        assert figure is not None
        new = tuple(None if bar.before is None else figure.axis.share(bar.before) for bar in figure.bars)
        old = self._line_before if len(self._line_before) == len(new) else (0.0,) * len(new)
        return tuple(
            None if share is None else (before or 0.0) + (share - (before or 0.0)) * progress
            for before, share in zip(old, new, strict=True)
        )

    def _plot(self, area: QRect) -> _Plot:
        figure = self._figure
        assert figure is not None
        font = theme.font(4, tabular=True)
        figures = [grouped(tick // figure.axis.divisor) for tick in figure.axis.ticks]
        left = max(paint.width_of(text, font) for text in figures) + theme.u(2)
        over, under = theme.metrics.text(2.5), theme.metrics.text(6.5)
        rect = QRectF(area).adjusted(left, over, -1, -under)
        return _Plot(rect, scale.slots(rect.x(), rect.width(), len(figure.bars)))

    def draw(self, painter: QPainter, area: QRect, ratio: float, progress: float, selected: int | None) -> None:
        figure = self._figure
        if figure is None:
            row = area.adjusted(0, theme.u(2), 0, -theme.metrics.text(6.5))
            for step in range(5):
                painter.fillRect(row.x(), row.y() + step * row.height() // 4, row.width(), 1, theme.now.line)
            return
        plot, now = self._plot(area), theme.now
        zero = scale.snap(plot.rect.bottom(), ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_future(painter, plot, figure, ratio)
        if selected is not None:
            slot = plot.slots[selected]
            column = QRectF(slot.x, plot.rect.y(), slot.width, zero - plot.rect.y())
            painter.fillRect(column, now.accent_tint)
            if now.high_contrast:
                paint.box(painter, column.toAlignedRect(), 0, None, now.ink, 1)
        self._draw_lines(painter, plot, figure, ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.accent)
        for at, share in enumerate(self._shares(progress)):
            if share > 0:
                painter.drawPath(_rounded_at_top(self._bar(plot, at, share, ratio)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(plot.rect.x(), zero, plot.rect.width(), 1), now.line_strong)
        self._draw_line(painter, plot, self._line(progress))
        self._draw_labels(painter, plot, figure)
        if figure.empty_words:
            font = theme.font(4.5, fonts.MEDIUM)
            painter.setFont(font)
            painter.setPen(now.ink2)
            middle = plot.rect.toAlignedRect()
            x = middle.x() + (middle.width() - paint.width_of(figure.empty_words, font)) // 2
            painter.drawText(x, paint.baseline(middle, font), figure.empty_words)

    def _draw_future(self, painter: QPainter, plot: _Plot, figure: BarsFigure, ratio: float) -> None:
        """What has not come yet is not nothing: it lies in the shade of the window."""
        if figure.future_from >= len(figure.bars):
            return
        left = scale.snap(plot.slots[figure.future_from].x, ratio)
        shade = mixed(theme.now.bg, theme.now.surface, FUTURE_STRENGTH)
        painter.fillRect(QRectF(left, plot.rect.y(), plot.rect.right() - left, plot.rect.height()), shade)
        painter.setPen(QPen(theme.now.line_strong, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(left, plot.rect.y()), QPointF(left, plot.rect.bottom()))

    def _draw_lines(self, painter: QPainter, plot: _Plot, figure: BarsFigure, ratio: float) -> None:
        now, font = theme.now, theme.font(4, tabular=True)
        painter.setFont(font)
        for tick in figure.axis.ticks:
            y = scale.snap(plot.rect.bottom() - figure.axis.share(tick) * plot.rect.height(), ratio)
            if tick:
                painter.fillRect(QRectF(plot.rect.x(), y, plot.rect.width(), 1), now.line)
            text = grouped(tick // figure.axis.divisor)
            row = QRect(0, round(y) - theme.u(3), 1, 2 * theme.u(3))
            painter.setPen(now.ink3)
            x = round(plot.rect.x()) - theme.u(2) - paint.width_of(text, font)
            painter.drawText(x, paint.baseline(row, font), text)

    def _draw_line(self, painter: QPainter, plot: _Plot, shares: tuple[float | None, ...]) -> None:
        now = theme.now
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in scale.line_runs(shares):
            points = [QPointF(plot.slots[at].middle, self._y(plot, shares[at] or 0.0)) for at in run]
            if len(points) == 1:
                slot = plot.slots[run[0]]
                points = [QPointF(slot.x, points[0].y()), QPointF(slot.x + slot.width, points[0].y())]
            for colour, px in ((now.surface, CASING_PX), (now.chart2, LINE_PX)):
                pen = QPen(colour, px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
                if px == LINE_PX and now.high_contrast:
                    pen.setDashPattern([3, 2])
                painter.setPen(pen)
                painter.drawPolyline(QPolygonF(points))

    @staticmethod
    def _y(plot: _Plot, share: float) -> float:
        return plot.rect.bottom() - share * plot.rect.height()

    def _draw_labels(self, painter: QPainter, plot: _Plot, figure: BarsFigure) -> None:
        font = theme.font(4, tabular=True)
        painter.setFont(font)
        painter.setPen(theme.now.ink3)
        widest = max(paint.width_of(bar.label, font) for bar in figure.bars) + theme.u(2)
        every = scale.label_every(plot.slots[0].width, widest, figure.label_steps)
        row = QRect(0, round(plot.rect.bottom()) + theme.u(1), 1, theme.metrics.text(5.5))
        for slot, bar in zip(plot.slots, figure.bars, strict=True):
            if bar.label and bar.number % every == 0:
                x = slot.middle - paint.width_of(bar.label, font) / 2
                painter.drawText(round(x), paint.baseline(row, font), bar.label)


def _rounded_at_top(rect: QRectF) -> QPainterPath:
    """A bar: its upper corners are round, its foot stands square on the zero line."""
    radius = min(RADIUS_PX, rect.width() / 2, rect.height())
    path = QPainterPath(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + radius)
    path.quadTo(rect.topLeft(), QPointF(rect.left() + radius, rect.top()))
    path.lineTo(rect.right() - radius, rect.top())
    path.quadTo(rect.topRight(), QPointF(rect.right(), rect.top() + radius))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path
