"""Icons and wrapped texts under one another, for widgets that paint themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from pos_app.ui import icons

SHRINK = (1.0, 0.85, 0.7, 0.55)


@dataclass(frozen=True, slots=True)
class _Part:
    height: int
    after: int
    colour: QColor
    text: str = ""
    font: QFont | None = None
    icon: str = ""


class Flow:
    """A column `width` pixels wide. Texts are plain and wrap at words; all heights are in pixels."""

    def __init__(self, width: int, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        self._width = width
        self._align = align
        self._parts: list[_Part] = []

    @staticmethod
    def largest(build: Callable[[float], Flow], height: int) -> Flow:
        """What `build` makes at the largest share of its sizes that fits into `height`."""
        flow = build(SHRINK[0])
        for share in SHRINK[1:]:
            if flow.height() <= height:
                break
            flow = build(share)
        return flow

    def icon(self, name: str, size_px: int, colour: QColor, *, after: int = 0) -> None:
        self._parts.append(_Part(size_px, after, colour, icon=name))

    def text(self, text: str, font: QFont, colour: QColor, *, after: int = 0) -> None:
        box = QFontMetrics(font).boundingRect(QRect(0, 0, self._width, 1 << 16), self._flags(), text)
        self._parts.append(_Part(box.height(), after, colour, text=text, font=font))

    def height(self) -> int:
        return sum(part.height + part.after for part in self._parts) - (self._parts[-1].after if self._parts else 0)

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Draw the column in the middle of the area's height."""
        y = area.y() + max(0, (area.height() - self.height()) // 2)
        for part in self._parts:
            if part.icon:
                centred = self._align & Qt.AlignmentFlag.AlignHCenter
                x = area.x() + ((self._width - part.height) // 2 if centred else 0)
                icons.draw(painter, part.icon, x, y, part.height, part.colour)
            elif part.font is not None:
                painter.setFont(part.font)
                painter.setPen(part.colour)
                painter.drawText(QRect(area.x(), y, self._width, part.height), self._flags(), part.text)
            y += part.height + part.after

    def _flags(self) -> int:
        return int(self._align | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
