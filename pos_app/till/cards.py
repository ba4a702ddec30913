"""The card reader at the counter: whether there is one, and which touch of a card belongs to which sale.

A touch belongs to the sale that waited when the card came. A card that lay there before, or came while another one was
being asked, has to be lifted and tapped again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from pos_app.core.clock import Clock
from pos_app.nfc import events
from pos_app.nfc.reader import CardReader, Opener
from pos_app.till.views import Fact, FactState, TapPhase, TapView

logger = logging.getLogger(__name__)

FIRST_AMOUNT = "Enter the amount first."


class Cards:
    """The reader thread's events, on the counter's loop.

    `read(sale_id, texts)` gives what a card says to the sale it was tapped for, `ignored(words)` tells that a card came
    in vain, `touched(sale_id)` that the `touch` of a sale changed, `facts_changed()` that the reader did.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        read: Callable[[str, tuple[str, ...]], None],
        ignored: Callable[[str], None],
        touched: Callable[[str], None],
        facts_changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._read = read
        self._ignored = ignored
        self._touched = touched
        self._facts_changed = facts_changed
        self._reader: CardReader | None = None
        self._fact = NO_READER
        self._waiting: str | None = None
        self._is_busy = False
        self._card_of: str | None = None
        self._card_is_there = False
        self._touch: TapView | None = None

    @property
    def fact(self) -> Fact:
        """The strip's entry.

        *Well* with a reader, *off* where none was plugged in, *warn* once it is gone, *down* where one does not work.
        """
        return self._fact

    def attach(self, opener: Opener) -> None:
        """Start the thread of a reader that this opens. Once, on the loop to which its events go."""
        loop = asyncio.get_running_loop()

        def tell(event: events.Event) -> None:
            loop.call_soon_threadsafe(self.hear, event)

        self._reader = CardReader(opener, tell)
        self._arm()
        self._reader.start()

    async def close(self) -> None:
        """End the thread."""
        if self._reader is not None:
            await asyncio.to_thread(self._reader.stop)

    def wait_for(self, sale_id: str | None, *, busy: bool = False) -> None:
        """The next card that comes is for this sale; while it is `busy` with one already, and for None, for nobody."""
        if (sale_id, busy) == (self._waiting, self._is_busy):
            return
        is_new = sale_id is not None and sale_id != self._waiting
        self._waiting, self._is_busy = sale_id, busy
        if is_new:
            self._touch = TapView(TapPhase.CARD_LEFT) if self._card_is_there else None
        self._arm()

    def touch(self, sale_id: str) -> TapView | None:
        """What the last touch of a card came to for the waiting sale, as far as it was not read."""
        return self._touch if sale_id == self._waiting else None

    def idle(self) -> TapView:
        """What the card field shows while nothing happens."""
        if self._fact.state is FactState.WELL:
            return TapView(TapPhase.READY)
        return TapView(TapPhase.NO_READER, words=self._fact.detail)

    def hear(self, event: events.Event) -> None:
        """One event of the reader."""
        match event:
            case events.ReaderReady(name):
                self._know(Fact("reader", FactState.WELL, "Reader", f"{name}: cards can be tapped.", self._now_s()))
            case events.ReaderLost():
                self._know(self._lost(event))
            case events.CardSeen(armed):
                self._card_is_there = True
                self._see(armed)
            case events.CardRead():
                sale_id, self._card_of = self._card_of, None
                if sale_id is None or sale_id != self._waiting or self._is_busy:
                    self._show(TapView(TapPhase.CARD_LEFT) if self._waiting and not self._is_busy else None)
                else:
                    self._touch = None
                    self._read(sale_id, event.texts)
            case events.CardUnreadable():
                self._show(TapView(TapPhase.UNREADABLE))
            case events.CardUnusable(reason):
                self._show(TapView(TapPhase.UNUSABLE, words=reason))
            case events.CardRemoved():
                self._card_is_there, self._card_of = False, None
                if self._touch is not None and self._touch.phase in (TapPhase.SEEN, TapPhase.CARD_LEFT):
                    self._show(None)

    def _see(self, armed: bool) -> None:
        if self._waiting is None:
            self._ignored(FIRST_AMOUNT)
        elif not self._is_busy:
            self._card_of = self._waiting if armed else None
            self._show(TapView(TapPhase.SEEN if armed else TapPhase.CARD_LEFT))

    def _show(self, touch: TapView | None) -> None:
        if touch != self._touch:
            self._touch = touch
            if self._waiting is not None:
                self._touched(self._waiting)

    def _lost(self, event: events.ReaderLost) -> Fact:
        if event.missing and self._fact.state is FactState.OFF:
            return NO_READER
        if event.missing:
            detail = "Plug the reader in again to take cards. QR codes work."
            return Fact("reader", FactState.WARN, "Reader lost", detail, self._now_s())
        return Fact("reader", FactState.DOWN, "Reader fails", f"{event.message} {event.cure}".strip(), self._now_s())

    def _know(self, fact: Fact) -> None:
        self._fact = fact
        self._facts_changed()
        if self._waiting is not None:
            self._touched(self._waiting)

    def _arm(self) -> None:
        if self._reader is None:
            return
        if self._waiting is not None and not self._is_busy:
            self._reader.arm()
        else:
            self._reader.disarm()

    def _now_s(self) -> float:
        return self._clock.time_s()


NO_READER = Fact("reader", FactState.OFF, "No reader", "Plug in a reader to take cards. QR codes work.", None)
