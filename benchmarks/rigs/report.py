"""What a measured process tells the one that measures: lines of a name and a number, at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TIMEOUT_S = 120


def report(name: str, value: float | None = None) -> None:
    """Tell a number; without one the present moment in monotonic seconds, which all processes share."""
    print(name, time.monotonic() if value is None else value, flush=True)


def resident_mib() -> float:
    """The memory of this process that is in RAM, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def measured(words: Sequence[str], cache: Path) -> dict[str, list[float]]:
    """Run Python to its end: all that it told, by name, and as `started` the moment before it was started.

    It runs offscreen and without the system's keyring. Its bytecode is kept in `cache`, whatever this process does
    about its own: an installed program has some.
    """
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPYCACHEPREFIX": str(cache),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    command = [sys.executable, *words]
    found: dict[str, list[float]] = {"started": [time.monotonic()]}
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    for line in ended.stdout.splitlines():
        name, _, number = line.rpartition(" ")
        found.setdefault(name, []).append(float(number))
    return found
