"""The simulated reader with one card beside it, for whoever wants to tap it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pos_app.core.clock import Clock
from pos_app.nfc.reader import Device, Opener, ReaderProblem
from pos_app.practice.cards import Card
from pos_app.practice.field import Field, practice_reader

HOLD_S = 0.8
"""As long as a customer holds a card after its first answer."""
PATIENCE_S = 10.0
"""So long a customer waits for a reader that does not read."""
LOOK_S = 0.05
LIFT_S = 0.4
"""So long a card is away between two taps: a reader needs that to notice."""


class SimulatedReader:
    """`opener` is for the reader thread. `in_hand` gives the card that is tapped next.

    While a real reader works in its place, `in_use` is false.
    """

    def __init__(self, card: Card) -> None:
        self.field = Field()
        self.in_use = True
        self.in_hand: Callable[[], Card] = lambda: card
        self.opener = practice_reader(self.field)
        self._held: object = None

    async def tap(self, clock: Clock) -> None:
        """Hold the card to the reader and take it away again. One that is still held there is lifted before."""
        before, self._held = self._held, (held := object())
        if before is not None:
            self.field.take_away()
            await clock.sleep(LIFT_S)
        if self._held is not held:
            return
        self.field.put(self.in_hand())
        try:
            for _ in range(round(PATIENCE_S / LOOK_S)):
                if self.field.frames or self._held is not held:
                    break
                await clock.sleep(LOOK_S)
            await clock.sleep(HOLD_S)
        finally:
            if self._held is held:
                self.field.take_away()
        if self._held is held:
            await clock.sleep(LIFT_S)
        if self._held is held:
            self._held = None

    def where_none_works(self, real: Opener) -> Opener:
        """Opens the real reader, and where none works this one."""

        def open_reader(stop: threading.Event) -> Device:
            try:
                device = real(stop)
            except ReaderProblem:
                self.in_use = True
                return self.opener(stop)
            self.in_use = False
            return device

        return open_reader
