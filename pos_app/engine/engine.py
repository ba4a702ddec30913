"""The engine: a ledger in a folder, a funding source, and the payments API over them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pos_app.config.database import Database
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.engine.errors import WrongEngine
from pos_app.engine.feed import Feed
from pos_app.engine.funding.base import FundingSource
from pos_app.engine.ledger.accounts import Accounts
from pos_app.engine.ledger.brake import Brake
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.store.rows import US_PER_S, Settled
from pos_app.engine.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from fastapi import FastAPI

logger = logging.getLogger(__name__)

FILE_NAME = "engine.db"
TILL_WALLET = "Till"
SETTLED_MESSAGE = b'{"pending": false, "status": "success"}'
CLOCK_BEHIND_S = 60


class Service(Protocol):
    """Something that runs as long as the engine."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Engine:
    """`open` it, `start` it in the owner process, `close` it. Without `start` it serves the command line.

    A funding source is optional: without one the books can be read, and wallets of this engine can pay one another.
    """

    def __init__(
        self,
        db: Database,
        source: FundingSource | None,
        clock: Clock,
        *,
        network: Network,
        is_practice: bool,
        node_key: str,
        lnurl_allow: tuple[str, ...],
    ) -> None:
        self.clock = clock
        self.source = source
        self.network = network
        self.practice = is_practice
        self.lnurl_allow = lnurl_allow
        self.feed = Feed()
        self.accounts = Accounts(db, clock, Brake(clock))
        self.ledger = Ledger(db, clock, source, network=network, is_practice=is_practice, node_key=node_key)
        self.opened_monotonic_s = clock.monotonic_s()
        self._db = db
        self._services: list[Service] = []
        self.ledger.listen(self._push)

    @classmethod
    async def open(
        cls, folder: Path, source: FundingSource | None, clock: Clock, *, lnurl_allow: tuple[str, ...] = ()
    ) -> Engine:
        """Open or make the engine of this folder.

        Raises WrongEngine where the folder holds money of another kind or network than the source, and what
        `Database.open` raises.
        """
        db = Database(folder / FILE_NAME, MIGRATIONS)
        kind, network, node_key, newest_us = await db.open_with(lambda c: _introduce(c, source))
        behind_s = newest_us // US_PER_S - clock.time_s()
        if behind_s > CLOCK_BEHIND_S:
            logger.warning("the computer's clock is %d s behind the newest payment: set it right", behind_s)
        return cls(
            db,
            source,
            clock,
            network=network,
            is_practice=kind == "practice",
            node_key=node_key,
            lnurl_allow=lnurl_allow,
        )

    @cached_property
    def app(self) -> FastAPI:
        """The payments API as an ASGI application."""
        from pos_app.engine.api.app import make_app  # FastAPI is slow to load, and the command line has no use for it

        return make_app(self)

    def add_service(self, service: Service) -> None:
        """Let something run with the engine: started by `start`, ended by `close` before the ledger."""
        self._services.append(service)

    async def start(self) -> None:
        """Follow the funding source and keep the ledger up to date."""
        _ = self.app  # brings its services
        for service in self._services:
            await service.start()
        self.ledger.start()

    async def close(self) -> None:
        """End everything in order and close the file. May be called twice."""
        while self._services:
            await self._services.pop().close()
        await self.ledger.close()
        if self.source is not None:
            await self.source.close()
        self.feed.close()
        await asyncio.to_thread(self._db.close)

    async def ensure_till_wallet(self) -> str:
        """A new invoice key of the till's own wallet; the one that it had before ends with this."""
        for wallet in await self.accounts.shop_wallets():
            if wallet.name == TILL_WALLET:
                return await self.accounts.new_invoice_key(wallet)
        _, keys = await self.accounts.create_wallet(TILL_WALLET)
        return keys.invoice_key

    def _push(self, settled: Settled) -> None:
        self.feed.publish([settled.payment.payment_hash], SETTLED_MESSAGE)


def _introduce(connection: sqlite3.Connection, source: FundingSource | None) -> tuple[str | None, Network, str, int]:
    """Make the engine's one row, or hold the source against it.

    Returns kind, network, signing key, and the time of the newest payment.
    """
    row = connection.execute("SELECT kind, network, node_key FROM engine").fetchone()
    if row is None:
        connection.execute("INSERT INTO engine (id, node_key) VALUES (1, ?)", (secrets.token_hex(32),))
        row = connection.execute("SELECT kind, network, node_key FROM engine").fetchone()
    kind, network, node_key = row["kind"], row["network"], row["node_key"]
    if source is not None:
        offered = "practice" if source.practice else "real"
        if kind not in (None, offered):
            raise WrongEngine(
                f"This engine's folder holds {_WORDS[kind]}: it cannot work with {_WORDS[offered]}.",
                "Use another data folder, or the funding source that it had before.",
            )
        if network not in (None, source.network.value):
            raise WrongEngine(
                f"This engine's folder belongs to {network}, the funding source to {source.network}.",
                "Use another data folder, or a funding source of the same network.",
            )
        kind, network = offered, source.network.value
        connection.execute("UPDATE engine SET kind = ?, network = ?", (kind, network))
    newest = connection.execute("SELECT max(time_us) FROM payment WHERE id = (SELECT max(id) FROM payment)").fetchone()
    return kind, Network(network or Network.MAINNET), node_key, newest[0] or 0


_WORDS = {"practice": "practice money", "real": "real money"}
