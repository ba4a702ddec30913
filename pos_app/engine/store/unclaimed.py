"""Money that arrived and that no open invoice expects. Every function runs inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from pos_app.core.money import Msat
from pos_app.engine.store.rows import Unclaimed


def add(
    connection: sqlite3.Connection,
    *,
    checking_id: str,
    payment_hash: str,
    amount: Msat,
    preimage: str | None,
    reason: str,
    now_us: int,
) -> bool:
    """Note money that nobody's invoice expects. False where it was noted before."""
    cursor = connection.execute(
        "INSERT INTO unclaimed VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
        (checking_id, payment_hash, amount.value, preimage, reason, now_us),
    )
    return cursor.rowcount > 0


def all_unclaimed(connection: sqlite3.Connection) -> Sequence[Unclaimed]:
    rows = connection.execute("SELECT * FROM unclaimed WHERE claimed_by IS NULL ORDER BY reported_at_us, checking_id")
    return [_row(row) for row in rows]


def named(connection: sqlite3.Connection, name: str) -> tuple[Unclaimed, str | None] | None:
    """The oldest unclaimed money with this payment hash or checking id, and its preimage."""
    row = connection.execute(
        "SELECT * FROM unclaimed WHERE (payment_hash = ?1 OR checking_id = ?1) AND claimed_by IS NULL"
        " ORDER BY reported_at_us LIMIT 1",
        (name,),
    ).fetchone()
    return None if row is None else (_row(row), row["preimage"])


def set_claimed(connection: sqlite3.Connection, checking_id: str, payment_id: int) -> None:
    connection.execute("UPDATE unclaimed SET claimed_by = ? WHERE checking_id = ?", (payment_id, checking_id))


def _row(row: sqlite3.Row) -> Unclaimed:
    return Unclaimed(
        row["checking_id"], row["payment_hash"], Msat(row["amount_msat"]), row["reason"], row["reported_at_us"]
    )
