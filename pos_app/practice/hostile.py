"""Cards that do not play by the rules: what a stranger could hold to the reader."""

from __future__ import annotations

import random
from itertools import count

from pos_app.practice.cards import Type4Card


class SilentData(Type4Card):
    """Answers each READ with success and no data, so that a reader asks for ever."""

    def apdu(self, command: bytes) -> bytes:
        return b"\x90\x00" if command[:2] == b"\x00\xb0" and command[4] > 15 else super().apdu(command)


class EndlessWait(Type4Card):
    """Asks for more time, again and again."""

    def _wait_or_send(self) -> bytes:
        return b"\xf2\x01"


class EndlessAcknowledgement(Type4Card):
    """Asks for the same block again and again."""

    def _wait_or_send(self) -> bytes:
        return bytes([0xA2 | (self._block ^ 1)])


class EndlessChain(Type4Card):
    """Every block says that more follows."""

    def _wait_or_send(self) -> bytes:
        return bytes([0x12 | self._block]) + bytes(16)


class HugeLength(Type4Card):
    """Claims a message of 65535 bytes, and serves them."""

    def _content(self, *, fresh: bool) -> bytes:
        content = super()._content(fresh=fresh)
        return content if self._selected == 0xE103 else b"\xff\xff" + bytes(70_000)


class HugeExtendedLength(Type4Card):
    """Claims a message of 4 GiB in an extended NDEF file."""

    def _content(self, *, fresh: bool) -> bytes:
        if self._selected == 0xE103:
            return bytes.fromhex("0017300100 00FF 0608 E104 FFFFFFFF 0000".replace(" ", "")) + bytes(12)
        return b"\xff" * 4 + bytes(1000)


class ShortAnswerToSelect(Type4Card):
    """Its answer to RATS ends too early."""

    def __init__(self, message: bytes = b"") -> None:
        super().__init__(message)
        self._ats = b"\x01"


class Babble(Type4Card):
    """Answers with random bytes of random length, the same ones for one seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(b"")
        self._random = random.Random(seed)

    def answer(self, frame: bytes) -> bytes | None:
        if frame[:1] == b"\xe0":
            return super().answer(frame)
        size = self._random.choice((0, 1, 2, 16, 200))
        control = self._random.choice((0x02, 0x03, 0x12, 0x13, 0xA2, 0xA3, 0xF2, 0xC2, self._random.randrange(256)))
        return bytes([control])[:size] + self._random.randbytes(max(0, size - 1))


class EndlessType2:
    """A Type 2 card whose message claims 65535 bytes in an endless memory."""

    sens_res = b"\x44\x00"
    sel_res = 0x00

    def reset(self) -> bytes:
        return b"\x08\x01\x02\x03"

    def answer(self, frame: bytes) -> bytes | None:
        if frame[:1] != b"\x30":
            return None
        if frame[1] == 3:
            return bytes.fromhex("E110FF00 03FFFFFF") + bytes(8)
        return bytes(16)


class Hang(Type4Card):
    """Is silent after `frames` frames, in the middle of a read, and stays in the field."""

    def __init__(self, message: bytes, frames: int) -> None:
        super().__init__(message)
        self._numbers = count(1)
        self._frames = frames

    def answer(self, frame: bytes) -> bytes | None:
        return super().answer(frame) if next(self._numbers) <= self._frames else None


def all_kinds(message: bytes) -> dict[str, Type4Card | EndlessType2]:
    """One of each, by name."""
    cards: dict[str, Type4Card | EndlessType2] = {
        kind.__name__: kind(message)
        for kind in (
            SilentData,
            EndlessWait,
            EndlessAcknowledgement,
            EndlessChain,
            HugeLength,
            HugeExtendedLength,
            ShortAnswerToSelect,
        )
    }
    cards["EndlessType2"] = EndlessType2()
    cards["Hang"] = Hang(message, 5)
    return cards
