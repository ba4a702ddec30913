"""One till in a world, from its first sale to the end of all of them, whatever happens to it; and what must be true."""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from pos_app.core.errors import RetryableError
from pos_app.core.money import Sat
from pos_app.practice.faults import Fault
from pos_app.till.counter import Counter
from pos_app.till.queue_items import NEEDS_A_PERSON
from pos_app.till.sale import Sale
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.views import Act, Phase, Stage
from tests.e2e.queue_killer import ONE_CARD, PIN, SAT, WITH_LINE, Cashier, open_counter
from tests.e2e.queue_world import Disk, Told, World, token_parts

PATIENCE_S = 40.0
TICK_S = 0.2
DEATH_S = 800.0
"""After so long an invoice is dead."""
OF_THE_ISSUER = (
    *(Fault.ISSUER_DOWN, Fault.ISSUER_SLOW, Fault.ISSUER_FORGETS),
    *(Fault.ISSUER_TWICE, Fault.ISSUER_NEVER_PAYS),
)


class Round:
    """One till, from its first sale to the end of all of them, whatever kills it."""

    def __init__(self, world: World, name: str, story: str, outcomes: Count[tuple[str, str]]) -> None:
        self.world = world
        self.story = story
        self._outcomes = outcomes
        self._folder = world.new_till(name)
        self._told: list[Told] = []
        self._sealed: set[bytes] = set()
        self._stood: dict[str, str] = {}

    async def begin(self) -> None:
        tap = await self.world.card(empty=self.story == "declined")
        links = (tap(),) if self.story in ONE_CARD else (tap(), tap())
        self.job = self.world.job(self._folder, self.story, links)
        await self.world.does("line" if self.story in WITH_LINE else "cut")

    async def run(self, point: str = "", *, kill_after_s: float | None = None, again: bool = False) -> Told:
        """One run of the till; what stands on its disk after that is what the cashier was told."""
        job = self.world.job(self._folder, "again", ()) if again else self.job
        told = await self.world.run(job, point, kill_after_s=kill_after_s)
        assert told.code in (0, -9), f"the till failed at {point or kill_after_s}"
        self._told.append(told)
        disk = self.world.read(job)
        self.check_told(disk)
        self.check_no_token_in_clear()
        self._sealed |= {tap[kind] for tap in disk.taps for kind in ("url_sealed", "offer_sealed") if tap[kind]}
        last = {tap["sale_id"]: tap["state"] for tap in disk.taps}
        self._stood |= {sale_id: last.get(sale_id, "no tap") for sale_id in disk.sales}
        return told

    def check_told(self, disk: Disk) -> None:
        """All that the cashier was told is on disk; a card that was stored is never forgotten."""
        stored = {tap["sale_id"] for tap in disk.taps if tap["stored"]}
        for told in self._told:
            for state in SaleState:
                for sale_id in told.of(state.value):
                    assert sale_id in disk.sales, f"a sale that was {state} has vanished"
                    if state.is_closed:
                        assert disk.sales[sale_id] == state.value
                    elif state is SaleState.OWED:
                        assert disk.sales[sale_id] != "open" and sale_id in stored

    def check_no_token_in_clear(self) -> None:
        files = [file.read_bytes() for file in self._folder.rglob("*") if file.is_file()]
        for link in self.job.links:
            assert not any(part in content for part in token_parts(link) for content in files)

    async def end(self) -> None:
        """The till is started once more, in this process, and stays until each sale has its end."""
        world = self.world
        for fault in OF_THE_ISSUER:
            world.faults.set(fault, False)
        await world.does("cut")
        async with open_counter(self.job, world.clock) as counter:
            cashier = Cashier(counter, world.does)
            await counter.start()
            self.check_exposure(counter)
            await world.does("line")
            await Ending(world, cashier).run()
            assert counter.queue.view().store.count == 0 and counter.queue.view().store.sum == Sat(0)
            await self.check_wiped(counter.store.database.path, counter.store.database.write)
            sales = await counter.recent(10)
            await counter.verify_journal()
        disk = world.read(self.job)
        self.check_told(disk)
        assert disk.exposure == 0
        assert {tap["state"] for tap in disk.taps} <= {state.value for state in TapState if state.is_final}
        await self.check_money(disk)
        taps = {tap["sale_id"]: tap["state"] for tap in disk.taps}
        for sale in sales:
            tender = f" by {sale.tender}" if sale.tender else ""
            ended = f"{taps.get(sale.sale_id, 'no tap')}, sale {sale.state}{tender}"
            self._outcomes[self._stood.get(sale.sale_id, "no sale"), ended] += 1

    def check_exposure(self, counter: Counter) -> None:
        """Without a line nothing moves: each sale whose card is stored stands in the queue, and counts once."""
        queue, disk = counter.queue.view(), self.world.read(self.job)
        assert queue.store.sum == Sat(disk.exposure)
        at_risk = {sale_id for sale_id, state in disk.sales.items() if state in ("owed", "uncertain")}
        assert queue.store.count == len(at_risk) and queue.store.sum == Sat(SAT * len(at_risk))
        assert at_risk == {item.sale.sale_id for item in queue.items}

    async def check_wiped(self, file: Path, write: Callable[..., Awaitable[None]]) -> None:
        """Nothing sealed is left in the file or its log, while the till still runs."""
        for _ in range(20):  # a reader may put it off, and it is tried again after each unit of work
            await write(lambda _: None)
            contents = [each.read_bytes() for each in file.parent.glob(f"{file.name}*")]
            if not any(sealed in content for sealed in self._sealed for content in contents):
                return
        raise AssertionError("a token was not wiped")

    async def check_money(self, disk: Disk) -> None:
        """Each sale that is paid was paid once, and nothing came for any other."""
        payments = [row for row in await self.world.payments() if row.payment_hash in disk.hashes]
        assert {row.payment_hash for row in payments} == disk.settled
        assert all(row.amount.to_sat() == Sat(SAT) for row in payments)
        paid = sum(state == "paid" for state in disk.sales.values())
        assert len(payments) == paid, "a sale was paid twice, or its money was not booked"


