"""SQLite: tables, rows, and the functions that read and write them inside a transaction."""
