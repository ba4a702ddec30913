"""What the PIN page is painted with: its dots, its prompt, OK, and a line with a mark before it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.flow import Flow
from pos_app.ui.widgets.label import Label

LEAST_DOTS, ROOMY_DOTS = 4, 8
DOT_U, PITCH_U, PAD_U, FIELD_U = 6, 11, 6.5, 16
MARK_U, MARK_GAP_U = 5, 2


class PinDots(QWidget):
    """A dot for each digit, filled as it is typed; four places are always there. It never holds a digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)
        self.show_count(0)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    @property
    def count(self) -> int:
        """How many are filled."""
        return self._count

    def show_count(self, count: int) -> None:
        self._count = count
        self.setAccessibleName(self.tr("{count} digits entered").format(count=count))
        self.fit()

    def sizeHint(self) -> QSize:
        places = max(LEAST_DOTS, self._count)
        return QSize(theme.u(2 * PAD_U + DOT_U + (places - 1) * self._pitch_u()), theme.u(FIELD_U))

    def _pitch_u(self) -> float:
        """From one dot to the next: many of them move together, so that the field keeps its width."""
        return min(PITCH_U, (ROOMY_DOTS - 1) * PITCH_U / max(1, self._count - 1))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, line = theme.now, theme.u(0.5)
        painter = QPainter(self)
        paint.box(painter, self.rect(), theme.u(3), now.raised, now.line_strong, line)
        side = theme.u(DOT_U)
        for place in range(max(LEAST_DOTS, self._count)):
            dot = QRect(theme.u(PAD_U + place * self._pitch_u()), (self.height() - side) // 2, side, side)
            filled = place < self._count
            paint.box(painter, dot, side / 2, now.ink if filled else None, None if filled else now.line_strong, line)


class Prompt(QWidget):
    """What the customer is to do, and what happens with the PIN."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._title, self._text = "", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.metrics.text(8.5) + 2 * theme.metrics.text(5.5))
        self.update()

    def say(self, icon: str, title: str, text: str) -> None:
        if (icon, title, text) != (self._icon, self._title, self._text):
            self._icon, self._title, self._text = icon, title, text
            self.setAccessibleName(f"{title}. {text}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = theme.u(11)
        icons.draw(painter, self._icon, 0, (self.height() - side) / 2, side, theme.now.accent)
        area = self.rect().adjusted(side + theme.u(4), 0, 0, 0)
        Flow.largest(lambda share: self._flow(area.width(), share), area.height()).paint(painter, area)

    def _flow(self, width: int, share: float) -> Flow:
        flow = Flow(width)
        flow.text(self._title, theme.font(7 * share, fonts.SEMIBOLD, spacing=-0.01), theme.now.ink)
        flow.text(self._text, theme.font(4.5 * share), theme.now.ink2)
        return flow


class OkKey(Button):
    """The only blue: as large as the keys beside it, and it acts on release, for there is no way back."""

    def __init__(self, text: str) -> None:
        super().__init__(text, kind="primary", text_size=5.5)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(27), theme.u(23))


class MarkedLabel(Label):
    """One line with an icon in its own colour before it."""

    def __init__(self, icon: str, text: str = "", *, tone: str, tabular: bool = False) -> None:
        self._icon = icon
        super().__init__(text, tone=tone, weight=fonts.SEMIBOLD, tabular=tabular)

    def fit(self) -> None:
        self.setContentsMargins(theme.u(MARK_U + MARK_GAP_U), 0, 0, 0)
        super().fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = theme.u(MARK_U)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        icons.draw(QPainter(self), self._icon, 0, (self.height() - side) / 2, side, ink)
