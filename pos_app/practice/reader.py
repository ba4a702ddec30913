"""The simulated reader with one card beside it, for whoever wants to tap it."""

from __future__ import annotations

import threading

from pos_app.core.clock import Clock
from pos_app.nfc.reader import Device, Opener, ReaderProblem
from pos_app.practice.cards import Card
from pos_app.practice.field import Field, practice_reader

HOLD_S = 0.8
"""As long as a customer holds a card after its first answer."""
PATIENCE_S = 10.0
"""So long a customer waits for a reader that does not read."""
LOOK_S = 0.05


class SimulatedReader:
    """`opener` is for the reader thread."""

    def __init__(self, card: Card) -> None:
        self.field = Field()
        self.opener = practice_reader(self.field)
        self._card = card

    async def tap(self, clock: Clock) -> None:
        """Hold the card to the reader and take it away again."""
        self.field.put(self._card)
        try:
            for _ in range(round(PATIENCE_S / LOOK_S)):
                if self.field.frames:
                    break
                await clock.sleep(LOOK_S)
            await clock.sleep(HOLD_S)
        finally:
            self.field.take_away()


def instead_of(real: Opener, simulated: Opener) -> Opener:
    """Opens the real reader, and where none works the simulated one."""

    def open_reader(stop: threading.Event) -> Device:
        try:
            return real(stop)
        except ReaderProblem:
            return simulated(stop)

    return open_reader
