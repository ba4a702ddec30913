"""A till, its payments API and a card issuer, all real, with lines between them that spoil what they like."""

from __future__ import annotations

import asyncio
import random
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Self, cast

from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.bolt11 import Network, decode
from pos_app.core.money import Sat
from pos_app.engine.engine import Engine
from pos_app.engine.serve import serving
from pos_app.engine.store.rows import Settled
from pos_app.net.allow import AllowList
from pos_app.nfc import events as nfc
from pos_app.nfc import ndef
from pos_app.nfc.ndef import Record
from pos_app.payments.client import Client
from pos_app.practice.accounts import Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayEnd, PayMode, PracticeCustomer
from pos_app.practice.faults import CARD_PIN, Fault, Faults
from pos_app.practice.issuer import Issuer, paid_by
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource
from pos_app.till.books import remote_books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.states import SaleState
from pos_app.till.views import Event, SaleChanged, SaleView, TapPhase
from tests.support import proxy
from tests.support.fast_time import FastClock
from tests.support.proxy import Exchange, Proxy, proxy_to

EXPIRY_S = 60
HOST = "127.0.0.1"
CARD_HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 12))
"""Cards of one host are asked in the order of capture, so one alone would have them all wait for the first."""
ISSUER_FAULTS = (
    Fault.ISSUER_SLOW,
    Fault.ISSUER_FORGETS,
    Fault.ISSUER_TWICE,
    Fault.ISSUER_NEVER_PAYS,
    Fault.ISSUER_PAYS_LATE,
)
CARDS = {
    "good": Terms(),
    "with a PIN": Terms(pin=CARD_PIN),
    "spent": Terms(day_limit=Sat(0)),
    "with a low limit": Terms(tap_limit=Sat(300)),
}
_SHOWS_PAID = (SaleState.PAID, SaleState.PAID_LATE, SaleState.REFUND_DUE)


class AnyPin:
    """A manager who allows everything."""

    async def check(self, pin: str) -> None:
        pass


class Weather:
    """What happens to the requests of one line. While it is bad, each may meet a fault; `met` counts them."""

    def __init__(self, dice: random.Random, clock: FastClock) -> None:
        self._dice = dice
        self._clock = clock
        self.chance = 0.0
        self.met: Tally[str] = Tally()

    async def __call__(self, exchange: Exchange) -> None:
        if self._dice.random() >= self.chance:
            self.met["none"] += 1
            await proxy.pass_on(exchange)
            return
        seconds, size = self._dice.uniform(0.5, 20), self._dice.randrange(1, 400)
        faults: dict[str, proxy.Fault] = {
            "request lost": proxy.lose_request,
            "request reset": proxy.reset_request,
            "request swallowed": proxy.swallow_request,
            "request cut": proxy.cut_request(self._dice.randrange(1, 80)),
            "request delayed": proxy.delay_request(self._clock, seconds),
            "answer lost": proxy.lose_answer,
            "answer reset": proxy.reset_answer(size),
            "answer swallowed": proxy.swallow_answer,
            "answer cut": proxy.cut_answer(size),
            "answer delayed": proxy.delay_answer(self._clock, seconds),
            "doubled, first answer": proxy.answer_first_of_two,
            "doubled, second answer": proxy.answer_last_of_two,
        }
        name = self._dice.choice(list(faults))
        self.met[name] += 1
        with suppress(ConnectionError):  # nobody is there while it is down
            await faults[name](exchange)


