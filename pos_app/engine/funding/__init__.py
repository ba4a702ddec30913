"""Funding sources: where real sats come from, one file a source."""
