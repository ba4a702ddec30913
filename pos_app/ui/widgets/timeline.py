"""The story of a sale: one line for each row of its journal, with its time and a dot in the line's colour."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.text import plain, without_addresses
from pos_app.till.views import StoryLine, Tone
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.words import clock_second

_COLOURS = {
    Tone.PLAIN: "line_strong",
    Tone.WAITING: "accent",
    Tone.ATTENTION: "attn",
    Tone.FAILED: "fail",
    Tone.PAID: "paid",
}
WORDS_LIMIT = 240


@dataclass(frozen=True, slots=True)
class _Row:
    day: str
    """The day, where this row is the first of one and there are several."""
    line: StoryLine
    top: int
    height: int


class Timeline(QWidget):
    """As high as its lines need at its width; put it into something that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[StoryLine, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def show_lines(self, lines: tuple[StoryLine, ...]) -> None:
        """Oldest first."""
        self._lines = lines
        spoken = [f"{clock_second(line.at_s)} {_words(line)}" for line in lines]
        self.setAccessibleName(". ".join(spoken))
        self.fit()

    def lines(self) -> tuple[StoryLine, ...]:
        return self._lines

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self._rows(width)
        return rows[-1].top + rows[-1].height if rows else 0

    def sizeHint(self) -> QSize:
        width = theme.u(90)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(50), 0)

    def _font(self, *, last: bool) -> QFont:
        return theme.font(4.5, fonts.SEMIBOLD if last else fonts.REGULAR)

    def _words_x(self) -> int:
        return paint.width_of("00:00:00", theme.font(4.25, tabular=True)) + theme.u(10)

    def _rows(self, width: int) -> list[_Row]:
        rows: list[_Row] = []
        room, top = max(1, width - self._words_x()), 0
        days = [_day(line.at_s) for line in self._lines]
        for at, line in enumerate(self._lines):
            day = days[at] if len(set(days)) > 1 and (at == 0 or days[at] != days[at - 1]) else ""
            top += theme.metrics.text(8) if day else 0
            height = self._text_box(line, room, last=at == len(self._lines) - 1).height() + theme.u(3.5)
            rows.append(_Row(day, line, top, height))
            top += height
        return rows

    def _text_box(self, line: StoryLine, room: int, *, last: bool) -> QRect:
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        words = _words(line)
        return QFontMetrics(self._font(last=last)).boundingRect(QRect(0, 0, room, 1 << 16), flags, words)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clock_font, x = theme.font(4.25, tabular=True), self._words_x()
        dot_x, radius = x - theme.u(5), theme.u(1.5)
        for at, row in enumerate(rows := self._rows(self.width())):
            last = at == len(rows) - 1
            font = self._font(last=last)
            box = QRect(x, row.top, self.width() - x, row.height)
            first = QRect(0, row.top, x, QFontMetrics(font).height())
            if row.day:
                painter.setFont(theme.font(4, fonts.SEMIBOLD))
                painter.setPen(now.ink3)
                painter.drawText(0, row.top - theme.u(2.5), row.day)
            painter.setFont(clock_font)
            painter.setPen(now.ink3)
            painter.drawText(0, paint.baseline(first, clock_font), clock_second(row.line.at_s))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour(_COLOURS[row.line.tone]))
            painter.drawEllipse(QPointF(dot_x, first.center().y() + 0.5), radius, radius)
            painter.setFont(font)
            painter.setPen(now.ink)
            flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
            painter.drawText(box, flags, _words(row.line))


def _words(line: StoryLine) -> str:
    return plain(without_addresses(line.words), WORDS_LIMIT)


def _day(time_s: float) -> str:
    moment = time.localtime(time_s)
    return f"{moment.tm_mday} {time.strftime('%B', moment)}"
