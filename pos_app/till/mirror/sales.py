"""Following till.db: the sales that have changed, by its journal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from pos_app.till.history_views import RowState
from pos_app.till.mirror.kinds import BY_API, UNPAID, SaleFacts, SaleHash
from pos_app.till.mirror.schema import packed

ROWS = 4000
"""Rows of the journal in one go."""


def place(till: sqlite3.Connection, seq: int) -> str:
    """Which journal this is, up to a row: its book and the row's hash, or nothing where there is no such row."""
    book = till.execute("SELECT value FROM meta WHERE key = 'book'").fetchone()["value"]
    if seq == 0:
        return str(book)
    row = till.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    return "" if row is None else f"{book} {row['hash'].hex()}"


def changes(till: sqlite3.Connection, after_seq: int) -> tuple[int, tuple[SaleFacts, ...]]:
    """The sales of the next rows of the journal as they stand now, and the number of the last of these rows."""
    rows = till.execute(
        "SELECT seq, sale_id FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, ROWS)
    ).fetchall()
    if not rows:
        return after_seq, ()
    return rows[-1]["seq"], facts(till, {row["sale_id"] for row in rows})


def unbooked(mirror: sqlite3.Connection) -> list[str]:
    """Sales that are not paid in the till, while the API says that an invoice of theirs was."""
    rows = mirror.execute(
        "SELECT DISTINCT sale.id FROM kind CROSS JOIN entry ON entry.kind = kind.id"
        " JOIN sale_hash USING (payment_hash) JOIN sale ON sale.number = entry.sale"
        " WHERE kind.counted = ? AND kind.state IN (?, ?, ?, ?, ?, ?) AND settled_at_ms IS NULL",
        (BY_API, *UNPAID, RowState.CANCELLED, RowState.EXPIRED, RowState.WRITTEN_OFF),
    )
    return [row[0] for row in rows]


def facts(till: sqlite3.Connection, ids: Iterable[str]) -> tuple[SaleFacts, ...]:
    """These sales, by number."""
    wanted = json.dumps(sorted(ids))
    hashes: dict[str, list[SaleHash]] = {}
    for row in till.execute(
        "SELECT sale_id, payment_hash, settled_at_ms, settled_msat FROM sale_invoice"
        " WHERE sale_id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
        (wanted,),
    ):
        one = SaleHash(packed(row["payment_hash"]), row["settled_at_ms"], row["settled_msat"])
        hashes.setdefault(row["sale_id"], []).append(one)
    rows = till.execute("SELECT * FROM sale WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number", (wanted,))
    return tuple(
        SaleFacts(
            number=row["number"],
            id=row["id"],
            reference=row["reference"],
            state=RowState(row["state"]),
            tender=row["tender"] or "",
            total_sat=row["sat"] + row["tip_sat"],
            tip_sat=row["tip_sat"],
            currency=row["currency"] or "",
            fiat_minor=row["fiat_minor"] or 0,
            rate=row["rate"] or "",
            note=row["note"],
            made_at_ms=row["made_at_ms"],
            hashes=tuple(hashes.get(row["id"], ())),
        )
        for row in rows
    )
