"""The counter without Qt: sales, their invoices, the journal, and what the till knows of the world."""
