"""A payments API in memory that makes true invoices and fails on demand, at every send and every receive."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from pos_app.core.bolt11 import Network, encode
from pos_app.core.clock import utc
from pos_app.core.money import Msat, Sat
from pos_app.payments.errors import AnswerLost, NotKnown, NotSent
from pos_app.payments.listing import WholePage
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.payments.results import Cancelled, Health, Look, TapAnswer, TapOutcome, WalletInfo
from tests.support.clock import ManualClock

PRIVATE_KEY = "11" * 32


class Fault(Enum):
    """What happens to the next call of a kind."""

    BEFORE = auto()
    """No byte leaves the till."""
    AFTER = auto()
    """The API acts, its answer is lost."""
    LOST = auto()
    """The request is lost on its way; the till cannot know."""
    LATE = auto()
    """The answer is lost and the API acts only when `run_late` is called."""
    WRONG_AMOUNT = auto()
    WRONG_HASH = auto()
    WRONG_NETWORK = auto()
    WRONG_EXPIRY = auto()
    WRONG_SIGNATURE = auto()


@dataclass(slots=True)
class FakeInvoice:
    """An invoice at the API."""

    bolt11: str
    payment_hash: str
    amount: Msat
    memo: str
    extra: dict[str, object]
    made_at_s: int
    expiry_s: int
    status: PaymentStatus = PaymentStatus.PENDING
    paid: Msat | None = None
    cancelled: bool = False
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class FakeTap:
    """What `pay-with-nfc` was asked for, and whether the invoice may have reached the card's service."""

    payment_hash: str
    link: str
    session: str | None
    pin: str | None


