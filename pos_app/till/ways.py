"""What the taps of a till are carried out with."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.lnurl.withdraw import WithdrawOffer
from pos_app.net.fetch import Fetcher
from pos_app.payments.client import Client
from pos_app.till.background import Backoff
from pos_app.till.health import Health
from pos_app.till.sale import Sale
from pos_app.till.store import Store
from pos_app.till.tap_answers import Told
from pos_app.till.turns import Turns
from pos_app.till.watcher import Watcher

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """The API, the network, the disk, the clock, and what is known of the world."""

    client: Client
    fetcher: Fetcher
    store: Store
    watcher: Watcher
    clock: Clock
    health: Health
    turns: Turns

    async def write_down(self, tap_id: str, told: Told, offer: WithdrawOffer | None = None) -> tuple[Sale, ...]:
        """What a request of a tap came to, again and again until the disk takes it: it has happened.

        The sales that this changed; without any the tap had ended before.
        """
        backoff = Backoff()
        while True:
            try:
                if told.cause is None:
                    return await self.store.tap_taken(tap_id)
                return await self.store.move_tap(tap_id, told.cause, reason=told.reason or told.words, offer=offer)
            except (RetryableError, UserError) as error:
                logger.warning("what became of tap %s is not on disk yet: %s", tap_id[:8], error)
                await self.clock.sleep(backoff.next_s())
