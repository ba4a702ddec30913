"""Cards at the counter: which card is sent for which sale, one at a time, and what the cashier sees of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pos_app.core.errors import RetryableError, UserError
from pos_app.lnurl.card import CardLink, ReceiveAddress, UnusableCard, card_link
from pos_app.nfc.reader import Opener
from pos_app.till.background import Tasks
from pos_app.till.cards import Cards
from pos_app.till.live_tap import LiveTap
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.tap_states import TapState
from pos_app.till.tap_steps import AGAIN, FRESH_S
from pos_app.till.views import Fact, Phase, SaleView, TapPhase, TapView
from pos_app.till.ways import Ways

OTHER_CARD_AFTER_S = 15.0
"""So long after the card's service got the invoice another card may be tapped for it: it can settle only once."""
OTHER_CARD = "The money has not come yet. Another card may be tapped: only one of them can pay."
PIN_DIGITS = range(4, 9)

EARLIER_CARD = "An earlier card may still pay. Do not charge again."
_TOLD_TOO_LITTLE = (TapState.DECLINED, TapState.TAP_LOST, TapState.UNKNOWN)
_WHILE_OUT = (TapPhase.READ, TapPhase.ASKING, TapPhase.PIN, TapPhase.UNKNOWN)
_TAKES_CARDS = (Phase.MAKING, Phase.READY, Phase.CHECKING, Phase.NO_CODE, Phase.STORING)
CAN_BE_COPIED = "This card can be copied, so it cannot be stored. Use another card."


@dataclass(slots=True)
class _Early:
    """A card that was tapped before its sale had an invoice, or to be stored. It lives here alone, and not for long."""

    link: CardLink = field(repr=False)
    read_at_s: float
    is_being_stored: bool = False


