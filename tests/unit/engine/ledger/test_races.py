"""Many at once: one invoice is settled once, whoever races."""

from __future__ import annotations

import asyncio
import random

import pytest

from pos_app.engine.errors import PaymentRefused
from pos_app.engine.store.rows import PaymentRow, PaymentStatus
from tests.support.drills import rounds
from tests.support.shop import Shop

pytestmark = pytest.mark.drill

ROUNDS = rounds(3, 200)
TASKS = 50


async def test_fifty_payers_one_invoice(shop: Shop) -> None:
    payers = [await shop.wallet(f"Payer {n}", credit=1_000_000) for n in range(5)]
    payee = await shop.wallet("Payee")
    expected = 0
    for _ in range(ROUNDS):
        invoice = await shop.invoice(payee, 70)
        results = await asyncio.gather(
            *(shop.ledger.pay(payers[n % 5], invoice.bolt11) for n in range(TASKS)), return_exceptions=True
        )
        expected += 70
        assert sum(isinstance(result, PaymentRow) for result in results) == 1
        assert all(isinstance(r, PaymentRow) or str(r).startswith("Internal invoice already paid") for r in results)
        assert await shop.balance(payee) == expected
        assert sum([await shop.balance(payer) for payer in payers]) == 5_000_000 - expected
    await shop.check()


async def test_payers_inside_outside_and_cancel_at_once(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100_000), await shop.wallet("Payee")
    order = random.Random(7)
    received = spent = 0
    for _ in range(ROUNDS * 5):
        invoice = await shop.invoice(payee, 70)
        acts = [
            shop.ledger.pay(payer, invoice.bolt11),
            shop.ledger.cancel(payee, invoice.payment_hash),
            shop.practice_network.settle(invoice.payment_hash),
            shop.ledger.payment(payee, invoice.payment_hash),
        ]
        order.shuffle(acts)
        results = await asyncio.gather(*acts, return_exceptions=True)
        assert not [r for r in results if isinstance(r, BaseException) and not isinstance(r, PaymentRefused)]
        inside = any(isinstance(r, PaymentRow) and r.amount.value < 0 for r in results)
        at_source = await shop.practice_network.invoice(invoice.payment_hash)
        assert at_source is not None
        outside = at_source.place is not None
        assert not (inside and outside)
        if outside:
            await shop.settled(invoice.payment_hash)
        row = await shop.row(invoice.payment_hash)
        assert row.status is (PaymentStatus.SUCCESS if inside or outside else PaymentStatus.FAILED)
        received += 70 * (inside or outside)
        spent += 70 * inside
        assert (await shop.balance(payee), await shop.balance(payer)) == (received, 100_000 - spent)
    await shop.check()


async def test_one_wallet_cannot_spend_twice(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoices = [await shop.invoice(payee, 30) for _ in range(10)]
    results = await asyncio.gather(*(shop.ledger.pay(payer, i.bolt11) for i in invoices), return_exceptions=True)
    assert sum(isinstance(result, PaymentRow) for result in results) == 3
    assert (await shop.balance(payer), await shop.balance(payee)) == (10, 90)
    await shop.check()
