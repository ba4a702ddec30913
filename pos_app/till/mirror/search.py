"""Search as you type: a part of memo, note or reference, a sum, a sale's number, or a hash's start."""

from __future__ import annotations

import heapq
import re
import sqlite3
from collections.abc import Iterator

TRIGRAM = 3
HASH_START = 4
"""Fewer hex digits are not taken for the start of a payment hash."""
_FIAT = re.compile(r"(\d{1,12})[.,](\d{1,3})")
_LARGEST_SAT = 1 << 52

Query = tuple[str, tuple[str | int | bytes, ...]]
"""A SELECT of entry numbers, without order, and its values."""


def found(db: sqlite3.Connection, words: str) -> Query:
    """All entries that have these words, each once, as `id`."""
    queries = _queries(db, words)
    sql = " UNION ".join(sql for sql, _ in queries)
    return sql, tuple(value for _, values in queries for value in values)


def newest(db: sqlite3.Connection, words: str, first_id: int, end_id: int, count: int) -> list[int]:
    """The newest entries of a stretch that have these words; each index is read only as far as it must be."""
    streams = [_newest_first(db, query, first_id, end_id, count) for query in _queries(db, words)]
    found: list[int] = []
    for entry_id in heapq.merge(*streams, reverse=True):
        if not found or found[-1] != entry_id:
            found.append(entry_id)
        if len(found) == count:
            break
    return found


def _newest_first(db: sqlite3.Connection, query: Query, first_id: int, end_id: int, count: int) -> Iterator[int]:
    sql, values = query
    number = sql.split()[1]  # SELECT id …, or SELECT rowid AS id …
    rows = db.execute(
        f"{sql} AND {number} >= ? AND {number} < ? ORDER BY {number} DESC LIMIT ?", (*values, first_id, end_id, count)
    )
    return (row[0] for row in rows)


def _queries(db: sqlite3.Connection, words: str) -> list[Query]:
    queries = [_text(words)]
    digits = re.sub(r"[\s\u202f\u00a0']", "", words)
    if digits.isascii() and digits.isdigit() and int(digits) < _LARGEST_SAT:
        queries += _sum(db, int(digits))
    if fiat := _FIAT.fullmatch(words):
        minor = int(fiat[1]) * 10 ** len(fiat[2]) + int(fiat[2])
        queries.append(
            ("SELECT id FROM entry INDEXED BY entry_by_fiat WHERE fiat_minor = ? AND fiat_minor <> 0", (minor,))
        )
    if HASH_START <= len(words) <= 64 and re.fullmatch(r"[0-9a-fA-F]+", words):
        low, high = bytes.fromhex(words.ljust(64, "0")), bytes.fromhex(words.ljust(64, "f"))
        between = "payment_hash >= ? AND payment_hash <= ?"
        queries.append((f"SELECT id FROM entry INDEXED BY entry_by_hash WHERE {between}", (low, high)))
    return queries


def _text(words: str) -> Query:
    if len(words) >= TRIGRAM and "\0" not in words:
        return "SELECT rowid AS id FROM search WHERE search MATCH ?", ('"' + words.replace('"', '""') + '"',)
    return "SELECT id FROM entry WHERE instr(lower(memo), lower(?)) > 0", (words,)


def _sum(db: sqlite3.Connection, number: int) -> list[Query]:
    """What came or went with this sum, to the fraction of a sat, and the sale with this number."""
    queries: list[Query] = [("SELECT id FROM entry INDEXED BY entry_by_sale WHERE sale = ?", (number,))]
    within = "SELECT id FROM entry INDEXED BY entry_by_amount WHERE amount_msat = ?"
    for least in (number * 1000, -number * 1000 - 999):
        above = least - 1
        while above < least + 999:  # each amount in turn: the index has all entries of one in the order of time
            sql = "SELECT min(amount_msat) FROM entry WHERE amount_msat > ? AND amount_msat <= ?"
            above = db.execute(sql, (above, least + 999)).fetchone()[0]
            if above is None:
                break
            queries.append((within, (above,)))
    return queries
