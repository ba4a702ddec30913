"""The rows of till.db as records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from decimal import Decimal

from pos_app.core.money import Fiat, Msat, Sat
from pos_app.till.journal import Json
from pos_app.till.sale import Held, Rate, Sale, SaleInvoice, Tap
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.views import Tender

_TAPS_OF = "sale_id = :sale_id ORDER BY sequence"


def load_sales(connection: sqlite3.Connection, where: str, values: Mapping[str, Json]) -> tuple[Sale, ...]:
    """The sales that the condition names, with all their invoices and taps."""
    rows = connection.execute(f"SELECT * FROM sale WHERE {where}", values).fetchall()
    in_order = "sale_id = :sale_id ORDER BY rowid"
    return tuple(
        _sale(
            row,
            load_invoices(connection, in_order, {"sale_id": row["id"]}),
            load_taps(connection, _TAPS_OF, {"sale_id": row["id"]}),
        )
        for row in rows
    )


def load_invoices(connection: sqlite3.Connection, where: str, values: Mapping[str, Json]) -> tuple[SaleInvoice, ...]:
    """The invoices that the condition names."""
    rows = connection.execute(f"SELECT * FROM sale_invoice WHERE {where}", values)
    return tuple(
        SaleInvoice(
            payment_hash=row["payment_hash"],
            sale_id=row["sale_id"],
            bolt11=row["bolt11"],
            amount=Msat(row["amount_msat"]),
            made_at_s=row["made_at_s"],
            expiry_s=row["expiry_s"],
            received_at_s=row["received_at_ms"] / 1000,
            dead_at_s=_seconds(row["dead_at_ms"]),
            settled_at_s=_seconds(row["settled_at_ms"]),
            settled=None if row["settled_msat"] is None else Msat(row["settled_msat"]),
        )
        for row in rows
    )


def load_taps(connection: sqlite3.Connection, where: str, values: Mapping[str, Json]) -> tuple[Tap, ...]:
    """The taps that the condition names."""
    rows = connection.execute(f"SELECT * FROM tap WHERE {where}", values)
    return tuple(
        Tap(
            id=row["id"],
            sale_id=row["sale_id"],
            sequence=row["sequence"],
            host=row["host"],
            state=TapState(row["state"]),
            is_stored=bool(row["stored"]),
            payment_hash=row["payment_hash"],
            link_tries=row["link_tries"],
            submit_tries=row["submit_tries"],
            request_out=bool(row["request_out"]),
            reason=row["reason"],
            captured_at_s=row["captured_at_ms"] / 1000,
            ended_at_s=_seconds(row["ended_at_ms"]),
            held=Held(row["held_why"]) if row["held"] else None,
            was_released=bool(row["released"]),
        )
        for row in rows
    )


def _sale(row: sqlite3.Row, invoices: tuple[SaleInvoice, ...], taps: tuple[Tap, ...]) -> Sale:
    rate = None
    if row["rate"] is not None:
        rate = Rate(Decimal(row["rate"]), tuple(json.loads(row["rate_sources"])), row["rate_at_ms"] / 1000)
    return Sale(
        id=row["id"],
        book=row["book"],
        till=row["till"],
        number=row["number"],
        reference=row["reference"],
        state=SaleState(row["state"]),
        voided=bool(row["voided"]),
        amount=Sat(row["sat"]),
        tip=Sat(row["tip_sat"]),
        fiat=None if row["currency"] is None else Fiat(row["fiat_minor"], row["currency"]),
        rate=rate,
        note=row["note"],
        tender=None if row["tender"] is None else Tender(row["tender"]),
        replaces=row["replaces"],
        made_at_s=row["made_at_ms"] / 1000,
        closed_at_s=_seconds(row["closed_at_ms"]),
        paid_at_s=_seconds(row["paid_at_ms"]),
        invoices=invoices,
        taps=taps,
        goods_given=bool(row["goods_given"]),
        due=Sat(row["due_msat"] // 1000),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
