"""What the panels of the practice banner share. Violet, and only in practice."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets.popover import Popover
from pos_app.ui.widgets.scroll import Scroll


class PracticePopover(Popover):
    """At the right edge, where it covers nothing of the code; what does not fit under its button scrolls.

    Put the rows into `column`.
    """

    def __init__(self, over: QWidget, name: str) -> None:
        super().__init__(over, name, width_u=112, border="practice")
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self._scroll = Scroll(content)
        self.body.addWidget(self._scroll)

    def fit(self) -> None:
        super().fit()
        self.body.setContentsMargins(theme.u(5), theme.u(2), theme.u(5), theme.u(2))

    def _place(self) -> None:
        super()._place()
        if self._anchor is None or not self.isVisible():
            return
        under = self._anchor.mapTo(self._over, QPoint(0, self._anchor.height())).y()
        room = self._over.height() - under - theme.u(8)  # gaps and margins, above and below
        self._scroll.setFixedHeight(min(self._needed(self.panel.width() - theme.u(10)), room))
        super()._place()
        self.panel.move(self._over.width() - theme.u(4) - self.panel.width(), self.panel.y())

    def _needed(self, width: int) -> int:
        """The height of all rows at this width."""
        if self.column.hasHeightForWidth():
            return self.column.totalHeightForWidth(width)
        return self.column.totalSizeHint().height()


class Divider(QWidget):
    """A hairline with room around it."""

    def __init__(self) -> None:
        super().__init__()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(3))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() // 2, self.width(), 1, theme.now.line)
