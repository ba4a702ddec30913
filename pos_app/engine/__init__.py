"""The embedded payments engine: the payments API over a ledger in SQLite."""
