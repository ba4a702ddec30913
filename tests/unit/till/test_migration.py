"""Books that an earlier version wrote are brought up to date with what they hold."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pos_app.config.database import Database
from pos_app.core.money import Sat
from pos_app.till.schema import MIGRATIONS
from pos_app.till.states import SaleState
from pos_app.till.store import FILE_NAME, Store
from pos_app.till.tap_states import TapState
from tests.support.clock import ManualClock

SALE = (
    "INSERT INTO sale (id, book, till, number, reference, state, voided, sat, tip_sat, note, tender, made_at_ms)"
    " VALUES (?, 'b', 't', ?, ?, ?, ?, 2000, 100, '', ?, 1)"
)
PAID = "INSERT INTO sale_invoice VALUES (?, ?, 'lnbcrt1', 2100000, 1, 600, 1, NULL, 2, 2100000)"


def before_the_queue(folder: Path, sales: list[tuple[str, str, int, str, int]]) -> None:
    """A book of the version before: sales as (id, state, voided, tender, paid invoices)."""
    database = Database(folder / FILE_NAME, MIGRATIONS[:2], secure_delete=True)
    database.open()

    def fill(connection: sqlite3.Connection) -> None:
        for number, (sale_id, state, voided, tender, paid) in enumerate(sales, start=1):
            connection.execute(SALE, (sale_id, number, f"REF{number}", state, voided, tender))
            for each in range(paid):
                connection.execute(PAID, (f"{number}{each}", sale_id))
        connection.execute(
            "INSERT INTO tap (id, sale_id, sequence, host, captured_at_ms, state)"
            " VALUES ('tap', ?, 1, 'h', 1, 'unknown')",
            (sales[0][0],),
        )

    database.write_sync(fill)
    database.close()


@pytest.mark.parametrize(
    ("state", "voided", "tender", "paid", "due"),
    [
        ("refund_due", 1, "qr", 1, 2100),
        ("refund_due", 0, "other", 1, 2100),
        ("refund_due", 0, "other", 2, 4200),
        ("refund_due", 0, "qr", 2, 2100),
        ("paid", 0, "qr", 1, 0),
    ],
)
async def test_what_is_due_back_is_known(
    tmp_path: Path, state: str, voided: int, tender: str, paid: int, due: int
) -> None:
    before_the_queue(tmp_path, [("s", state, voided, tender, paid)])
    store = await Store.open(tmp_path, ManualClock())
    sale = await store.sale("s")
    assert sale is not None and sale.due == Sat(due)
    assert {queued.id for queued in await store.queued()} == ({"s"} if state == "refund_due" else set())
    await store.close()


async def test_sales_and_taps_stay_as_they_were(tmp_path: Path) -> None:
    before_the_queue(tmp_path, [("s", "uncertain", 0, "qr", 0)])
    store = await Store.open(tmp_path, ManualClock())
    sale = await store.sale("s")
    assert sale is not None and sale.state is SaleState.UNCERTAIN
    assert [(tap.state, tap.is_stored, tap.is_held) for tap in sale.taps] == [(TapState.UNKNOWN, False, False)]
    assert await store.stored_taps() == ()
    await store.close()
