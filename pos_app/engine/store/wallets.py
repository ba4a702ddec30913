"""Wallets and their keys. Every function runs inside the caller's transaction."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence

from pos_app.engine.store import secrets
from pos_app.engine.store.rows import KeyKind, Wallet, WalletKeys


def create(connection: sqlite3.Connection, name: str, user_id: str, now_us: int) -> tuple[Wallet, WalletKeys]:
    wallet = Wallet(uuid.uuid4().hex, user_id, name)
    connection.execute("INSERT INTO wallet VALUES (?, ?, ?, ?)", (wallet.id, user_id, name, now_us))
    return wallet, WalletKeys(
        admin_key=set_key(connection, wallet.id, KeyKind.ADMIN),
        invoice_key=set_key(connection, wallet.id, KeyKind.INVOICE),
    )


def set_key(connection: sqlite3.Connection, wallet_id: str, kind: KeyKind) -> str:
    """Give the wallet a new key of this kind; the old one stops working."""
    key = secrets.new_secret()
    connection.execute("DELETE FROM wallet_key WHERE wallet_id = ? AND kind = ?", (wallet_id, kind))
    connection.execute(
        "INSERT INTO wallet_key VALUES (?, ?, ?, ?)", (secrets.secret_id(key), secrets.digest(key), wallet_id, kind)
    )
    return key


def by_key(connection: sqlite3.Connection, key: str) -> tuple[Wallet, KeyKind] | None:
    row = connection.execute(
        "SELECT wallet.*, wallet_key.kind, key_hash FROM wallet_key JOIN wallet ON wallet.id = wallet_id"
        " WHERE key_id = ?",
        (secrets.secret_id(key),),
    ).fetchone()
    if row is None or not secrets.fits(key, row["key_hash"]):
        return None
    return _wallet(row), KeyKind(row["kind"])


def named(connection: sqlite3.Connection, id_or_name: str) -> Sequence[Wallet]:
    """The wallet with this id, or all wallets with this name."""
    rows = connection.execute("SELECT * FROM wallet WHERE id = ?", (id_or_name,)).fetchall()
    return [_wallet(row) for row in rows or connection.execute("SELECT * FROM wallet WHERE name = ?", (id_or_name,))]


def list_wallets(connection: sqlite3.Connection, user_id: str | None) -> Sequence[Wallet]:
    """The wallets of one user, or all, in the order they were made."""
    rows = connection.execute("SELECT * FROM wallet WHERE ?1 IS NULL OR user_id = ?1 ORDER BY rowid", (user_id,))
    return [_wallet(row) for row in rows]


def _wallet(row: sqlite3.Row) -> Wallet:
    return Wallet(row["id"], row["user_id"], row["name"])
