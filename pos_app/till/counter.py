"""The counter: what a cashier can do, and what he is told. It lives on the engine's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.core.text import plain
from pos_app.net.allow import AllowList
from pos_app.net.fetch import Fetcher
from pos_app.nfc.reader import Opener
from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost
from pos_app.payments.results import Cancelled
from pos_app.till.background import Tasks
from pos_app.till.books import Books
from pos_app.till.health import Health
from pos_app.till.invoicing import Invoicing
from pos_app.till.picture import picture
from pos_app.till.queue import Queue, Ties
from pos_app.till.recovery import NotCompared, Recovery, facts_meanwhile, words_meanwhile
from pos_app.till.redeemer import Redeemer
from pos_app.till.sale import NewSale, Sale, SaleInvoice
from pos_app.till.states import Cause, IllegalMove, SaleState
from pos_app.till.store import Store
from pos_app.till.taps import Taps
from pos_app.till.turns import Turns
from pos_app.till.views import (
    CardIgnored,
    Event,
    FactState,
    QueueChanged,
    SaleChanged,
    SaleView,
    StatusChanged,
    StatusView,
)
from pos_app.till.watcher import Watcher
from pos_app.till.ways import Ways

NOTE_MAX = 200


@dataclass(frozen=True, slots=True)
class SaleSettings:
    """What the owner chose. `expiry_s` is the life of an invoice in seconds."""

    expiry_s: int = 600
    shop_name: str = ""


class Counter:
    """Sales on one book. Every command returns the sale as it is then; what follows comes as events.

    A command that comes too late, or twice, changes nothing and returns the sale as it is. `queue` has the commands
    for sales that are owed or uncertain, and for late money.
    """

    def __init__(
        self,
        books: Books,
        client: Client,
        clock: Clock,
        store: Store,
        settings: SaleSettings,
        fetcher: Fetcher,
        manager: ManagerPin | None = None,
    ) -> None:
        self._books = books
        self._client = client
        self._clock = clock
        self._store = store
        self._settings = settings
        self._sales: dict[str, Sale] = {}
        self._cancelling: set[str] = set()
        self._taken_back: set[str] = set()
        self._subscribers: list[Callable[[Event], None]] = []
        self._shown: dict[str, SaleView] = {}
        self._tasks = Tasks()
        self._restored_from_s: float | None = None
        self._compared = asyncio.Event()
        self._health = Health(client, books, clock, self._facts_changed)
        self._watcher = Watcher(client, store, books, self._health, clock, touched=self._touched, changed=self._changed)
        self._invoicing = Invoicing(
            client,
            store,
            books,
            self._health,
            clock,
            expiry_s=settings.expiry_s,
            look=self._watcher.look_now,
            touched=self._touched,
            bound=self._bound,
        )
        turns = Turns(clock, self._sales.values)
        ways = Ways(client, fetcher, store, self._watcher, clock, self._health, turns)
        self._redeemer = Redeemer(
            ways,
            sale=self._sales.get,
            sendable=self._sendable,
            need_invoice=self._need_invoice,
            changed=self._changed,
        )
        self._taps = Taps(
            ways,
            sale=self._sales.get,
            payable=self._payable,
            may_store=self._may_store,
            hurry=self._redeemer.hurry,
            stored=self._card_stored,
            touched=self._touched,
            changed=self._changed,
            ignored=lambda words: self._tell(CardIgnored(words)),
            facts_changed=self._facts_changed,
        )
        self.queue = Queue(
            store,
            manager,
            clock,
            Ties(
                view=self._view,
                calls_for_storing=lambda: self._health.calls_for_storing,
                line_is_well=self._line_is_well,
                changed=self._changed,
                told=lambda queue: self._tell(QueueChanged(queue)),
                closed=lambda sale: self._tasks.start(self._withdraw(sale), f"withdrawing sale {sale.number}"),
                wake=self._redeemer.wake,
                meanwhile=lambda: "" if self._restored_from_s is None else words_meanwhile(self._restored_from_s),
            ),
        )
        self._recovery = Recovery(
            client,
            store,
            books,
            self._health,
            clock,
            look=self._watcher.look_now,
            noted=self.queue.read_unassigned,
        )
        self._status = self.status()

    @classmethod
    async def open(
        cls,
        books: Books,
        client: Client,
        clock: Clock,
        *,
        settings: SaleSettings,
        allow: AllowList | None = None,
        keys: Keystore | None = None,
        manager: ManagerPin | None = None,
    ) -> Self:
        """Open the books. `allow` names the internal hosts that cards may lead to.

        Cards can be stored for later where `keys` keeps the key that seals them. `manager` allows what costs money.
        Raises DatabaseNewer, DatabaseDamaged, DiskFull, DiskReadOnly or DatabaseBusy.
        """
        store = await Store.open(books.folder, clock, keys)
        return cls(books, client, clock, store, settings, Fetcher(allow), manager)

    @property
    def store(self) -> Store:
        """The books, to be read."""
        return self._store

    async def start(self) -> None:
        """Bring unfinished sales back, ask for all invoices that are not final, and begin to watch the world.

        Books that came back from a backup are compared with the API first, beside.
        """
        await self._store.restart_taps()
        self._restored_from_s = await self._store.restored_from_s()
        await self.queue.start()
        if self._restored_from_s is None:
            self._begin(await self._store.unfinished())
        else:
            self._tasks.start(self._recover(self._restored_from_s), "comparing the restored books")
            self._tell_status()
        self._tasks.start(self._health.run(), "health")

    async def _recover(self, restored_from_s: float) -> None:
        self._changed(await self._recovery.run(restored_from_s))
        unfinished = await self._store.unfinished()
        self._restored_from_s = None  # and in the same turn all of them are taken up: a new one comes after them
        self._begin(unfinished)

    def _begin(self, unfinished: tuple[Sale, ...]) -> None:
        self._compared.set()
        for sale in unfinished:
            for invoice in sale.live_invoices:
                self._watcher.follow(invoice, ends_at_s=None)
            if sale.state is SaleState.OPEN and not sale.live_invoices:
                self._invoicing.begin(sale, look_first=True)
            self._changed((sale,))
        self._watcher.start()
        self._redeemer.start()
        self._tasks.start(self._recovery.watch_unassigned(), "watch of unassigned invoices")

    async def close(self) -> None:
        """End all watching and close the books; open sales come back with the next start."""
        await self._taps.close()
        await self._redeemer.close()
        await self._invoicing.close()
        await self._watcher.close()
        await self.queue.close()
        await self._tasks.close()
        await self._store.close()

    async def wait_compared(self, patience_s: float) -> None:
        """Wait until books that came back from a backup are compared. Raises NotCompared if that takes longer."""
        waiting = asyncio.ensure_future(self._compared.wait())
        patience = asyncio.ensure_future(self._clock.sleep(patience_s))
        try:
            await asyncio.wait((waiting, patience), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            patience.cancel()
        self._check_compared()

    async def charge(
        self, amount: Sat, *, note: str = "", replaces: str | None = None, store: bool = False
    ) -> SaleView:
        """Begin a sale. It is on disk when this returns; its invoice follows as SaleChanged.

        `replaces` is the sale whose goods are sold again. With `store` its card is stored for later. Raises UserError
        for an amount or a note that cannot be, if that sale is open or was paid meanwhile, or if no card can be stored,
        and, as all commands for sales at the counter, NotCompared.
        """
        self._check_compared()
        if amount.value < 1:
            raise UserError("There is nothing to charge.", "Type an amount.")
        if len(note) > NOTE_MAX:
            raise UserError(f"The note is longer than {NOTE_MAX} characters.", "Use a shorter note.")
        if store:
            self.queue.check_store(amount, is_new=True)
        sale = await self._store.begin(NewSale(amount, note=plain(note), replaces=replaces))
        self._taps.wait_for(sale.id)
        if store:
            self._taps.begin_storing(sale.id)
        self._invoicing.begin(sale, look_first=False)
        self._changed((sale,))
        return self._view(sale)

    async def cancel(self, sale_id: str) -> SaleView:
        """Cancel an OPEN sale: its invoice too where the API can, else the sale here, and the invoice is watched on.

        One that a card may have paid is not cancelled (`can_cancel`): stop waiting for it.
        """
        self._check_compared()
        sale = await self._store.known_sale(sale_id)
        if sale.state is not SaleState.OPEN or sale_id in self._cancelling or self._card_may_pay(sale):
            return self._view(sale)
        self._cancelling.add(sale_id)
        self._touched(sale_id)
        try:
            await self._invoicing.stop(sale_id)
            invoices = (await self._store.known_sale(sale_id)).live_invoices
            cancelled = [invoice.payment_hash for invoice in invoices if await self._cancelled_at_api(invoice)]
            self._changed(await self._store.cancel(sale_id, cancelled))
        finally:
            self._cancelling.discard(sale_id)
            self._touched(sale_id)
        return await self.sale(sale_id)

    async def retry(self, sale_id: str) -> SaleView:
        """Try again now to get a code for a sale at the counter, also instead of storing a card for it."""
        self._check_compared()
        sale = await self._store.known_sale(sale_id)
        if self._is_at_counter(sale):
            self._taps.end_storing(sale_id)
            if sale.live_invoices:
                self._health.wake()
            else:
                self._need_invoice(sale_id)
                self._invoicing.retry(sale_id)
        return self._view(sale)

    async def store_card(self, sale_id: str) -> SaleView:
        """Store a card for a sale at the counter, to be sent once the line is back: the one in hand, else the next.

        Nothing happens while something of a card is out. Raises UserError if the terms do not allow it.
        """
        self._check_compared()
        sale = await self._store.known_sale(sale_id)
        if self._is_at_counter(sale) and sale_id not in self._cancelling:
            self.queue.check_store(sale.total, is_new=sale.state is SaleState.OPEN)
            await self._taps.store(sale_id)
        return await self.sale(sale_id)

    async def take_back(self, sale_id: str) -> SaleView:
        """A sale that is not closed comes back to the counter: for its one code, or for another card.

        One that is OPEN is there already; from now on cards are for it.
        """
        self._check_compared()
        sale = await self._store.known_sale(sale_id)
        if sale.state is SaleState.OPEN:
            self._taps.come_back(sale_id)
            self._touched(sale_id)
        elif sale.state in (SaleState.OWED, SaleState.UNCERTAIN) and sale_id not in self._taken_back:
            self._taken_back.add(sale_id)
            self._taps.wait_for(sale_id)
            for invoice in sale.live_invoices:
                self._watcher.hurry(invoice.payment_hash)
            self._changed((sale,))
        return self._view(sale)

    async def put_back(self, sale_id: str) -> SaleView:
        """Off the counter again; the sale stays as it is, and in the queue."""
        sale = await self._store.known_sale(sale_id)
        if sale_id in self._taken_back:
            self._taken_back.discard(sale_id)
            self._changed((sale,))
        return self._view(sale)

    async def stop_waiting(self, sale_id: str) -> SaleView:
        """Leave an OPEN sale that may still be paid as UNCERTAIN; one without an invoice and a card is cancelled.

        One that was taken back is put back.
        """
        self._check_compared()
        if sale_id in self._taken_back:
            return await self.put_back(sale_id)
        sale = await self._store.known_sale(sale_id)
        if sale.state is not SaleState.OPEN or sale_id in self._cancelling:
            return self._view(sale)
        if not sale.live_invoices and not self._card_may_pay(sale):
            return await self.cancel(sale_id)
        return await self._moved(sale_id, self._store.step(sale_id, Cause.STOPPED_WAITING))

    async def nothing_handed_over(self, sale_id: str) -> SaleView:
        """The cashier says so of an UNCERTAIN sale. Raises UserError while one of its invoices may still be paid."""
        self._check_compared()
        sale = await self._store.known_sale(sale_id)
        if sale.state is not SaleState.UNCERTAIN:
            return self._view(sale)
        return await self._moved(sale_id, self._store.nothing_handed_over(sale_id))

    def attach_reader(self, opener: Opener) -> None:
        """Read cards with the reader that `opener` opens, in a thread of its own until `close`. Once."""
        self._taps.attach(opener)

    async def enter_pin(self, sale_id: str, pin: str) -> SaleView:
        """The customer's PIN for the card that waits for it: one try. Raises UserError if it cannot be a PIN."""
        self._taps.enter_pin(sale_id, pin)
        return await self.sale(sale_id)

    async def dismiss_pin(self, sale_id: str) -> SaleView:
        """There will be no PIN: the card is declined, and the sale goes on."""
        self._taps.dismiss_pin(sale_id)
        return await self.sale(sale_id)

    async def check_now(self, sale_id: str | None = None) -> None:
        """Ask the API now, for one sale or for the world and every sale that is under watch.

        Raises what the client raises: then nothing was learnt, and the watch goes on.
        """
        self._recovery.wake()
        if sale_id is None:
            await self._health.probe()
            sales = tuple(self._sales.values())
        else:
            sales = (await self._store.known_sale(sale_id),)
        for sale in sales:
            for invoice in sale.invoices:
                if invoice.settled_at_s is None:
                    await self._watcher.look_now(invoice)

    async def recent(self, limit: int = 20, search: str = "") -> tuple[SaleView, ...]:
        """The newest sales; `search` finds a sum in sat, a number, a reference, a note or a time like 12:04."""
        return tuple(self._view(sale) for sale in await self._store.recent(limit, search))

    async def sale(self, sale_id: str) -> SaleView:
        """Raises UserError if these books have no such sale."""
        return self._view(await self._store.known_sale(sale_id))

    async def find(self, payment_hash: str) -> SaleView | None:
        """The sale that this invoice belongs to."""
        sale = await self._store.sale_of(payment_hash)
        return None if sale is None else self._view(sale)

    async def verify_journal(self) -> tuple[int, str]:
        """The number of rows and the last hash of the journal. Raises JournalBroken."""
        return await self._store.verify_journal()

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back on this loop with each change; returns how to stop. The callback must not raise."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def status(self) -> StatusView:
        """The status strip."""
        store = self.queue.store_view() if self._store.vault.exists else None
        facts = self._health.facts(store)
        if self._restored_from_s is not None:
            facts = facts_meanwhile(facts, self._restored_from_s)
        queue_count, attention = self.queue.counts()
        return StatusView(
            shop_name=self._settings.shop_name,
            api=self._books.name,
            network=self._books.network.value,
            practice=self._books.wears_banner,
            facts=(*facts, self._taps.reader),
            uncertain=tuple(self._view(sale) for sale in self._sales.values() if sale.state is SaleState.UNCERTAIN),
            store=store,
            queue_count=queue_count,
            attention=attention,
        )

    async def _moved(self, sale_id: str, move: Awaitable[tuple[Sale, ...]]) -> SaleView:
        with suppress(IllegalMove):  # money came first
            self._changed(await move)
        return await self.sale(sale_id)

    async def _cancelled_at_api(self, invoice: SaleInvoice) -> bool:
        """Whether the API said that this invoice cannot be paid any more. A lost answer does not say it."""
        try:
            with self._health.asking():
                outcome = await self._client.cancel(invoice.payment_hash)
            if outcome is Cancelled.ALREADY_PAID:
                await self._watcher.look_now(invoice)
            return outcome is Cancelled.CANCELLED
        except AnswerLost:
            with suppress(RetryableError, UserError):  # it is watched on
                await self._watcher.look_now(invoice)
        except (RetryableError, UserError):
            pass
        return False

    async def _withdraw(self, sale: Sale) -> None:
        """A person closed this sale: have the API cancel its invoices where it can, so that nobody pays them late."""
        await self._compared.wait()
        await self._invoicing.stop(sale.id)
        for invoice in (await self._store.known_sale(sale.id)).live_invoices:
            if await self._cancelled_at_api(invoice):
                self._changed(await self._store.declare_dead(invoice.payment_hash, "cancelled"))

    def _line_is_well(self) -> bool | None:
        """Whether codes can be made and paid; None while that is not known."""
        if self._health.offline_since_s is not None:
            return False
        return True if self._health.api_answers else None

    def _check_compared(self) -> None:
        if self._restored_from_s is not None:
            raise NotCompared(self._restored_from_s)

    def _bound(self, sale: Sale, payment_hash: str, ends_at_s: float) -> None:
        for invoice in sale.live_invoices:
            if invoice.payment_hash == payment_hash:
                self._watcher.follow(invoice, ends_at_s=ends_at_s)
        self._changed((sale,))

    def _changed(self, sales: tuple[Sale, ...]) -> None:
        """Sales were changed on disk: watch what they need, and tell it."""
        self.queue.see(sales)
        for sale in sales:
            if sale.state.is_closed:
                self._taken_back.discard(sale.id)
                self._invoicing.drop(sale.id)
            for invoice in sale.live_invoices:
                # Until all sales are back it is one of an earlier run. Later it is one whose binding was overtaken by
                # a cancel: it was never shown, and its code ends now.
                is_new = self._compared.is_set()
                self._watcher.follow(invoice, ends_at_s=self._clock.monotonic_s() if is_new else None)
                if sale.state is not SaleState.UNCERTAIN and not self._is_at_counter(sale):
                    self._watcher.relax(invoice.payment_hash)
            self._sales[sale.id] = sale
            self._touched(sale.id)
            self._redeemer.see(sale)
            if sale.id in self._taken_back:
                self._need_invoice(sale.id)
            if sale.state.is_closed and not sale.live_invoices:
                del self._sales[sale.id]
                self._shown.pop(sale.id, None)
        self._tell_status()

    def _touched(self, sale_id: str) -> None:
        """Something that the view shows may have changed."""
        if (sale := self._sales.get(sale_id)) is None:
            return
        self._redeemer.wake()
        view = self._view(sale)
        if self._shown.get(sale_id) != view:
            self._shown[sale_id] = view
            self._tell(SaleChanged(view))
            self._taps.see(view)

    def _facts_changed(self) -> None:
        was_away = _is_away(self._status)
        self._tell_status()
        for sale_id in list(self._sales):
            self._touched(sale_id)
        if was_away and not _is_away(self._status):
            self._recovery.wake()
            self._watcher.wake()
            self._invoicing.wake()
        self._redeemer.wake()

    def _tell_status(self) -> None:
        self.queue.refresh()
        status = self.status()
        if status != self._status:
            self._status = status
            self._tell(StatusChanged(status))

    def _tell(self, event: Event) -> None:
        for callback in list(self._subscribers):
            callback(event)

    def _payable(self, sale_id: str) -> SaleInvoice | None:
        """The invoice that a sale at the counter shows now."""
        if (sale := self._sales.get(sale_id)) is None or self._view(sale).invoice is None:
            return None
        return sale.live_invoices[0]

    def _sendable(self, sale_id: str) -> SaleInvoice | None:
        """The one invoice of a sale that is not closed, if it can be paid now for certain."""
        sale = self._sales.get(sale_id)
        if sale is None or sale.state.is_closed or len(sale.live_invoices) != 1 or sale_id in self._cancelling:
            return None
        (invoice,) = sale.live_invoices
        return invoice if self._watcher.can_be_paid(invoice.payment_hash) else None

    def _need_invoice(self, sale_id: str) -> None:
        """A code is wanted for a sale that is not closed: never a second one while one lives."""
        sale = self._sales.get(sale_id)
        if sale is None or sale.state.is_closed or sale.live_invoices or sale_id in self._cancelling:
            return
        if self._invoicing.making(sale_id) is None:
            self._invoicing.begin(sale, look_first=True)

    def _card_stored(self, sale_id: str) -> None:
        """One that was taken back leaves the counter with its card."""
        self._taken_back.discard(sale_id)
        self._touched(sale_id)

    def _is_at_counter(self, sale: Sale) -> bool:
        return sale.state is SaleState.OPEN or (sale.id in self._taken_back and not sale.state.is_closed)

    def _may_store(self, sale: Sale) -> bool:
        try:
            self.queue.check_store(sale.total, is_new=sale.state is SaleState.OPEN)
        except UserError:
            return False
        return True

    def _card_may_pay(self, sale: Sale) -> bool:
        return sale.card_may_pay or self._taps.is_handing_over(sale.id)

    def _view(self, sale: Sale) -> SaleView:
        watched = [self._watcher.watched(invoice.payment_hash) for invoice in sale.live_invoices]
        return picture(
            sale,
            making=self._invoicing.making(sale.id) if self._restored_from_s is None else self._recovery.making,
            watched=tuple(one for one in watched if one is not None),
            at_counter=self._is_at_counter(sale),
            cancelling=sale.id in self._cancelling,
            storing=self._taps.is_storing(sale.id),
            tap=self._taps.view(sale),
            card_may_pay=self._card_may_pay(sale),
            lightning_away=self._health.lightning_away,
            expiry_s=self._settings.expiry_s,
            books=self._books,
            now_monotonic_s=self._clock.monotonic_s(),
        )


def _is_away(status: StatusView) -> bool:
    return any(fact.key == "payments" and fact.state is FactState.DOWN for fact in status.facts)
