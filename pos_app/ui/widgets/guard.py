"""Keeps the second half of a double tap from pressing what a new page put under the finger."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QWidget

QUIET_MS = 400


class Guard(QWidget):
    """Lies over `over` for 400 ms and takes the presses that still belong to the page before."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def shield(self) -> None:
        """Start the 400 ms now."""
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self._timer.start()

    def event(self, event: QEvent) -> bool:
        presses = (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonRelease,
            QEvent.Type.MouseButtonDblClick,
            QEvent.Type.TouchBegin,
        )
        if event.type() in presses:
            event.accept()
            return True
        return super().event(event)
