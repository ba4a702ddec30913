"""Which sale is on the screen. Asks the till for what was pressed and follows what it tells; knows no widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job

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

    @property
    def is_open(self) -> bool:
        """Whether the sale on the screen can still be paid at the counter."""
        return self._charging or (self.current is not None and self.current.state is SaleState.OPEN)

    def charge(self, amount: Sat, note: str, replaces: str | None = None) -> None:
        """Begin a sale. A second call before the answer does nothing."""
        if self._charging:
            return
        self._charging = True
        self._early.clear()
        self._wanted = None
        self.current = _unborn(amount, note, replaces)
        job = self._actions.charge(amount, note, replaces)
        job.succeeded.connect(self._born)
        job.on_trouble(self._refuse)
        self.shown.emit(self.current)  # last, so that the till works while the page is painted

    def open(self, sale: SaleView) -> None:
        """Show a sale of before; not while one is open."""
        if not self.is_open:
            self.current = sale
            self.shown.emit(sale)

    def leave(self) -> None:
        """The cashier is done with the sale on the screen."""
        self.current = None

    def take(self, sale: SaleView) -> None:
        """The till tells of a sale."""
        if self._charging:
            self._early[sale.sale_id] = sale
            return
        before, self._states[sale.sale_id] = self._states.get(sale.sale_id), sale.state
        if self.current is not None and self.current.sale_id == sale.sale_id:
            came = (self.current.state, self.current.phase) != (sale.state, sale.phase)
            self.current = sale
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
        self.taken.emit()
        self.moved.emit(self.current)
        self._catch_up()
        if self._wanted is not None:
            self._watch(self._wanted(sale.sale_id))
            self._wanted = None

    def _refuse(self, error: BaseException) -> None:
        self._charging = False
        self.current = None
        self.refused.emit(problem_of(error))
        self._catch_up()

    def _catch_up(self) -> None:
        """Take what was told while the till had not answered."""
        early, self._early = list(self._early.values()), {}
        for sale in early:
            self.take(sale)


def _unborn(amount: Sat, note: str, replaces: str | None) -> SaleView:
    """What is shown between Charge and the till's first answer: no number, no id, no code."""
    return SaleView(
        sale_id="",
        number=0,
        reference="",
        state=SaleState.OPEN,
        phase=Phase.MAKING,
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
