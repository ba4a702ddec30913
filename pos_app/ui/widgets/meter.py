"""How much of a limit is used, as a bar; the figures stand beside it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

HEIGHT_U = 2


class Meter(QWidget):
    """`tone` and `track` name colours of the theme."""

    def __init__(self, *, tone: str = "attn", track: str = "sunken", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._track = track
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))
        self.update()

    def show_part(self, part: int, whole: int) -> None:
        """Fill `part` of `whole`: more than all is all, and whatever is not nothing can be seen."""
        self._share = min(1.0, part / whole) if whole > 0 else float(part > 0)
        self.setAccessibleName(self.tr("{part} of {whole}").format(part=part, whole=whole))
        self.update()

    def share(self) -> float:
        """What is filled, from 0 to 1."""
        return self._share

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(20), theme.u(HEIGHT_U))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, height = theme.now, self.height()
        painter = QPainter(self)
        outline = now.ink if now.high_contrast else None
        paint.box(painter, self.rect(), height / 2, now.colour(self._track), outline)
        if self._share > 0:
            width = max(height, round(self.width() * self._share))
            paint.box(painter, QRect(0, 0, width, height), height / 2, now.colour(self._tone))
