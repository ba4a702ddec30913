"""The client against real LNbits servers of both kinds: the shop's wallet one sells, a customer's wallet two pays."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.money import Msat, Sat
from pos_app.payments import client as client_module
from pos_app.payments.answers import refusal
from pos_app.payments.check import WrongInvoice, check_invoice
from pos_app.payments.client import Client
from pos_app.payments.errors import AdminKey, AnswerLost, NotKnown, NotSent, NotSetUp, Refused, WrongKey
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.payments.results import Cancelled, TapOutcome
from pos_app.payments.transport import Answer
from tests.peer.conftest import Connect
from tests.support.lnbits import FUNDS_SAT, LnbitsServer
from tests.support.payments import invoice_text
from tests.support.proxy import Fault, HoldAnswer, Proxy, cut_answer, forge_body, lose_answer, lose_request, pass_on

pytestmark = pytest.mark.peer

PRICE = Sat(2100)
_numbers = itertools.count()


def new_reference() -> str:
    return f"PEER{next(_numbers):04}"


async def create(client: Client, reference: str | None = None, *, expiry_s: int = 600, amount: Sat = PRICE) -> Payment:
    reference = reference or new_reference()
    return await client.create_invoice(
        amount=amount, memo=f"Sale {reference}", expiry_s=expiry_s, extra={"reference": reference}
    )


def checked(payment: Payment, *, expiry_s: int = 600) -> Invoice:
    return check_invoice(payment, amount=PRICE, network=Network.MAINNET, expiry_s=expiry_s)


@asynccontextmanager
async def pushes(client: Client, payment_hash: str) -> AsyncIterator[asyncio.Queue[None]]:
    """Runs `watch`; the queue gets one entry a push."""
    heard: asyncio.Queue[None] = asyncio.Queue()

    async def listen() -> None:
        async for _ in client.watch(payment_hash):
            heard.put_nowait(None)

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_sale_is_made_checked_paid_and_found(lnbits: LnbitsServer, shop: Client) -> None:
    reference = new_reference()
    payment = await create(shop, reference)
    invoice = checked(payment)
    assert payment.expiry is not None
    assert abs(payment.expiry.timestamp() - invoice.expires_at_s) <= 5

    before = await shop.look(payment.payment_hash)
    assert (before.paid, before.status) == (False, PaymentStatus.PENDING)
    assert before.date_s is not None
    assert abs(before.date_s - time.time()) < 60

    await lnbits.pay(lnbits.wallet_two, payment.bolt11)

    after = await shop.look(payment.payment_hash)
    assert (after.paid, after.status) == (True, PaymentStatus.SUCCESS)
    assert after.payment.amount == PRICE.to_msat().value
    found = await shop.find_by_reference(reference)
    assert [p.payment_hash for p in found] == [payment.payment_hash]


async def test_a_payment_is_pushed(lnbits: LnbitsServer, shop: Client) -> None:
    payment = await create(shop)
    async with asyncio.timeout(20), pushes(shop, payment.payment_hash) as heard:
        await heard.get()
        assert shop.pushing(payment.payment_hash)
        await lnbits.pay(lnbits.wallet_two, payment.bolt11)
        await heard.get()
        assert (await shop.look(payment.payment_hash)).paid
    assert not shop.pushing(payment.payment_hash)


async def test_a_payment_just_before_the_server_was_killed_is_found(lnbits: LnbitsServer, shop: Client) -> None:
    still_open, paid = await create(shop), await create(shop)

    async with asyncio.timeout(120), pushes(shop, still_open.payment_hash) as heard_open:
        await heard_open.get()
        await lnbits.pay(lnbits.wallet_two, paid.bolt11)
        lnbits.kill()

        async with pushes(shop, paid.payment_hash) as heard_paid:
            with pytest.raises(NotSent):
                await shop.look(paid.payment_hash)
            with pytest.raises(NotSent):
                await create(shop)
            assert heard_paid.empty()
            lnbits.start()

            await heard_paid.get()
            assert (await shop.look(paid.payment_hash)).paid
            await heard_open.get()
            assert not (await shop.look(still_open.payment_hash)).paid


async def test_a_wrong_key(lnbits: LnbitsServer, shop: Client, connect: Connect) -> None:
    payment = await create(shop)
    stranger = connect(lnbits.url, "0" * 32)

    with pytest.raises(WrongKey):
        await stranger.wallet()
    with pytest.raises(WrongKey):
        await create(stranger)
    with pytest.raises(WrongKey):
        await stranger.look(payment.payment_hash)


async def test_a_payment_of_another_wallet_is_not_known(lnbits: LnbitsServer, shop: Client, connect: Connect) -> None:
    payment = await create(shop)
    other = connect(lnbits.url, lnbits.wallet_two.invoice_key)

    with pytest.raises(NotKnown):
        await other.look(payment.payment_hash)
    with pytest.raises(NotKnown):
        await shop.look("00" * 32)


async def test_the_wallet_and_its_two_keys(lnbits: LnbitsServer, connect: Connect) -> None:
    wallet = await connect(lnbits.url, lnbits.wallet_two.invoice_key).wallet()
    assert wallet.name == "Two"
    assert wallet.balance is not None
    assert Msat(0) < wallet.balance <= Sat(FUNDS_SAT).to_msat()
    wallet.require_invoice_key()

    with pytest.raises(AdminKey):
        (await connect(lnbits.url, lnbits.wallet_two.admin_key).wallet()).require_invoice_key()


async def test_a_plain_lnbits_is_no_engine_and_cannot_cancel(lnbits: LnbitsServer, shop: Client) -> None:
    health = await shop.health()
    assert (health.engine, health.network, health.practice) == (False, None, None)

    payment = await create(shop)
    assert await shop.cancel(payment.payment_hash) is Cancelled.CANNOT
    await lnbits.pay(lnbits.wallet_two, payment.bolt11)
    assert (await shop.look(payment.payment_hash)).paid


def test_a_new_server_wants_to_be_set_up(lnbits: LnbitsServer) -> None:
    first = lnbits.first_answer
    assert isinstance(refusal(Answer(first.status_code, first.headers, first.content)), NotSetUp)


@pytest.mark.parametrize("amount", [Sat(0), Sat(10_000_001)])
async def test_a_refused_amount(shop: Client, amount: Sat) -> None:
    with pytest.raises(Refused) as raised:
        await create(shop, amount=amount)
    assert raised.value.status == 520
    assert raised.value.detail


async def test_an_expired_invoice(lnbits: LnbitsServer, shop: Client) -> None:
    looked_at, forgotten = await create(shop, expiry_s=1), await create(shop, expiry_s=1)
    invoice = checked(forgotten, expiry_s=1)
    await asyncio.sleep(invoice.expires_at_s + 1.5 - time.time())  # the server goes by its own clock

    look = await shop.look(looked_at.payment_hash)
    turns_failed = lnbits.version != "1.1.0"
    assert not look.paid
    assert look.status is (PaymentStatus.FAILED if turns_failed else PaymentStatus.PENDING)

    await lnbits.pay(lnbits.wallet_two, looked_at.bolt11)
    assert (await shop.look(looked_at.payment_hash)).paid is not turns_failed

    await lnbits.pay(lnbits.wallet_two, forgotten.bolt11)
    assert (await shop.look(forgotten.payment_hash)).paid, "neither looks at the expiry by itself: late money comes"


async def test_a_wallet_that_pays_itself(lnbits: LnbitsServer, shop: Client) -> None:
    reference = new_reference()
    payment = await create(shop, reference)
    await lnbits.pay(lnbits.wallet_one, payment.bolt11)

    look = await shop.look(payment.payment_hash)
    assert look.paid
    assert abs(look.payment.amount) == PRICE.to_msat().value
    found = await shop.find_by_reference(reference)
    assert [(p.payment_hash, p.amount) for p in found] == [(payment.payment_hash, PRICE.to_msat().value)]


async def test_a_slow_server_made_the_invoice_all_the_same(
    lnbits: LnbitsServer, proxy: Proxy, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    till, reference = connect(proxy.url, lnbits.wallet_one.invoice_key), new_reference()
    proxy.fault = held = HoldAnswer()
    monkeypatch.setattr(client_module, "MAKE_TIMEOUT_S", 2.0)
    with pytest.raises(AnswerLost):
        await create(till, reference)
    await held.made.wait()

    proxy.fault = pass_on
    (found,) = await till.find_by_reference(reference)
    checked(found)


async def test_a_slow_answer_is_waited_for(lnbits: LnbitsServer, proxy: Proxy, connect: Connect) -> None:
    till = connect(proxy.url, lnbits.wallet_one.invoice_key)
    proxy.fault = held = HoldAnswer()
    making = asyncio.create_task(create(till))
    await held.made.wait()
    assert not making.done()
    held.release.set()
    checked(await making)


@pytest.mark.parametrize("fault", [lose_answer, cut_answer(0), cut_answer(40), cut_answer(400)])
async def test_an_answer_lost_on_the_way_is_found_by_reference(
    lnbits: LnbitsServer, proxy: Proxy, connect: Connect, fault: Fault
) -> None:
    till, reference = connect(proxy.url, lnbits.wallet_one.invoice_key), new_reference()
    proxy.fault = fault
    with pytest.raises(AnswerLost):
        await create(till, reference)

    proxy.fault = pass_on
    (found,) = await till.find_by_reference(reference)
    checked(found)


async def test_a_request_lost_on_the_way_is_not_found(lnbits: LnbitsServer, proxy: Proxy, connect: Connect) -> None:
    till, reference = connect(proxy.url, lnbits.wallet_one.invoice_key), new_reference()
    proxy.fault = lose_request
    with pytest.raises(AnswerLost):
        await create(till, reference)

    proxy.fault = pass_on
    assert await till.find_by_reference(reference) == ()


def with_(**changes: Any) -> Fault:
    return forge_body(lambda body: json.dumps(json.loads(body) | changes).encode())


@pytest.mark.parametrize(
    "fault",
    [
        with_(bolt11=invoice_text(PRICE)),
        with_(bolt11=invoice_text(Sat(2101)), payment_hash="ab" * 32),
        with_(bolt11=invoice_text(PRICE, network=Network.REGTEST), payment_hash="ab" * 32),
        with_(bolt11=invoice_text(PRICE, expiry_s=3600), payment_hash="ab" * 32),
        with_(payment_hash="cd" * 32),
        with_(bolt11=""),
    ],
)
async def test_another_invoice_than_asked_is_never_taken(
    lnbits: LnbitsServer, proxy: Proxy, connect: Connect, fault: Fault
) -> None:
    proxy.fault = fault
    payment = await create(connect(proxy.url, lnbits.wallet_one.invoice_key))

    with pytest.raises(WrongInvoice):
        checked(payment)


async def test_pushes_pass_through_the_line(lnbits: LnbitsServer, proxy: Proxy, connect: Connect) -> None:
    till = connect(proxy.url, lnbits.wallet_one.invoice_key)
    payment = await create(till)
    async with asyncio.timeout(20), pushes(till, payment.payment_hash) as heard:
        await heard.get()
        await lnbits.pay(lnbits.wallet_two, payment.bolt11)
        await heard.get()


async def test_a_tap_that_fails_keeps_its_secrets(lnbits: LnbitsServer, shop: Client) -> None:
    payment = await create(shop)
    card = "lnurlw://127.0.0.1:9/card?p=00112233445566778899aabbccddeeff&c=0011223344556677"

    answer = await shop.pay_with_nfc(payment.bolt11, card)

    refused_first = lnbits.version == "1.1.0"  # forbids the address before it asks; the newer only says "failed"
    assert answer.outcome is (TapOutcome.LIKELY_FAILED if refused_first else TapOutcome.UNKNOWN)
    assert answer.detail
    assert "0011" not in answer.detail
    assert not (await shop.look(payment.payment_hash)).paid
