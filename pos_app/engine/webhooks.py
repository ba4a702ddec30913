"""Tells the `webhook` of an invoice that it was paid: a POST of the Payment as a JSON object.

The payment stands whatever the webhook does. Its `webhook_status` becomes the HTTP status as text, or `-1` where no
answer came; it stays empty where the address is none that we may call.
"""

from __future__ import annotations

import asyncio
import json
import logging

from pos_app.config.database import DatabaseBusy
from pos_app.core.clock import Clock
from pos_app.core.errors import UserError
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.store.rows import PaymentRow, Settled
from pos_app.engine.wire import payment_json
from pos_app.net.errors import FetchError, Forbidden
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url

logger = logging.getLogger(__name__)

TIMEOUT_S = 40.0
PAUSES_S = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Before the second try and the following ones."""
AT_ONCE = 8


class Webhooks:
    """Sends what is due: at the start what a stop left over, then each settled invoice that names a webhook."""

    def __init__(self, ledger: Ledger, fetcher: Fetcher, clock: Clock) -> None:
        self._ledger = ledger
        self._fetcher = fetcher
        self._clock = clock
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        for payment in await self._ledger.webhooks_due():
            self._begin(payment)

    def on_settled(self, settled: Settled) -> None:
        """For `Ledger.listen`."""
        if settled.payment.is_incoming and settled.payment.webhook:
            self._begin(settled.payment)

    async def close(self) -> None:
        """Stop sending. What got no answer at all is sent after the next start."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _begin(self, payment: PaymentRow) -> None:
        task = asyncio.create_task(self._deliver(payment))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deliver(self, payment: PaymentRow) -> None:
        try:
            await self._try_until_told(payment)
        except (UserError, DatabaseBusy) as error:
            logger.error("what came of a webhook could not be kept: %s", error)

    async def _try_until_told(self, payment: PaymentRow) -> None:
        for pause_s in (*PAUSES_S, None):
            async with self._turn:
                status = await self._send(payment)
            if status is None:
                return
            await self._ledger.set_webhook_status(payment.id, status)
            if pause_s is None or status.startswith("2"):
                return
            await self._clock.sleep(pause_s)

    async def _send(self, payment: PaymentRow) -> str | None:
        try:
            url = Url.parse(payment.webhook or "")
            answer = await self._fetcher.post_json(url, json.loads(payment_json(payment)), timeout_s=TIMEOUT_S)
        except Forbidden:
            return None
        except FetchError:
            return "-1"
        return str(answer.status)