class Taps:
    """The taps of all sales in hand. Cards go to the sale that was begun or brought back last.

    `sale(sale_id)` gives a sale in hand as it stands on disk, `payable(sale_id)` the invoice that it shows now, if any
    and if it is not being cancelled, `may_store(sale)` whether the terms allow to store a card for it. `hurry(host)`
    has stored taps of a card host go on. `stored`, `touched`, `changed`, `ignored`, `facts_changed` tell the counter.
    """

    def __init__(
        self,
        ways: Ways,
        *,
        sale: Callable[[str], Sale | None],
        payable: Callable[[str], SaleInvoice | None],
        may_store: Callable[[Sale], bool],
        hurry: Callable[[str], None],
        stored: Callable[[str], None],
        touched: Callable[[str], None],
        changed: Callable[[tuple[Sale, ...]], None],
        ignored: Callable[[str], None],
        facts_changed: Callable[[], None],
    ) -> None:
        self._ways = ways
        self._sale = sale
        self._payable = payable
        self._may_store = may_store
        self._hurry = hurry
        self._stored = stored
        self._touched = touched
        self._changed = changed
        self._cards = Cards(ways.clock, read=self._read, ignored=ignored, touched=touched, facts_changed=facts_changed)
        self._tasks = Tasks()
        self._waiting: str | None = None
        self._early: _Early | None = None
        self._told: TapView | None = None
        self._takes_cards = True
        self._storing: str | None = None
        self._live: dict[str, LiveTap] = {}

    @property
    def reader(self) -> Fact:
        return self._cards.fact

    def attach(self, opener: Opener) -> None:
        """Read cards with the reader that this opens."""
        self._cards.attach(opener)

    async def close(self) -> None:
        await self._cards.close()
        await self._tasks.close()

    def wait_for(self, sale_id: str) -> None:
        """From now on cards are for this sale."""
        self._waiting, self._early, self._told, self._takes_cards = sale_id, None, None, True
        self._storing = None
        self._arm()

    def come_back(self, sale_id: str) -> None:
        """As `wait_for`; if cards are for this sale already, nothing of it is lost."""
        if sale_id != self._waiting:
            self.wait_for(sale_id)

    def is_storing(self, sale_id: str) -> bool:
        """Whether the next card for this sale is stored at once."""
        return sale_id == self._storing

    def begin_storing(self, sale_id: str) -> None:
        """The next card of this sale is stored at once, and nothing is sent."""
        if sale_id != self._waiting:
            self.wait_for(sale_id)
        self._storing, self._told, self._early, self._takes_cards = sale_id, None, None, True
        self._arm()
        self._touched(sale_id)

    def end_storing(self, sale_id: str) -> None:
        """The next card of this sale is asked to pay again."""
        if sale_id == self._storing:
            self._storing = None
            self._touched(sale_id)

    async def store(self, sale_id: str) -> None:
        """Store the card in hand, of which nothing has left us; without one, the next card is.

        Nothing happens while something of a card is out. Raises what `Store.store_tap` raises.
        """
        live = self._live.get(sale_id)
        early = self._early if sale_id == self._waiting else None
        if live is not None and live.can_store:
            await live.store()
            self._stored(sale_id)
        elif early is not None and early.link.is_one_time:
            if early.is_being_stored:
                return
            early.is_being_stored = True  # nobody else may send it meanwhile
            try:
                await self._store(sale_id, early)
            finally:
                early.is_being_stored = False
        elif live is None or not live.is_running:
            self.begin_storing(sale_id)
        elif live.is_unsent:
            del self._live[sale_id]
            live.leave()
            self.begin_storing(sale_id)

    def view(self, sale: Sale) -> TapView:
        """The card field of a sale at the counter."""
        if self._early is not None and sale.id == self._waiting:
            can_store = self._early.link.is_one_time and not self._early.is_being_stored and self._may_store(sale)
            return TapView(TapPhase.READ, read_at_monotonic_s=self._early.read_at_s, can_store=can_store)
        touch = self._cards.touch(sale.id)
        if touch is not None and not self._is_busy(sale.id):
            return touch
        if (live := self._live.get(sale.id)) is not None:
            shown = replace(live.view, can_store=live.can_store and self._may_store(sale))
        else:
            shown = self._told if self._told is not None and sale.id == self._waiting else self._cards.idle()
        if sale.card_may_pay and shown.phase not in _WHILE_OUT:
            return replace(shown, phase=TapPhase.UNKNOWN, words=EARLIER_CARD)
        return shown

    def is_handing_over(self, sale_id: str) -> bool:
        """Whether a card's service gets the invoice of this sale at this moment, or has got it."""
        live = self._live.get(sale_id)
        return live is not None and live.is_handing_over

    def see(self, view: SaleView) -> None:
        """A sale is now as this says: an early tap may go on its way, and the taps of a closed sale are over."""
        sale_id = view.sale_id
        if view.phase is Phase.CLOSED:
            if (live := self._live.pop(sale_id, None)) is not None:
                live.leave()
            if sale_id == self._waiting:
                self._waiting = self._early = self._told = self._storing = None
                self._cards.wait_for(None)
        elif sale_id == self._waiting:
            early, invoice = self._early, self._payable(sale_id)
            if early is not None and not early.is_being_stored and invoice is not None:
                self._early = None
                self._start(early, invoice)
            self._takes_cards = view.phase in _TAKES_CARDS
            self._arm()

    def enter_pin(self, sale_id: str, pin: str) -> None:
        """The customer's PIN for the tap that waits for it; without one nothing happens. Raises UserError."""
        if not (pin.isascii() and pin.isdecimal() and len(pin) in PIN_DIGITS):
            raise UserError("This is no PIN.", "A PIN has four digits or more.")
        if (live := self._live.get(sale_id)) is not None:
            live.give_pin(pin)

    def dismiss_pin(self, sale_id: str) -> None:
        """There will be no PIN."""
        if (live := self._live.get(sale_id)) is not None:
            live.give_pin(None)

    def _is_busy(self, sale_id: str) -> bool:
        """Whether no other card may be tapped for this sale now."""
        if sale_id == self._waiting and self._early is not None:
            return True
        live = self._live.get(sale_id)
        if live is None:
            return False
        return live.is_running or (live.is_waiting and not live.is_slow)

    def _arm(self) -> None:
        if self._waiting is not None:
            self._cards.wait_for(self._waiting, busy=not self._takes_cards or self._is_busy(self._waiting))

    def _read(self, sale_id: str, texts: tuple[str, ...]) -> None:
        """A card was read for the waiting sale."""
        now_s = self._ways.clock.monotonic_s()
        self._live.pop(sale_id, None)
        self._told = None
        try:
            early = _Early(card_link(texts, self._ways.fetcher.allow), now_s)
        except ReceiveAddress as error:
            self._told = TapView(TapPhase.RECEIVE_ADDRESS, error.message, read_at_monotonic_s=now_s)
        except UnusableCard as error:
            self._told = TapView(TapPhase.UNUSABLE, error.message, read_at_monotonic_s=now_s)
        else:
            if sale_id == self._storing:
                self._store_read(sale_id, early)
            elif (invoice := self._payable(sale_id)) is not None:
                self._start(early, invoice)
            else:
                self._early = early
                self._tasks.start(self._drop(sale_id, early), "early tap")
        self._touched(sale_id)

    def _store_read(self, sale_id: str, early: _Early) -> None:
        """A card was read to be stored."""
        if early.link.is_one_time:
            early.is_being_stored, self._early = True, early
            self._tasks.start(self._store_early(sale_id, early), "card to store")
        else:
            self._told = TapView(TapPhase.UNUSABLE, CAN_BE_COPIED, read_at_monotonic_s=early.read_at_s)

    async def _store_early(self, sale_id: str, early: _Early) -> None:
        try:
            await self._store(sale_id, early)
        except (RetryableError, UserError) as error:
            words = f"{error.message} {error.cure}".strip() if isinstance(error, UserError) else str(error)
            self._told = TapView(TapPhase.UNUSABLE, words, read_at_monotonic_s=early.read_at_s)
        finally:
            if self._early is early:
                self._early = None
            self._arm()
            self._touched(sale_id)

    async def _store(self, sale_id: str, early: _Early) -> None:
        """Have the card on disk, its sale OWED."""
        sale, url = self._sale(sale_id), early.link.url
        hashes = [] if sale is None else [invoice.payment_hash for invoice in sale.live_invoices]
        sales = await self._ways.store.store_tap(
            sale_id, host=url.host, url=url.text, payment_hash=hashes[0] if len(hashes) == 1 else None
        )
        if self._early is early:
            self._early = None
        if sales:
            self.end_storing(sale_id)
            self._stored(sale_id)
            self._changed(sales)

    async def _drop(self, sale_id: str, early: _Early) -> None:
        """Forget an early tap after its time."""
        await self._ways.clock.sleep(FRESH_S)
        if self._early is early:
            self._early = None
            self._told = TapView(TapPhase.NOT_REACHED, AGAIN, read_at_monotonic_s=early.read_at_s)
            self._touched(sale_id)

    def _start(self, early: _Early, invoice: SaleInvoice) -> None:
        sale_id = invoice.sale_id
        live = LiveTap(
            self._ways,
            early.link,
            invoice,
            early.read_at_s,
            payable=lambda: self._payable(sale_id) == invoice,
            hurry=lambda: self._hurry(early.link.url.host),
            changed=self._changed,
            touched=lambda: self._touched(sale_id),
        )
        self._live[sale_id] = live
        self._tasks.start(self._run(live, by_api=self._goes_by_api(sale_id, early.link)), "tap")

    def _goes_by_api(self, sale_id: str, link: CardLink) -> bool:
        """Our own engine tells each step and takes a PIN.

        Another server does neither, so after a decline (or a lost answer, which may be one) the till asks the card
        itself; also where that server would change the link: LNbits 1.1.0 lower-cases it, and every LNbits takes an
        `@` for a Lightning address.
        """
        if self._ways.client.is_embedded:
            return True
        sale = self._sale(sale_id)
        declined = sale is not None and any(tap.state in _TOLD_TOO_LITTLE for tap in sale.taps)
        return link.survives_lower_case and "@" not in link.url.target and not declined

    async def _run(self, live: LiveTap, *, by_api: bool) -> None:
        try:
            await live.run(by_api=by_api)
        finally:
            self._arm()
        if live.is_waiting:
            await self._ways.clock.sleep(OTHER_CARD_AFTER_S)
            live.be_slow(OTHER_CARD)
            self._arm()
