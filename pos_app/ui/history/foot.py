"""The foot of the history: how many rows, and what was paid, sent and is still open, each apart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.money import Sat, grouped
from pos_app.till.history_views import HistorySums
from pos_app.ui import fonts, icons
from pos_app.ui.history.words import fiat_words
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.panel import Panel

HEIGHT_U = 11.5
MARGIN_U = 5
GAP_U = 5


@dataclass(frozen=True, slots=True)
class _Figure:
    icon: str
    name: str
    value: str


def _value_font() -> QFont:
    return theme.font(4.75, fonts.SEMIBOLD, tabular=True)


class Foot(Panel):
    """`show_sums(sums)`; the figures stand at the right, the least important falls off where space ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", "t", parent=parent)
        self._sums: HistorySums | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(HEIGHT_U), theme.metrics.text(6)))
        self.update()

    def show_sums(self, sums: HistorySums) -> None:
        self._sums = sums
        self.setAccessibleName(", ".join(self.words()))
        self.update()

    def _count_words(self, sums: HistorySums) -> str:
        one = sums.count == 1
        if sums.sent:
            text = self.tr("{count} payment") if one else self.tr("{count} payments")
        else:
            text = self.tr("{count} sale") if one else self.tr("{count} sales")
        return text.format(count=grouped(sums.count))

    def _figures_of(self, sums: HistorySums, *, with_sent: bool = True, with_sat: bool = True) -> list[_Figure]:
        parts = [*(fiat_words(fiat) for fiat in sums.fiat)]
        if with_sat or not parts:
            parts.append(str(sums.received))
        found = [_Figure("", self.tr("Paid"), " · ".join(parts))]
        if sums.sent and with_sent:
            found.append(_Figure("", self.tr("Sent"), str(Sat(abs(sums.sent.value)))))
        if sums.open_count:
            found.append(_Figure("clock", self.tr("{count} open").format(count=sums.open_count), str(sums.open)))
        return found

    def _fitting(self, sums: HistorySums) -> tuple[str, list[_Figure]]:
        """What finds room: sent money falls off first, then the second unit, then the count."""
        count = self._count_words(sums)
        tries = (
            (count, self._figures_of(sums)),
            (count, self._figures_of(sums, with_sent=False)),
            (count, self._figures_of(sums, with_sent=False, with_sat=False)),
            ("", self._figures_of(sums, with_sent=False, with_sat=False)),
        )
        room = self.width() - 2 * theme.u(MARGIN_U)
        for said, figures in tries:
            width = sum(self._width(figure) + theme.u(GAP_U) for figure in figures)
            if width + paint.width_of(said, theme.font(4.5)) <= room:
                return said, figures
        return tries[-1]

    @staticmethod
    def _width(figure: _Figure) -> int:
        texts = paint.width_of(figure.value, _value_font()) + paint.width_of(figure.name, theme.font(4.5))
        return texts + theme.u(1.5) + (theme.u(4.5) + theme.u(1.5) if figure.icon else 0)

    def words(self) -> list[str]:
        """All that there is to say, whether it finds room or not."""
        if self._sums is None:
            return []
        return [self._count_words(self._sums), *(f"{f.name} {f.value}" for f in self._figures_of(self._sums))]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._sums is None:
            return
        now = theme.now
        painter = QPainter(self)
        count, figures = self._fitting(self._sums)
        body, side = theme.font(4.5), theme.u(4.5)
        base = paint.baseline(self.rect(), body)
        x = self.width() - theme.u(MARGIN_U)
        for figure in reversed(figures):
            x -= self._width(figure)
            at, tone = x, now.attn if figure.icon else now.ink2
            if figure.icon:
                icons.draw(painter, figure.icon, at, (self.height() - side) / 2, side, tone)
                at += side + theme.u(1.5)
            painter.setFont(body)
            painter.setPen(tone)
            painter.drawText(at, base, figure.name)
            at += paint.width_of(figure.name, body) + theme.u(1.5)
            painter.setFont(_value_font())
            painter.setPen(now.ink)
            painter.drawText(at, base, figure.value)
            x -= theme.u(GAP_U)
        painter.setFont(body)
        painter.setPen(now.ink2)
        painter.drawText(theme.u(MARGIN_U), base, count)
