"""A strip of paper on the screen, from the same lines as its PDF: black on white in both themes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.till.paper import BOLD, HATCH_MM, LEADING, MARGIN_MM, RULE_MM, SIZES_MM, Kind, Line
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

_INK = QColor("#000000")
_PAPER = QColor("#FFFFFF")
_CENTRED = (Kind.NAME, Kind.CENTRE, Kind.SHOUT, Kind.WORD)
HATCH_STEP, HATCH_BAR = 4.4, 2.2


class Paper(QWidget):
    """`width_mm` of paper drawn `width_u` wide and as long as its lines need; put it into something that scrolls."""

    def __init__(self, width_mm: float, *, width_u: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width_mm = width_mm
        self._width_u = width_u
        self._lines: tuple[Line, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def show_lines(self, lines: Sequence[Line]) -> None:
        self._lines = tuple(lines)
        self.setAccessibleName(". ".join(f"{line.left} {line.right}".strip() for line in lines if line.left))
        self.fit()

    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def sizeHint(self) -> QSize:
        heights = sum(self._height(line) for line in self._lines)
        return QSize(theme.u(self._width_u), round(heights + 2 * self._px(MARGIN_MM)))

    def _px(self, mm: float) -> float:
        return mm * theme.u(self._width_u) / self._width_mm

    def _font(self, kind: Kind) -> QFont:
        return fonts.inter(round(self._px(SIZES_MM[kind])), fonts.SEMIBOLD if kind in BOLD else fonts.REGULAR)

    def _room(self) -> int:
        return round(theme.u(self._width_u) - 2 * self._px(MARGIN_MM))

    def _height(self, line: Line) -> float:
        match line.kind:
            case Kind.RULE:
                return self._px(RULE_MM)
            case Kind.HATCH:
                return self._px(HATCH_MM + 0.8)
            case Kind.FRAME:
                return self._px((SIZES_MM[Kind.FRAME] + SIZES_MM[Kind.STRONG]) * LEADING + 4.8)
        line_px = self._px(SIZES_MM[line.kind] * LEADING)
        return line_px * max(1, round(self._box(line).height() / QFontMetrics(self._font(line.kind)).lineSpacing()))

    def _left_room(self, line: Line) -> int:
        """The width that its right side leaves to its left one."""
        right = paint.width_of(line.right, self._font(line.kind)) + round(self._px(1)) if line.right else 0
        return max(1, self._room() - right)

    def _box(self, line: Line) -> QRect:
        area = QRect(0, 0, self._left_room(line), 1 << 16)
        return QFontMetrics(self._font(line.kind)).boundingRect(area, self._flags(line), line.left or " ")

    @staticmethod
    def _flags(line: Line) -> int:
        side = Qt.AlignmentFlag.AlignHCenter if line.kind in _CENTRED else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _PAPER)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, y = self._px(MARGIN_MM), self._px(MARGIN_MM)
        for line in self._lines:
            height = self._height(line)
            self._draw(painter, line, QRect(round(left), round(y), self._room(), round(height)))
            y += height

    def _draw(self, painter: QPainter, line: Line, area: QRect) -> None:
        painter.setPen(_INK)
        match line.kind:
            case Kind.RULE:
                painter.setPen(QPen(_INK, max(1.0, self._px(0.25)), Qt.PenStyle.DashLine))
                middle = area.center().y()
                painter.drawLine(area.left(), middle, area.right(), middle)
            case Kind.HATCH:
                self._hatch(painter, area)
            case Kind.FRAME:
                self._frame(painter, line, area)
            case _:
                painter.setFont(self._font(line.kind))
                words = QRect(area.x(), area.y(), self._left_room(line), area.height())
                painter.drawText(words, self._flags(line), line.left)
                if line.right:
                    flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
                    first = QRect(area.x(), area.y(), area.width(), round(self._px(SIZES_MM[line.kind] * LEADING)))
                    painter.drawText(first, flags | int(Qt.AlignmentFlag.AlignVCenter), line.right)

    def _hatch(self, painter: QPainter, area: QRect) -> None:
        """Leaning bars: Qt's own hatch is too thin for a printer and for the eye."""
        top, height = area.y() + self._px(0.5), self._px(HATCH_MM - 1.0)
        step, bar = self._px(HATCH_STEP), self._px(HATCH_BAR)
        painter.save()
        painter.setClipRect(QRect(area.x(), round(top), area.width(), round(height)))
        path, x = QPainterPath(), area.x() - height
        while x < area.right():
            points = ((x, top + height), (x + height, top), (x + height + bar, top), (x + bar, top + height))
            path.addPolygon(QPolygonF([QPointF(*point) for point in points]))
            x += step
        painter.fillPath(path, _INK)
        painter.restore()

    def _frame(self, painter: QPainter, line: Line, area: QRect) -> None:
        gap = round(self._px(1.0))
        box = area.adjusted(0, gap, 0, -gap)
        paint.box(painter, box, 0, None, _INK, max(2, round(self._px(0.5))))
        large, small = SIZES_MM[Kind.FRAME], SIZES_MM[Kind.STRONG]
        split = round(box.height() * large / (large + small))
        painter.setPen(_INK)
        painter.setFont(self._font(Kind.FRAME))
        centre = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(box.x(), box.y() + gap // 2, box.width(), split), centre, line.left)
        painter.setFont(self._font(Kind.STRONG))
        lower = QRect(box.x(), box.y() + split - gap // 2, box.width(), box.height() - split)
        painter.drawText(lower, centre, line.right)
