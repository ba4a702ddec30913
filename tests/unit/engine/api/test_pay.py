"""POST `/payments`, pay (section 4.2), and POST `/payments/cancel`."""

from __future__ import annotations

import asyncio

import pytest

from pos_app.core.bolt11 import Network, encode
from pos_app.core.money import Msat, Sat
from pos_app.engine.funding.base import Cancel
from pos_app.practice.network import Behaviour
from tests.support.payments import invoice_text
from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def balance(shop: Shop, wallet: TestWallet) -> int:
    return int((await shop.http.get("/wallet", headers=wallet.reads)).json()["balance"])


async def test_an_invoice_of_this_engine_is_settled_inside(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till, 21, memo="coffee")
    answer = await shop.pay(payer, made["bolt11"], extra={"tag": "lunch", "n": 1})
    paid = answer.json()
    assert answer.status_code == 201
    assert (paid["amount"], paid["fee"], paid["status"]) == (-21_000, 0, "success")
    assert paid["checking_id"] == f"internal_{made['payment_hash']}"
    assert (paid["payment_hash"], paid["wallet_id"]) == (made["payment_hash"], payer.id)
    assert (paid["memo"], paid["tag"], paid["extra"]) == ("coffee", "lunch", {"tag": "lunch", "n": 1})
    assert len(paid["preimage"]) == 64
    received = (await shop.look(till, made["payment_hash"]))["details"]
    assert (received["amount"], received["preimage"]) == (21_000, paid["preimage"])
    assert (await balance(shop, till), await balance(shop, payer)) == (21_000, 99_979_000)


async def test_the_whole_balance_may_be_spent_inside(shop: Shop, till: TestWallet) -> None:
    payer = await shop.wallet(sat=50)
    assert (await shop.pay(payer, (await shop.invoice(till, 50))["bolt11"])).status_code == 201
    assert await balance(shop, payer) == 0


async def test_out_is_the_default(shop: Shop, payer: TestWallet) -> None:
    answer = await shop.http.post("/payments", headers=payer.reads, json={})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Invoice (or Admin) key required."})
    answer = await shop.http.post("/payments", headers=payer.pays, json={})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Missing BOLT11 invoice"})


