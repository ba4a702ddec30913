"""Currencies and what a bitcoin costs in them."""
