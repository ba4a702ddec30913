"""`/openapi.json` describes every endpoint and every word of the lists."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from tests.support.shop_engine import Shop

pytestmark = pytest.mark.asyncio(loop_scope="package")

THIRTEEN = {
    "/api/v1/payments": {"get", "post"},
    "/api/v1/payments/history": {"get"},
    "/api/v1/payments/stats/count": {"get"},
    "/api/v1/payments/stats/wallets": {"get"},
    "/api/v1/payments/stats/daily": {"get"},
    "/api/v1/payments/paginated": {"get"},
    "/api/v1/payments/all/paginated": {"get"},
    "/api/v1/payments/fee-reserve": {"get"},
    "/api/v1/payments/lnurl": {"post"},
    "/api/v1/payments/{payment_hash}": {"get"},
    "/api/v1/payments/decode": {"post"},
    "/api/v1/payments/{payment_request}/pay-with-nfc": {"post"},
}
NEIGHBOURS = {
    "/api/v1/wallet": {"get"},
    "/api/v1/currencies": {"get"},
    "/api/v1/rate/{code}": {"get"},
    "/api/v1/conversion": {"post"},
    "/api/v1/health": {"get"},
    "/api/v1/auth": {"post"},
    "/api/v1/payments/cancel": {"post"},
}


@pytest_asyncio.fixture(loop_scope="package")
async def description(shop: Shop) -> Any:
    return (await shop.http.get(f"{root(shop)}/openapi.json")).json()


def root(shop: Shop) -> str:
    return shop.url or "http://engine.invalid"


async def test_all_endpoints_are_described(description: Any) -> None:
    described = {path: set(methods) for path, methods in description["paths"].items()}
    assert described == THIRTEEN | NEIGHBOURS


async def test_the_words_of_the_lists_are_described(description: Any) -> None:
    words = {
        "limit", "offset", "sortby", "direction", "search",
        "status", "tag", "checking_id", "amount", "fee", "memo", "time", "preimage", "payment_hash", "wallet_id",
    }  # fmt: skip
    more = {"/history": {"group"}, "/stats/count": {"count_by", "usr"}, "/stats/wallets": {"usr"}}
    more |= {"/stats/daily": {"usr"}, "/all/paginated": {"usr"}, "": set(), "/paginated": set()}
    for path, extra in more.items():
        parameters = description["paths"][f"/api/v1/payments{path}"]["get"]["parameters"]
        assert {p["name"] for p in parameters if p["in"] == "query"} == words | extra


async def test_a_refusal_is_described_as_it_is_sent(description: Any) -> None:
    answers = description["paths"]["/api/v1/payments"]["post"]["responses"]
    assert answers.keys() == {"201", "400", "401", "403", "404", "422", "520"}
    problem = description["components"]["schemas"]["Problem"]
    assert problem["required"] == ["loc", "msg", "type"]


async def test_a_look_needs_no_key(description: Any) -> None:
    assert {} in description["paths"]["/api/v1/payments/{payment_hash}"]["get"]["security"]
    assert {} not in description["paths"]["/api/v1/payments"]["get"]["security"]


async def test_no_page_loads_from_elsewhere(shop: Shop) -> None:
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert (await shop.http.get(root(shop) + path)).status_code == 404
