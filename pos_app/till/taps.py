"""Cards at the counter: which card is sent for which sale, one at a time, and what the cashier sees of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pos_app.core.errors import UserError
from pos_app.lnurl.card import CardLink, ReceiveAddress, UnusableCard, card_link
from pos_app.nfc.reader import Opener
from pos_app.till.background import Tasks
from pos_app.till.cards import Cards
from pos_app.till.live_tap import AGAIN, FRESH_S, LiveTap, Ways
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.views import Fact, Phase, SaleView, TapPhase, TapView

OTHER_CARD_AFTER_S = 15.0
"""So long after the card's service got the invoice another card may be tapped for it: it can settle only once."""
OTHER_CARD = "The money has not come yet. Another card may be tapped: only one of them can pay."
PIN_DIGITS = range(4, 9)

EARLIER_CARD = "An earlier card may still pay. Do not charge again."
_TOLD_TOO_LITTLE = (TapState.DECLINED, TapState.TAP_LOST, TapState.UNKNOWN)
_WHILE_OUT = (TapPhase.READ, TapPhase.ASKING, TapPhase.PIN, TapPhase.UNKNOWN)
_TAKES_CARDS = (Phase.MAKING, Phase.READY, Phase.CHECKING, Phase.NO_CODE)


@dataclass(slots=True)
class _Early:
    """A card that was tapped before its sale had an invoice. It lives here alone, and not for long."""

    link: CardLink = field(repr=False)
    read_at_s: float


class Taps:
    """The taps of all sales in hand. Cards go to the sale that was begun last.

    `sale(sale_id)` gives an open sale as it stands on disk, `payable(sale_id)` the invoice that it shows now, if any
    and if it is not being cancelled. `touched`, `changed`, `ignored` and `facts_changed` tell the counter.
    """

    def __init__(
        self,
        ways: Ways,
        *,
        sale: Callable[[str], Sale | None],
        payable: Callable[[str], SaleInvoice | None],
        touched: Callable[[str], None],
        changed: Callable[[tuple[Sale, ...]], None],
        ignored: Callable[[str], None],
        facts_changed: Callable[[], None],
    ) -> None:
        self._ways = ways
        self._sale = sale
        self._payable = payable
        self._touched = touched
        self._changed = changed
        self._cards = Cards(ways.clock, read=self._read, ignored=ignored, touched=touched, facts_changed=facts_changed)
        self._tasks = Tasks()
        self._waiting: str | None = None
        self._early: _Early | None = None
        self._told: TapView | None = None
        self._takes_cards = True
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
        self._arm()

    def view(self, sale: Sale) -> TapView | None:
        """The card field of an OPEN sale."""
        if sale.state is not SaleState.OPEN:
            return None
        if self._early is not None and sale.id == self._waiting:
            return TapView(TapPhase.READ, read_at_monotonic_s=self._early.read_at_s)
        touch = self._cards.touch(sale.id)
        if touch is not None and not self._is_busy(sale.id):
            return touch
        if (live := self._live.get(sale.id)) is not None:
            shown = live.view
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
        if view.state is not SaleState.OPEN:
            if (live := self._live.pop(sale_id, None)) is not None:
                live.give_pin(None)
            if sale_id == self._waiting:
                self._waiting = self._early = self._told = None
                self._cards.wait_for(None)
        elif sale_id == self._waiting:
            if self._early is not None and (invoice := self._payable(sale_id)) is not None:
                early, self._early = self._early, None
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
            if (invoice := self._payable(sale_id)) is not None:
                self._start(early, invoice)
            else:
                self._early = early
                self._tasks.start(self._drop(sale_id, early), "early tap")
        self._touched(sale_id)

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
            may_send=lambda: self._payable(sale_id) == invoice,
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
