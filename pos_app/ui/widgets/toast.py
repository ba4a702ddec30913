"""A word that what the person did is done: lower left, three seconds, never for money."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.announce import announce

STAYS_MS = 3000


class Toast(QWidget):
    """Lies over `over` and takes no input."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._text = ""
        self._icon = "check"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()
        over.installEventFilter(self)

    def say(self, text: str, *, icon: str = "check") -> None:
        """Show the text; a second one takes the place of the first."""
        self._text, self._icon = text, icon
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        announce(self, text)

    def _place(self) -> None:
        width = paint.width_of(self._text, theme.font(4.5, fonts.MEDIUM)) + theme.u(5) + theme.u(3) + 2 * theme.u(5)
        width = min(width, self._over.width() - 2 * theme.u(4))
        height = theme.u(14)
        self.setGeometry(QRect(theme.u(4), self._over.height() - height - theme.u(4), width, height))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        paint.box(painter, self.rect(), theme.u(3), now.ink)
        icon_px, pad = theme.u(5), theme.u(5)
        icons.draw(painter, self._icon, pad, (self.height() - icon_px) / 2, icon_px, now.bg)
        font = theme.font(4.5, fonts.MEDIUM)
        painter.setFont(font)
        painter.setPen(now.bg)
        x = pad + icon_px + theme.u(3)
        text = paint.elided(self._text, font, self.width() - x - pad)
        painter.drawText(x, paint.baseline(self.rect(), font), text)
