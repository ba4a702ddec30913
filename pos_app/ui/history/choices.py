"""The rows of a filter's popover: one or several of a few words."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton

ROW_U = 11.5
MARK_U = 6.0


class ChoiceRow(PressedButton):
    """A word that is chosen or not: a tick in a box, or with `single` a dot in a ring. The whole row is the target."""

    def __init__(self, text: str, icon: str = "", tone: str = "ink2", *, single: bool = False) -> None:
        super().__init__(text)
        self._icon = icon
        self._tone = tone
        self._single = single
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(ROW_U), theme.metrics.text(7)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = theme.u(MARK_U) + theme.u(3) + paint.width_of(self.text(), theme.font(4.5, fonts.MEDIUM))
        return QSize(width + (theme.u(4.5) + theme.u(2) if self._icon else 0) + 2 * theme.u(2), theme.u(ROW_U))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(2.5), now.press)
        side = theme.u(MARK_U)
        mark = QRect(theme.u(2), (self.height() - side) // 2, side, side)
        self._paint_mark(painter, mark)
        x = mark.right() + 1 + theme.u(3)
        if self._icon:
            icon_px = theme.u(4.5)
            icons.draw(painter, self._icon, x, (self.height() - icon_px) / 2, icon_px, now.colour(self._tone))
            x += icon_px + theme.u(2)
        font = theme.font(4.5, fonts.SEMIBOLD if self.isChecked() else fonts.REGULAR)
        painter.setFont(font)
        painter.setPen(now.ink)
        painter.drawText(x, paint.baseline(self.rect(), font), paint.elided(self.text(), font, self.width() - x))

    def _paint_mark(self, painter: QPainter, mark: QRect) -> None:
        now, on = theme.now, self.isChecked()
        radius = mark.width() / 2 if self._single else theme.u(1.5)
        width = 2 if on or now.high_contrast else 1
        fill = now.accent if on and not self._single else None
        paint.box(painter, mark, radius, fill, now.accent if on else now.line_strong, width)
        if on and self._single:
            inset = mark.width() // 4
            paint.box(painter, mark.adjusted(inset, inset, -inset, -inset), radius, now.accent)
        elif on:
            inset = mark.width() // 6
            icons.draw(painter, "check", mark.x() + inset, mark.y() + inset, mark.width() - 2 * inset, now.on_accent)


class Choices(QWidget):
    """Rows in `columns`; `changed` says what is chosen after a person's press.

    `choices` are value, word, icon and the icon's tone. With `single` exactly one value is chosen.
    """

    changed = Signal(object)
    """A frozenset of the values."""

    def __init__(
        self, name: str, choices: list[tuple[str, str, str, str]], *, columns: int = 1, single: bool = False
    ) -> None:
        super().__init__()
        self._single = single
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._rows: dict[str, ChoiceRow] = {}
        lines = -(-len(choices) // columns)
        for number, (value, word, icon, tone) in enumerate(choices):
            row = ChoiceRow(word, icon, tone, single=single)
            row.setAccessibleName(f"{name}: {word}")
            row.clicked.connect(lambda _=False, value=value: self._press(value))
            self._grid.addWidget(row, number % lines, number // lines)
            self._rows[value] = row
        theme.follow(self.fit)

    def fit(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.u(3))
        self._grid.setVerticalSpacing(0)

    def values(self) -> frozenset[str]:
        return frozenset(value for value, row in self._rows.items() if row.isChecked())

    def set_values(self, values: frozenset[str]) -> None:
        """Mark these without saying so."""
        for value, row in self._rows.items():
            row.setChecked(value in values)

    def row(self, value: str) -> ChoiceRow:
        return self._rows[value]

    def _press(self, value: str) -> None:
        if self._single:
            self.set_values(frozenset({value}))
        self.changed.emit(self.values())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        rows = list(self._rows.values())
        focused = next((at for at, row in enumerate(rows) if row.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        rows[(focused + step) % len(rows)].setFocus(Qt.FocusReason.TabFocusReason)
