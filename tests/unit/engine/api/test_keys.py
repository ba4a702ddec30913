"""Who may ask for what (section 3 of the reference)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")

WALLET_ROUTES = [
    ("GET", "/payments"),
    ("GET", "/payments/paginated"),
    ("GET", "/payments/history"),
    ("GET", "/wallet"),
    ("POST", "/payments"),
    ("POST", "/payments/cancel"),
    ("POST", "/payments/lnurl"),
]
USER_ROUTES = ["/payments/stats/count", "/payments/stats/wallets", "/payments/stats/daily", "/payments/all/paginated"]


async def test_a_wallet_key_is_needed(shop: Shop) -> None:
    for method, path in WALLET_ROUTES:
        body: dict[str, Any] = {"json": {"payment_hash": "x", "amount": 1000}} if method == "POST" else {}
        answer = await shop.http.request(method, path, **body)
        assert (answer.status_code, answer.json()) == (401, {"detail": "No Api Key provided."})
        answer = await shop.http.request(method, path, headers={"X-Api-Key": "f" * 32}, **body)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Wallet not found."})


async def test_the_key_may_stand_in_the_query_and_in_any_case(shop: Shop, till: TestWallet) -> None:
    for key in (till.invoice_key, till.admin_key):
        assert (await shop.http.get("/wallet", params={"api-key": key})).status_code == 200
        assert (await shop.http.get("/wallet", headers={"x-API-key": key})).status_code == 200


async def test_the_query_key_shows_no_details(shop: Shop, till: TestWallet) -> None:
    made = await shop.invoice(till)
    answer = await shop.http.get(f"/payments/{made['payment_hash']}", params={"api-key": till.invoice_key})
    assert answer.json() == {"paid": False, "preimage": None}


async def test_lnurl_needs_the_admin_key(shop: Shop, till: TestWallet) -> None:
    answer = await shop.http.post("/payments/lnurl", headers=till.reads, json={"amount": 1000, "callback": "https://a"})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Invalid adminkey."})


async def test_a_users_token_is_needed(shop: Shop, till: TestWallet) -> None:
    missing = (401, {"detail": "Missing user ID or access token."})
    for path in USER_ROUTES:
        for sent in ({}, {"headers": till.pays}, {"params": {"usr": till.record.user_id}}):
            answer = await shop.http.get(path, **sent)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()) == missing
        answer = await shop.http.get(path, headers={"Authorization": "Bearer nonsense"})
        assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid access token."})


async def test_logging_in(shop: Shop) -> None:
    name = f"anna {shop.url}"
    await shop.engine.accounts.create_user(name, password="correct horse")
    for login in ({"username": name, "password": "wrong"}, {"username": "nobody", "password": "correct horse"}):
        answer = await shop.http.post("/auth", json=login)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid credentials."})
    assert (await shop.http.post("/auth", json={"username": name})).status_code == 422
    answer = await shop.http.post("/auth", json={"username": name, "password": "correct horse"})
    token = answer.json()["access_token"]
    assert answer.json() == {"access_token": token, "token_type": "bearer"}
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    shop.http.cookies.clear()
    by_header = await shop.http.get(USER_ROUTES[0], headers={"Authorization": f"Bearer {token}"})
    by_cookie = await shop.http.get(USER_ROUTES[0], headers={"Cookie": f"cookie_access_token={token}"})
    assert by_header.status_code == by_cookie.status_code == 200


async def test_a_wrong_method_and_an_unknown_path(shop: Shop) -> None:
    answer = await shop.http.delete("/payments")
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    answer = await shop.http.get("/nothing")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


async def test_answers_are_compressed_on_request(shop: Shop, till: TestWallet) -> None:
    await shop.invoice(till, memo="x" * 600)
    plain = await shop.http.get("/payments", headers={**till.reads, "Accept-Encoding": "identity"})
    packed = await shop.http.get("/payments", headers={**till.reads, "Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.json() == packed.json()


async def test_other_origins_are_told_nothing(shop: Shop) -> None:
    answer = await shop.http.get("/health", headers={"Origin": "https://shop.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
