from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from pos_app.core import bolt11
from pos_app.core.money import Msat
from pos_app.engine.errors import BadRequest, InvalidValue, PaymentRefused
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.store.rows import PaymentStatus
from pos_app.practice.customer import PayEnd
from tests.support.shop import Shop, sat


async def test_an_invoice_is_pending_and_true(shop: Shop) -> None:
    wallet = await shop.wallet()
    row = await shop.invoice(wallet, 21, memo="coffee ☕", extra={"tag": "till", "ref": {"n": [1, None]}})
    decoded = bolt11.decode(row.bolt11)
    assert (decoded.amount, decoded.description, decoded.payment_hash) == (sat(21), "coffee ☕", row.payment_hash)
    assert decoded.network is shop.engine.network
    assert (row.status, row.amount, row.memo, row.tag) == (PaymentStatus.PENDING, sat(21), "coffee ☕", "till")
    assert row.extra == {"tag": "till", "ref": {"n": [1, None]}}
    assert row.expires_at_s == decoded.expires_at_s == int(shop.clock.time_s()) + 3600
    assert await shop.balance(wallet) == 0
    await shop.check()


async def test_no_preimage_leaves_before_the_money_is_here(shop: Shop) -> None:
    wallet = await shop.wallet()
    row = await shop.invoice(wallet)
    assert row.preimage is None
    assert (await shop.row(row.payment_hash, wallet)).preimage is None
    paid = await shop.customer_pays(row)
    assert paid.preimage is not None
    assert hashlib.sha256(bytes.fromhex(paid.preimage)).hexdigest() == row.payment_hash


async def test_a_payment_from_outside_is_credited_once_and_told(shop: Shop) -> None:
    wallet = await shop.wallet()
    row = await shop.invoice(wallet, 500)
    paid = await shop.customer_pays(row)
    assert paid.status is PaymentStatus.SUCCESS
    assert "late" not in paid.extra
    assert [(heard.payment.id, heard.balance) for heard in shop.heard] == [(row.id, sat(500))]
    assert await shop.customer.pay(row.bolt11) is PayEnd.ALREADY_PAID
    assert await shop.balance(wallet) == 500
    await shop.check()


@pytest.mark.parametrize("amount_msat", [0, -1000, 1, 999, 1500, 10_000_000_001, 10_000_001_000])
async def test_amounts_are_whole_sat_from_1_to_10_million(shop: Shop, amount_msat: int) -> None:
    wallet = await shop.wallet()
    with pytest.raises(PaymentRefused) as refused:
        await shop.ledger.create_invoice(wallet, NewInvoice(Msat(amount_msat)))
    assert refused.value.status == 520


@pytest.mark.parametrize("amount", [1, 10_000_000])
async def test_the_limits_themselves_are_taken(shop: Shop, amount: int) -> None:
    assert (await shop.invoice(await shop.wallet(), amount)).amount == sat(amount)


@pytest.mark.parametrize(("asked", "given"), [(None, 3600), (0, 3600), (1, 1), (31_536_000, 31_536_000)])
async def test_expiry(shop: Shop, asked: int | None, given: int) -> None:
    row = await shop.invoice(await shop.wallet(), expiry_s=asked)
    assert bolt11.decode(row.bolt11).expiry_s == given


@pytest.mark.parametrize("asked", [-5, 31_536_001])
async def test_expiry_out_of_range(shop: Shop, asked: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        await shop.invoice(await shop.wallet(), expiry_s=asked)
    assert (refused.value.status, refused.value.field) == (422, "expiry")


async def test_a_memo_is_never_cut(shop: Shop) -> None:
    wallet = await shop.wallet()
    for memo in ("m" * 639, "é" * 319, "☕" * 213):
        assert (await shop.invoice(wallet, memo=memo)).memo == memo
    for memo in ("m" * 640, "é" * 320, "☕" * 214, "\ud800"):
        with pytest.raises(InvalidValue):
            await shop.invoice(wallet, memo=memo)


async def test_a_description_hash_takes_the_place_of_the_memo(shop: Shop) -> None:
    wallet = await shop.wallet()
    digest = hashlib.sha256(b"menu").hexdigest()
    for row in (
        await shop.invoice(wallet, memo="x", description_hash=digest.upper()),
        await shop.invoice(wallet, memo="x", unhashed_description=b"menu".hex()),
    ):
        decoded = bolt11.decode(row.bolt11)
        assert (row.memo, decoded.description, decoded.description_hash) == ("", None, digest)


@pytest.mark.parametrize(
    "hashes", [{"description_hash": "zz"}, {"description_hash": "ab"}, {"unhashed_description": "x"}]
)
async def test_hashes_that_are_none(shop: Shop, hashes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        await shop.invoice(await shop.wallet(), **hashes)


@pytest.mark.parametrize("extra", [{"n": float("nan")}, {"t": "\ud800"}, {"o": object()}])
async def test_extra_that_json_cannot_hold(shop: Shop, extra: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        await shop.invoice(await shop.wallet(), extra=extra)


async def test_no_invoice_while_the_source_is_away(shop: Shop) -> None:
    wallet = await shop.wallet()
    shop.source.away = True
    with pytest.raises(PaymentRefused, match="not reachable"):
        await shop.invoice(wallet)
    assert not await shop.ledger.source_ok()
    shop.source.away = False
    assert await shop.ledger.source_ok()
    await shop.invoice(wallet)


async def test_a_source_that_hangs_is_given_up(shop: Shop) -> None:
    wallet = await shop.wallet()
    shop.source.stop_at = "create"
    making = asyncio.create_task(shop.invoice(wallet))
    await shop.source.reached.wait()
    await shop.clock.advance(11)
    with pytest.raises(PaymentRefused, match="not reachable"):
        await making


async def test_money_that_came_while_the_source_was_away_is_found(shop: Shop) -> None:
    wallet = await shop.wallet()
    row = await shop.invoice(wallet)
    shop.source.away = True
    assert await shop.customer.pay(row.bolt11) is PayEnd.PAID
    assert (await shop.row(row.payment_hash)).status is PaymentStatus.PENDING
    shop.source.away = False
    await shop.clock.advance(30)
    assert (await shop.settled(row.payment_hash)).status is PaymentStatus.SUCCESS


async def test_asking_for_a_pending_invoice_asks_the_source(shop: Shop) -> None:
    await shop.ledger.close()  # nobody follows the source
    wallet = await shop.wallet()
    row = await shop.invoice(wallet)
    await shop.practice_network.settle(row.payment_hash)
    assert (await shop.row(row.payment_hash, wallet)).status is PaymentStatus.SUCCESS


async def test_the_source_is_not_asked_at_every_look(shop: Shop) -> None:
    row = await shop.invoice(await shop.wallet())
    for _ in range(10):
        await shop.row(row.payment_hash)
    assert shop.source.calls.count("state") == 1
    await shop.clock.advance(2.5)
    await shop.row(row.payment_hash)
    assert shop.source.calls.count("state") == 2


async def test_an_internal_invoice_needs_no_source(shop: Shop) -> None:
    payer, payee = await shop.wallet(credit=100), await shop.wallet("Other")
    shop.source.away = True
    row = await shop.invoice(payee, 40, is_internal=True)
    await shop.ledger.pay(payer, row.bolt11)
    assert (await shop.balance(payer), await shop.balance(payee)) == (60, 40)
    await shop.check()
