"""What must be known to read the figures rightly: a line each, under the tiles."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.money import grouped
from pos_app.till.history_views import PeriodView
from pos_app.ui import icons
from pos_app.ui.day.measure import Measure
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

LINE_U = 6.5


class Notes(QWidget):
    """Lines of an icon and a sentence; hidden where there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[tuple[str, str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(self._line() * len(self._lines))
        self.update()

    @staticmethod
    def _line() -> int:
        return max(theme.u(LINE_U), theme.metrics.text(5.5))

    def show_period(self, view: PeriodView, measure: Measure) -> None:
        """Say that the copy is not complete, what other tills took, and what the currency leaves out.

        On small pages the tenders alone name what came in at another till.
        """
        lines: list[tuple[str, str, str]] = []
        if view.is_partial:
            words = self.tr("The copy of the wallet is not complete: figures may be too small.")
            lines.append(("triangle-alert", "attn", words))
        if view.others.count and theme.metrics.wide:
            sentence = self.tr("Of this, {sum} in {payments} came in at another till of this wallet.")
            count = view.others.count
            payments = self.tr("1 payment") if count == 1 else self.tr("{count} payments").format(count=grouped(count))
            lines.append(("zap", "ink2", sentence.format(sum=view.others.sum, payments=payments)))
        if measure.currency:
            words = self.tr("{unit}: each sale at its own rate; sales without a rate are left out.")
            lines.append(("info", "ink2", words.format(unit=measure.sign)))
        self._lines = tuple(lines)
        self.setAccessibleName(" ".join(words for _, _, words in lines))
        self.setVisible(bool(lines))
        self.fit()

    def words(self) -> tuple[str, ...]:
        """The sentences."""
        return tuple(words for _, _, words in self._lines)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(40), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, font, side = QPainter(self), theme.font(4), theme.u(4.5)
        painter.setFont(font)
        for number, (icon, tone, words) in enumerate(self._lines):
            ink = theme.now.colour(tone)
            y = number * self._line()
            icons.draw(painter, icon, 0, y + (self._line() - side) / 2, side, ink)
            painter.setPen(ink)
            row = self.rect().adjusted(side + theme.u(2), y, 0, y + self._line() - self.height())
            painter.drawText(row.x(), paint.baseline(row, font), paint.elided(words, font, row.width()))
