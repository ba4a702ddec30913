"""How far a piece of work is: a bar that fills, or one sweep where nobody knows."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QSize, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

SWEEP_MS = 1000
FRAME_MS = 33
SWEEP_SHARE = 0.34


class Progress(QWidget):
    """`set_share(0.4)` fills two fifths; `set_share(None)` sweeps while it is visible. Still bars do not sweep."""

    def __init__(self, name: str = "", *, height_u: float = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._height_u = height_u
        self._phase_ms = 0
        self._frames = QTimer(self)
        self._frames.setInterval(FRAME_MS)
        self._frames.timeout.connect(self._step)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(self._height_u))
        self.update()

    def set_share(self, share: float | None) -> None:
        """From 0 to 1; None is not known."""
        self._share = None if share is None else min(1.0, max(0.0, share))
        self._run()
        self.update()

    def share(self) -> float | None:
        return self._share

    def sizeHint(self) -> QSize:
        return QSize(theme.u(40), theme.u(self._height_u))

    def _run(self) -> None:
        if self._share is None and self.isVisible() and not theme.still:
            self._frames.start()
        else:
            self._frames.stop()

    def _step(self) -> None:
        self._phase_ms = (self._phase_ms + FRAME_MS) % SWEEP_MS
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._run()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        radius = self.height() / 2
        paint.box(painter, self.rect(), radius, now.sunken, now.ink if now.high_contrast else None)
        if self._share is None:
            width = round(self.width() * SWEEP_SHARE)
            eased = (1 - math.cos(math.pi * self._phase_ms / SWEEP_MS)) / 2
            left = round((self.width() - width) * (0.5 if theme.still else eased))
        else:
            width, left = round(self.width() * self._share), 0
        if width:
            paint.box(painter, QRect(left, 0, width, self.height()), radius, now.accent)
