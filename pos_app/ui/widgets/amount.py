"""The amount: the largest thing on a page, painted, in steps of size and never with an ellipsis."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.money import Sat, grouped
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

STEPS_U = (24.0, 20.0, 16.0, 13.0)
UNIT_OF_AMOUNT = 0.42
SPACING_EM = -0.035
BOX_OF_AMOUNT = 0.79


def _fonts(size_u: float) -> tuple[QFont, QFont]:
    figure = fonts.inter(theme.u(size_u), fonts.SEMIBOLD, tabular=True, spacing=SPACING_EM)
    unit = fonts.inter(theme.u(size_u * UNIT_OF_AMOUNT), fonts.MEDIUM)
    return figure, unit


class Amount(QWidget):
    """A number and its unit. Its box is as high as the digits of the first step, so a smaller step moves nothing.

    The owner's text size does not change it: it is as large as the page allows. `steps_u` are the sizes, the first that
    fits is drawn. `tone` and `unit_tone` name colours of the theme.
    """

    def __init__(
        self,
        *,
        steps_u: tuple[float, ...] = STEPS_U,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight,
        tone: str = "ink",
        unit_tone: str = "ink2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._steps_u = steps_u
        self._align = align
        self._tone = tone
        self._unit_tone = unit_tone
        self._figure = "0"
        self._unit = "sat"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def set_steps(self, steps_u: tuple[float, ...]) -> None:
        self._steps_u = steps_u
        self.fit()

    def set_sat(self, amount: Sat) -> None:
        """Show an amount of sat."""
        self._figure, self._unit = grouped(amount.value), "sat"
        self.setAccessibleName(f"{amount.value} sat")
        self.update()

    def set_tones(self, tone: str, unit_tone: str) -> None:
        self._tone, self._unit_tone = tone, unit_tone
        self.update()

    def figure(self) -> str:
        """The number as shown."""
        return self._figure

    def step_u(self) -> float:
        """The size that is drawn: the first step that fits the width, or the last."""
        return next((s for s in self._steps_u if self._width(s) <= self.width()), self._steps_u[-1])

    def _gap(self, size_u: float) -> int:
        return theme.u(size_u * 0.1)

    def _width(self, size_u: float) -> int:
        figure, unit = _fonts(size_u)
        return paint.width_of(self._figure, figure) + self._gap(size_u) + paint.width_of(self._unit, unit)

    def sizeHint(self) -> QSize:
        return QSize(self._width(self._steps_u[0]), round(theme.u(self._steps_u[0]) * BOX_OF_AMOUNT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(self._steps_u[-1]), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        size_u = self.step_u()
        figure, unit = _fonts(size_u)
        space = self.width() - self._width(size_u)
        if self._align & Qt.AlignmentFlag.AlignRight:
            x = space
        elif self._align & Qt.AlignmentFlag.AlignHCenter:
            x = space // 2
        else:
            x = 0
        y = paint.baseline(QRect(0, 0, self.width(), self.height()), _fonts(self._steps_u[0])[0])
        self._draw(painter, x, y, self._figure, figure, theme.now.colour(self._tone))
        x += paint.width_of(self._figure, figure) + self._gap(size_u)
        self._draw(painter, x, y, self._unit, unit, theme.now.colour(self._unit_tone))

    @staticmethod
    def _draw(painter: QPainter, x: int, y: int, text: str, font: QFont, colour: QColor) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(x, y, text)
