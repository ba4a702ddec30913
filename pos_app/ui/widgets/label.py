"""Text in one of the theme's sizes and tones. Always plain text, so that nothing a stranger wrote becomes markup."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint


class Label(QLabel):
    """One text of `size` u. `tone` names a colour of the theme. `wrap` breaks it into lines."""

    def __init__(
        self,
        text: str = "",
        size: float = 4.5,
        *,
        tone: str = "ink",
        weight: QFont.Weight = fonts.REGULAR,
        tabular: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._size = size
        self._tone = tone
        self._weight = weight
        self._tabular = tabular
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        theme.follow(self.fit)

    def fit(self) -> None:
        spacing = -0.01 if self._size >= 5.5 else 0.0
        self.setFont(theme.font(self._size, self._weight, tabular=self._tabular, spacing=spacing))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.now.colour(self._tone))
        self.setPalette(palette)

    def set_tone(self, tone: str) -> None:
        if tone != self._tone:
            self._tone = tone
            self.fit()


class ElidedLabel(Label):
    """One line that gives way: where space ends it is cut with an ellipsis, at its start where `keep_end`."""

    def __init__(
        self,
        text: str = "",
        size: float = 4.5,
        *,
        tone: str = "ink",
        weight: QFont.Weight = fonts.REGULAR,
        tabular: bool = False,
        keep_end: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, size, tone=tone, weight=weight, tabular=tabular, parent=parent)
        self._short = ""
        self._cut = Qt.TextElideMode.ElideLeft if keep_end else Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_short(self, text: str) -> None:
        """What stands there instead where the whole has no room."""
        self._short = text
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text, room = self.text(), self.contentsRect().width()
        if self._short and paint.width_of(text, self.font()) > room:
            text = self._short
        if paint.width_of(text, self.font()) > room:
            text = self.fontMetrics().elidedText(text, self._cut, room)
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()
