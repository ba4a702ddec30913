"""One stored tap, redeemed by the till's own withdraw: durable before each request and after each answer.

Nothing that matters is kept in mind here: each step begins with what stands on disk, so a restart goes on where the
last run was. And nothing here says *paid*: the watch of the invoice does.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pos_app.core.errors import RetryableError, UserError
from pos_app.lnurl.withdraw import NotReached, Outcome, WithdrawError, WithdrawOffer, look_up, submit
from pos_app.net.url import Url
from pos_app.till import tap_answers
from pos_app.till.background import Backoff, Bell
from pos_app.till.sale import Held, Sale, SaleInvoice, Tap
from pos_app.till.tap_answers import Told
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.turns import waits_for_offer
from pos_app.till.vault import KeysLocked, TapSecret
from pos_app.till.ways import Ways

logger = logging.getLogger(__name__)

LOOKS_S = (2.0, 4.0, 8.0, 16.0)
"""So long after the card's service took the invoice, and after each look, it is looked at again."""
REFUSED_PAUSE_S = 30.0
_AT_ONCE = 0.0


class StoredTap:
    """The way of one stored tap from its invoice to the end of its last request.

    `find()` gives sale and tap as they stand on disk, None once nothing more is to be done. `sendable()` is the
    sale's one invoice if it can be paid now; `need_invoice()` asks for one; `may_ask()` tells whether the facts allow
    to send anything; `age_all()` ends or holds what is too old. `changed(sales)` is called when sales were changed.
    """

    def __init__(
        self,
        ways: Ways,
        tap: Tap,
        *,
        find: Callable[[], tuple[Sale, Tap] | None],
        sendable: Callable[[], SaleInvoice | None],
        need_invoice: Callable[[], None],
        may_ask: Callable[[], bool],
        age_all: Callable[[], Awaitable[None]],
        changed: Callable[[tuple[Sale, ...]], None],
    ) -> None:
        self._ways = ways
        self._id = tap.id
        self.host = tap.host
        self._find = find
        self._sendable = sendable
        self._need_invoice = need_invoice
        self._may_ask = may_ask
        self._age_all = age_all
        self._changed = changed
        self._bell = Bell(ways.clock)
        self._backoff = Backoff()
        self._not_before_s = 0.0
        self._looks = list(LOOKS_S)
        self._has_no_offer = False
        self._is_asked = False
        """Whether the API was asked for the sale in this run: it may be paid, and the server's clock is known then."""

    async def run(self) -> None:
        """Go on until the tap or its sale has ended."""
        with self._ways.turns.listening() as self._bell:
            while (found := self._find()) is not None:
                try:
                    pause_s = await self._act(*found)
                except KeysLocked:
                    self._changed(await self._ways.store.hold_tap(self._id, Held.KEYS))
                    pause_s = None
                except (RetryableError, UserError) as error:  # nothing was sent: the disk, or the API
                    logger.info("stored tap %s: %s", self._id[:8], error)
                    pause_s = self._back_off()
                except Exception:
                    logger.exception("stored tap %s", self._id[:8])
                    pause_s = self._back_off()
                if pause_s is None or pause_s > 0:
                    await self._bell.pause(pause_s)

    def hurry(self) -> None:
        """Somebody waits for this card host: try again now."""
        self._not_before_s = 0.0
        self._bell.ring()

    async def _act(self, sale: Sale, tap: Tap) -> float | None:
        """The next step, if it may be made now. How long to wait before the next look: None is until a change."""
        if tap.is_held or any(other.request_out for other in sale.taps):
            return None
        if tap.state is TapState.SUBMITTED:
            return await self._look_again(sale)
        if tap.state is TapState.UNKNOWN and (self._has_no_offer or tap.submit_tries > 1):
            return None
        if (wait_s := self._not_before_s - self._ways.clock.monotonic_s()) > 0:
            return wait_s
        if not self._may_ask() or (waits_for_offer(tap) and not self._ways.turns.is_at_turn(tap)):
            return None
        if (invoice := self._sendable()) is None:
            if tap.state is not TapState.UNKNOWN:
                self._need_invoice()
            return None
        match tap.state:
            case TapState.CAPTURED:
                return self._told(await self._ways.store.bind_tap(tap.id))
            case TapState.AUTHORISED if tap.payment_hash != invoice.payment_hash:
                return self._told(await self._ways.store.rebind_tap(tap.id))
            case _ if tap.payment_hash != invoice.payment_hash:
                return None
        if not self._is_asked:
            await self._ask_hashes(sale)
            self._is_asked = True
        await self._age_all()
        if self._find() != (sale, tap):
            return _AT_ONCE
        if tap.state is TapState.INVOICED:
            return await self._ask_link(sale, tap, invoice)
        return await self._hand_over(sale, tap, invoice)

    # The first step: uses the tap up, moves no money.

    async def _ask_link(self, sale: Sale, tap: Tap, invoice: SaleInvoice) -> float | None:
        secret = await self._ways.store.secret(tap.id)
        if not self._ways.turns.is_at_turn(tap):  # an earlier one was released meanwhile
            return _AT_ONCE
        self._ways.turns.begin(tap)
        try:
            if not await self._moved(TapCause.LINK_ASKED):
                return REFUSED_PAUSE_S
            offer, told = await self._look_up(sale, tap, invoice, secret)
            await self._answered(told, offer)
        finally:
            self._ways.turns.end(tap.id)
        return self._after(told, TapCause.NOT_SENT)

    async def _look_up(
        self, sale: Sale, tap: Tap, invoice: SaleInvoice, secret: TapSecret
    ) -> tuple[WithdrawOffer | None, Told]:
        try:
            await self._ask_hashes(sale)
        except (RetryableError, UserError):
            return None, tap_answers.not_reached("The payments server cannot be reached.")
        if self._sendable() != invoice:
            return None, tap_answers.not_reached("")
        health = self._ways.health
        try:
            offer = await look_up(self._ways.fetcher, Url.parse(secret.url))
        except WithdrawError as error:
            health.note_issuer(tap.host, answers=not isinstance(error, NotReached))
            return None, tap_answers.of_refused_offer(error)
        except Exception:
            logger.exception("the link of stored tap %s", self._id[:8])
            return None, tap_answers.LINK_LOST
        health.note_issuer(tap.host, answers=True)
        try:
            offer.check_amount(invoice.amount)
        except WithdrawError as error:
            return None, tap_answers.of_refused_offer(error)
        if offer.needs_pin(invoice.amount):
            return None, tap_answers.PIN_UNATTENDED
        return offer, tap_answers.of_offer(pin_is_due=False)

    # The second step: only the invoice tells what comes of it.

    async def _hand_over(self, sale: Sale, tap: Tap, invoice: SaleInvoice) -> float | None:
        is_repeat = tap.state is TapState.UNKNOWN
        offer = (await self._ways.store.secret(tap.id)).offer
        if offer is None:
            self._has_no_offer = True
            return None
        if not is_repeat:
            try:
                offer.check_amount(invoice.amount)
            except WithdrawError as error:
                await self._answered(tap_answers.of_refused_offer(error))
                return _AT_ONCE
        await self._ask_hashes(sale)
        if self._find() != (sale, tap) or self._sendable() != invoice:
            return _AT_ONCE
        if not await self._moved(TapCause.REPEATED if is_repeat else TapCause.HANDED_OVER):
            return REFUSED_PAUSE_S
        told = await self._submit(tap, offer, invoice)
        if is_repeat and told.cause is not None:
            told = tap_answers.LOST
        await self._answered(told)
        return self._after(told, TapCause.CALLBACK_NOT_SENT, TapCause.ANSWER_LOST)

    async def _submit(self, tap: Tap, offer: WithdrawOffer, invoice: SaleInvoice) -> Told:
        try:
            submitted = await submit(self._ways.fetcher, offer, invoice.bolt11)
        except Exception:
            logger.exception("the callback of stored tap %s", self._id[:8])
            return tap_answers.LOST
        answers = submitted.outcome in (Outcome.PENDING, Outcome.LIKELY_FAILED)
        self._ways.health.note_issuer(tap.host, answers=answers)
        return tap_answers.of_submitted(submitted)

    async def _look_again(self, sale: Sale) -> float | None:
        """The service took the invoice: the money should come soon."""
        if not self._looks:
            return None
        await self._ways.clock.sleep(self._looks.pop(0))
        with suppress(RetryableError, UserError):  # it is watched anyway
            await self._ask_hashes(sale)
        return _AT_ONCE

    async def _ask_hashes(self, sale: Sale) -> None:
        """Ask for all that may have paid this sale. Raises what the client raises, but for NotKnown."""
        for invoice in sale.invoices:
            if invoice.settled_at_s is None:
                await self._ways.watcher.look_now(invoice)

    # One durable step each.

    async def _moved(self, cause: TapCause) -> bool:
        """Write down that a request goes out now; False if that may not be any more."""
        sales = await self._ways.store.move_tap(self._id, cause)
        self._changed(sales)
        return bool(sales)

    async def _answered(self, told: Told, offer: WithdrawOffer | None = None) -> None:
        """Write down what a request came to."""
        self._changed(await self._ways.write_down(self._id, told, offer))

    def _told(self, sales: tuple[Sale, ...]) -> float | None:
        self._changed(sales)
        return _AT_ONCE if sales else None

    def _after(self, told: Told, *again: TapCause) -> float:
        if told.cause in again:
            return self._back_off()
        self._backoff.reset()
        return _AT_ONCE

    def _back_off(self) -> float:
        pause_s = self._backoff.next_s()
        self._not_before_s = self._ways.clock.monotonic_s() + pause_s
        return pause_s
