"""Fixtures of the till's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.till.fake_api import FakeApi
from tests.unit.till.harness import Till, TillClock
from tests.unit.till.shop import Shop


@pytest.fixture
def clock() -> TillClock:
    return TillClock()


@pytest.fixture
def api(clock: TillClock) -> FakeApi:
    """A remote server that cannot cancel and does not push."""
    return FakeApi(clock)


@pytest.fixture
async def till(tmp_path: Path, api: FakeApi) -> AsyncIterator[Till]:
    """A running till on that server."""
    till = Till(tmp_path / "books", api)
    await till.start()
    yield till
    await till.stop()


@pytest.fixture
def engine_api(clock: TillClock) -> FakeApi:
    """Our own engine in this process: cancels, pushes, and tells whether its source is there."""
    return FakeApi(clock, is_embedded=True, can_cancel=True, source_ok=True, push_up=True, fails_expired=True)


@pytest.fixture
async def engine_till(tmp_path: Path, engine_api: FakeApi) -> AsyncIterator[Till]:
    """A running till on its own engine."""
    till = Till(tmp_path / "books", engine_api, name="This computer")
    await till.start()
    yield till
    await till.stop()


@pytest.fixture
async def shop(tmp_path: Path, api: FakeApi) -> AsyncIterator[Shop]:
    """A running till that stores cards, on that server, and their issuer."""
    shop = Shop(tmp_path / "books", api)
    await shop.start()
    yield shop
    await shop.stop()


@pytest.fixture
async def engine_shop(tmp_path: Path, engine_api: FakeApi) -> AsyncIterator[Shop]:
    """The same on its own engine."""
    shop = Shop(tmp_path / "books", engine_api, name="This computer")
    await shop.start()
    yield shop
    await shop.stop()
