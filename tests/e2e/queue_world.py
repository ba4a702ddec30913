"""What a till that is killed lives in: payments API, card service and their books, in the process of the test.

Both are served over HTTP on loopback, so they see a killed till as a real one: as a connection that ends.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections import Counter as Count
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pos_app.config.keystore import Keystore
from pos_app.core.bolt11 import decode
from pos_app.core.money import Sat
from pos_app.engine.engine import Engine
from pos_app.engine.store.queries import Query
from pos_app.engine.store.rows import PaymentRow, PaymentStatus
from pos_app.net.url import Url
from pos_app.practice.accounts import Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayEnd, PayMode, PracticeCustomer
from pos_app.practice.faults import Fault, Faults
from pos_app.practice.issuer import Issuer
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.server import Station, listen
from pos_app.practice.source import PracticeSource
from pos_app.till import journal
from pos_app.till.store import FILE_NAME, Store
from tests.e2e.queue_killer import Job, books_of
from tests.support.clock import FastClock

ROOT = Path(__file__).parents[2]
SPEED = 20.0
PATIENCE_S = 60.0
RICH = Terms(day_limit=Sat(100_000_000))
EMPTY = Terms(day_limit=Sat(0))

_Message = MutableMapping[str, Any]
_Asgi = Callable[..., Awaitable[Any]]
_LOOK = re.compile(r"/api/v1/payments/[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Told:
    """What a till process came to. `words` is what the cashier was told, in order; `code` how the process ended."""

    code: int
    words: tuple[str, ...]
    requests: tuple[str, ...]
    """What reached the API and the card service, in order, each with its number of its kind: `link1`, `look2` …"""

    def of(self, word: str) -> list[str]:
        """What came after this word."""
        return [rest for first, _, rest in (line.partition(" ") for line in self.words) if first == word]

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass(frozen=True)
class Disk:
    """What stands in till.db, read beside a till or after its death."""

    sales: dict[str, str]
    """State by id."""
    taps: tuple[dict[str, Any], ...]
    hashes: frozenset[str]
    settled: frozenset[str]
    exposure: int


@dataclass
class Killing:
    """The till process of now."""

    point: str
    after_s: float | None = None
    pid: int = 0
    words: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    count: Count[str] = field(default_factory=Count)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def arrives(self, name: str) -> str:
        """A request of this name arrives: on which side of it the process is to be killed, if at all."""
        self.count[name] += 1
        numbered = f"{name}{self.count[name]}"
        self.requests.append(numbered)
        return self.point[-1] if self.point[:-1] == numbered else ""

    def begin(self, pid: int) -> None:
        self.pid = pid
        if self.after_s is not None:
            asyncio.get_running_loop().call_later(self.after_s, self.kill)

    def kill(self) -> None:
        if self.pid and not self.ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class World:
    """`async with World(folder) as world`; one till process at a time."""

    def __init__(self, folder: Path) -> None:
        self.clock = FastClock(speed=SPEED)
        self.faults = Faults()
        self.paid_by_card: Count[str] = Count()
        """How often the card service paid each hash."""
        self._folder = folder
        self._killing = Killing("")
        self._cards = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as rooms:
            await self._build(rooms)
            self._rooms = rooms.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._rooms.aclose()

    async def _build(self, rooms: AsyncExitStack) -> None:
        network = await PracticeNetwork.open(self._folder / "network", self.clock)
        rooms.push_async_callback(network.close)
        self.customer = PracticeCustomer(network, self.clock, self.faults)
        self.issuer = await Issuer.open(self._folder / "issuer", self._pay_by_card, self.clock, self.faults)
        rooms.push_async_callback(self.issuer.close)
        service = Station(self._watched(self.issuer.app, _name_at_issuer), listen())
        await rooms.enter_async_context(service)
        rooms.callback(self.faults.follow(self._open_or_close_service))
        self._service = service
        self.card_host = service.host_port
        source = PracticeSource(network, self.faults)
        self.engine = await Engine.open(self._folder / "engine", source, self.clock, lnurl_allow=(self.card_host,))
        rooms.push_async_callback(self.engine.close)
        await self.engine.start()
        self.wallet, keys = await self.engine.accounts.create_wallet("Till")
        self._invoice_key = keys.invoice_key
        self._line = await rooms.enter_async_context(Station(self._watched(self.engine.app, _name_at_api), listen()))
        teller = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        rooms.push_async_callback(teller.wait_closed)
        rooms.callback(teller.close)
        self._port = teller.sockets[0].getsockname()[1]
        self._zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.e2e.queue_killer",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        rooms.push_async_callback(self._end_zygote)
        await self._make_first_books()

    async def _end_zygote(self) -> None:
        self._killing.kill()
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()
        await self._zygote.wait()

    async def _make_first_books(self) -> None:
        """Books whose owner has accepted the loss; each till begins with a copy."""
        first = self._folder / "first"
        job = self.job(first, "", ())
        keys = Keystore(first / "keys", environment={})
        store = await Store.open(books_of(first, job.url, job.invoice_key).folder, self.clock, keys)
        await store.accept_risk()
        await store.close()

    # What a test does.

    def new_till(self, name: str) -> Path:
        """A data folder of its own."""
        shutil.copytree(self._folder / "first", folder := self._folder / "tills" / name)
        return folder

    async def card(self, *, empty: bool = False) -> Callable[[], str]:
        """A card of its own: gives the link of its next tap."""
        self._cards += 1
        card = await self.issuer.card(self.card_host, f"card {self._cards}", EMPTY if empty else RICH)
        return lambda: _next_link(card)

    def job(self, folder: Path, story: str, links: tuple[str, ...]) -> Job:
        url = f"http://{self._line.host_port}" if hasattr(self, "_line") else ""
        return Job(
            folder=str(folder),
            url=url,
            invoice_key=self._invoice_key,
            card_host=self.card_host,
            story=story,
            links=links,
            clock=self.clock.parts,
            port=self._port,
        )

    async def run(self, job: Job, point: str, *, kill_after_s: float | None = None) -> Told:
        """Run a till process to its end; it is killed at this point, or so many seconds after its begin."""
        killing = self._killing = Killing(point, kill_after_s)
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        self._zygote.stdin.write(replace(job, point=point, clock=self.clock.parts).text().encode())
        try:
            async with asyncio.timeout(PATIENCE_S):
                code = int(await self._zygote.stdout.readline())
        except TimeoutError:
            killing.kill()
            raise
        finally:
            killing.ended.set()
        return Told(code, tuple(killing.words), tuple(killing.requests))

    async def does(self, words: str) -> None:
        """What the cashier or the story says happens in the world."""
        first, _, rest = words.partition(" ")
        if first == "cut":
            self._line.close_port()
        elif first == "line":
            self._line.open_port()
        elif first == "pay":
            await self.customer.pay(rest)

    def read(self, job: Job) -> Disk:
        """The till's disk as it is. Read from a copy, so that nothing is mended by looking."""
        file = books_of(Path(job.folder), job.url, job.invoice_key).folder / FILE_NAME
        copy = self._folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for part in file.parent.glob(f"{FILE_NAME}*"):
            if not part.name.endswith("-shm"):
                shutil.copy(part, copy / part.name)
        with closing(sqlite3.connect(copy / FILE_NAME)) as connection:
            connection.row_factory = sqlite3.Row
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            journal.verify(connection)
            sales = dict(connection.execute("SELECT id, state FROM sale").fetchall())
            taps = connection.execute("SELECT * FROM tap ORDER BY sequence").fetchall()
            invoices = connection.execute("SELECT payment_hash, settled_at_ms FROM sale_invoice").fetchall()
            query = "SELECT coalesce(sum(sat + tip_sat), 0) FROM sale WHERE state IN ('owed', 'uncertain')"
            (exposure,) = connection.execute(query).fetchone()
        return Disk(
            sales=sales,
            taps=tuple(dict(tap) for tap in taps),
            hashes=frozenset(row["payment_hash"] for row in invoices),
            settled=frozenset(row["payment_hash"] for row in invoices if row["settled_at_ms"] is not None),
            exposure=exposure,
        )

    async def payments(self) -> tuple[PaymentRow, ...]:
        """The books of the payments API: all that came in."""
        rows = await self.engine.ledger.list(Query(wallet_ids=(self.wallet.id,), limit=100_000))
        return tuple(row for row in rows if row.status is PaymentStatus.SUCCESS)

    # The world at work.

    async def _pay_by_card(self, text: str, mode: PayMode) -> str | None:
        end = await self.customer.pay(text, mode)
        if end is not PayEnd.PAID:
            return "Internal invoice already paid or over."
        self.paid_by_card[decode(text).payment_hash] += 1
        return None

    def _open_or_close_service(self) -> None:
        if Fault.ISSUER_DOWN in self.faults.on:
            self._service.close_port()
        else:
            self._service.open_port()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what a till process says. A killed one has said only whole lines: each waits for its answer."""
        killing = self._killing
        try:
            while line := await reader.readline():
                words = line.decode().strip()
                if words.startswith("pid "):
                    killing.begin(int(words[4:]))
                else:
                    killing.words.append(words)
                    await self.does(words)
                writer.write(b"ok\n")
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _watched(self, app: _Asgi, name_of: Callable[[_Message], str | None]) -> _Asgi:
        """The application; the till process is killed when a request arrives, or before it is answered."""

        async def watched(scope: _Message, receive: Any, send: Any) -> None:
            killing = self._killing
            name = name_of(scope) if scope["type"] == "http" else None
            side = killing.arrives(name) if name else ""
            if not side:
                await app(scope, receive, send)
                return
            if side == "-":
                killing.kill()
                await killing.ended.wait()
                answer: list[_Message] = [{"type": "http.response.start", "status": 503, "headers": []}]
                answer.append({"type": "http.response.body", "body": b""})
            else:
                answer = []

                async def keep(message: _Message) -> None:
                    answer.append(message)

                await app(scope, receive, keep)
                killing.kill()
                await killing.ended.wait()
            for message in answer:
                await send(message)

        return watched


def _name_at_issuer(scope: _Message) -> str | None:
    return {"/card": "link", "/callback": "callback"}.get(scope["path"])


def _name_at_api(scope: _Message) -> str | None:
    path = scope["path"]
    if scope["method"] == "POST":
        if path.endswith("/pay-with-nfc"):
            return "tap"
        return {"/api/v1/payments": "create", "/api/v1/payments/cancel": "cancel"}.get(path)
    return "look" if _LOOK.match(path) else None


def _next_link(card: BoltCard) -> str:
    """The link that the card shows now: it counts on at each tap."""
    card.reset()
    message = card._ndef(fresh=True)
    return message.partition(b"U\x00")[2].decode()


def token_parts(link: str) -> tuple[bytes, ...]:
    """What of a card's link is secret."""
    query = Url.parse(link.replace("lnurlw://", "http://")).target.partition("?")[2]
    return tuple(part.partition("=")[2].encode() for part in query.split("&"))
