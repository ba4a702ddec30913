"""One live tap, from the card's link to the end of its last request: durable before each request and after each answer.

Nothing here says *paid*: the watch of the invoice does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.lnurl.card import CardLink
from pos_app.lnurl.withdraw import WithdrawError, WithdrawOffer, look_up, submit
from pos_app.net.fetch import Fetcher
from pos_app.payments.client import Client
from pos_app.payments.results import TapAnswer
from pos_app.till import tap_answers
from pos_app.till.background import Backoff
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.store import Store
from pos_app.till.tap_answers import Told
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.views import TapPhase, TapView
from pos_app.till.watcher import Watcher

logger = logging.getLogger(__name__)

FRESH_S = 30.0
"""So long a tap of which nothing was sent is kept for its sale."""
PIN_TIME_S = 90.0
AGAIN = "Tap again, or scan the code."


@dataclass(frozen=True, slots=True)
class Ways:
    """What a tap is carried out with."""

    client: Client
    fetcher: Fetcher
    store: Store
    watcher: Watcher
    clock: Clock


class _Over(Exception):
    """Nothing more is to be done for this tap."""


class LiveTap:
    """A card that was tapped for an OPEN sale and its invoice.

    `may_send` tells whether the sale still shows this invoice and is not being cancelled, `changed(sales)` is called
    when sales were changed on disk, `touched()` when only `view` was.
    """

    def __init__(
        self,
        ways: Ways,
        link: CardLink,
        invoice: SaleInvoice,
        read_at_s: float,
        *,
        may_send: Callable[[], bool],
        changed: Callable[[tuple[Sale, ...]], None],
        touched: Callable[[], None],
    ) -> None:
        self._ways = ways
        self._link = link
        self._invoice = invoice
        self._read_at_s = read_at_s
        self._may_send = may_send
        self._changed = changed
        self._touched = touched
        self._id = ""
        self._pin: asyncio.Future[str | None] | None = None
        self.view = TapView(TapPhase.READ, read_at_monotonic_s=read_at_s)
        self.is_running = True
        self.is_handing_over = False
        """An invoice is just being handed over, or was: set before that is on disk."""
        self.is_slow = False
        """The card's service got the invoice, and the money should have come."""

    async def run(self, *, by_api: bool) -> None:
        """Carry the tap out: through the payments API, or by the till's own withdraw."""
        try:
            await self._capture()
            await (self._by_api() if by_api else self._by_till())
        except _Over:
            pass
        finally:
            self.is_running = self.is_handing_over = False
            self._touched()

    def give_pin(self, pin: str | None) -> None:
        """What the customer typed; None if there will be no PIN. Counts once."""
        if self._pin is not None and not self._pin.done():
            self._pin.set_result(pin)

    @property
    def is_waiting(self) -> bool:
        """The card's service got the invoice, and nothing more is asked."""
        return not self.is_running and self.view.phase in (TapPhase.ASKING, TapPhase.UNKNOWN)

    def be_slow(self, words: str) -> None:
        """The money should have come."""
        self.is_slow, self.view = True, replace(self.view, words=words)
        self._touched()

    # Through the payments API.

    async def _by_api(self) -> None:
        backoff = Backoff()
        while True:
            await self._send(TapCause.GIVEN_TO_API)
            told = await self._ask_api(self._ways.client.pay_with_nfc(self._invoice.bolt11, self._link.lnurlw))
            state = await self._answered(told)
            if state is TapState.NEEDS_PIN:
                await self._pin_to_api(told.session or "")
            if state is not TapState.INVOICED:
                return
            await self._wait_to_send_again(backoff)

    async def _pin_to_api(self, session: str) -> None:
        pin = await self._ask_pin()
        await self._send(TapCause.PIN_ENTERED)
        answer = self._ways.client.pay_with_nfc(self._invoice.bolt11, "", session=session, pin=pin)
        told = await self._ask_api(answer)
        if told.cause is TapCause.NOT_SENT:
            told = Told(TapCause.CALLBACK_NOT_SENT, told.phase, told.words)
        if await self._answered(told) is TapState.AUTHORISED:
            await self._give_up(told.words)

    async def _ask_api(self, answer: Awaitable[TapAnswer]) -> Told:
        try:
            return tap_answers.of_api_answer(await answer)
        except (RetryableError, UserError) as error:
            logger.info("tap of sale invoice %s: %s", self._invoice.payment_hash[:8], error)
            return tap_answers.of_api_error(error)
        except Exception:
            logger.exception("tap of sale invoice %s", self._invoice.payment_hash[:8])
            return tap_answers.LOST

    # By ourselves.

    async def _by_till(self) -> None:
        offer, state = await self._offer()
        backoff, pin = Backoff(), None
        if state is TapState.NEEDS_PIN:
            pin = await self._ask_pin()
        elif state is not TapState.AUTHORISED:
            return
        while True:
            await self._send(TapCause.HANDED_OVER if pin is None else TapCause.PIN_ENTERED)
            told = tap_answers.of_submitted(await submit(self._ways.fetcher, offer, self._invoice.bolt11, pin))
            state = await self._answered(told)
            if state is TapState.UNKNOWN and pin is None:
                await self._repeat(offer)
            if state is not TapState.AUTHORISED:
                return
            if pin is not None:
                await self._give_up(told.words)
            await self._wait_to_send_again(backoff)

    async def _offer(self) -> tuple[WithdrawOffer, TapState]:
        """Ask the card's link, again as long as nothing of that leaves us."""
        backoff = Backoff()
        while True:
            await self._send(TapCause.LINK_ASKED)
            offer, told = await self._look_up()
            state = await self._answered(told)
            if offer is not None:
                return offer, state
            if state is not TapState.INVOICED:
                raise _Over
            await self._wait_to_send_again(backoff)

    async def _look_up(self) -> tuple[WithdrawOffer | None, Told]:
        amount = self._invoice.amount
        try:
            await self._ways.watcher.look_now(self._invoice)
        except (RetryableError, UserError):
            return None, tap_answers.not_reached("The payments server cannot be reached.")
        if not self._may_send():
            return None, tap_answers.not_reached("")
        try:
            offer = await look_up(self._ways.fetcher, self._link.url)
            offer.check_amount(amount)
        except WithdrawError as error:
            return None, tap_answers.of_refused_offer(error)
        return offer, tap_answers.of_offer(pin_is_due=offer.needs_pin(amount))

    async def _repeat(self, offer: WithdrawOffer) -> None:
        """The same once more after a lost answer. Only an OK counts: an error of a repeat proves nothing."""
        backoff = Backoff()
        while True:
            await self._ways.clock.sleep(backoff.next_s())
            if not self._may_send():
                return
            with suppress(RetryableError, UserError):
                await self._ways.watcher.look_now(self._invoice)
                break
        await self._send(TapCause.REPEATED, self.view)
        told = tap_answers.of_submitted(await submit(self._ways.fetcher, offer, self._invoice.bolt11))
        await self._answered(told if told.cause is None else tap_answers.LOST)

    # One durable step each. They raise _Over where the tap goes no further.

    async def _capture(self) -> None:
        invoice, host = self._invoice, self._link.url.host
        sales = await self._ways.store.capture_tap(invoice.sale_id, host, invoice.payment_hash)
        if not sales:
            raise _Over
        self._id = sales[0].taps[-1].id
        self._changed(sales)

    async def _send(self, cause: TapCause, view: TapView | None = None) -> None:
        """Write down that a request goes out now."""
        if not self._may_send():
            if cause is TapCause.PIN_ENTERED:
                await self._answered(tap_answers.NO_PIN)
                raise _Over
            await self._give_up("")
        self.is_handing_over = cause is not TapCause.LINK_ASKED
        since_s = self.view.since_monotonic_s if self.view.phase is TapPhase.ASKING else self._now_s()
        self.view = view or self._view(TapPhase.ASKING, since_s=since_s)
        self._touched()
        sales = await self._ways.store.move_tap(self._id, cause)
        if not sales:
            raise _Over
        self._changed(sales)

    async def _answered(self, told: Told) -> TapState:
        """Write down what the request came to. If the sale ended meanwhile, so does the tap."""
        store = self._ways.store
        if told.cause is None:
            sales = await store.tap_taken(self._id)
        else:
            sales = await store.move_tap(self._id, told.cause, reason=told.reason or told.words)
        if not sales:
            raise _Over
        (state,) = {tap.state for sale in sales for tap in sale.taps if tap.id == self._id}
        self.is_handing_over = state.may_pay
        now_s = self._now_s()
        since_s = self.view.since_monotonic_s if told.phase is TapPhase.ASKING else now_s
        if told.cause is TapCause.VOIDED:
            since_s = None
        pin_deadline_s = now_s + PIN_TIME_S if told.phase is TapPhase.PIN else None
        self.view = self._view(told.phase, told, since_s=since_s, pin_deadline_s=pin_deadline_s)
        self._changed(sales)
        return state

    async def _ask_pin(self) -> str:
        """Wait for the PIN."""
        self._pin = asyncio.get_running_loop().create_future()
        time_out = asyncio.ensure_future(self._ways.clock.sleep(PIN_TIME_S))
        time_out.add_done_callback(lambda _: self.give_pin(None))
        try:
            pin = await self._pin
        finally:
            time_out.cancel()
        if pin is None:
            await self._answered(tap_answers.NO_PIN)
            raise _Over
        return pin

    async def _wait_to_send_again(self, backoff: Backoff) -> None:
        """After a request of which nothing was sent: pause, or give a tap up that is not fresh any more."""
        if self._now_s() - self._read_at_s >= FRESH_S:
            await self._give_up(self.view.words)
        await self._ways.clock.sleep(backoff.next_s())

    async def _give_up(self, words: str) -> NoReturn:
        """End a tap of which nothing is sent."""
        await self._answered(Told(TapCause.VOIDED, TapPhase.NOT_REACHED, f"{words} {AGAIN}".strip()))
        raise _Over

    def _view(
        self, phase: TapPhase, told: Told | None = None, *, since_s: float | None, pin_deadline_s: float | None = None
    ) -> TapView:
        return TapView(
            phase,
            words=told.words if told else "",
            reason=told.reason if told else "",
            limit=told.limit if told else None,
            since_monotonic_s=since_s,
            read_at_monotonic_s=self._read_at_s,
            pin_deadline_monotonic_s=pin_deadline_s,
        )

    def _now_s(self) -> float:
        return self._ways.clock.monotonic_s()
