"""Sounds: the right file reaches a player without waiting, and a broken player is not the end."""

from __future__ import annotations

import array
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pos_app.ui.sounds import Sound, Sounds

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "sounds"


def loudest(path: Path) -> int:
    with wave.open(str(path), "rb") as file:
        return max(abs(sample) for sample in array.array("h", file.readframes(file.getnframes())))


def seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


class Players:
    """Shell scripts in place of the system's players; each notes the file that it was given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("PATH", str(folder) + os.pathsep + "/usr/bin" + os.pathsep + "/bin")
        monkeypatch.setattr("pos_app.ui.sounds.PLAYERS", (("till-player-one", "-q"), ("till-player-two",)))

    def add(self, name: str, exit_code: int) -> Path:
        played = self.folder / f"{name}.played"
        script = self.folder / name
        script.write_text(f'#!/bin/sh\nfor last; do :; done\ncp "$last" "{played}"\nexit {exit_code}\n')
        script.chmod(0o755)
        return played


@pytest.fixture
def players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Players:
    return Players(tmp_path, monkeypatch)


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr("pos_app.ui.sounds.QApplication.beep", lambda: heard.append("beep"))
    return heard


def test_each_sound_has_a_file_of_its_length() -> None:
    lengths = {sound: seconds(FOLDER / f"{sound}.wav") for sound in Sound}
    assert lengths[Sound.PAID] < 1
    assert lengths[Sound.TAP_READ] < 0.15
    assert all(0 < length < 1 for length in lengths.values())
    assert all(loudest(FOLDER / f"{sound}.wav") > 3000 for sound in Sound)


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "tools" / "make_sounds.py"), str(tmp_path)], check=True)
    for sound in Sound:
        assert (tmp_path / f"{sound}.wav").read_bytes() == (FOLDER / f"{sound}.wav").read_bytes()


def test_the_first_player_found_gets_the_file(qtbot: QtBot, players: Players, beeps: list[str]) -> None:
    played = players.add("till-player-one", 0)
    players.add("till-player-two", 0)
    sounds = Sounds()
    assert sounds.player == "till-player-one"
    sounds.play(Sound.PAID)
    qtbot.waitUntil(played.exists)
    qtbot.waitUntil(lambda: played.read_bytes() == (FOLDER / "paid.wav").read_bytes())
    sounds.close()
    assert beeps == []


def test_a_player_that_fails_is_given_up_for_the_next(qtbot: QtBot, players: Players, beeps: list[str]) -> None:
    players.add("till-player-one", 1)
    played = players.add("till-player-two", 0)
    sounds = Sounds()
    sounds.play(Sound.ATTENTION)
    qtbot.waitUntil(played.exists)
    assert sounds.player == "till-player-two"
    sounds.close()
    assert beeps == []


@pytest.mark.usefixtures("qapp")
def test_without_a_player_the_screen_beeps(players: Players, beeps: list[str]) -> None:
    assert players.folder.is_dir()
    sounds = Sounds()
    assert sounds.player == ""
    sounds.play(Sound.DECLINED)
    assert beeps == ["beep"]


def test_a_player_that_is_gone_or_broken_ends_in_a_beep(qtbot: QtBot, players: Players, beeps: list[str]) -> None:
    players.add("till-player-one", 0)
    sounds = Sounds()
    (players.folder / "till-player-one").unlink()
    sounds.play(Sound.PAID)
    qtbot.waitUntil(lambda: beeps == ["beep"])
    sounds.play(Sound.PAID)
    assert beeps == ["beep", "beep"]
    sounds.close()


def test_the_volume_scales_the_samples(qtbot: QtBot, players: Players) -> None:
    played = players.add("till-player-one", 0)
    sounds = Sounds()
    sounds.set_volume(0.5)
    sounds.play(Sound.PAID)
    original = FOLDER / "paid.wav"
    qtbot.waitUntil(lambda: played.exists() and played.stat().st_size == original.stat().st_size)
    assert loudest(played) == pytest.approx(loudest(original) / 4, rel=0.01)
    sounds.close()


@pytest.mark.usefixtures("qapp")
def test_volume_zero_is_silence(players: Players, beeps: list[str]) -> None:
    played = players.add("till-player-one", 0)
    sounds = Sounds(volume=0)
    sounds.play(Sound.PAID)
    sounds.close()
    assert not played.exists() and beeps == []


@pytest.mark.usefixtures("qapp")
def test_close_ends_a_player_that_hangs(players: Players) -> None:
    script = players.folder / "till-player-one"
    script.write_text("#!/bin/sh\nexec sleep 30\n")
    script.chmod(0o755)
    sounds = Sounds()
    sounds.play(Sound.PAID)
    sounds.close()
    assert sounds._running == set()
