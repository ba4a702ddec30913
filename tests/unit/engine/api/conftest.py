"""Every test of the API runs twice: straight into the application, and over HTTP on loopback.

The engine is shared, as starting one takes longer than most tests: each test has wallets of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.shop_engine import Shop, TestWallet, open_shop


@pytest_asyncio.fixture(scope="package", loop_scope="package", params=["in process", "http"])
async def shared_shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("shop"), request.param) as shop:
        # Starts all the threads that it will ever have, so that no test seems to leak them.
        await asyncio.gather(*(shop.engine.accounts.wallets() for _ in range(8)))
        await asyncio.gather(*(shop.network.invoice("") for _ in range(8)))
        yield shop


@pytest_asyncio.fixture(loop_scope="package")
async def shop(shared_shop: Shop) -> AsyncIterator[Shop]:
    yield shared_shop
    shared_shop.source.away = False
    shared_shop.http.cookies.clear()


@pytest_asyncio.fixture(loop_scope="package")
async def till(shop: Shop) -> TestWallet:
    """An empty wallet."""
    return await shop.wallet()


@pytest_asyncio.fixture(loop_scope="package")
async def payer(shop: Shop) -> TestWallet:
    """A wallet with 100 000 sat."""
    return await shop.wallet("Payer", sat=100_000)


@pytest.fixture
async def own_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """An engine that no other test has touched."""
    async with open_shop(tmp_path, "in process") as shop:
        yield shop
