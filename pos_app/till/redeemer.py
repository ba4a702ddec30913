"""Redeems the stored taps of this till as soon as the facts allow, and ends those that have become too old."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pos_app.core.errors import RetryableError, UserError
from pos_app.till.background import Tasks
from pos_app.till.sale import Sale, SaleInvoice, Tap
from pos_app.till.stored_tap import StoredTap
from pos_app.till.ways import Ways

logger = logging.getLogger(__name__)

AGE_LOOK_S = 600.0


class Redeemer:
    """One `StoredTap` at work for each living stored tap; `Turns` keeps their order at each card host.

    `sale(sale_id)` gives a sale that is not closed as it stands on disk, `sendable(sale_id)` its one invoice if that
    can be paid now, `need_invoice(sale_id)` has one made where none is alive. `changed(sales)` is called when sales
    were changed on disk.
    """

    def __init__(
        self,
        ways: Ways,
        *,
        sale: Callable[[str], Sale | None],
        sendable: Callable[[str], SaleInvoice | None],
        need_invoice: Callable[[str], None],
        changed: Callable[[tuple[Sale, ...]], None],
    ) -> None:
        self._ways = ways
        self._sale = sale
        self._sendable = sendable
        self._need_invoice = need_invoice
        self._changed = changed
        self._tasks = Tasks()
        self._at_work: dict[str, StoredTap] = {}
        self._is_started = False

    def start(self) -> None:
        """Begin to send. What `see` was shown before waits for this."""
        self._is_started = True
        self._tasks.start(self._keep_age(), "age of stored taps")
        self.wake()

    def see(self, sale: Sale) -> None:
        """A sale is now as this says."""
        for tap in sale.taps:
            if tap.is_stored and not tap.state.is_final and tap.id not in self._at_work and not sale.state.is_closed:
                self._begin(tap)
        self.wake()

    def wake(self) -> None:
        """Something changed on which stored taps may wait: a sale, the facts, a mark, the clock."""
        self._ways.turns.ring()

    def hurry(self, host: str) -> None:
        """A customer waits behind the stored taps of this card host, or it has answered: try again now."""
        for work in self._at_work.values():
            if work.host == host:
                work.hurry()

    async def close(self) -> None:
        """Send nothing more. What was sent is found on disk at the next start."""
        self._is_started = False
        await self._tasks.close()

    def _begin(self, tap: Tap) -> None:
        sale_id = tap.sale_id
        work = self._at_work[tap.id] = StoredTap(
            self._ways,
            tap,
            find=lambda: self._find(tap.id, sale_id),
            sendable=lambda: self._sendable(sale_id),
            need_invoice=lambda: self._need_invoice(sale_id),
            may_ask=self._may_ask,
            age_all=self._age_all,
            changed=self._changed,
        )
        task = self._tasks.start(work.run(), f"stored tap {tap.sequence}")
        task.add_done_callback(lambda _: self._at_work.pop(tap.id, None))

    def _find(self, tap_id: str, sale_id: str) -> tuple[Sale, Tap] | None:
        sale = self._sale(sale_id)
        if sale is None or sale.state.is_closed:
            return None
        return next(((sale, tap) for tap in sale.taps if tap.id == tap_id and not tap.state.is_final), None)

    def _may_ask(self) -> bool:
        """The API answers, and an invoice of it could be paid. A card host that is away has its own pauses."""
        health = self._ways.health
        return self._is_started and health.api_answers and not health.lightning_away

    async def _age_all(self) -> None:
        watcher = self._ways.watcher
        self._changed(await self._ways.store.age_taps(watcher.date_s, date_is_due=watcher.date_is_due))

    async def _keep_age(self) -> None:
        """End what has become too old, also while nothing can be sent."""
        while True:
            if self._at_work:
                try:
                    await self._age_all()
                except (RetryableError, UserError) as error:
                    logger.warning("the age of stored taps was not looked at: %s", error)
            await self._ways.clock.sleep(AGE_LOOK_S)
