"""The rules of the ledger: what may happen to money."""
