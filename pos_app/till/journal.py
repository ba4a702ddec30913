"""The journal of a book: append-only, each row chained to the one before by SHA-256.

A row's hash is SHA-256 over the hash of the row before it and the row as canonical JSON: UTF-8, no spaces, the keys of
its facts sorted. The first row follows the SHA-256 of the book's id, so journals of two books cannot be exchanged.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass

from pos_app.core.errors import UserError

Json = str | int | None

OF_THE_BOOK = ""
"""In place of a sale's id: the row is of the whole book."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row as it was written."""

    at_s: float
    kind: str
    facts: dict[str, Json]


class JournalBroken(UserError):
    """A row of the journal is not what was written."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"The journal was changed from outside at row {seq}.", "Keep the file and ask for help.")
        self.seq = seq


def append(connection: sqlite3.Connection, kind: str, sale_id: str, at_ms: int, facts: dict[str, Json]) -> None:
    """Add one row within the caller's transaction."""
    last = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (last["seq"] + 1, last["hash"]) if last else (1, _root(connection))
    data = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    connection.execute(
        "INSERT INTO journal (seq, at_ms, kind, sale_id, data, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (seq, at_ms, kind, sale_id, data, _hash(previous, seq, at_ms, kind, sale_id, data)),
    )


def verify(connection: sqlite3.Connection) -> tuple[int, str]:
    """Check the whole chain; the number of rows and the last hash in hex. Raises JournalBroken."""
    previous, seq = _root(connection), 0
    for row in connection.execute("SELECT seq, at_ms, kind, sale_id, data, hash FROM journal ORDER BY seq"):
        seq += 1
        expected = _hash(previous, seq, row["at_ms"], row["kind"], row["sale_id"], row["data"])
        if row["seq"] != seq or row["hash"] != expected:
            raise JournalBroken(seq)
        previous = expected
    return seq, previous.hex()


def of_sale(connection: sqlite3.Connection, sale_id: str) -> tuple[JournalRow, ...]:
    """The rows of one sale, oldest first."""
    rows = connection.execute("SELECT at_ms, kind, data FROM journal WHERE sale_id = ? ORDER BY seq", (sale_id,))
    return tuple(JournalRow(row["at_ms"] / 1000, row["kind"], json.loads(row["data"])) for row in rows)


def _root(connection: sqlite3.Connection) -> bytes:
    book = connection.execute("SELECT value FROM meta WHERE key = 'book'").fetchone()["value"]
    return hashlib.sha256(book.encode()).digest()


def _hash(previous: bytes, seq: int, at_ms: int, kind: str, sale_id: str, data: str) -> bytes:
    row = json.dumps([seq, at_ms, kind, sale_id, data], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + row.encode()).digest()