async def test_the_invoice_key_never_pays(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    answer = await shop.http.post("/payments", headers=payer.reads, json={"out": True, "bolt11": made["bolt11"]})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Invoice (or Admin) key required."})
    assert await balance(shop, payer) == 100_000_000


async def test_upper_case_is_taken(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    assert (await shop.pay(payer, made["bolt11"].upper())).json()["status"] == "success"


async def test_paying_oneself(shop: Shop, payer: TestWallet) -> None:
    made = await shop.invoice(payer)
    assert (await shop.pay(payer, made["bolt11"])).status_code == 201
    assert await balance(shop, payer) == 100_000_000
    look = await shop.look(payer, made["payment_hash"])
    assert (look["paid"], look["details"]["amount"]) == (True, -21_000)


async def refused(shop: Shop, wallet: TestWallet, bolt11: str) -> str:
    answer = await shop.pay(wallet, bolt11)
    assert answer.status_code == 520, answer.text
    assert answer.json()["status"] == "failed"
    return str(answer.json()["detail"])


async def test_texts_that_are_no_invoice(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    good = (await shop.invoice(till))["bolt11"]
    for text in ("nonsense", good[:-1] + ("q" if good[-1] != "q" else "p"), f"lightning:{good}", "lnbc1"):
        assert await refused(shop, payer, text) == "Bolt11 decoding failed."


async def test_an_invoice_without_amount(shop: Shop, payer: TestWallet) -> None:
    text = encode(
        network=Network.REGTEST,
        amount=Msat(0),
        payment_hash="ab" * 32,
        payment_secret="cd" * 32,
        made_at_s=1_795_000_000,
        expiry_s=3600,
        private_key="11" * 32,
    )
    assert await refused(shop, payer, text) == "Amountless invoices not supported."


async def test_an_invoice_of_another_network(shop: Shop, payer: TestWallet) -> None:
    assert "another network" in await refused(shop, payer, invoice_text(Sat(21)))


async def test_an_invoice_is_paid_once(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    answers = await asyncio.gather(*(shop.pay(payer, made["bolt11"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 520, 520, 520, 520, 520]
    again = await shop.pay(payer, made["bolt11"])
    assert again.json()["detail"] == "Internal invoice already paid."
    assert await balance(shop, payer) == 99_979_000


async def test_balance_below_the_amount(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till, 100_001)
    assert await refused(shop, payer, made["bolt11"]) == "Insufficient balance."
    bill = await shop.customer.bill(Sat(100_001).to_msat())
    assert await refused(shop, payer, bill) == "Insufficient balance."


async def test_an_expired_invoice(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till, expiry=60)
    await shop.clock.advance(61)
    assert await refused(shop, payer, made["bolt11"]) == "Invoice expired."


async def test_an_outside_invoice(shop: Shop, payer: TestWallet) -> None:
    paid = (await shop.pay(payer, await shop.customer.bill(Sat(1000).to_msat(), "Milk"))).json()
    assert (paid["amount"], paid["fee"], paid["status"], paid["memo"]) == (-1_000_000, -1000, "success", "Milk")
    assert await balance(shop, payer) == 98_999_000


async def test_the_reserve_of_an_outside_invoice(shop: Shop) -> None:
    payer = await shop.wallet(sat=1000)
    detail = await refused(shop, payer, await shop.customer.bill(Sat(999).to_msat()))
    assert detail == "You must reserve at least (10  sat) to cover potential routing fees."


async def test_an_outside_payment_that_fails(shop: Shop, payer: TestWallet) -> None:
    bill = await shop.customer.bill(Sat(1000).to_msat(), behaviour=Behaviour.REFUSE)
    assert await refused(shop, payer, bill) == "Payment failed: the payee refused"
    assert await balance(shop, payer) == 100_000_000
    again = await shop.pay(payer, bill)
    assert (again.status_code, again.json()["status"], again.json()["fee"]) == (201, "failed", -10_000)


async def test_cancel_makes_an_invoice_unpayable(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    body = {"payment_hash": made["payment_hash"]}
    answer = await shop.http.post("/payments/cancel", headers=till.reads, json=body)
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert (await shop.http.post("/payments/cancel", headers=till.reads, json=body)).status_code == 200
    assert await refused(shop, payer, made["bolt11"]) == "Invoice was cancelled."


async def test_a_paid_invoice_cannot_be_cancelled(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    await shop.pay(payer, made["bolt11"])
    answer = await shop.http.post("/payments/cancel", headers=till.reads, json={"payment_hash": made["payment_hash"]})
    assert (answer.status_code, answer.json()["status"]) == (520, "success")
    assert "already paid" in answer.json()["detail"]


async def test_only_the_own_invoice_can_be_cancelled(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till)
    for name in (made["payment_hash"], "nothing"):
        answer = await shop.http.post("/payments/cancel", headers=payer.pays, json={"payment_hash": name})
        assert (answer.status_code, answer.json()) == (404, {"detail": "Payment does not exist."})
    assert (await shop.look(till, made["payment_hash"]))["status"] == "pending"
    assert (await shop.http.post("/payments/cancel", headers=till.reads, json={})).status_code == 422


async def test_a_payment_goes_on_when_its_caller_has_left(
    shop: Shop, till: TestWallet, payer: TestWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await shop.invoice(till, 21)
    reached, go_on = asyncio.Event(), asyncio.Event()
    cancel = shop.source.cancel_invoice

    async def slow_cancel(checking_id: str) -> Cancel:
        reached.set()
        await go_on.wait()
        return await cancel(checking_id)

    monkeypatch.setattr(shop.source, "cancel_invoice", slow_cancel)
    caller = asyncio.create_task(shop.pay(payer, made["bolt11"]))
    await asyncio.wait_for(reached.wait(), 5)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    assert caller.cancelled()
    with shop.engine.feed.subscribe(made["payment_hash"]) as told:
        go_on.set()
        await asyncio.wait_for(anext(told), 5)
    assert (await balance(shop, till), await balance(shop, payer)) == (21_000, 99_979_000)
