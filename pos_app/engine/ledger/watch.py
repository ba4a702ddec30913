"""What runs beside the requests: the source's stream of settlements, expiry, and payments whose end is not known."""

from __future__ import annotations

import asyncio
import logging

from pos_app.config.database import DatabaseBusy
from pos_app.core.errors import UserError
from pos_app.engine.funding.base import SourceAway
from pos_app.engine.ledger.context import Context
from pos_app.engine.ledger.invoices import Invoices
from pos_app.engine.ledger.outgoing import Outgoing

logger = logging.getLogger(__name__)

ROUND_S = 5.0
MAX_PAUSE_S = 10.0


class Watch:
    """Two tasks: `start` begins them, `close` ends them."""

    def __init__(self, context: Context, invoices: Invoices, outgoing: Outgoing) -> None:
        self._context = context
        self._invoices = invoices
        self._outgoing = outgoing
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks.append(asyncio.create_task(self._rounds()))
        if self._context.source is not None:
            self._tasks.append(asyncio.create_task(self._follow()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def round(self) -> None:
        """Look once at all that may have ended without a word."""
        try:
            await self._outgoing.ask_again()
            await self._invoices.expire()
        except SourceAway:
            logger.info("the funding source is away: what is in doubt stays so")

    async def _rounds(self) -> None:
        while True:
            try:
                await self.round()
            except (UserError, DatabaseBusy) as error:  # the disk: said, and tried again
                logger.error("the ledger could not be kept up to date: %s", error)
            except Exception:
                logger.exception("the ledger could not be kept up to date")
            await self._context.clock.sleep(ROUND_S)

    async def _follow(self) -> None:
        """Book settlements in the source's order, each with its cursor; a broken stream is taken up where it ended."""
        source = self._context.source
        assert source is not None
        pause_s = 1.0
        while True:
            try:
                async for settlement in source.settlements(await self._invoices.cursor()):
                    await self._invoices.book(settlement)
                    pause_s = 1.0
            except SourceAway:
                logger.info("the funding source is away")
            except (UserError, DatabaseBusy) as error:
                logger.error("a settlement could not be booked yet: %s", error)
            except Exception:
                logger.exception("the stream of settlements broke")
            await self._context.clock.sleep(pause_s)
            pause_s = min(MAX_PAUSE_S, pause_s * 2)
