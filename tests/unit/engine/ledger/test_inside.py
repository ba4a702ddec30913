"""Payments between wallets of one engine."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from pos_app.core import bolt11
from pos_app.engine.errors import PaymentRefused
from pos_app.engine.store.rows import PaymentRow, PaymentStatus
from pos_app.practice.customer import PayEnd
from tests.conftest import LogWatch
from tests.support.shop import Shop, sat


async def test_both_records_and_both_balances(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 100, memo="coffee")
    paid = await shop.ledger.pay(payer, invoice.bolt11.upper(), extra={"tag": "tip", "n": 1})
    received = await shop.row(invoice.payment_hash, payee)
    assert (paid.amount, paid.fee, paid.status, paid.memo) == (-sat(100), sat(0), PaymentStatus.SUCCESS, "coffee")
    assert (paid.checking_id, paid.tag, paid.extra) == (
        f"internal_{invoice.payment_hash}",
        "tip",
        {"tag": "tip", "n": 1},
    )
    assert (received.amount, received.status, received.payment_hash) == (sat(100), paid.status, paid.payment_hash)
    assert paid.preimage == received.preimage
    assert hashlib.sha256(bytes.fromhex(paid.preimage or "")).hexdigest() == invoice.payment_hash
    assert (await shop.balance(payer), await shop.balance(payee)) == (0, 100)
    assert {heard.payment.id for heard in shop.heard} >= {paid.id, received.id}
    await shop.check()


async def test_the_invoice_is_cancelled_at_the_source_first(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 50)
    await shop.ledger.pay(payer, invoice.bolt11)
    assert await shop.customer.pay(invoice.bolt11) is PayEnd.FAILED
    assert await shop.ledger.unclaimed() == ()


async def test_paying_oneself_changes_nothing(shop: Shop) -> None:
    wallet = await shop.wallet(credit=30)
    invoice = await shop.invoice(wallet, 30)
    await shop.ledger.pay(wallet, invoice.bolt11)
    assert await shop.balance(wallet) == 30
    assert (await shop.row(invoice.payment_hash, wallet)).amount == -sat(30)
    assert (await shop.row(invoice.payment_hash)).amount == sat(30)
    await shop.check()


async def refused(shop: Shop, payer_credit: int, invoice: PaymentRow) -> PaymentRefused:
    payer = await shop.wallet("Payer", credit=payer_credit)
    with pytest.raises(PaymentRefused) as error:
        await shop.ledger.pay(payer, invoice.bolt11)
    assert await shop.balance(payer) == payer_credit
    await shop.check()
    return error.value


async def test_a_poor_wallet_does_no_harm(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.wallet("Payee"), 50)
    assert (await refused(shop, 49, invoice)).detail == "Insufficient balance."
    assert await shop.customer.pay(invoice.bolt11) is PayEnd.PAID  # it was not cancelled at the source


async def test_what_is_paid_is_paid(shop: Shop) -> None:
    payee = await shop.wallet("Payee")
    first, second = await shop.invoice(payee, 50), await shop.invoice(payee, 60)
    await shop.ledger.pay(await shop.wallet("Rich", credit=50), first.bolt11)
    await shop.customer_pays(second)
    for invoice in (first, second):
        error = await refused(shop, 100, invoice)
        assert (error.detail, error.payment_status) == ("Internal invoice already paid.", "success")


async def test_an_expired_invoice_is_not_paid(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.wallet("Payee"), 50, expiry_s=60)
    shop.clock.set_wall(shop.clock.time_s() + 60)
    assert (await refused(shop, 100, invoice)).detail == "Invoice expired."


async def test_a_cancelled_invoice_is_not_paid(shop: Shop) -> None:
    payee = await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 50)
    await shop.ledger.cancel(payee, invoice.payment_hash)
    assert (await refused(shop, 100, invoice)).detail == "Invoice was cancelled."


async def test_a_forged_invoice_of_the_same_hash_is_not_paid(shop: Shop) -> None:
    payee = await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 50_000)
    forged = bolt11.encode(
        network=shop.engine.network,
        amount=sat(1),
        payment_hash=invoice.payment_hash,
        payment_secret="11" * 32,
        made_at_s=int(shop.clock.time_s()),
        expiry_s=600,
        private_key="22" * 32,
    )
    payer = await shop.wallet("Payer", credit=100)
    with pytest.raises(PaymentRefused):
        await shop.ledger.pay(payer, forged)
    assert (await shop.row(invoice.payment_hash)).status is PaymentStatus.PENDING
    assert (await shop.balance(payer), await shop.balance(payee)) == (100, 0)


async def test_paid_outside_while_it_is_paid_inside(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 70)
    shop.source.stop_at = "cancel"
    paying = asyncio.create_task(shop.ledger.pay(payer, invoice.bolt11))
    await shop.source.reached.wait()
    await shop.customer_pays(invoice)
    shop.source.go_on.set()
    with pytest.raises(PaymentRefused, match="already paid"):
        await paying
    assert (await shop.balance(payer), await shop.balance(payee)) == (100, 70)
    await shop.check()


async def test_the_second_money_becomes_unclaimed_and_can_be_claimed(shop: Shop, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.engine", "unclaimed money")
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 70)
    shop.source.away = True  # it cannot be cancelled there
    await shop.ledger.pay(payer, invoice.bolt11)
    assert await shop.customer.pay(invoice.bolt11) is PayEnd.PAID
    shop.source.away = False
    while not (unclaimed := await shop.ledger.unclaimed()):
        await shop.clock.advance(1)
    assert [(u.payment_hash, u.amount) for u in unclaimed] == [(invoice.payment_hash, sat(70))]
    assert (await shop.balance(payer), await shop.balance(payee)) == (30, 70)
    assert (await shop.ledger.audit()).unclaimed == unclaimed
    claimed = await shop.ledger.claim(invoice.payment_hash, payer)
    assert (claimed.amount, claimed.status) == (sat(70), PaymentStatus.SUCCESS)
    assert (await shop.balance(payer), await shop.ledger.unclaimed()) == (100, ())
    await shop.check()


async def test_a_caller_who_leaves_does_not_stop_the_payment(shop: Shop) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 70)
    shop.source.stop_at = "cancel"
    paying = asyncio.create_task(shop.ledger.pay(payer, invoice.bolt11))
    await shop.source.reached.wait()
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    shop.source.go_on.set()
    await shop.settled(invoice.payment_hash)
    assert (await shop.balance(payer), await shop.balance(payee)) == (30, 70)
    await shop.check()


@pytest.mark.parametrize("stop_after", [False, True])
async def test_a_crash_at_the_source_loses_nothing(shop: Shop, tmp_path: Path, stop_after: bool) -> None:
    payer, payee = await shop.wallet("Payer", credit=100), await shop.wallet("Payee")
    invoice = await shop.invoice(payee, 70)
    shop.source.stop_at, shop.source.stop_after = "cancel", stop_after
    paying = asyncio.create_task(shop.ledger.pay(payer, invoice.bolt11))
    await shop.source.reached.wait()
    again = await shop.crash(tmp_path / "again")
    try:
        with pytest.raises(asyncio.CancelledError):
            await paying
        assert await again.balance(payer) == 100
        await again.ledger.pay(payer, invoice.bolt11)
        assert (await again.balance(payer), await again.balance(payee)) == (30, 70)
        await again.check()
    finally:
        await again.close()
