from __future__ import annotations

import json

import pytest

from pos_app.core import bolt11
from pos_app.core.money import Msat
from pos_app.lnurl.pay import PayError, PayInvoice, request_invoice
from pos_app.net.allow import AllowList
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url
from tests.support.web import HOST, Request, http, serve

PR = bolt11.encode(
    network=bolt11.Network.REGTEST,
    amount=Msat(7000),
    payment_hash="11" * 32,
    payment_secret="22" * 32,
    made_at_s=1_795_000_000,
    expiry_s=600,
    private_key="33" * 32,
)


async def asked(body: object, amount: int = 7000, comment: str = "") -> tuple[PayInvoice, list[Request]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with serve(lambda _: http(content)) as server:
        fetcher = Fetcher(AllowList([HOST]))
        callback = Url.parse(f"{server.url}/cb?id=7")
        return await request_invoice(fetcher, callback, Msat(amount), comment), server.requests


async def test_an_invoice_for_the_amount() -> None:
    action = {"tag": "message", "message": "Thanks\n", "other": "x", "url": 5}
    found, requests = await asked({"pr": PR, "successAction": action}, comment="a&b")
    assert found.invoice.text == PR and found.success_action == {"tag": "message", "message": "Thanks"}
    assert requests[0].target == "/cb?id=7&amount=7000&comment=a%26b"
    found, requests = await asked({"pr": PR.upper(), "successAction": None})
    assert found.success_action is None and requests[0].target == "/cb?id=7&amount=7000"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status": "error", "reason": "closed\u202e"}, "127.0.0.1 said: 'closed'"),
        ({"pr": PR, "status": "ERROR"}, "said: 'no reason given'"),
        ({}, "127.0.0.1 did not return a payment request."),
        ({"pr": 5}, "did not return a payment request."),
        ({"pr": "lnbc1nonsense"}, "127.0.0.1 returned an invalid invoice."),
        (b"<html>", "Failed to connect to 127.0.0.1."),
    ],
)
async def test_no_invoice(body: object, words: str) -> None:
    with pytest.raises(PayError, match=words):
        await asked(body)


async def test_an_invoice_for_another_amount() -> None:
    with pytest.raises(PayError, match=r"returned an invalid invoice\. Expected 8000 msat, got 7000\."):
        await asked({"pr": PR}, amount=8000)


async def test_a_service_that_is_not_there_or_not_allowed() -> None:
    with pytest.raises(PayError, match="private"):
        await request_invoice(Fetcher(), Url.parse("https://10.0.0.1/"), Msat(1))
    async with serve(lambda _: b"") as server:
        pass
    with pytest.raises(PayError, match=r"Failed to connect to 127\.0\.0\.1\."):
        await request_invoice(Fetcher(AllowList([HOST])), Url.parse(server.url), Msat(1))
