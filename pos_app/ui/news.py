"""One line about something that happened elsewhere, such as a sale paid late. It stays until it is read."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pos_app.till.views import Problem, QueueItem, QueueView, SaleView
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import IconButton, PressedButton
from pos_app.ui.widgets.chip import ChipLook, stage_chip, state_chip

HEIGHT_U = 12


class NewsBar(QWidget):
    """Shows the newest; what was there before comes back once that is read. A press on a sale's news opens the sale."""

    sale_pressed = Signal(object)
    """Carries the `SaleView`."""
    item_pressed = Signal(str)
    """The id of a sale of the queue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unread: list[SaleView | QueueItem | Problem] = []
        self._allowed = True
        self._words = _Words()
        self._words.clicked.connect(self._open)
        self.close_button = IconButton("x", self.tr("Close"))
        self.close_button.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        row.addWidget(self.close_button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))

    def show_sale(self, sale: SaleView) -> None:
        """Money moved for a sale that is not on the screen. A sale has one news, the newest."""
        self._add(sale.sale_id, sale)

    def show_item(self, item: QueueItem) -> None:
        """A sale of the queue waits for a person now."""
        self._add(item.sale.sale_id, item)

    def keep_items(self, queue: QueueView) -> None:
        """News of a sale of the queue go when it leaves the queue, or does not stand there as it was told."""
        stages = {item.sale.sale_id: item.stage for item in queue.items}
        self._unread = [
            news
            for news in self._unread
            if not isinstance(news, QueueItem) or stages.get(news.sale.sale_id) is news.stage
        ]
        self._show_newest()

    def _add(self, sale_id: str, news: SaleView | QueueItem) -> None:
        self._unread = [*(kept for kept in self._unread if _sale_id(kept) != sale_id), news]
        self._show_newest()

    def show_problem(self, problem: Problem) -> None:
        """Something that was asked for did not work. This does not wait for the end of a sale."""
        self._unread = [*(news for news in self._unread if news != problem), problem]
        self._show_newest()

    def set_allowed(self, allowed: bool) -> None:
        """While a sale is on the screen nothing there may move: what came of other sales waits."""
        self._allowed = allowed
        self._show_newest()

    def dismiss(self) -> None:
        """The newest was read."""
        self._unread.pop()
        self._show_newest()

    def _show_newest(self) -> None:
        newest = self._unread[-1] if self._unread else None
        if isinstance(newest, Problem):
            self._words.show_words("fail", "circle-alert", newest.message, newest.cure, more=False)
        elif newest is not None:
            sale, chip = (newest, state_chip(newest.state)) if isinstance(newest, SaleView) else _of_item(newest)
            words = self.tr("Sale {} · {}").format(sale.number, sale.total)
            if isinstance(newest, QueueItem) and newest.words:
                words = f"{words} · {newest.words}"
            self._words.show_words(chip.tone, chip.icon, chip.word, words, more=True)
        self.setVisible(newest is not None and (self._allowed or isinstance(newest, Problem)))
        self.update()

    def _open(self) -> None:
        newest = self._unread[-1]
        if isinstance(newest, SaleView):
            self.dismiss()
            self.sale_pressed.emit(newest)
        elif isinstance(newest, QueueItem):
            self.dismiss()
            self.item_pressed.emit(newest.sale.sale_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        tone = self._words.tone
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.now.colour(f"{tone}_tint"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.now.colour(tone))


def _sale_id(news: SaleView | QueueItem | Problem) -> str:
    if isinstance(news, QueueItem):
        return news.sale.sale_id
    return news.sale_id if isinstance(news, SaleView) else ""


def _of_item(item: QueueItem) -> tuple[SaleView, ChipLook]:
    return item.sale, stage_chip(item.stage)


class _Words(PressedButton):
    def __init__(self) -> None:
        super().__init__("")
        self.tone = "paid"
        self._icon = "circle-check"
        self._title = ""
        self._detail = ""
        self._more = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_words(self, tone: str, icon: str, title: str, detail: str, *, more: bool) -> None:
        self.tone, self._icon, self._title, self._detail, self._more = tone, icon, title, detail, more
        self.setAccessibleName(f"{title.rstrip('.')}. {detail}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(100), theme.u(HEIGHT_U))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, margin, side = theme.now, theme.u(4), theme.u(5.5)
        painter = QPainter(self)
        ink = now.colour(self.tone)
        icons.draw(painter, self._icon, margin, (self.height() - side) / 2, side, ink)
        strong, plain = theme.font(4.5, fonts.SEMIBOLD), theme.font(4.5)
        x = margin + side + theme.u(2.5)
        area = QRect(0, 0, self.width(), self.height())
        right = self.width() - theme.u(3) - (side if self._more else 0)
        title = paint.elided(self._title, strong, right - x)
        painter.setFont(strong)
        painter.setPen(ink)
        painter.drawText(x, paint.baseline(area, strong), title)
        x += paint.width_of(title, strong) + theme.u(3)
        painter.setFont(plain)
        painter.setPen(now.ink)
        painter.drawText(x, paint.baseline(area, plain), paint.elided(self._detail, plain, max(0, right - x)))
        if self._more:
            icons.draw(painter, "chevron-right", right, (self.height() - side) / 2, side, ink)
