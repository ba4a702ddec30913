"""Real LNbits servers, started once a version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import trustme

from pos_app.core.clock import SystemClock
from pos_app.payments.client import Client
from tests.support.lnbits import LnbitsServer
from tests.support.proxy import Proxy, proxy_to
from tools import peer_setup


@pytest.fixture(scope="session", params=peer_setup.VERSIONS)
def lnbits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LnbitsServer]:
    """A running server with `wallet_one` (the shop's) and `wallet_two` (a customer's)."""
    yield from _running(request.param, tmp_path_factory.mktemp(f"lnbits-{request.param}"), {})


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ca.pem`, and `card.pem`: the key and certificate of a card service."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "card.pem"))
    return folder


@pytest.fixture(scope="session", params=peer_setup.VERSIONS)
def card_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: Path
) -> Iterator[LnbitsServer]:
    """A server that may ask this computer, and that believes the authority of these tests."""
    opened = {
        "LNBITS_CALLBACK_URL_RULES": "[]",
        "LNBITS_LNURL_ALLOW_PRIVATE_IPS": "true",
        "SSL_CERT_FILE": str(authority / "ca.pem"),
    }
    yield from _running(request.param, tmp_path_factory.mktemp(f"card-{request.param}"), opened)


def _running(version: str, folder: Path, settings: dict[str, str]) -> Iterator[LnbitsServer]:
    if reason := peer_setup.why_not():
        pytest.skip(reason)
    if not peer_setup.is_ready(version):
        pytest.fail(f"LNbits {version} is not installed: run tools/peer_setup.py")
    server = LnbitsServer(version, folder, settings)
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
