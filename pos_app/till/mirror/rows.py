"""Entries as the rows and the sums of the history."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import HistoryRow, HistorySums
from pos_app.till.mirror.filters import Plan
from pos_app.till.mirror.kinds import KNOWN, UNPAID, Kind
from pos_app.till.mirror.rollups import Sums, between
from pos_app.till.mirror.schema import packed, time_ms, unpacked
from pos_app.till.views import Tender

OF_SALE = "sale:"
_SELECT = """
    SELECT entry.id AS id, payment_hash, twin, kind, lost, amount_msat, fee_msat, entry.tip_sat AS tip_sat,
        entry.fiat_minor AS fiat_minor, memo, entry.tag AS tag, number, sale.id AS sale_id, reference, rate, note
    FROM entry LEFT JOIN sale ON sale.number = entry.sale
"""


def rows(db: sqlite3.Connection, kinds: Mapping[int, Kind], ids: Sequence[int]) -> tuple[HistoryRow, ...]:
    """The rows with these numbers, newest first."""
    found = db.execute(
        f"{_SELECT} WHERE entry.id IN (SELECT value FROM json_each(?)) ORDER BY entry.id DESC", (json.dumps(list(ids)),)
    )
    return tuple(_row(row, kinds[row["kind"]]) for row in found)


def row_of(db: sqlite3.Connection, kinds: Mapping[int, Kind], key: str) -> HistoryRow | None:
    """The row with this key."""
    if key.startswith(OF_SALE):
        where = "sale.id = ? AND payment_hash IS NULL"
        values: tuple[str | bytes, ...] = (key.removeprefix(OF_SALE),)
    else:
        payment_hash, _, twin = key.partition("/")
        where, values = "payment_hash = ? AND twin = ?", (packed(payment_hash), twin)
    found = db.execute(f"{_SELECT} WHERE {where}", values).fetchone()
    return None if found is None else _row(found, kinds[found["kind"]])


def _row(row: sqlite3.Row, kind: Kind) -> HistoryRow:
    payment_hash = None if row["payment_hash"] is None else unpacked(row["payment_hash"])
    key = f"{OF_SALE}{row['sale_id']}" if payment_hash is None else payment_hash
    return HistoryRow(
        key=f"{key}/{row['twin']}" if row["twin"] else key,
        at_s=time_ms(row["id"]) / 1000,
        state=kind.state,
        amount_msat=row["amount_msat"],
        fee_msat=row["fee_msat"],
        memo=row["memo"] or row["note"] or "",
        tag=row["tag"],
        payment_hash=payment_hash,
        tender=Tender(kind.tender) if kind.tender else None,
        sale_id=row["sale_id"],
        number=row["number"],
        reference=row["reference"] or "",
        tip=Sat(row["tip_sat"]),
        fiat=Fiat(row["fiat_minor"], kind.currency) if kind.currency else None,
        rate=row["rate"] or "",
        is_gone=row["lost"] != KNOWN,
    )


def sums(db: sqlite3.Connection, plan: Plan) -> HistorySums:
    """What the filter comes to."""
    return history_sums(plan.kinds, _by_kind(db, plan))


def _by_kind(db: sqlite3.Connection, plan: Plan) -> Mapping[int, Sums]:
    if plan.is_of_sums:
        return between(db, plan.from_ms, plan.until_ms, plan.kinds)
    entries, values = plan.entries()
    found = db.execute(
        "SELECT kind, count(*), sum(amount_msat), sum(fee_msat), sum(tip_sat), sum(fiat_minor)"
        f" {entries} GROUP BY kind",
        values,
    )
    return {kind: Sums(*each) for kind, *each in found}


def history_sums(kinds: Mapping[int, Kind], by_kind: Mapping[int, Sums]) -> HistorySums:
    """The foot of a list with these kinds."""
    found = [(kinds[number], sums) for number, sums in by_kind.items() if number in kinds]
    received = [(kind, sums) for kind, sums in found if kind.is_received]
    sent = [sums for kind, sums in found if kind.counted and kind.out]
    waiting = [sums for kind, sums in found if kind.state in UNPAID and not kind.counted]
    return HistorySums(
        count=sum(sums.entries for _, sums in found),
        received=Sat(sum(sums.amount_msat for _, sums in received) // 1000),
        sent=Sat(-sum(sums.amount_msat + sums.fee_msat for sums in sent) // 1000),
        open=Sat(sum(sums.amount_msat for sums in waiting) // 1000),
        open_count=sum(sums.entries for sums in waiting),
        fiat=fiat_sums((kind.currency, sums.fiat_minor) for kind, sums in received),
    )


def fiat_sums(parts: Iterable[tuple[str, int]]) -> tuple[Fiat, ...]:
    """One sum for each currency, in the order of their names."""
    found: dict[str, int] = {}
    for currency, minor in parts:
        if currency:
            found[currency] = found.get(currency, 0) + minor
    return tuple(Fiat(minor, currency) for currency, minor in sorted(found.items()))
