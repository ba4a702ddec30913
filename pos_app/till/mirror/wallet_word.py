"""The payments API's side of the books, for reports."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pos_app.core.money import Sat
from pos_app.till.mirror.kinds import BY_API, KNOWN, Kind
from pos_app.till.mirror.rollups import between
from pos_app.till.mirror.schema import packed


@dataclass(frozen=True, slots=True)
class MirrorPayment:
    """What the payments API last said of one hash of the wallet."""

    payment_hash: str
    received_msat: int | None
    """None: not paid."""
    is_lost: bool
    """The server does not know it any more, or unsaid that it was paid."""


@dataclass(frozen=True, slots=True)
class WalletSums:
    """What came into the wallet in a time by the API's word, and how much of it not by this till."""

    count: int
    sum: Sat
    other_count: int
    other_sum: Sat


def payments_of(db: sqlite3.Connection, hashes: Iterable[str]) -> dict[str, MirrorPayment | None]:
    """Of each hash what came in by it; None where the copy does not have it."""
    found: dict[str, MirrorPayment | None] = {}
    for payment_hash in hashes:
        rows = db.execute(
            "SELECT amount_msat, status, lost FROM entry WHERE payment_hash = ? AND amount_msat > 0",
            (packed(payment_hash),),
        ).fetchall()
        if not rows:
            found[payment_hash] = None
            continue
        paid = [row["amount_msat"] for row in rows if row["status"] == "success" and row["lost"] == KNOWN]
        is_lost = all(row["lost"] != KNOWN for row in rows)
        found[payment_hash] = MirrorPayment(payment_hash, sum(paid) if paid else None, is_lost)
    return found


def sums_between(db: sqlite3.Connection, kinds: Mapping[int, Kind], from_s: float, until_s: float) -> WalletSums:
    """By when the payments were made."""
    by_api = [number for number, kind in kinds.items() if kind.counted == BY_API]
    found = between(db, round(from_s * 1000), round(until_s * 1000), by_api)
    ours = [(kinds[number].ours, each) for number, each in found.items()]
    received = [(is_ours, each) for is_ours, each in ours if each.amount_msat > 0]
    others = [each for is_ours, each in received if not is_ours]
    return WalletSums(
        count=sum(each.entries for _, each in received),
        sum=Sat(sum(each.amount_msat for _, each in received) // 1000),
        other_count=sum(each.entries for each in others),
        other_sum=Sat(sum(each.amount_msat for each in others) // 1000),
    )
