"""The payments API over HTTP: routes and their words. What may happen to money is the ledger's."""
