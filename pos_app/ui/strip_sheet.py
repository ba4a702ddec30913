"""The strip, opened: what works, what does not, what is still possible, and since when."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.till.views import Fact, FactState, SaleView, StatusView
from pos_app.ui import fonts, icons
from pos_app.ui.strip import FACT_ICONS
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import Button, PressedButton
from pos_app.ui.widgets.chip import chip_width, paint_chip, state_chip
from pos_app.ui.widgets.flow import Flow
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.sheet import Sheet
from pos_app.ui.words import clock

MOST_UNCERTAIN = 3
DEVICES = ("reader",)
"""They stand below the facts while they work."""
TROUBLE = (FactState.WARN, FactState.DOWN)
SECOND_MS = 1000


class StatusSheet(Sheet):
    """Rows of facts, sales that may still be paid, Check now, Settings."""

    check_pressed = Signal()
    settings_pressed = Signal()
    sale_pressed = Signal(object)
    """Carries the `SaleView` of an uncertain sale."""
    queue_pressed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, edge="top")
        self._checked_s: float | None = None
        self._facts = QVBoxLayout()
        self._sales = QVBoxLayout()
        self._in_sale = False
        self._devices = Panel("bg", "t")
        self._device_row = QHBoxLayout(self._devices)
        self.queue_cell = _Cell("clock", self.tr("Queue"))
        self.queue_cell.clicked.connect(self.queue_pressed)
        self.reader_cell = _Cell("nfc", self.tr("Reader"))
        self.reader_cell.setEnabled(False)
        self._device_row.addWidget(self.reader_cell, 1)
        self._device_row.addWidget(self.queue_cell, 1)
        self.body.addLayout(self._facts)
        self.body.addLayout(self._sales)
        self.body.addWidget(self._devices)
        self._foot = Panel("surface", "t")
        row = QHBoxLayout(self._foot)
        self._where = ElidedLabel("", 4, tone="ink2")
        self._checked = ElidedLabel("", 4, tone="ink2", tabular=True)
        self.check_button = Button(self.tr("Check now"), "refresh-cw", height=11.5, text_size=4.5)
        self.settings_button = Button(self.tr("Settings"), "settings", height=11.5, text_size=4.5)
        self.check_button.clicked.connect(self._check)
        self.settings_button.clicked.connect(self.settings_pressed)
        row.addWidget(self._where, 1)
        row.addWidget(self._checked)
        row.addWidget(self.check_button)
        row.addWidget(self.settings_button)
        self.body.addWidget(self._foot)
        self._tick = QTimer(self)
        self._tick.setInterval(SECOND_MS)
        self._tick.timeout.connect(self._show_checked)
        self.opened.connect(self._tick.start)
        self.closed.connect(self._tick.stop)
        theme.follow(self._fit_foot)

    def _fit_foot(self) -> None:
        side = theme.u(6)
        self.body.setSpacing(0)
        for part in (self._facts, self._sales):
            part.setContentsMargins(side, 0, side, 0)
            part.setSpacing(0)
        self._device_row.setContentsMargins(side - theme.u(2), theme.u(1), side, theme.u(1))
        self._device_row.setSpacing(theme.u(3))
        layout = self._foot.layout()
        assert layout is not None
        layout.setContentsMargins(side, theme.u(3), side, theme.u(3))
        layout.setSpacing(theme.u(3))

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""
        where = status.api if status.network == "mainnet" else f"{status.api} · {status.network}"
        self._where.setText(where)
        facts = [fact for fact in status.facts if fact.key not in DEVICES or fact.state in TROUBLE]
        _fill(self._facts, [_FactRow(fact, last=fact is facts[-1]) for fact in facts])
        reader = next((fact for fact in status.facts if fact.key == "reader"), None)
        self.reader_cell.setVisible(reader is not None and reader.state not in TROUBLE)
        if reader is not None:
            self.reader_cell.show_words(reader.detail or reader.words)
        self.queue_cell.show_words(self._queue_words(status))
        self.queue_cell.setEnabled(bool(status.queue_count) and not self._in_sale)
        rows = [_UncertainRow(sale) for sale in status.uncertain[:MOST_UNCERTAIN]]
        for row in rows:
            row.clicked.connect(lambda _=False, sale=row.sale: self.sale_pressed.emit(sale))
        _fill(self._sales, [*rows])
        self.fit()

    def set_in_sale(self, in_sale: bool) -> None:
        """While a sale is on the screen nothing leads away from it."""
        self._in_sale = in_sale
        self.settings_button.setVisible(not in_sale)
        self.queue_cell.setEnabled(self.queue_cell.isEnabled() and not in_sale)

    def _queue_words(self, status: StatusView) -> str:
        store = status.store
        if not status.queue_count:
            return self.tr("Nothing stored")
        words = self.tr("{} open").format(status.queue_count)
        if store is not None and store.sum:
            words = self.tr("{} open · {} of {}").format(status.queue_count, store.sum, store.sum_max)
        if status.attention:
            words += " · " + self.tr("{} wait for you").format(status.attention)
        return words

    def set_checking(self, checking: bool) -> None:
        """Between Check now and its answer the button waits."""
        self.check_button.setEnabled(not checking)
        self.check_button.set_words(self.tr("Checking…") if checking else self.tr("Check now"))
        if not checking:
            self._checked_s = time.monotonic()
            self._show_checked()

    def _check(self) -> None:
        self.set_checking(True)
        self.check_pressed.emit()

    def _show_checked(self) -> None:
        if self._checked_s is not None:
            ago_s = int(time.monotonic() - self._checked_s)
            words = self.tr("Checked {} s ago").format(ago_s) if ago_s < 60 else self.tr("Checked {} min ago")
            self._checked.setText(words.format(ago_s // 60))


def _fill(layout: QVBoxLayout, rows: list[QWidget]) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()
    for row in rows:
        layout.addWidget(row)


class _FactRow(QWidget):
    """Icon, name, state, what still works, since when."""

    def __init__(self, fact: Fact, *, last: bool) -> None:
        super().__init__()
        self._fact = fact
        self._last = last
        self._name = {
            "payments": self.tr("Payments server"),
            "lightning": self.tr("Lightning"),
            "issuer": self.tr("Card issuer"),
            "rate": self.tr("Exchange rate"),
            "reader": self.tr("Card reader"),
            "printer": self.tr("Printer"),
        }[fact.key]
        self._tone, self._icon, self._word = {
            FactState.WELL: ("paid", "circle-check", self.tr("Works")),
            FactState.UNKNOWN: ("idle", "circle-question-mark", self.tr("Not known")),
            FactState.WARN: ("attn", "triangle-alert", self.tr("Look here")),
            FactState.DOWN: ("fail", "circle-x", self.tr("Does not work")),
            FactState.OFF: ("idle", "minus", self.tr("Off")),
        }[fact.state]
        if fact.key == "issuer" and fact.state in TROUBLE:
            self._word = self.tr("Not reachable")
        self.setAccessibleName(f"{self._name}: {self._word}. {fact.detail}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        calm = self._fact.state not in TROUBLE
        self.setFixedHeight(max(theme.u(17 if calm else 22), theme.metrics.text(8)))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(150), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        width, side = self.width(), theme.u(6.5)
        state_x, detail_x = round(width * 0.26), round(width * 0.47)
        strong, plain, time_font = theme.font(4.5, fonts.SEMIBOLD), theme.font(4.5), theme.font(4.5, tabular=True)
        base = paint.baseline(self.rect(), plain)
        icons.draw(painter, FACT_ICONS[self._fact.key], 0, (self.height() - side) / 2, side, now.ink2)
        name_x = side + theme.u(4)
        painter.setFont(strong)
        painter.setPen(now.ink)
        painter.drawText(name_x, base, paint.elided(self._name, strong, state_x - name_x - theme.u(2)))
        ink, mark = now.colour(self._tone), theme.u(5.5)
        icons.draw(painter, self._icon, state_x, (self.height() - mark) / 2, mark, ink)
        painter.setPen(ink)
        word_x = state_x + mark + theme.u(2)
        painter.drawText(word_x, base, paint.elided(self._word, strong, detail_x - word_x - theme.u(2)))
        since = ""
        if self._fact.since_s is not None:
            since = self.tr("since {}").format(clock(self._fact.since_s))
        since_width = paint.width_of(since, time_font)
        painter.setFont(time_font)
        painter.setPen(now.ink3)
        painter.drawText(width - since_width, base, since)
        room = QRect(detail_x, 0, width - since_width - theme.u(4) - detail_x, self.height())
        Flow.largest(lambda share: self._detail(room.width(), share), room.height()).paint(painter, room)
        if not self._last:
            painter.fillRect(0, self.height() - 1, width, 1, now.line)

    def _detail(self, width: int, share: float) -> Flow:
        """What still works, or the cure: that may take several lines."""
        flow = Flow(width)
        flow.text(self._fact.detail, theme.font(4.5 * share), theme.now.ink2)
        return flow


class _Cell(PressedButton):
    """A device or the queue: icon, name, and one line of words."""

    def __init__(self, icon: str, name: str) -> None:
        super().__init__(name)
        self._icon = icon
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(16), theme.metrics.text(13)))
        self.update()

    def show_words(self, words: str) -> None:
        self._words = words
        self.setAccessibleName(f"{self.text()}: {words}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, side, margin = theme.now, theme.u(5.5), theme.u(2)
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(3), now.press)
        icons.draw(painter, self._icon, margin, (self.height() - side) / 2, side, now.ink2)
        x = margin + side + theme.u(4)
        end = theme.u(7) if self.isEnabled() else 0
        half, inset = self.height() // 2, theme.u(1.5)
        for top, text, font, ink in (
            (inset, self.text(), theme.font(4.5, fonts.SEMIBOLD), now.ink),
            (half - inset, self._words, theme.font(4), now.ink2),
        ):
            painter.setFont(font)
            painter.setPen(ink)
            area = QRect(x, top, self.width() - x - end, half)
            painter.drawText(x, paint.baseline(area, font), paint.elided(text, font, area.width()))
        if self.isEnabled():
            mark = theme.u(4.5)
            icons.draw(painter, "chevron-right", self.width() - mark, (self.height() - mark) / 2, mark, now.ink2)


class _UncertainRow(PressedButton):
    """A sale that may still be paid: do not charge it again."""

    def __init__(self, sale: SaleView) -> None:
        super().__init__("")
        self.sale = sale
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._words = self.tr("Sale {} · {} – do not charge again").format(sale.number, sale.total)
        self.setAccessibleName(self._words)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(13))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        if self.is_shown_pressed():
            painter.fillRect(self.rect(), now.press)
        painter.fillRect(0, 0, self.width(), 1, now.line)
        chip = state_chip(self.sale.state)
        paint_chip(painter, QRect(0, 0, chip_width(chip), self.height()), chip)
        font = theme.font(4.5, fonts.SEMIBOLD)
        painter.setFont(font)
        painter.setPen(now.ink)
        x = chip_width(chip) + theme.u(4)
        side = theme.u(4.5)
        room = self.width() - x - side - theme.u(3)
        painter.drawText(x, paint.baseline(self.rect(), font), paint.elided(self._words, font, room))
        icons.draw(painter, "chevron-right", self.width() - side, (self.height() - side) / 2, side, now.ink2)
