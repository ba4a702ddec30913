"""A flat area of one colour with hairlines on some of its edges."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint


class Panel(QWidget):
    """`fill` and `line` name colours of the theme, `edges` holds any of the letters l, t, r, b."""

    def __init__(
        self, fill: str = "surface", edges: str = "", *, line: str = "line", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._fill = fill
        self._edges = edges
        self._line = line

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.now.colour(self._fill))
        line = theme.now.colour(self._line)
        px = 2 if theme.now.high_contrast else 1
        width, height = self.width(), self.height()
        if "l" in self._edges:
            painter.fillRect(0, 0, px, height, line)
        if "r" in self._edges:
            painter.fillRect(width - px, 0, px, height, line)
        if "t" in self._edges:
            painter.fillRect(0, 0, width, px, line)
        if "b" in self._edges:
            painter.fillRect(0, height - px, width, px, line)


class Card(QWidget):
    """A rounded box for other widgets. `fill` and `border` name colours of the theme; `border_u` 0 is a hairline."""

    def __init__(
        self,
        fill: str = "surface",
        border: str = "line",
        *,
        radius_u: float = 4,
        border_u: float = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fill = fill
        self._border = border
        self._radius_u = radius_u
        self._border_u = border_u

    def set_colours(self, fill: str, border: str) -> None:
        self._fill, self._border = fill, border
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        px = theme.u(self._border_u) if self._border_u else 1
        if theme.now.high_contrast:
            px = max(2, px)
        painter = QPainter(self)
        fill, border = theme.now.colour(self._fill), theme.now.colour(self._border)
        paint.box(painter, self.rect(), theme.u(self._radius_u), fill, border, px)
