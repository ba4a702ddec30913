"""An open invoice of this engine, paid with the customer's card: a withdraw (LUD-03), with a PIN where one is due.

Nothing here says *paid*: the card's service takes the invoice, and only the ledger tells when the money is there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field

from pos_app.core.bolt11 import Invoice, InvoiceError, decode
from pos_app.core.clock import Clock
from pos_app.core.money import Msat
from pos_app.engine.errors import BadRequest
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.store.rows import PaymentKind, PaymentRow, PaymentStatus
from pos_app.lnurl.card import UnusableCard, card_link
from pos_app.lnurl.withdraw import Outcome, OutOfRange, Step, WithdrawError, WithdrawOffer, look_up, submit
from pos_app.net.fetch import Fetcher

logger = logging.getLogger(__name__)

PIN_TIME_S = 90.0
_NOT_OURS = "This is no invoice of this server."


class TapRefused(BadRequest):
    """A tap that did not hand the invoice over, or whose answer is lost.

    `step` is where it ended: `invoice`, `connect` (no byte reached the card's host: the tap is unused), `link`, `pin`
    or `callback`. `outcome` is `not_sent`, `likely_failed` or `unknown`. At step `pin` the tap goes on with `session`.
    """

    def __init__(
        self,
        detail: str,
        step: str,
        outcome: str = "not_sent",
        *,
        session: str | None = None,
        pin_limit: Msat | None = None,
        limit: Msat | None = None,
    ) -> None:
        super().__init__(detail)
        self.step = step
        self.outcome = outcome
        self.session = session
        self.pin_limit = pin_limit
        self.limit = limit


@dataclass(frozen=True, slots=True)
class _Session:
    """A card that waits for its PIN. Kept in memory only."""

    id: str = field(repr=False)
    offer: WithdrawOffer = field(repr=False)
    ends_at_s: float


class Taps:
    """One tap at a time for each invoice. What has begun goes on to its end, also when nobody waits for it any more."""

    def __init__(self, ledger: Ledger, fetcher: Fetcher, clock: Clock) -> None:
        self._ledger = ledger
        self._fetcher = fetcher
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sessions: dict[str, _Session] = {}

    async def pay(self, bolt11: str, card: str) -> None:
        """Ask the service of the card whose address is `card` to pay this invoice. Raises TapRefused."""
        invoice = _read(bolt11)
        await self._alone(invoice.payment_hash, self._pay(invoice, card))

    async def pay_with_pin(self, bolt11: str, session: str, pin: str) -> None:
        """Go on with a tap that ended at step `pin`, without asking its link again. One try. Raises TapRefused."""
        invoice = _read(bolt11)
        await self._alone(invoice.payment_hash, self._pay_with_pin(invoice, session, pin))

    async def close(self) -> None:
        """Give up what still runs."""
        self._sessions.clear()
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _alone(self, payment_hash: str, steps: Coroutine[None, None, None]) -> None:
        if payment_hash in self._running:
            steps.close()
            raise TapRefused("A card is being asked", "invoice")
        task = asyncio.ensure_future(steps)
        self._running[payment_hash] = task

        def ended(task: asyncio.Task[None]) -> None:
            del self._running[payment_hash]
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, TapRefused):  # said here, as the caller may have gone
                logger.error("a tap ended with %s", type(error).__name__)

        task.add_done_callback(ended)
        await asyncio.shield(task)

    async def _pay(self, invoice: Invoice, card: str) -> None:
        self._sessions.pop(invoice.payment_hash, None)
        amount = (await self._open_record(invoice)).amount
        try:
            link = card_link([card], self._fetcher.allow)
            offer = await look_up(self._fetcher, link.url)
            offer.check_amount(amount)
        except UnusableCard as error:
            raise TapRefused(error.message, "link") from error
        except WithdrawError as error:
            step = Step.CONNECT if error.step is Step.CONNECT else Step.LINK
            limit = error.limit if isinstance(error, OutOfRange) else None
            raise TapRefused(error.reason or error.message, step, limit=limit) from error
        if offer.needs_pin(amount):
            raise self._pin_wanted(invoice.payment_hash, offer)
        await self._submit(invoice, offer, None)

    def _pin_wanted(self, payment_hash: str, offer: WithdrawOffer) -> TapRefused:
        now_s = self._clock.monotonic_s()
        for other, session in tuple(self._sessions.items()):
            if session.ends_at_s <= now_s:
                del self._sessions[other]
        session = _Session(secrets.token_urlsafe(16), offer, now_s + PIN_TIME_S)
        self._sessions[payment_hash] = session
        return TapRefused("The card needs its PIN.", "pin", session=session.id, pin_limit=offer.pin_limit)

    async def _pay_with_pin(self, invoice: Invoice, session_id: str, pin: str) -> None:
        session = self._sessions.get(invoice.payment_hash)
        if session is None or not secrets.compare_digest(session.id.encode(), session_id.encode()):
            raise TapRefused("No card waits for its PIN. Tap again.", "pin")
        del self._sessions[invoice.payment_hash]
        if session.ends_at_s <= self._clock.monotonic_s():
            raise TapRefused("The time for the PIN is over. Tap again.", "pin")
        await self._submit(invoice, session.offer, pin)

    async def _submit(self, invoice: Invoice, offer: WithdrawOffer, pin: str | None) -> None:
        await self._open_record(invoice)  # it may have been paid by QR meanwhile
        told = await submit(self._fetcher, offer, invoice.text, pin)
        if told.outcome is not Outcome.PENDING:
            raise TapRefused(told.reason, "callback", told.outcome)

    async def _open_record(self, invoice: Invoice) -> PaymentRow:
        row = await self._ledger.payment(None, invoice.payment_hash)
        if row is None or row.kind is not PaymentKind.INVOICE or row.bolt11 != invoice.text:
            raise TapRefused(_NOT_OURS, "invoice")
        if row.status is PaymentStatus.SUCCESS:
            raise TapRefused("The invoice is paid already.", "invoice")
        if row.status is PaymentStatus.FAILED or invoice.expires_at_s <= self._clock.time_s():
            raise TapRefused("The invoice can no longer be paid.", "invoice")
        return row


def _read(bolt11: str) -> Invoice:
    try:
        return decode(bolt11)
    except InvoiceError as error:
        raise TapRefused(_NOT_OURS, "invoice") from error
