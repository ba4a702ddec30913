"""The practice network: a Lightning network of two nodes, the shop's and everybody else's, kept in one small file.

Its invoices are real BOLT 11 on regtest: amount, expiry, signature and preimage are true. Only the sats are not.
What it knows survives a restart, so that an invoice can be paid after the till was started again.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from pos_app.config.database import Database, Migration
from pos_app.core import bolt11
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.core.money import MSAT_PER_SAT, Msat

T = TypeVar("T")

FILE_NAME = "practice.db"
NETWORK = Network.REGTEST
FEE_PARTS = 1000
"""Routing costs 1/1000 of the amount, at least 1 sat."""

_MIGRATIONS = (
    Migration(
        "001 network",
        """
CREATE TABLE node (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    shop_key TEXT NOT NULL,
    outside_key TEXT NOT NULL
) STRICT;

CREATE TABLE invoice (
    payment_hash TEXT PRIMARY KEY,
    bolt11 TEXT NOT NULL,
    preimage TEXT NOT NULL,
    amount_msat INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'cancelled')),
    place INTEGER UNIQUE
) STRICT;

CREATE TABLE bill (
    payment_hash TEXT PRIMARY KEY,
    preimage TEXT NOT NULL,
    amount_msat INTEGER NOT NULL,
    behaviour TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'settled', 'failed')),
    fee_msat INTEGER NOT NULL DEFAULT 0
) STRICT;
""",
    ),
)


class InvoiceStanding(StrEnum):
    """How an invoice of the shop's node stands."""

    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Behaviour(StrEnum):
    """What somebody outside does when his bill is paid: take it, refuse it, or keep it hanging."""

    TAKE = "take"
    REFUSE = "refuse"
    HANG = "hang"


