"""What users see of their wallets: the statistics and `/payments/all/paginated` (section 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from pos_app.core.money import Sat
from pos_app.engine.store.rows import User
from tests.support.shop_engine import Shop, TestWallet

pytestmark = pytest.mark.asyncio(loop_scope="package")
PATHS = ["/payments/stats/count", "/payments/stats/wallets", "/payments/stats/daily", "/payments/all/paginated"]


@dataclass
class People:
    """Anna has two wallets, Ben one; Carl is the admin.

    Two days ago: Anna's shop is paid 10 sat (tpos) and asks for 20 more. Today: Ben is paid 7 sat by Anna's shop.
    """

    shop: Shop
    anna: User
    ben: User
    carl: User
    annas_shop: TestWallet
    bens: TestWallet

    async def ask(self, who: User | None, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"Bearer {await self.shop.engine.accounts.create_token(who)}"} if who else {}
        answer = await self.shop.http.get(path, headers=headers, params=params)
        return answer.json() if answer.status_code == 200 else answer.status_code


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def people(shared_shop: Shop) -> People:
    shop = shared_shop
    accounts = shop.engine.accounts
    anna, ben = await accounts.create_user("Anna"), await accounts.create_user("Ben")
    carl = await accounts.create_user("Carl", is_admin=True)
    annas_shop, bens = await shop.wallet("Shop", owner=anna), await shop.wallet("Stall", owner=ben)
    await shop.wallet("Empty", owner=anna)
    payer = await shop.wallet(sat=1000)
    await shop.pay(payer, (await shop.invoice(annas_shop, 10, extra={"tag": "tpos"}))["bolt11"])
    await shop.invoice(annas_shop, 20, expiry=86_400 * 365)
    await shop.clock.advance(2 * 86_400)
    await shop.pay(annas_shop, (await shop.invoice(bens, 7))["bolt11"])
    return People(shop, anna, ben, carl, annas_shop, bens)


async def test_count(people: People) -> None:
    path = "/payments/stats/count"
    assert await people.ask(people.anna, path) == [{"field": "", "total": 2.0}, {"field": "tpos", "total": 1.0}]
    assert await people.ask(people.anna, path, count_by="status") == [
        {"field": "pending", "total": 1.0},
        {"field": "success", "total": 2.0},
    ]
    assert await people.ask(people.anna, path, count_by="extension") == [{"field": "", "total": 3.0}]
    assert await people.ask(people.anna, path, count_by="wallet_id") == [{"field": people.annas_shop.id, "total": 3.0}]
    assert await people.ask(people.anna, path, **{"amount[lt]": 0}) == [{"field": "", "total": 1.0}]
    assert await people.ask(people.anna, path, count_by="memo") == 422


async def test_wallets(people: People) -> None:
    assert await people.ask(people.anna, "/payments/stats/wallets") == [
        {
            "wallet_id": people.annas_shop.id,
            "wallet_name": "Shop",
            "user_id": people.anna.id,
            "payments_count": 2,
            "balance": 3000.0,
        }
    ]


async def test_daily(people: People) -> None:
    days = await people.ask(people.anna, "/payments/stats/daily", limit=1)
    figures = [(d["balance"], d["balance_in"], d["balance_out"], d["count_in"], d["count_out"], d["fee"]) for d in days]
    assert figures == [(10.0, 10.0, 0.0, 1, 0, 0.0), (10.0, 0.0, 0.0, 0, 0, 0.0), (3.0, 0.0, -7.0, 0, 1, 0.0)]
    assert [d["payments_count"] for d in days] == [1, 0, 1]
    assert [d["date"] for d in days] == sorted(d["date"] for d in days)
    assert all(d["date"][10:19] == "T00:00:00" for d in days)
    assert isinstance(days[0]["balance"], float)


async def test_daily_of_nothing_and_of_a_foreign_wallet(people: People) -> None:
    assert await people.ask(people.anna, "/payments/stats/daily", memo="nothing") == []
    assert await people.ask(people.anna, "/payments/stats/daily", wallet_id=people.bens.id) == []


async def test_all_paginated(people: People) -> None:
    mine = await people.ask(people.anna, "/payments/all/paginated")
    assert [row["amount"] for row in mine["data"]] == [-7000, 20_000, 10_000]
    assert mine["total"] == 3
    assert await people.ask(people.anna, "/payments/all/paginated", wallet_id=people.bens.id) == {
        "data": [],
        "total": 0,
    }


async def test_the_admin_sees_all_and_usr_narrows(people: People) -> None:
    everything = await people.ask(people.carl, "/payments/all/paginated", limit=1)
    assert everything["total"] > 4
    narrowed = await people.ask(people.carl, "/payments/all/paginated", usr=people.anna.id)
    assert narrowed["total"] == 3
    wallets = await people.ask(people.carl, "/payments/stats/wallets")
    assert {people.annas_shop.id, people.bens.id} <= {row["wallet_id"] for row in wallets}
    assert [row["payments_count"] for row in wallets] == sorted(row["payments_count"] for row in wallets)


async def test_an_offset_beyond_everything(people: People) -> None:
    for who in (people.anna, people.carl):
        assert (await people.ask(who, "/payments/all/paginated", offset=2**63 - 1, limit=1000))["data"] == []


async def test_usr_gives_nobody_more(people: People) -> None:
    own = await people.ask(people.anna, "/payments/all/paginated", usr=people.anna.id)
    assert own["total"] == 3
    for somebody in (people.ben.id, people.carl.id, uuid4()):
        assert (await people.ask(people.anna, "/payments/all/paginated", usr=somebody))["total"] == 0
    assert (await people.ask(people.carl, "/payments/all/paginated", usr=uuid4()))["total"] == 0


async def test_usr_authenticates_nobody(people: People) -> None:
    for path in PATHS:
        assert await people.ask(None, path, usr=people.carl.id) == 401
        assert await people.ask(people.anna, path, usr="anna") == 422
        assert await people.ask(people.anna, path, sortby="bolt11") == 422


async def test_the_fee_of_an_outside_payment_in_sat(people: People) -> None:
    owner = await people.shop.engine.accounts.create_user("Dora")
    wallet = await people.shop.wallet(owner=owner, sat=1000)
    await people.shop.pay(wallet, await people.shop.customer.bill(Sat(100).to_msat()))
    (day,) = await people.ask(owner, "/payments/stats/daily")
    assert (day["fee"], day["balance"], day["balance_in"]) == (1.0, 899.0, 1000.0)
