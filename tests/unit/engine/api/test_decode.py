"""POST `/payments/decode` and GET `/payments/fee-reserve` (section 4.7)."""

from __future__ import annotations

import pytest

from pos_app.core.bolt11 import Network, encode
from pos_app.core.money import Msat, Sat
from pos_app.lnurl import lud01
from tests.support.payments import HASH, MADE_AT_S, invoice_text
from tests.support.shop_engine import Shop

pytestmark = pytest.mark.asyncio(loop_scope="package")
URL = "https://service.example/api?q=3fc3645b"


def without_amount() -> str:
    return encode(
        network=Network.MAINNET,
        amount=Msat(0),
        payment_hash=HASH,
        payment_secret="22" * 32,
        made_at_s=MADE_AT_S,
        expiry_s=600,
        private_key="11" * 32,
    )


async def test_the_fields_of_an_invoice(shop: Shop) -> None:
    text = invoice_text(Sat(77), description="décode ☕")
    decoded = (await shop.http.post("/payments/decode", json={"data": text})).json()
    expected = {
        "currency": "bc",
        "amount_msat": 77_000,
        "date": MADE_AT_S,
        "expiry": 600,
        "payment_hash": HASH,
        "payment_secret": "22" * 32,
        "description": "décode ☕",
        "min_final_cltv_expiry": 18,
        "payee": "034f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa",
    }
    assert decoded.items() >= expected.items()
    assert len(decoded["signature"]) == 128
    assert "description_hash" not in decoded
    upper = (await shop.http.post("/payments/decode", json={"data": text.upper()})).json()
    assert upper == decoded


async def test_only_the_named_fields(shop: Shop) -> None:
    body = {"data": invoice_text(Sat(77)), "filter_fields": ["expiry", "payee_name"]}
    assert (await shop.http.post("/payments/decode", json=body)).json() == {"expiry": 600}


async def test_an_invoice_without_amount(shop: Shop) -> None:
    decoded = (await shop.http.post("/payments/decode", json={"data": without_amount()})).json()
    assert decoded["amount_msat"] == 0


async def test_an_lnurl_in_capitals(shop: Shop) -> None:
    answer = await shop.http.post("/payments/decode", json={"data": lud01.encode(URL)})
    assert answer.json() == {"domain": URL}


async def test_texts_that_cannot_be_decoded(shop: Shop) -> None:
    invoice = invoice_text(Sat(77))
    for text in ("nonsense", "", f"lightning:{invoice}", invoice[:-3], lud01.encode(URL).lower(), "LNURL1QQQQ"):
        answer = await shop.http.post("/payments/decode", json={"data": text})
        assert answer.status_code == 400, text
        body = answer.json()
        assert body.keys() == {"detail", "message"}
        assert body["detail"] == body["message"]
        assert body["message"].startswith("Failed to decode: ")
    assert (await shop.http.post("/payments/decode", json={})).status_code == 422


@pytest.mark.parametrize(("sat", "reserve_msat"), [(1, 2000), (200, 2000), (201, 2010), (1000, 10_000)])
async def test_fee_reserve(shop: Shop, sat: int, reserve_msat: int) -> None:
    answer = await shop.http.get("/payments/fee-reserve", params={"invoice": invoice_text(Sat(sat))})
    assert (answer.status_code, answer.json()) == (200, {"fee_reserve": reserve_msat})


async def test_fee_reserve_of_what_is_no_invoice(shop: Shop) -> None:
    answer = await shop.http.get("/payments/fee-reserve", params={"invoice": without_amount()})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Invoice has no amount."})
    for params in ({}, {"invoice": "nonsense"}, {"invoice": ""}):
        answer = await shop.http.get("/payments/fee-reserve", params=params)
        assert (answer.status_code, answer.json()) == (400, {"detail": "Bolt11 decoding failed."})
