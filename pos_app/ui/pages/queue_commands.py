"""What the buttons of the queue do: a command at once, after a question in place, or after the manager's PIN."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from pos_app.till.views import Act, Problem, QueueItem, SaleView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.manager_sheet import ManagerSheet
from pos_app.ui.pages.queue_foot import Choice
from pos_app.ui.pages.queue_item import QueueItemPane
from pos_app.ui.words import clock_second


class QueueCommands(QObject):
    """Acts on the sale that `pane` shows. One command at a time; what goes wrong is said at its buttons."""

    taken_back = Signal(object)
    """The `SaleView` of a sale that is to be shown at the counter."""
    moved = Signal(object)
    """The `SaleView` that a command brought; the queue itself comes as an event."""
    read_anew = Signal(object)
    """A `QueueView`."""
    failed = Signal(object)
    """A `Problem` of a sale that is not shown any more."""

    def __init__(self, actions: Actions, pane: QueueItemPane, manager: ManagerSheet) -> None:
        super().__init__(pane)
        self._actions = actions
        self._pane = pane
        self._manager = manager

    def act(self, act: Act) -> None:
        """A button was pressed."""
        item = self._pane.item()
        if item is None:
            return
        sale, sale_id = item.sale, item.sale.sale_id
        match act:
            case Act.SHOW_CODE | Act.NEW_TAP:
                self._do(self._actions.take_back(sale_id), self.taken_back.emit)
            case Act.CHECK:
                self._do(self._actions.check_now(sale_id), lambda _: self._checked(item))
            case Act.UNLOCK:
                self._do(self._actions.unlock(), self.read_anew.emit)
            case Act.GOODS_GIVEN:
                self._do(self._actions.goods_given(sale_id), self.moved.emit)
            case Act.PAID_OTHERWISE | Act.NOTHING_HANDED_OVER | Act.GOODS_NOT_GIVEN:
                self._ask_once(act, sale)
            case Act.REFUNDED:
                self._ask_how(item)
            case Act.VOID:
                self._void(sale)
            case Act.WRITE_OFF:
                self._write_off(sale)
            case Act.RELEASE:
                self._release(sale)

    def _do(self, job: Job, done: Callable[[object], object] | None = None) -> None:
        """One command; until it has ended nothing else can be pressed."""
        self._pane.set_busy(True)
        job.succeeded.connect(lambda value: self._done(done, value))
        job.on_trouble(self._refused)

    def _done(self, done: Callable[[object], object] | None, value: object) -> None:
        self._pane.set_busy(False)
        if done is not None:
            done(value)

    def _checked(self, before: QueueItem) -> None:
        """Found is told by the queue itself; that there was nothing to find must be said."""
        now = self._pane.item()
        if now is not None and (now.sale.sale_id, now.stage) == (before.sale.sale_id, before.stage):
            words = self.tr("Checked at {time}: nothing has changed.")
            self._pane.foot.tell(words.format(time=clock_second(time.time())))

    def _refused(self, error: BaseException) -> None:
        self._pane.set_busy(False)
        problem: Problem = problem_of(error)
        if self._pane.item() is None:
            self.failed.emit(problem)
        else:
            self._pane.foot.complain(problem.message, problem.cure)

    # Asked in place.

    def _ask_once(self, act: Act, sale: SaleView) -> None:
        kind = "secondary"
        match act:
            case Act.PAID_OTHERWISE:
                command, yes = self._actions.paid_otherwise, self.tr("Yes, it is paid")
                title = self.tr("Cash or another way: {amount}?").format(amount=sale.total)
                text = self.tr("Its card is not sent any more. Should it still pay, the money is due back.")
            case Act.NOTHING_HANDED_OVER:
                command, yes, kind = self._actions.nothing_handed_over, self.tr("Nothing was given"), "destructive"
                title = self.tr("Did the customer get nothing?")
                text = self.tr("The sale ends as expired once its code is dead.")
            case _:
                command, yes = self._actions.goods_not_given, self.tr("Not given")
                title = self.tr("Were the goods not given?")
                text = self.tr("Then {amount} are due back to the customer.").format(amount=sale.received)
        choice = Choice(yes, lambda: self._do(command(sale.sale_id), self.moved.emit), kind)
        self._pane.foot.ask(title, text, (choice,))

    def _ask_how(self, item: QueueItem) -> None:
        ways = (("cash", self.tr("Cash")), ("lightning", self.tr("Lightning")), ("other", self.tr("Other way")))
        choices = tuple(Choice(word, partial(self._refunded, item, how)) for how, word in ways)
        title = self.tr("How were {amount} given back?").format(amount=item.refund)
        self._pane.foot.ask(title, self.tr("The manager then confirms it with a note."), choices)

    # Asked of the manager.

    def _refunded(self, item: QueueItem, how: str) -> None:
        sale = item.sale
        self._manager.ask(
            self.tr("Refunded: {amount}").format(amount=item.refund),
            self.tr("Sale {number}. It leaves the queue as refunded.").format(number=sale.number),
            reason=True,
            reasons=(self.tr("Paid twice"), self.tr("Goods not given")),
            send=lambda pin, note: self._actions.refunded(sale.sale_id, pin, how, note),
            done=self.moved.emit,
        )

    def _void(self, sale: SaleView) -> None:
        self._manager.ask(
            self.tr("Void the sale"),
            self.tr("{sale} The goods are back, or were never given.").format(sale=self._named(sale)),
            reason=True,
            reasons=(self.tr("Goods back"), self.tr("Never given"), self.tr("Mistake")),
            send=lambda pin, reason: self._actions.void(sale.sale_id, pin, reason),
            done=self.moved.emit,
        )

    def _write_off(self, sale: SaleView) -> None:
        self._manager.ask(
            self.tr("Write off"),
            self.tr("{sale} The goods are gone; the money is given up.").format(sale=self._named(sale)),
            reason=True,
            reasons=(self.tr("Card declined"), self.tr("Card unknown"), self.tr("Customer gone")),
            send=lambda pin, reason: self._actions.write_off(sale.sale_id, pin, reason),
            done=self.moved.emit,
        )

    def _release(self, sale: SaleView) -> None:
        self._manager.ask(
            self.tr("Release the card"),
            self.tr("{sale} Its stored card is sent to its issuer after all.").format(sale=self._named(sale)),
            reason=False,
            send=lambda pin, _: self._actions.release(sale.sale_id, pin),
            done=self.moved.emit,
        )

    def _named(self, sale: SaleView) -> str:
        return self.tr("Sale {number}, {amount}.").format(number=sale.number, amount=sale.total)
