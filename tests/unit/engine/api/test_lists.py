"""GET `/payments` and `/payments/paginated` (section 4.3), and GET `/payments/history` (section 4.5)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from pos_app.core.money import Msat
from pos_app.engine.api.parameters import read_listing
from pos_app.engine.ledger.rules import NewInvoice
from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")
Pairs = list[tuple[str, str | int | float | bool | None]]


@dataclass
class Books:
    """A wallet with a small past: five payments, an hour apart, the oldest first.

    0 paid 10 sat `Tea` (tpos) · 1 pending 20 sat `apple 100%` · 2 failed 30 sat `zebra` · 3 paid out 5 sat `bill` ·
    4 paid 40 sat `tea`
    """

    shop: Shop
    wallet: TestWallet
    hashes: list[str]
    times: list[str]

    async def ask(self, path: str = "/payments", **params: Any) -> Any:
        """What is listed, as indices into `hashes`."""
        return await self.ask_pairs(path, list(params.items()))

    async def ask_pairs(self, path: str, pairs: Pairs) -> Any:
        answer = await self.shop.http.get(path, headers=self.wallet.reads, params=pairs)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows = body["data"] if isinstance(body, dict) else body
        return [self.hashes.index(row["payment_hash"]) for row in rows]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def books(shared_shop: Shop) -> Books:
    shop = shared_shop
    till, payer = await shop.wallet(), await shop.wallet(sat=1000)
    tea = await shop.invoice(till, 10, memo="Tea", extra={"tag": "tpos"})
    await shop.pay(payer, tea["bolt11"])
    pending = await _later(shop, till, 20, memo="apple 100%")
    failed = await _later(shop, till, 30, memo="zebra")
    await shop.http.post("/payments/cancel", headers=till.reads, json={"payment_hash": failed["payment_hash"]})
    bill = await _later(shop, payer, 5, memo="bill")
    paid_out = (await shop.pay(till, bill["bolt11"])).json()
    more_tea = await _later(shop, till, 40, memo="tea")
    await shop.pay(payer, more_tea["bolt11"])
    made = (tea, pending, failed, paid_out, more_tea)
    return Books(shop, till, [row["payment_hash"] for row in made], [row["time"] for row in made])


async def _later(shop: Shop, wallet: TestWallet, amount: int, **fields: Any) -> dict[str, Any]:
    await shop.clock.advance(3600)
    return await shop.invoice(wallet, amount, expiry=86_400, **fields)


async def test_newest_first_without_failed_ones(books: Books) -> None:
    assert await books.ask() == [4, 3, 1, 0]
    assert await books.ask(status="failed") == []
    assert await books.ask(direction="asc") == [0, 1, 3, 4]


async def test_paginated_shows_all_three(books: Books) -> None:
    assert await books.ask("/payments/paginated") == [4, 3, 2, 1, 0]
    assert await books.ask("/payments/paginated", status="failed") == [2]


async def test_total_is_always_true(books: Books) -> None:
    for params, total, shown in (
        ({"limit": 2}, 5, 2),
        ({"offset": 99}, 5, 0),
        ({"limit": 1, "offset": 4}, 5, 1),
        ({"status": "success"}, 3, 3),
        ({"search": "tea", "limit": 1}, 2, 1),
        ({"memo": "nothing"}, 0, 0),
    ):
        answer = await books.shop.http.get("/payments/paginated", headers=books.wallet.reads, params=params)  # type: ignore[arg-type]
        assert (answer.json()["total"], len(answer.json()["data"])) == (total, shown), params


async def test_limit_and_offset(books: Books) -> None:
    assert await books.ask(limit=2) == [4, 3]
    assert await books.ask(limit=2, offset=1) == [3, 1]
    assert await books.ask(offset=3) == [0]
    assert await books.ask(limit=0) == await books.ask(limit=5000) == [4, 3, 1, 0]


async def test_limit_defaults_to_50_and_ends_at_1000(shop: Shop, till: TestWallet) -> None:
    new = NewInvoice(Msat(1000), is_internal=True)
    await asyncio.gather(*(shop.engine.ledger.create_invoice(till.record, new) for _ in range(51)))
    assert len((await shop.http.get("/payments", headers=till.reads)).json()) == 50
    assert len((await shop.http.get("/payments", headers=till.reads, params={"limit": 0})).json()) == 51
    assert read_listing([("limit", "0")]).limit == read_listing([("limit", "1001")]).limit == 1000


@pytest.mark.parametrize(
    ("field", "ascending"),
    [
        ("amount", [3, 0, 1, 2, 4]),
        ("memo", [0, 1, 3, 4, 2]),
        ("time", [0, 1, 2, 3, 4]),
        ("created_at", [0, 1, 2, 3, 4]),
    ],
)
async def test_sorting(books: Books, field: str, ascending: list[int]) -> None:
    assert await books.ask("/payments/paginated", sortby=field, direction="asc") == ascending
    assert await books.ask("/payments/paginated", sortby=field, direction="desc") == ascending[::-1]
    assert await books.ask("/payments/paginated", sortby=field) == ascending[::-1]


async def test_every_documented_sort_field_is_taken(books: Books) -> None:
    for field in ("fee", "tag", "updated_at"):
        assert sorted(await books.ask("/payments/paginated", sortby=field)) == [0, 1, 2, 3, 4]


FILTERS: list[tuple[Pairs, list[int]]] = [
    ([("amount", 10_000)], [0]),
    ([("amount[ne]", 10_000)], [4, 3, 2, 1]),
    ([("amount[gt]", 20_000)], [4, 2]),
    ([("amount[ge]", 20_000)], [4, 2, 1]),
    ([("amount[lt]", 10_000)], [3]),
    ([("amount[le]", 10_000)], [3, 0]),
    ([("amount[in]", "10000,20000")], [1, 0]),
    ([("amount[in]", 10_000), ("amount[in]", 20_000)], [1, 0]),
    ([("amount[ex]", "10000,20000")], [4, 3, 2]),
    ([("amount[ge]", 20_000), ("amount[le]", 30_000)], [2, 1]),
    ([("amount", 10_000), ("amount", 20_000)], [1, 0]),
    ([("fee", 0), ("amount[lt]", 0)], [3]),
    ([("status", "success")], [4, 3, 0]),
    ([("status", "SUCCESS")], []),
    ([("status", "x")], []),
    ([("status[in]", "pending,failed")], [2, 1]),
    ([("memo", "tea")], [4]),
    ([("memo[like]", "ea")], [4, 0]),
    ([("tag", "tpos")], [0]),
    ([("tag[ne]", "x")], [0]),
    ([("wallet_id", "another")], []),
    ([("colour", "red"), ("colour[foo]", "1"), ("amount-", "x")], [4, 3, 2, 1, 0]),
]


async def test_filters(books: Books) -> None:
    for pairs, found in FILTERS:
        assert await books.ask_pairs("/payments/paginated", pairs) == found, pairs


async def test_filters_by_hash_and_checking_id(books: Books) -> None:
    assert await books.ask(payment_hash=books.hashes[1]) == [1]
    assert await books.ask(checking_id=f"internal_{books.hashes[3]}") == [3]


async def test_filters_by_time(books: Books) -> None:
    middle = datetime.fromisoformat(books.times[1])
    for text in (middle.isoformat(), middle.isoformat().replace("+00:00", "Z"), str(middle.timestamp())):
        assert await books.ask(**{"time[ge]": text}) == [4, 3, 1]
        assert await books.ask(**{"time[gt]": text}) == [4, 3]
    assert await books.ask(time=middle.isoformat()) == [1]
    assert await books.ask(**{"time[ge]": "2001-01-01"}) == [4, 3, 1, 0]
    assert await books.ask(**{"time[ge]": "2999-01-01"}) == []


async def test_a_date_alone_is_midnight_utc() -> None:
    value = read_listing([("time[ge]", "2026-11-22")]).filters[0].values[0]
    assert value == int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()) * 1_000_000


async def test_the_preimage_filter_tells_nothing_about_unpaid_invoices(books: Books) -> None:
    assert await books.ask(**{"preimage[like]": ""}) == [4, 3, 0]
    assert await books.ask(**{"preimage[ge]": "0"}) == [4, 3, 0]


async def test_search(books: Books) -> None:
    for search, found in {
        "tea": [4, 0],
        "TEA": [4, 0],
        "te": [4, 0],
        "20000": [1],
        "tpos": [0],
        "not there": [],
    }.items():
        assert await books.ask("/payments/paginated", search=search) == found, search


async def test_search_and_filters_are_both_true(books: Books) -> None:
    assert await books.ask_pairs("/payments", [("search", "tea"), ("amount[gt]", 10_000)]) == [4]
    assert await books.ask(search="success") == [4, 3, 0]
    assert await books.ask(search=books.wallet.id) == [4, 3, 1, 0]


NONSENSE = [
    ("limit", "-1"),
    ("limit", "x"),
    ("limit", ""),
    ("limit", "9" * 30),
    ("offset", "-1"),
    ("offset", "1.5"),
    ("sortby", "bolt11"),
    ("direction", "up"),
    ("amount", "abc"),
    ("amount", "9" * 30),
    ("amount[foo]", "1"),
    ("amount[]", "1"),
    ("amount[like]", "1"),
    ("fee[gt]", "1.5"),
    ("time", "yesterday"),
    ("time[ge]", "2026-13-01"),
    ("status[is]", "success"),
]


@pytest.mark.parametrize("path", ["/payments", "/payments/paginated", "/payments/history"])
async def test_words_that_make_no_sense(shop: Shop, till: TestWallet, path: str) -> None:
    for word, value in NONSENSE:
        answer = await shop.http.get(path, headers=till.reads, params={word: value})
        assert answer.status_code == 422, (word, value)
        (problem,) = answer.json()["detail"]
        assert problem.keys() == {"loc", "msg", "type"}
        assert problem["loc"] == ["query", word]


async def test_a_key_sees_its_own_wallet_only(books: Books, payer: TestWallet) -> None:
    answer = await books.shop.http.get("/payments", headers=payer.reads, params={"wallet_id": books.wallet.id})
    assert answer.json() == []


async def test_history(books: Books) -> None:
    answer = await books.shop.http.get("/payments/history", headers=books.wallet.reads, params={"group": "hour"})
    points = answer.json()
    assert [point["date"] for point in points] == sorted(point["date"] for point in points)
    assert [(p["income"], p["spending"], p["balance"]) for p in points] == [
        (10_000, 0, 10_000),
        (0, 5_000, 5_000),
        (40_000, 0, 45_000),
    ]
    assert all(point["date"].endswith(":00:00Z") or point["date"].endswith(":00:00+00:00") for point in points)


@pytest.mark.parametrize("group", ["day", "month"])
async def test_history_by_longer_times(books: Books, group: str) -> None:
    answer = await books.shop.http.get("/payments/history", headers=books.wallet.reads, params={"group": group})
    points = answer.json()
    assert sum(point["income"] for point in points) == 50_000
    assert points[-1]["balance"] == 45_000
    assert points[-1]["date"].startswith(books.times[4][: 10 if group == "day" else 7])
    if group == "month":
        assert points[-1]["date"][8:10] == "01"


async def test_history_is_never_paged(books: Books) -> None:
    ask: Pairs = [("group", "hour"), ("limit", 1), ("offset", 1), ("sortby", "amount"), ("direction", "asc")]
    answer = await books.shop.http.get("/payments/history", headers=books.wallet.reads, params=ask)
    assert len(answer.json()) == 3


async def test_history_under_a_filter(books: Books) -> None:
    ask = {"group": "hour", "tag": "tpos"}
    answer = await books.shop.http.get("/payments/history", headers=books.wallet.reads, params=ask)
    assert [(point["income"], point["spending"]) for point in answer.json()] == [(10_000, 0)]


async def test_history_of_nothing(shop: Shop, till: TestWallet) -> None:
    assert (await shop.http.get("/payments/history", headers=till.reads)).json() == []
    assert (await shop.http.get("/payments/history", headers=till.reads, params={"group": "year"})).status_code == 422
