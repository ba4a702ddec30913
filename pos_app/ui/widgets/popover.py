"""A small panel beside the button that opened it. Esc, a touch outside and a choice close it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets.panel import Card


class Popover(QWidget):
    """Lies over `over`, which stays visible. Put the content into `body`; `border` names its border's colour."""

    closed = Signal()

    def __init__(self, over: QWidget, name: str, *, width_u: float, border: str = "line") -> None:
        super().__init__(over)
        self._over = over
        self._width_u = width_u
        self._anchor: QWidget | None = None
        self._focus_before: QWidget | None = None
        self.panel = Card("surface", border, radius_u=4, parent=self)
        self.panel.setAccessibleName(name)
        self.body = QVBoxLayout(self.panel)
        self.hide()
        over.installEventFilter(self)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.body.setContentsMargins(theme.u(5), theme.u(4), theme.u(5), theme.u(4))
        self.body.setSpacing(theme.u(2))
        self._place()

    def is_open(self) -> bool:
        return self.isVisible()

    def open_at(self, anchor: QWidget) -> None:
        """Open under `anchor`, or above it where it stands low; a second call closes."""
        if self.isVisible():
            self.close_popover()
            return
        self._anchor = anchor
        self._focus_before = QApplication.focusWidget()
        self.show()
        self.raise_()
        self._place()
        for child in self.panel.findChildren(QWidget):
            if child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
                child.setFocus(Qt.FocusReason.PopupFocusReason)
                break

    def close_popover(self) -> None:
        """Close and give the focus back. Does nothing while closed."""
        if not self.isVisible():
            return
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus(Qt.FocusReason.PopupFocusReason)
            self._focus_before = None
        self.closed.emit()

    def _place(self) -> None:
        if self._anchor is None or not self.isVisible():
            return
        over, gap = self._over, theme.u(2)
        self.setGeometry(over.rect())
        width = min(theme.pane(self._width_u), over.width() - 2 * gap)
        self.panel.setFixedWidth(width)
        self.body.activate()
        tall = self.body.totalHeightForWidth(width) if self.body.hasHeightForWidth() else self.body.sizeHint().height()
        self.panel.resize(width, tall)
        corner = self._anchor.mapTo(over, QPoint(0, 0))
        x = max(gap, min(corner.x() + self._anchor.width(), over.width() - gap) - width)
        below = corner.y() + self._anchor.height() + gap
        fits_below = below + self.panel.height() <= over.height() - gap
        self.panel.move(x, below if fits_below else max(gap, corner.y() - gap - self.panel.height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        elif (
            watched is self._over and event.type() == QEvent.Type.Hide and not (event.spontaneous() or self.isHidden())
        ):
            self._focus_before = None  # the page is left: it does not come back with an old panel over it
            self.hide()
            self.closed.emit()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_popover()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_popover()
        event.accept()
