"""GET `/payments/{payment_hash}` (section 4.4 of the reference)."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.practice.customer import PayMode
from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")
NOT_THERE = (404, {"detail": "Payment does not exist."})


async def look(shop: Shop, name: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    answer = await shop.http.get(f"/payments/{name}", headers=headers)
    return answer.status_code, answer.json()


async def test_unpaid(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    for headers in (None, {"X-Api-Key": "unknown"}):
        assert await look(shop, made["payment_hash"], headers) == (200, {"paid": False, "preimage": None})
    for headers in (till.reads, till.pays):
        assert await look(shop, made["payment_hash"], headers) == (
            200,
            {"paid": False, "status": "pending", "preimage": None, "details": made},
        )


async def test_paid(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    preimage = (await shop.pay(payer, made["bolt11"])).json()["preimage"]
    for headers in (None, {"X-Api-Key": "unknown"}):
        assert await look(shop, made["payment_hash"], headers) == (200, {"paid": True, "preimage": preimage})
    _, own = await look(shop, made["payment_hash"], till.reads)
    assert own.keys() == {"paid", "preimage", "details"}
    assert (own["details"]["status"], own["details"]["amount"]) == ("success", 21_000)


async def test_failed(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    await shop.http.post("/payments/cancel", headers=till.reads, json={"payment_hash": made["payment_hash"]})
    _, own = await look(shop, made["payment_hash"], till.reads)
    assert own.keys() == {"paid", "status", "details"}
    assert (own["paid"], own["status"]) == (False, "failed")
    assert await look(shop, made["payment_hash"]) == (200, {"paid": False, "status": "failed"})


async def test_the_payer_sees_his_record(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    await shop.pay(payer, made["bolt11"])
    for name in (made["payment_hash"], f"internal_{made['payment_hash']}"):
        _, own = await look(shop, name, payer.reads)
        assert (own["paid"], own["details"]["amount"]) == (True, -21_000)


async def test_what_does_not_exist(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    assert await look(shop, made["payment_hash"], payer.reads) == NOT_THERE
    for name in ("0" * 64, made["payment_hash"].upper(), "anything", "%00", "☕"):
        assert await look(shop, name, till.reads) == NOT_THERE
        assert await look(shop, name) == NOT_THERE


async def test_money_from_outside_is_seen(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    await shop.customer_pays(made["bolt11"])
    assert (await shop.look(till, made["payment_hash"]))["paid"] is True


async def test_an_expired_invoice_is_failed_and_late_money_is_still_booked(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, expiry=60)
    await shop.clock.advance(120)
    assert (await shop.look(till, made["payment_hash"]))["status"] == "failed"
    await shop.customer_pays(made["bolt11"], PayMode.LATE)
    own = await shop.look(till, made["payment_hash"])
    assert own["paid"] is True
    assert own["details"]["extra"] == {"late": True}
