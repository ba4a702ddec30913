"""The queue page: what is not paid yet, the sum at risk first, and one sale with its story and its ways on."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.core.money import grouped
from pos_app.till.history_views import HistoryChanged, SyncChanged
from pos_app.till.views import (
    Event,
    QueueChanged,
    QueueItem,
    QueueView,
    SaleChanged,
    SaleView,
    StatusView,
)
from pos_app.ui import fonts
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.manager_sheet import ManagerSheet
from pos_app.ui.pages.queue_commands import QueueCommands
from pos_app.ui.pages.queue_item import QueueItemPane
from pos_app.ui.queue_list import QueueList
from pos_app.ui.slip_sheet import SlipSheet
from pos_app.ui.theme import theme
from pos_app.ui.unassigned import UnassignedPane
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.empty import Empty
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.meter import Meter
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.sweep import Sweep

LIST_U, WIDE_LIST_U = 118, 132


class QueuePage(QWidget):
    """`activate` when it is shown, `take` each event of the till. It shows no address and no token of a card."""

    counter_pressed = Signal(object)
    """A `SaleView` that was taken back to the counter: show it there."""
    settings_pressed = Signal()
    failed = Signal(object)
    """A `Problem` that has no place on the page."""

    def __init__(
        self, actions: Actions, *, now_s: Callable[[], float] = time.time, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self.now_s = now_s
        self._queue: QueueView | None = None
        self._selected = ""
        self._gone: SaleView | None = None
        self._asked_for = ""
        self._story_job: Job | None = None
        self._shop_name = ""
        self.heading = Label(self.tr("Queue"), 7, weight=fonts.SEMIBOLD)
        self.count = Label(size=4.75, tone="ink2")
        self.risk_name = ElidedLabel(size=4.75, tone="ink2")
        self.risk = Label(size=4.75, weight=fonts.SEMIBOLD, tabular=True)
        self.meter = Meter()
        self.refusal = Label(size=4, tone="attn", weight=fonts.MEDIUM, wrap=True)
        self.sweep = Sweep(self.tr("Reading the queue"))
        self.list = QueueList(now_s=lambda: self.now_s())
        self.list.chosen.connect(self._choose)
        self.unassigned = UnassignedPane(now_s=lambda: self.now_s())
        self.item = QueueItemPane(now_s=lambda: self.now_s())
        self.list.entered_item.connect(self.item.foot.focus_first)
        self.item.slip_pressed.connect(self._open_slip)
        self.item.escaped.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self._settings = Button(self.tr("Set up offline cards"), "settings", height=14)
        self._settings.clicked.connect(self.settings_pressed)
        self.empty = Empty("clock", self._settings)
        again = Button(self.tr("Try again"), "refresh-cw", height=14)
        again.clicked.connect(self._load)
        self.unreadable = Empty("triangle-alert", again)
        self.nothing_chosen = Empty("clock")
        self._lay_out()
        self.manager = ManagerSheet(self, actions)
        self.slip_sheet = SlipSheet(self, actions)
        self._commands = QueueCommands(actions, self.item, self.manager)
        self.item.foot.pressed.connect(self._commands.act)
        self._commands.taken_back.connect(self.counter_pressed)
        self._commands.moved.connect(self._moved)
        self._commands.read_anew.connect(self.show_queue)
        self._commands.failed.connect(self.failed)
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        self._list_pane = Panel("surface", "r")
        self._head = Panel("surface", "b")
        title = QHBoxLayout()
        title.addWidget(self.heading, 1)
        title.addWidget(self.count)
        risk = QHBoxLayout()
        risk.addWidget(self.risk_name, 1)
        risk.addWidget(self.risk)
        self._head_column = QVBoxLayout(self._head)
        self._head_column.addLayout(title)
        self._head_column.addLayout(risk)
        self._head_column.addWidget(self.meter)
        self._head_column.addWidget(self.refusal)
        column = QVBoxLayout(self._list_pane)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.list, 1)
        column.addWidget(self.unassigned)
        self._right = QStackedWidget()
        self._right.addWidget(self.nothing_chosen)
        self._right.addWidget(self.item)
        self._full = QWidget()
        row = QHBoxLayout(self._full)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._list_pane)
        row.addWidget(self._right, 1)
        self._stack = QStackedWidget()
        self._blank = QWidget()
        for page in (self._blank, self._full, self.empty, self.unreadable):
            self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.sweep.setParent(self)

    def fit(self) -> None:
        u = theme.u
        self._list_pane.setFixedWidth(u(WIDE_LIST_U if theme.metrics.wide else LIST_U))
        self._head_column.setContentsMargins(u(5), u(3.5), u(5), u(4))
        self._head_column.setSpacing(u(2.5))
        self._place_sweep()

    # What the window calls.

    def activate(self) -> None:
        """The page is shown now: load it. A sale that had left the queue is not looked back at."""
        if self._item_of(self._selected) is None:
            self._gone = None
        self._load()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self, event: Event | SyncChanged | HistoryChanged) -> None:
        """One event of the till."""
        if isinstance(event, QueueChanged):
            self.show_queue(event.queue)
        elif isinstance(event, SaleChanged) and event.sale.sale_id == self._selected:
            self._gone = event.sale
            if self._item_of(self._selected) is None:
                self.item.show_gone(event.sale)
            self._ask_story()

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts: the shop's name stands on the slip."""
        self._shop_name = status.shop_name

    def open_sale(self, sale_id: str) -> None:
        """Select that sale, as soon as the queue is known."""
        self._asked_for = sale_id
        if self._queue is not None:
            self.show_queue(self._queue)

    # The queue.

    def _load(self) -> None:
        self.sweep.run()
        job = self._actions.queue()
        job.succeeded.connect(self.show_queue)
        job.on_trouble(self._unread)

    def _unread(self, error: BaseException) -> None:
        self.sweep.stop()
        problem = problem_of(error)
        if self._queue is None:
            self.unreadable.say(self.tr("The queue could not be read"), f"{problem.message} {problem.cure}".strip())
            self._stack.setCurrentWidget(self.unreadable)
        else:
            self.failed.emit(problem)

    def show_queue(self, queue: QueueView) -> None:
        """Mirror the queue. The selected sale stays selected; one that has left stays in sight until another is."""
        self.sweep.stop()
        self._queue = queue
        ids = [item.sale.sale_id for item in queue.items]
        asked = self._asked_for in ids
        if asked:
            self._selected, self._asked_for = self._asked_for, ""
        elif self._selected not in ids and self._gone is None:
            self._selected = ids[0] if ids else ""
        self._show_head(queue)
        self.list.show_items(queue.items, self._selected)
        if asked:
            self.list.reveal()
        self._show_selected()
        self.unassigned.show_payments(queue.unassigned)
        shows_one = bool(ids) or self._gone is not None or bool(queue.unassigned)
        if ids:
            self.nothing_chosen.say(self.tr("Choose a sale"), self.tr("Its story and what can be done stand here."))
        else:
            self.nothing_chosen.say(self.tr("Nothing is waiting"), self.tr("Stored cards appear here."))
        self._stack.setCurrentWidget(self._full if shows_one else self.empty)
        if not shows_one:
            self._say_empty(queue)

    def _show_head(self, queue: QueueView) -> None:
        store = queue.store
        self.count.setText(self.tr("{count} open").format(count=len(queue.items)))
        sales = self.tr("At risk · {count} of {most} sales").format(count=store.count, most=store.count_max)
        self.risk_name.setText(sales)
        self.risk_name.set_short(self.tr("At risk"))
        used, whole = grouped(store.sum.value), store.sum_max
        self.risk.setText(self.tr("{used} of {whole}").format(used=used, whole=whole))
        self.meter.show_part(store.sum.value, store.sum_max.value)
        self._head.setAccessibleName(f"{self.risk_name.text()}, {self.risk.text()}")
        refusal = store.refusal
        self.refusal.setText(f"{refusal.message} {refusal.cure}".strip() if refusal is not None else "")
        self.refusal.setVisible(refusal is not None and store.accepted)

    def _say_empty(self, queue: QueueView) -> None:
        self._settings.setVisible(not queue.store.accepted)
        text = self.tr("Stored cards appear here.")
        if not queue.store.accepted:
            text = self.tr("Stored cards appear here. On this till no cards are stored so far.")
        self.empty.say(self.tr("Nothing is waiting"), text)

    def _item_of(self, sale_id: str) -> QueueItem | None:
        items = self._queue.items if self._queue is not None else ()
        return next((item for item in items if item.sale.sale_id == sale_id), None)

    def _choose(self, sale_id: str) -> None:
        if sale_id != self._selected:
            self._selected, self._gone = sale_id, None
            self._show_selected()

    def _show_selected(self) -> None:
        item = self._item_of(self._selected)
        if item is not None:
            changed = self.item.item() != item
            self._gone = item.sale
            self.item.show_item(item)
            self._right.setCurrentWidget(self.item)
            if changed:
                self._ask_story()
        elif self._gone is not None:
            if self.item.item() is not None:
                self._leave(self._gone)
        else:
            self._right.setCurrentWidget(self.nothing_chosen)

    def _leave(self, sale: SaleView) -> None:
        """The selected sale is not in the queue any more: what was begun for it ends."""
        self.manager.close_sheet(slide=False)
        self.slip_sheet.close_sheet(slide=False)
        self.item.show_gone(sale)
        self._ask_story()

    def _ask_story(self) -> None:
        sale_id = self._selected
        job = self._story_job = self._actions.story(sale_id)
        job.succeeded.connect(lambda lines: self.item.show_story(lines) if job is self._story_job else None)
        job.on_trouble(lambda error: self._no_story(error) if job is self._story_job else None)

    def _no_story(self, error: BaseException) -> None:
        problem = problem_of(error)
        self.item.show_story((), f"{problem.message} {problem.cure}".strip())

    def _moved(self, sale: SaleView) -> None:
        """A command brought this sale's new state; the queue itself comes as an event."""
        if sale.sale_id == self._selected:
            self._gone = sale
            if self.item.item() is None:
                self.item.show_gone(sale)

    def _open_slip(self) -> None:
        item = self.item.item()
        if item is not None:
            self.slip_sheet.open_slip(item.sale, self._shop_name)

    def _place_sweep(self) -> None:
        """Over the upper edge: nothing moves when it comes."""
        self.sweep.setGeometry(0, 0, self.width(), self.sweep.height())
        self.sweep.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_sweep()

    def hideEvent(self, event: QHideEvent) -> None:
        """What was begun and not confirmed does not wait behind another page."""
        super().hideEvent(event)
        self.manager.hide()
        self.slip_sheet.hide()
        self.item.foot.drop_question()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
