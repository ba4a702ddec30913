"""Rebuild every sum from the payments and compare."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from pos_app.core.money import Msat
from pos_app.engine.store import unclaimed
from pos_app.engine.store.rows import Unclaimed
from pos_app.engine.store.stats import COUNTED


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`differences` are sentences; none means that every sum is right. Unclaimed money is no difference."""

    payments: int
    wallets: int
    balance: Msat
    differences: tuple[str, ...]
    unclaimed: tuple[Unclaimed, ...]


_SUMS = {
    "balance": (
        f"SELECT wallet_id, sum(amount_msat + fee_msat), count(*) FROM payment WHERE {COUNTED} GROUP BY wallet_id",
        "SELECT wallet_id, balance_msat, counted FROM wallet_sum WHERE counted <> 0 OR balance_msat <> 0",
    ),
    "count": (
        "SELECT wallet_id || ' ' || status || ' ' || coalesce(tag, ''), count(*) FROM payment GROUP BY 1",
        "SELECT wallet_id || ' ' || status || ' ' || tag, payments FROM count_sum",
    ),
    "hour": (
        "SELECT wallet_id || ' ' || (time_us / 3600000000 * 3600), sum(max(amount_msat, 0)), sum(max(-amount_msat, 0)),"
        f" sum(-fee_msat), sum(amount_msat > 0), sum(amount_msat < 0) FROM payment WHERE {COUNTED} GROUP BY 1",
        "SELECT wallet_id || ' ' || hour_s, in_msat, out_msat, fee_msat, count_in, count_out FROM hour_sum",
    ),
}

_RULES = {
    "was paid inside, but there is no outgoing record of the same amount": """
        SELECT paid.payment_hash FROM payment AS paid WHERE paid.settled_by = 'inside' AND NOT EXISTS (
            SELECT 1 FROM payment AS payer WHERE payer.payment_hash = paid.payment_hash AND payer.kind = 'outgoing'
            AND payer.status = 'success' AND payer.amount_msat = -paid.amount_msat)""",
    "left for another wallet, but the invoice there is not paid": """
        SELECT payer.payment_hash FROM payment AS payer
        WHERE payer.kind = 'outgoing' AND payer.status = 'success' AND payer.source IS NULL AND NOT EXISTS (
            SELECT 1 FROM payment AS paid WHERE paid.payment_hash = payer.payment_hash AND paid.kind = 'invoice'
            AND paid.status = 'success')""",
    "is a settled invoice, but nothing says by whom": """
        SELECT payment_hash FROM payment WHERE kind = 'invoice' AND status = 'success' AND settled_by IS NULL""",
    "is not in the search": """
        SELECT payment_hash FROM payment WHERE id NOT IN (SELECT rowid FROM payment_search)""",
}


def audit(connection: sqlite3.Connection) -> AuditReport:
    """Compare the sums with the payments, and both sides of each internal payment with one another."""
    return AuditReport(
        payments=_number(connection, "SELECT count(*) FROM payment"),
        wallets=_number(connection, "SELECT count(*) FROM wallet"),
        balance=Msat(_number(connection, "SELECT coalesce(sum(balance_msat), 0) FROM wallet_sum")),
        differences=tuple(_differences(connection)),
        unclaimed=tuple(unclaimed.all_unclaimed(connection)),
    )


def _differences(connection: sqlite3.Connection) -> Iterator[str]:
    for name, (true_sql, kept_sql) in _SUMS.items():
        true = {row[0]: tuple(row)[1:] for row in connection.execute(true_sql)}
        kept = {row[0]: tuple(row)[1:] for row in connection.execute(kept_sql)}
        for key in sorted(true.keys() | kept.keys()):
            if true.get(key) != kept.get(key):
                yield f"The {name} of {key} is kept as {kept.get(key)}, but the payments say {true.get(key)}."
    for words, sql in _RULES.items():
        for row in connection.execute(sql):
            yield f"Payment {row[0]} {words}."
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"A row of {row[0]} points to no row of {row[2]}."
    for row in connection.execute("PRAGMA quick_check"):
        if row[0] != "ok":
            yield f"The file is damaged: {row[0]}."


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])
