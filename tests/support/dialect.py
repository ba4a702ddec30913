"""What a client of the payments API relies on, as tests that hold for real LNbits servers and for our engine alike."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from pos_app.core.bolt11 import decode
from pos_app.payments.models import Payment

PATIENCE_S = 20.0
SPECIFIED = {
    "checking_id", "payment_hash", "wallet_id", "amount", "fee", "bolt11", "status", "memo", "expiry",
    "webhook", "webhook_status", "preimage", "tag", "extension", "time", "created_at", "updated_at", "extra",
}  # fmt: skip
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Api:
    """A server with two wallets that have money; paths of `http` begin behind `/api/v1`."""

    url: str
    http: httpx.AsyncClient
    shop_id: str
    shop_invoice_key: str
    shop_admin_key: str
    payer_invoice_key: str
    payer_admin_key: str

    async def get(self, path: str, key: str | None = None, **params: Any) -> tuple[int, Any]:
        answer = await self.http.get(path, headers={"X-Api-Key": key} if key else {}, params=params)
        return answer.status_code, answer.json()

    async def post(self, path: str, key: str | None = None, **body: Any) -> tuple[int, Any]:
        answer = await self.http.post(path, headers={"X-Api-Key": key} if key else {}, json=body)
        return answer.status_code, answer.json()

    async def invoice(self, amount: int = 21, **fields: Any) -> dict[str, Any]:
        status, made = await self.post("/payments", self.shop_invoice_key, out=False, amount=amount, **fields)
        assert status == 201, made
        return dict(made)

    async def pay(self, bolt11: str) -> tuple[int, Any]:
        return await self.post("/payments", self.payer_admin_key, out=True, bolt11=bolt11)

    def listen(self, name: str) -> connect:
        return connect(f"{self.url.replace('http', 'ws', 1)}/api/v1/ws/{name}", proxy=None)


def new_memo() -> str:
    """One that no other test has used."""
    return f"Sale {datetime.now(UTC):%H%M%S%f}N{next(_numbers)}"


async def heard(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


class DialectTests:
    """Needs a fixture `api`."""

    async def test_an_invoice(self, api: Api) -> None:
        memo = new_memo()
        made = await api.invoice(21, memo=memo, unit="sat", expiry=600, extra={"tag": "pos", "list": [1, None]})
        assert made.keys() >= SPECIFIED
        assert (made["amount"], made["fee"], made["status"], made["memo"]) == (21_000, 0, "pending", memo)
        assert (made["wallet_id"], made["tag"], made["extra"]["list"]) == (api.shop_id, "pos", [1, None])
        invoice = decode(made["bolt11"])
        assert (invoice.payment_hash, invoice.description, invoice.expiry_s) == (made["payment_hash"], memo, 600)
        assert invoice.amount is not None and invoice.amount.value == 21_000
        read = Payment.model_validate(made)
        assert read.expiry is not None
        assert abs(read.expiry.timestamp() - invoice.expires_at_s) <= 5

    async def test_paying_an_invoice_of_the_same_server(self, api: Api) -> None:
        made = await api.invoice(21, memo=new_memo())
        status, paid = await api.pay(made["bolt11"])
        assert status == 201
        assert (paid["amount"], paid["fee"], paid["status"]) == (-21_000, 0, "success")
        assert (paid["payment_hash"], paid["memo"]) == (made["payment_hash"], made["memo"])
        assert paid["checking_id"] == f"internal_{made['payment_hash']}"
        status, told = await api.pay(made["bolt11"])
        assert (status, told["detail"]) == (520, "Internal invoice already paid.")

    async def test_a_look(self, api: Api) -> None:
        made = await api.invoice()
        path = f"/payments/{made['payment_hash']}"
        _, own = await api.get(path, api.shop_invoice_key)
        assert (own["paid"], own["status"], own["details"]["amount"]) == (False, "pending", 21_000)
        assert (await api.get(path))[1]["paid"] is False
        await api.pay(made["bolt11"])
        _, own = await api.get(path, api.shop_invoice_key)
        assert (own["paid"], own["details"]["status"], own["details"]["amount"]) == (True, "success", 21_000)
        _, anybody = await api.get(path)
        assert anybody == {"paid": True, "preimage": own["details"]["preimage"]}
        _, payers = await api.get(path, api.payer_invoice_key)
        assert (payers["paid"], payers["details"]["amount"]) == (True, -21_000)

    async def test_a_look_at_nothing(self, api: Api) -> None:
        made = await api.invoice()
        missing = (404, {"detail": "Payment does not exist."})
        assert await api.get(f"/payments/{made['payment_hash']}", api.payer_invoice_key) == missing
        for name in ("0" * 64, "anything", made["payment_hash"].upper()):
            assert await api.get(f"/payments/{name}", api.shop_invoice_key) == missing

    async def test_keys(self, api: Api) -> None:
        for path in ("/wallet", "/payments", "/payments/paginated", "/payments/history"):
            assert await api.get(path) == (401, {"detail": "No Api Key provided."})
            assert await api.get(path, "f" * 32) == (404, {"detail": "Wallet not found."})
        no_user = (401, {"detail": "Missing user ID or access token."})
        for path in (
            "/payments/stats/count",
            "/payments/stats/wallets",
            "/payments/stats/daily",
            "/payments/all/paginated",
        ):
            assert await api.get(path, api.shop_admin_key) == no_user
        made = await api.invoice()
        body = {"out": True, "bolt11": made["bolt11"]}
        refused = (403, {"detail": "Invoice (or Admin) key required."})
        assert await api.post("/payments", api.payer_invoice_key, **body) == refused
        assert await api.post("/payments", api.payer_invoice_key, bolt11=made["bolt11"]) == refused

    async def test_the_wallet(self, api: Api) -> None:
        _, seen = await api.get("/wallet", api.shop_invoice_key)
        assert seen.keys() == {"name", "balance"}
        _, owned = await api.get("/wallet", api.shop_admin_key)
        assert owned == seen | {"id": api.shop_id}
        await api.pay((await api.invoice(10))["bolt11"])
        _, after = await api.get("/wallet", api.shop_invoice_key)
        assert after["balance"] - seen["balance"] == 10_000

    async def test_what_cannot_be_paid(self, api: Api) -> None:
        assert await api.post("/payments", api.payer_admin_key, out=True) == (400, {"detail": "Missing BOLT11 invoice"})
        for text in ("nonsense", "lightning:" + (await api.invoice())["bolt11"]):
            status, told = await api.pay(text)
            assert (status, told["detail"], told["status"]) == (520, "Bolt11 decoding failed.", "failed")
        _, wallet = await api.get("/wallet", api.payer_invoice_key)
        too_much = await api.invoice(wallet["balance"] // 1000 + 1)
        status, told = await api.pay(too_much["bolt11"])
        assert (status, told["detail"]) == (520, "Insufficient balance.")

    async def test_amounts_that_are_none(self, api: Api) -> None:
        status, told = await api.post("/payments", api.shop_invoice_key, out=False, amount=0)
        assert (status, told["detail"]) == (520, "Amountless invoices not supported.")
        for amount in (-1, "abc"):
            status, _ = await api.post("/payments", api.shop_invoice_key, out=False, amount=amount)
            assert status in (400, 422)
        status, told = await api.post("/payments", api.shop_invoice_key, out=False, amount=1, unit="msat")
        assert status == 400
        assert "The provided unit is not supported" in str(told["detail"])

    async def test_lists(self, api: Api) -> None:
        memo = new_memo()
        made = [await api.invoice(amount, memo=f"{memo} {amount}") for amount in (1, 2, 3)]
        await api.pay(made[1]["bolt11"])
        newest = {"limit": 3, "sortby": "time", "direction": "desc"}
        for path in ("/payments", "/payments/paginated"):
            _, body = await api.get(path, api.shop_invoice_key, **newest)
            rows = body["data"] if path.endswith("paginated") else body
            assert {row["payment_hash"] for row in rows} == {row["payment_hash"] for row in made}
        _, page = await api.get("/payments/paginated", api.shop_invoice_key, limit=1, search=memo)
        assert (len(page["data"]), page["total"]) == (1, 3)
        _, found = await api.get("/payments", api.shop_invoice_key, limit=10, search=memo.lower())
        assert len(found) == 3
        for params, amounts in (
            ({"amount": 2000}, {2000}),
            ({"amount[gt]": 1000}, {2000, 3000}),
            ({"amount[ge]": 2000, "amount[le]": 2000}, {2000}),
            ({"amount[ne]": 2000}, {1000, 3000}),
            ({"status": "success"}, {2000}),
            ({"memo": f"{memo} 3"}, {3000}),
            ({"time[ge]": "2020-01-01T00:00:00Z"}, {1000, 2000, 3000}),
            ({"time[le]": "2020-01-01T00:00:00Z"}, set()),
            ({"sortby": "amount", "direction": "asc", "offset": 2}, {3000}),
        ):
            _, found = await api.get("/payments", api.shop_invoice_key, limit=10, search=memo, **params)
            assert {row["amount"] for row in found} == amounts, params

    async def test_history(self, api: Api) -> None:
        await api.pay((await api.invoice(10))["bolt11"])
        _, points = await api.get("/payments/history", api.shop_invoice_key, group="hour")
        _, wallet = await api.get("/wallet", api.shop_invoice_key)
        assert points[-1].keys() == {"date", "income", "spending", "balance"}
        assert points[-1]["balance"] == wallet["balance"]
        assert points[-1]["income"] % 1000 == 0 < points[-1]["income"]

    async def test_decode(self, api: Api) -> None:
        made = await api.invoice(77, memo="décode ☕", expiry=600)
        _, decoded = await api.post("/payments/decode", data=made["bolt11"])
        assert (decoded["amount_msat"], decoded["payment_hash"]) == (77_000, made["payment_hash"])
        assert (decoded["description"], decoded["expiry"]) == ("décode ☕", 600)
        assert decoded.keys() >= {"currency", "date", "signature", "payment_secret", "min_final_cltv_expiry", "payee"}
        _, decoded = await api.post("/payments/decode", data=made["bolt11"], filter_fields=["expiry"])
        assert decoded == {"expiry": 600}
        status, told = await api.post("/payments/decode", data="nonsense")
        assert status == 400
        assert told["message"].startswith("Failed to decode: ")

    async def test_fee_reserve(self, api: Api) -> None:
        for amount, reserve_msat in ((200, 2000), (201, 2010), (1000, 10_000)):
            made = await api.invoice(amount)
            assert await api.get("/payments/fee-reserve", invoice=made["bolt11"]) == (
                200,
                {"fee_reserve": reserve_msat},
            )

    async def test_pushes(self, api: Api) -> None:
        made = await api.invoice(21)
        async with api.listen(api.shop_invoice_key) as by_key, api.listen(made["payment_hash"]) as by_hash:
            _, before = await api.get("/wallet", api.shop_invoice_key)
            await api.pay(made["bolt11"])
            assert await heard(by_hash) == {"pending": False, "status": "success"}
            told = await heard(by_key)
            assert told["wallet_balance"] == before["balance"] // 1000 + 21
            assert (told["payment"]["payment_hash"], told["payment"]["amount"]) == (made["payment_hash"], 21_000)
            assert Payment.model_validate(told["payment"]).status == "success"

    async def test_health(self, api: Api) -> None:
        status, told = await api.get("/health")
        assert status == 200
        assert told.keys() >= {"server_time", "up_time"}
