"""Payments that leave through the funding source."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from pos_app.core import bolt11
from pos_app.core.bolt11 import Network
from pos_app.core.money import Msat
from pos_app.engine.errors import PaymentRefused
from pos_app.engine.funding.base import PayOutcome
from pos_app.engine.ledger.rules import fee_reserve
from pos_app.engine.store.rows import PaymentStatus, Wallet
from pos_app.practice.network import Behaviour
from tests.support.shop import Shop, sat


@pytest.mark.parametrize(("amount", "reserve_msat"), [(1, 2000), (200, 2000), (201, 2010), (1000, 10_000)])
def test_the_reserve(amount: int, reserve_msat: int) -> None:
    assert fee_reserve(sat(amount)) == Msat(reserve_msat)
    assert fee_reserve(-sat(amount)) == Msat(reserve_msat)


async def test_a_bill_is_paid_and_costs_its_true_fee(shop: Shop) -> None:
    wallet = await shop.wallet(credit=5000)
    text = await shop.customer.bill(sat(4000), "beans")
    row = await shop.ledger.pay(wallet, text, memo="for beans", extra={"n": 1})
    assert (row.status, row.amount, row.fee, row.memo) == (PaymentStatus.SUCCESS, -sat(4000), -sat(4), "for beans")
    assert hashlib.sha256(bytes.fromhex(row.preimage or "")).hexdigest() == row.payment_hash == row.checking_id
    assert await shop.balance(wallet) == 996
    assert [heard.balance for heard in shop.heard if heard.payment.id == row.id] == [sat(996)]
    await shop.check()


async def failure(shop: Shop, wallet: Wallet, text: str) -> PaymentRefused:
    with pytest.raises(PaymentRefused) as error:
        await shop.ledger.pay(wallet, text)
    return error.value


async def test_the_reserve_must_be_there(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    assert (await failure(shop, wallet, await shop.customer.bill(sat(1001)))).detail == "Insufficient balance."
    error = await failure(shop, wallet, await shop.customer.bill(sat(999)))
    assert error.detail == "You must reserve at least (10  sat) to cover potential routing fees."
    assert shop.source.calls == []
    assert await shop.balance(wallet) == 1000
    assert (await shop.ledger.pay(wallet, await shop.customer.bill(sat(990)))).status is PaymentStatus.SUCCESS


async def test_a_refused_payment_stays_as_failed(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await shop.customer.bill(sat(100), behaviour=Behaviour.REFUSE)
    error = await failure(shop, wallet, text)
    assert (error.detail, error.payment_status) == ("Payment failed: the payee refused", "failed")
    row = await shop.row(bolt11.decode(text).payment_hash, wallet)
    assert (row.status, row.fee) == (PaymentStatus.FAILED, -sat(2))
    assert await shop.balance(wallet) == 1000
    await shop.check()
    again = await shop.ledger.pay(wallet, text)  # as the real server: the old record
    assert (again.id, again.status) == (row.id, PaymentStatus.FAILED)
    assert shop.source.calls == ["pay"]


async def test_no_route(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    stranger = bolt11.encode(
        network=Network.REGTEST,
        amount=sat(10),
        payment_hash="33" * 32,
        payment_secret="11" * 32,
        made_at_s=int(shop.clock.time_s()),
        expiry_s=600,
        private_key="22" * 32,
    )
    assert (await failure(shop, wallet, stranger)).detail == "Payment failed: no route to the payee"


@pytest.mark.parametrize(
    ("network", "amount_msat", "words"),
    [
        (Network.MAINNET, 10_000, "another network"),
        (Network.REGTEST, 1500, "whole number of sat"),
        (Network.REGTEST, 10_000_001_000, "too high"),
    ],
)
async def test_invoices_that_are_not_paid(shop: Shop, network: Network, amount_msat: int, words: str) -> None:
    wallet = await shop.wallet(credit=10)
    text = bolt11.encode(
        network=network,
        amount=Msat(amount_msat),
        payment_hash="33" * 32,
        payment_secret="11" * 32,
        made_at_s=int(shop.clock.time_s()),
        expiry_s=600,
        private_key="22" * 32,
    )
    error = await failure(shop, wallet, text)
    assert words in error.detail
    assert error.status == 520


async def test_nonsense_and_prefixes(shop: Shop) -> None:
    wallet = await shop.wallet(credit=10)
    text = await shop.customer.bill(sat(1))
    mistyped = text[:-1] + ("p" if text[-1] == "q" else "q")
    for nonsense in ("", "lnbc1", f"lightning:{text}", mistyped, "☕"):
        assert (await failure(shop, wallet, nonsense)).detail == "Bolt11 decoding failed."


async def test_an_expired_bill_is_not_sent(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await shop.customer.bill(sat(10))
    await shop.clock.advance(3600)
    assert (await failure(shop, wallet, text)).detail == "Invoice expired."
    assert shop.source.calls == []


async def hanging(shop: Shop, wallet: Wallet, amount: int) -> str:
    """A payment that is on its way when the payer has been answered."""
    text = await shop.customer.bill(sat(amount), behaviour=Behaviour.HANG)
    paying = asyncio.create_task(shop.ledger.pay(wallet, text))
    while (await shop.source.payment_state(bolt11.decode(text).payment_hash)).outcome is not PayOutcome.PENDING:
        pass
    await shop.clock.advance(6)
    row = await paying
    assert (row.status, row.fee) == (PaymentStatus.PENDING, -fee_reserve(sat(amount)))
    return text


@pytest.mark.parametrize("take", [True, False])
async def test_a_slow_payment_is_pending_until_its_end(shop: Shop, take: bool) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await hanging(shop, wallet, 500)
    payment_hash = bolt11.decode(text).payment_hash
    assert await shop.balance(wallet) == 495
    error = await failure(shop, wallet, text)
    assert (error.detail, error.payment_status) == ("Payment is still pending.", "pending")
    await shop.practice_network.let_go(payment_hash, take=take)
    row = await shop.row(payment_hash, wallet)
    while row.status is PaymentStatus.PENDING:
        await asyncio.sleep(0)
        row = await shop.row(payment_hash, wallet)
    assert row.status is (PaymentStatus.SUCCESS if take else PaymentStatus.FAILED)
    assert await shop.balance(wallet) == (499 if take else 1000)
    await shop.check()
    if take:
        while (error := await failure(shop, wallet, text)).payment_status == "pending":
            pass  # the sender is still on its way out
        assert (error.detail, error.payment_status) == ("Payment already paid.", "success")


@pytest.mark.parametrize("take", [True, False])
async def test_after_a_crash_the_source_is_asked(shop: Shop, tmp_path: Path, take: bool) -> None:
    wallet = await shop.wallet(credit=1000)
    payment_hash = bolt11.decode(await hanging(shop, wallet, 500)).payment_hash
    again = await shop.crash(tmp_path / "again")
    try:
        row = await again.row(payment_hash, wallet)
        assert row.status is PaymentStatus.PENDING  # unknown is not failed
        assert await again.balance(wallet) == 495
        await again.practice_network.let_go(payment_hash, take=take)
        while row.status is PaymentStatus.PENDING:
            await again.clock.advance(5)
            row = await again.row(payment_hash, wallet)
        assert await again.balance(wallet) == (499 if take else 1000)
        await again.check()
    finally:
        await again.close()


@pytest.mark.parametrize(("stop_after", "balance"), [(False, 1000), (True, 499)])
async def test_a_crash_while_it_is_sent(shop: Shop, tmp_path: Path, stop_after: bool, balance: int) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await shop.customer.bill(sat(500))
    shop.source.stop_at, shop.source.stop_after = "pay", stop_after
    paying = asyncio.create_task(shop.ledger.pay(wallet, text))
    await shop.source.reached.wait()
    again = await shop.crash(tmp_path / "again")
    try:
        with pytest.raises(asyncio.CancelledError):
            await paying
        while (await again.row(bolt11.decode(text).payment_hash, wallet)).status is PaymentStatus.PENDING:
            await again.clock.advance(5)
        assert await again.balance(wallet) == balance
        await again.check()
    finally:
        await again.close()


async def test_a_source_that_is_lost_while_it_pays_leaves_it_pending(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await shop.customer.bill(sat(500))
    shop.source.away = True
    row = await shop.ledger.pay(wallet, text)
    assert (row.status, await shop.balance(wallet)) == (PaymentStatus.PENDING, 495)
    shop.source.away = False
    while (row := await shop.row(row.payment_hash, wallet)).status is PaymentStatus.PENDING:
        await shop.clock.advance(5)
    assert (row.status, await shop.balance(wallet)) == (PaymentStatus.FAILED, 1000)


async def test_the_watch_does_not_ask_about_what_is_being_sent(shop: Shop) -> None:
    wallet = await shop.wallet(credit=1000)
    text = await shop.customer.bill(sat(500))
    shop.source.stop_at = "pay"
    paying = asyncio.create_task(shop.ledger.pay(wallet, text))
    await shop.source.reached.wait()
    await shop.clock.advance(100)
    assert (await paying).status is PaymentStatus.PENDING
    assert (await shop.row(bolt11.decode(text).payment_hash, wallet)).status is PaymentStatus.PENDING
    assert "payment_state" not in shop.source.calls
    shop.source.go_on.set()
    assert (await shop.settled(bolt11.decode(text).payment_hash)).status is PaymentStatus.SUCCESS


async def test_two_wallets_cannot_pay_one_bill(shop: Shop) -> None:
    first, second = await shop.wallet("A", credit=1000), await shop.wallet("B", credit=1000)
    text = await shop.customer.bill(sat(500))
    results = await asyncio.gather(shop.ledger.pay(first, text), shop.ledger.pay(second, text), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["PaymentRefused", "PaymentRow"]
    assert sorted([await shop.balance(first), await shop.balance(second)]) == [499, 1000]
    await shop.check()


async def test_another_wallet_may_try_what_failed(shop: Shop) -> None:
    first, second = await shop.wallet("A", credit=1000), await shop.wallet("B", credit=1000)
    text = await shop.customer.bill(sat(500), behaviour=Behaviour.REFUSE)
    await failure(shop, first, text)
    await failure(shop, second, text)
    assert shop.source.calls == ["pay", "pay"]
    await shop.check()
