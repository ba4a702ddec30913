"""The same payments for both servers: a month of a shop, every hour of it filled, whatever the number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

DAYS = 30
HOURS = DAYS * 24
STEP_S = 25
"""Payments of one hour are so far apart; 144 of them fit."""
COMMON_WORD = "Coffee"
_THINGS = (COMMON_WORD, "Tea", "Cake", "Sandwich")
_TAGS = (None, None, None, "tpos")


@dataclass(frozen=True, slots=True)
class Record:
    """One payment: 85 % received, 10 % sent, 5 % failed."""

    payment_hash: str
    preimage: str
    amount_msat: int
    status: str
    memo: str
    tag: str | None
    time_s: int

    @property
    def is_sent(self) -> bool:
        return self.amount_msat < 0


def records(first: int, end: int, until_s: int) -> Iterator[Record]:
    """The payments with these numbers, oldest first; all of them in the month before `until_s`."""
    start_s = (until_s // 3600 - HOURS) * 3600
    numbers = sorted(range(first, end), key=lambda number: _second(number))
    for number in numbers:
        preimage = hashlib.sha256(b"preimage %d" % number).digest()
        share = number * 7 % 20
        amount_msat = (1 + number * 37 % 5000) * 1000
        yield Record(
            payment_hash=hashlib.sha256(preimage).hexdigest(),
            preimage=preimage.hex(),
            amount_msat=-amount_msat // 10 // 1000 * 1000 if share in (17, 18) else amount_msat,
            status="failed" if share == 19 else "success",
            memo=f"{_THINGS[number % len(_THINGS)]} at table {number % 30} · {reference(number)}",
            tag=_TAGS[number // 4 % len(_TAGS)],
            time_s=start_s + _second(number),
        )


def reference(number: int) -> str:
    """The word that only this payment's memo has."""
    return f"R{number:07d}"


def payment_hash(number: int) -> str:
    return hashlib.sha256(hashlib.sha256(b"preimage %d" % number).digest()).hexdigest()


def _second(number: int) -> int:
    return number % HOURS * 3600 + number // HOURS * STEP_S
