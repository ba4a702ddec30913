"""What stands beside the payments (section 6 of the reference)."""

from __future__ import annotations

import pytest

from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")
NO_RATES = (400, {"detail": "No exchange rate source is configured."})


async def test_the_wallet_and_its_id_for_the_admin_key_only(shop: Shop, payer: TestWallet) -> None:
    answer = await shop.http.get("/wallet", headers=payer.reads)
    assert answer.json() == {"name": "Payer", "balance": 100_000_000}
    answer = await shop.http.get("/wallet", headers=payer.pays)
    assert answer.json() == {"name": "Payer", "balance": 100_000_000, "id": payer.id}


async def test_currencies(shop: Shop) -> None:
    codes = (await shop.http.get("/currencies")).json()
    assert codes == sorted(codes)
    assert {"EUR", "USD", "JPY", "BHD"} <= set(codes)


async def test_no_rates(shop: Shop) -> None:
    for path in ("/rate/EUR", "/rate/eur"):
        answer = await shop.http.get(path)
        assert (answer.status_code, answer.json()) == NO_RATES
    body = {"from_": "sat", "amount": 5000, "to": "EUR,USD"}
    answer = await shop.http.post("/conversion", json=body)
    assert (answer.status_code, answer.json()) == NO_RATES
    assert (await shop.http.post("/conversion", json={"amount": "x"})).status_code == 422


async def test_health(shop: Shop) -> None:
    before = (await shop.http.get("/health")).json()
    assert before["server_time"] == int(shop.clock.time_s())
    assert (before["network"], before["practice"]) == ("regtest", True)
    assert (before["source"], before["source_ok"]) == ("practice", True)
    hours, minutes, seconds = map(int, before["up_time"].split(":"))
    await shop.clock.advance(3600 - minutes * 60 - seconds + 61)
    assert (await shop.http.get("/health")).json()["up_time"] == f"{hours + 1:02}:01:01"
    shop.source.away = True
    assert (await shop.http.get("/health")).json()["source_ok"] is False
