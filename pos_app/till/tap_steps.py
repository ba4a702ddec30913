"""The steps of a live tap: each is on disk before its request or after its answer, and the view follows.

A step raises Over where the tap goes no further.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from pos_app.core.errors import BugError, RetryableError, UserError
from pos_app.lnurl.card import CardLink
from pos_app.till import tap_answers
from pos_app.till.background import Backoff, Bell
from pos_app.till.sale import Sale, SaleInvoice, Tap
from pos_app.till.tap_answers import Told
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.vault import SameTap
from pos_app.till.views import TapPhase, TapView
from pos_app.till.ways import Ways

FRESH_S = 30.0
"""So long a tap of which nothing was sent is kept for its sale."""
PIN_TIME_S = 90.0
AGAIN = "Tap again, or scan the code."
QUEUED = "Earlier cards of this issuer are asked first. Or pay by QR."
QUEUED_AWAY = "Card issuer not reachable. Pay by QR."


class Over(Exception):
    """Nothing more is to be done for this tap."""


class TapSteps:
    """What a live tap is, and what may happen to it.

    `payable` tells whether the sale still shows this invoice and is not being cancelled, `hurry()` has earlier taps of
    the same card host go on, `changed(sales)` is called when sales were changed on disk, `touched()` when only `view`
    was.
    """

    def __init__(
        self,
        ways: Ways,
        link: CardLink,
        invoice: SaleInvoice,
        read_at_s: float,
        *,
        payable: Callable[[], bool],
        hurry: Callable[[], None],
        changed: Callable[[tuple[Sale, ...]], None],
        touched: Callable[[], None],
    ) -> None:
        self._ways = ways
        self._link = link
        self._invoice = invoice
        self._read_at_s = read_at_s
        self._payable = payable
        self._hurry = hurry
        self._changed = changed
        self._touched = touched
        self._tap: Tap | None = None
        self._bell = Bell(ways.clock)
        self._is_left = False
        self._is_resting = False
        self._state = TapState.INVOICED
        self._wish: asyncio.Future[None] | None = None
        self._pin: asyncio.Future[str | None] | None = None
        self.view = TapView(TapPhase.READ, read_at_monotonic_s=read_at_s)
        self.is_running = True
        self.is_handing_over = False
        """An invoice is just being handed over, or was: set before that is on disk."""
        self.is_slow = False
        """The card's service got the invoice, and the money should have come."""

    def leave(self) -> None:
        """The sale is not at the counter any more: nothing more is sent."""
        self._is_left = True
        self.give_pin(None)
        self._bell.ring()

    @property
    def can_store(self) -> bool:
        """Nothing of it has left us, nothing is out, and its link is one that cannot be copied."""
        return self.is_unsent and self._link.is_one_time

    @property
    def is_unsent(self) -> bool:
        """Nothing of it has left us, and nothing is out."""
        return self._is_resting and self._state is TapState.INVOICED

    async def store(self) -> None:
        """Store it for later instead. Raises what `Store.store_live_tap` raises; then it goes on as before."""
        if self.can_store:
            self._wish = asyncio.get_running_loop().create_future()
            self._bell.ring()
            await self._wish

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

    async def _capture(self) -> Tap:
        invoice, url = self._invoice, self._link.url
        try:
            sales = await self._ways.store.capture_tap(
                invoice.sale_id, url.host, invoice.payment_hash, url=url.text if self._link.is_one_time else ""
            )
        except SameTap as error:
            self._refuse(error)
            raise Over from error
        if not sales:
            raise Over
        self._tap = sales[0].taps[-1]
        self._changed(sales)
        return self._tap

    async def _await_turn(self) -> None:
        """Wait until no earlier card of the same issuer is before this one, and take the turn."""
        tap, turns = self._known_tap(), self._ways.turns
        while not turns.is_at_turn(tap):
            if not self._may_send() or self._age_s() >= FRESH_S:
                await self._give_up(self.view.words)
            await self._queue(tap)
        turns.begin(tap)

    async def _queue(self, tap: Tap) -> None:
        """Have the earlier ones go on, and wait behind them until something has changed."""
        turns, health = self._ways.turns, self._ways.health
        self._hurry()
        is_away = health.issuer_away(tap.host)
        phase, words = (TapPhase.NOT_REACHED, QUEUED_AWAY) if is_away else (TapPhase.READ, QUEUED)
        self.view = self._view(phase, Told(None, phase, words), since_s=self._now_s())

        def has_changed() -> bool:
            return turns.is_at_turn(tap) or health.issuer_away(tap.host) is not is_away

        await self._rest(FRESH_S - self._age_s(), until=has_changed)

    async def _rest(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Pause while nothing of the tap is out: the cashier may have it stored meanwhile."""
        end_s = self._now_s() + seconds
        self._is_resting = True
        self._touched()
        try:
            while self._may_send() and not until() and (left_s := end_s - self._now_s()) > 0:
                if self._wish is not None and not self._wish.done():
                    await self._store(self._wish)
                await self._bell.pause(left_s)
        finally:
            self._is_resting = False

    async def _store(self, wish: asyncio.Future[None]) -> None:
        try:
            sales = await self._ways.store.store_live_tap(self._known_tap().id, self._link.url.text)
        except (RetryableError, UserError) as error:
            wish.set_exception(error)
            return
        wish.set_result(None)
        if sales:
            self._changed(sales)
            raise Over

    async def _send(self, cause: TapCause, view: TapView | None = None) -> None:
        """Write down that a request goes out now."""
        if not self._may_send():
            await self._turn_down(cause)
        self.is_handing_over = cause is not TapCause.LINK_ASKED
        since_s = self.view.since_monotonic_s if self.view.phase is TapPhase.ASKING else self._now_s()
        self.view = view or self._view(TapPhase.ASKING, since_s=since_s)
        self._touched()
        sales = await self._ways.store.move_tap(self._known_tap().id, cause)
        if not sales:
            await self._turn_down(cause)
        self._changed(sales)

    async def _answered(self, told: Told) -> TapState:
        """Write down what the request came to. If the sale ended meanwhile, so does the tap."""
        tap_id = self._known_tap().id
        sales = await self._ways.write_down(tap_id, told)
        if not sales:
            raise Over
        (state,) = {tap.state for sale in sales for tap in sale.taps if tap.id == tap_id}
        self._state, self.is_handing_over = state, state.may_pay
        now_s = self._now_s()
        since_s = self.view.since_monotonic_s if told.phase is TapPhase.ASKING else now_s
        if told.phase is TapPhase.NOT_REACHED:
            since_s = self._read_at_s  # over all tries: nothing of the tap has been sent yet
        if told.cause is TapCause.VOIDED:
            since_s = None
        pin_deadline_s = now_s + PIN_TIME_S if told.phase is TapPhase.PIN else None
        self.view = self._view(told.phase, told, since_s=since_s, pin_deadline_s=pin_deadline_s)
        self._changed(sales)
        self._ways.turns.end(tap_id)
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
            raise Over
        return pin

    async def _wait_to_send_again(self, backoff: Backoff) -> None:
        """After a request of which nothing was sent: pause, or give a tap up that is not fresh any more."""
        if self._age_s() >= FRESH_S:
            await self._give_up(self.view.words)
        await self._rest(backoff.next_s())

    async def _turn_down(self, cause: TapCause) -> NoReturn:
        """What was to be sent may not be sent any more."""
        if cause is TapCause.REPEATED:
            raise Over
        if cause is TapCause.PIN_ENTERED:
            await self._answered(tap_answers.NO_PIN)
            raise Over
        await self._give_up("")

    async def _give_up(self, words: str) -> NoReturn:
        """End a tap of which nothing is sent."""
        await self._answered(Told(TapCause.VOIDED, TapPhase.NOT_REACHED, f"{words} {AGAIN}".strip()))
        raise Over

    def _refuse(self, error: UserError | RetryableError) -> None:
        """Nothing of the card is sent (any more), and that is why."""
        words = f"{error.message} {error.cure}".strip() if isinstance(error, UserError) else f"{error} {AGAIN}"
        self.view = self._view(TapPhase.UNUSABLE, Told(None, TapPhase.UNUSABLE, words), since_s=None)

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

    def _may_send(self) -> bool:
        return not self._is_left and self._payable()

    def _note_issuer(self, *, answers: bool) -> None:
        self._ways.health.note_issuer(self._link.url.host, answers=answers)
        if answers:
            self._hurry()

    def _known_tap(self) -> Tap:
        if self._tap is None:
            raise BugError("a tap is sent before it is on disk")
        return self._tap

    def _age_s(self) -> float:
        return self._now_s() - self._read_at_s

    def _now_s(self) -> float:
        return self._ways.clock.monotonic_s()
