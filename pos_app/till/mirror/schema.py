"""The tables of mirror.db, and the numbers that they are made of.

An entry is a payment of the wallet, or a sale of this till whose payment the wallet does not show. Its number begins
with its time, so the table itself is in order; what it counts as is its kind. The sums for each quarter of an hour and
each day and each 32 days (UTC) are exactly those of the entries, in the same transaction. Sums and lists are made of
the widest that fit and of quarters at the ends, so that an hour of any time zone is right.
"""

from __future__ import annotations

import re

from pos_app.config.database import Migration

FILE_NAME = "mirror.db"

QUARTER_MS = 900_000
DAY_MS = 86_400_000
WIDEST_FIRST_MS = (32 * DAY_MS, DAY_MS, QUARTER_MS)
"""The stretches that have sums."""
ID_BITS = 20
"""The part of an entry's number behind its time in milliseconds."""
END_OF_TIME_MS = 1 << 42
_HASH = re.compile(r"[0-9a-f]{64}")

_MIRROR = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE kind (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    out INTEGER NOT NULL,
    tender TEXT NOT NULL,
    tag TEXT NOT NULL,
    currency TEXT NOT NULL,
    counted TEXT NOT NULL CHECK (counted IN ('', 'api', 'till')),
    ours INTEGER NOT NULL,
    api INTEGER NOT NULL,
    UNIQUE (state, out, tender, tag, currency, counted, ours, api)
) STRICT;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    payment_hash ANY,
    twin TEXT NOT NULL,
    kind INTEGER NOT NULL,
    status TEXT,
    lost INTEGER NOT NULL,
    amount_msat INTEGER NOT NULL,
    fee_msat INTEGER NOT NULL,
    tip_sat INTEGER NOT NULL,
    fiat_minor INTEGER NOT NULL,
    memo TEXT NOT NULL,
    tag TEXT NOT NULL,
    sale INTEGER
) STRICT;

CREATE UNIQUE INDEX entry_by_hash ON entry (payment_hash, twin) WHERE payment_hash IS NOT NULL;
CREATE INDEX entry_by_kind ON entry (kind);
CREATE INDEX entry_by_amount ON entry (amount_msat);
CREATE INDEX entry_by_fiat ON entry (fiat_minor) WHERE fiat_minor <> 0;
CREATE INDEX entry_by_sale ON entry (sale) WHERE sale IS NOT NULL;
CREATE INDEX entry_pending ON entry (id) WHERE status = 'pending' AND lost = 0;
CREATE INDEX entry_lost ON entry (lost) WHERE lost <> 0;

CREATE TABLE rollup (
    width_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    amount_msat INTEGER NOT NULL,
    fee_msat INTEGER NOT NULL,
    tip_sat INTEGER NOT NULL,
    fiat_minor INTEGER NOT NULL,
    PRIMARY KEY (width_ms, kind, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE sale (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    tender TEXT NOT NULL,
    total_sat INTEGER NOT NULL,
    tip_sat INTEGER NOT NULL,
    currency TEXT NOT NULL,
    fiat_minor INTEGER NOT NULL,
    rate TEXT NOT NULL,
    note TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX sale_by_reference ON sale (reference);

CREATE TABLE sale_hash (
    payment_hash ANY PRIMARY KEY,
    number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    settled_at_ms INTEGER,
    settled_msat INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sale_hash_by_sale ON sale_hash (number, place);

CREATE VIRTUAL TABLE search USING fts5 (words, content = '', tokenize = 'trigram');
"""

MIGRATIONS = (Migration("0001 mirror", _MIRROR),)


def first_id(at_ms: int) -> int:
    """The lowest number that an entry of this moment can have."""
    return at_ms << ID_BITS


def time_ms(entry_id: int) -> int:
    """When the entry with this number was made."""
    return entry_id >> ID_BITS


def packed(payment_hash: str) -> bytes | str:
    """A payment hash as it is stored: 32 bytes; a server's odd text stays one."""
    return bytes.fromhex(payment_hash) if _HASH.fullmatch(payment_hash) else payment_hash


def unpacked(payment_hash: bytes | str) -> str:
    """A stored payment hash as people and servers write it."""
    return payment_hash.hex() if isinstance(payment_hash, bytes) else payment_hash
