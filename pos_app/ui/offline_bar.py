"""The offline bar: since when, what still works, what is stored. It leads to the queue."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.till.views import Fact, FactState, StatusView, StoreView
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.words import clock

HEIGHT_U = 12


def outage(status: StatusView) -> Fact | None:
    """The fact for which no code can be made or paid now; None while codes work."""
    facts = {fact.key: fact for fact in status.facts}
    for key in ("payments", "lightning"):
        fact = facts.get(key)
        if fact is not None and fact.state is FactState.DOWN:
            return fact
    return None


class OfflineBar(PressedButton):
    """One line and one target. Visible while codes do not work, unless `set_allowed(False)`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._icon = "cloud-off"
        self._title = self._works = self._stored = ""
        self._offline = False
        self._allowed = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(100), theme.u(HEIGHT_U))

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""
        fact, before = outage(status), self._title
        self._offline, self._title = fact is not None, ""
        if fact is not None:
            server = fact.key == "payments"
            self._icon = "cloud-off" if server else "zap-off"
            self._title = self.tr("Offline") if server else self.tr("Lightning away")
            if fact.since_s is not None:
                since = self.tr("Offline since {}") if server else self.tr("Lightning away since {}")
                self._title = since.format(clock(fact.since_s))
            self._works = self._what_works(status.store)
            self._stored = self._what_is_stored(status)
            self.setAccessibleName(f"{self._title}. {self._works} {self._stored}.")
        self._appear()
        self.update()
        if self._title != before:
            announce(self, self.accessibleName() if self._offline else self.tr("Online again."))

    def set_allowed(self, allowed: bool) -> None:
        """While a sale is on the screen nothing there may move: the strip says the same."""
        self._allowed = allowed
        self._appear()

    def _appear(self) -> None:
        self.setVisible(self._offline and self._allowed)

    def _what_works(self, store: StoreView | None) -> str:
        codes = self.tr("No QR codes.")
        if store is None or not store.accepted:
            return f"{codes} {self.tr('Cards are not stored.')}"
        if store.refusal is not None:
            return f"{codes} {store.refusal.message}"
        return f"{codes} {self.tr('Cards are stored up to {}.').format(store.tap_max)}"

    def _what_is_stored(self, status: StatusView) -> str:
        store = status.store
        if store is not None and store.count:
            only_stored = not status.uncertain and not status.attention
            words = self.tr("{count} stored · {sum}") if only_stored else self.tr("{count} open · {sum}")
            return words.format(count=store.count, sum=store.sum)
        return self.tr("{} open").format(status.queue_count) if status.queue_count else self.tr("Nothing stored")

    def paintEvent(self, event: QPaintEvent) -> None:
        now, margin, side = theme.now, theme.u(4), theme.u(5.5)
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.surface if self.is_shown_pressed() else now.attn_tint)
        painter.fillRect(0, self.height() - 1, self.width(), 1, now.attn)
        icons.draw(painter, self._icon, margin, (self.height() - side) / 2, side, now.attn)
        strong, plain = theme.font(4.5, fonts.SEMIBOLD), theme.font(4.5)
        figures = theme.font(4.5, fonts.SEMIBOLD, tabular=True)
        right = self.width() - margin - theme.u(5)
        icons.draw(painter, "chevron-right", right, (self.height() - theme.u(5)) / 2, theme.u(5), now.ink)
        right -= theme.u(2.5) + paint.width_of(self._stored, figures)
        painter.setFont(figures)
        painter.setPen(now.ink)
        painter.drawText(right, paint.baseline(self.rect(), figures), self._stored)
        x = margin + side + theme.u(2.5)
        painter.setFont(strong)
        painter.setPen(now.attn)
        title = paint.elided(self._title, strong, right - theme.u(3) - x)
        painter.drawText(x, paint.baseline(self.rect(), strong), title)
        x += paint.width_of(title, strong) + theme.u(3)
        painter.setFont(plain)
        painter.setPen(now.ink2)
        room = max(0, right - theme.u(4) - x)
        painter.drawText(x, paint.baseline(self.rect(), plain), paint.elided(self._works, plain, room))
