"""The amounts of the sale that is being typed, one row each; the newest stay in sight."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.money import Sat
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint


@dataclass(frozen=True, slots=True)
class _Row:
    rect: QRect
    at: int


class Lines(QWidget):
    """A tap on a row says `chosen`: that amount is typed on. Rows that find no room are summed in the first one."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._amounts: tuple[Sat, ...] = ()
        self._at = 0
        self._pressed: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self.update)

    def show_amounts(self, amounts: tuple[Sat, ...], at: int) -> None:
        self._amounts, self._at = amounts, at
        listed = ", ".join(f"{amount.value} sat" for amount in amounts)
        self.setAccessibleName(self.tr("Amounts of this sale: {}").format(listed))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(80), theme.u(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(14))

    def _hidden(self) -> int:
        """How many of the oldest amounts have no row of their own."""
        rooms = max(1, self.height() // theme.u(14))
        return 0 if len(self._amounts) <= rooms else len(self._amounts) - rooms + 1

    def _rows(self) -> list[_Row]:
        height, hidden = theme.u(14), self._hidden()
        first = 1 if hidden else 0
        return [
            _Row(QRect(0, (number + first) * height, self.width(), height), at)
            for number, at in enumerate(range(hidden, len(self._amounts)))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        hidden = self._hidden()
        if hidden:
            total = Sat(sum(amount.value for amount in self._amounts[:hidden]))
            row = QRect(0, 0, self.width(), theme.u(14))
            self._text(painter, row, "", self.tr("{} earlier").format(hidden), str(total), quiet=True)
        for row_ in self._rows():
            active = row_.at == self._at
            if active or row_.at == self._pressed:
                fill = now.press if row_.at == self._pressed else now.accent_tint
                border = now.ink if now.high_contrast else None
                paint.box(painter, row_.rect, theme.u(3), fill, border, 2)
            elif row_.at + 1 < len(self._amounts) and row_.at + 1 != self._at:
                margin = theme.u(4)
                painter.fillRect(margin, row_.rect.bottom(), self.width() - 2 * margin, 1, now.line)
            name = self.tr("Amount")
            self._text(painter, row_.rect, str(row_.at + 1), name, str(self._amounts[row_.at]), bold=active)

    def _text(
        self,
        painter: QPainter,
        row: QRect,
        number: str,
        name: str,
        amount: str,
        *,
        bold: bool = False,
        quiet: bool = False,
    ) -> None:
        now, margin = theme.now, theme.u(4)
        plain, strong = theme.font(4.5), theme.font(4.5, fonts.SEMIBOLD)
        figure = theme.font(4.5, fonts.SEMIBOLD, tabular=True)
        width = paint.width_of(amount, figure)
        base = paint.baseline(row, plain)
        painter.setFont(figure)
        painter.setPen(now.ink2 if quiet else now.ink)
        painter.drawText(row.right() + 1 - margin - width, base, amount)
        painter.setFont(theme.font(4.5, tabular=True))
        painter.setPen(now.ink3)
        painter.drawText(row.x() + margin, base, number)
        x = row.x() + (margin if quiet else theme.u(14))
        font = strong if bold else plain
        painter.setFont(font)
        painter.setPen(now.ink2 if quiet else now.ink)
        painter.drawText(x, base, paint.elided(name, font, row.right() - margin - width - x - theme.u(2)))

    def _row_at(self, event: QMouseEvent) -> int | None:
        place = event.position().toPoint()
        return next((row.at for row in self._rows() if row.rect.contains(place)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._row_at(event)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and pressed == self._row_at(event):
            self.chosen.emit(pressed)
        self.update()
