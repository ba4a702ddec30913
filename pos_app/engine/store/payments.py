"""Payment records and the sums over them.

Every function runs inside the caller's transaction. `insert` and `change` are the only writers of the table
`payment`; both move the sums (balance, counts, hours) by what the record counted before and counts after.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pos_app.core.money import Msat
from pos_app.engine.store.rows import US_PER_S, PaymentKind, PaymentRow, PaymentStatus

HOUR_S = 3600
NO_FEE = Msat(0)


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A record to be stored. `secret` is the preimage of an invoice until it is paid; `source` made the invoice."""

    wallet_id: str
    kind: PaymentKind
    checking_id: str
    payment_hash: str
    amount: Msat
    bolt11: str
    status: PaymentStatus
    memo: str
    time_us: int
    fee: Msat = NO_FEE
    expires_at_s: int | None = None
    webhook: str | None = None
    preimage: str | None = None
    secret: str | None = None
    tag: str | None = None
    extra_json: str = "{}"
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """What only the ledger may know of an invoice."""

    secret: str | None
    source: str | None
    settled_by: str | None


def insert(connection: sqlite3.Connection, new: NewPayment) -> PaymentRow:
    """Store a new record, make it findable, and count it."""
    cursor = connection.execute(
        "INSERT INTO payment (wallet_id, kind, checking_id, payment_hash, amount_msat, fee_msat, bolt11, status, memo,"
        " expires_at_s, webhook, preimage, secret, tag, time_us, updated_at_us, extra, source)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.wallet_id,
            new.kind,
            new.checking_id,
            new.payment_hash,
            new.amount.value,
            new.fee.value,
            new.bolt11,
            new.status,
            new.memo,
            new.expires_at_s,
            new.webhook,
            new.preimage,
            new.secret,
            new.tag,
            new.time_us,
            new.time_us,
            new.extra_json,
            new.source,
        ),
    )
    assert cursor.lastrowid is not None
    row = by_id(connection, cursor.lastrowid)
    connection.execute(
        "INSERT INTO payment_search (rowid, memo, tag, amount, time) VALUES (?, ?, ?, ?, ?)",
        (row.id, row.memo, row.tag, str(row.amount.value), time_text(row.time_us)),
    )
    _count(connection, row, 1)
    return row


def change(
    connection: sqlite3.Connection,
    payment_id: int,
    status: PaymentStatus,
    *,
    now_us: int,
    fee: Msat | None = None,
    preimage: str | None = None,
    settled_by: str | None = None,
) -> PaymentRow:
    """Move a record to another status. A failed invoice that settles after all is marked `extra.late`."""
    before = by_id(connection, payment_id)
    extra_json = before.extra_json
    if before.status is PaymentStatus.FAILED and status is PaymentStatus.SUCCESS:
        extra_json = json.dumps(before.extra | {"late": True}, ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        "UPDATE payment SET status = ?, updated_at_us = ?, fee_msat = ?, preimage = ?, settled_by = ?, extra = ?"
        " WHERE id = ?",
        (status, now_us, (before.fee if fee is None else fee).value, preimage, settled_by, extra_json, payment_id),
    )
    after = by_id(connection, payment_id)
    _count(connection, before, -1)
    _count(connection, after, 1)
    return after


def is_counted(row: PaymentRow) -> bool:
    """Whether the record is part of the balance: settled, or outgoing money that may still leave."""
    return row.status is PaymentStatus.SUCCESS or (row.status is PaymentStatus.PENDING and not row.is_incoming)


def _count(connection: sqlite3.Connection, row: PaymentRow, sign: int) -> None:
    key = (row.wallet_id, row.status, row.tag or "")
    connection.execute(
        "INSERT INTO count_sum VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET payments = payments + excluded.payments",
        (*key, sign),
    )
    connection.execute("DELETE FROM count_sum WHERE wallet_id = ? AND status = ? AND tag = ? AND payments = 0", key)
    if not is_counted(row):
        return
    connection.execute(
        "INSERT INTO wallet_sum VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
        " SET balance_msat = balance_msat + excluded.balance_msat, counted = counted + excluded.counted",
        (row.wallet_id, sign * (row.amount.value + row.fee.value), sign),
    )
    hour = (row.wallet_id, hour_of(row.time_us))
    incoming, amount = row.is_incoming, sign * abs(row.amount.value)
    connection.execute(
        "INSERT INTO hour_sum VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET in_msat = in_msat + excluded.in_msat, out_msat = out_msat + excluded.out_msat,"
        " fee_msat = fee_msat + excluded.fee_msat, count_in = count_in + excluded.count_in,"
        " count_out = count_out + excluded.count_out",
        (
            *hour,
            amount if incoming else 0,
            0 if incoming else amount,
            -sign * row.fee.value,
            sign if incoming else 0,
            0 if incoming else sign,
        ),
    )
    connection.execute("DELETE FROM hour_sum WHERE wallet_id = ? AND hour_s = ? AND count_in + count_out = 0", hour)


