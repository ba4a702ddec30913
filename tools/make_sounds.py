"""Makes the till's sounds: `python tools/make_sounds.py [FOLDER]`, by default into resources/sounds.

Sine tones with two overtones and a soft start, so that they carry through a noisy shop without
clicking: 16 bit, mono, 22.05 kHz.
"""

from __future__ import annotations

import array
import math
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

RATE_HZ = 22_050
PEAK = 29_000
ATTACK_S = 0.004
OVERTONES = (1.0, 0.35, 0.15)


@dataclass(frozen=True, slots=True)
class Note:
    """One tone that fades to a twentieth within its length; 0 Hz is a pause."""

    hertz: float
    seconds: float
    level: float = 1.0


SOUNDS: dict[str, tuple[Note, ...]] = {
    "tap_read": (Note(2637, 0.09),),
    "paid": (Note(784, 0.17), Note(1175, 0.55)),
    "declined": (Note(233, 0.2), Note(0, 0.07), Note(233, 0.28)),
    "attention": (Note(587, 0.45),),
    "key": (Note(1568, 0.025, 0.35),),
}


def samples(notes: tuple[Note, ...]) -> array.array[int]:
    """The notes one after another as 16 bit samples."""
    out = array.array("h")
    for note in notes:
        length = round(note.seconds * RATE_HZ)
        for index in range(length):
            at_s = index / RATE_HZ
            wave_form = sum(
                level * math.sin(2 * math.pi * note.hertz * (order + 1) * at_s) for order, level in enumerate(OVERTONES)
            )
            fade = math.exp(-3.0 * index / length) * min(1.0, (length - index) / (ATTACK_S * RATE_HZ))
            envelope = min(1.0, at_s / ATTACK_S) * fade
            out.append(round(PEAK * note.level * envelope * wave_form / sum(OVERTONES)))
    return out


def write(folder: Path) -> None:
    """One WAV file for each sound."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in SOUNDS.items():
        data = samples(notes)
        if sys.byteorder == "big":
            data.byteswap()
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(data.tobytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "resources" / "sounds")
