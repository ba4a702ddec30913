"""Payment records made by hand, for the tests of the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pos_app.config.database import Database
from pos_app.core.money import Msat
from pos_app.engine.store import payments
from pos_app.engine.store.payments import NewPayment
from pos_app.engine.store.rows import PaymentKind, PaymentRow, PaymentStatus
from pos_app.engine.store.schema import MIGRATIONS

START_US = 1_795_000_000_000_000
HOUR_US = 3_600_000_000


def fresh_connection(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new, empty engine.db, without threads."""
    path = folder / "engine.db"
    database = Database(path, MIGRATIONS)
    database.open()
    database.close()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")
    yield connection
    connection.close()


def add_wallet(connection: sqlite3.Connection, wallet_id: str) -> str:
    connection.execute("INSERT OR IGNORE INTO user VALUES ('u', 'u', 0, NULL, 0)")
    connection.execute("INSERT INTO wallet VALUES (?, 'u', ?, 0)", (wallet_id, f"Wallet {wallet_id}"))
    return wallet_id


def add_payment(
    connection: sqlite3.Connection,
    wallet_id: str,
    name: str,
    amount_msat: int = 21_000,
    status: str = "success",
    **fields: Any,
) -> PaymentRow:
    """A record whose hash and checking id are its name."""
    new = NewPayment(
        wallet_id=wallet_id,
        kind=PaymentKind.OUTGOING if amount_msat < 0 else PaymentKind.INVOICE,
        checking_id=fields.pop("checking_id", name),
        payment_hash=name,
        amount=Msat(amount_msat),
        bolt11=f"lnbcrt{name}",
        status=PaymentStatus(status),
        memo=fields.pop("memo", ""),
        time_us=fields.pop("time_us", START_US),
        fee=Msat(fields.pop("fee_msat", 0)),
        **fields,
    )
    return payments.insert(connection, new)
