"""Nothing to show: an icon, a heading, one sentence, at most one button."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.flow import Flow


class Empty(QWidget):
    """Says whether nothing exists or nothing matches; the words stand in the middle."""

    def __init__(self, icon: str, button: Button | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._heading = self._text = ""
        self._button = button
        if button is not None:
            button.setParent(self)
        theme.follow(self.fit)

    def say(self, heading: str, text: str) -> None:
        self._heading, self._text = heading, text
        self.setAccessibleName(f"{heading}. {text}")
        self.fit()

    def fit(self) -> None:
        if self._button is not None:
            width = min(self.width(), self._button.sizeHint().width() + theme.u(8))
            top = self._words_area().bottom() + 1 + theme.u(4)
            self._button.setGeometry((self.width() - width) // 2, top, width, self._button.height())
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(50), theme.u(50))

    def _flow(self, share: float) -> Flow:
        now = theme.now
        flow = Flow(self.width(), Qt.AlignmentFlag.AlignHCenter)
        flow.icon(self._icon, theme.u(18 * share), now.line_strong, after=theme.u(5 * share))
        flow.text(self._heading, theme.font(6 * share, fonts.SEMIBOLD, spacing=-0.01), now.ink, after=theme.u(2))
        flow.text(self._text, theme.font(4.5 * share), now.ink2)
        return flow

    def _words(self) -> Flow:
        return Flow.largest(self._flow, self.height() - self._button_room())

    def _button_room(self) -> int:
        return 0 if self._button is None else self._button.height() + theme.u(4)

    def _words_area(self) -> QRect:
        """In the middle, together with the button."""
        height = self._words().height()
        top = max(0, (self.height() - height - self._button_room()) // 2)
        return QRect(0, top, self.width(), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._words().paint(QPainter(self), self._words_area())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
