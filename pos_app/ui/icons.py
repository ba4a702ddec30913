"""Lucide's icons, drawn by QtSvg at device pixels in a colour of the theme, each kept once."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from pos_app.bundled import resource


@cache
def _svg(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def _stroke(size_px: int) -> float:
    """Large icons get thinner lines, so that they weigh no more than the text beside them."""
    return 1.5 if size_px >= 72 else 1.75 if size_px >= 36 else 2


@lru_cache(maxsize=512)
def _rendered(name: str, size_px: int, colour: str, ratio: float) -> QPixmap:
    text = _svg(name).replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{_stroke(size_px)}"')
    side = round(size_px * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, size_px: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """The icon as a square of `size_px` logical pixels. Raises FileNotFoundError for an unknown name."""
    return _rendered(name, size_px, colour.name(), ratio)


def draw(painter: QPainter, name: str, x: float, y: float, size_px: int, colour: QColor) -> None:
    """Paint the icon with its upper left corner at that point, on whole pixels."""
    painter.drawPixmap(round(x), round(y), pixmap(name, size_px, colour, painter.device().devicePixelRatioF()))
