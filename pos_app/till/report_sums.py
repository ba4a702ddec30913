"""What a stretch of the journal came to: the figures of a report, counted from the rows themselves.

A report covers journal rows, not hours: each payment stands in exactly one Z report, whatever the clocks did.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from pos_app.core.money import Fiat, Sat
from pos_app.till.report_views import TenderTotal, Unresolved
from pos_app.till.states import Cause, SaleState
from pos_app.till.views import Tender

_MONEY = (Cause.SETTLED, Cause.SETTLED_AFTER_VOID)
_LATE = (SaleState.CANCELLED, SaleState.EXPIRED, SaleState.WRITTEN_OFF)
_SOLD = (SaleState.PAID, SaleState.PAID_LATE, SaleState.PAID_OTHERWISE)
_COUNTED = (*_MONEY, Cause.PAID_OTHERWISE, Cause.REFUNDED, Cause.CHARGED)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the journal rows after `from_seq` up to and with `to_seq`."""

    from_seq: int
    to_seq: int
    first_at_s: float | None
    count: int
    sum: Sat
    tips: Sat
    fiat: tuple[Fiat, ...]
    tenders: tuple[TenderTotal, ...]
    late_count: int
    late_sum: Sat
    refunded: Sat
    rate_low: str
    rate_high: str
    first_number: int | None
    last_number: int | None
    settled: dict[str, int]
    """What each payment hash brought in these rows, in msat."""


@dataclass(slots=True)
class _Sum:
    count: int = 0
    msat: int = 0
    tips: int = 0
    fiat: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add_sale(self, sale: sqlite3.Row) -> None:
        self.count += 1
        self.tips += sale["tip_sat"]
        if sale["currency"] is not None:
            self.fiat[sale["currency"]] += sale["fiat_minor"]

    def fiat_sums(self) -> tuple[Fiat, ...]:
        return tuple(Fiat(minor, currency) for currency, minor in sorted(self.fiat.items()))


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the journal's last row."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])


def figures(connection: sqlite3.Connection, from_seq: int, to_seq: int) -> Figures:
    """Count the journal rows after `from_seq` up to and with `to_seq`."""
    rows = connection.execute(
        "SELECT journal.at_ms, journal.data, sale.* FROM journal JOIN sale ON sale.id = journal.sale_id"
        " WHERE journal.kind = 'move' AND journal.seq > ? AND journal.seq <= ? AND json_extract(data, '$.on') IN"
        f" ({', '.join('?' for _ in _COUNTED)}) ORDER BY seq",
        (from_seq, to_seq, *(cause.value for cause in _COUNTED)),
    ).fetchall()
    all_sales, late = _Sum(), _Sum()
    tenders: dict[Tender, _Sum] = defaultdict(_Sum)
    settled: dict[str, int] = {}
    refunded_msat, numbers, rates = 0, [], []
    for row in rows:
        moved = json.loads(row["data"])
        match Cause(moved["on"]):
            case Cause.CHARGED:
                numbers.append(row["number"])
                continue
            case Cause.REFUNDED:
                refunded_msat += moved["msat"]
                continue
            case Cause.PAID_OTHERWISE:
                tender, msat = Tender.OTHER, (row["sat"] + row["tip_sat"]) * 1000
            case _:
                tender, msat = _tender(connection, row, moved["hash"]), moved["msat"]
                settled[moved["hash"]] = msat
        into = [all_sales, tenders[tender]]
        if SaleState(moved["from"]) in _LATE:
            into.append(late)
        for each in into:
            each.msat += msat
            if SaleState(moved["to"]) in _SOLD:
                each.add_sale(row)
        if row["rate"] is not None:
            rates.append(row["rate"])
    return Figures(
        from_seq=from_seq,
        to_seq=to_seq,
        first_at_s=rows[0]["at_ms"] / 1000 if rows else None,
        count=all_sales.count,
        sum=_sat(all_sales.msat),
        tips=Sat(all_sales.tips),
        fiat=all_sales.fiat_sums(),
        tenders=tuple(
            TenderTotal(tender, part.count, _sat(part.msat), Sat(part.tips), part.fiat_sums())
            for tender in Tender
            if (part := tenders.get(tender)) is not None
        ),
        late_count=late.count,
        late_sum=_sat(late.msat),
        refunded=_sat(refunded_msat),
        rate_low=min(rates, key=Decimal, default=""),
        rate_high=max(rates, key=Decimal, default=""),
        first_number=min(numbers, default=None),
        last_number=max(numbers, default=None),
        settled=settled,
    )


def _sat(msat: int) -> Sat:
    return Sat(msat // 1000)


def _tender(connection: sqlite3.Connection, sale: sqlite3.Row, payment_hash: str) -> Tender:
    """How this hash was paid. The sale's own word is of its first payment, which may have been cash."""
    if sale["tender"] not in (None, Tender.OTHER):
        return Tender(sale["tender"])
    tap = connection.execute(
        "SELECT stored FROM tap WHERE payment_hash = ? AND state = 'settled' ORDER BY sequence DESC", (payment_hash,)
    ).fetchone()
    if tap is None:
        return Tender.QR
    return Tender.STORED_CARD if tap["stored"] else Tender.CARD


def unresolved(connection: sqlite3.Connection) -> tuple[Unresolved, ...]:
    """What a report cannot hide: sales that are open, owed or uncertain, money due back, late money not looked at."""
    rows = connection.execute(
        "SELECT id, number, made_at_ms, state, iif(state = 'refund_due', due_msat / 1000, sat + tip_sat) AS sum"
        " FROM sale WHERE state IN ('open', 'owed', 'uncertain', 'refund_due')"
        " OR (state = 'paid_late' AND goods_given = 0)"
        " ORDER BY number"
    )
    return tuple(
        Unresolved(row["id"], row["number"], row["made_at_ms"] / 1000, SaleState(row["state"]), Sat(row["sum"]))
        for row in rows
    )
