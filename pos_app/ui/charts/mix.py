"""One bar of stacked parts, and under it each part with its icon, word and sum."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent

from pos_app.ui import fonts, icons
from pos_app.ui.charts import scale
from pos_app.ui.charts.chart import Chart, mixed
from pos_app.ui.charts.model import MixFigure, Part
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

STRENGTHS = (1.0, 0.5, 0.72, 0.3, 0.16)
"""How much of the chart's colour each part has, so that neighbours differ."""
GAP_PX = 2
BAR_U = 5
LINE_U = 6.5


@dataclass(frozen=True, slots=True)
class _Wording:
    short: bool
    icons: bool


_WORDINGS = (_Wording(short=False, icons=True), _Wording(short=True, icons=True), _Wording(short=True, icons=False))


def _strong() -> QFont:
    return theme.font(4, fonts.SEMIBOLD, tabular=True)


class MixBar(Chart):
    """`show_figure` gives it what to show; numbers of parts count from the left."""

    def __init__(self) -> None:
        super().__init__()
        self._figure: MixFigure | None = None
        self._before: dict[str, float] = {}

    def show_figure(self, figure: MixFigure) -> None:
        """Show these figures; the parts slide to their new widths."""
        if figure == self._figure:
            return
        self._before = self._shares(self.progress)
        self._figure = figure
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.sentence)
        self.updateGeometry()
        self.grow()

    def wait(self) -> None:
        self._figure = None
        self._before = {}
        self.select(None)
        self.update()

    def count(self) -> int:
        return len(self._figure.parts) if self._figure else 0

    def read_out(self, at: int) -> tuple[str, ...]:
        assert self._figure is not None
        return self._figure.parts[at].words

    def can_choose(self, at: int) -> bool:
        return self._figure is not None and self._figure.parts[at].can_choose

    def moved(self, at: int, across: int, down: int) -> int:
        """The next or the one before, by any arrow: the parts have one order."""
        return max(0, min(self.count() - 1, at + (across or down)))

    def place(self, at: int, area: QRect, ratio: float) -> QRect:
        """Its place in the legend: that is large enough for a finger, and the bar's part need not be."""
        return self._names(area)[1][at]

    def anchor(self, at: int, area: QRect, ratio: float) -> QRect:
        """Its part of the bar, or its name where it has none."""
        span = self._spans(area, ratio, 1.0)[at]
        if not span.width:
            return self.place(at, area, ratio)
        return QRect(round(span.x), area.y(), max(1, round(span.width)), theme.u(BAR_U))

    def mark_at(self, point: QPoint) -> int | None:
        """A part of the bar, or its line in the legend."""
        if point.y() < theme.u(BAR_U) and self._figure:
            spans = self._spans(self.rect(), self.devicePixelRatioF(), 1.0)
            return next((at for at, span in enumerate(spans) if span.holds(point.x())), None)
        return super().mark_at(point)

    def sizeHint(self) -> QSize:
        places = self._names(QRect(0, 0, max(self.width(), theme.u(60)), 1))[1]
        return QSize(theme.u(80), places[-1].bottom() + 1 if places else theme.u(BAR_U))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(50), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def _names(self, area: QRect) -> tuple[_Wording, list[QRect]]:
        """How the parts are named, and where: the fullest wording in which two find room side by side."""
        for wording in _WORDINGS:
            places = self._flow(area, wording)
            if not places or len({place.y() for place in places}) <= -(-len(places) // 2):
                break
        return wording, places

    def _flow(self, area: QRect, wording: _Wording) -> list[QRect]:
        line = max(theme.u(LINE_U), theme.metrics.text(5.5))
        places: list[QRect] = []
        x, y = area.x(), area.y() + theme.u(BAR_U + 1.5)
        for part in self._figure.parts if self._figure else ():
            wide = self._width(part, wording)
            if x > area.x() and x + wide > area.right() + 1:
                x, y = area.x(), y + line
            places.append(QRect(x, y, wide, line))
            x += wide + theme.u(3)
        return places

    @staticmethod
    def _width(part: Part, wording: _Wording) -> int:
        name = part.short if wording.short else part.name
        words = paint.width_of(name, theme.font(4)) + paint.width_of(part.sum, _strong())
        return words + theme.u(3.5 + 2 + 2) + (theme.u(4.5 + 2) if wording.icons else 0)

    def _shares(self, progress: float) -> dict[str, float]:
        if self._figure is None:
            return {}
        total = sum(part.value for part in self._figure.parts) or 1
        return {
            part.name: self._before.get(part.name, 0.0) * (1 - progress) + part.value / total * progress
            for part in self._figure.parts
        }

    def _spans(self, area: QRect, ratio: float, progress: float) -> tuple[scale.Span, ...]:
        shares = tuple(round(share * 1_000_000) for share in self._shares(progress).values())
        return scale.stacked(shares, area.x(), area.width(), GAP_PX, ratio)

    @staticmethod
    def _edge() -> QColor | None:
        return theme.now.ink if theme.now.high_contrast else None

    def _colour(self, at: int) -> QColor:
        return mixed(theme.now.accent, theme.now.surface, STRENGTHS[at % len(STRENGTHS)])

    def draw(self, painter: QPainter, area: QRect, ratio: float, progress: float, selected: int | None) -> None:
        figure, now = self._figure, theme.now
        high = theme.u(BAR_U)
        if figure is None:
            paint.box(painter, QRect(area.x(), area.y(), area.width(), high), theme.u(1), now.sunken)
            return
        if not any(part.value for part in figure.parts):
            paint.box(painter, QRect(area.x(), area.y(), area.width(), high), theme.u(1), now.sunken, now.line_strong)
        spans = self._spans(area, ratio, progress)
        for at, span in enumerate(spans):
            if span.width:
                rect = QRect(round(span.x), area.y(), max(1, round(span.width)), high)
                border = now.ink if at == selected or now.high_contrast else None
                paint.box(painter, rect, theme.u(1), self._colour(at), border, 2)
        wording, places = self._names(area)
        for at, place in enumerate(places):
            self._draw_name(painter, at, place, wording, selected=at == selected)

    def _draw_name(self, painter: QPainter, at: int, row: QRect, wording: _Wording, *, selected: bool) -> None:
        assert self._figure is not None
        now, part = theme.now, self._figure.parts[at]
        swatch, icon_px, gap = theme.u(3.5), theme.u(4.5), theme.u(2)
        if selected:
            paint.box(painter, row.adjusted(-gap, 0, gap, 0), theme.u(2), now.accent_tint, self._edge(), 2)
        x, y = row.x(), row.y() + (row.height() - swatch) // 2
        paint.box(painter, QRect(x, y, swatch, swatch), theme.u(0.75), self._colour(at), self._edge())
        x += swatch + gap
        if wording.icons:
            icons.draw(painter, part.icon, x, row.y() + (row.height() - icon_px) / 2, icon_px, now.ink2)
            x += icon_px + gap
        plain, name = theme.font(4), part.short if wording.short else part.name
        painter.setFont(plain)
        painter.setPen(now.ink2)
        painter.drawText(x, paint.baseline(row, plain), name)
        painter.setFont(_strong())
        painter.setPen(now.ink)
        painter.drawText(x + paint.width_of(name, plain) + gap, paint.baseline(row, plain), part.sum)
