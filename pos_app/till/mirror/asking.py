"""Asking the API for its payments: in pages downward, for a window of time, and for what it does not say any more."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost
from pos_app.payments.listing import MOST, Listed, Page
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.kinds import VANISHED
from pos_app.till.mirror.mirror import Mirror
from pos_app.till.mirror.rollups import between
from pos_app.till.mirror.schema import END_OF_TIME_MS, first_id, time_ms

ROOM_S = 2
"""Servers compare times in whole seconds, each in its own way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins: at this second (None: now), so many records further on."""

    until_s: int | None = None
    offset: int = 0

    def after(self, page: Page) -> Place | None:
        """Behind this page; None if it was the last. Pages overlap, as records may come and go meanwhile."""
        if not page.payments or self.offset + len(page.payments) >= page.total:
            return None
        until_s = oldest_s(page.payments) + ROOM_S
        if self.until_s is not None and until_s >= self.until_s:  # more records within seconds than a page holds
            return Place(self.until_s, self.offset + len(page.payments))
        return Place(until_s)


async def fetch(client: Client, place: Place, *, limit: int = MOST, from_s: int | None = None) -> Page:
    """One page. Raises AnswerLost where the server did not heed the times."""
    page = await client.page(limit=limit, offset=place.offset, until_s=place.until_s, from_s=from_s)
    for payment in page.payments:
        at_s = payment.at_ms / 1000
        if (place.until_s is not None and at_s > place.until_s + ROOM_S) or (
            from_s is not None and at_s < from_s - ROOM_S
        ):
            raise AnswerLost("The server gave other payments than it was asked for.")
    return page


async def downward(
    client: Client, *, until_s: int | None = None, from_s: int | None = None, limit: int = MOST
) -> AsyncIterator[Page]:
    """The pages from a second on, the newest first."""
    place: Place | None = Place(until_s)
    while place is not None:
        page = await fetch(client, place, limit=limit, from_s=from_s)
        yield page
        place = place.after(page)


@dataclass(frozen=True, slots=True)
class Change:
    """What answers have changed in the copy, and what is missing in them."""

    entries: int = 0
    seen: frozenset[int] = frozenset()
    missing: frozenset[int] = frozenset()
    """Entries of the time that they cover whole, which they do not have."""
    lost_s: int | None = None
    """When the oldest paid payment was made that was given up."""


async def window(client: Client, mirror: Mirror, from_s: int, until_s: int) -> Change:
    """Ask for all records between two seconds, and mark those of ours that the server does not give any more.

    Nothing is given up at one word alone: the server is asked twice.
    """
    whole = (from_s, until_s)
    change = await take(mirror, await _all(client, whole), whole)
    if not change.missing:
        return change
    again = await take(mirror, await _all(client, whole), whole)
    gone = change.missing & again.missing
    return await mirror.write(lambda db: _give_up(db, gone, change.entries + again.entries))


async def take(mirror: Mirror, payments: Iterable[Listed], whole: tuple[int, int] | None = None) -> Change:
    """Write what the API said. `whole`: between these seconds there is nothing else at the server."""
    in_order = sorted(payments, key=lambda payment: payment.at_ms)
    return await mirror.write(lambda db: _take(db, in_order, whole))


async def _all(client: Client, whole: tuple[int, int]) -> list[Listed]:
    pages = downward(client, until_s=whole[1] + ROOM_S, from_s=whole[0] - ROOM_S)
    return [payment async for page in pages for payment in page.payments]


def _take(db: sqlite3.Connection, payments: list[Listed], whole: tuple[int, int] | None) -> Change:
    batch = Batch(db)
    batch.put(payments)
    batch.finish()
    if whole is None:
        return Change(batch.changed, frozenset(batch.seen))
    rows = db.execute(
        "SELECT id FROM entry WHERE id >= ? AND id < ? AND status IS NOT NULL AND lost <> ?",
        (first_id(whole[0] * 1000), first_id((whole[1] + 1) * 1000), VANISHED),
    )
    return Change(batch.changed, frozenset(batch.seen), frozenset(row[0] for row in rows) - batch.seen)


def _give_up(db: sqlite3.Connection, gone: frozenset[int], changed: int) -> Change:
    """Mark entries as not known any more; they stay in the list, and out of every sum."""
    paid = "SELECT min(id) FROM entry WHERE status = 'success' AND id IN (SELECT value FROM json_each(?))"
    oldest = db.execute(paid, (json.dumps(sorted(gone)),)).fetchone()[0]
    batch = Batch(db)
    batch.lose(gone)
    batch.finish()
    lost_s = None if oldest is None else time_ms(oldest) // 1000
    return Change(changed + batch.changed, missing=gone, lost_s=lost_s)


def known(db: sqlite3.Connection, from_s: int | None = None, until_s: int | None = None) -> int:
    """How many payments the copy has of those that the server should have, between two seconds."""
    of_api = [row[0] for row in db.execute("SELECT id FROM kind WHERE api = 1")]
    from_ms, until_ms = 0 if from_s is None else from_s * 1000, END_OF_TIME_MS
    if until_s is not None:
        until_ms = (until_s + 1) * 1000
    return sum(each.entries for each in between(db, from_ms, until_ms, of_api).values())


def oldest_s(payments: Iterable[Listed]) -> int:
    return min(payment.at_ms for payment in payments) // 1000