@dataclass(slots=True)
class FakeApi:
    """Stands in for `Client`. Its clock is true, whatever is done to the till's wall clock."""

    clock: ManualClock
    is_embedded: bool = False
    can_cancel: bool = False
    source_ok: bool | None = None
    push_up: bool = False
    page_size: int = 100
    down: bool = False
    fails_expired: bool = False
    network: Network = Network.REGTEST
    invoices: dict[str, FakeInvoice] = field(default_factory=dict)
    faults: dict[str, list[Fault | Exception]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    late: list[FakeInvoice] = field(default_factory=list)
    taps: list[FakeTap] = field(default_factory=list)
    tap_answers: list[TapAnswer] = field(default_factory=list)
    """What the next taps are answered with; without one the service takes the invoice."""
    card_pays: bool = True
    """Whether a card's service that took the invoice pays it."""
    taps_held_up: asyncio.Event | None = None
    """Taps arrive, and are acted on only once this is set."""
    on_hand_over: Callable[[str], None] | None = None
    """Called with the BOLT 11 text before it goes to a card's service in whatever way."""
    _serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _pushes: dict[str, set[asyncio.Event]] = field(default_factory=dict)
    _epoch_s: float = 0.0

    def __post_init__(self) -> None:
        self._epoch_s = self.clock.time_s() - self.clock.monotonic_s()

    def fail(self, call: str, *faults: Fault | Exception) -> None:
        """The next calls of this name go wrong in this way."""
        self.faults.setdefault(call, []).extend(faults)

    def server_time_s(self) -> float:
        return self._epoch_s + self.clock.monotonic_s()

    def is_payable(self, invoice: FakeInvoice, *, grace_s: float = 0) -> bool:
        """Whether a customer's payment would settle now."""
        return (
            invoice.status is PaymentStatus.PENDING
            and not invoice.cancelled
            and self.server_time_s() < invoice.made_at_s + invoice.expiry_s + grace_s
        )

    def settle(self, payment_hash: str, amount: Msat | None = None, *, push: bool = True) -> None:
        """The customer's payment arrives, in time or not."""
        invoice = self.invoices[payment_hash]
        invoice.status, invoice.paid = PaymentStatus.SUCCESS, amount or invoice.amount
        if push:
            self.push(payment_hash)

    def push(self, payment_hash: str) -> None:
        if self.push_up:
            for event in self._pushes.get(payment_hash, ()):
                event.set()

    def forget_all(self, forgotten: bool) -> None:
        """The API does not know its invoices, or knows them again."""
        for invoice in self.invoices.values():
            invoice.forgotten = forgotten

    def run_late(self) -> None:
        """Requests that were held up on their way are run now."""
        for invoice in self.late:
            self.invoices[invoice.payment_hash] = invoice
        self.late.clear()

    async def create_invoice(self, *, amount: Sat, memo: str, expiry_s: int, extra: dict[str, object]) -> Payment:
        fault = await self._begin("create")
        made = self._make(amount, memo, expiry_s, extra, fault)
        if fault is Fault.LATE:
            self.late.append(made)
        elif fault is not Fault.LOST:
            self.invoices[made.payment_hash] = made
        self._end(fault)
        answer = self._payment(made)
        return answer.model_copy(update={"payment_hash": "ab" * 32}) if fault is Fault.WRONG_HASH else answer

    async def look(self, payment_hash: str) -> Look:
        asked_monotonic_s = self.clock.monotonic_s()
        fault = await self._begin("look")
        self._end(fault)
        invoice = self.invoices.get(payment_hash)
        if invoice is None or invoice.forgotten:
            raise NotKnown("The server does not know this invoice.")
        payment = self._payment(invoice)
        return Look(
            paid=payment.status is PaymentStatus.SUCCESS,
            status=payment.status,
            payment=payment,
            date_s=None if self.is_embedded else float(int(self.server_time_s())),
            asked_monotonic_s=asked_monotonic_s,
        )

    async def find_by_reference(self, reference: str) -> tuple[Payment, ...]:
        fault = await self._begin("find")
        self._end(fault)
        found = [invoice for invoice in self.invoices.values() if reference in invoice.memo.split()]
        return tuple(self._payment(invoice) for invoice in reversed(found))

    async def made_since(self, from_s: int, *, offset: int = 0) -> WholePage:
        fault = await self._begin("list")
        self._end(fault)
        found = [invoice for invoice in reversed(self.invoices.values()) if invoice.made_at_s >= from_s]
        page = found[offset : offset + self.page_size]
        return WholePage(tuple(map(self._payment, page)), 0, len(found))

    async def cancel(self, payment_hash: str) -> Cancelled:
        fault = await self._begin("cancel")
        outcome = Cancelled.CANNOT
        invoice = self.invoices[payment_hash]
        if invoice.status is PaymentStatus.SUCCESS:
            outcome = Cancelled.ALREADY_PAID
        elif self.can_cancel and fault is not Fault.LOST:
            invoice.status, invoice.cancelled = PaymentStatus.FAILED, True
            outcome = Cancelled.CANCELLED
        self._end(fault)
        return outcome

    async def health(self) -> Health:
        fault = await self._begin("health")
        self._end(fault)
        engine = self.source_ok is not None
        return Health(engine, self.network if engine else None, True if engine else None, self.source_ok)

    async def wallet(self) -> WalletInfo:
        self._end(await self._begin("wallet"))
        return WalletInfo("Till", Msat(0), None)

    async def pay_with_nfc(
        self, bolt11: str, lnurl_w: str, *, session: str | None = None, pin: str | None = None
    ) -> TapAnswer:
        if self.on_hand_over is not None:
            self.on_hand_over(bolt11)
        if self.taps_held_up is not None:
            await self.taps_held_up.wait()
        fault = await self._begin("tap")
        (invoice,) = (invoice for invoice in self.invoices.values() if invoice.bolt11 == bolt11)
        self.taps.append(FakeTap(invoice.payment_hash, lnurl_w, session, pin))
        answer = self.tap_answers.pop(0) if self.tap_answers else TapAnswer(TapOutcome.PENDING)
        if answer.ok and self.card_pays and fault is not Fault.LOST and self.is_payable(invoice):
            self.settle(invoice.payment_hash)
        self._end(fault)
        return answer

    async def watch(self, payment_hash: str) -> AsyncIterator[None]:
        event = asyncio.Event()
        self._pushes.setdefault(payment_hash, set()).add(event)
        try:
            while True:
                await event.wait()
                event.clear()
                yield
        finally:
            self._pushes[payment_hash].discard(event)

    def pushing(self, payment_hash: str) -> bool:
        return self.push_up and not self.down

    async def _begin(self, call: str) -> Fault | None:
        self.calls.append(call)
        await asyncio.sleep(0)
        fault = self.faults[call].pop(0) if self.faults.get(call) else None
        if isinstance(fault, Exception):
            raise fault
        if self.down or fault is Fault.BEFORE:
            raise NotSent("The server could not be reached.")
        return fault

    def _end(self, fault: Fault | None) -> None:
        if fault in (Fault.AFTER, Fault.LOST, Fault.LATE):
            raise AnswerLost("The connection to the server broke.")

    def _make(
        self, amount: Sat, memo: str, expiry_s: int, extra: dict[str, object], fault: Fault | None
    ) -> FakeInvoice:
        serial = next(self._serial)
        payment_hash = hashlib.sha256(serial.to_bytes(32, "big")).hexdigest()
        made_at_s = int(self.server_time_s())
        asked = amount.to_msat()
        bolt11 = encode(
            network=Network.MAINNET if fault is Fault.WRONG_NETWORK else self.network,
            amount=asked + Msat(1000) if fault is Fault.WRONG_AMOUNT else asked,
            payment_hash=payment_hash,
            payment_secret="22" * 32,
            description=memo,
            made_at_s=made_at_s,
            expiry_s=expiry_s + 60 if fault is Fault.WRONG_EXPIRY else expiry_s,
            private_key=PRIVATE_KEY,
        )
        if fault is Fault.WRONG_SIGNATURE:
            bolt11 = bolt11[:-8] + ("q" if bolt11[-8] != "q" else "p") + bolt11[-7:]
        return FakeInvoice(bolt11, payment_hash, asked, memo, extra, made_at_s, expiry_s)

    def _payment(self, invoice: FakeInvoice) -> Payment:
        status = invoice.status
        over = self.server_time_s() >= invoice.made_at_s + invoice.expiry_s
        if status is PaymentStatus.PENDING and self.fails_expired and over:
            status = PaymentStatus.FAILED
        made_at = utc(invoice.made_at_s)
        return Payment(
            checking_id=invoice.payment_hash,
            payment_hash=invoice.payment_hash,
            wallet_id="wallet",
            amount=(invoice.paid or invoice.amount).value,
            bolt11=invoice.bolt11,
            status=status,
            memo=invoice.memo,
            time=made_at,
            created_at=made_at,
            updated_at=made_at,
            extra=invoice.extra,
        )
