"""Till processes that store cards and redeem them, to be killed. The payments API and the card service live elsewhere.

    python -m tests.e2e.queue_killer

Takes one job a line on standard input (`Job` as JSON), runs it in a child, and writes how that ended. A child says what
the cashier is told over a socket, a line each, and goes on when the line was taken. With the point `commit3-` it is
killed just before its third commit, with `commit3+` just after it. The program is loaded once; a child is a fork made
before any thread exists.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from pos_app.config.database import Database
from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.core.money import Sat
from pos_app.net.allow import AllowList
from pos_app.nfc.events import CardRead, CardRemoved, CardSeen
from pos_app.nfc.ndef import Record
from pos_app.payments.client import Client
from pos_app.till.books import Books, remote_books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.queue_items import NEEDS_A_PERSON
from pos_app.till.states import SaleState
from pos_app.till.views import Event, Phase, QueueItem, SaleChanged, SaleView, TapPhase
from tests.support.clock import FastClock

COMMIT = "commit"
SAT = 2100
PIN = "1234"


@dataclass(frozen=True)
class Job:
    """One run of the till. `links` are the taps of the cards; `clock` are the parts of a FastClock."""

    folder: str
    url: str
    invoice_key: str
    card_host: str
    story: str
    links: tuple[str, ...]
    clock: dict[str, float]
    port: int
    point: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class AnyPin:
    """A manager who allows everything."""

    async def check(self, pin: str) -> None:
        pass


class Trap:
    """Kills this process around a commit."""

    def __init__(self, point: str) -> None:
        is_mine = point.startswith(COMMIT)
        self._number, self._side = (int(point[len(COMMIT) : -1]), point[-1]) if is_mine else (0, "")
        self._lock = threading.Lock()
        self.commits = 0

    def arm(self) -> None:
        commit = Database._commit

        def watched(database: Database, connection: sqlite3.Connection) -> None:
            with self._lock:
                self.commits += 1
                if self.commits == self._number and self._side == "-":
                    os.kill(os.getpid(), signal.SIGKILL)
                commit(database, connection)
                if self.commits == self._number:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(Database, "_commit", watched)  # noqa: B010  a method may not be assigned to otherwise


def books_of(folder: Path, url: str, invoice_key: str) -> Books:
    return remote_books(folder, url, invoice_key, Network.REGTEST, practice=True)


@asynccontextmanager
async def open_counter(job: Job, clock: Clock) -> AsyncIterator[Counter]:
    """A till of the job's folder, not started."""
    folder = Path(job.folder)
    client = Client.remote(job.url, job.invoice_key, clock=clock)
    counter = await Counter.open(
        books_of(folder, job.url, job.invoice_key),
        client,
        clock,
        settings=SaleSettings(),
        allow=AllowList([job.card_host]),
        keys=Keystore(folder / "keys", environment={}),
        manager=cast("ManagerPin", AnyPin()),
    )
    try:
        yield counter
    finally:
        await counter.close()
        await client.close()


class Cashier:
    """Presses the buttons of a counter, and hears what it tells. `tell(words)` passes on each sale's new state."""

    def __init__(self, counter: Counter, tell: Callable[[str], Any]) -> None:
        self.counter = counter
        self._tell = tell
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._states: dict[str, SaleState] = {}
        counter.subscribe(self._events.put_nowait)

    async def hear(self) -> None:
        """Wait for the next thing that the counter tells, and pass it on."""
        event = await self._events.get()
        if isinstance(event, SaleChanged) and self._states.get(event.sale.sale_id) is not event.sale.state:
            self._states[event.sale.sale_id] = event.sale.state
            await self._tell(f"{event.sale.state} {event.sale.sale_id}")

    async def until(self, done: Callable[[], bool]) -> None:
        while not done():
            await self.hear()

    async def sale_until(self, view: SaleView, done: Callable[[SaleView], bool]) -> SaleView:
        while not done(view := await self.counter.sale(view.sale_id)):
            await self.hear()
        return view

    def item(self, view: SaleView) -> QueueItem | None:
        return next((item for item in self.counter.queue.view().items if item.sale.sale_id == view.sale_id), None)

    def touch(self, link: str) -> None:
        """A card with this link is held to the reader and taken away."""
        for event in (CardSeen(armed=True), CardRead("Type4Tag", (Record("uri", len(link), link),)), CardRemoved()):
            self.counter._taps._cards.hear(event)

    async def store(self, link: str) -> SaleView:
        """A sale whose card is stored, until the cashier is told so."""
        view = await self.counter.charge(Sat(SAT), store=True)
        await self.sale_until(view, lambda sale: sale.phase is Phase.STORING)
        self.touch(link)
        return await self.stored(view)

    async def stored(self, view: SaleView) -> SaleView:
        view = await self.sale_until(view, lambda sale: sale.state is not SaleState.OPEN)
        assert view.state is SaleState.OWED
        await self.until(lambda: self._states.get(view.sale_id) is SaleState.OWED)
        return view

    async def pay_by_code(self, view: SaleView) -> None:
        """Have the customer pay the sale's code."""
        view = await self.sale_until(view, lambda sale: sale.invoice is not None or sale.state.is_closed)
        if view.invoice is not None:
            await self._tell(f"pay {view.invoice.bolt11}")
            await self.sale_until(view, lambda sale: sale.state.is_closed)

    async def needs_a_person(self, view: SaleView) -> None:
        await self.until(lambda: (item := self.item(view)) is not None and item.stage in NEEDS_A_PERSON)


