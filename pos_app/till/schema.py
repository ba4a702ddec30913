"""The tables of till.db. Facts of a sale never change, nothing is deleted, the journal only grows."""

from __future__ import annotations

from pos_app.config.database import Migration

_SALES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sale (
    id TEXT PRIMARY KEY,
    book TEXT NOT NULL,
    till TEXT NOT NULL,
    number INTEGER NOT NULL UNIQUE CHECK (number > 0),
    reference TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    voided INTEGER NOT NULL DEFAULT 0 CHECK (voided IN (0, 1)),
    sat INTEGER NOT NULL CHECK (sat > 0),
    tip_sat INTEGER NOT NULL CHECK (tip_sat >= 0),
    currency TEXT,
    fiat_minor INTEGER,
    rate TEXT,
    rate_sources TEXT,
    rate_at_ms INTEGER,
    note TEXT NOT NULL,
    tender TEXT,
    replaces TEXT REFERENCES sale (id),
    made_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    paid_at_ms INTEGER,
    CHECK ((currency IS NULL) = (fiat_minor IS NULL)),
    CHECK ((rate IS NULL) = (rate_sources IS NULL) AND (rate IS NULL) = (rate_at_ms IS NULL))
) STRICT;

CREATE INDEX sale_by_replaced ON sale (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX sale_unfinished ON sale (number) WHERE state IN ('open', 'owed', 'uncertain');

CREATE TRIGGER sale_facts_stay BEFORE UPDATE OF
    id, book, till, number, reference, sat, tip_sat, currency, fiat_minor, rate, rate_sources, rate_at_ms, note,
    replaces, made_at_ms ON sale
BEGIN SELECT RAISE(ABORT, 'the facts of a sale never change'); END;
CREATE TRIGGER sale_stays BEFORE DELETE ON sale BEGIN SELECT RAISE(ABORT, 'a sale is never deleted'); END;

CREATE TABLE sale_invoice (
    payment_hash TEXT PRIMARY KEY,
    sale_id TEXT NOT NULL REFERENCES sale (id),
    bolt11 TEXT NOT NULL,
    amount_msat INTEGER NOT NULL CHECK (amount_msat > 0),
    made_at_s INTEGER NOT NULL,
    expiry_s INTEGER NOT NULL CHECK (expiry_s > 0),
    received_at_ms INTEGER NOT NULL,
    dead_at_ms INTEGER,
    settled_at_ms INTEGER,
    settled_msat INTEGER,
    CHECK ((settled_at_ms IS NULL) = (settled_msat IS NULL))
) STRICT;

CREATE INDEX sale_invoice_by_sale ON sale_invoice (sale_id);
CREATE INDEX sale_invoice_unsettled ON sale_invoice (dead_at_ms) WHERE settled_at_ms IS NULL;

CREATE TRIGGER sale_invoice_facts_stay BEFORE UPDATE OF
    payment_hash, sale_id, bolt11, amount_msat, made_at_s, expiry_s, received_at_ms ON sale_invoice
BEGIN SELECT RAISE(ABORT, 'the facts of an invoice never change'); END;
CREATE TRIGGER sale_invoice_ends_once BEFORE UPDATE OF dead_at_ms, settled_at_ms, settled_msat ON sale_invoice
    WHEN OLD.settled_at_ms IS NOT NULL OR (OLD.dead_at_ms IS NOT NULL AND NEW.dead_at_ms IS NOT OLD.dead_at_ms)
BEGIN SELECT RAISE(ABORT, 'what was said of an invoice is never unsaid'); END;
CREATE TRIGGER sale_invoice_stays BEFORE DELETE ON sale_invoice
BEGIN SELECT RAISE(ABORT, 'an invoice is never forgotten'); END;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    sale_id TEXT NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE INDEX journal_by_sale ON journal (sale_id);

CREATE TRIGGER journal_row_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
CREATE TRIGGER journal_row_is_final BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
"""

_TAPS = """
CREATE TABLE tap (
    id TEXT PRIMARY KEY,
    sale_id TEXT NOT NULL REFERENCES sale (id),
    sequence INTEGER NOT NULL UNIQUE CHECK (sequence > 0),
    host TEXT NOT NULL,
    captured_at_ms INTEGER NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0 CHECK (stored IN (0, 1)),
    state TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
    payment_hash TEXT REFERENCES sale_invoice (payment_hash),
    link_tries INTEGER NOT NULL DEFAULT 0 CHECK (link_tries >= 0),
    submit_tries INTEGER NOT NULL DEFAULT 0 CHECK (submit_tries >= 0),
    request_out INTEGER NOT NULL DEFAULT 0 CHECK (request_out IN (0, 1)),
    reason TEXT NOT NULL DEFAULT '',
    ended_at_ms INTEGER,
    url_mac BLOB,
    url_sealed BLOB,
    offer_sealed BLOB,
    min_msat INTEGER,
    max_msat INTEGER,
    pin_limit_msat INTEGER,
    CHECK (ended_at_ms IS NULL OR (url_sealed IS NULL AND offer_sealed IS NULL)),
    CHECK (ended_at_ms IS NULL OR request_out = 0)
) STRICT;

CREATE INDEX tap_by_sale ON tap (sale_id);
CREATE INDEX tap_by_invoice ON tap (payment_hash);
CREATE INDEX tap_unfinished ON tap (host, sequence) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX tap_is_taken_once ON tap (url_mac) WHERE url_mac IS NOT NULL;

CREATE TRIGGER tap_facts_stay BEFORE UPDATE OF id, sale_id, sequence, host, captured_at_ms ON tap
BEGIN SELECT RAISE(ABORT, 'the facts of a tap never change'); END;
CREATE TRIGGER tap_ends_once BEFORE UPDATE ON tap WHEN OLD.ended_at_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a tap that has ended never changes'); END;
CREATE TRIGGER tap_stays BEFORE DELETE ON tap BEGIN SELECT RAISE(ABORT, 'a tap is never deleted'); END;
"""

_QUEUE = """
ALTER TABLE tap ADD COLUMN held_why TEXT NOT NULL DEFAULT '';
ALTER TABLE tap ADD COLUMN released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1));
ALTER TABLE tap ADD COLUMN sale_state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE sale ADD COLUMN goods_given INTEGER NOT NULL DEFAULT 0 CHECK (goods_given IN (0, 1));
ALTER TABLE sale ADD COLUMN due_msat INTEGER NOT NULL DEFAULT 0 CHECK (due_msat >= 0);
ALTER TABLE sale ADD COLUMN refunded_msat INTEGER NOT NULL DEFAULT 0 CHECK (refunded_msat >= 0);