class Day:
    """A till over bad lines, and what truly became of its money: `settled`, `by_card` and `by_wallet` are hashes."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder = folder
        self.dice = dice
        self.clock = FastClock()
        self.faults = Faults()
        self.settled: Tally[str] = Tally()
        self.by_card: Tally[str] = Tally()
        self.by_wallet: Tally[str] = Tally()
        self.paid_too_early: list[str] = []
        self.declined_too_early: set[str] = set()
        self.to_issuers: list[Proxy] = []
        self.cards: dict[str, list[BoltCard]] = {}
        self._rooms = AsyncExitStack()
        self._news = asyncio.Event()
        self._wallets: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as rooms:
            await self._build(rooms)
            self._rooms = rooms.pop_all()
        await self._open_till()
        await self.counter.queue.accept_risk("")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close_till()
        await self._rooms.aclose()

    async def _build(self, rooms: AsyncExitStack) -> None:
        practice = self.folder / "practice"
        practice.mkdir()
        network = await PracticeNetwork.open(practice, self.clock)
        rooms.push_async_callback(network.close)
        self._customer = PracticeCustomer(network, self.clock, self.faults)
        issuer = await Issuer.open(practice, self._pay_by_card, self.clock, self.faults)
        rooms.push_async_callback(issuer.close)
        host = await rooms.enter_async_context(issuer.serve())
        self.issuer_weather = Weather(self.dice, self.clock)
        for address in CARD_HOSTS:
            line = await rooms.enter_async_context(proxy_to(f"http://{host}", address))
            line.fault = self.issuer_weather
            self.to_issuers.append(line)
            for name, terms in CARDS.items():
                card = await issuer.card(line.host_port, f"{name} {address}", terms)
                self.cards.setdefault(name, []).append(card)
        source = PracticeSource(network, self.faults)
        self.engine = await Engine.open(self.folder / "engine", source, self.clock, lnurl_allow=CARD_HOSTS)
        rooms.push_async_callback(self.engine.close)
        self.engine.ledger.listen(self._note_settled)
        await self.engine.start()
        self._key = await self.engine.ensure_till_wallet()
        url = await rooms.enter_async_context(serving(self.engine, HOST, 0))
        self.to_api = await rooms.enter_async_context(proxy_to(url))
        self.api_weather = self.to_api.fault = Weather(self.dice, self.clock)
        rooms.push_async_callback(self._wallets_stop)

    async def _open_till(self) -> None:
        url, key = self.to_api.url, self._key
        self._client = Client.remote(url, key, clock=self.clock)
        self.counter = await Counter.open(
            remote_books(self.folder, url, key, Network.REGTEST, practice=True),
            self._client,
            self.clock,
            settings=SaleSettings(EXPIRY_S),
            allow=AllowList(CARD_HOSTS),
            keys=Keystore(self.folder / "keys", environment={}),
            manager=cast("ManagerPin", AnyPin()),
        )
        self.counter.subscribe(self._hear)
        await self.counter.start()

    async def _close_till(self) -> None:
        await self.counter.close()
        await self._client.close()

    async def restart_till(self) -> None:
        """The program is ended and started again."""
        await self._close_till()
        await self._open_till()

    async def change_weather(self) -> None:
        """How it will be for the next sale."""
        dice = self.dice
        await self.lines(api=dice.random() > 0.1, issuer=dice.random() > 0.1)
        self.spoil()

    def spoil(self) -> None:
        """Requests meet faults from now on, and the issuer has one of its own."""
        dice = self.dice
        self.api_weather.chance = dice.choice([0.0, 0.1, 0.25, 0.4])
        self.issuer_weather.chance = dice.choice([0.2, 0.4, 0.6])
        on = dice.choice(ISSUER_FAULTS) if dice.random() < 0.3 else None
        for fault in ISSUER_FAULTS:
            self.faults.set(fault, fault is on)

    async def clear_weather(self) -> None:
        """Both lines and the issuer are well."""
        await self.lines(api=True, issuer=True)
        self.api_weather.chance = self.issuer_weather.chance = 0.0
        for fault in Fault:
            self.faults.set(fault, False)

    async def lines(self, *, api: bool, issuer: bool) -> None:
        """Which of the lines are there at all."""
        for line, is_there in ((self.to_api, api), *((line, issuer) for line in self.to_issuers)):
            if is_there:
                line.mend()
            else:
                line.cut()

    async def wait(self, view: SaleView, done: Callable[[SaleView], object], patience_s: float) -> SaleView:
        """The sale once it is so, or after that time as it is then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while True:
                    news = self._news
                    if done(await self.counter.sale(view.sale_id)):
                        break
                    await news.wait()
        return await self.counter.sale(view.sale_id)

    def touch(self, name: str = "good", *, by_till: bool = False) -> None:
        """Such a card is held to the reader. `by_till`: its link is one that the till asks by itself."""
        card = self.dice.choice(self.cards[name])
        card.reset()
        card.apdu(bytes.fromhex("00A4040007D276000085010100"))
        (record,) = ndef.decode(card._ndef(fresh=True))
        text = f"{record.text}&Shop=A" if by_till else f"{record.text}"
        read = nfc.CardRead("Type4Tag", (Record("uri", len(text), text),))
        for event in (nfc.CardSeen(armed=True), read, nfc.CardRemoved()):
            self.counter._taps._cards.hear(event)

    def pay_by_wallet(self, view: SaleView, after_s: float = 0.0) -> None:
        """The customer scans the code on the screen, and pays it beside."""
        if view.invoice is not None:
            task = asyncio.create_task(self._pay(view.invoice.bolt11, after_s))
            self._wallets.add(task)
            task.add_done_callback(self._wallets.discard)

    async def wallets_rest(self) -> None:
        """Wait for the customers who are still at it."""
        await asyncio.gather(*self._wallets)

    async def _wallets_stop(self) -> None:
        for task in tuple(self._wallets):
            task.cancel()
        await asyncio.gather(*self._wallets, return_exceptions=True)

    async def _pay(self, bolt11: str, after_s: float) -> None:
        await self.clock.sleep(after_s)
        if await self._customer.pay(bolt11) is PayEnd.PAID:
            self.by_wallet[decode(bolt11).payment_hash] += 1

    async def _pay_by_card(self, bolt11: str, mode: PayMode) -> str | None:
        reason = await paid_by(self._customer)(bolt11, mode)
        if reason is None:
            self.by_card[decode(bolt11).payment_hash] += 1
        return reason

    def _note_settled(self, settled: Settled) -> None:
        self.settled[settled.payment.payment_hash] += 1

    def _hear(self, event: Event) -> None:
        if isinstance(event, SaleChanged):
            self._compare(event.sale)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _compare(self, view: SaleView) -> None:
        """What the cashier sees at this moment with what happened until now."""
        if (sale := self.counter._sales.get(view.sale_id)) is None:
            return
        hashes = [invoice.payment_hash for invoice in sale.invoices]
        if view.state in _SHOWS_PAID and not any(self.settled[each] for each in hashes):
            self.paid_too_early.append(view.reference)
        declined = view.tap is not None and view.tap.phase in (TapPhase.DECLINED, TapPhase.TAP_LOST)
        if declined and any(self.by_card[each] for each in hashes):
            self.declined_too_early.add(view.reference)