class Ending:
    """Brings each sale of a till to its end, as the people at the counter do."""

    def __init__(self, world: World, cashier: Cashier) -> None:
        self._world = world
        self._cashier = cashier
        self._counter = cashier.counter
        self._acted: set[tuple[str, str]] = set()

    async def run(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (sales := await self._open()) or (items := self._counter.queue.view().items):
                for sale in sales:
                    await self._act(sale)
                if not sales:  # no money comes late, and none twice
                    assert not {Stage.PAID_LATE, Stage.REFUND_DUE} & {item.stage for item in items}
                elif all(map(self._only_watched, sales)):
                    await self._let_invoices_die(sales)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._cashier.hear(), TICK_S)

    async def _open(self) -> list[Sale]:
        recent = [await self._counter.store.sale(view.sale_id) for view in await self._counter.recent(10)]
        return [sale for sale in recent if sale is not None and not sale.state.is_closed]

    async def _act(self, sale: Sale) -> None:
        view = await self._counter.sale(sale.id)
        if view.phase is Phase.READY and view.invoice is not None:
            bolt11 = view.invoice.bolt11
            await self._once(sale, "pay", lambda: self._world.customer.pay(bolt11))
        if view.state is SaleState.OPEN:
            return
        if (item := self._cashier.item(view)) is None:
            view = await self._counter.sale(sale.id)
            assert view.state.is_closed, "a sale that is not closed is missing in the queue"
            return
        assert item.acts >= {Act.VOID, Act.WRITE_OFF, Act.PAID_OTHERWISE}, "a state without an exit"
        if Act.NOTHING_HANDED_OVER in item.acts:
            await self._once(sale, "nothing", lambda: self._counter.nothing_handed_over(sale.id))
        elif item.stage is Stage.DECLINED and sale.number % 2 == 0:
            await self._once(sale, "void", lambda: self._counter.queue.void(sale.id, PIN, "Returned"))
        elif item.stage in NEEDS_A_PERSON:
            assert Act.SHOW_CODE in item.acts
            await self._once(sale, "back", lambda: self._counter.take_back(sale.id))

    async def _once(self, sale: Sale, what: str, act: Callable[[], Awaitable[object]]) -> None:
        if (sale.id, what) not in self._acted:
            self._acted.add((sale.id, what))
            await act()

    def _only_watched(self, sale: Sale) -> bool:
        """Nothing more is sent for it: it waits for its money or for the end of its invoice."""
        living = [tap for tap in sale.taps if not tap.state.is_final]
        if not living:
            return sale.state is SaleState.UNCERTAIN
        return all(tap.state.may_pay and not tap.request_out for tap in living) and all(
            tap.state is TapState.SUBMITTED or tap.submit_tries > 1 or not tap.is_stored for tap in living
        )

    async def _let_invoices_die(self, sales: list[Sale]) -> None:
        with suppress(RetryableError):
            for sale in sales:
                await self._counter.check_now(sale.id)
            if all(sale in sales for sale in await self._open()):
                self._world.clock.jump(DEATH_S)


async def check_books(world: World) -> None:
    """No sale was paid twice: by the API's books and by those of the card service."""
    payments = await world.payments()
    references = Count(row.extra["reference"] for row in payments)
    assert not [reference for reference, times in references.items() if times > 1]
    assert set(world.paid_by_card.values()) <= {1}
    assert set(world.paid_by_card) <= {row.payment_hash for row in payments}
    assert (await world.engine.ledger.audit()).differences == ()
