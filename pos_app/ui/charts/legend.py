"""What the colours mean: a bar and its word, a line and its word. It gives way where the title needs the room."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui.charts.bars import LINE_PX
from pos_app.ui.charts.model import BarsFigure
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint


class Legend(QWidget):
    """`show_figure` gives it its words; the fullest wording that fits is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._wordings: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.updateGeometry)

    def show_figure(self, figure: BarsFigure) -> None:
        self._wordings = wordings(figure)
        self.setAccessibleName(", ".join(self._wordings[0]))
        self.update()

    def wait(self) -> None:
        """Nothing is known yet."""
        self._wordings = ()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, theme.u(7))

    def shown(self) -> tuple[str, str]:
        """The words of bars and line that find room; empty ones are left out."""
        return next((words for words in self._wordings if legend_width(words) <= self.width()), ("", ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_legend(QPainter(self), self.rect(), self.shown())


def wordings(figure: BarsFigure) -> tuple[tuple[str, str], ...]:
    """The words for bars and line, the fullest first."""
    now, before, short = figure.now_word, figure.before_word, figure.before_short
    return (now, before), (now, short), ("", before), ("", short)


def legend_width(words: tuple[str, str]) -> int:
    """What these words take, in pixels."""
    bars, line = words
    font = theme.font(4)
    left = paint.width_of(bars, font) + theme.u(3.5 + 1.5 + 3) if bars else 0
    return left + (paint.width_of(line, font) + theme.u(6 + 1.5) if line else 0)


def paint_legend(painter: QPainter, area: QRect, words: tuple[str, str]) -> None:
    """Draw the words at the right end of the area."""
    now, font = theme.now, theme.font(4)
    bars, line = words
    x, middle, base = area.right() + 1 - legend_width(words), area.center().y(), paint.baseline(area, font)
    painter.setFont(font)
    if bars:
        side = theme.u(3.5)
        painter.fillRect(x, middle - side // 2, side, side, now.accent)
        painter.setPen(now.ink2)
        painter.drawText(x + side + theme.u(1.5), base, bars)
        x += side + theme.u(1.5) + paint.width_of(bars, font) + theme.u(3)
    if line:
        pen = QPen(now.chart2, LINE_PX)
        if now.high_contrast:
            pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.drawLine(x, middle, x + theme.u(6), middle)
        painter.setPen(now.ink2)
        painter.drawText(x + theme.u(7.5), base, line)
