"""A heat map: five shades of one hue, the lightest for nothing. In high contrast each cell carries its figure."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from pos_app.ui.charts import scale
from pos_app.ui.charts.chart import Chart, mixed
from pos_app.ui.charts.model import HeatFigure
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

STRENGTHS = (0.0, 0.16, 0.38, 0.66, 1.0)
"""How much of the chart's colour a shade has."""
GAP_PX = 2


def shade_colour(shade: int) -> QColor:
    """The colour of a shade, 0 to 4."""
    now = theme.now
    return now.sunken if shade == 0 else mixed(now.accent, now.surface, STRENGTHS[shade])


def _ink_on(colour: QColor) -> QColor:
    """Black or white, whichever is easier to read."""
    return QColor(Qt.GlobalColor.black if colour.lightnessF() > 0.5 else Qt.GlobalColor.white)


def _edges(start: int, length: int, count: int) -> list[int]:
    return [start + round(at * length / count) for at in range(count + 1)]


class HeatMap(Chart):
    """`show_figure` gives it what to show; numbers of cells count row by row."""

    def __init__(self) -> None:
        super().__init__()
        self._figure: HeatFigure | None = None
        self._before: dict[tuple[str, str], QColor] = {}

    def show_figure(self, figure: HeatFigure) -> None:
        """Show these figures; the cells fade over."""
        if figure == self._figure:
            return
        self._before = self._colours()
        self._figure = figure
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.sentence)
        self.grow()

    def wait(self) -> None:
        self._figure = None
        self.select(None)
        self.update()

    def count(self) -> int:
        return len(self._figure.rows) * len(self._figure.columns) if self._figure else 0

    def read_out(self, at: int) -> tuple[str, ...]:
        assert self._figure is not None
        row, column = divmod(at, len(self._figure.columns))
        return self._figure.words[row][column]

    def moved(self, at: int, across: int, down: int) -> int:
        """Along the row, or along the column; the edges hold."""
        assert self._figure is not None
        row, column = divmod(at, len(self._figure.columns))
        row = max(0, min(len(self._figure.rows) - 1, row + down))
        column = max(0, min(len(self._figure.columns) - 1, column + across))
        return row * len(self._figure.columns) + column

    def place(self, at: int, area: QRect, ratio: float) -> QRect:
        """Half the gaps included, so that a finger always finds a cell."""
        assert self._figure is not None
        return self._cell(at, *self._edges(area))

    def mark_at(self, point: QPoint) -> int | None:
        """The cell at this place of the widget."""
        if self._figure is None:
            return None
        xs, ys = self._edges(self.rect())
        if not (xs[0] <= point.x() < xs[-1] and ys[0] <= point.y() < ys[-1]):
            return None
        return (bisect_right(ys, point.y()) - 1) * len(self._figure.columns) + bisect_right(xs, point.x()) - 1

    def _cell(self, at: int, xs: list[int], ys: list[int]) -> QRect:
        row, column = divmod(at, len(xs) - 1)
        return QRect(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row])

    def sizeHint(self) -> QSize:
        return QSize(theme.u(80), theme.u(44))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(50), theme.u(17.5) + theme.metrics.text(5.5))

    def _edges(self, area: QRect) -> tuple[list[int], list[int]]:
        """Where columns and rows begin, and where the last ones end."""
        assert self._figure is not None
        grid = self._grid(area)
        return _edges(grid.x(), grid.width(), len(self._figure.columns)), _edges(
            grid.y(), grid.height(), len(self._figure.rows)
        )

    def _grid(self, area: QRect) -> QRect:
        assert self._figure is not None
        font = theme.font(4)
        left = max(paint.width_of(name, font) for name in self._figure.rows) + theme.u(2)
        under, line = theme.metrics.text(5.5), theme.metrics.text(4)
        over = max(0, line - (area.height() - under) // len(self._figure.rows)) // 2
        return area.adjusted(left, over, 0, -under)

    def _colours(self) -> dict[tuple[str, str], QColor]:
        figure = self._figure
        if figure is None:
            return {}
        largest = max((max(row) for row in figure.values), default=0)
        return {
            (row, column): shade_colour(scale.shade(value, largest))
            for row, values in zip(figure.rows, figure.values, strict=True)
            for column, value in zip(figure.columns, values, strict=True)
        }

    def draw(self, painter: QPainter, area: QRect, ratio: float, progress: float, selected: int | None) -> None:
        figure = self._figure
        if figure is None:
            paint.box(painter, area, theme.u(2), theme.now.sunken)
            return
        now, colours = theme.now, self._colours()
        xs, ys = self._edges(area)
        for at, (place, colour) in enumerate(colours.items()):
            colour = mixed(colour, self._before.get(place, now.sunken), progress)
            cell = self._cell(at, xs, ys).adjusted(0, 0, -GAP_PX, -GAP_PX)
            border = now.ink if at == selected or now.high_contrast else None
            paint.box(painter, cell, 2, colour, border, 2 if at == selected else 1)
            if now.high_contrast:
                row, column = divmod(at, len(figure.columns))
                self._write(painter, cell, str(figure.values[row][column]), colour)
        self._draw_names(painter, area, xs, ys)

    @staticmethod
    def _write(painter: QPainter, cell: QRect, text: str, colour: QColor) -> None:
        font = theme.font(4, tabular=True)
        while font.pixelSize() > 8 and paint.width_of(text, font) > cell.width() - 2:
            font.setPixelSize(font.pixelSize() - 1)
        font.setPixelSize(min(font.pixelSize(), cell.height()))
        painter.setFont(font)
        painter.setPen(_ink_on(colour))
        x = cell.x() + (cell.width() - paint.width_of(text, font)) // 2
        painter.drawText(x, paint.baseline(cell, font), text)

    def _draw_names(self, painter: QPainter, area: QRect, xs: list[int], ys: list[int]) -> None:
        figure = self._figure
        assert figure is not None
        font = theme.font(4, tabular=True)
        painter.setFont(font)
        painter.setPen(theme.now.ink2)
        line = theme.metrics.text(4.5)
        every = scale.label_every((ys[-1] - ys[0]) / len(figure.rows), line, (1, 2, 3))
        for number, name in enumerate(figure.rows):
            if number % every == 0:
                row = QRect(area.x(), ys[number], xs[0] - area.x(), ys[number + 1] - ys[number] - GAP_PX)
                painter.drawText(row.x(), paint.baseline(row, font), name)
        painter.setPen(theme.now.ink3)
        widest = max(paint.width_of(name, font) for name in figure.columns) + theme.u(2)
        every = scale.label_every((xs[-1] - xs[0]) / len(figure.columns), widest, (1, 2, 3, 4, 6))
        row = QRect(0, ys[-1], 1, theme.metrics.text(5.5))
        for number, name in enumerate(figure.columns):
            if number % every == 0:
                middle = (xs[number] + xs[number + 1] - GAP_PX) / 2
                x = min(area.right() + 1 - paint.width_of(name, font), round(middle - paint.width_of(name, font) / 2))
                painter.drawText(x, paint.baseline(row, font), name)
