"""The status strip: one line and one target. What fails stands first and in colour; all well is grey."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, QTimer
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.money import Sat
from pos_app.till.views import Fact, FactState, StatusView
from pos_app.ui import fonts, icons, words
from pos_app.ui.offline_bar import outage
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton

HEIGHT_U = 11.5
TICK_MS = 5_000
FACT_ICONS = {
    "payments": "server",
    "lightning": "zap",
    "issuer": "credit-card",
    "rate": "arrow-left-right",
    "reader": "nfc",
    "printer": "printer",
}
_FAILED_ICONS = {"payments": "cloud-off", "lightning": "zap-off", "reader": "plug"}


@dataclass(frozen=True, slots=True)
class _Item:
    icon: str
    words: str
    tone: str
    """A chip's colour, or empty for a calm fact."""

    def width(self, font: QFont, *, with_words: bool) -> int:
        inner = theme.u(4.5) + (theme.u(1.5) + paint.width_of(self.words, font) if with_words else 0)
        return inner + (2 * theme.u(2.5) if self.tone else 0)


class Strip(PressedButton):
    """Shop name, facts, clock, chevron. `clicked` opens and closes the sheet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.now_s: Callable[[], float] = time.time
        self._hour = ""
        self._name = ""
        self._items: list[_Item] = []
        self._open = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self._tick)
        self._ticking.start()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(100), theme.u(HEIGHT_U))

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""
        self._name = status.shop_name or self.tr("Till")
        failed = [fact for fact in status.facts if fact.state in (FactState.DOWN, FactState.WARN)]
        failed.sort(key=lambda fact: fact.state is not FactState.DOWN)
        calm = [fact for fact in status.facts if fact.state in (FactState.WELL, FactState.UNKNOWN)]
        self._items = [self._uncertain(status)] if status.uncertain else []
        self._items += [_failed_item(fact) for fact in failed]
        if status.queue_count > len(status.uncertain) and outage(status) is None:  # else the offline bar says it
            self._items.append(self._queue(status))
        self._items += [_Item(FACT_ICONS[fact.key], fact.words, "") for fact in calm]
        facts = ", ".join(item.words for item in self._items)
        self.setAccessibleName(self.tr("{}. Status: {}").format(self._name, facts))
        self.update()

    def _tick(self) -> None:
        if words.clock(self.now_s()) != self._hour:
            self.update()

    def set_open(self, is_open: bool) -> None:
        """Turn the chevron: the sheet below is open."""
        self._open = is_open
        self.update()

    def _uncertain(self, status: StatusView) -> _Item:
        total = Sat(sum(sale.total.value for sale in status.uncertain))
        text = self.tr("{} checking · {}").format(len(status.uncertain), total)
        return _Item("circle-question-mark", text, "attn")

    def _queue(self, status: StatusView) -> _Item:
        text = self.tr("{} open").format(status.queue_count)
        if status.store is not None and status.store.sum:
            text = self.tr("{} open · {}").format(status.queue_count, status.store.sum)
        return _Item("clock", text, "attn")

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.press if self.is_shown_pressed() else now.surface)
        painter.fillRect(0, self.height() - 1, self.width(), 1, now.line)
        margin, gap = theme.u(4), theme.u(5)
        side = theme.u(5)
        x = self.width() - margin - side
        icons.draw(
            painter, "chevron-up" if self._open else "chevron-down", x, (self.height() - side) / 2, side, now.ink
        )
        clock = theme.font(4, fonts.SEMIBOLD, tabular=True)
        self._hour = hour = words.clock(self.now_s())
        x -= gap + paint.width_of(hour, clock)
        painter.setFont(clock)
        painter.setPen(now.ink)
        painter.drawText(x, paint.baseline(self.rect(), clock), hour)
        name = theme.font(4.5, fonts.SEMIBOLD)
        name_width = min(paint.width_of(self._name, name), round(self.width() * 0.34))
        painter.setFont(name)
        painter.drawText(margin, paint.baseline(self.rect(), name), paint.elided(self._name, name, name_width))
        self._paint_items(painter, margin + name_width + gap, x - gap, gap)

    def _paint_items(self, painter: QPainter, left: int, right: int, gap: int) -> None:
        """Draw what fits between two edges: words go before icons, and the last before the first."""
        font = theme.font(4, fonts.MEDIUM)
        bold = theme.font(4, fonts.SEMIBOLD)

        def widths(worded: int, items: list[_Item]) -> list[int]:
            return [
                item.width(bold if item.tone else font, with_words=bool(item.tone) or number < worded)
                for number, item in enumerate(items)
            ]

        items, worded = list(self._items), len(self._items)
        while items and sum(widths(worded, items)) + gap * (len(items) - 1) > right - left:
            if any(not item.tone for item in items[:worded]):
                worded -= 1
            else:
                items.pop()
                worded = min(worded, len(items))
        sizes = widths(worded, items)
        x = right - sum(sizes) - gap * max(0, len(items) - 1)
        for number, (item, width) in enumerate(zip(items, sizes, strict=True)):
            _paint_item(painter, item, QRect(x, 0, width, self.height()), bool(item.tone) or number < worded)
            x += width + gap


def _failed_item(fact: Fact) -> _Item:
    icon = _FAILED_ICONS.get(fact.key, FACT_ICONS[fact.key])
    if fact.state is FactState.WARN:
        return _Item("triangle-alert", fact.words, "attn")
    return _Item(icon, fact.words, "fail")


def _paint_item(painter: QPainter, item: _Item, rect: QRect, with_words: bool) -> None:
    now, side = theme.now, theme.u(4.5)
    ink = now.colour(item.tone) if item.tone else now.ink2
    x = rect.x()
    if item.tone:
        height = theme.u(7)
        body = QRect(x, (rect.height() - height) // 2, rect.width(), height)
        border = ink if now.high_contrast else None
        paint.box(painter, body, theme.u(2), now.colour(f"{item.tone}_tint"), border, 2)
        x += theme.u(2.5)
    icons.draw(painter, item.icon, x, (rect.height() - side) / 2, side, ink)
    if with_words:
        font = theme.font(4, fonts.SEMIBOLD if item.tone else fonts.MEDIUM)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(x + side + theme.u(1.5), paint.baseline(rect, font), item.words)
