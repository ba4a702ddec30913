"""A sentence in amber beside the button that it is about; where it leads somewhere, it is a button of its own."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.widgets.flow import Flow

HEIGHT_U = 15


class RiskLine(PressedButton):
    """Two or three lines of text; larger text becomes smaller rather than cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._icon = "triangle-alert"
        self._leads = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(HEIGHT_U))

    def show_words(self, icon: str, words: str, *, leads: bool) -> None:
        """With `leads` it can be pressed."""
        self._icon, self._leads = icon, leads
        self.setText(words)
        self.setEnabled(leads)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, margin, side = theme.now, theme.u(4), theme.u(5.5)
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(3), now.press)
        icons.draw(painter, self._icon, margin, (self.height() - side) / 2, side, now.attn)
        end = margin + (theme.u(4.5) + theme.u(2) if self._leads else 0)
        area = QRect(margin + side + theme.u(3), 0, 0, self.height())
        area.setRight(self.width() - end)
        Flow.largest(lambda share: self._flow(area.width(), share), area.height()).paint(painter, area)
        if self._leads:
            mark = theme.u(4.5)
            icons.draw(painter, "chevron-right", self.width() - end, (self.height() - mark) / 2, mark, now.ink2)

    def _flow(self, width: int, share: float) -> Flow:
        flow = Flow(width)
        flow.text(self.text(), theme.font(4.5 * share), theme.now.ink2)
        return flow
