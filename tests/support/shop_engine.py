"""A practice engine with wallets, and callers of its API over both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from pos_app.core.bolt11 import decode
from pos_app.core.money import Sat
from pos_app.engine.engine import Engine
from pos_app.engine.serve import serving
from pos_app.engine.store.rows import User, Wallet
from pos_app.practice.customer import PayMode, PracticeCustomer
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource
from tests.support.clock import ManualClock

Transport = Literal["in process", "http"]


@dataclass
class TestWallet:
    """A wallet and how to ask for it."""

    __test__ = False
    record: Wallet
    invoice_key: str
    admin_key: str

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def reads(self) -> dict[str, str]:
        return {"X-Api-Key": self.invoice_key}

    @property
    def pays(self) -> dict[str, str]:
        return {"X-Api-Key": self.admin_key}


@dataclass
class Shop:
    """The engine, its practice network, and a caller whose paths begin behind `/api/v1`."""

    engine: Engine
    network: PracticeNetwork
    source: PracticeSource
    customer: PracticeCustomer
    clock: ManualClock
    http: httpx.AsyncClient
    url: str | None

    async def wallet(self, name: str = "Till", *, owner: User | None = None, sat: int = 0) -> TestWallet:
        record, keys = await self.engine.accounts.create_wallet(name, owner)
        if sat:
            await self.engine.ledger.credit(record, Sat(sat))
        return TestWallet(record, keys.invoice_key, keys.admin_key)

    async def invoice(self, wallet: TestWallet, amount: int = 21, **fields: Any) -> dict[str, Any]:
        """Made through the API, successfully."""
        answer = await self.http.post(
            "/payments", headers=wallet.reads, json={"out": False, "amount": amount, **fields}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def pay(self, wallet: TestWallet, bolt11: str, **fields: Any) -> httpx.Response:
        return await self.http.post("/payments", headers=wallet.pays, json={"out": True, "bolt11": bolt11, **fields})

    async def customer_pays(self, bolt11: str, mode: PayMode = PayMode.NOW) -> None:
        """The practice customer pays, and the engine has booked it."""
        with self.engine.feed.subscribe(decode(bolt11).payment_hash) as told:
            await self.customer.pay(bolt11, mode)
            await asyncio.wait_for(anext(told), 5)

    async def look(self, wallet: TestWallet, payment_hash: str) -> dict[str, Any]:
        answer = await self.http.get(f"/payments/{payment_hash}", headers=wallet.reads)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def open_shop(
    folder: Path, transport: Transport, *, lnurl_allow: tuple[str, ...] = ("127.0.0.1",)
) -> AsyncIterator[Shop]:
    clock = ManualClock()
    network = await PracticeNetwork.open(folder, clock)
    source = PracticeSource(network)
    engine = await Engine.open(folder / "engine", source, clock, lnurl_allow=lnurl_allow)
    try:
        await engine.start()
        async with _caller(engine, transport) as (http, url):
            yield Shop(engine, network, source, PracticeCustomer(network, clock), clock, http, url)
    finally:
        await engine.close()
        await network.close()


@asynccontextmanager
async def _caller(engine: Engine, transport: Transport) -> AsyncIterator[tuple[httpx.AsyncClient, str | None]]:
    if transport == "in process":
        app = httpx.ASGITransport(engine.app)
        async with httpx.AsyncClient(transport=app, base_url="http://engine.invalid/api/v1") as http:
            yield http, None
    else:
        async with (
            serving(engine, "127.0.0.1", 0) as url,
            httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, verify=False) as http,
        ):
            yield http, url
