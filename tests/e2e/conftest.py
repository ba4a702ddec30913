"""The program as a person starts it: processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 90.0
PROGRAM = (sys.executable, "-m", "pos_app.cli.main")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Running:
    """A command that has not ended yet."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def line(self, part: str) -> str:
        """The next line of standard error that holds this."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if part in line:
                return line.strip()
        raise AssertionError(f"ended without saying {part!r}:\n{''.join(self.lines)}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> Ended:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Ended(self.process.returncode, out, "".join(self.lines) + err)


@dataclass(frozen=True)
class Shop:
    """Runs `pos-app` on one data folder."""

    folder: Path
    begun: list[Running]

    def run(self, *words: str, typed: str = "") -> Ended:
        """Run a command to its end."""
        done = subprocess.run(
            [*PROGRAM, *words, "--data-dir", str(self.folder)],
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=_environment(),
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def begin(self, *words: str) -> Running:
        """Start a command and leave it running."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [*PROGRAM, *words, "--data-dir", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            env=_environment(),
        )
        running = Running(process)
        self.begun.append(running)
        return running


def _environment() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "error"}


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Callable[[str], Shop]]:
    """Makes shops; what they began and did not end is killed."""
    begun: list[Running] = []
    yield lambda name: Shop(tmp_path / name, begun)
    for running in begun:
        if running.process.poll() is None:
            running.signal(signal.SIGKILL)
        running.process.communicate()


@pytest.fixture
def shop(shops: Callable[[str], Shop]) -> Shop:
    return shops("shop")
