"""The payments API's side of a report, from the copy of the wallet's payments."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from pos_app.core.clock import Clock
from pos_app.till.history_views import SyncPhase, SyncView
from pos_app.till.records import Records
from pos_app.till.reports import WalletWord

FRESH_WITHIN_S = 10.0
"""So long a report waits for news of the payments API."""
_DOUBTS = {
    SyncPhase.WAITING: "The payments server was not asked for this report.",
    SyncPhase.FILLING: "The copy of the server's payments is not complete yet.",
    SyncPhase.STOPPED: "The copy of the server's payments is not complete: its first fill was stopped.",
    SyncPhase.AWAY: "The payments server does not answer.",
}


class RecordsWallet:
    """Asks for news first, so that a report is as fresh as the line allows."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def word(self, hashes: Iterable[str], from_s: float, until_s: float) -> WalletWord:
        """What the copy says of these hashes, and what else came in between these moments."""
        view = await self._fresh()
        payments = await self._records.payments_of(hashes)
        sums = await self._records.sums_between(from_s, until_s)
        return WalletWord(
            paid={
                each.payment_hash: None if each.is_lost else each.received_msat for each in payments.values() if each
            },
            other_count=sums.other_count,
            other_msat=sums.other_sum.to_msat().value,
            doubt=_doubt(view),
        )

    async def _fresh(self) -> SyncView:
        """How the copy stands once it was asked for anew, or after the time for that."""
        asked_s, told = self._clock.time_s(), asyncio.Event()
        stop = self._records.subscribe(lambda _: told.set())
        late = asyncio.ensure_future(self._clock.sleep(FRESH_WITHIN_S))
        try:
            view = await self._records.start_sync()
            while self._records.asks_wallet and not late.done():
                view = self._records.sync_view()
                if view.phase is SyncPhase.FRESH and view.as_of_s is not None and view.as_of_s >= asked_s:
                    break
                if view.phase in (SyncPhase.STOPPED, SyncPhase.AWAY):
                    break
                told.clear()
                heard = asyncio.ensure_future(told.wait())
                await asyncio.wait({heard, late}, return_when=asyncio.FIRST_COMPLETED)
                heard.cancel()
            return view
        finally:
            late.cancel()
            stop()


def _doubt(view: SyncView) -> str:
    words = _DOUBTS.get(view.phase, "")
    if words and view.as_of_s is not None:
        return f"{words} Compared as of {datetime.fromtimestamp(view.as_of_s):%d %b %H:%M}."
    return words
