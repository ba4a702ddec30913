"""POST `/payments`, receive (section 4.1 of the reference)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pos_app.core.bolt11 import decode
from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")

FIELDS = {
    "checking_id", "payment_hash", "wallet_id", "amount", "fee", "bolt11", "status", "memo", "expiry", "webhook",
    "webhook_status", "preimage", "tag", "extension", "time", "created_at", "updated_at", "extra",
    "payment_request", "fiat_provider", "labels", "external_id",
}  # fmt: skip


async def refused(shop: Shop, wallet: TestWallet, status: int, **body: Any) -> Any:
    answer = await shop.http.post("/payments", headers=wallet.reads, json={"out": False, **body})
    assert answer.status_code == status, answer.text
    return answer.json()["detail"]


async def test_answers_with_the_whole_payment(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, 21, memo="coffee")
    assert made.keys() == FIELDS
    assert made["wallet_id"] == till.id
    assert (made["amount"], made["fee"], made["status"], made["memo"]) == (21_000, 0, "pending", "coffee")
    assert made["payment_request"] == made["bolt11"]
    assert (made["extra"], made["labels"]) == ({}, [])
    invoice = decode(made["bolt11"])
    assert (invoice.payment_hash, invoice.description) == (made["payment_hash"], "coffee")
    assert invoice.amount is not None and invoice.amount.value == 21_000


async def test_times_are_utc_with_offset(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, expiry=600)
    time, expiry = datetime.fromisoformat(made["time"]), datetime.fromisoformat(made["expiry"])
    assert time.utcoffset() == expiry.utcoffset() == timedelta(0)
    assert made["created_at"] == made["updated_at"] == made["time"]
    assert expiry - time == timedelta(seconds=600)


async def test_the_preimage_of_an_unpaid_invoice_is_shown_to_nobody(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    assert made["preimage"] is None
    for headers in ({}, till.reads, till.pays):
        answer = await shop.http.get(f"/payments/{made['payment_hash']}", headers=headers)
        assert answer.json()["preimage"] is None
    row = (await shop.http.get("/payments", headers=till.pays)).json()[0]
    assert row["preimage"] is None


async def test_the_invoice_key_may_receive_and_the_admin_key_too(shop: Shop, till: TestWallet) -> None:
    for headers in (till.reads, till.pays):
        answer = await shop.http.post("/payments", headers=headers, json={"out": False, "amount": 1})
        assert answer.status_code == 201


async def test_identical_requests_make_distinct_invoices(shop: Shop, till: TestWallet) -> None:
    first, second = await shop.invoice(till), await shop.invoice(till)
    assert first["payment_hash"] != second["payment_hash"]


async def test_unknown_fields_are_ignored(shop: Shop, till: TestWallet) -> None:
    await shop.invoice(till, lights="off")


async def test_a_memo_that_is_not_given_gets_a_default(shop: Shop, till: TestWallet) -> None:
    assert (await shop.invoice(till))["memo"]
    made = await shop.invoice(till, memo="")
    assert decode(made["bolt11"]).description == made["memo"] != ""


@pytest.mark.parametrize("memo", ["x" * 639, "☕" * 213])
async def test_memo_up_to_639_bytes(shop: Shop, till: TestWallet, memo: str) -> None:
    made = await shop.invoice(till, memo=memo)
    assert made["memo"] == decode(made["bolt11"]).description == memo


async def test_a_longer_memo_is_refused_not_cut(shop: Shop, till: TestWallet) -> None:
    for memo in ["x" * 640, "x" * 641, "☕" * 214]:
        detail = await refused(shop, till, 422, amount=1, memo=memo)
        assert detail[0]["loc"] == ["body", "memo"]


async def test_empty_texts_count_as_absent(shop: Shop, till: TestWallet) -> None:
    empty = dict.fromkeys(("description_hash", "unhashed_description", "webhook", "lnurl_callback", "bolt11"), "")
    answer = await shop.http.post(
        "/payments", headers=till.reads, json={**empty, "out": False, "amount": 1, "memo": "x"}
    )
    made = answer.json()
    assert (made["memo"], made["webhook"], made["extra"]) == ("x", None, {})


@pytest.mark.parametrize(("expiry", "lives_s"), [(None, 3600), (0, 3600), (1, 1), (31_536_000, 31_536_000)])
async def test_expiry(shop: Shop, till: TestWallet, expiry: int | None, lives_s: int) -> None:
    made = await shop.invoice(till, expiry=expiry)
    assert decode(made["bolt11"]).expiry_s == lives_s


async def test_expiry_out_of_range(shop: Shop, till: TestWallet) -> None:
    for expiry in (-5, 31_536_001, 10**9, "soon", 1.5):
        detail = await refused(shop, till, 422, amount=1, expiry=expiry)
        assert detail[0]["loc"] == ["body", "expiry"]


async def test_description_hash_takes_the_place_of_the_memo(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, memo="coffee", description_hash="AB" * 32)
    assert made["memo"] == ""
    assert decode(made["bolt11"]).description_hash == "ab" * 32


async def test_unhashed_description_is_hashed(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, unhashed_description=b"coffee".hex())
    assert made["memo"] == ""
    assert decode(made["bolt11"]).description_hash == "37290d74ac4d186e3a8e5785d259d2ec04fac91ae28092e7620ec8bc99e830aa"


@pytest.mark.parametrize("field", ["description_hash", "unhashed_description"])
async def test_a_description_that_is_not_hex(shop: Shop, till: TestWallet, field: str) -> None:
    assert await refused(shop, till, 400, amount=1, **{field: "xyz"}) == f"'{field}' must be a valid hex string"


async def test_a_description_hash_of_another_length(shop: Shop, till: TestWallet) -> None:
    assert await refused(shop, till, 400, amount=1, description_hash="abcd")


async def test_extra_is_kept_as_it_is_and_names_the_tag(shop: Shop, till: TestWallet) -> None:
    extra = {"tag": "tpos", "nested": {"list": [1, None, "é☕"], "true": True}, "zero": 0.5}
    made = await shop.invoice(till, extra=extra)
    assert (made["extra"], made["tag"]) == (extra, "tpos")
    assert (await shop.look(till, made["payment_hash"]))["details"]["extra"] == extra


async def test_extra_that_is_no_object(shop: Shop, till: TestWallet) -> None:
    for extra in ("text", [1], 5):
        detail = await refused(shop, till, 422, amount=1, extra=extra)
        assert detail[0]["loc"] == ["body", "extra"]


@pytest.mark.parametrize("extra", ['{"a": NaN}', '{"tag": "\\ud800"}', '{"\\ud800": 1}', '{"a":' * 80 + "1" + "}" * 80])
async def test_extra_that_cannot_be_kept(shop: Shop, till: TestWallet, extra: str) -> None:
    answer = await shop.http.post(
        "/payments",
        headers={**till.reads, "Content-Type": "application/json"},
        content=f'{{"out": false, "amount": 1, "extra": {extra}}}',
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "extra"]


@pytest.mark.parametrize(("amount", "msat"), [(7, 7000), ("7", 7000), (7.0, 7000), (10_000_000, 10_000_000_000)])
async def test_amount_is_in_sat(shop: Shop, till: TestWallet, amount: object, msat: int) -> None:
    made = await shop.invoice(till, amount)  # type: ignore[arg-type]
    assert made["amount"] == msat


async def test_amount_zero(shop: Shop, till: TestWallet) -> None:
    answer = await shop.http.post("/payments", headers=till.reads, json={"out": False, "amount": 0})
    assert answer.status_code == 520
    assert answer.json() == {"detail": "Amountless invoices not supported.", "status": "failed"}


async def test_amount_above_ten_million_sat(shop: Shop, till: TestWallet) -> None:
    assert "too high" in await refused(shop, till, 520, amount=10_000_001)


async def test_amounts_that_are_none(shop: Shop, till: TestWallet) -> None:
    nonsense: tuple[object, ...] = (0.5, 1.9, -1, -0.5, "abc", True, [], {}, 10**30, "1e999999999")
    for amount in nonsense:
        await refused(shop, till, 422, amount=amount)


async def test_an_absent_amount(shop: Shop, till: TestWallet) -> None:
    await refused(shop, till, 422)
    await refused(shop, till, 422, amount=None)


async def test_unknown_unit(shop: Shop, till: TestWallet) -> None:
    for unit in ("eur", "sats", "msat", "", "XXX"):
        assert await refused(shop, till, 400, amount=1, unit=unit) == "The provided unit is not supported"


async def test_a_currency_without_a_rate(shop: Shop, till: TestWallet) -> None:
    assert await refused(shop, till, 400, amount=2.5, unit="EUR") == "No exchange rate source is configured."


async def test_an_internal_invoice_is_paid_inside(shop: Shop, till: TestWallet, payer: TestWallet) -> None:
    made = await shop.invoice(till, internal=True)
    assert (await shop.pay(payer, made["bolt11"])).json()["status"] == "success"


async def test_a_webhook_is_kept(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till, webhook="https://shop.example/paid?x=1")
    assert (made["webhook"], made["webhook_status"]) == ("https://shop.example/paid?x=1", None)


async def test_a_webhook_to_an_internal_address(shop: Shop, till: TestWallet) -> None:
    for webhook in ["http://10.0.0.1/", "https://192.168.1.1/x", "https://localhost/", "ftp://a", "x"]:
        assert await refused(shop, till, 400, amount=1, webhook=webhook)


async def test_no_invoice_without_the_funding_source(shop: Shop, till: TestWallet) -> None:
    shop.source.away = True
    assert "not reachable" in await refused(shop, till, 520, amount=1)


@pytest.mark.parametrize("body", ["", "{", "null", '"text"', "[1]", "[" * 100_000])
async def test_bodies_that_are_no_object(shop: Shop, till: TestWallet, body: str) -> None:
    answer = await shop.http.post("/payments", headers={**till.reads, "Content-Type": "application/json"}, content=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


async def test_an_empty_list_counts_as_an_empty_object(shop: Shop, till: TestWallet) -> None:
    assert (await shop.http.post("/payments", headers=till.pays, json=[])).json() == {
        "detail": "Missing BOLT11 invoice"
    }


async def test_a_body_needs_no_content_type(shop: Shop, till: TestWallet) -> None:
    answer = await shop.http.post("/payments", headers=till.reads, content=b'{"out": false, "amount": 5}')
    assert answer.status_code == 201


async def test_the_shape_of_a_422(shop: Shop, till: TestWallet) -> None:
    detail = await refused(shop, till, 422, amount="abc", memo=5)
    assert all(problem.keys() == {"loc", "msg", "type"} for problem in detail)
    assert ["body", "memo"] in [problem["loc"] for problem in detail]