async def two_cards(cashier: Cashier, job: Job, say: Callable[[str], Any]) -> None:
    """Without a line two taps are stored; the line comes back and both are paid."""
    views = [await cashier.store(link) for link in job.links]
    await say("line")
    for view in views:
        await cashier.sale_until(view, lambda sale: sale.state.is_closed)


async def cut_line(cashier: Cashier, job: Job, say: Callable[[str], Any]) -> None:
    """A code is shown; the line is cut; a card is tapped, nothing of it leaves, and it is stored."""
    view = await cashier.counter.charge(Sat(SAT))
    await cashier.sale_until(view, lambda sale: sale.phase is Phase.READY)
    await say("cut")
    cashier.touch(job.links[0])
    await cashier.sale_until(view, lambda sale: sale.tap is not None and sale.tap.can_store)
    await cashier.counter.store_card(view.sale_id)
    await cashier.stored(view)
    await say("line")
    await cashier.sale_until(view, lambda sale: sale.state.is_closed)


async def declined(cashier: Cashier, job: Job, say: Callable[[str], Any]) -> None:
    """Two stored cards are declined: one sale is paid by its code then, the other one is voided."""
    views = [await cashier.store(link) for link in job.links]
    await say("line")
    for view in views:
        await cashier.needs_a_person(view)
    view = await cashier.counter.take_back(views[0].sale_id)
    await cashier.pay_by_code(view)
    await cashier.counter.queue.void(views[1].sale_id, PIN, "Returned")
    await cashier.sale_until(views[1], lambda sale: sale.state.is_closed)


async def again(cashier: Cashier, _job: Job, say: Callable[[str], Any]) -> None:
    """The till is started anew and goes on by itself, until it is killed or nothing is left to do for it."""
    await say("line")
    unpaid = (SaleState.OPEN, SaleState.UNCERTAIN)
    await cashier.until(
        lambda: all(
            item.stage in NEEDS_A_PERSON or item.sale.state in unpaid for item in cashier.counter.queue.view().items
        )
    )


async def full_disk(cashier: Cashier, job: Job, say: Callable[[str], Any]) -> None:
    """The system takes no further byte of the till's file when a card is stored; later it does."""
    view = await cashier.counter.charge(Sat(SAT), store=True)
    await cashier.sale_until(view, lambda sale: sale.phase is Phase.STORING)
    file = cashier.counter.store.database.path
    most = file.with_name(f"{file.name}-wal").stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    cashier.touch(job.links[0])
    refused = await cashier.sale_until(view, lambda sale: sale.tap is None or sale.tap.phase is TapPhase.UNUSABLE)
    await say(f"refused {'' if refused.tap is None else refused.tap.words}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    cashier.touch(job.links[0])
    await cashier.stored(view)
    await say("line")
    await cashier.sale_until(view, lambda sale: sale.state.is_closed)


STORIES = {"two cards": two_cards, "cut line": cut_line, "declined": declined, "again": again, "full disk": full_disk}
ONE_CARD = ("cut line", "full disk")
WITH_LINE = ("cut line",)
"""Stories that begin online."""


async def run(job: Job) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port)

    async def say(words: str) -> None:
        writer.write(f"{words}\n".encode())
        if not await reader.readline():
            raise ConnectionError("nobody hears")

    trap = Trap(job.point)
    await say(f"pid {os.getpid()}")
    trap.arm()
    async with open_counter(job, FastClock(**job.clock)) as counter:
        cashier = Cashier(counter, say)
        await counter.start()
        await STORIES[job.story](cashier, job, say)
        await say(f"commits {trap.commits}")
    writer.close()


def main() -> None:
    for line in sys.stdin:
        fields = json.loads(line)
        if (child := os.fork()) == 0:
            try:
                asyncio.run(run(Job(**fields)))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
