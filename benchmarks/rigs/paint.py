"""When something is on the screen for the first time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Calls `then` once, as soon as each of the widgets was painted and Qt has finished that pass.

    It comes before anything that the window itself does after its first paint.
    """

    def __init__(self, widgets: Iterable[QWidget], then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then
        self._waiting = set(widgets)
        for widget in self._waiting:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched in self._waiting:
            assert isinstance(watched, QWidget)
            self._waiting.discard(watched)
            if not self._waiting:
                QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)
        return False

    def customEvent(self, _event: QEvent) -> None:
        self._then()
