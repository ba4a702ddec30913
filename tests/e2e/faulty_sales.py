"""Sales as a cashier makes them over bad lines: each kind with its own turns, and what is done with it in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.practice.faults import CARD_PIN
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, TapPhase
from tests.e2e.faulty_day import CARDS, Day

LONGEST_END_S = 900.0
LONGEST_REQUEST_S = 45.0
_CARD_IS_DONE = (
    TapPhase.DECLINED,
    TapPhase.LIMIT,
    TapPhase.TAP_LOST,
    TapPhase.NOT_REACHED,
    TapPhase.UNKNOWN,
    TapPhase.UNUSABLE,
    TapPhase.PIN,
)


@dataclass
class Sold:
    """A sale that was begun, how, and what it replaces."""

    kind: str
    sale_id: str
    replaces: str | None = None


class Cashier:
    """Makes sales at the till of one day; `sold` has all that were begun."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.dice = day.dice
        self.sold: list[Sold] = []
        self.kinds: dict[str, Callable[[str], Awaitable[None]]] = {
            "QR code": self.by_code,
            "live card": self.by_card,
            "stored card": self.by_stored_card,
            "cancelled": self.cancelled,
            "stopped waiting": self.stopped,
            "begun online, card stored": self.stored_after_all,
            "begun offline, paid online": self.paid_after_all,
        }

    async def sell(self, kind: str) -> None:
        """One sale of this kind, until the next customer comes."""
        await self.day.change_weather()
        await self.kinds[kind](kind)
        if self.dice.random() < 0.05:
            await self.day.restart_till()

    async def by_code(self, kind: str) -> None:
        view = await self._with_code(await self._charge(kind))
        self.day.pay_by_wallet(view, self._some(self.dice.choice([4, 4, 40])))
        await self._leave(await self._until_closed(view, self._some(20)))

    async def by_card(self, kind: str) -> None:
        view = await self._charge(kind)
        for _ in range(self.dice.choice([1, 1, 2])):
            if self.dice.random() < 0.6:
                view = await self._with_code(view)
            view = await self._tap(view)
            if view.state is not SaleState.OPEN:
                return
        if self.dice.random() < 0.3:
            self.day.pay_by_wallet(view)
        await self._leave(await self._until_closed(view, self._some(15)))

    async def by_stored_card(self, kind: str) -> None:
        await self._store(kind)

    async def cancelled(self, kind: str) -> None:
        view = await self._charge(kind)
        await self.day.clock.sleep(self._some(6))
        view = await self.day.counter.sale(view.sale_id)
        if self.dice.random() < 0.6:
            self.day.pay_by_wallet(view, self._some(self.dice.choice([1, 20])))
            await self.day.clock.sleep(self._some(1))
        await self.day.counter.cancel(view.sale_id)
        await self._leave(view)

    async def stopped(self, kind: str) -> None:
        view = await self._with_code(await self._charge(kind))
        self._touch()
        await self.day.clock.sleep(self._some(10))
        view = await self.day.counter.stop_waiting(view.sale_id)
        if view.state in (SaleState.UNCERTAIN, SaleState.CANCELLED) and self.dice.random() < 0.5:
            await self._sell_again(kind, view)

    async def stored_after_all(self, kind: str) -> None:
        view = await self._with_code(await self._charge(kind))
        api_stays = self.dice.random() < 0.3
        await self.day.lines(api=api_stays, issuer=False)
        self._touch()
        view = await self.day.wait(view, lambda sale: sale.tap is None or sale.tap.can_store, self._some(10))
        await self._store_this(view)

    async def paid_after_all(self, kind: str) -> None:
        view = await self._store(kind)
        await self.day.clock.sleep(self._some(5))
        await self.day.lines(api=True, issuer=self.dice.random() < 0.5)
        await self._pay_taken_back(view, patience_s=20)

    async def settle(self) -> None:
        """The lines are back, and then well; every sale is brought to its end."""
        await self.day.lines(api=True, issuer=True)
        for _ in range(3):
            self.day.spoil()
            await self.day.clock.sleep(20)
        await self.day.clear_weather()
        await self.day.wallets_rest()
        views = [await self.day.counter.sale(sold.sale_id) for sold in self.sold]
        await asyncio.gather(*(self._until_redeemed(view) for view in views))
        for sold in self.sold:
            view = await self.day.counter.sale(sold.sale_id)
            if view.state is SaleState.OWED:
                await self._resolve(view)
        for sold in self.sold:
            await self._end(sold)
        await self.day.clock.sleep(LONGEST_REQUEST_S)  # a card that was being asked is ended with its answer

    async def _until_redeemed(self, view: SaleView) -> None:
        """Wait for the stored card of a sale to be asked, and for its money."""

        def is_asked(_view: SaleView) -> bool:
            sale = self.day.counter._sales.get(view.sale_id)
            return (
                sale is None
                or sale.state.is_closed
                or all(tap.state.is_final or tap.state.may_pay for tap in sale.taps)
            )

        await self._until_closed(await self.day.wait(view, is_asked, 120), 20)

    async def _end(self, sold: Sold) -> None:
        """Whatever is left has only to wait for its time."""
        counter = self.day.counter
        view = await counter.sale(sold.sale_id)
        if view.state is SaleState.OWED:
            view = await counter.queue.paid_otherwise(view.sale_id)
        if view.state is SaleState.OPEN:
            view = await self._leave(view)
        view = await self.day.wait(view, lambda sale: self.is_over(sale.sale_id), LONGEST_END_S)
        if view.state is SaleState.UNCERTAIN:
            await counter.nothing_handed_over(view.sale_id)
            await self._until_closed(view, LONGEST_END_S)

    def is_over(self, sale_id: str) -> bool:
        """No invoice of it can bring anything in time any more."""
        sale = self.day.counter._sales.get(sale_id)
        return sale is None or not sale.live_invoices

    async def _resolve(self, view: SaleView) -> SaleView:
        """An owed sale whose card did not pay."""
        queue = self.day.counter.queue
        match self.dice.choice(["code", "code", "cash", "void", "write off", "wait"]):
            case "code":
                return await self._pay_taken_back(view, patience_s=60)
            case "cash":
                return await queue.paid_otherwise(view.sale_id)
            case "void":
                return await queue.void(view.sale_id, "1", "goods back")
            case "write off":
                return await queue.write_off(view.sale_id, "1", "gone")
        return view

    async def _pay_taken_back(self, view: SaleView, *, patience_s: float) -> SaleView:
        """The owed sale comes back to the counter for its code."""
        await self.day.counter.take_back(view.sale_id)
        view = await self._with_code(view, patience_s)
        self.day.pay_by_wallet(view)
        view = await self._until_closed(view, patience_s)
        return await self.day.counter.put_back(view.sale_id)

    async def _charge(self, kind: str, *, replaces: str | None = None, store: bool = False) -> SaleView:
        amount = Sat(self.dice.randrange(500, 4000))
        view = await self.day.counter.charge(amount, replaces=replaces, store=store)
        self.sold.append(Sold(kind, view.sale_id, replaces))
        return view

    async def _store(self, kind: str) -> SaleView:
        """A sale whose card is stored, mostly without a line."""
        if self.dice.random() < 0.7:
            await self.day.lines(api=False, issuer=self.dice.random() < 0.5)
        try:
            view = await self._charge(kind, store=True)
        except UserError:  # the limits: then it is none of a stored card
            return await self._leave(await self._charge(kind))
        self._touch()
        view = await self.day.wait(view, lambda sale: sale.state is not SaleState.OPEN, 10)
        return await self._leave(view)

    async def _store_this(self, view: SaleView) -> None:
        if view.state is SaleState.OPEN and view.tap is not None and view.tap.can_store:
            with suppress(UserError):  # the limits
                view = await self.day.counter.store_card(view.sale_id)
        await self._leave(await self.day.wait(view, lambda sale: sale.state is not SaleState.OPEN, 5))

    async def _tap(self, view: SaleView) -> SaleView:
        """A card is tapped; the sale when there is something to do."""
        self._touch()
        view = await self.day.wait(view, _asks_for_somebody, 5 + self._some(20))
        if view.tap is not None and view.tap.phase is TapPhase.PIN:
            pin = self.dice.choice([CARD_PIN, CARD_PIN, "9999", None])
            counter = self.day.counter
            await (counter.dismiss_pin(view.sale_id) if pin is None else counter.enter_pin(view.sale_id, pin))
            view = await self.day.wait(view, _asks_for_somebody, 5 + self._some(20))
        return view

    def _touch(self) -> None:
        name = self.dice.choice(["good"] * 5 + list(CARDS))
        self.day.touch(name, by_till=self.dice.random() < 0.4)

    async def _sell_again(self, kind: str, before: SaleView) -> None:
        try:
            view = await self._charge(kind, replaces=before.sale_id)
        except UserError:  # it was paid meanwhile
            return
        view = await self._with_code(view)
        self.day.pay_by_wallet(view)
        await self._leave(await self._until_closed(view, 20))

    async def _leave(self, view: SaleView) -> SaleView:
        """The next customer: an open sale is cancelled, or no longer waited for."""
        view = await self.day.counter.sale(view.sale_id)
        if view.state is not SaleState.OPEN:
            return view
        if view.can_cancel and self.dice.random() < 0.7:
            view = await self.day.counter.cancel(view.sale_id)
        return await self.day.counter.stop_waiting(view.sale_id)

    async def _with_code(self, view: SaleView, patience_s: float = 15) -> SaleView:
        return await self.day.wait(
            view, lambda sale: sale.phase in (Phase.READY, Phase.CLOSED) or sale.state.is_closed, patience_s
        )

    async def _until_closed(self, view: SaleView, patience_s: float) -> SaleView:
        return await self.day.wait(view, lambda sale: sale.state.is_closed, patience_s)

    def _some(self, most_s: float) -> float:
        return self.dice.uniform(0, most_s)


def _asks_for_somebody(view: SaleView) -> bool:
    return view.state is not SaleState.OPEN or (view.tap is not None and view.tap.phase in _CARD_IS_DONE)
