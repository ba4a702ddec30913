"""The line under the code: what to do, how long there is time for it, and that time as a bar."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

HURRY_S = 120
SMALLEST_U = 3.75


def clock_text(seconds: float) -> str:
    """Minutes and seconds, rounded up: 0:00 only when the time is over."""
    whole = max(0, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02}"


class CountDown(QWidget):
    """Counts to a moment of `now` (monotonic seconds). It has no timer: call `tick` while it is seen."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._icon = "timer"
        self._words = ""
        self._quiet = True
        self._worry = False
        self._deadline_s: float | None = None
        self._total_s = 1.0
        self._shown: tuple[str, int] = ("", 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def show_words(self, icon: str, words: str, *, quiet: bool = False, worry: bool = False) -> None:
        """Set the left side. `quiet` takes the colour away: nobody needs to hurry. `worry` makes the words amber."""
        self._icon, self._words, self._quiet, self._worry = icon, words, quiet, worry
        self._name()
        self.update()

    def show_time(self, deadline_s: float | None, total_s: float = 1.0) -> None:
        """Count down to `deadline_s`, of `total_s` seconds. None shows an empty bar, with `total_s` 0 no bar at all."""
        self._deadline_s, self._total_s = deadline_s, total_s
        self._name()
        self.update()

    def remaining_s(self) -> float | None:
        """Seconds until the moment, never below 0; None where there is none."""
        return None if self._deadline_s is None else max(0.0, self._deadline_s - self._now())

    def is_hurrying(self) -> bool:
        """Whether the last two minutes run."""
        remaining_s = self.remaining_s()
        return remaining_s is not None and remaining_s <= HURRY_S and not self._quiet

    def text(self) -> str:
        """The time as shown, or an empty text."""
        remaining_s = self.remaining_s()
        return "" if remaining_s is None else clock_text(remaining_s)

    def tick(self) -> None:
        """Repaint where the figures or the bar's length have changed."""
        if self._shown != (self.text(), self._bar_px()):
            self._name()
            self.update()

    def _name(self) -> None:
        left = self.text()
        self.setAccessibleName(
            self.tr("{words}, {time} left").format(words=self._words, time=left) if left else self._words
        )

    def _row_px(self) -> int:
        return max(theme.metrics.text(5.5), theme.u(6))

    def sizeHint(self) -> QSize:
        return QSize(theme.u(107), self._row_px() + theme.u(2) + theme.u(1.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(40), self.sizeHint().height())

    def _bar_px(self) -> int:
        share = (self.remaining_s() or 0.0) / self._total_s if self._total_s else 0.0
        return round(self.width() * min(1.0, share))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        row = QRect(0, 0, self.width(), self._row_px())
        hurry = self.is_hurrying()
        room = self._paint_time(painter, row, now.attn if hurry else now.ink2)
        self._paint_words(painter, room)
        if self._total_s:
            self._paint_bar(painter, now.attn if hurry else now.line_strong if self._quiet else now.accent)
        self._shown = (self.text(), self._bar_px())

    def _paint_time(self, painter: QPainter, row: QRect, ink: QColor) -> QRect:
        """At the right end; what is left of the row is for the words."""
        text = self.text()
        if not text:
            return row
        font = theme.font(4.75, fonts.MEDIUM, tabular=True)
        icon_px = theme.u(5.5)
        x = row.width() - paint.width_of(text, font)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(x, paint.baseline(row, font), text)
        x -= icon_px + theme.u(1)
        icons.draw(painter, "timer", x, (row.height() - icon_px) / 2, icon_px, ink)
        return row.adjusted(0, 0, x - theme.u(2) - row.width(), 0)

    def _paint_words(self, painter: QPainter, room: QRect) -> None:
        now = theme.now
        beside = self._quiet and (self._deadline_s is None or not self._total_s)
        ink = now.attn if self._worry else now.ink2 if beside else now.ink
        icon_px = theme.u(5.5)
        icons.draw(painter, self._icon, 0, (room.height() - icon_px) / 2, icon_px, ink)
        room = room.adjusted(icon_px + theme.u(2), 0, 0, 0)
        font = theme.font(4.5, fonts.REGULAR if beside else fonts.SEMIBOLD)
        while font.pixelSize() > theme.u(SMALLEST_U) and paint.width_of(self._words, font) > room.width():
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(room.x(), paint.baseline(room, font), paint.elided(self._words, font, room.width()))

    def _paint_bar(self, painter: QPainter, ink: QColor) -> None:
        height = theme.u(1.5)
        track = QRect(0, self.height() - height, self.width(), height)
        outline = theme.now.ink if theme.now.high_contrast else None
        paint.box(painter, track, height / 2, theme.now.sunken, outline)
        if self._bar_px():
            track.setWidth(max(height, self._bar_px()))
            paint.box(painter, track, height / 2, ink)
