"""The icon of a result: a circle and, drawn stroke by stroke, the tick in it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

GRID = 24.0
CIRCLE_RADIUS = 10.0
TICK = (QPointF(9, 12), QPointF(11, 14), QPointF(15, 10))
"""The same shape as the icon `circle-check` of the lists."""


def draw_tick(painter: QPainter, box: QRectF, colour: QColor, share: float) -> None:
    """Draw it into the square `box`, with the first `share` (0 to 1) of the tick's length."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / GRID, box.height() / GRID)
    pen = QPen(colour, 1.75)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(GRID / 2, GRID / 2), CIRCLE_RADIUS, CIRCLE_RADIUS)
    if share > 0:
        painter.drawPolyline(_first(share))
    painter.restore()


def _first(share: float) -> QPolygonF:
    """The tick's line up to that share of its length."""
    lengths = [_length(start, end) for start, end in pairwise(TICK)]
    left = sum(lengths) * min(1.0, share)
    points = [TICK[0]]
    for (start, end), length in zip(pairwise(TICK), lengths, strict=True):
        points.append(start + (end - start) * min(1.0, left / length))
        left -= length
        if left <= 0:
            break
    return QPolygonF(points)


def _length(start: QPointF, end: QPointF) -> float:
    return float(((end.x() - start.x()) ** 2 + (end.y() - start.y()) ** 2) ** 0.5)
