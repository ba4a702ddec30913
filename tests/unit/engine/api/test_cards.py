"""POST `/payments/{payment_request}/pay-with-nfc` (section 4.8), and the PIN of a card."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from pos_app.core.money import Sat
from pos_app.engine.taps import PIN_TIME_S
from tests.support.card_service import CardService, card_service, error, reset
from tests.support.shop_engine import Shop, TestWallet
from tests.support.web import connections, http

pytestmark = pytest.mark.asyncio(loop_scope="package")
TAKEN = {"success": True, "message": "Payment sent with NFC."}


async def tap(shop: Shop, bolt11: str, card: str | None = None, **body: Any) -> httpx.Response:
    sent = body if card is None else {"lnurl_w": card, **body}
    return await shop.http.post(f"/payments/{bolt11}/pay-with-nfc", json=sent)


async def refused(shop: Shop, bolt11: str, card: str | None = None, **body: Any) -> tuple[str, str, str]:
    answer = await tap(shop, bolt11, card, **body)
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert told["detail"]
    return told["detail"], told["step"], told["outcome"]


async def test_the_card_pays(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 21)
    async with card_service() as service:
        service.pays = shop.customer_pays
        answer = await tap(shop, made["bolt11"], service.card)
        assert (answer.status_code, answer.json()) == (200, TAKEN)
        assert service.asked[0] == "/card?p=AB&c=CD"
        assert service.submitted == [{"id": "7", "k1": "secret-k1", "pr": made["bolt11"]}]
    assert (await shop.look(till, made["payment_hash"]))["paid"] is True


async def test_success_is_only_the_word_of_the_service(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 21)
    async with card_service() as service:
        assert (await tap(shop, made["bolt11"].upper(), service.card)).json() == TAKEN
    assert (await shop.look(till, made["payment_hash"]))["status"] == "pending"


async def test_no_key_is_needed_but_an_address(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    for body in ({}, {"lnurl_w": None}, {"session": "x"}, {"pin": "1234"}, {"lnurl_w": 5}):
        answer = await shop.http.post(f"/payments/{made['bolt11']}/pay-with-nfc", json=body)
        assert answer.status_code == 422, body


async def test_only_an_open_invoice_of_this_engine(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    paid, cancelled, expired = [await shop.invoice(till, expiry=60) for _ in range(3)]
    await shop.pay(payer, paid["bolt11"])
    await shop.http.post("/payments/cancel", headers=till.reads, json={"payment_hash": cancelled["payment_hash"]})
    await shop.clock.advance(61)
    foreign = await shop.customer.bill(Sat(5).to_msat())
    async with card_service() as service:
        with connections() as connected:
            for text in (paid["bolt11"], cancelled["bolt11"], expired["bolt11"], foreign, "nonsense"):
                _, step, outcome = await refused(shop, text, service.card)
                assert (step, outcome) == ("invoice", "not_sent")
        assert service.asked == []
        assert shop.url is not None or connected == []


async def test_the_service_refuses_the_link(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    async with card_service() as service:
        for answer in (error("This link is already used."), error("This link is already used.", 400)):
            service.link = answer
            assert await refused(shop, made["bolt11"], service.card) == (
                "This link is already used.",
                "link",
                "not_sent",
            )
        for unusable in (http("{}"), http("no", 500), http('{"tag": "payRequest"}'), reset):
            service.link = unusable
            assert (await refused(shop, made["bolt11"], service.card))[1:] == ("link", "not_sent")
        assert service.submitted == []


async def test_an_amount_that_the_card_does_not_offer(shop: Shop, till: TestWallet) -> None:
    async with card_service(minWithdrawable=10_000, maxWithdrawable=20_000) as service:
        for sat, limit in ((21, "20 sat"), (9, "10 sat")):
            made = await shop.invoice(till, sat)
            detail, *rest = await refused(shop, made["bolt11"], service.card)
            assert limit in detail
            assert rest == ["link", "not_sent"]
        assert service.submitted == []


async def test_no_byte_left(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    async with card_service() as service:
        pass
    assert (await refused(shop, made["bolt11"], service.card))[1:] == ("connect", "not_sent")


async def test_cards_that_are_never_asked(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    with connections() as connected:
        for card in [
            "lnurlw://10.0.0.1/card",
            "https://localhost/card",
            "lnurlp://h.example/x",
            "lnurlw://a.onion/",
            "hello",
            "",
        ]:
            assert (await refused(shop, made["bolt11"], card))[1:] == ("link", "not_sent")
    assert "10.0.0.1" not in connected


async def test_the_service_refuses_the_invoice(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    async with card_service() as service:
        service.pay = error("Payment failed - Insufficient balance.")
        assert await refused(shop, made["bolt11"], service.card) == (
            "Payment failed - Insufficient balance.",
            "callback",
            "likely_failed",
        )


async def test_the_answer_of_the_callback_is_lost(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    async with card_service() as service:
        for answer in (reset, http("oops", 502), http("{}"), http("[]")):
            service.pay = answer
            assert (await refused(shop, made["bolt11"], service.card))[1:] == ("callback", "unknown")


async def test_paid_although_the_answer_was_lost(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    async with card_service() as service:
        service.pays, service.pay = shop.customer_pays, reset
        assert (await refused(shop, made["bolt11"], service.card))[1:] == ("callback", "unknown")
    assert (await shop.look(till, made["payment_hash"]))["paid"] is True


async def test_one_tap_at_a_time(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_bolt11: str) -> None:
        arrived.set()
        await go_on.wait()

    async with card_service() as service:
        service.pays = wait
        first = asyncio.create_task(tap(shop, made["bolt11"], service.card))
        await asyncio.wait_for(arrived.wait(), 5)
        second = await refused(shop, made["bolt11"], service.card)
        assert second == ("A card is being asked", "invoice", "not_sent")
        go_on.set()
        assert (await first).json() == TAKEN
        service.pays = None
        assert (await tap(shop, made["bolt11"], service.card)).json() == TAKEN


async def test_a_tap_goes_on_when_its_caller_has_left(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait_and_pay(bolt11: str) -> None:
        arrived.set()
        await go_on.wait()
        await shop.customer.pay(bolt11)

    async with card_service() as service:
        service.pays = wait_and_pay
        caller = asyncio.create_task(tap(shop, made["bolt11"], service.card))
        await asyncio.wait_for(arrived.wait(), 5)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        assert (await refused(shop, made["bolt11"], service.card))[0] == "A card is being asked"
        with shop.engine.feed.subscribe(made["payment_hash"]) as told:
            go_on.set()
            await asyncio.wait_for(anext(told), 5)
    assert (await shop.look(till, made["payment_hash"]))["paid"] is True


async def wants_pin(shop: Shop, bolt11: str, service: CardService) -> str:
    answer = await tap(shop, bolt11, service.card)
    told = answer.json()
    session = told.pop("session")
    assert (answer.status_code, told) == (
        400,
        {"detail": "The card needs its PIN.", "step": "pin", "outcome": "not_sent", "pin_limit_msat": 10_000},
    )
    return str(session)


async def test_a_pin_is_asked_between_link_and_callback(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 10)
    async with card_service(pinLimit=10_000) as service:
        session = await wants_pin(shop, made["bolt11"], service)
        assert service.submitted == []
        assert (await tap(shop, made["bolt11"], session=session, pin="1234")).json() == TAKEN
        assert service.submitted == [{"id": "7", "k1": "secret-k1", "pr": made["bolt11"], "pin": "1234"}]
        assert len(service.asked) == 2


async def test_no_pin_below_the_limit(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 9)
    async with card_service(pinLimit=10_000) as service:
        assert (await tap(shop, made["bolt11"], service.card)).json() == TAKEN


async def test_a_session_gives_one_try(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 10)
    async with card_service(pinLimit=10_000) as service:
        session = await wants_pin(shop, made["bolt11"], service)
        service.pay = error("Wrong PIN.")
        assert await refused(shop, made["bolt11"], session=session, pin="1111") == (
            "Wrong PIN.",
            "callback",
            "likely_failed",
        )
        assert (await refused(shop, made["bolt11"], session=session, pin="1234"))[1:] == ("pin", "not_sent")
        assert len(service.submitted) == 1


async def test_a_session_belongs_to_one_invoice_and_one_tap(shop: Shop, till: TestWallet) -> None:
    made, other = await shop.invoice(till, 10), await shop.invoice(till, 10)
    async with card_service(pinLimit=10_000) as service:
        session = await wants_pin(shop, made["bolt11"], service)
        assert (await refused(shop, other["bolt11"], session=session, pin="1"))[1:] == ("pin", "not_sent")
        assert (await refused(shop, made["bolt11"], session="guessed", pin="1"))[1:] == ("pin", "not_sent")
        newer = await wants_pin(shop, made["bolt11"], service)
        assert (await refused(shop, made["bolt11"], session=session, pin="1"))[1:] == ("pin", "not_sent")
        assert (await tap(shop, made["bolt11"], session=newer, pin="1234")).json() == TAKEN


async def test_a_session_ends_after_90_seconds(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 10)
    async with card_service(pinLimit=10_000) as service:
        session = await wants_pin(shop, made["bolt11"], service)
        await shop.clock.advance(PIN_TIME_S)
        detail, step, _ = await refused(shop, made["bolt11"], session=session, pin="1234")
        assert "time for the PIN is over" in detail
        assert step == "pin"
        assert service.submitted == []


async def test_paid_by_qr_while_the_pin_is_typed(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 10)
    async with card_service(pinLimit=10_000) as service:
        session = await wants_pin(shop, made["bolt11"], service)
        await shop.customer_pays(made["bolt11"])
        told = await refused(shop, made["bolt11"], session=session, pin="1234")
        assert told == ("The invoice is paid already.", "invoice", "not_sent")
        assert service.submitted == []


@pytest.mark.asyncio(loop_scope="function")
async def test_a_stop_ends_a_tap(own_shop: Shop) -> None:
    made = await own_shop.invoice(await own_shop.wallet())
    arrived = asyncio.Event()

    async def wait(_bolt11: str) -> None:
        arrived.set()
        await asyncio.get_running_loop().create_future()

    taps = own_shop.engine.app.state.outside.taps
    async with card_service() as service:
        service.pays = wait
        caller = asyncio.create_task(taps.pay(made["bolt11"], service.card))
        await asyncio.wait_for(arrived.wait(), 5)
        await taps.close()
        await asyncio.gather(caller, return_exceptions=True)
        assert caller.cancelled()
