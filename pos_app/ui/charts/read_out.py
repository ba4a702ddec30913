"""What is told of the mark under a finger: a few lines that float above it and hide neither finger nor mark."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint


class ReadOut(QWidget):
    """Lies over the page and takes no touch."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._lines: tuple[str, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def tell(self, lines: tuple[str, ...], mark: QRect) -> None:
        """Show the lines above `mark` (in the page's pixels), or below it where there is no room."""
        self._lines = lines
        self.setAccessibleName(", ".join(lines))
        gap, line = theme.u(1.5), theme.metrics.text(5.5)
        widest = max(paint.width_of(text, font) for text, font in self._rows())
        wide = min(widest + 2 * theme.u(2.5), self._over.width())
        high = len(lines) * line + 2 * theme.u(1.5)
        x = max(0, min(mark.center().x() - wide // 2, self._over.width() - wide))
        y = mark.y() - gap - high
        self.setGeometry(x, y if y >= 0 else mark.bottom() + 1 + gap, wide, high)
        self.update()
        self.show()
        self.raise_()

    def _rows(self) -> list[tuple[str, QFont]]:
        strong, plain = theme.font(4, fonts.SEMIBOLD, tabular=True), theme.font(4, tabular=True)
        return [(text, plain if number else strong) for number, text in enumerate(self._lines)]

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter, pad, line = theme.now, QPainter(self), theme.u(2.5), theme.metrics.text(5.5)
        paint.box(painter, self.rect(), theme.u(2.5), now.raised, now.line_strong, 2 if now.high_contrast else 1)
        for number, (text, font) in enumerate(self._rows()):
            row = QRect(pad, theme.u(1.5) + number * line, self.width() - 2 * pad, line)
            painter.setFont(font)
            painter.setPen(now.ink2 if number else now.ink)
            painter.drawText(row.x(), paint.baseline(row, font), paint.elided(text, font, row.width()))
