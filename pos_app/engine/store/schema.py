"""The tables of engine.db, as ordered, named migrations. A migration that was released is never edited."""

from __future__ import annotations

from pos_app.config.database import Migration

MIGRATIONS = (
    Migration(
        "001 ledger",
        """
CREATE TABLE engine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    kind TEXT CHECK (kind IN ('practice', 'real')),
    network TEXT,
    node_key TEXT NOT NULL
) STRICT;

CREATE TABLE source (
    name TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT;

CREATE TABLE user (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    password_hash TEXT,
    made_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    token_id BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL,
    user_id TEXT NOT NULL REFERENCES user (id),
    made_at_us INTEGER NOT NULL,
    expires_at_s INTEGER
) STRICT;

CREATE TABLE wallet (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user (id),
    name TEXT NOT NULL,
    made_at_us INTEGER NOT NULL
) STRICT;

CREATE INDEX wallet_name ON wallet (name);
CREATE INDEX wallet_user ON wallet (user_id);

CREATE TABLE wallet_key (
    key_id BLOB PRIMARY KEY,
    key_hash BLOB NOT NULL,
    wallet_id TEXT NOT NULL REFERENCES wallet (id),
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'admin')),
    UNIQUE (wallet_id, kind)
) STRICT;

CREATE TABLE payment (
    id INTEGER PRIMARY KEY,
    wallet_id TEXT NOT NULL REFERENCES wallet (id),
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'outgoing', 'credit', 'claim')),
    checking_id TEXT NOT NULL,
    payment_hash TEXT NOT NULL,
    amount_msat INTEGER NOT NULL CHECK (amount_msat <> 0 AND (amount_msat < 0) = (kind = 'outgoing')),
    fee_msat INTEGER NOT NULL CHECK (fee_msat <= 0),
    bolt11 TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'success', 'failed')),
    memo TEXT NOT NULL,
    expires_at_s INTEGER,
    webhook TEXT,
    webhook_status TEXT,
    preimage TEXT CHECK (preimage IS NULL OR status = 'success'),
    secret TEXT,
    tag TEXT,
    time_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    extra TEXT NOT NULL,
    source TEXT,
    settled_by TEXT CHECK (settled_by IN ('source', 'inside'))
) STRICT;

CREATE UNIQUE INDEX payment_one_invoice ON payment (payment_hash) WHERE kind = 'invoice';
CREATE UNIQUE INDEX payment_paid_once ON payment (payment_hash) WHERE kind = 'outgoing' AND status <> 'failed';
CREATE INDEX payment_hash ON payment (payment_hash);
CREATE INDEX payment_checking_id ON payment (checking_id);
CREATE INDEX payment_time ON payment (wallet_id, time_us);
CREATE INDEX payment_shown ON payment (wallet_id, time_us) WHERE status <> 'failed';
CREATE INDEX payment_status ON payment (wallet_id, status, time_us);
CREATE INDEX payment_tag ON payment (wallet_id, tag, time_us);
CREATE INDEX payment_amount ON payment (wallet_id, amount_msat, time_us);
CREATE INDEX payment_fee ON payment (wallet_id, fee_msat, time_us);
CREATE INDEX payment_memo ON payment (wallet_id, memo, time_us);
CREATE INDEX payment_updated ON payment (wallet_id, updated_at_us, time_us);
CREATE INDEX payment_open ON payment (expires_at_s) WHERE kind = 'invoice' AND status = 'pending';
CREATE INDEX payment_sending ON payment (id) WHERE kind = 'outgoing' AND status = 'pending';
CREATE INDEX payment_webhook ON payment (id)
    WHERE webhook IS NOT NULL AND webhook_status IS NULL AND status = 'success' AND kind = 'invoice';

CREATE VIRTUAL TABLE payment_search USING fts5 (
    memo, tag, amount, time, content = '', tokenize = 'trigram'
);

CREATE TABLE wallet_sum (
    wallet_id TEXT PRIMARY KEY REFERENCES wallet (id),
    balance_msat INTEGER NOT NULL,
    counted INTEGER NOT NULL
) STRICT;

CREATE TABLE count_sum (
    wallet_id TEXT NOT NULL REFERENCES wallet (id),
    status TEXT NOT NULL,
    tag TEXT NOT NULL,
    payments INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, status, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour_sum (
    wallet_id TEXT NOT NULL REFERENCES wallet (id),
    hour_s INTEGER NOT NULL,
    in_msat INTEGER NOT NULL,
    out_msat INTEGER NOT NULL,
    fee_msat INTEGER NOT NULL,
    count_in INTEGER NOT NULL,
    count_out INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, hour_s)
) STRICT, WITHOUT ROWID;

CREATE TABLE unclaimed (
    checking_id TEXT PRIMARY KEY,
    payment_hash TEXT NOT NULL,
    amount_msat INTEGER NOT NULL,
    preimage TEXT,
    reason TEXT NOT NULL,
    reported_at_us INTEGER NOT NULL,
    claimed_by INTEGER REFERENCES payment (id)
) STRICT;

CREATE INDEX unclaimed_hash ON unclaimed (payment_hash);
""",
    ),
)
