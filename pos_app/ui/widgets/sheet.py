"""A sheet over the content: from the right or from above, on a scrim. Esc, the scrim and × close it."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import IconButton
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.panel import Panel

IN_MS = 180
OUT_MS = 120


class Sheet(QWidget):
    """Covers `over` (a child of the content area) and slides its `panel` in; `body` is the layout for the content.

    `edge` is "right" (then `width_u` wide, with title and ×) or "top" (full width, as high as its content).
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, over: QWidget, title: str = "", *, edge: str = "right", width_u: float = 118) -> None:
        super().__init__(over)
        self._over = over
        self._edge = edge
        self._width_u = width_u
        self._focus_before: QWidget | None = None
        self.panel = Panel("surface", "l" if edge == "right" else "b", parent=self)
        self.panel.setAccessibleName(title)
        outer = QVBoxLayout(self.panel)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._head = QWidget(self.panel)
        row = QHBoxLayout(self._head)
        self._title = Label(title, 5.5, weight=fonts.SEMIBOLD)
        row.addWidget(self._title, 1)
        self.close_button = IconButton("x", self.tr("Close"))
        self.close_button.clicked.connect(lambda: self.close_sheet())
        row.addWidget(self.close_button)
        self._head.setVisible(bool(title))
        self._head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        outer.addWidget(self._head)
        self.body = QVBoxLayout()
        outer.addLayout(self.body, 1)
        self._slide = QPropertyAnimation(self.panel, b"pos", self)
        self._slide.finished.connect(self._settled)
        self.hide()
        over.installEventFilter(self)
        theme.follow(self.fit)

    def fit(self) -> None:
        layout = self._head.layout()
        assert layout is not None
        layout.setContentsMargins(theme.u(7), theme.u(3), theme.u(3), theme.u(1))
        self._place()

    def set_title(self, title: str) -> None:
        """Other words on the title's line; a sheet that was made without a title has no such line."""
        self._title.setText(title)
        self.panel.setAccessibleName(title)

    def is_open(self) -> bool:
        return self.isVisible() and not self._leaving()

    def open_sheet(self) -> None:
        """Slide in and take the focus."""
        if self.is_open():
            return
        self._focus_before = QApplication.focusWidget()
        self._cover()
        self.show()
        self.raise_()
        self._run(self._hidden_at(), self._shown_at(), theme.ms(IN_MS), QEasingCurve.Type.OutCubic)
        self.panel.setFocus(Qt.FocusReason.PopupFocusReason)
        self.focusNextChild()
        self.opened.emit()

    def close_sheet(self, *, slide: bool = True) -> None:
        """Slide out, or go at once with the page below, and give the focus back. Does nothing while closed."""
        if not self.is_open():
            return
        duration_ms = theme.ms(OUT_MS) if slide else 0
        self._run(self.panel.pos(), self._hidden_at(), duration_ms, QEasingCurve.Type.InCubic)
        if self._focus_before is not None and shiboken6.isValid(self._focus_before):
            self._focus_before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._focus_before = None
        self.closed.emit()

    def _leaving(self) -> bool:
        running = self._slide.state() == QPropertyAnimation.State.Running
        return running and self._slide.endValue() == self._hidden_at()

    def _run(self, start: QPoint, end: QPoint, duration_ms: int, curve: QEasingCurve.Type) -> None:
        self._slide.stop()
        self.panel.move(start)
        self._slide.setStartValue(start)
        self._slide.setEndValue(end)
        self._slide.setDuration(duration_ms)
        self._slide.setEasingCurve(curve)
        self._slide.start()

    def _settled(self) -> None:
        if self.panel.pos() == self._hidden_at():
            self.hide()

    def _panel_size(self) -> QSize:
        if self._edge == "right":
            return QSize(min(theme.pane(self._width_u), self.width()), self.height())
        return QSize(self.width(), min(self.panel.sizeHint().height(), self.height()))

    def _shown_at(self) -> QPoint:
        return QPoint(self.width() - self.panel.width(), 0) if self._edge == "right" else QPoint(0, 0)

    def _hidden_at(self) -> QPoint:
        return QPoint(self.width(), 0) if self._edge == "right" else QPoint(0, -self.panel.height())

    def _cover(self) -> None:
        self.setGeometry(self._over.rect())
        self.panel.resize(self._panel_size())

    def _place(self) -> None:
        if self.isVisible():
            self._cover()
            self.panel.move(self._shown_at())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        panel: QRect = self.panel.geometry()
        if not panel.contains(event.position().toPoint()):
            self.close_sheet()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.now.scrim)
