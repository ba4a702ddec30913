"""LNURL beside cards: `lnurl_callback` and `lnurl_withdraw` of create (4.1), and POST `/payments/lnurl` (4.7)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pos_app.core.money import Sat
from pos_app.lnurl import lud01
from tests.support.card_service import CardService, card_service, error, reset
from tests.support.payments import invoice_text
from tests.support.shop_engine import Shop, TestWallet
from tests.support.web import Reply, Request, WebServer, http, serve

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def create(shop: Shop, till: TestWallet, amount: int = 21, **fields: Any) -> httpx.Response:
    return await shop.http.post("/payments", headers=till.reads, json={"out": False, "amount": amount, **fields})


class TestCallback:
    """`lnurl_callback`, the older form: the outcome is only in this answer, and the invoice stays open."""

    async def test_the_service_takes_it(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            made = (await create(shop, till, lnurl_callback=service.callback + "&k1=x", extra={"a": 1})).json()
            assert made["extra"] == {"a": 1, "lnurl_response": True}
            assert service.submitted == [{"id": "7", "k1": "x", "pr": made["bolt11"]}]
        details = (await shop.look(till, made["payment_hash"]))["details"]
        assert (details["status"], details["extra"]) == ("pending", {"a": 1})

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (error("Withdraw is spent."), "Withdraw is spent."),
            (error("Withdraw is spent.", 400), "Withdraw is spent."),
            (http("out of order", 500), "out of order"),
            (http("<html>"), "<html>"),
            (http('{"a": 1}'), '{"a": 1}'),
            (reset, False),
        ],
    )
    async def test_the_service_does_not(self, shop: Shop, till: TestWallet, answer: Reply, said: object) -> None:
        async with card_service() as service:
            service.pay = answer
            made = await create(shop, till, lnurl_callback=service.callback)
        assert made.status_code == 201
        assert (made.json()["status"], made.json()["extra"]["lnurl_response"]) == ("pending", said)

    @pytest.mark.parametrize("url", ["http://10.0.0.1/cb", "https://localhost/", "ftp://h.example/", "x"])
    async def test_a_refused_address_leaves_no_invoice(self, shop: Shop, till: TestWallet, url: str) -> None:
        assert (await create(shop, till, lnurl_callback=url)).status_code == 400
        assert (await shop.http.get("/payments", headers=till.reads)).json() == []


class TestOffer:
    """`lnurl_withdraw`, the newer form: an invoice that the service refused is failed, and that is true."""

    async def test_the_service_takes_it(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            service.pays = shop.customer_pays
            made = (await create(shop, till, lnurl_withdraw=service.offer)).json()
            assert made["extra"] == {"lnurl_response": True}
            assert service.submitted == [{"id": "7", "k1": "secret-k1", "pr": made["bolt11"]}]
        assert (await shop.look(till, made["payment_hash"]))["paid"] is True

    async def test_the_service_refuses(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            service.pay = error("Withdraw is spent.")
            await self.fails(shop, till, service, "Withdraw is spent.")

    async def test_the_amount_is_not_offered(self, shop: Shop, till: TestWallet) -> None:
        async with card_service(maxWithdrawable=20_000) as service:
            await self.fails(shop, till, service, "The card's limit is 20 sat.")
            assert service.submitted == []

    async def test_a_pin_would_be_needed(self, shop: Shop, till: TestWallet) -> None:
        async with card_service(pinLimit=0) as service:
            await self.fails(shop, till, service, "The card needs its PIN.")

    async def fails(self, shop: Shop, till: TestWallet, service: CardService, reason: str) -> None:
        made = await create(shop, till, lnurl_withdraw=service.offer)
        assert made.status_code == 201
        assert (made.json()["status"], made.json()["extra"]["lnurl_response"]) == ("failed", reason)
        payer = await shop.wallet(sat=100)
        assert (await shop.pay(payer, made.json()["bolt11"])).status_code == 520

    async def test_paid_although_the_service_refused(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            service.pays, service.pay = shop.customer_pays, error("no")
            made = (await create(shop, till, lnurl_withdraw=service.offer)).json()
        assert (made["status"], made["extra"]["lnurl_response"]) == ("success", "no")

    async def test_a_lost_answer_fails_nothing(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            service.pay = reset
            made = (await create(shop, till, lnurl_withdraw=service.offer)).json()
        assert made["status"] == "pending"
        assert isinstance(made["extra"]["lnurl_response"], str)

    async def test_what_is_no_offer_leaves_no_invoice(self, shop: Shop, till: TestWallet) -> None:
        async with card_service() as service:
            for change in (
                {"tag": "payRequest"},
                {"k1": None},
                {"callback": "http://10.0.0.1/"},
                {"minWithdrawable": "1"},
            ):
                answer = await create(shop, till, lnurl_withdraw=service.offer | change)
                assert answer.status_code == 400, change
        assert (await shop.http.get("/payments", headers=till.reads)).json() == []
        assert (await create(shop, till, lnurl_withdraw={})).status_code == 400
        assert (await create(shop, till, lnurl_withdraw=[])).status_code == 422


class PayService:
    """A pay service (LUD-06) on loopback: `GET /link` offers, `GET /pay?id=7` gives a bill over 7 sat, or `answer`."""

    def __init__(self, web: WebServer, bill: str) -> None:
        self.web = web
        self.answer: bytes | None = None
        self.bill = bill

    @property
    def callback(self) -> str:
        return f"{self.web.url}/pay?id=7"

    def offer(self, **changes: Any) -> dict[str, Any]:
        fields = {
            "tag": "payRequest",
            "callback": self.callback,
            "minSendable": 1000,
            "maxSendable": 100_000,
            "metadata": "[]",
            "commentAllowed": 20,
        }
        return fields | changes

    def reply(self, request: Request) -> bytes:
        if request.target.startswith("/link"):
            return http(json.dumps(self.offer()))
        action = {"tag": "message", "message": "Thank you", "other": 1}
        return self.answer or http(json.dumps({"pr": self.bill, "successAction": action}))


@pytest_asyncio.fixture(loop_scope="package")
async def service(shop: Shop) -> AsyncIterator[PayService]:
    services: list[PayService] = []
    async with serve(lambda request: services[0].reply(request)) as web:
        services.append(PayService(web, await shop.customer.bill(Sat(7).to_msat(), "A bill")))
        yield services[0]


async def send(shop: Shop, payer: TestWallet, **body: Any) -> httpx.Response:
    return await shop.http.post("/payments/lnurl", headers=payer.pays, json={"amount": 7000, **body})


async def refused(shop: Shop, payer: TestWallet, status: int = 400, **body: Any) -> str:
    answer = await send(shop, payer, **body)
    assert answer.status_code == status, answer.text
    wallet = (await shop.http.get("/wallet", headers=payer.reads)).json()
    assert wallet["balance"] == 100_000_000
    return str(answer.json()["detail"])


async def test_the_older_body(shop: Shop, payer: TestWallet, service: PayService) -> None:
    body = {"callback": service.callback, "comment": "hi & bye", "description": "Coffee", "description_hash": "x"}
    answer = await send(shop, payer, unit="sat", **body)
    paid = answer.json()
    assert answer.status_code == 200
    assert (paid["amount"], paid["status"], paid["memo"]) == (-7000, "success", "Coffee")
    action = {"tag": "message", "message": "Thank you"}
    assert paid["extra"] == {"comment": "hi & bye", "success_action": action}
    assert service.web.requests[-1].target == "/pay?id=7&amount=7000&comment=hi%20%26%20bye"


async def test_the_newer_body(shop: Shop, payer: TestWallet, service: PayService) -> None:
    answer = await send(shop, payer, res=service.offer(), comment="hi", internal_memo="Beans")
    assert (answer.status_code, answer.json()["memo"]) == (200, "Beans")


@pytest.mark.parametrize("form", ["bech32", "lud17", "web"])
async def test_an_lnurl(shop: Shop, payer: TestWallet, service: PayService, form: str) -> None:
    url = f"{service.web.url}/link"
    lnurl = {"bech32": lud01.encode(url), "lud17": url.replace("http", "lnurlp"), "web": url}[form]
    answer = await send(shop, payer, lnurl=lnurl)
    assert (answer.status_code, answer.json()["memo"]) == (200, "A bill")
    assert [request.target for request in service.web.requests] == ["/link", "/pay?id=7&amount=7000"]


async def test_the_service_is_not_what_it_should_be(shop: Shop, payer: TestWallet, service: PayService) -> None:
    host = "127.0.0.1"
    for answer, detail in (
        (error("no"), f"{host} said: 'no'"),
        (http("{}"), f"{host} did not return a payment request."),
        (http("oops", 500), f"Failed to connect to {host}."),
        (http('{"pr": "nonsense"}'), f"{host} returned an invalid invoice."),
        (
            http(json.dumps({"pr": await shop.customer.bill(Sat(8).to_msat())})),
            f"{host} returned an invalid invoice. Expected 7000 msat, got 8000.",
        ),
    ):
        service.answer = answer
        assert await refused(shop, payer, callback=service.callback) == detail
    service.answer = http(json.dumps({"pr": invoice_text(Sat(7))}))
    assert "another network" in await refused(shop, payer, 520, callback=service.callback)


async def test_nobody_is_asked(shop: Shop, payer: TestWallet, service: PayService) -> None:
    assert await refused(shop, payer) == "Missing LNURL or LnurlPayResponse data."
    assert await refused(shop, payer, callback="http://10.0.0.1/x")
    assert await refused(shop, payer, lnurl="LNURL1QQQQ")
    assert await refused(shop, payer, lnurl="nonsense")
    assert await refused(shop, payer, res={"tag": "withdrawRequest"})
    assert await refused(shop, payer, res=service.offer(callback="http://10.0.0.1/x"))
    assert await refused(shop, payer, res=service.offer(maxSendable=6000)) == "Amount 7000 not in range 1000 - 6000"
    assert await refused(shop, payer, res=service.offer(commentAllowed=1), comment="hi")
    assert await refused(shop, payer, res={"status": "ERROR", "reason": "closed"}) == "closed"
    assert await refused(shop, payer, callback=service.callback, unit="EUR") == "No exchange rate source is configured."
    assert await refused(shop, payer, 520, callback=service.callback, amount=0)
    assert await refused(shop, payer, 520, callback=service.callback, amount=7001)
    assert await refused(shop, payer, 422, callback=service.callback, amount=-1)
    assert service.web.requests == []


async def test_nobody_answers(shop: Shop, payer: TestWallet) -> None:
    async with serve(lambda _: http("")) as web:
        pass
    assert await refused(shop, payer, callback=f"{web.url}/") == "Failed to connect to 127.0.0.1."
    assert await refused(shop, payer, lnurl=f"{web.url}/") == "Failed to connect to 127.0.0.1."


async def test_more_than_there_is(shop: Shop, till: TestWallet, service: PayService) -> None:
    answer = await send(shop, till, callback=service.callback)
    assert (answer.status_code, answer.json()["detail"]) == (520, "Insufficient balance.")
