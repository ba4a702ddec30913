"""Watching invoices: a push triggers a look, a poll does where no push would come, and only the look decides.

While a sale is open: a poll each 2 s without push, each 10 s with it; once it is closed, each 30 s until its invoice is
provably dead. After that each hour for a day, and at each start for 30 days: money that comes late is booked too.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from pos_app.core.clock import Clock
from pos_app.core.errors import PosError, UserError
from pos_app.core.money import Msat
from pos_app.payments.client import Client
from pos_app.payments.errors import NotKnown, RateLimited
from pos_app.payments.models import PaymentStatus
from pos_app.payments.results import Look
from pos_app.till.background import Backoff, Bell, Tasks
from pos_app.till.books import Books
from pos_app.till.death import Clocks, Lifetime, is_dead, is_over
from pos_app.till.health import Health
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.store import Store
from pos_app.till.views import Problem

logger = logging.getLogger(__name__)
T = TypeVar("T")

POLL_S = 2.0
PUSHED_POLL_S = 10.0
RELAXED_POLL_S = 30.0
RELAXED_A_MINUTE = 20
"""All slow polls together: the sales at the counter need the rest of 60 a minute."""
AFTER_DEATH_S = 3600.0
AFTER_DEATH_FOR_S = 86_400.0
AT_START_FOR_S = 30 * 86_400.0
BETWEEN_DEAD_S = 3.0  # leaves most of the 60 requests a minute to sales that are open


class Standing(Enum):
    """What the API last said of an invoice that is not booked and not dead."""

    UNASKED = auto()
    PAYABLE = auto()
    NOT_PAYABLE = auto()
    """Unpaid, and the API would not take a payment any more. It may change its mind until death is proved."""
    NOT_KNOWN = auto()
    DOES_NOT_ADD_UP = auto()
    """Said to be paid, but not with the amount that is due."""


@dataclass(slots=True)
class Watched:
    """An invoice under watch. `ends_at_s` is the monotonic moment at which its code ends; None until that is known."""

    invoice: SaleInvoice
    life: Lifetime
    bell: Bell
    ends_at_s: float | None
    standing: Standing
    date_s: float | None = None
    is_urgent: bool = True
    problem: Problem | None = None
    """Why the last look came to nothing, where a person can mend it."""


class Watcher:
    """Watches invoices until they are booked or dead, and the dead ones after that.

    `touched(sale_id)` is called when a Watched has changed, `changed(sales)` when sales were changed on disk.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        books: Books,
        health: Health,
        clock: Clock,
        *,
        touched: Callable[[str], None],
        changed: Callable[[tuple[Sale, ...]], None],
    ) -> None:
        self._client = client
        self._store = store
        self._books = books
        self._health = health
        self._clock = clock
        self._touched = touched
        self._changed = changed
        self._watched: dict[str, Watched] = {}
        self._tasks = Tasks()
        self._ahead_s: float | None = None
        self._has_answered = False

    @property
    def date_s(self) -> float | None:
        """The time of now by the clock of a server that has one of its own and told it in this run."""
        return None if self._ahead_s is None else self._clock.monotonic_s() + self._ahead_s

    @property
    def date_is_due(self) -> bool:
        """The server may have a clock of its own, and has not answered in this run."""
        return not self._has_answered and not self._books.shares_our_clock

    def follow(self, invoice: SaleInvoice, *, ends_at_s: float | None) -> None:
        """Watch an invoice; `ends_at_s` is None for one of an earlier run, about which nothing is known yet."""
        if invoice.payment_hash in self._watched:
            return
        restarted = ends_at_s is None
        life = Lifetime(
            made_at_s=invoice.made_at_s,
            expiry_s=invoice.expiry_s,
            received_at_s=invoice.received_at_s,
            counted_from_s=self._clock.monotonic_s(),
            restarted=restarted,
            clock_is_ours=self._books.shares_our_clock,
        )
        standing = Standing.UNASKED if restarted else Standing.PAYABLE
        watched = self._watched[invoice.payment_hash] = Watched(invoice, life, Bell(self._clock), None, standing)
        if ends_at_s is not None:
            self._set_end(watched, ends_at_s)
        self._tasks.start(self._follow(watched), f"watch of {invoice.payment_hash[:8]}")

    def start(self) -> None:
        """Begin to ask for dead invoices: once for those of 30 days, each hour for those of one day."""
        self._tasks.start(self._ask_for_dead(AT_START_FOR_S), "sweep of dead invoices")
        self._tasks.start(self._watch_dead(), "watch of dead invoices")

    def watched(self, payment_hash: str) -> Watched | None:
        return self._watched.get(payment_hash)

    def can_be_paid(self, payment_hash: str) -> bool:
        """The API said in this run that it is unpaid and can be paid, and its time is not over."""
        watched = self._watched.get(payment_hash)
        if watched is None or watched.standing is not Standing.PAYABLE or watched.ends_at_s is None:
            return False
        return self._clock.monotonic_s() < watched.ends_at_s

    def relax(self, payment_hash: str) -> None:
        """Nobody waits for this invoice at the counter: poll it slowly."""
        if (watched := self._watched.get(payment_hash)) is not None:
            watched.is_urgent = False

    def hurry(self, payment_hash: str) -> None:
        """Somebody waits for this invoice at the counter again: poll it as at first, and look now."""
        if (watched := self._watched.get(payment_hash)) is not None and not watched.is_urgent:
            watched.is_urgent = True
            watched.bell.ring()

    def wake(self) -> None:
        """Look at every living invoice now, not only at its next turn."""
        for watched in self._watched.values():
            watched.bell.ring()

    async def look_now(self, invoice: SaleInvoice) -> None:
        """One look at an invoice, alive or dead. Raises what the client raises, but for NotKnown."""
        if (watched := self._watched.get(invoice.payment_hash)) is None:
            await self._look_at_dead(invoice)
        elif await self._look(watched):
            watched.bell.ring()

    async def close(self) -> None:
        await self._tasks.close()

    async def _follow(self, watched: Watched) -> None:
        """Look until the invoice is booked or dead."""
        listener = self._tasks.start(self._listen(watched), f"pushes of {watched.invoice.payment_hash[:8]}")
        backoff = Backoff()
        ended = watched.ends_at_s is None or watched.ends_at_s <= self._clock.monotonic_s()
        pause_s = 0.0 if ended else self._pause_s(watched)
        try:
            while True:
                await watched.bell.pause(pause_s)
                if watched.invoice.payment_hash not in self._watched:
                    return
                try:
                    if await self._look(watched):
                        return
                    pause_s = self._pause_s(watched)
                    backoff.reset()
                except RateLimited as error:
                    pause_s = error.retry_after_s
                except PosError as error:
                    logger.info("no look at %s: %s", watched.invoice.payment_hash[:8], error)
                    if isinstance(error, UserError):
                        self._stand(watched, watched.standing, Problem(error.message, error.cure))
                    pause_s = backoff.next_s()
                except Exception:
                    logger.exception("look at %s", watched.invoice.payment_hash[:8])
                    pause_s = backoff.next_s()
        finally:
            listener.cancel()

    async def _listen(self, watched: Watched) -> None:
        async for _ in self._client.watch(watched.invoice.payment_hash):
            watched.bell.ring()

    async def _look(self, watched: Watched) -> bool:
        """Ask once and act on the answer; True once the invoice is booked or dead."""
        invoice = watched.invoice
        asked = self._clocks(watched)
        look = await self._ask(invoice)
        if look is None:
            self._stand(watched, Standing.NOT_KNOWN)
            return False
        self._has_answered = True
        watched.date_s = look.date_s if look.date_s is not None else watched.date_s
        if look.date_s is not None and not self._books.shares_our_clock:
            self._ahead_s = look.date_s - self._clock.monotonic_s()
        if look.paid:
            if not _covers(look, invoice):
                self._stand(watched, Standing.DOES_NOT_ADD_UP)
                return False
            sales = await self._store.settle(invoice.payment_hash, _received(look))
        elif is_dead(watched.life, asked=asked, answered=self._clocks(watched)):
            sales = await self._store.declare_dead(invoice.payment_hash, "its time is over")
        else:
            if watched.ends_at_s is None:
                self._set_end(watched, self._clock.monotonic_s() + self._left_s(watched))
            pending = look.status is PaymentStatus.PENDING
            self._stand(watched, Standing.PAYABLE if pending else Standing.NOT_PAYABLE)
            return False
        self._watched.pop(invoice.payment_hash, None)
        self._changed(sales)
        return True

    async def _watch_dead(self) -> None:
        while True:
            await self._clock.sleep(AFTER_DEATH_S)
            await self._ask_for_dead(AFTER_DEATH_FOR_S)

    async def _ask_for_dead(self, back_s: float) -> None:
        since_s = self._clock.time_s() - back_s
        for invoice in await self._insist(lambda: self._store.dead_invoices(since_s)):
            await self._insist(lambda invoice=invoice: self._look_at_dead(invoice))  # type: ignore[misc]
            await self._clock.sleep(BETWEEN_DEAD_S)

    async def _insist(self, look: Callable[[], Awaitable[T]]) -> T:
        """Again and again until it is answered: nothing else would find money that comes so late."""
        backoff = Backoff()
        while True:
            try:
                return await look()
            except PosError as error:
                logger.info("no look for late money: %s", error)
                await self._clock.sleep(backoff.next_s())

    async def _look_at_dead(self, invoice: SaleInvoice) -> None:
        look = await self._ask(invoice)
        if look is not None and look.paid and _covers(look, invoice):
            self._changed(await self._store.settle(invoice.payment_hash, _received(look)))

    async def _ask(self, invoice: SaleInvoice) -> Look | None:
        """The API's word; None where it does not know the hash, which says nothing about money."""
        try:
            with self._health.asking():
                return await self._client.look(invoice.payment_hash)
        except NotKnown:
            return None

    def _stand(self, watched: Watched, standing: Standing, problem: Problem | None = None) -> None:
        if (standing, problem) != (watched.standing, watched.problem):
            watched.standing, watched.problem = standing, problem
            self._touched(watched.invoice.sale_id)

    def _set_end(self, watched: Watched, ends_at_s: float) -> None:
        watched.ends_at_s = ends_at_s
        self._tasks.start(
            self._say_end(watched.invoice.sale_id, ends_at_s), f"end of {watched.invoice.payment_hash[:8]}"
        )

    async def _say_end(self, sale_id: str, ends_at_s: float) -> None:
        await self._clock.sleep(ends_at_s - self._clock.monotonic_s())
        self._touched(sale_id)

    def _left_s(self, watched: Watched) -> float:
        """How long the code of an earlier run's invoice may still be shown, by the server's clock or else by ours."""
        now_s = watched.date_s if watched.date_s is not None else self._clock.time_s()
        return min(max(0.0, watched.life.made_at_s + watched.life.expiry_s - now_s), watched.life.expiry_s)

    def _pause_s(self, watched: Watched) -> float:
        if not watched.is_urgent:
            slow = sum(not each.is_urgent for each in self._watched.values())
            pause_s = max(RELAXED_POLL_S, 60 * slow / RELAXED_A_MINUTE)
        else:
            pause_s = PUSHED_POLL_S if self._client.pushing(watched.invoice.payment_hash) else POLL_S
        if watched.standing in (Standing.PAYABLE, Standing.NOT_PAYABLE) and is_over(
            watched.life, self._clocks(watched)
        ):
            return POLL_S  # its time was over only after the question: the next one settles it
        to_safe_s = watched.life.safe_at_monotonic_s - self._clock.monotonic_s()
        return min(pause_s, to_safe_s) if to_safe_s > 0 else pause_s

    def _clocks(self, watched: Watched) -> Clocks:
        return Clocks(self._clock.monotonic_s(), self._clock.time_s(), watched.date_s)


def _covers(look: Look, invoice: SaleInvoice) -> bool:
    """At least what is due came; a wallet that pays itself reads negative."""
    return abs(look.payment.amount) >= invoice.amount.value


def _received(look: Look) -> Msat:
    return Msat(abs(look.payment.amount))