class BillState(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ShopInvoice:
    """An invoice of the shop's node. `place` is its number among the settled ones."""

    payment_hash: str
    bolt11: str
    preimage: str
    amount: Msat
    standing: InvoiceStanding
    place: int | None


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of somebody outside, which the shop may pay."""

    payment_hash: str
    preimage: str
    amount: Msat
    behaviour: Behaviour
    state: BillState
    fee: Msat


class PracticeNetwork:
    """Both nodes. Used from one event loop."""

    def __init__(self, db: Database, clock: Clock, *, shop_key: str, outside_key: str) -> None:
        self._db = db
        self._clock = clock
        self._shop_key = shop_key
        self._outside_key = outside_key
        self._changed = asyncio.Event()

    @classmethod
    async def open(cls, folder: Path, clock: Clock) -> PracticeNetwork:
        """Open or make the network of this folder. Raises what `Database.open` raises."""
        db = Database(folder / FILE_NAME, _MIGRATIONS)
        shop_key, outside_key = await db.open_with(_keys)
        return cls(db, clock, shop_key=shop_key, outside_key=outside_key)

    async def close(self) -> None:
        await asyncio.to_thread(self._db.close)

    async def make_invoice(
        self, amount: Msat, *, description: str, description_hash: str | None, expiry_s: int
    ) -> ShopInvoice:
        """Let the shop's node make an invoice."""
        text, preimage, payment_hash = self._sign(
            self._shop_key, amount, description=description, description_hash=description_hash, expiry_s=expiry_s
        )
        await self._db.write(
            lambda c: c.execute(
                "INSERT INTO invoice VALUES (?, ?, ?, ?, 'open', NULL)", (payment_hash, text, preimage, amount.value)
            )
        )
        return ShopInvoice(payment_hash, text, preimage, amount, InvoiceStanding.OPEN, None)

    async def invoice(self, payment_hash: str) -> ShopInvoice | None:
        return await self._db.read(lambda c: _invoice(c, payment_hash))

    async def settle(self, payment_hash: str) -> ShopInvoice | None:
        """Pay an open invoice of the shop. One that is settled or cancelled stays as it is."""

        def store(connection: sqlite3.Connection) -> ShopInvoice | None:
            connection.execute(
                "UPDATE invoice SET state = 'settled', place = (SELECT coalesce(max(place), 0) + 1 FROM invoice)"
                " WHERE payment_hash = ? AND state = 'open'",
                (payment_hash,),
            )
            return _invoice(connection, payment_hash)

        return await self._change(store)

    async def cancel(self, payment_hash: str) -> ShopInvoice | None:
        """Make an open invoice of the shop unpayable. A settled one stays settled."""

        def store(connection: sqlite3.Connection) -> ShopInvoice | None:
            connection.execute(
                "UPDATE invoice SET state = 'cancelled' WHERE payment_hash = ? AND state = 'open'", (payment_hash,)
            )
            return _invoice(connection, payment_hash)

        return await self._change(store)

    async def settled_after(self, place: int) -> AsyncGenerator[ShopInvoice]:
        """The settled invoices after this place, in order; then each new one as it is paid."""
        while True:
            changed = self._changed
            for invoice in await self._db.read(partial(_settled_after, place=place)):
                assert invoice.place is not None
                place = invoice.place
                yield invoice
            await changed.wait()

    async def make_bill(self, amount: Msat, *, description: str, behaviour: Behaviour, expiry_s: int = 3600) -> str:
        """Let somebody outside ask the shop for money; returns the BOLT 11 text."""
        text, preimage, payment_hash = self._sign(
            self._outside_key, amount, description=description, description_hash=None, expiry_s=expiry_s
        )
        await self._db.write(
            lambda c: c.execute(
                "INSERT INTO bill VALUES (?, ?, ?, ?, 'open', 0)", (payment_hash, preimage, amount.value, behaviour)
            )
        )
        return text

    async def bill(self, payment_hash: str) -> Bill | None:
        return await self._db.read(lambda c: _bill(c, payment_hash))

    async def send(self, payment_hash: str) -> Bill | None:
        """Send the shop's money to a bill, once; what comes of it is the bill's behaviour."""

        def store(connection: sqlite3.Connection) -> Bill | None:
            bill = _bill(connection, payment_hash)
            if bill is None or bill.state is not BillState.OPEN:
                return bill
            return _move_bill(connection, bill, _SENT[bill.behaviour])

        return await self._change(store)

    async def let_go(self, payment_hash: str, *, take: bool) -> None:
        """End a payment that hangs."""

        def store(connection: sqlite3.Connection) -> None:
            bill = _bill(connection, payment_hash)
            if bill is not None and bill.state is BillState.PENDING:
                _move_bill(connection, bill, BillState.SETTLED if take else BillState.FAILED)

        await self._change(store)

    async def bill_end(self, payment_hash: str) -> Bill | None:
        """Wait while a payment of the shop hangs."""
        while True:
            changed = self._changed
            bill = await self.bill(payment_hash)
            if bill is None or bill.state is not BillState.PENDING:
                return bill
            await changed.wait()

    async def _change(self, store: Callable[[sqlite3.Connection], T]) -> T:
        result = await self._db.write(store)
        self._changed.set()
        self._changed = asyncio.Event()
        return result

    def _sign(
        self, private_key: str, amount: Msat, *, description: str, description_hash: str | None, expiry_s: int
    ) -> tuple[str, str, str]:
        preimage = secrets.token_bytes(32)
        payment_hash = hashlib.sha256(preimage).hexdigest()
        text = bolt11.encode(
            network=NETWORK,
            amount=amount,
            payment_hash=payment_hash,
            payment_secret=secrets.token_hex(32),
            description=description,
            description_hash=description_hash,
            made_at_s=int(self._clock.time_s()),
            expiry_s=expiry_s,
            private_key=private_key,
        )
        return text, preimage.hex(), payment_hash


_SENT = {
    Behaviour.TAKE: BillState.SETTLED,
    Behaviour.REFUSE: BillState.FAILED,
    Behaviour.HANG: BillState.PENDING,
}


def _keys(connection: sqlite3.Connection) -> tuple[str, str]:
    connection.execute(
        "INSERT INTO node VALUES (1, ?, ?) ON CONFLICT DO NOTHING", (secrets.token_hex(32), secrets.token_hex(32))
    )
    row = connection.execute("SELECT shop_key, outside_key FROM node").fetchone()
    return row[0], row[1]


def _invoice(connection: sqlite3.Connection, payment_hash: str) -> ShopInvoice | None:
    row = connection.execute("SELECT * FROM invoice WHERE payment_hash = ?", (payment_hash,)).fetchone()
    return None if row is None else _shop_invoice(row)


def _settled_after(connection: sqlite3.Connection, place: int) -> Sequence[ShopInvoice]:
    rows = connection.execute("SELECT * FROM invoice WHERE place > ? ORDER BY place", (place,))
    return [_shop_invoice(row) for row in rows]


def _shop_invoice(row: sqlite3.Row) -> ShopInvoice:
    return ShopInvoice(
        row["payment_hash"],
        row["bolt11"],
        row["preimage"],
        Msat(row["amount_msat"]),
        InvoiceStanding(row["state"]),
        row["place"],
    )


def _bill(connection: sqlite3.Connection, payment_hash: str) -> Bill | None:
    row = connection.execute("SELECT * FROM bill WHERE payment_hash = ?", (payment_hash,)).fetchone()
    if row is None:
        return None
    return Bill(
        row["payment_hash"],
        row["preimage"],
        Msat(row["amount_msat"]),
        Behaviour(row["behaviour"]),
        BillState(row["state"]),
        Msat(row["fee_msat"]),
    )


def _move_bill(connection: sqlite3.Connection, bill: Bill, state: BillState) -> Bill | None:
    fee_msat = max(MSAT_PER_SAT, bill.amount.value // FEE_PARTS // MSAT_PER_SAT * MSAT_PER_SAT)
    connection.execute(
        "UPDATE bill SET state = ?, fee_msat = ? WHERE payment_hash = ?",
        (state, fee_msat if state is BillState.SETTLED else 0, bill.payment_hash),
    )
    return _bill(connection, bill.payment_hash)
