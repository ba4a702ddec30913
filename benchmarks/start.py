"""From the start of the process to the first painted keypad, and until the engine is ready behind it.

The floor is a bare PySide6 window of twelve push buttons, measured in the same way: processes of their own, offscreen,
in turn, with their bytecode cached. The till runs on practice books that it has opened before. The floor of the engine
is a process that only imports the libraries which it needs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import Figure, median, p95
from benchmarks.rigs.report import measured

RUNS = 9
LIBRARIES = "argon2, bolt11, fastapi, httpx, keyring, pydantic_settings, uvicorn"
_IMPORTS = f"import time; start = time.monotonic(); import {LIBRARIES}; print('took', time.monotonic() - start)"


def run() -> list[Figure]:
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="pos-app-benchmark-") as folder:
        cache = Path(folder) / "bytecode"
        words = ["--practice", "--data-dir", folder]
        for turn in range(RUNS + 1):
            bare = measured(["-m", "benchmarks.rigs.bare_keypad"], cache)
            till = measured(["-m", "benchmarks.rigs.till_start", *words], cache)
            imports = measured(["-c", _IMPORTS], cache)
            if turn == 0:
                continue  # it fills the caches
            for name, value in {
                "bare": 1000 * (bare["painted"][0] - bare["started"][0]),
                "bare cpu": bare["cpu_ms"][0],
                "till": 1000 * (till["painted"][0] - till["started"][0]),
                "till cpu": till["cpu_ms"][0],
                "ready": 1000 * (till["ready"][0] - till["painted"][0]),
                "imports": 1000 * imports["took"][0],
            }.items():
                found.setdefault(name, []).append(value)
    middle = {name: median(values) for name, values in found.items()}
    worst = {name: p95(values) for name, values in found.items()}
    keys, libraries = "bare window of 12 keys", "importing its libraries"
    painted, ready = f"guide 180; p95 {worst['till']:.0f}", f"guide 400; p95 {worst['ready']:.0f}"
    return [
        Figure("start → keypad painted", middle["till"], keys, middle["bare"], goal=2, note=painted),
        Figure("the same, processor time", middle["till cpu"], keys, middle["bare cpu"], goal=2),
        Figure("painted → engine ready", middle["ready"], libraries, middle["imports"], note=ready),
    ]
