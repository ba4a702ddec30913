"""The PENDING slip: what the customer takes home while a stored card has not paid."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pos_app.core.text import plain
from pos_app.till.paper import HATCH, RULE, Kind, Line, pdf
from pos_app.till.views import SaleView

WIDTH_MM = 58.0
NOTE_LIMIT = 60


def slip_lines(sale: SaleView, shop_name: str) -> tuple[Line, ...]:
    """The slip from top to bottom. It never says that anything is paid."""
    return tuple(_lines(sale, shop_name))


def _lines(sale: SaleView, shop_name: str) -> Iterator[Line]:
    yield Line(Kind.NAME, plain(shop_name, NOTE_LIMIT) or "Till")
    if sale.practice:
        yield Line(Kind.FRAME, "PRACTICE", "no real money, no receipt")
    yield HATCH
    yield Line(Kind.SHOUT, "PENDING")
    yield Line(Kind.WORD, "not paid yet")
    yield HATCH
    made_at = time.strftime("%d %b %Y %H:%M", time.localtime(sale.made_at_s))
    yield Line(Kind.ROW, f"Sale {sale.number}", made_at)
    yield Line(Kind.ROW, "Reference", sale.reference)
    note = plain(sale.note, NOTE_LIMIT)
    if note:
        yield Line(Kind.ROW, note)
    yield RULE
    yield Line(Kind.TOTAL, "Up to", str(sale.total))
    yield RULE
    yield Line(
        Kind.NOTE,
        "Your card was stored. The payment follows when the shop is online again. You will not be charged twice.",
    )


def slip_pdf(sale: SaleView, shop_name: str) -> bytes:
    """The slip as a PDF, `WIDTH_MM` wide. Loads the PDF library, which takes a moment."""
    return pdf(slip_lines(sale, shop_name), WIDTH_MM, f"Sale {sale.number}: PENDING, not paid")
