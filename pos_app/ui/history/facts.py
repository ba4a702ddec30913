"""The facts of one payment: names left, values right, and what can be copied is copied by a touch."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QSize, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.core.text import plain
from pos_app.till.history_views import HistoryDetail
from pos_app.till.views import Tender
from pos_app.ui import fonts, icons
from pos_app.ui.history import words
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.words import clock_second, day_and_clock, tender_word

COPIED_MS = 2000
WHOLE_UP_TO = 24
ENDS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """`copied` is what a touch copies; empty: nothing."""

    name: str
    value: str
    copied: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("HistoryFacts", text)


def facts(detail: HistoryDetail) -> tuple[Fact, ...]:
    """What the shop asks for: money, times, tender, note. Empty facts are left out."""
    return tuple(fact for fact in (*_money(detail), *_circumstances(detail)) if fact.value)


def _money(detail: HistoryDetail) -> tuple[Fact, ...]:
    row, sale = detail.row, detail.sale
    fiat = words.fiat_words(row.fiat) if row.fiat is not None else ""
    rate = f"1 BTC = {plain(row.rate, 40)}" if row.rate else ""
    odd = sale is not None and sale.received not in (Sat(0), sale.total)
    fee = f"{words.sat_words(abs(row.fee_msat))} sat" if row.fee_msat else ""
    return (
        Fact(_tr("Price"), fiat),
        Fact(_tr("Rate"), rate),
        Fact(_tr("Without tip"), str(sale.amount) if sale is not None and row.tip else ""),
        Fact(_tr("Tip"), str(row.tip) if row.tip else ""),
        Fact(_tr("Arrived in all"), str(sale.received) if sale is not None and odd else ""),
        Fact(_tr("Fee"), fee),
    )


def _circumstances(detail: HistoryDetail) -> tuple[Fact, ...]:
    row, sale = detail.row, detail.sale
    ours = sale is not None
    paid = sale is not None and sale.paid_at_s is not None
    hosts = detail.hosts if row.tender in (Tender.CARD, Tender.STORED_CARD) else ()
    by = ", ".join((tender_word(row.tender), *(plain(host, 60) for host in hosts))) if row.tender else ""
    return (
        Fact(_tr("Charged") if ours else _tr("Time"), day_and_clock(sale.made_at_s if sale is not None else row.at_s)),
        Fact(_tr("Paid at"), _paid_words(detail) if paid else ""),
        Fact(_tr("Paid by"), by),
        Fact(_tr("Note"), words.memo_words(row)),
        Fact(_tr("Tag"), plain(row.tag, 60)),
    )


def _paid_words(detail: HistoryDetail) -> str:
    sale = detail.sale
    assert sale is not None and sale.paid_at_s is not None
    same_day = day_and_clock(sale.paid_at_s)[:-5] == day_and_clock(sale.made_at_s)[:-5]
    return clock_second(sale.paid_at_s) if same_day else day_and_clock(sale.paid_at_s)


def identities(detail: HistoryDetail) -> tuple[Fact, ...]:
    """What support asks for; each can be copied."""
    row = detail.row
    found = (
        (_tr("Reference"), plain(row.reference, 64)),
        (_tr("Payment hash"), row.payment_hash or ""),
        (_tr("Preimage"), detail.preimage),
        (_tr("Invoice"), detail.bolt11),
    )
    return tuple(Fact(name, _shortened(value), value) for name, value in found if value)


def _shortened(value: str) -> str:
    return value if len(value) <= WHOLE_UP_TO else f"{value[:ENDS]} … {value[-ENDS:]}"


class FactRow(PressedButton):
    """One fact. With something to copy the whole row is the target, and says "Copied" for two seconds."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact.name)
        self.fact = fact
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(COPIED_MS)
        self._told.timeout.connect(self._settle)
        self.setEnabled(bool(fact.copied))
        self.setAccessibleName(self._spoken())
        if fact.copied:
            self.clicked.connect(self._copy)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def _spoken(self) -> str:
        if self.fact.copied:
            return QCoreApplication.translate("HistoryFacts", "Copy the {name}, {value}").format(
                name=self.fact.name.lower(), value=self.fact.value
            )
        return f"{self.fact.name}: {self.fact.value}"

    def fit(self) -> None:
        least = theme.u(11.5 if self.fact.copied else 8.5)
        self.setFixedHeight(max(least, theme.metrics.text(6)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(8.5))

    def shown_value(self) -> str:
        """The value, or for two seconds that it was copied."""
        return _tr("Copied") if self._told.isActive() else self.fact.value

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.fact.copied)
        self._told.start()
        announce(self, _tr("Copied"))
        self.update()

    def _settle(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        if self.fact.copied and self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(2.5), now.press)
        name_font = theme.font(4.5)
        value_font = theme.font(4.5, fonts.MEDIUM, tabular=True)
        name = paint.elided(self.fact.name, name_font, self.width() // 2)
        painter.setFont(name_font)
        painter.setPen(now.ink2)
        painter.drawText(0, paint.baseline(self.rect(), name_font), name)
        right = self.width()
        if self.fact.copied:
            side = theme.u(5)
            right -= side
            icon = "check" if self._told.isActive() else "copy"
            icons.draw(painter, icon, right, (self.height() - side) / 2, side, now.ink2)
            right -= theme.u(2)
        room = right - paint.width_of(name, name_font) - theme.u(3)
        value = paint.elided(self.shown_value(), value_font, room)
        painter.setFont(value_font)
        painter.setPen(now.ink)
        painter.drawText(right - paint.width_of(value, value_font), paint.baseline(self.rect(), value_font), value)


class Facts(QWidget):
    """All facts of one payment, under one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[FactRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_facts(self, shown: tuple[Fact, ...]) -> None:
        """Rows whose fact is still the same stay as they are."""
        if [row.fact for row in self.rows] == list(shown):
            return
        for old in self.rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = [FactRow(fact) for fact in shown]
        for row in self.rows:
            self._column.addWidget(row)
