"""The till's sounds, played by the system's own player so that no multimedia library is needed.

A player is found at start; one that fails (no sound server behind it) is given up for the next,
and where none is left the screen's beep remains. Nothing here waits.
"""

from __future__ import annotations

import array
import logging
import sys
import wave
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QStandardPaths, QTemporaryDir, Signal
from PySide6.QtWidgets import QApplication

from pos_app.bundled import resource

log = logging.getLogger(__name__)

PLAYERS: tuple[tuple[str, ...], ...] = (("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",))
KILLED_WITHIN_MS = 500


class Sound(StrEnum):
    """The names are those of the WAV files."""

    TAP_READ = "tap_read"
    PAID = "paid"
    DECLINED = "declined"
    ATTENTION = "attention"
    KEY = "key"


def find_players() -> list[list[str]]:
    """The command lines of the players on this computer, best first."""
    found = [(QStandardPaths.findExecutable(name), *options) for name, *options in PLAYERS]
    return [list(command) for command in found if command[0]]


class Sounds(QObject):
    """Plays the bundled WAV files at a volume from 0 (silent) to 1."""

    def __init__(self, *, volume: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._volume = volume
        self._players = find_players()
        self._scaled = QTemporaryDir()
        self._running: set[_Playing] = set()

    @property
    def player(self) -> str:
        """The program that plays, or an empty text where only the screen's beep is left."""
        if sys.platform == "win32":
            return "Windows"
        return Path(self._players[0][0]).name if self._players else ""

    def set_volume(self, volume: float) -> None:
        self._volume = min(1.0, max(0.0, volume))

    def play(self, sound: Sound) -> None:
        """Start the sound and return at once."""
        if self._volume == 0:
            return
        file = self._file(sound)
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        else:
            self._start(file)

    def close(self) -> None:
        """Stop what is still playing."""
        for process in list(self._running):
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(KILLED_WITHIN_MS)
        self._running.clear()

    def _file(self, sound: Sound) -> Path:
        original = resource("sounds", f"{sound}.wav")
        if self._volume == 1:
            return original
        scaled = Path(self._scaled.filePath(f"{sound}-{round(self._volume * 100)}.wav"))
        if not scaled.exists():
            scale(original, scaled, self._volume)
        return scaled

    def _start(self, file: Path) -> None:
        if not self._players:
            QApplication.beep()
            return
        player = self._players[0]
        playing = _Playing(player, file, self)
        playing.over.connect(self._over)
        self._running.add(playing)
        playing.start(player[0], [*player[1:], str(file)])

    def _over(self, playing: _Playing, code: int) -> None:
        self._running.discard(playing)
        playing.deleteLater()
        if code != 0:
            if playing.player in self._players:
                log.info("%s cannot play (exit %d)", playing.player[0], code)
                self._players.remove(playing.player)
            self._start(playing.file)


class _Playing(QProcess):
    """One run of a player; `over` is said once, with itself and its exit code (-1: it could not be started)."""

    over = Signal(object, int)

    def __init__(self, player: list[str], file: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.player = player
        self.file = file
        self.setProcessEnvironment(_environment())
        self.setStandardOutputFile(QProcess.nullDevice())
        self.setStandardErrorFile(QProcess.nullDevice())
        self.finished.connect(self._finished)
        self.errorOccurred.connect(self._broke)

    def _finished(self, code: int) -> None:
        self.over.emit(self, code)

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # other errors are followed by `finished`
            self.over.emit(self, -1)


def scale(source: Path, target: Path, volume: float) -> None:
    """Write `source` (16 bit WAV) again at a volume from 0 to 1. The ear hears half at a quarter of the height."""
    factor = volume * volume
    with wave.open(str(source), "rb") as file:
        layout = file.getparams()
        samples = array.array("h", file.readframes(layout.nframes))
    if sys.byteorder == "big":
        samples.byteswap()
    quiet = array.array("h", [int(sample * factor) for sample in samples])
    if sys.byteorder == "big":
        quiet.byteswap()
    with wave.open(str(target), "wb") as file:
        file.setparams(layout)
        file.writeframes(quiet.tobytes())


def _environment() -> QProcessEnvironment:
    """A frozen program's library path would break the system's player; it gets the one before freezing."""
    environment = QProcessEnvironment.systemEnvironment()
    if getattr(sys, "frozen", False):
        before = environment.value("LD_LIBRARY_PATH_ORIG")
        environment.remove("LD_LIBRARY_PATH")
        if before:
            environment.insert("LD_LIBRARY_PATH", before)
    return environment
