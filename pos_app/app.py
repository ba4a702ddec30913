"""The composition root: builds the rooms of one till, starts them, and stops them in order."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pos_app.config.early import PRACTICE
from pos_app.config.folders import Folders
from pos_app.config.keystore import Keystore, Secret
from pos_app.config.lock import OwnerLock
from pos_app.config.manager import ManagerPin
from pos_app.config.settings import EMBEDDED, INVOICE_KEY_VARIABLE, Remote, Settings, SettingsFile
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock, SystemClock
from pos_app.core.errors import UserError
from pos_app.engine.engine import Engine
from pos_app.engine.feed import wallet_feed
from pos_app.net.allow import AllowList
from pos_app.nfc.reader import Opener, plugged_in_reader
from pos_app.payments.address import parse
from pos_app.payments.client import Client
from pos_app.till.books import Books, embedded_books, practice_books, remote_books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.history_views import DaySettings
from pos_app.till.records import Records
from pos_app.till.report_wallet import RecordsWallet
from pos_app.till.reports import Reports
from pos_app.till.store import Store
from pos_app.till.views import Event, QueueChanged, SaleChanged

if TYPE_CHECKING:
    from pos_app.practice.cards import Card
    from pos_app.practice.customer import PracticeCustomer
    from pos_app.practice.faults import Faults
    from pos_app.practice.reader import SimulatedReader
    from pos_app.practice.source import PracticeSource


class NotConnected(UserError):
    """No invoice key is kept for this server."""


class NoPracticeCard(UserError):
    """The practice card has practice money only."""

    def __init__(self) -> None:
        super().__init__("The practice card pays with practice money only.", "Add --practice, or name another card.")


class RealReader(UserError):
    """A simulated card cannot be held to a real reader."""

    def __init__(self) -> None:
        super().__init__(
            "Your own card reader is in use: the practice card has none.", "Unplug it to use the practice card."
        )


class House:
    """One open till: `async with House(folders) as house`. Everything in it lives on the loop that opened it.

    `api` is `practice`, `embedded` or a server's address; None takes the one in the settings. Who opens a house
    owns the data folder (`OwnerLock`); the house itself takes the lock of an embedded engine's folder.

    With `takes_cards` it reads cards, with the reader that is plugged in. `simulated_card` puts a card on a simulated
    reader instead: `practice`, a link, or an NDEF message; the practice books have the first one where no reader works.
    `lnurl_allow` names the internal hosts that a card may lead to, beside the payments API's own. `faults` are the
    practice faults that are on from the start.
    """

    counter: Counter
    records: Records
    reports: Reports
    client: Client
    books: Books
    settings: Settings
    api: str

    def __init__(
        self,
        folders: Folders,
        api: str | None = None,
        *,
        expiry_s: int | None = None,
        clock: Clock | None = None,
        takes_cards: bool = False,
        simulated_card: str | bytes | None = None,
        lnurl_allow: tuple[str, ...] = (),
        faults: Iterable[str] = (),
    ) -> None:
        self._folders = folders
        self._takes_cards = takes_cards
        self._simulated_card = simulated_card
        self._lnurl_allow = lnurl_allow
        self._first_faults = faults
        self._faults: Faults | None = None
        self._wanted_api = api
        self._expiry_s = expiry_s
        self.clock = clock or SystemClock()
        self.manager = ManagerPin(folders.manager_file, self.clock)
        self._rooms = AsyncExitStack()
        self._customer: PracticeCustomer | None = None
        self._simulated: SimulatedReader | None = None
        self._paying: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as rooms:
            await self._build(rooms)
            self._rooms = rooms.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the rooms, last built first. May be called twice."""
        rooms, self._rooms = self._rooms, AsyncExitStack()
        await rooms.aclose()

    @property
    def has_customer(self) -> bool:
        """Whether a practice customer lives here: only in the practice books."""
        return self._customer is not None

    @property
    def faults(self) -> Faults | None:
        """The switches for what can go wrong: only in the practice books."""
        return self._faults

    def let_customer_pay(self, bolt11: str, how: str) -> None:
        """Show the invoice to the practice customer, who pays it `now`, `late`, `never`, or tries and can `fail`.

        It goes on beside; a customer who is still at it when the house closes walks away.
        """
        from pos_app.practice.customer import PayMode

        assert self._customer is not None
        self._beside(self._customer.pay(bolt11, PayMode(how)), "practice customer")

    @property
    def has_card(self) -> bool:
        """Whether there is a simulated card to tap."""
        return self._simulated is not None

    def tap_card(self) -> None:
        """Hold the simulated card to the reader until it is read. It goes on beside. Raises RealReader."""
        assert self._simulated is not None
        if not self._simulated.in_use:
            raise RealReader
        self._beside(self._simulated.tap(self.clock), "simulated card")

    def _beside(self, work: Coroutine[Any, Any, object], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._paying.add(task)
        task.add_done_callback(self._paying.discard)

    async def _customer_leaves(self) -> None:
        for task in self._paying:
            task.cancel()
        await asyncio.gather(*self._paying, return_exceptions=True)

    async def _build(self, rooms: AsyncExitStack) -> None:
        self._folders.make()
        self.settings = SettingsFile(self._folders.settings_file).load()
        self.api = chosen_api(self._wanted_api, self.settings)
        if self._simulated_card == PRACTICE != self.api:
            raise NoPracticeCard
        if self.api in (PRACTICE, EMBEDDED):
            await self._open_engine(rooms, practice=self.api == PRACTICE)
        else:
            await self._open_remote(rooms, self.api)
        if self._simulated_card is not None and self._simulated_card != PRACTICE:
            self._simulated = _simulated_reader(self._simulated_card)
        rooms.push_async_callback(self._customer_leaves)
        sales = SaleSettings(self._expiry_s or self.settings.invoice_expiry_s, self.settings.shop_name)
        self.counter = await Counter.open(
            self.books,
            self.client,
            self.clock,
            settings=sales,
            allow=self._allowed_hosts(),
            keys=Keystore(self._folders.keys),
            manager=self.manager,
        )
        rooms.push_async_callback(self.counter.close)
        await self.counter.start()
        self.records = await Records.open(
            self.books,
            self.client,
            self.counter.store,
            self.clock,
            day=DaySettings(self.settings.day_start_hour, self.settings.time_zone),
            unbooked=self.counter.check_now,
        )
        rooms.push_async_callback(self.records.close)
        rooms.callback(self.counter.subscribe(self._tell_records))
        await self.records.start()
        self.reports = _reports(self.counter.store, self.records, self.books, self.clock, self.settings)
        if self._takes_cards:
            self.counter.attach_reader(self._reader())

    def _tell_records(self, event: Event) -> None:
        if isinstance(event, SaleChanged | QueueChanged):
            self.records.sales_changed()

    def _allowed_hosts(self) -> AllowList:
        allowed = AllowList(self._lnurl_allow)
        return allowed if self.client.address is None else allowed.with_api(self.client.address)

    def _reader(self) -> Opener:
        """The plugged-in reader, or the simulated one."""
        plugged_in = plugged_in_reader()
        if self._simulated is None:
            return plugged_in
        if self._simulated_card is not None:
            return self._simulated.opener
        return self._simulated.where_none_works(plugged_in)

    async def _open_engine(self, rooms: AsyncExitStack, *, practice: bool) -> None:
        rooms.enter_context(OwnerLock(self._folders.engine(practice=practice), "the till"))
        opened = open_engine(
            self._folders,
            self.clock,
            practice=practice,
            lnurl_allow=self._lnurl_allow,
            with_card=self._takes_cards and self._simulated_card in (None, PRACTICE),
            faults=self._first_faults,
        )
        engine, room = await rooms.enter_async_context(opened)
        if room is not None:
            self._customer, self._simulated, self._faults = room.customer, room.reader, room.faults
        if room is not None and room.card_host:
            self._lnurl_allow += (room.card_host,)
        await engine.start()
        # The key of the till's own wallet is made anew at each start, so it is kept nowhere.
        key = await engine.ensure_till_wallet()
        self.client = await _client_within(engine, key, self.clock, room)
        rooms.push_async_callback(self.client.close)
        data = self._folders.data
        self.books = practice_books(data) if practice else embedded_books(data, engine.network)

    async def _open_remote(self, rooms: AsyncExitStack, url: str) -> None:
        key = await asyncio.to_thread(kept_key, Keystore(self._folders.keys), url)
        known = self.settings.remotes.get(url)
        self.client = client_of(url, key.value, known or Remote(), self.clock)
        rooms.push_async_callback(self.client.close)
        if known is None:
            health = await self.client.health()
            known = Remote(network=health.network or Network.MAINNET, practice=bool(health.practice))
        self.books = remote_books(self._folders.data, url, key.value, known.network, practice=known.practice)


def chosen_api(api: str | None, settings: Settings) -> str:
    """The payments API to use: `practice`, `embedded` or a canonical address. Raises BadAddress."""
    wanted = api or settings.api
    return wanted if wanted in (PRACTICE, EMBEDDED) else parse(wanted, plain_http=True).text


def kept_key(keystore: Keystore, url: str) -> Secret:
    """The invoice key of a server. May wait for the keyring. Raises NotConnected and what the keystore raises."""
    key = keystore.get(key_name(url), variable=INVOICE_KEY_VARIABLE)
    if key is None:
        raise NotConnected(f"No invoice key is kept for {url}.", f"Connect it once: pos-app connect {url}")
    return key


def key_name(url: str) -> str:
    """Under which name the keystore has the invoice key of a server."""
    return f"invoice key of {url}"


def client_of(url: str, invoice_key: str, remote: Remote, clock: Clock) -> Client:
    """The client of a server as far as a person has trusted it. Raises BadAddress, PlainHttp, WrongKey."""
    return Client.remote(
        url, invoice_key, clock=clock, pin_sha256=remote.pin_sha256 or None, plain_http=remote.plain_http
    )


async def _client_within(engine: Engine, key: str, clock: Clock, room: PracticeRoom | None) -> Client:
    """The client of the engine in this process. In practice there is a line between the two that can be cut."""
    found = await engine.accounts.wallet_by_key(key)
    feed = "" if found is None else wallet_feed(found[0].id)
    if room is None:
        return Client.embedded(engine.app, key, engine.feed, clock=clock, wallet_feed=feed)
    from pos_app.practice.faults import Line

    line = Line(room.faults, engine.feed)
    return Client.embedded(engine.app, key, line, clock=clock, is_whole=line.is_whole, wallet_feed=feed)


@asynccontextmanager
async def open_books(folders: Folders, api: str | None = None) -> AsyncIterator[tuple[Books, Store]]:
    """The books of an API, to be read beside the process that owns them."""
    settings = SettingsFile(folders.settings_file).load()
    chosen = chosen_api(api, settings)
    if chosen == PRACTICE:
        books = practice_books(folders.data)
    elif chosen == EMBEDDED:
        books = embedded_books(folders.data, Network.MAINNET)
    else:
        key = await asyncio.to_thread(kept_key, Keystore(folders.keys), chosen)
        remote = settings.remote(chosen)
        books = remote_books(folders.data, chosen, key.value, remote.network, practice=remote.practice)
    store = await Store.open(books.folder, SystemClock())
    try:
        yield books, store
    finally:
        await store.close()


@asynccontextmanager
async def open_reports(folders: Folders, api: str | None = None) -> AsyncIterator[Reports]:
    """The reports of an API's books, to be read beside the process that owns them, and offline."""
    settings = SettingsFile(folders.settings_file).load()
    async with open_books(folders, api) as (books, store):
        records = await Records.open(books, None, store, SystemClock(), day=_day(settings))
        try:
            yield _reports(store, records, books, SystemClock(), settings)
        finally:
            await records.close()


def _reports(store: Store, records: Records, books: Books, clock: Clock, settings: Settings) -> Reports:
    wallet = RecordsWallet(records, clock)
    return Reports(store, wallet, books, clock, shop_name=settings.shop_name, time_zone=settings.time_zone)


def _day(settings: Settings) -> DaySettings:
    return DaySettings(settings.day_start_hour, settings.time_zone)


@asynccontextmanager
async def open_records(folders: Folders, api: str | None = None) -> AsyncIterator[Records]:
    """The history of an API's books as it was last copied, also beside the process that owns them, and offline."""
    settings = SettingsFile(folders.settings_file).load()
    async with open_books(folders, api) as (books, store):
        records = await Records.open(books, None, store, SystemClock(), day=_day(settings))
        try:
            yield records
        finally:
            await records.close()


@dataclass(frozen=True, slots=True)
class PracticeRoom:
    """What the practice engine has around it. `card_host` is where the practice card service listens."""

    source: PracticeSource
    customer: PracticeCustomer
    faults: Faults
    reader: SimulatedReader | None = None
    card_host: str = ""


@asynccontextmanager
async def open_engine(
    folders: Folders,
    clock: Clock,
    *,
    practice: bool,
    lnurl_allow: tuple[str, ...] = (),
    with_card: bool = False,
    faults: Iterable[str] = (),
) -> AsyncIterator[tuple[Engine, PracticeRoom | None]]:
    """The engine of this computer, not started (only its owner does that), and its room in practice.

    `with_card` starts the practice card service first, and puts its card beside a simulated reader. `faults` are the
    practice faults that are on from the start.
    """
    async with AsyncExitStack() as rooms:
        room = None
        if practice:
            room = await rooms.enter_async_context(_practice(folders, clock, faults, with_card=with_card))
            if room.card_host:
                lnurl_allow += (room.card_host,)
        source = None if room is None else room.source
        engine = await Engine.open(folders.engine(practice=practice), source, clock, lnurl_allow=lnurl_allow)
        rooms.push_async_callback(engine.close)
        yield engine, room


@asynccontextmanager
async def _practice(
    folders: Folders, clock: Clock, faults_on: Iterable[str], *, with_card: bool
) -> AsyncIterator[PracticeRoom]:
    """The one place where practice is loaded: a till with a real API never does."""
    from pos_app.practice.customer import PracticeCustomer
    from pos_app.practice.faults import Faults
    from pos_app.practice.network import PracticeNetwork
    from pos_app.practice.source import PracticeSource

    async with AsyncExitStack() as rooms:
        network = await PracticeNetwork.open(folders.practice_network, clock)
        rooms.push_async_callback(network.close)
        faults = Faults(faults_on)
        source, customer = PracticeSource(network, faults), PracticeCustomer(network, clock, faults)
        if not with_card:
            yield PracticeRoom(source, customer, faults)
            return
        from pos_app.practice.issuer import Issuer, paid_by
        from pos_app.practice.reader import SimulatedReader

        issuer = await Issuer.open(folders.practice_network, paid_by(customer), clock, faults)
        rooms.push_async_callback(issuer.close)
        host = await rooms.enter_async_context(issuer.serve())
        in_hand = await issuer.hand(host)
        reader = SimulatedReader(in_hand())
        reader.in_hand = in_hand
        yield PracticeRoom(source, customer, faults, reader, host)


def _simulated_reader(card: str | bytes) -> SimulatedReader:
    from pos_app.practice.reader import SimulatedReader

    return SimulatedReader(card_to_show(card))


def card_to_show(card: str | bytes) -> Card:
    """A card that holds this link or NDEF message, for tests and training; `practice` is a Bolt Card without money."""
    from pos_app.practice.cards import BoltCard, card_with, uri_message

    if card == PRACTICE:
        uid, *keys = (secrets.token_bytes(size) for size in (7, 16, 16))
        return BoltCard("lnurlw://card.example/card", uid, *keys)
    return card_with(card if isinstance(card, bytes) else uri_message(card))
