"""One sweep while somebody waits for an answer, in a place that is kept for it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from pos_app.ui.widgets.progress import Progress

HEIGHT_U = 1.5
PATIENCE_MS = 400


class Sweep(Progress):
    """What is done within 0.4 s never shows it."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name or self.tr("One moment"), height_u=HEIGHT_U, parent=parent)
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def is_running(self) -> bool:
        return self._patience.isActive() or not self.isHidden()

    def run(self) -> None:
        """Somebody begins to wait."""
        if not self.is_running():
            self._patience.start()

    def stop(self) -> None:
        """There is an answer."""
        self._patience.stop()
        self.hide()
