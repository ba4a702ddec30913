"""What has changed at the API since the last look: new records, ended ones, and ones that are gone."""

from __future__ import annotations

import logging
import sqlite3
from functools import partial

from pos_app.core.clock import Clock
from pos_app.payments.client import Client
from pos_app.payments.errors import NotKnown
from pos_app.payments.listing import Listed, listed
from pos_app.payments.models import PaymentStatus
from pos_app.till.history_views import RowState
from pos_app.till.mirror.asking import ROOM_S, Place, downward, fetch, known, oldest_s, take, window
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.kinds import BY_TILL, UNSAID, VANISHED
from pos_app.till.mirror.mirror import Mirror, recall, remember
from pos_app.till.mirror.schema import first_id, time_ms, unpacked

logger = logging.getLogger(__name__)

NEWEST = 100
RECENT_S = 2 * 86_400
ALL_PENDING_EACH_S = 3600.0
DOUBT_AFTER_S = 60
DOUBTS = 20
TOGETHER_S = 600
LEAF = 500
"""A stretch with so few records is asked for whole."""
BEFORE_LOST_S = 86_400
"""Where a server has lost records, it may have forgotten of older ones that they were paid."""
FIRST_DAY_S = 1_230_768_000
"""2009: no payment is older."""


class News:
    """Asks for what has changed. `is_whole`: the first fill is done, so what the copy lacks is missing."""

    def __init__(self, client: Client, mirror: Mirror, clock: Clock) -> None:
        self._client = client
        self._mirror = mirror
        self._clock = clock
        self._all_pending_s: float | None = None
        self._odd: int | None = None

    async def ask(self, *, is_whole: bool) -> int:
        """Bring the copy up to date; how many entries have changed. Raises what the client raises."""
        changed, total = await self._newest()
        changed += await self._pending()
        if is_whole:
            changed += await self._compare(total)
            changed += await self._doubts()
        return changed

    async def _newest(self) -> tuple[int, int]:
        """From the newest record down to those that were known; also how many records there are in all."""
        newest = await self._mirror.read(_newest_ms)
        changed, total, until_s = 0, None, round(self._clock.time_s()) + RECENT_S
        async for page in downward(self._client, limit=NEWEST):
            total = page.total if total is None else total
            is_last = self._is_last(page.payments, page.total)
            from_s = FIRST_DAY_S if is_last else oldest_s(page.payments) + ROOM_S
            change = await take(self._mirror, page.payments, (from_s, until_s))
            changed += change.entries
            if change.missing:
                changed += await self._lost(from_s, until_s)
            if is_last or newest is None or oldest_s(page.payments) < newest // 1000 - ROOM_S:
                break
            until_s = from_s - 1
        return changed, total or 0

    @staticmethod
    def _is_last(payments: tuple[Listed, ...], total: int) -> bool:
        return len(payments) >= total

    async def _lost(self, from_s: int, until_s: int) -> int:
        change = await window(self._client, self._mirror, from_s, until_s)
        if change.lost_s is not None:
            logger.warning("the server does not know %d payments any more", len(change.missing))
            again = await window(self._client, self._mirror, change.lost_s - BEFORE_LOST_S, until_s)
            return change.entries + again.entries
        return change.entries

    async def _pending(self) -> int:
        """Those that were pending are asked for again: the recent ones each time, all of them once an hour."""
        now_s = self._clock.monotonic_s()
        is_all = self._all_pending_s is None or now_s >= self._all_pending_s + ALL_PENDING_EACH_S
        from_s = 0 if is_all else round(self._clock.time_s()) - RECENT_S
        waiting = await self._mirror.read(lambda db: _pending_ids(db, from_s))
        if waiting:
            oldest = time_ms(min(waiting)) // 1000 - ROOM_S
            still: list[Listed] = []
            place: Place | None = Place()
            while place is not None:
                page = await self._client.page(
                    offset=place.offset, until_s=place.until_s, from_s=oldest, status=PaymentStatus.PENDING
                )
                still += [payment for payment in page.payments if payment.status is PaymentStatus.PENDING]
                place = place.after(page)
            change = await take(self._mirror, still)
            changed = change.entries + await self._ended(sorted(frozenset(waiting) - change.seen))
        else:
            changed = 0
        if is_all:
            self._all_pending_s = now_s
        return changed

    async def _ended(self, ids: list[int]) -> int:
        """Ask for the time around records that are not pending any more; near ones together."""
        changed, done_s = 0, 0
        for number, entry_id in enumerate(ids):
            at_s = time_ms(entry_id) // 1000
            if number and at_s <= done_s:
                continue
            last = max(time_ms(each) // 1000 for each in ids if at_s <= time_ms(each) // 1000 <= at_s + TOGETHER_S)
            change = await window(self._client, self._mirror, at_s, last)
            changed, done_s = changed + change.entries, last
        return changed

    async def _compare(self, total: int) -> int:
        """Where the server has another number of records than the copy, find out where, and ask for those stretches."""
        ours = await self._mirror.read(known)
        accepted = await self._mirror.read(lambda db: recall(db, "odd", 0))
        odd = total - ours
        if odd in (0, accepted) or odd != self._odd:
            self._odd = odd  # the next look must say so again: records come at any moment
            return 0
        logger.info("the server has %d records, the copy %d: they are compared", total, ours)
        until_s = round(self._clock.time_s()) + RECENT_S
        changed = await self._narrow(FIRST_DAY_S, until_s)
        left = (await fetch(self._client, Place(), limit=1)).total - await self._mirror.read(known)
        await self._mirror.write(lambda db: remember(db, odd=left))
        self._odd = None
        return changed

    async def _narrow(self, from_s: int, until_s: int) -> int:
        ours = await self._mirror.read(lambda db: known(db, from_s, until_s))
        page = await self._client.page(limit=1, from_s=from_s, until_s=until_s)
        theirs = page.total if page.payments else 0
        if ours == theirs:
            return 0
        if max(ours, theirs) <= LEAF or until_s - from_s <= 2 * ROOM_S:
            return await self._lost(from_s, until_s)
        middle_s = (from_s + until_s) // 2
        return await self._narrow(middle_s + 1, until_s) + await self._narrow(from_s, middle_s)

    async def _doubts(self) -> int:
        """What counts by the till's word alone is asked for: the API must know it, and that it was paid."""
        since_ms = round((self._clock.time_s() - DOUBT_AFTER_S) * 1000)
        changed = 0
        for payment_hash in await self._mirror.read(lambda db: _doubtful(db, since_ms)):
            try:
                look = await self._client.look(unpacked(payment_hash), sync=True)
            except NotKnown:
                changed += await self._mirror.write(partial(_never_known, payment_hash=payment_hash))
                continue
            payment = listed(look.payment)
            if payment.amount < 0:  # the wallet paid itself: there is one more record
                at_s = payment.at_ms // 1000
                changed += (await window(self._client, self._mirror, at_s, at_s)).entries
            else:
                changed += await self._mirror.write(partial(_looked, payment=payment, paid=look.paid))
        return changed


def _newest_ms(db: sqlite3.Connection) -> int | None:
    row = db.execute(
        "SELECT id FROM entry WHERE status IS NOT NULL AND lost <> ? ORDER BY id DESC LIMIT 1", (VANISHED,)
    )
    found = row.fetchone()
    return None if found is None else time_ms(found[0])


def _pending_ids(db: sqlite3.Connection, from_s: int) -> list[int]:
    rows = db.execute(
        "SELECT id FROM entry WHERE status = 'pending' AND lost = 0 AND id >= ?", (first_id(from_s * 1000),)
    )
    return [row[0] for row in rows]


def _doubtful(db: sqlite3.Connection, before_ms: int) -> list[bytes | str]:
    rows = db.execute(
        "SELECT payment_hash FROM sale_hash WHERE number IN ("
        "  SELECT sale FROM kind CROSS JOIN entry ON entry.kind = kind.id WHERE counted = ? AND state <> ?"
        ") AND settled_at_ms < ? LIMIT ?",
        (BY_TILL, RowState.PAID_OTHERWISE, before_ms, DOUBTS),
    )
    return [row[0] for row in rows]


def _never_known(db: sqlite3.Connection, payment_hash: bytes | str) -> int:
    batch = Batch(db)
    batch.never_known(payment_hash)
    batch.finish()
    return batch.changed


def _looked(db: sqlite3.Connection, payment: Listed, paid: bool) -> int:
    batch = Batch(db)
    batch.put([payment])
    batch.finish()
    if not paid:
        batch.lose(batch.seen, UNSAID)
        batch.finish()
    return batch.changed
