"""One client, two ways to our engine: in this process, and over HTTP and websocket. Both must say the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Msat, Sat
from pos_app.engine.engine import Engine
from pos_app.engine.serve import serving
from pos_app.payments.check import check_invoice
from pos_app.payments.client import Client
from pos_app.payments.errors import NotKnown, Refused, WrongKey
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.payments.results import Cancelled, Health, TapOutcome, TapStep
from pos_app.practice.customer import PracticeCustomer
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource

CLOCK = SystemClock()
PRICE = Sat(2100)


class Shop:
    """An engine with a practice customer, the way to it, and the till's client."""

    def __init__(self, engine: Engine, customer: PracticeCustomer, url: str | None, key: str) -> None:
        self._engine = engine
        self._url = url
        self.customer = customer
        self.till = self.client(key)

    def client(self, key: str) -> Client:
        if self._url is None:
            return Client.embedded(self._engine.app, key, self._engine.feed, clock=CLOCK)
        return Client.remote(self._url, key, clock=CLOCK)

    async def sell(self, reference: str = "E2E00001") -> Payment:
        return await self.till.create_invoice(
            amount=PRICE, memo=f"Sale {reference}", expiry_s=600, extra={"reference": reference}
        )

    async def pay(self, payment: Payment) -> None:
        """Let the customer pay, and wait until the till hears of it."""
        heard = self.till.watch(payment.payment_hash)
        hearing = asyncio.ensure_future(anext(heard))
        async with asyncio.timeout(20):
            if not self.till.is_embedded:  # a websocket yields once when it stands
                await hearing
                hearing = asyncio.ensure_future(anext(heard))
            await self.customer.pay(payment.bolt11)
            await hearing


@pytest.fixture(params=["embedded", "remote"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    network = await PracticeNetwork.open(tmp_path / "network", CLOCK)
    engine = await Engine.open(tmp_path / "engine", PracticeSource(network), CLOCK)
    await engine.start()
    async with contextlib.AsyncExitStack() as way:
        url = await way.enter_async_context(serving(engine, "127.0.0.1", 0)) if request.param == "remote" else None
        shop = Shop(engine, PracticeCustomer(network, CLOCK), url, await engine.ensure_till_wallet())
        yield shop
        await shop.till.close()
    await engine.close()
    await network.close()


async def test_an_invoice_is_made_as_asked_paid_pushed_and_found(shop: Shop) -> None:
    payment = await shop.sell()
    check_invoice(payment, amount=PRICE, network=Network.REGTEST, expiry_s=600)
    before = await shop.till.look(payment.payment_hash)
    assert (before.paid, before.status) == (False, PaymentStatus.PENDING)

    await shop.pay(payment)
    look = await shop.till.look(payment.payment_hash)
    assert (look.paid, look.status, look.payment.amount) == (True, PaymentStatus.SUCCESS, PRICE.to_msat().value)
    assert [p.payment_hash for p in await shop.till.find_by_reference("E2E00001")] == [payment.payment_hash]
    assert (await shop.till.wallet()).balance == PRICE.to_msat()


async def test_a_cancelled_invoice_is_dead_and_a_paid_one_is_not(shop: Shop) -> None:
    dead, paid = await shop.sell("E2E00002"), await shop.sell("E2E00003")
    assert await shop.till.cancel(dead.payment_hash) is Cancelled.CANCELLED
    assert (await shop.till.look(dead.payment_hash)).status is PaymentStatus.FAILED
    await shop.customer.pay(dead.bolt11)
    assert not (await shop.till.look(dead.payment_hash)).paid

    await shop.pay(paid)
    assert await shop.till.cancel(paid.payment_hash) is Cancelled.ALREADY_PAID


async def test_who_answers_and_whose_wallet_it_is(shop: Shop) -> None:
    assert await shop.till.health() == Health(engine=True, network=Network.REGTEST, practice=True, source_ok=True)
    wallet = await shop.till.wallet()
    assert (wallet.name, wallet.balance) == ("Till", Msat(0))
    wallet.require_invoice_key()


async def test_the_errors_have_their_names(shop: Shop) -> None:
    with pytest.raises(NotKnown):
        await shop.till.look("00" * 32)
    with pytest.raises(Refused) as refused:
        await shop.till.create_invoice(amount=Sat(0), memo="nothing", expiry_s=600, extra={})
    assert refused.value.status == 520

    payment, stranger = await shop.sell(), shop.client("0" * 32)
    with pytest.raises(WrongKey):
        await stranger.wallet()
    with pytest.raises(WrongKey):
        await stranger.look(payment.payment_hash)
    await stranger.close()


async def test_a_tap_on_nothing_is_not_sent(shop: Shop) -> None:
    answer = await shop.till.pay_with_nfc("lnbcrt1", "lnurlw://127.0.0.1:9/card?p=00&c=00")

    assert (answer.step, answer.outcome) == (TapStep.INVOICE, TapOutcome.NOT_SENT)
