"""One live tap, from the card's link to the end of its last request: durable before each request and after each answer.

Nothing here says *paid*: the watch of the invoice does.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from contextlib import suppress

from pos_app.core.errors import RetryableError, UserError
from pos_app.lnurl.withdraw import LinkLost, NotReached, WithdrawError, WithdrawOffer, look_up, submit
from pos_app.payments.results import TapAnswer
from pos_app.till import tap_answers
from pos_app.till.background import Backoff
from pos_app.till.tap_answers import Told
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.tap_steps import Over, TapSteps
from pos_app.till.views import TapPhase

logger = logging.getLogger(__name__)

_GIVEN_UP = {
    TapState.INVOICED: TapCause.VOIDED,
    TapState.AUTHORISED: TapCause.VOIDED,
    TapState.NEEDS_PIN: TapCause.NO_PIN,
}
"""How a tap ends of which nothing more is sent."""


class LiveTap(TapSteps):
    """A card that was tapped for a sale at the counter and its invoice."""

    async def run(self, *, by_api: bool) -> None:
        """Carry the tap out: through the payments API, or by the till's own withdraw."""
        given_up: TapCause | None = None
        try:
            with self._ways.turns.listening() as self._bell:
                tap = await self._capture()
                with self._ways.turns.living(tap.id):
                    await (self._by_api() if by_api else self._by_till())
        except Over:
            pass
        except (RetryableError, UserError) as error:  # before a request: what follows one is written until it stands
            logger.warning("a tap for invoice %s is not on disk: %s", self._invoice.payment_hash[:8], error)
            self._refuse(error)
            given_up = _GIVEN_UP.get(self._state)
        finally:
            self.is_running = self.is_handing_over = False
            if self._wish is not None and not self._wish.done():
                self._wish.set_result(None)
            self._touched()
        if given_up is not None and self._tap is not None:
            self._changed(await self._ways.write_down(self._tap.id, Told(given_up, self.view.phase)))

    # Through the payments API.

    async def _by_api(self) -> None:
        backoff = Backoff()
        while True:
            await self._await_turn()
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
        elif told.cause is TapCause.PIN_DUE:  # one try for each tap
            told = Told(TapCause.REFUSED, TapPhase.DECLINED, reason=told.reason)
        if await self._answered(told) is TapState.AUTHORISED:
            await self._give_up(told.words)

    async def _ask_api(self, answer: Awaitable[TapAnswer]) -> Told:
        try:
            answered = await answer
            answers = tap_answers.issuer_answers(answered)
            if answers is not None:
                self._note_issuer(answers=answers)
            return tap_answers.of_api_answer(answered)
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
            told = await self._submit(offer, pin)
            self._note_issuer(answers=told.phase in (TapPhase.ASKING, TapPhase.DECLINED))
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
            await self._await_turn()
            await self._send(TapCause.LINK_ASKED)
            offer, told = await self._look_up()
            state = await self._answered(told)
            if offer is not None:
                return offer, state
            if state is not TapState.INVOICED:
                raise Over
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
            self._note_issuer(answers=True)
            offer.check_amount(amount)
        except WithdrawError as error:
            self._note_issuer(answers=not isinstance(error, NotReached | LinkLost))
            return None, tap_answers.of_refused_offer(error)
        except Exception:
            logger.exception("the link of a tap for invoice %s", self._invoice.payment_hash[:8])
            return None, tap_answers.LINK_LOST
        return offer, tap_answers.of_offer(pin_is_due=offer.needs_pin(amount))

    async def _submit(self, offer: WithdrawOffer, pin: str | None) -> Told:
        try:
            return tap_answers.of_submitted(await submit(self._ways.fetcher, offer, self._invoice.bolt11, pin))
        except Exception:
            logger.exception("the callback of a tap for invoice %s", self._invoice.payment_hash[:8])
            return tap_answers.LOST

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
        told = await self._submit(offer, None)
        await self._answered(told if told.cause is None else tap_answers.LOST)
