"""Keeping the copy: the first fill, then what changes, at the wallet and in the till."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from pos_app.core.clock import Clock
from pos_app.core.errors import PosError, RetryableError, UserError
from pos_app.payments.client import Client
from pos_app.payments.errors import RateLimited
from pos_app.till.background import Backoff, Bell, Tasks
from pos_app.till.history_views import SyncPhase, SyncView
from pos_app.till.mirror import sales, words_of_sync
from pos_app.till.mirror.asking import known
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.fill import Fill
from pos_app.till.mirror.kinds import SaleFacts
from pos_app.till.mirror.mirror import OTHER_BOOKS, Mirror, MirrorRemade, recall, remember
from pos_app.till.mirror.news import News
from pos_app.till.store import Store

logger = logging.getLogger(__name__)

POLL_S = 20.0
PUSHED_POLL_S = 60.0
GATHER_S = 10.0
GATHER_HERE_S = 0.5
"""After a push so long others are waited for: they often come together."""
BETWEEN_PAGES_S = 1.0
"""So often the first fill says that there are new rows."""


class Follower:
    """One book's copy and who keeps it. `client` None: only the till is followed.

    `changed()` is called when entries have changed, `told(view)` when the state of the copy has, and
    `unbooked(sale_id)` is awaited when the API says that a sale was paid and the till has not booked it.
    """

    def __init__(
        self,
        mirror: Mirror,
        client: Client | None,
        store: Store,
        clock: Clock,
        *,
        changed: Callable[[], None],
        told: Callable[[SyncView], None],
        unbooked: Callable[[str], Awaitable[object]] | None,
    ) -> None:
        self._mirror = mirror
        self._client = client
        self._store = store
        self._clock = clock
        self._changed = changed
        self._told = told
        self._unbooked = unbooked
        self._tasks = Tasks()
        self._bell = Bell(clock)
        self._sales_bell = Bell(clock)
        self._stopped = False
        self._shown_s = 0.0
        self._following = asyncio.Lock()
        self.is_whole = False
        """The first fill is done."""
        self.view = SyncView(SyncPhase.WAITING)

    async def load(self) -> None:
        """Read how the copy stands, and take over what the till has changed since."""
        await self.follow_sales()
        self.is_whole, as_of_s, done, total = await self._mirror.read(_standing)
        await self._say(SyncPhase.WAITING, done, total, as_of_s)

    def start(self) -> None:
        self._tasks.start(self._follow_till(), "mirror of the sales")
        if self._client is not None:
            self._tasks.start(self._run(self._client), "mirror of the payments")
            self._tasks.start(self._listen(self._client), "pushes of the wallet")

    async def close(self) -> None:
        await self._tasks.close()

    def ring(self) -> None:
        """Ask the API for news soon."""
        self._bell.ring()

    def ring_sales(self) -> None:
        """The till may have changed a sale."""
        self._sales_bell.ring()

    def go_on(self) -> None:
        """Go on with the first fill, or ask for news now."""
        self._stopped = False
        self._bell.ring()

    async def stop(self) -> None:
        """Stop the first fill where it is; news are followed on."""
        if not self.is_whole:
            self._stopped = True
            await self._say(SyncPhase.STOPPED)

    async def follow_sales(self) -> bool:
        """Take over what has changed in till.db; whether anything has."""
        async with self._following:
            found = False
            while True:
                seq, place = await self._mirror.read(lambda db: (recall(db, "seq", 0), recall(db, "place", "")))
                here = await self._store.database.read(partial(sales.place, seq=seq))
                if place and place != here:  # a backup was restored: this copy is of other sales
                    await self._mirror.remake(OTHER_BOOKS)
                    self.is_whole = False
                    self._bell.ring()
                    continue
                last, facts = await self._store.database.read(partial(sales.changes, after_seq=seq))
                if last == seq:
                    return found
                place = await self._store.database.read(partial(sales.place, seq=last))
                found |= await self._mirror.write(partial(_put_sales, facts=facts, seq=last, place=place)) > 0

    async def _follow_till(self) -> None:
        while True:
            try:
                if await self.follow_sales():
                    self._changed()
                await self._sales_bell.pause(None)
            except PosError as error:
                logger.warning("the sales could not be copied: %s", error)
                await self._clock.sleep(PUSHED_POLL_S)

    async def _listen(self, client: Client) -> None:
        async for _ in client.watch_wallet():
            self._bell.ring()

    async def _run(self, client: Client) -> None:
        news, backoff = News(client, self._mirror, self._clock), Backoff()
        while True:
            try:
                if not self.is_whole and not self._stopped:
                    await self._fill(client)
                if await news.ask(is_whole=self.is_whole):
                    self._changed()
                await self._caught_up()
                backoff.reset()
                if await self._bell.pause(PUSHED_POLL_S if client.pushing_wallet() else POLL_S):
                    await self._clock.sleep(GATHER_HERE_S if client.is_embedded else GATHER_S)
            except MirrorRemade:
                self.is_whole = False
                await self.follow_sales()
                self._changed()
            except RateLimited as error:
                await self._bell.pause(error.retry_after_s)
            except PosError as error:
                logger.info("no news of the wallet: %s", error)
                await self._say(SyncPhase.AWAY, error=error)
                await self._bell.pause(backoff.next_s())
            except Exception:
                logger.exception("copy of the payments")
                await self._bell.pause(backoff.next_s())

    async def _fill(self, client: Client) -> None:
        self.is_whole = await Fill(client, self._mirror, self._clock).run(lambda: self._stopped, self._filled)
        self._changed()

    async def _filled(self, done: int | None, total: int) -> None:
        await self._say(SyncPhase.STOPPED if self._stopped else SyncPhase.FILLING, done, total or None)
        now_s = self._clock.monotonic_s()
        if done is not None and now_s >= self._shown_s + BETWEEN_PAGES_S:  # a page of the window is read anew each time
            self._shown_s = now_s
            self._changed()

    async def _caught_up(self) -> None:
        now_s = self._clock.time_s()
        done = await self._mirror.write(partial(_caught_up, now_s=now_s))
        if self._unbooked is not None:
            for sale_id in await self._mirror.read(sales.unbooked):
                self._tasks.start(self._ask_till(self._unbooked, sale_id), "sale that was paid")
        if self.is_whole:
            self._mirror.remade = None
            await self._say(SyncPhase.FRESH, done, done, now_s)
        elif self._stopped:
            await self._say(SyncPhase.STOPPED, done, None, now_s)

    @staticmethod
    async def _ask_till(ask: Callable[[str], Awaitable[object]], sale_id: str) -> None:
        with suppress(RetryableError, UserError):  # the next news say so again
            await ask(sale_id)

    async def _say(
        self,
        phase: SyncPhase,
        done: int | None = None,
        total: int | None = None,
        as_of_s: float | None = None,
        *,
        error: PosError | None = None,
    ) -> None:
        """Tell how the copy stands, where that has changed."""
        view = replace(
            self.view,
            phase=phase,
            done=self.view.done if done is None else done,
            total=self.view.total if total is None else total,
            as_of_s=self.view.as_of_s if as_of_s is None else as_of_s,
        )
        lost = await self._mirror.read(words_of_sync.lost)
        broke_off = phase is SyncPhase.AWAY and not self.is_whole
        user_error = error if isinstance(error, UserError) else None
        problem = words_of_sync.problem(view, lost, self._mirror.remade, user_error, broke_off=broke_off)
        view = replace(view, problem=problem)
        if view != self.view:
            self.view = view
            self._told(view)


def _standing(db: sqlite3.Connection) -> tuple[bool, float | None, int, int]:
    return recall(db, "is_whole", False), recall(db, "as_of_s"), known(db), recall(db, "total", 0)


def _caught_up(db: sqlite3.Connection, *, now_s: float) -> int:
    remember(db, as_of_s=now_s)
    return known(db)


def _put_sales(db: sqlite3.Connection, *, facts: tuple[SaleFacts, ...], seq: int, place: str) -> int:
    batch = Batch(db)
    batch.put_sales(facts)
    batch.finish()
    remember(db, seq=seq, place=place)
    return batch.changed
