"""Which sale is on the screen. Asks the till for what was pressed and follows what it tells; knows no widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.sold_again import SoldAgain

MONEY_CAME = (SaleState.PAID, SaleState.PAID_LATE, SaleState.REFUND_DUE)


class SaleFlow(QObject):
    """From Charge to the end of one sale."""

    shown = Signal(object)
    """The `SaleView` that the screen must show now."""
    moved = Signal(object)
    """As `shown`, and the sale has just come to this state or phase before the cashier's eyes."""
    taken = Signal()
    """The till has the sale: what was typed may go."""
    refused = Signal(object)
    """A `Problem`: the till did not take the sale."""
    failed = Signal(object)
    """A `Problem`: something else that was pressed did not work."""
    news = Signal(object)
    """A `SaleView`: money came for a sale that is not on the screen."""

    def __init__(self, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.current: SaleView | None = None
        self._charging = False
        self._early: dict[str, SaleView] = {}
        self._wanted: Callable[[str], Job] | None = None
        self._states: dict[str, SaleState] = {}
        self.sold_again = SoldAgain()
        self.replaced: str | None = None
        """The sale that the last one charged was to stand for."""

    @property
    def is_open(self) -> bool:
        """Whether the sale on the screen can still be paid at the counter."""
        return self._charging or (self.current is not None and self.current.phase is not Phase.CLOSED)

    @property
    def open_count(self) -> int:
        """How many sales are OPEN, as far as the till has told."""
        return sum(state is SaleState.OPEN for state in self._states.values()) + self._charging

    def forget(self) -> None:
        """The till opened other books: what was told of these is over."""
        self._states.clear()
        self.sold_again.forget()

    def charge(self, amount: Sat, note: str, replaces: str | None = None, *, store: bool = False) -> None:
        """Begin a sale; with `store` its card is stored, not sent. A second call before the answer does nothing.

        A sale that is replaced while it is still open is cancelled first.
        """
        if self._charging:
            return
        self._charging = True
        self._early.clear()
        self._wanted = None
        self.current = _unborn(amount, note, replaces, Phase.STORING if store else Phase.MAKING)
        self.replaced = replaces
        earlier = self.sold_again.sale
        if earlier is not None and earlier.sale_id == replaces and earlier.state is SaleState.OPEN:
            first = self._actions.cancel(earlier.sale_id)
            first.succeeded.connect(lambda _: self._begin(amount, note, replaces, store))
            first.on_trouble(self._refuse)
        else:
            self._begin(amount, note, replaces, store)
        self.shown.emit(self.current)  # last, so that the till works while the page is painted

    def _begin(self, amount: Sat, note: str, replaces: str | None, store: bool) -> None:
        job = self._actions.charge(amount, note, replaces, store=store)
        job.succeeded.connect(self._born)
        job.on_trouble(self._refuse)

    def open(self, sale: SaleView) -> None:
        """Show a sale of before; not while one is open. Cards are for it then."""
        if not self.is_open:
            self.current = sale
            if sale.state is SaleState.OPEN:
                self._act(self._actions.take_back, sale.sale_id)
            self.shown.emit(sale)

    def leave(self) -> None:
        """The cashier is done with the sale on the screen."""
        if self.current is not None and self.current.phase is not Phase.CLOSED:
            self.sold_again.left(self.current)
        self.current = None

    def take(self, sale: SaleView) -> None:
        """The till tells of a sale."""
        if self._charging:
            self._early[sale.sale_id] = sale
            return
        self.sold_again.take(sale)
        before, self._states[sale.sale_id] = self._states.get(sale.sale_id), sale.state
        if self.current is not None and self.current.sale_id == sale.sale_id:
            came = (self.current.state, self.current.phase) != (sale.state, sale.phase)
            self.current = sale
            if came and sale.phase is Phase.CLOSED:
                self.sold_again.left(sale)
            (self.moved if came else self.shown).emit(sale)
        elif sale.state in MONEY_CAME and before is not sale.state:
            self.news.emit(sale)

    def cancel(self, sale_id: str) -> None:
        self._act(self._actions.cancel, sale_id)

    def stop_waiting(self, sale_id: str) -> None:
        self._act(self._actions.stop_waiting, sale_id)

    def retry(self, sale_id: str) -> None:
        self._act(self._actions.retry, sale_id)

    def nothing_handed_over(self, sale_id: str) -> None:
        self._act(self._actions.nothing_handed_over, sale_id)

    def check_now(self, sale_id: str) -> None:
        self._act(self._actions.check_now, sale_id)

    def store_card(self, sale_id: str) -> None:
        self._act(self._actions.store_card, sale_id)

    def paid_otherwise(self, sale_id: str) -> None:
        self._act(self._actions.paid_otherwise, sale_id)

    def put_back(self, sale_id: str) -> None:
        """A sale that was taken back from the queue leaves the screen and stays there."""
        self._act(self._actions.put_back, sale_id)
        self.leave()

    def enter_pin(self, sale_id: str, pin: str) -> None:
        self._watch(self._actions.enter_pin(sale_id, pin))

    def dismiss_pin(self, sale_id: str) -> None:
        self._act(self._actions.dismiss_pin, sale_id)

    def tap_card(self) -> None:
        """The simulated card is held to its reader, for whatever is on the screen."""
        self._watch(self._actions.tap_card())

    def customer_pays(self, how: str) -> None:
        """The practice customer acts on the code on the screen."""
        if self.current is not None and self.current.invoice is not None:
            self._watch(self._actions.customer_pays(self.current.sale_id, how))

    def new_code(self, sale_id: str) -> None:
        """The same goods again, as a sale that replaces an expired one."""
        sale = self.current
        if sale is not None and sale.sale_id == sale_id:
            self.sold_again.sale = sale
            self.charge(sale.amount, sale.note, replaces=sale_id)

    def _act(self, ask: Callable[[str], Job], sale_id: str) -> None:
        if sale_id:
            self._watch(ask(sale_id))
        else:
            self._wanted = ask

    def _watch(self, job: Job) -> None:
        job.on_trouble(lambda error: self.failed.emit(problem_of(error)))

    def _born(self, sale: SaleView) -> None:
        self._charging = False
        self.current = self._early.pop(sale.sale_id, sale)
        self._states[sale.sale_id] = self.current.state
        self.sold_again.forget()
        self.taken.emit()
        self.moved.emit(self.current)
        self._catch_up()
        if self._wanted is not None:
            self._watch(self._wanted(sale.sale_id))
            self._wanted = None

    def _refuse(self, error: BaseException) -> None:
        self._charging = False
        self.current = None
        self._catch_up()  # first: money for the earlier sale may be the reason
        self.refused.emit(problem_of(error))

    def _catch_up(self) -> None:
        """Take what was told while the till had not answered."""
        early, self._early = list(self._early.values()), {}
        for sale in early:
            self.take(sale)


def _unborn(amount: Sat, note: str, replaces: str | None, phase: Phase) -> SaleView:
    """What is shown between Charge and the till's first answer: no number, no id, no code."""
    return SaleView(
        sale_id="",
        number=0,
        reference="",
        state=SaleState.OPEN,
        phase=phase,
        amount=amount,
        tip=Sat(0),
        total=amount,
        fiat=None,
        note=note,
        tender=None,
        made_at_s=0.0,
        closed_at_s=None,
        paid_at_s=None,
        received=Sat(0),
        invoice=None,
        expiry_s=0,
        deadline_monotonic_s=None,
        safe_at_monotonic_s=None,
        problem=None,
        can_cancel=False,
        replaces=replaces,
        uncertain_until_s=None,
        practice=False,
    )
