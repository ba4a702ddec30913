from __future__ import annotations

import sqlite3

import pytest

from pos_app.engine.engine import FILE_NAME
from tests.support.shop import Shop, sat


async def lively(shop: Shop) -> None:
    """Payments of each kind."""
    a, b = await shop.wallet("A", credit=5000), await shop.wallet("B")
    await shop.ledger.pay(a, (await shop.invoice(b, 100, extra={"tag": "x"})).bolt11)
    await shop.customer_pays(await shop.invoice(a, 200))
    await shop.ledger.pay(a, await shop.customer.bill(sat(300)))
    await shop.ledger.cancel(b, (await shop.invoice(b, 7)).payment_hash)
    await shop.invoice(a, 8)


async def test_a_lively_ledger_is_clean(shop: Shop) -> None:
    await lively(shop)
    report = await shop.ledger.audit()
    assert (report.differences, report.unclaimed) == ((), ())
    assert (report.payments, report.wallets, report.balance) == (7, 2, sat(5000 + 200 - 301))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE wallet_sum SET balance_msat = balance_msat + 1 WHERE balance_msat > 0", "The balance of"),
        ("DELETE FROM wallet_sum", "The balance of"),
        ("UPDATE wallet_sum SET counted = counted + 1", "The balance of"),
        ("UPDATE count_sum SET payments = payments + 1 WHERE tag = 'x'", "The count of"),
        ("DELETE FROM count_sum WHERE status = 'failed'", "The count of"),
        ("UPDATE hour_sum SET fee_msat = fee_msat + 1 WHERE fee_msat > 0", "The hour of"),
        ("INSERT INTO hour_sum SELECT wallet_id, 0, 1, 0, 0, 1, 0 FROM hour_sum LIMIT 1", "The hour of"),
        (
            "UPDATE payment SET amount_msat = amount_msat - 1000 WHERE kind = 'outgoing' AND source IS NULL",
            "same amount",
        ),
        ("DELETE FROM payment WHERE kind = 'outgoing' AND source IS NULL", "same amount"),
        (
            "UPDATE payment SET status = 'failed', preimage = NULL WHERE settled_by = 'inside'",
            "invoice there is not paid",
        ),
        ("UPDATE payment SET settled_by = NULL", "nothing says by whom"),
        ("INSERT INTO payment_search (payment_search) VALUES ('delete-all')", "not in the search"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM wallet WHERE name = 'B'", "points to no row of wallet"),
    ],
)
async def test_every_difference_is_found(shop: Shop, damage: str, words: str) -> None:
    await lively(shop)
    connection = sqlite3.connect(shop.folder / FILE_NAME)
    connection.executescript(damage)
    connection.close()
    assert any(words in difference for difference in (await shop.ledger.audit()).differences)
