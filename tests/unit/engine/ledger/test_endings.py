"""How an unpaid invoice ends: cancelled or expired, and paid late all the same."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from pos_app.engine.errors import NotFound, PaymentRefused
from pos_app.engine.store.rows import PaymentRow, PaymentStatus
from pos_app.practice.customer import PayEnd, PayMode
from pos_app.practice.network import InvoiceStanding
from tests.conftest import LogWatch
from tests.support.clock import ManualClock
from tests.support.shop import Shop, sat


async def ended(shop: Shop, row: PaymentRow, status: PaymentStatus) -> PaymentRow:
    """Wait until the record has this status."""
    async with asyncio.timeout(20):
        while (now := await shop.row(row.payment_hash)).status is not status:
            await shop.clock.advance(3)
    return now


async def test_cancel(shop: Shop) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    assert (await shop.ledger.cancel(wallet, invoice.payment_hash)).status is PaymentStatus.FAILED
    assert await shop.customer.pay(invoice.bolt11) is PayEnd.FAILED
    assert (await shop.ledger.cancel(wallet, invoice.payment_hash)).status is PaymentStatus.FAILED
    await shop.check()


async def test_an_expired_invoice_is_cancelled_at_the_source_too(shop: Shop) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet, expiry_s=60)
    await shop.clock.advance(61)
    await ended(shop, invoice, PaymentStatus.FAILED)
    await shop.ledger.cancel(wallet, invoice.payment_hash)
    at_source = await shop.practice_network.invoice(invoice.payment_hash)
    assert at_source is not None
    assert at_source.standing is InvoiceStanding.CANCELLED
    await shop.check()


async def test_only_the_own_invoice_is_cancelled(shop: Shop) -> None:
    mine, other = await shop.wallet("Mine"), await shop.wallet("Other", credit=10)
    invoice = await shop.invoice(mine)
    for wallet, payment_hash in ((other, invoice.payment_hash), (mine, "00" * 32), (mine, "nonsense")):
        with pytest.raises(NotFound, match="Payment does not exist"):
            await shop.ledger.cancel(wallet, payment_hash)
    assert (await shop.row(invoice.payment_hash)).status is PaymentStatus.PENDING


async def test_what_is_paid_is_not_cancelled(shop: Shop) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    await shop.customer_pays(invoice)
    with pytest.raises(PaymentRefused, match="already paid") as refused:
        await shop.ledger.cancel(wallet, invoice.payment_hash)
    assert (refused.value.status, refused.value.payment_status) == (520, "success")


async def test_paid_at_the_source_before_the_ledger_knows(shop: Shop) -> None:
    await shop.ledger.close()  # nobody follows the source
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    await shop.practice_network.settle(invoice.payment_hash)
    with pytest.raises(PaymentRefused, match="already paid"):
        await shop.ledger.cancel(wallet, invoice.payment_hash)
    assert await shop.balance(wallet) == 21


async def test_no_promise_without_the_source(shop: Shop) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    for away, can_cancel in ((True, True), (False, False)):
        shop.source.away, shop.source.can_cancel = away, can_cancel
        with pytest.raises(PaymentRefused, match="may still be paid") as refused:
            await shop.ledger.cancel(wallet, invoice.payment_hash)
        assert refused.value.payment_status == "pending"
    await shop.customer_pays(invoice)


@pytest.mark.parametrize("stop_after", [False, True])
async def test_cancel_against_settlement(shop: Shop, stop_after: bool) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    shop.source.stop_at, shop.source.stop_after = "cancel", stop_after
    cancelling = asyncio.create_task(shop.ledger.cancel(wallet, invoice.payment_hash))
    await shop.source.reached.wait()
    paid = await shop.customer.pay(invoice.bolt11)
    shop.source.go_on.set()
    if stop_after:
        assert (paid, (await cancelling).status) == (PayEnd.FAILED, PaymentStatus.FAILED)
    else:
        with pytest.raises(PaymentRefused, match="already paid"):
            await cancelling
        assert await shop.balance(wallet) == 21
    await shop.check()


async def test_a_crash_between_source_and_ledger_is_mended(shop: Shop, tmp_path: Path) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet)
    shop.source.stop_at, shop.source.stop_after = "cancel", True
    cancelling = asyncio.create_task(shop.ledger.cancel(wallet, invoice.payment_hash))
    await shop.source.reached.wait()
    again = await shop.crash(tmp_path / "again")
    try:
        with pytest.raises(asyncio.CancelledError):
            await cancelling
        assert (await again.row(invoice.payment_hash)).status is PaymentStatus.FAILED
    finally:
        await again.close()


async def test_an_invoice_expires(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.wallet(), expiry_s=60)
    await shop.clock.advance(59)
    assert (await shop.row(invoice.payment_hash)).status is PaymentStatus.PENDING
    await shop.clock.advance(1)
    await ended(shop, invoice, PaymentStatus.FAILED)
    await shop.check()


async def test_an_invoice_expires_without_anybody_looking(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.wallet(), expiry_s=60)
    shop.source.stop_at = "state"
    async with asyncio.timeout(20):
        while not shop.source.reached.is_set():
            await shop.clock.advance(5)
    assert shop.clock.time_s() >= (invoice.expires_at_s or 0)


async def test_paid_in_time_is_not_late_even_if_it_is_heard_late(shop: Shop) -> None:
    await shop.ledger.close()  # nobody follows the source
    invoice = await shop.invoice(await shop.wallet(), expiry_s=60)
    await shop.practice_network.settle(invoice.payment_hash)
    await shop.clock.advance(100)
    paid = await shop.row(invoice.payment_hash)
    assert (paid.status, paid.extra) == (PaymentStatus.SUCCESS, {})


async def test_unknown_is_not_failed(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.wallet(), expiry_s=60)
    shop.source.away = True
    await shop.clock.advance(600)
    assert (await shop.row(invoice.payment_hash)).status is PaymentStatus.PENDING
    shop.source.away = False
    await ended(shop, invoice, PaymentStatus.FAILED)


@pytest.mark.parametrize("how", ["expired", "cancelled"])
async def test_late_money_is_credited_once_marked_and_told(shop: Shop, how: str) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet, 300, expiry_s=60, extra={"ref": "AB12"})
    if how == "expired":
        await shop.clock.advance(61)
        await ended(shop, invoice, PaymentStatus.FAILED)
        paying = asyncio.create_task(shop.customer.pay(invoice.bolt11, PayMode.LATE))
        await shop.clock.advance(10)
        assert await paying is PayEnd.PAID
    else:
        await shop.ledger.cancel(wallet, invoice.payment_hash)
        await _force_settle(shop, invoice)
    late = await shop.settled(invoice.payment_hash)
    assert (late.status, late.extra) == (PaymentStatus.SUCCESS, {"ref": "AB12", "late": True})
    assert await shop.balance(wallet) == 300
    assert len(shop.heard) == 1
    await shop.check()


async def _force_settle(shop: Shop, invoice: PaymentRow) -> None:
    """A source that settles what it called cancelled."""
    await shop.practice_network._change(
        lambda c: c.execute("UPDATE invoice SET state = 'open' WHERE payment_hash = ?", (invoice.payment_hash,))
    )
    await shop.practice_network.settle(invoice.payment_hash)


async def test_late_money_that_came_while_the_engine_was_closed(shop: Shop, tmp_path: Path) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet, 300, expiry_s=60)
    await shop.clock.advance(61)
    await ended(shop, invoice, PaymentStatus.FAILED)
    await shop.ledger.close()
    await shop.practice_network.settle(invoice.payment_hash)
    again = await shop.crash(tmp_path / "again")
    try:
        assert (await again.settled(invoice.payment_hash)).extra == {"late": True}
        assert await again.balance(wallet) == 300
    finally:
        await again.close()


async def test_a_restored_engine_finds_what_it_has_forgotten(shop: Shop, tmp_path: Path, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.engine", "unclaimed money")
    wallet = await shop.wallet()
    before = await shop.invoice(wallet, 100)
    backup = tmp_path / "backup"
    shutil.copytree(shop.folder, backup)
    after = await shop.invoice(wallet, 200)
    await shop.customer_pays(before)
    await shop.customer_pays(after)
    await shop.close()
    for file in backup.glob("practice.db*"):
        file.unlink()
    for file in shop.folder.glob("practice.db*"):
        shutil.copy(file, backup)  # the network does not forget
    restored = await Shop.open(backup, ManualClock(shop.clock.time_s()))
    try:
        assert (await restored.settled(before.payment_hash)).status is PaymentStatus.SUCCESS
        while not (unclaimed := await restored.ledger.unclaimed()):
            await restored.clock.advance(1)
        assert [(u.payment_hash, u.amount) for u in unclaimed] == [(after.payment_hash, sat(200))]
        await restored.ledger.claim(after.payment_hash, wallet)
        assert await restored.balance(wallet) == 300
        with pytest.raises(NotFound):
            await restored.ledger.claim(after.payment_hash, wallet)
        await restored.check()
    finally:
        await restored.close()


async def test_a_clock_set_back_loses_nothing(shop: Shop) -> None:
    wallet = await shop.wallet()
    first = await shop.invoice(wallet, 100, expiry_s=600)
    shop.clock.set_wall(shop.clock.time_s() - 86_400)
    second = await shop.invoice(wallet, 200, expiry_s=600)
    for invoice in (first, second):
        await shop.customer_pays(invoice)
    assert await shop.balance(wallet) == 300
    await shop.check()


async def test_a_clock_set_forward_expires_and_late_money_still_counts(shop: Shop) -> None:
    wallet = await shop.wallet()
    invoice = await shop.invoice(wallet, 100, expiry_s=600)
    shop.clock.set_wall(shop.clock.time_s() + 86_400)
    await ended(shop, invoice, PaymentStatus.FAILED)
    assert (await shop.customer_pays(invoice, PayMode.LATE)).extra == {"late": True}
    assert await shop.balance(wallet) == 100
