"""The queue: sales that are owed, uncertain, or wait for a person's word about late money, and what may be done.

What loses or risks money needs the manager PIN. A command that comes too late changes nothing and returns the sale as
it is.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from pos_app.config.manager import ManagerPin
from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.core.pin_errors import PinNotSet
from pos_app.core.text import plain
from pos_app.till import story
from pos_app.till.background import Tasks
from pos_app.till.queue_items import NEEDS_A_PERSON, is_queued, not_compared, queue_item, unassigned_views
from pos_app.till.sale import NOTHING, Held, Sale
from pos_app.till.states import Cause, IllegalMove, SaleState
from pos_app.till.store import Store
from pos_app.till.terms import (
    DEFAULTS,
    Exposure,
    NotAccepted,
    check_room,
    check_tap,
    check_terms,
    raises_a_limit,
)
from pos_app.till.views import Problem, QueueView, SaleView, StoreView, StoryLine, TermsView, UnassignedView

logger = logging.getLogger(__name__)

WORDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Ties:
    """What the queue takes from the counter.

    `calls_for_storing()` says whether the facts call for it, `line_is_well()` whether codes can be made and paid, None
    where that is not known. `changed(sales)` hands over what was changed on disk, `told(queue)` says that the queue is
    not as it was, `closed(sale)` that a person closed a sale, `wake()` that stored cards may be sent. `meanwhile()` are
    words while the books came back from a backup and are not compared yet.
    """

    view: Callable[[Sale], SaleView]
    calls_for_storing: Callable[[], bool]
    line_is_well: Callable[[], bool | None]
    changed: Callable[[tuple[Sale, ...]], None]
    told: Callable[[QueueView], None]
    closed: Callable[[Sale], object]
    wake: Callable[[], None]
    meanwhile: Callable[[], str]


class Queue:
    """See the module. `see` and `refresh` belong to the counter."""

    def __init__(self, store: Store, manager: ManagerPin | None, clock: Clock, ties: Ties) -> None:
        self._store = store
        self._manager = manager
        self._clock = clock
        self._ties = ties
        self._tasks = Tasks()
        self._sales: dict[str, Sale] = {}
        self._unassigned: tuple[UnassignedView, ...] = ()
        self._terms = DEFAULTS
        self._lost_at_s: float | None = None
        self._line_is_well: bool | None = None
        self._shown: QueueView | None = None

    async def start(self) -> None:
        """Read what stands in the queue, and try for the key of the stored cards beside."""
        self._terms = await self._store.terms()
        self._lost_at_s = await self._store.line_lost_at_s()
        self._sales = {sale.id: sale for sale in await self._store.queued()}
        await self.read_unassigned()
        self._tasks.start(self._load_keys(), "key of the stored cards")
        self._mind_session()
        self.refresh()

    async def close(self) -> None:
        await self._tasks.close()

    def see(self, sales: tuple[Sale, ...]) -> None:
        """These sales are on disk as they are here."""
        for sale in sales:
            if is_queued(sale):
                self._sales[sale.id] = sale
            else:
                self._sales.pop(sale.id, None)

    def refresh(self) -> None:
        """Something that the queue shows may have changed: tell it if it has."""
        well = self._ties.line_is_well()
        if self._store.vault.exists and well is not None and well is not self._line_is_well:
            self._line_is_well = well
            self._tasks.start(self._note_line(well), "line")
        view = self.view()
        if view != self._shown:
            self._shown = view
            self._ties.told(view)

    async def read_unassigned(self) -> None:
        """Read the payments without a sale here."""
        self._unassigned = unassigned_views(await self._store.unassigned())
        self.refresh()

    def view(self) -> QueueView:
        """The queue as it is, oldest first."""
        sales = sorted(self._sales.values(), key=lambda sale: sale.number)
        items = tuple(queue_item(sale, self._ties.view(sale)) for sale in sales)
        if words := self._ties.meanwhile():
            items = tuple(not_compared(item, words) for item in items)
        return QueueView(items, self.store_view(), self._unassigned)

    def store_view(self) -> StoreView:
        """What of the limits is used, and whether a card can be stored now."""
        terms, out = self._terms, self._exposure()
        refusal = None
        if terms.accepted_at_s is not None:
            try:
                if (locked := self._store.vault.problem) is not None:
                    raise locked
                check_room(terms, out, None if self._lost_at_s is None else self._clock.time_s() - self._lost_at_s)
            except UserError as error:
                refusal = Problem(error.message, error.cure)
        return StoreView(
            accepted=terms.accepted_at_s is not None,
            offered=self._ties.calls_for_storing(),
            refusal=refusal,
            count=out.count,
            count_max=terms.count_max,
            sum=out.sum,
            sum_max=terms.sum_max,
            tap_max=terms.tap_max,
            offline_since_s=self._lost_at_s,
        )

    def check_store(self, total: Sat, *, is_new: bool) -> None:
        """May a card be stored now for a sale of this total? `is_new`: it is not OWED or UNCERTAIN yet.

        Raises KeysLocked, NotAccepted or LimitReached.
        """
        if (locked := self._store.vault.problem) is not None:
            raise locked
        if not self._store.vault.exists:
            raise NotAccepted
        offline_s = None if self._lost_at_s is None else self._clock.time_s() - self._lost_at_s
        check_tap(self._terms, self._exposure(), total, is_new=is_new, offline_s=offline_s)

    def counts(self) -> tuple[int, int]:
        """How many sales are queued, and how many of them wait for a person."""
        items = self.view().items if self._shown is None else self._shown.items
        return len(items), sum(item.stage in NEEDS_A_PERSON for item in items)

    async def story(self, sale_id: str) -> tuple[StoryLine, ...]:
        """The journal of one sale in words, oldest first."""
        return story.lines(await self._store.story(sale_id))

    async def paid_otherwise(self, sale_id: str) -> SaleView:
        """The customer paid with something else."""
        return await self._close(sale_id, Cause.PAID_OTHERWISE)

    async def void(self, sale_id: str, pin: str, reason: str) -> SaleView:
        """Goods back or never given. Raises UserError without a reason, and what `ManagerPin.check` raises."""
        return await self._close(sale_id, Cause.VOIDED, reason=await self._reason(pin, reason))

    async def write_off(self, sale_id: str, pin: str, reason: str) -> SaleView:
        """The money is given up. Raises as `void`."""
        return await self._close(sale_id, Cause.WRITTEN_OFF, reason=await self._reason(pin, reason))

    async def refunded(self, sale_id: str, pin: str, how: str, note: str) -> SaleView:
        """What was due back was given back. Raises UserError without `how`, and what `ManagerPin.check` raises."""
        how, note = plain(how, WORDS_MAX), plain(note, WORDS_MAX)
        if not how:
            raise UserError("How the money was given back is missing.", "Say how: in cash, by Lightning …")
        await self._allowed(pin)
        return await self._moved(sale_id, self._store.step(sale_id, Cause.REFUNDED, how=how, note=note))

    async def goods_given(self, sale_id: str) -> SaleView:
        """Of late money: the customer has the goods, nothing is due back."""
        return await self._moved(sale_id, self._store.goods_given(sale_id))

    async def goods_not_given(self, sale_id: str) -> SaleView:
        """Of late money: it is due back. One that was answered with "given" stays so."""
        if (await self._store.known_sale(sale_id)).goods_given:
            return await self._seen(sale_id)
        return await self._moved(sale_id, self._store.step(sale_id, Cause.GOODS_NOT_GIVEN))

    async def release(self, sale_id: str, pin: str) -> SaleView:
        """Cards that are held because the clocks differ may be sent, whatever their age."""
        await self._allowed(pin)
        for tap in (await self._store.known_sale(sale_id)).taps:
            if tap.held is Held.CLOCK:
                await self._moved(sale_id, self._store.release_tap(tap.id))
        self._ties.wake()
        return await self._seen(sale_id)

    async def unlock(self) -> QueueView:
        """Try again to read the key of the stored cards."""
        self._took(await self._store.load_keys(again=True))
        self._ties.wake()
        return self.view()

    async def terms(self) -> TermsView:
        """The owner's limits, and whether he accepted the loss."""
        return self._terms

    async def accept_risk(self, pin: str) -> TermsView:
        """The owner accepts that he carries the loss. Raises what `ManagerPin.check` raises."""
        await self._allowed(pin)
        return self._agreed(await self._store.accept_risk())

    async def withdraw_consent(self) -> TermsView:
        """No more cards are stored; those that are stay."""
        return self._agreed(await self._store.withdraw_consent())

    async def change_terms(self, terms: TermsView, pin: str = "") -> TermsView:
        """New limits. Raises UserError for one that cannot be, and what `ManagerPin.check` raises to raise one."""
        check_terms(terms)
        if by_manager := raises_a_limit(self._terms, terms):
            await self._allowed(pin)
        return self._agreed(await self._store.change_terms(terms, by_manager=by_manager))

    async def _close(self, sale_id: str, cause: Cause, **facts: str) -> SaleView:
        before = await self._store.known_sale(sale_id)
        view = await self._moved(sale_id, self._store.step(sale_id, cause, **facts))
        if view.state.is_closed and not before.state.is_closed:
            self._ties.closed(await self._store.known_sale(sale_id))
        return view

    async def _moved(self, sale_id: str, move: Awaitable[tuple[Sale, ...]]) -> SaleView:
        with suppress(IllegalMove):  # something else came first
            self._took(await move)
        return await self._seen(sale_id)

    def _took(self, sales: tuple[Sale, ...]) -> None:
        self._ties.changed(sales)
        self.refresh()

    async def _seen(self, sale_id: str) -> SaleView:
        return self._ties.view(await self._store.known_sale(sale_id))

    async def _reason(self, pin: str, reason: str) -> str:
        """The reason as it is kept, once the manager has allowed it."""
        reason = plain(reason, WORDS_MAX)
        if not reason:
            raise UserError("The reason is missing.", "Say in a few words why.")
        await self._allowed(pin)
        return reason

    async def _allowed(self, pin: str) -> None:
        if self._manager is None:
            raise PinNotSet("There is no manager PIN here.", "Do this in the window of the till.")
        await self._manager.check(pin)

    def _agreed(self, terms: TermsView) -> TermsView:
        self._terms = terms
        self._mind_session()
        self.refresh()
        return terms

    async def _load_keys(self) -> None:
        try:
            self._took(await self._store.load_keys())
        except (UserError, RetryableError) as error:
            logger.warning("stored cards without their key are not marked: %s", error)

    async def _note_line(self, is_well: bool) -> None:
        """Keep on disk since when the line is away, so that a restart does not begin a new session."""
        try:
            if is_well:
                await self._store.line_back()
            self._lost_at_s = None if is_well else await self._store.line_lost()
        except (UserError, RetryableError) as error:
            logger.warning("the session without a line is not on disk: %s", error)
            self._line_is_well = None  # and again at the next change
            return
        self._mind_session()
        self.refresh()

    def _mind_session(self) -> None:
        """Without a line cards are stored for a time only: tell it when that ends."""
        if self._lost_at_s is None or self._terms.accepted_at_s is None:
            return
        ends_in_s = self._lost_at_s + self._terms.session_max_s - self._clock.time_s()
        if ends_in_s >= 0:
            self._tasks.start(self._refresh_in(ends_in_s + 1), "session without a line")

    async def _refresh_in(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self.refresh()

    def _exposure(self) -> Exposure:
        out = [sale.total for sale in self._sales.values() if sale.state in (SaleState.OWED, SaleState.UNCERTAIN)]
        return Exposure(len(out), sum(out, NOTHING))
