"""The field of the simulated reader: cards are put into it and taken away, frames get lost, the plug is pulled."""

from __future__ import annotations

import threading
from collections.abc import Collection

from pos_app.nfc.reader import Device, NoReader, Opener
from pos_app.practice.cards import Card


class Field:
    """What a person does to a reader. All methods may be called from any thread.

    `frame_bytes` is the longest frame that its chip takes from a card.
    """

    def __init__(self, frame_bytes: int = 290) -> None:
        self.frame_bytes = frame_bytes
        self._lock = threading.Lock()
        self._card: Card | None = None
        self._frames = 0
        self._leave_after: int | None = None
        self._lost_commands: Collection[int] = ()
        self._lost_answers: Collection[int] = ()
        self._plugged = True

    def put(
        self,
        card: Card,
        *,
        leave_after: int | None = None,
        lost_commands: Collection[int] = (),
        lost_answers: Collection[int] = (),
    ) -> None:
        """Put a card on the reader. Frames are counted from 1: the card leaves after that many, and hears or says
        nothing in the lost ones."""
        with self._lock:
            self._card = card
            self._frames = 0
            self._leave_after = leave_after
            self._lost_commands = lost_commands
            self._lost_answers = lost_answers

    def take_away(self) -> None:
        with self._lock:
            self._card = None

    def unplug(self) -> None:
        self._plugged = False

    def plug_in(self) -> None:
        self._plugged = True

    @property
    def is_plugged_in(self) -> bool:
        return self._plugged

    @property
    def frames(self) -> int:
        """How many frames went to the card since it was put there."""
        return self._frames

    def select(self) -> tuple[Card, bytes] | None:
        """Switch the field off and on: the card in it and its UID."""
        card = self._card
        return None if card is None else (card, card.reset())

    def exchange(self, frame: bytes) -> bytes | None:
        """One frame to the card and its answer, None for silence."""
        with self._lock:
            card = self._card
            if card is None:
                return None
            self._frames += 1
            number = self._frames
            if self._leave_after is not None and number > self._leave_after:
                self._card = None
                return None
        if number in self._lost_commands:
            return None
        answer = card.answer(frame)
        return None if number in self._lost_answers else answer


def practice_reader(field: Field) -> Opener:
    """Opens the simulated reader: a device below nfcpy's real tag code."""

    def open_reader(stop: threading.Event) -> Device:
        from pos_app.practice import card_device  # nfcpy takes long to import, so only in the reader thread

        if not field.is_plugged_in:
            raise NoReader
        return card_device.open_device(field, stop)

    return open_reader
