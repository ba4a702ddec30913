"""A Lightning counter terminal: invoices, QR codes, Bolt Cards, and a payments engine of its own."""

__version__ = "0.1.0"
