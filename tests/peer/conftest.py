"""Real LNbits servers, started once a version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from pos_app.core.clock import SystemClock
from pos_app.payments.client import Client
from tests.support.lnbits import LnbitsServer
from tests.support.proxy import Proxy, proxy_to
from tools import peer_setup


@pytest.fixture(scope="session", params=peer_setup.VERSIONS)
def lnbits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LnbitsServer]:
    """A running server with `wallet_one` (the shop's) and `wallet_two` (a customer's)."""
    if reason := peer_setup.why_not():
        pytest.skip(reason)
    if not peer_setup.is_ready(request.param):
        pytest.fail(f"LNbits {request.param} is not installed: run tools/peer_setup.py")
    server = LnbitsServer(request.param, tmp_path_factory.mktemp(f"lnbits-{request.param}"))
    server.start()
    try:
        server.set_up()
        yield server
    finally:
        server.kill()


@pytest.fixture
async def proxy(lnbits: LnbitsServer) -> AsyncIterator[Proxy]:
    """A line to the server that can be spoiled."""
    async with proxy_to(lnbits.url) as between:
        yield between


Connect = Callable[[str, str], Client]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients for an address and a key, and closes them in the end."""
    clients: list[Client] = []

    def make(url: str, key: str) -> Client:
        clients.append(Client.remote(url, key, clock=SystemClock()))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def shop(lnbits: LnbitsServer, connect: Connect) -> Client:
    """The till's client: wallet one by its invoice key."""
    return connect(lnbits.url, lnbits.wallet_one.invoice_key)