UPDATE sale SET due_msat = max(0, (SELECT coalesce(sum(settled_msat), 0) FROM sale_invoice WHERE sale_id = sale.id)
    - iif(voided = 0 AND tender IS NOT 'other'
          AND (SELECT count(settled_msat) FROM sale_invoice WHERE sale_id = sale.id) > 1, (sat + tip_sat) * 1000, 0))
    WHERE state = 'refund_due';

CREATE INDEX sale_in_queue ON sale (number) WHERE state IN ('owed', 'uncertain', 'paid_late', 'refund_due');
CREATE INDEX tap_sealed ON tap (sequence) WHERE url_sealed IS NOT NULL OR offer_sealed IS NOT NULL;

CREATE TRIGGER tap_keeps_its_sale_state BEFORE UPDATE OF sale_state ON tap
BEGIN SELECT RAISE(ABORT, 'the facts of a tap never change'); END;

CREATE TABLE terms (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    accepted_at_ms INTEGER,
    tap_max_sat INTEGER NOT NULL CHECK (tap_max_sat > 0),
    sum_max_sat INTEGER NOT NULL CHECK (sum_max_sat > 0),
    count_max INTEGER NOT NULL CHECK (count_max > 0),
    session_max_s INTEGER NOT NULL CHECK (session_max_s > 0),
    tap_age_max_s INTEGER NOT NULL CHECK (tap_age_max_s > 0)
) STRICT;
"""

_REPORTS = """
CREATE TABLE report (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    made_at_ms INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
    data TEXT NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER report_stays BEFORE DELETE ON report BEGIN SELECT RAISE(ABORT, 'a Z report is kept for ever'); END;
CREATE TRIGGER report_is_final BEFORE UPDATE ON report BEGIN SELECT RAISE(ABORT, 'a Z report never changes'); END;
"""

_RESTORE = """
CREATE TABLE unassigned (
    payment_hash TEXT PRIMARY KEY,
    reference TEXT NOT NULL,
    number INTEGER CHECK (number > 0),
    amount_msat INTEGER NOT NULL,
    memo TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL,
    is_paid INTEGER NOT NULL CHECK (is_paid IN (0, 1))
) STRICT;

CREATE INDEX tap_restored ON tap (sale_id) WHERE ended_at_ms IS NULL AND held_why = 'restored';

CREATE TRIGGER unassigned_stays BEFORE DELETE ON unassigned
BEGIN SELECT RAISE(ABORT, 'a payment is never forgotten'); END;
"""

MIGRATIONS = (
    Migration("0001 sales", _SALES),
    Migration("0002 taps", _TAPS),
    Migration("0003 queue", _QUEUE),
    Migration("0004 reports", _REPORTS),
    Migration("0005 restore", _RESTORE),
)