def hour_of(time_us: int) -> int:
    """The start of the UTC hour, in seconds."""
    return time_us // US_PER_S // HOUR_S * HOUR_S


def time_text(time_us: int) -> str:
    """The moment to the second, as a search looks at it: `2026-11-22T05:33:14`."""
    return datetime.fromtimestamp(time_us // US_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def payment_row(row: sqlite3.Row) -> PaymentRow:
    return PaymentRow(
        id=row["id"],
        wallet_id=row["wallet_id"],
        kind=PaymentKind(row["kind"]),
        checking_id=row["checking_id"],
        payment_hash=row["payment_hash"],
        amount=Msat(row["amount_msat"]),
        fee=Msat(row["fee_msat"]),
        bolt11=row["bolt11"],
        status=PaymentStatus(row["status"]),
        memo=row["memo"],
        expires_at_s=row["expires_at_s"],
        webhook=row["webhook"],
        webhook_status=row["webhook_status"],
        preimage=row["preimage"],
        tag=row["tag"],
        time_us=row["time_us"],
        updated_at_us=row["updated_at_us"],
        extra_json=row["extra"],
    )


def by_id(connection: sqlite3.Connection, payment_id: int) -> PaymentRow:
    return payment_row(connection.execute("SELECT * FROM payment WHERE id = ?", (payment_id,)).fetchone())


def invoice_by_hash(connection: sqlite3.Connection, payment_hash: str) -> PaymentRow | None:
    row = connection.execute(
        "SELECT * FROM payment WHERE payment_hash = ? AND kind = 'invoice'", (payment_hash,)
    ).fetchone()
    return None if row is None else payment_row(row)


def hidden(connection: sqlite3.Connection, payment_id: int) -> Hidden:
    row = connection.execute("SELECT secret, source, settled_by FROM payment WHERE id = ?", (payment_id,)).fetchone()
    return Hidden(row["secret"], row["source"], row["settled_by"])


def outgoing_by_hash(connection: sqlite3.Connection, payment_hash: str) -> Sequence[PaymentRow]:
    """All tries to pay this hash, by whichever wallet."""
    rows = connection.execute(
        "SELECT * FROM payment WHERE payment_hash = ? AND kind = 'outgoing' ORDER BY id", (payment_hash,)
    )
    return [payment_row(row) for row in rows]


def by_name(connection: sqlite3.Connection, name: str, wallet_id: str | None) -> PaymentRow | None:
    """The record that a payment hash or checking id names.

    In a wallet its own (of several the outgoing one, then the invoice); without a wallet the invoice.
    """
    row = connection.execute(
        "SELECT * FROM payment WHERE (payment_hash = ?1 OR checking_id = ?1)"
        " AND (wallet_id = ?2 OR ?2 IS NULL AND kind = 'invoice')"
        " ORDER BY kind = 'outgoing' DESC, kind = 'invoice' DESC, status <> 'failed' DESC, id DESC LIMIT 1",
        (name, wallet_id),
    ).fetchone()
    return None if row is None else payment_row(row)


def balance(connection: sqlite3.Connection, wallet_id: str) -> Msat:
    row = connection.execute("SELECT balance_msat FROM wallet_sum WHERE wallet_id = ?", (wallet_id,)).fetchone()
    return Msat(0 if row is None else row[0])


def sending(connection: sqlite3.Connection) -> Sequence[PaymentRow]:
    """Outgoing payments whose end is not known."""
    rows = connection.execute("SELECT * FROM payment WHERE kind = 'outgoing' AND status = 'pending' ORDER BY id")
    return [payment_row(row) for row in rows]


def overdue(connection: sqlite3.Connection, now_s: float, source: str | None) -> Sequence[PaymentRow]:
    """Invoices of the engine itself and of this source that are still pending after their time."""
    rows = connection.execute(
        "SELECT * FROM payment WHERE kind = 'invoice' AND status = 'pending' AND expires_at_s <= ?"
        " AND (source IS NULL OR source = ?) ORDER BY source IS NOT NULL, expires_at_s",
        (int(now_s), source),
    )
    return [payment_row(row) for row in rows]


def webhooks_due(connection: sqlite3.Connection) -> Sequence[PaymentRow]:
    rows = connection.execute(
        "SELECT * FROM payment WHERE webhook IS NOT NULL AND webhook_status IS NULL AND status = 'success'"
        " AND kind = 'invoice' ORDER BY id"
    )
    return [payment_row(row) for row in rows]


def set_webhook_status(connection: sqlite3.Connection, payment_id: int, status: str) -> None:
    connection.execute("UPDATE payment SET webhook_status = ? WHERE id = ?", (status, payment_id))
