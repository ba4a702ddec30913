"""What the parts of the ledger share."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from pos_app.config.database import Database
from pos_app.core import bolt11
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.core.errors import PosError
from pos_app.core.money import Msat
from pos_app.engine.funding.base import FundingSource, SourceAway, SourceInvoice
from pos_app.engine.store import payments
from pos_app.engine.store.rows import US_PER_S, PaymentRow, PaymentStatus, Settled

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Locks:
    """One lock for each name (a wallet id, a payment hash) that somebody holds."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(name)
            if users > 1:
                self._locks[name] = (lock, users - 1)


class Context:
    """The database, the clock, the funding source, and how settlements are told."""

    def __init__(
        self, db: Database, clock: Clock, source: FundingSource | None, *, network: Network, node_key: str
    ) -> None:
        self.db = db
        self.clock = clock
        self.source = source
        self.network = network
        self._node_key = node_key
        self.locks = Locks()
        self.listeners: dict[object, Callable[[Settled], None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def now_us(self) -> int:
        return int(self.clock.time_s() * US_PER_S)

    def sign_invoice(self, amount: Msat, memo: str, description_hash: str | None, expiry_s: int) -> SourceInvoice:
        """An invoice signed by the engine itself, which no node outside can pay."""
        preimage = secrets.token_bytes(32)
        payment_hash = hashlib.sha256(preimage).hexdigest()
        text = bolt11.encode(
            network=self.network,
            amount=amount,
            payment_hash=payment_hash,
            payment_secret=secrets.token_hex(32),
            description=memo,
            description_hash=description_hash,
            made_at_s=int(self.clock.time_s()),
            expiry_s=expiry_s,
            private_key=self._node_key,
        )
        return SourceInvoice(payment_hash, text, payment_hash, preimage.hex())

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run something that outlives its caller; `close` ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def unit(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a unit of work to its end, also when the caller is cancelled half-way."""
        task = self.spawn(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_failure)
            raise

    async def ask(self, question: Awaitable[T], limit_s: float) -> T:
        """Ask the funding source. Raises SourceAway for no answer in time, and for answers that make no sense."""
        asking = asyncio.ensure_future(question)
        timer = asyncio.create_task(self.clock.sleep(limit_s))
        try:
            await asyncio.wait({asking, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise SourceAway(f"The funding source did not answer within {limit_s:g} s.")
            return asking.result()
        except SourceAway:
            raise
        except Exception as error:
            logger.exception("the funding source failed")
            raise SourceAway("The funding source failed.") from error
        finally:
            timer.cancel()
            asking.cancel()
            await asyncio.gather(timer, asking, return_exceptions=True)

    async def tell(self, *rows: PaymentRow) -> None:
        """Tell the listeners of payments that were just settled; the balance is the present one."""
        for row in rows:
            if row.status is PaymentStatus.SUCCESS and self.listeners:
                settled = Settled(row, await self.db.read(partial(payments.balance, wallet_id=row.wallet_id)))
                for listener in tuple(self.listeners.values()):
                    try:
                        listener(settled)
                    except Exception:  # the money is booked, whoever fails to hear of it
                        logger.exception("a listener of settlements failed")

    async def close(self) -> None:
        """End what still runs. Each unit of work may be ended between its transactions, as by a crash."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        level = logging.INFO if isinstance(error, PosError) else logging.ERROR
        logger.log(level, "a unit of work failed after its caller had left", exc_info=error)
