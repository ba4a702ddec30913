"""Strokes that all painted widgets share."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from pos_app.ui.fonts import CAP_HEIGHT


def box(
    painter: QPainter,
    rect: QRect,
    radius: float,
    fill: QColor | None = None,
    border: QColor | None = None,
    border_px: int = 1,
) -> None:
    """A rounded box whose border lies wholly inside `rect` and on whole pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, radius > 0)
    inside = QRectF(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    if border is not None:
        half = border_px / 2
        inside.adjust(half, half, -half, -half)
        painter.setPen(QPen(border, border_px))
        radius = max(0.0, radius - half)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    limit = min(inside.width(), inside.height()) / 2
    painter.drawRoundedRect(inside, min(radius, limit), min(radius, limit))


def baseline(rect: QRect, font: QFont) -> int:
    """Where the text's baseline lies when its capitals stand in the middle of `rect`."""
    return round(rect.center().y() + 0.5 + font.pixelSize() * CAP_HEIGHT / 2)


def elided(text: str, font: QFont, width: int) -> str:
    """The text, cut at its end with an ellipsis where it is wider than that many pixels."""
    metrics = QFontMetrics(font)
    if metrics.horizontalAdvance(text) <= width:
        return text
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def width_of(text: str, font: QFont) -> int:
    return QFontMetrics(font).horizontalAdvance(text)
