"""The first fill: all pages, from the newest record down. It goes on where it was, whatever ended it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

from pos_app.core.clock import Clock
from pos_app.payments.client import Client
from pos_app.payments.errors import RateLimited
from pos_app.payments.listing import MOST, Page
from pos_app.till.mirror.asking import Place, fetch, known
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.mirror import Mirror, recall, remember

PAGE_HERE = 500
"""The engine in this process makes its answers on our loop: short ones leave it free for sales."""


class Fill:
    """One run of it. A page is written, with the place of the next, while that one is asked for."""

    def __init__(self, client: Client, mirror: Mirror, clock: Clock) -> None:
        self._client = client
        self._mirror = mirror
        self._clock = clock

    async def run(self, stopped: Callable[[], bool], told: Callable[[int | None, int], Awaitable[None]]) -> bool:
        """Fill until all is here or `stopped` says so; whether all is here. Raises what the client raises.

        `told` gets the number of records that are here (None: as before) and of all.
        """
        place, total = await self._mirror.read(_place)
        writing: asyncio.Task[int] | None = None
        await told(None, total)
        try:
            while place is not None and not stopped():
                page = await self._page(place)
                total = total or page.total
                place = place.after(page)
                if writing is not None:
                    await told(await writing, total)
                writing = asyncio.create_task(self._mirror.write(partial(_write, page=page, place=place, total=total)))
        finally:
            if writing is not None:
                await told(await writing, total)
        return place is None

    async def _page(self, place: Place) -> Page:
        while True:
            try:
                return await fetch(self._client, place, limit=PAGE_HERE if self._client.is_embedded else MOST)
            except RateLimited as error:
                await self._clock.sleep(error.retry_after_s)


def _place(db: sqlite3.Connection) -> tuple[Place | None, int]:
    return Place(*recall(db, "fill", [None, 0])), recall(db, "total", 0)


def _write(db: sqlite3.Connection, *, page: Page, place: Place | None, total: int) -> int:
    """Write one page, and where the next one begins, in one transaction; how many records there are now."""
    batch = Batch(db)
    batch.put(reversed(page.payments))
    batch.finish()
    if place is None:
        remember(db, is_whole=True, total=total)
    else:
        remember(db, fill=[place.until_s, place.offset], total=total)
    return known(db)
