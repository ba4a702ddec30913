"""What the window and the command line ask of history, days and the copy of the wallet's payments."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from pos_app.core.clock import Clock
from pos_app.core.errors import UserError
from pos_app.payments.client import Client
from pos_app.payments.listing import listed
from pos_app.payments.results import Look
from pos_app.till.books import Books
from pos_app.till.history_views import (
    DaySettings,
    HistoryChanged,
    HistoryDetail,
    HistoryFilter,
    HistoryRow,
    HistorySums,
    PeriodView,
    SyncChanged,
    SyncView,
    Unit,
)
from pos_app.till.mirror import export, rows
from pos_app.till.mirror.asking import take
from pos_app.till.mirror.days import Calendar
from pos_app.till.mirror.filters import Plan, plan
from pos_app.till.mirror.follow import Follower
from pos_app.till.mirror.kinds import load
from pos_app.till.mirror.mirror import Mirror
from pos_app.till.mirror.pages import Pages, all_ids
from pos_app.till.mirror.periods import period_view
from pos_app.till.mirror.wallet_word import MirrorPayment, WalletSums, payments_of, sums_between
from pos_app.till.mirror.zone import Zone
from pos_app.till.store import Store

T = TypeVar("T")
RecordsEvent = SyncChanged | HistoryChanged
EXPORT_ROWS = 2000


class NoSuchRow(UserError):
    """The row is not in the history any more."""

    def __init__(self) -> None:
        super().__init__("This row is not in the history any more.", "Look at the list again.")


class Records:
    """History, days, and the copy of the payments that they are made of. It lives on the engine's loop.

    Queries work offline, from the copy. Events: SyncChanged and HistoryChanged.
    """

    def __init__(
        self,
        mirror: Mirror,
        client: Client | None,
        store: Store,
        clock: Clock,
        day: DaySettings,
        unbooked: Callable[[str], Awaitable[object]] | None,
    ) -> None:
        self._mirror = mirror
        self._client = client
        self._store = store
        self._clock = clock
        self._pages = Pages()
        self._subscribers: list[Callable[[RecordsEvent], None]] = []
        self._follower = Follower(
            mirror,
            client,
            store,
            clock,
            changed=lambda: self._tell(HistoryChanged()),
            told=lambda view: self._tell(SyncChanged(view)),
            unbooked=unbooked,
        )
        self.set_day(day)

    @classmethod
    async def open(
        cls,
        books: Books,
        client: Client | None,
        store: Store,
        clock: Clock,
        *,
        day: DaySettings,
        unbooked: Callable[[str], Awaitable[object]] | None = None,
    ) -> Self:
        """Open the copy of a book's payments, and take over the sales of `store`. Without a client it is only read.

        `unbooked` is awaited with a sale that was paid by the API's word while the till does not know it.
        A damaged copy begins anew. Raises DiskFull, DiskReadOnly, DatabaseBusy or NoSuchZone.
        """
        mirror = await Mirror.open(books.folder)
        try:
            records = cls(mirror, client, store, clock, day, unbooked)
            await records._follower.load()
        except BaseException:
            await mirror.close()
            raise
        return records

    async def start(self) -> None:
        """Follow the sales and the wallet from now on."""
        self._follower.start()

    async def close(self) -> None:
        """End all following and close the copy."""
        await self._follower.close()
        await self._mirror.close()

    def subscribe(self, callback: Callable[[RecordsEvent], None]) -> Callable[[], None]:
        """Call back on this loop with each change; returns how to stop. The callback must not raise."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def sales_changed(self) -> None:
        """The till has changed a sale: take it over, and ask the API for news."""
        self._follower.ring_sales()
        self._follower.ring()

    async def sums(self, wanted: HistoryFilter) -> HistorySums:
        """What the filtered history comes to."""
        return await self._planned(wanted, rows.sums)

    async def rows(self, wanted: HistoryFilter, offset: int, limit: int) -> tuple[HistoryRow, ...]:
        """Newest first, from this position on."""
        version = self._mirror.version

        def page(db: sqlite3.Connection, found: Plan) -> tuple[HistoryRow, ...]:
            return _rows(db, self._pages.ids(db, wanted, found, version, offset, limit))

        return await self._planned(wanted, page)

    async def detail(self, key: str) -> HistoryDetail:
        """All that is known of one row, but for its sale's view and story. Raises NoSuchRow."""
        return await self._detail(key, None)

    async def check(self, key: str) -> HistoryDetail:
        """Ask the API for this row now. Raises NoSuchRow and what the client raises.

        A sale whose payment appears by that has another key afterwards: that of the payment.
        """
        row = await self._row(key)
        payment_hash = row.payment_hash
        if payment_hash is None and row.sale_id is not None and (sale := await self._store.sale(row.sale_id)):
            payment_hash = next((invoice.payment_hash for invoice in reversed(sale.invoices)), None)
        if self._client is None or payment_hash is None:
            return await self._detail(key, None)
        look = await self._client.look(payment_hash)
        change = await take(self._mirror, [listed(look.payment)])
        if change.entries:
            self._tell(HistoryChanged())
        return await self._detail(key if row.payment_hash is not None else payment_hash, look)

    async def tags(self) -> tuple[str, ...]:
        """The tags that occur, in alphabetical order."""
        kinds = await self._mirror.read(load)
        return tuple(sorted({kind.tag for kind in kinds.values()} - {""}, key=str.casefold))

    async def export(self, wanted: HistoryFilter, file: Path) -> int:
        """Write what is filtered, as JSON where the name ends so, else as CSV: the number of rows.

        Raises CannotWrite.
        """
        return await export.write(self.walk(wanted), self._calendar.zone, file)

    async def walk(self, wanted: HistoryFilter) -> AsyncIterator[tuple[HistoryRow, ...]]:
        """All rows of a filter as they are now, newest first, in pieces."""
        ids = await self._planned(wanted, all_ids)
        for start in range(0, len(ids), EXPORT_ROWS):
            piece = ids[start : start + EXPORT_ROWS]
            yield await self._mirror.read(partial(_rows, ids=piece))

    @property
    def asks_wallet(self) -> bool:
        """Whether there is a payments API to be asked; else the copy is what it was."""
        return self._client is not None

    def sync_view(self) -> SyncView:
        """How the copy stands."""
        return self._follower.view

    async def start_sync(self) -> SyncView:
        """Go on with the first fill, or ask for news now."""
        self._follower.go_on()
        return self._follower.view

    async def stop_sync(self) -> SyncView:
        """Stop the first fill where it is."""
        await self._follower.stop()
        return self._follower.view

    async def period(self, unit: Unit, day: date | None) -> PeriodView:
        """The day page around this business day; None is today."""
        now_s, calendar, is_partial = self._clock.time_s(), self._calendar, not self._follower.is_whole
        return await self._mirror.read(
            lambda db: period_view(db, load(db), calendar, unit, day, now_s, is_partial=is_partial)
        )

    @property
    def zone(self) -> Zone:
        """The shop's clocks."""
        return self._calendar.zone

    def span(self, first: date, last: date) -> tuple[float, float]:
        """From the beginning of one business day to the end of another, in seconds since 1970."""
        return self._calendar.span(first, last)

    def set_day(self, day: DaySettings) -> None:
        """Other business days from now on. Raises NoSuchZone."""
        self._calendar = Calendar(day)
        self.day = day
        self._tell(HistoryChanged())

    async def payments_of(self, hashes: Iterable[str]) -> dict[str, MirrorPayment | None]:
        """What the API last said of each of these hashes; None of those that the copy does not have."""
        wanted = tuple(hashes)
        return await self._mirror.read(lambda db: payments_of(db, wanted))

    async def sums_between(self, from_s: float, until_s: float) -> WalletSums:
        """What came into the wallet from one moment to before another, by when each payment was made."""
        return await self._mirror.read(lambda db: sums_between(db, load(db), from_s, until_s))

    async def _planned(self, wanted: HistoryFilter, work: Callable[[sqlite3.Connection, Plan], T]) -> T:
        return await self._mirror.read(lambda db: work(db, plan(db, load(db), wanted)))

    async def _row(self, key: str) -> HistoryRow:
        row = await self._mirror.read(lambda db: rows.row_of(db, load(db), key))
        if row is None:
            raise NoSuchRow
        return row

    async def _detail(self, key: str, look: Look | None) -> HistoryDetail:
        row = await self._row(key)
        sale = None if row.sale_id is None else await self._store.sale(row.sale_id)
        bolt11 = "" if look is None else look.payment.bolt11
        hosts: tuple[str, ...] = ()
        if sale is not None:
            hosts = tuple(dict.fromkeys(tap.host for tap in sale.taps))
            bolt11 = next((one.bolt11 for one in sale.invoices if one.payment_hash == row.payment_hash), bolt11)
        preimage = (look.payment.preimage or "") if look is not None and look.paid else ""
        return HistoryDetail(row, None, (), hosts, preimage, bolt11)

    def _tell(self, event: RecordsEvent) -> None:
        for callback in list(self._subscribers):
            callback(event)


def _rows(db: sqlite3.Connection, ids: Sequence[int]) -> tuple[HistoryRow, ...]:
    return rows.rows(db, load(db), ids)
