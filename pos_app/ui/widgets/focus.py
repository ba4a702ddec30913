"""The focus ring: one overlay for the whole window, shown only while somebody uses the keyboard to move."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

_MOVING = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}


class FocusRing(QWidget):
    """3 px in the focus colour, 2 px off the widget that has the focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._by_keys = False
        self._target: QWidget | None = None
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)
        theme.follow(self.update)

    def watch(self, window: QWindow) -> None:
        """Learn from the native window what comes from keys and what from a finger."""
        window.installEventFilter(self)

    def _moved(self, before: QWidget | None, now: QWidget | None) -> None:
        if self._target is not None and shiboken6.isValid(self._target):
            self._target.removeEventFilter(self)
        inside = now is not None and now is not self.window() and self.window().isAncestorOf(now)
        self._target = now if inside else None
        if self._target is not None:
            self._target.installEventFilter(self)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if Qt.Key(event.key()) in _MOVING and not self._by_keys:
                self._by_keys = True
                self._follow()
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin):
            if self._by_keys:
                self._by_keys = False
                self._follow()
        elif watched is self._target and kind in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Show,
            QEvent.Type.Hide,
        ):
            self._follow()
        return False

    def _follow(self) -> None:
        target = self._target
        if not self._by_keys or target is None or not target.isVisible() or _is_page(target):
            self.hide()
            return
        around = target.parentWidget()
        framed = around if around is not None and around.focusProxy() is target else target
        corner = framed.mapTo(self.window(), QPoint(0, 0))
        self.setGeometry(QRect(corner, framed.size()).adjusted(-5, -5, 5, 5))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.box(painter, self.rect(), theme.u(3) + 5, None, theme.now.focus, 3)


def _is_page(target: QWidget) -> bool:
    """Whether it only listens for keys while none of the controls in it is chosen."""
    return any(child.focusPolicy() & Qt.FocusPolicy.TabFocus for child in target.findChildren(QWidget))
