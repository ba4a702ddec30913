"""Words that every room shares: money, time, errors, BOLT 11. No Qt, no web, no files."""
