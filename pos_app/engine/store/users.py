"""Users and their tokens. Every function runs inside the caller's transaction."""

from __future__ import annotations

import sqlite3
import uuid

from pos_app.engine.store import secrets
from pos_app.engine.store.rows import User


def create(
    connection: sqlite3.Connection, name: str, *, is_admin: bool, password_hash: str | None, now_us: int
) -> User | None:
    """A new user; None where the name is taken."""
    user = User(uuid.uuid4().hex, name, is_admin)
    cursor = connection.execute(
        "INSERT INTO user VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (user.id, name, is_admin, password_hash, now_us),
    )
    return user if cursor.rowcount else None


def named(connection: sqlite3.Connection, id_or_name: str) -> User | None:
    """The user with this id, or else with this name."""
    row = connection.execute(
        "SELECT * FROM user WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC LIMIT 1", (id_or_name,)
    ).fetchone()
    return None if row is None else _user(row)


def by_id(connection: sqlite3.Connection, user_id: str) -> User | None:
    row = connection.execute("SELECT * FROM user WHERE id = ?", (user_id,)).fetchone()
    return None if row is None else _user(row)


def with_password(connection: sqlite3.Connection, name: str) -> tuple[User, str] | None:
    """A user who may log in, and the hash of his password."""
    row = connection.execute("SELECT * FROM user WHERE name = ? AND password_hash IS NOT NULL", (name,)).fetchone()
    return None if row is None else (_user(row), str(row["password_hash"]))


def set_password(connection: sqlite3.Connection, user_id: str, password_hash: str) -> None:
    connection.execute("UPDATE user SET password_hash = ? WHERE id = ?", (password_hash, user_id))


def add_token(connection: sqlite3.Connection, user_id: str, *, now_us: int, expires_at_s: int | None) -> str:
    token = secrets.new_secret()
    connection.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?, ?)",
        (secrets.secret_id(token), secrets.digest(token), user_id, now_us, expires_at_s),
    )
    return token


def drop_old_tokens(connection: sqlite3.Connection, now_s: int) -> None:
    connection.execute("DELETE FROM token WHERE expires_at_s <= ?", (now_s,))


def by_token(connection: sqlite3.Connection, token: str, now_s: float) -> User | None:
    row = connection.execute(
        "SELECT user.*, token_hash FROM token JOIN user ON user.id = user_id"
        " WHERE token_id = ? AND (expires_at_s IS NULL OR expires_at_s > ?)",
        (secrets.secret_id(token), now_s),
    ).fetchone()
    if row is None or not secrets.fits(token, row["token_hash"]):
        return None
    return _user(row)


def _user(row: sqlite3.Row) -> User:
    return User(row["id"], row["name"], bool(row["is_admin"]))
