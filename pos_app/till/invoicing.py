"""How a sale gets its invoice: asked for, checked, bound to the sale on disk, and only then shown.

After a lost answer, and after a restart, the API is first asked for an invoice with the sale's reference. One that was
never bound was never shown, so it does no harm that it exists.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pos_app.core.bolt11 import Invoice
from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.payments.check import WrongInvoice, check_invoice
from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost, NotSent, RateLimited, Refused
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.till.background import Backoff, Bell, Tasks
from pos_app.till.books import Books
from pos_app.till.health import Health
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.store import Store
from pos_app.till.views import Phase, Problem

logger = logging.getLogger(__name__)

MEMO_NOTE_BYTES = 200  # the memo stands in the code, and a short one keeps the code coarse


@dataclass(slots=True)
class Making:
    """What is known of a sale that has no living invoice yet."""

    bell: Bell
    task: asyncio.Task[None] | None = None
    phase: Phase = Phase.MAKING
    problem: Problem | None = None
    retry_at_s: float | None = None
    first_asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A checked invoice; its code ends at `ends_at_s` of the monotonic clock."""

    invoice: Invoice
    ends_at_s: float


class Invoicing:
    """Makes the invoices of sales that are not closed: never a second one while one lives.

    `look(invoice)` asks for an earlier invoice of the sale and books it if it was paid after all. `touched(sale_id)` is
    called when a sale's Making changes, `bound(sale, payment_hash, ends_at_s)` once an invoice stands on disk and may
    be shown until that monotonic moment.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        books: Books,
        health: Health,
        clock: Clock,
        *,
        expiry_s: int,
        look: Callable[[SaleInvoice], Awaitable[None]],
        touched: Callable[[str], None],
        bound: Callable[[Sale, str, float], None],
    ) -> None:
        self._client = client
        self._store = store
        self._books = books
        self._health = health
        self._clock = clock
        self._expiry_s = expiry_s
        self._look = look
        self._touched = touched
        self._bound = bound
        self._makings: dict[str, Making] = {}
        self._tasks = Tasks()

    def begin(self, sale: Sale, *, look_first: bool) -> None:
        """Start making; `look_first` if an earlier run may have asked for an invoice already."""
        making = self._makings[sale.id] = Making(Bell(self._clock))
        making.task = self._tasks.start(self._make(sale, making, look_first), f"invoice of sale {sale.number}")

    def making(self, sale_id: str) -> Making | None:
        return self._makings.get(sale_id)

    def retry(self, sale_id: str) -> None:
        """Try again now, not only at the next turn."""
        if (making := self._makings.get(sale_id)) is not None:
            making.bell.ring()

    def wake(self) -> None:
        """As `retry`, for every sale."""
        for making in self._makings.values():
            making.bell.ring()

    async def stop(self, sale_id: str) -> None:
        """No invoice for this sale any more. One that is just being bound may still stand on disk afterwards."""
        if (making := self._makings.pop(sale_id, None)) is not None and making.task is not None:
            making.task.cancel()
            await asyncio.wait([making.task])

    def drop(self, sale_id: str) -> None:
        """The sale was closed: it needs no invoice any more."""
        if (making := self._makings.pop(sale_id, None)) is not None and making.task is not None:
            making.task.cancel()

    async def close(self) -> None:
        await self._tasks.close()

    async def _make(self, sale: Sale, making: Making, look_first: bool) -> None:
        """Until an invoice is bound: look if an answer was lost, else create; then pause, or wait for `retry`."""
        backoff, is_told = Backoff(), False
        while True:
            if not is_told:
                self._show(sale, making, Phase.CHECKING if look_first else Phase.MAKING)
            pause_s: float | None = None
            try:
                made = await self._find(sale, making) if look_first else None
                look_first = False
                if made is None:
                    made = await self._create(sale, making)
                await self._bind(sale, made)
                return
            except AnswerLost:
                look_first = True
                problem, pause_s = _ANSWER_LOST, backoff.next_s()
            except (RetryableError, Refused) as error:
                problem, pause_s = _problem(error), backoff.next_s()
                if isinstance(error, RateLimited):
                    pause_s = max(pause_s, error.retry_after_s)
            except UserError as error:
                problem = _problem(error)
            except Exception:
                logger.exception("no invoice for sale %d", sale.number)
                problem = _FAULT
            self._show(sale, making, Phase.CHECKING if look_first else Phase.NO_CODE, problem, pause_s)
            is_told = not await making.bell.pause(pause_s)

    async def _create(self, sale: Sale, making: Making) -> _Made:
        asked_s = self._clock.monotonic_s()
        if making.first_asked_s is None:
            making.first_asked_s = asked_s
        extra: dict[str, object] = {
            "tag": "pos",
            "reference": sale.reference,
            "till": sale.till,
            "number": sale.number,
        }
        try:
            with self._health.asking():
                payment = await self._client.create_invoice(
                    amount=sale.total, memo=_memo(sale), expiry_s=self._expiry_s, extra=extra
                )
        except Refused:
            self._health.note_invoice(made=False)
            raise
        self._health.note_invoice(made=True)
        try:
            return _Made(self._check(sale, payment), asked_s + self._expiry_s)
        except WrongInvoice as error:
            logger.warning("sale %d: the server answered with a wrong invoice: %s", sale.number, error.reason)
            raise

    async def _find(self, sale: Sale, making: Making) -> _Made | None:
        """An invoice of this sale that the API has and the till lacks: paid, or with half its life before it.

        Those that the till has are asked for first: money for one of them closes the sale, and ends this.
        """
        for earlier in sale.invoices:
            await self._look(earlier)
        with self._health.asking():
            payments = await self._client.find_by_reference(sale.reference)
        known = {invoice.payment_hash for invoice in sale.invoices}
        for payment in sorted(payments, key=lambda found: found.status is not PaymentStatus.SUCCESS):
            if payment.payment_hash in known or payment.status is PaymentStatus.FAILED:
                continue
            try:
                invoice = self._check(sale, payment)
            except WrongInvoice:
                continue
            if payment.status is PaymentStatus.SUCCESS:
                return _Made(invoice, self._clock.monotonic_s())  # never shown; the watch books it
            left_s = self._left_s(invoice, making)
            if left_s >= invoice.expiry_s / 2:
                return _Made(invoice, self._clock.monotonic_s() + left_s)
        return None

    def _left_s(self, invoice: Invoice, making: Making) -> float:
        """How long a found invoice lives at least: since we asked in this run, else by our wall clock."""
        if making.first_asked_s is not None:
            age_s = self._clock.monotonic_s() - making.first_asked_s
        else:
            age_s = max(0.0, self._clock.time_s() - invoice.made_at_s)
        return max(0.0, invoice.expiry_s - age_s)

    def _check(self, sale: Sale, payment: Payment) -> Invoice:
        return check_invoice(payment, amount=sale.total, network=self._books.network, expiry_s=self._expiry_s)

    async def _bind(self, sale: Sale, made: _Made) -> None:
        changed = await self._store.bind(sale.id, made.invoice)
        self._makings.pop(sale.id, None)
        if changed is not None:
            self._bound(changed, made.invoice.payment_hash, made.ends_at_s)

    def _show(
        self, sale: Sale, making: Making, phase: Phase, problem: Problem | None = None, pause_s: float | None = None
    ) -> None:
        making.phase, making.problem = phase, problem
        making.retry_at_s = None if pause_s is None else self._clock.monotonic_s() + pause_s
        self._touched(sale.id)


_ANSWER_LOST = Problem("The answer of the payments server was lost.", "The till is looking it up. Do not charge again.")
_UNREACHABLE = Problem("The payments server cannot be reached.", "The till tries again by itself.")
_PAUSE = Problem("The payments server asks for a pause.", "The till tries again by itself.")
_FAULT = Problem("Something went wrong inside the till.", "Try again, or cancel the sale.")


def _problem(error: RetryableError | UserError) -> Problem:
    if isinstance(error, UserError):
        return Problem(error.message, error.cure or "Try again, or cancel the sale.")
    if isinstance(error, NotSent):
        return _UNREACHABLE
    return _PAUSE if isinstance(error, RateLimited) else Problem(str(error), "The till tries again by itself.")


def _memo(sale: Sale) -> str:
    """The customer's wallet shows it, and the reference in it finds the invoice again."""
    note = sale.note.encode()[:MEMO_NOTE_BYTES].decode(errors="ignore").strip()
    return f"{note} {sale.reference}".strip()
