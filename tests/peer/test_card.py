"""A tapped card pays a sale at a real LNbits server: our card service pays with wallet two of the same server.

Counter, reader thread, nfcpy's tag code and the server are the real ones; only the radio is simulated.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme

from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.net.allow import AllowList
from pos_app.payments.client import Client
from pos_app.practice.accounts import Terms
from pos_app.practice.issuer import Issuer, Manner
from pos_app.practice.reader import SimulatedReader
from pos_app.practice.server import listen, serving
from pos_app.till.books import remote_books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.states import SaleState
from pos_app.till.views import Event, SaleChanged, SaleView, TapPhase, Tender
from tests.support.lnbits import LnbitsServer
from tools import peer_setup

pytestmark = pytest.mark.peer

CLOCK = SystemClock()
PRICE = Sat(2100)
LONGEST_S = 20
SPEAKS_TLS = "1.1.0"
"""It asks every card by https."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ca.pem`, and `card.pem`: the key and certificate of the card service."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "card.pem"))
    return folder


@pytest.fixture(scope="module", params=peer_setup.VERSIONS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: Path
) -> Iterator[LnbitsServer]:
    """A server that may ask this computer, and that believes the authority of these tests."""
    if reason := peer_setup.why_not():
        pytest.skip(reason)
    if not peer_setup.is_ready(request.param):
        pytest.fail(f"LNbits {request.param} is not installed: run tools/peer_setup.py")
    opened = {
        "LNBITS_CALLBACK_URL_RULES": "[]",
        "LNBITS_LNURL_ALLOW_PRIVATE_IPS": "true",
        "SSL_CERT_FILE": str(authority / "ca.pem"),
    }
    server = LnbitsServer(request.param, tmp_path_factory.mktemp(f"card-{request.param}"), opened)
    server.start()
    try:
        server.set_up()
        yield server
    finally:
        server.kill()


class Shop:
    """A counter on the server's wallet one, a card service whose purse is wallet two, and a card beside a reader."""

    def __init__(self, counter: Counter, issuer: Issuer, host: str) -> None:
        self.counter = counter
        self.issuer = issuer
        self._host = host
        self._news = asyncio.Event()
        self.seen: list[TapPhase] = []
        counter.subscribe(self._hear)

    @classmethod
    async def open(cls, rooms: AsyncExitStack, server: LnbitsServer, folder: Path, certificate: Path) -> Shop:
        async def pay(bolt11: str) -> str | None:
            await server.pay(server.wallet_two, bolt11)
            return None

        issuer = await Issuer.open(folder / "issuer", pay, CLOCK)
        rooms.push_async_callback(issuer.close)
        tls = certificate if server.version == SPEAKS_TLS else None
        host = await rooms.enter_async_context(serving(issuer.app, listen(), certificate=tls))
        client = Client.remote(server.url, server.wallet_one.invoice_key, clock=CLOCK)
        rooms.push_async_callback(client.close)
        books = remote_books(folder, server.url, server.wallet_one.invoice_key, Network.MAINNET)
        allow = AllowList().with_api(server.url)
        counter = await Counter.open(books, client, CLOCK, settings=SaleSettings(), allow=allow)
        rooms.push_async_callback(counter.close)
        await counter.start()
        return cls(counter, issuer, host)

    async def give_terms(self, terms: Terms) -> None:
        """The card's owner changes what it may do."""
        await self.issuer.card(self._host, terms=terms)

    async def reader(self, terms: Terms) -> SimulatedReader:
        reader = SimulatedReader(await self.issuer.card(self._host, terms=terms))
        self.counter.attach_reader(reader.opener)
        return reader

    async def until(self, sale: SaleView, done: Callable[[SaleView], object]) -> SaleView:
        view = sale
        try:
            async with asyncio.timeout(LONGEST_S):
                while not done(view := await self.counter.sale(sale.sale_id)):
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            pytest.fail(f"it came to {view.state}, {view.tap}")
        return view

    async def until_tap(self, sale: SaleView, *phases: TapPhase) -> SaleView:
        return await self.until(sale, lambda view: view.tap is None or view.tap.phase in phases)

    def _hear(self, event: Event) -> None:
        if isinstance(event, SaleChanged) and event.sale.tap is not None:
            self.seen.append(event.sale.tap.phase)
        self._news.set()


@pytest.fixture
async def shop(server: LnbitsServer, authority: Path, tmp_path: Path) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as rooms:
        yield await Shop.open(rooms, server, tmp_path, authority / "card.pem")


async def test_a_tap_pays_by_the_servers_own_word(shop: Shop) -> None:
    reader = await shop.reader(Terms())
    sale = await shop.counter.charge(PRICE)
    await reader.tap(CLOCK)
    paid = await shop.until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender, paid.received) == (SaleState.PAID, Tender.CARD, PRICE)
    assert TapPhase.ASKING in shop.seen
    assert not {TapPhase.DECLINED, TapPhase.UNKNOWN} & set(shop.seen)


async def test_an_answer_that_is_lost_is_paid_and_never_declined(shop: Shop) -> None:
    shop.issuer.manner = Manner.LOSES_ANSWER
    reader = await shop.reader(Terms())
    sale = await shop.counter.charge(PRICE)
    await reader.tap(CLOCK)
    paid = await shop.until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
    assert TapPhase.DECLINED not in shop.seen


async def test_a_card_with_too_low_a_limit_leaves_the_code(shop: Shop) -> None:
    reader = await shop.reader(Terms(tap_limit=Sat(100)))
    sale = await shop.counter.charge(PRICE)
    await reader.tap(CLOCK)
    view = await shop.until_tap(sale, TapPhase.LIMIT, TapPhase.DECLINED, TapPhase.UNKNOWN)
    assert view.state is SaleState.OPEN
    assert view.invoice is not None
    await shop.counter.stop_waiting(sale.sale_id)


async def test_after_a_decline_the_till_asks_the_card_itself_and_takes_its_pin(
    shop: Shop, server: LnbitsServer
) -> None:
    if server.version == SPEAKS_TLS:
        pytest.skip("the till asks hosts of this computer by http, and this service speaks TLS")
    reader = await shop.reader(Terms(tap_limit=Sat(100)))
    sale = await shop.counter.charge(PRICE)
    await reader.tap(CLOCK)
    view = await shop.until_tap(sale, TapPhase.LIMIT)
    assert view.tap is not None
    assert view.tap.limit == Sat(100)
    await shop.give_terms(Terms(pin="1234"))
    await reader.tap(CLOCK)
    await shop.until_tap(sale, TapPhase.PIN)
    await shop.counter.enter_pin(sale.sale_id, "1234")
    paid = await shop.until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
